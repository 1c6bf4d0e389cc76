"""`mingtang staff`: the staff's screens on a PC of their own."""

import argparse
from pathlib import Path
from typing import Any

from kiosk import traceless
from kiosk.commands import central_staff
from kiosk.commands.kiosk import end_on_signal, open_window
from kiosk.commands.running import runs_until_told, settings_of, size_of, start_log, terminal_store
from kiosk.commands.staff_accounts import OWN


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "staff",
        parents=[shared],
        help="the staff's screens, on a PC of their own",
        description="Shows the screens of those who work here, and nothing for visitors: signing "
        "in with card and PIN, health, what boards showed. It is a terminal like any other: it "
        "needs [centre], [terminal] with a folder of its own and [id_reader] in the settings, and "
        "a `mingtang sync` beside it, from which it knows the accounts. A centre without a server, "
        "whose only terminal has no [sync], makes its accounts here: see DO below. At a terminal "
        "of visitors the same screens open when the word for staff at the foot of the first screen "
        "is held for 1.5 seconds, or with F10. [staff] sets after what silence one is signed out, "
        "and the folder of exports.",
        epilog="The accounts of a centre without a server lie in the folder `centre` of the "
        "terminal's data, with the keys that vouch for them: keep a copy. A server that comes "
        "later begins with that folder as its [central] data.",
    )
    parser.add_argument("--headless", action="store_true", help="draw without a display")
    parser.add_argument("--fullscreen", action="store_true", help="the whole screen, not a window")
    parser.add_argument(
        "--size", type=size_of, metavar="WxH", help="size of the window, such as 1920x1080"
    )
    parser.add_argument(
        "--top", type=int, metavar="PIXELS", help="put the window so far below the top edge"
    )
    parser.set_defaults(run=run, place=OWN)
    doings = parser.add_subparsers(
        title="accounts of a centre without a server", metavar="DO", required=False
    )
    # A default here would stand above a --config that was given before the doing.
    late = argparse.ArgumentParser(add_help=False)
    late.add_argument("--config", type=Path, default=argparse.SUPPRESS, metavar="FILE")
    central_staff.add_doings(doings, late)


def run(args: argparse.Namespace) -> int:
    traceless.start_again()
    traceless.leave_no_core()
    settings = settings_of(args, "terminal", "id_reader")
    store_path = terminal_store(settings)
    start_log()
    open_window(args, settings, store_path.parent / "cache", fullscreen=args.fullscreen)
    from kiosk.app import KioskApp
    from kiosk.collecting import keep_for_good, wait_with_collecting

    app = KioskApp(settings, store_path, staff_only=True)
    wait_with_collecting()
    app.bind(complete=lambda *_: keep_for_good())
    end_on_signal(app)
    runs_until_told(f"staff at {app.terminal_name}, data in {store_path.parent}")
    app.run()
    return 0
