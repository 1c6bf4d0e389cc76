"""`mingtang virtual-board`: a simulated LED board on a pseudo-terminal."""

import argparse
from pathlib import Path
from typing import Any

from kiosk.commands.running import Problem, runs_until_told, size_of, start_log, stop_on_signal


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "virtual-board",
        parents=[shared],
        help="a simulated LED board on a pseudo-terminal",
        description="Behaves as a control card with a board, for trying, training and testing. "
        "Prints the path that a driver opens.",
    )
    parser.add_argument("--card", choices=["bx-k"], default="bx-k", help="the control card")
    parser.add_argument(
        "--size", type=size_of, default="192x32", metavar="WxH", help="pixels (default: 192x32)"
    )
    parser.add_argument(
        "--baud",
        type=int,
        choices=(2400, 4800, 9600, 19200, 57600, 115200),
        default=57600,
        help="of the line (default: %(default)s)",
    )
    parser.add_argument("--link", type=Path, metavar="PATH", help="lasting name for the terminal")
    parser.add_argument("--png", type=Path, metavar="FILE", help="keep a picture of what it shows")
    parser.add_argument(
        "--animation",
        type=Path,
        metavar="FILE",
        help="keep an animated picture (.gif, .png) of the whole page on air, from the entry of a"
        " line that scrolls to its exit; a page that stands is one frame",
    )
    parser.add_argument("--log", type=Path, metavar="FILE", help="write the decoded frames")
    parser.add_argument(
        "--flash", type=Path, metavar="FILE", help="keep the card's program memory in FILE"
    )
    parser.add_argument(
        "--control",
        type=Path,
        metavar="SOCKET",
        help='take orders at this socket: faults, or "animate FILE" for a picture of the page'
        " on air",
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="ORDER",
        help='begin with a fault, such as "drop 2" or "busy 3"; may be given several times',
    )
    parser.add_argument(
        "--paced", action="store_true", help="no faster than the line's baud rate allows"
    )
    parser.add_argument("--window", action="store_true", help="show it in a window")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    start_log()
    from devices.led.fonts import FontMissing

    width, height = args.size

    def ready(path: Path) -> None:
        print(path, flush=True)
        runs_until_told(f"a simulated board of {width}x{height} pixels at {path}")

    stop = stop_on_signal()
    board = {
        "width": width,
        "height": height,
        "baud": args.baud,
        "link": args.link,
        "png": args.png,
        "animation": args.animation,
        "log": args.log,
        "flash": args.flash,
        "control": args.control,
        "faults": tuple(args.fault),
        "paced": args.paced,
        "stop": stop,
        "on_ready": ready,
    }
    try:
        if args.window:
            from kiosk.board_window import run_window

            run_window(board)
        else:
            from devices.led.virtual.server import serve

            serve(**board)
    except (FontMissing, ValueError, OSError) as problem:
        raise Problem(str(problem)) from None
