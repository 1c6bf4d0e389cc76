"""`mingtang demo`: all of it on one machine."""

import argparse
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kiosk import window
from kiosk.commands.running import Problem, size_of, stop_on_signal

DEFAULT_OUT = Path("build/demo")
DEFAULT_SECONDS = 40.0


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "demo",
        parents=[shared],
        help="all of it on this machine, with simulated hardware",
        description="Starts a central server with generated notices of today, sync, a board, a "
        "reader of ID cards, a USB stick, a printer and a terminal. Opens their windows; Ctrl-C "
        "stops everything. Without a display, or with --headless, it visits the terminal by "
        "itself and leaves pictures and a report.",
    )
    parser.add_argument("--headless", action="store_true", help="no windows")
    parser.add_argument(
        "--seconds",
        type=float,
        default=DEFAULT_SECONDS,
        help="how long the headless form runs (default: %(default)g)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=DEFAULT_OUT,
        metavar="DIR",
        help="where the headless form leaves its pictures, and both keep the stick's files "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--size", type=size_of, default="1920x1080", metavar="WxH", help="of the headless screen"
    )
    parser.add_argument(
        "--write-notices",
        type=Path,
        metavar="FILE",
        help="only write the generated notices to FILE, and their attachments into a folder "
        "beside it, for `mingtang import`",
    )
    parser.add_argument(
        "--write-stick",
        type=Path,
        metavar="DIR",
        help="only write made-up files into DIR, some of which terminals refuse, for "
        "`mingtang virtual-stick` or a real stick",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    from kiosk.fonts import FontMissing

    try:
        return _run(args)
    except FontMissing as problem:
        raise Problem(str(problem)) from None


def _run(args: argparse.Namespace) -> int:
    if args.write_notices is not None:
        from kiosk.demo.machine import write_notices

        try:
            args.write_notices.parent.mkdir(parents=True, exist_ok=True)
            count = write_notices(args.write_notices, datetime.now(UTC))
        except OSError as problem:
            raise Problem(f"{args.write_notices}: {problem.strerror}") from None
        print(f"{count} notices written to {args.write_notices}")
    if args.write_stick is not None:
        from kiosk.demo.samples import FOLDER, GOOD, REFUSED, write_samples

        try:
            write_samples(args.write_stick, datetime.now(UTC))
        except OSError as problem:
            raise Problem(f"{args.write_stick}: {problem.strerror}") from None
        print(f"{len(GOOD)} files to accept, {len(REFUSED)} to refuse: {args.write_stick / FOLDER}")
    if args.write_notices is not None or args.write_stick is not None:
        return 0
    from kiosk.demo import headless, windows
    from kiosk.demo.machine import Machine

    stop = stop_on_signal()
    folder = Path(tempfile.mkdtemp(prefix="mingtang-demo-"))
    machine = Machine(folder)
    try:
        if args.headless:
            return headless.run(machine, args.seconds, args.out, args.size, stop)
        if not window.has_display():
            print("There is no display here: running the headless form instead.", flush=True)
            return headless.run(machine, args.seconds, args.out, args.size, stop)
        return windows.run(machine, args.out, stop)
    finally:
        machine.stop()
        shutil.rmtree(folder, ignore_errors=True)
