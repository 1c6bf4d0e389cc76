"""`mingtang virtual-scanner`: a simulated scanner of QR codes on a pseudo-terminal."""

import argparse
import sys
from pathlib import Path
from typing import Any

from kiosk.commands.running import Problem, runs_until_told, start_log, stop_on_signal


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "virtual-scanner",
        parents=[shared],
        help="a simulated scanner of QR codes on a pseudo-terminal",
        description="Behaves as a scanner at a serial line, for trying, training and testing: "
        "each line typed here is scanned. Prints the path that a driver opens.",
    )
    parser.add_argument("--link", type=Path, metavar="PATH", help="lasting name for the terminal")
    parser.add_argument(
        "--code",
        action="append",
        default=[],
        metavar="TEXT|@FILE",
        help="scan this first, or the text of a file; may be given several times",
    )
    parser.add_argument(
        "--end",
        choices=("cr", "lf", "crlf"),
        default="cr",
        help="what ends a code (default: %(default)s)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from devices.scanner.virtual.server import serve

    start_log()
    try:
        serve(
            link=args.link,
            codes=[_text(code) for code in args.code],
            end=args.end,
            lines=sys.stdin.fileno(),
            stop=stop_on_signal(),
            on_ready=_ready,
        )
    except (ValueError, OSError) as problem:
        raise Problem(str(problem)) from None
    return 0


def _text(code: str) -> str:
    if not code.startswith("@"):
        return code
    path = Path(code[1:])
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise Problem(f"{path}: cannot be read: {problem}") from None


def _ready(path: Path) -> None:
    print(path, flush=True)
    runs_until_told(f"a simulated scanner at {path}; each line typed here is scanned")
