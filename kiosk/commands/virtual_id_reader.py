"""`mingtang virtual-id-reader`: a simulated reader of ID cards on a pseudo-terminal."""

import argparse
from pathlib import Path
from typing import Any

from kiosk.commands.running import Problem, runs_until_told, start_log, stop_on_signal


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    from devices.idcard.virtual.cards import CARDS

    parser = commands.add_parser(
        "virtual-id-reader",
        parents=[shared],
        help="a simulated reader of ID cards on a pseudo-terminal",
        description="Behaves as a SAM-V reader of resident ID cards, for trying, training and "
        "testing. Prints the path that a driver opens.",
        epilog=f"Made-up cards: {', '.join(CARDS)}.",
    )
    parser.add_argument("--link", type=Path, metavar="PATH", help="lasting name for the terminal")
    parser.add_argument(
        "--card",
        metavar="NAME|FILE",
        help="the card that lies on it at first: one of the made-up ones, or a .toml file with "
        "layout, name, number and more",
    )
    parser.add_argument(
        "--baud",
        type=int,
        choices=(9600, 19200, 57600, 115200),
        default=115200,
        help="of the line (default: %(default)s)",
    )
    parser.add_argument(
        "--log", type=Path, metavar="FILE", help="write commands and status words, no content"
    )
    parser.add_argument(
        "--control",
        type=Path,
        metavar="SOCKET",
        help='take orders at this socket: "lay NAME|FILE", "lift", or faults',
    )
    parser.add_argument(
        "--order",
        metavar="ORDER",
        help="be no reader, but give this order to the one that runs with the same --control",
    )
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="ORDER",
        help='begin with a fault, such as "wrong-checksum 2", "lift-after select", '
        '"licensed off", "noise 3" or "unplug 5"; may be given several times',
    )
    parser.add_argument(
        "--paced", action="store_true", help="no faster than the line and a card allow"
    )
    parser.add_argument(
        "--window", action="store_true", help="show buttons that lay made-up cards on it"
    )
    parser.add_argument(
        "--stick",
        type=Path,
        metavar="SOCKET",
        help="with --window: where `mingtang virtual-stick` takes orders; it gets buttons too",
    )
    parser.set_defaults(run=run, wrong_use=parser.error)


def run(args: argparse.Namespace) -> int:
    if args.order is not None:
        if args.control is None:
            args.wrong_use("--order needs --control, the running reader's")
        return _give(args.control, args.order)
    if args.stick is not None and not args.window:
        args.wrong_use("--stick goes with --window only: it gives the stick buttons")
    from devices.idcard.virtual.server import serve

    start_log()
    reader: dict[str, Any] = {
        "link": args.link,
        "card": args.card,
        "log": args.log,
        "control": args.control,
        "faults": tuple(args.fault),
        "paced": args.paced,
        "baud": args.baud,
        "stop": stop_on_signal(),
        "on_ready": _ready,
    }
    try:
        if args.window:
            from kiosk.reader_window import run_window

            run_window(reader, args.stick)
        else:
            serve(**reader)
    except (ValueError, OSError) as problem:
        raise Problem(str(problem)) from None
    return 0


def _give(control: Path, order: str) -> int:
    from devices.led.virtual.control import tell

    try:
        answer = tell(control, order)
    except OSError as problem:
        raise Problem(f"{control}: no reader takes orders there: {problem}") from None
    if answer != "ok":
        raise Problem(answer.removeprefix("error: "))
    print("ok")
    return 0


def _ready(path: Path) -> None:
    print(path, flush=True)
    runs_until_told(f"a simulated reader of ID cards at {path}")
