"""`mingtang kiosk`: the self-service terminal's screen."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk import traceless
from kiosk.commands.running import (
    Problem,
    runs_until_told,
    settings_of,
    size_of,
    start_log,
    terminal_store,
)
from kiosk.settings import Settings

if TYPE_CHECKING:
    from kiosk.app import KioskApp

LOOK_S = 0.1
"""Between two looks for a signal to end."""


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "kiosk",
        parents=[shared],
        help="the self-service terminal's screen",
        description="Shows the terminal's screens. Needs [centre] and [terminal].",
    )
    parser.add_argument("--headless", action="store_true", help="draw without a display")
    parser.add_argument("--window", action="store_true", help="a window, not the whole screen")
    parser.add_argument(
        "--size", type=size_of, metavar="WxH", help="size of the window, such as 1920x1080"
    )
    parser.add_argument(
        "--top", type=int, metavar="PIXELS", help="put the window so far below the top edge"
    )
    parser.add_argument(
        "--tour",
        type=Path,
        metavar="DIR",
        help="tap through home, lookup and a notice, leave pictures in DIR, and exit; 1 if it "
        "did not come to its end",
    )
    parser.add_argument(
        "--tour-reader",
        type=Path,
        metavar="SOCKET",
        help="where the simulated reader of ID cards takes orders: the tour then checks in "
        "and opens a form, too",
    )
    parser.add_argument(
        "--tour-stick",
        type=Path,
        metavar="SOCKET",
        help="where the simulated stick takes orders: the tour then hands its files in, leaves "
        "the receipt, prints it where there is a printer, and looks it up, too",
    )
    parser.add_argument(
        "--query", default="道路", metavar="TEXT", help="what the tour types (default: %(default)s)"
    )
    parser.set_defaults(run=run, wrong_use=parser.error)


def run(args: argparse.Namespace) -> int:
    if args.tour_stick is not None and args.tour_reader is None:
        args.wrong_use("--tour-stick needs --tour-reader: who hands in is identified")
    traceless.start_again()
    traceless.leave_no_core()
    settings = settings_of(args, "terminal")
    store_path = terminal_store(settings)
    start_log()
    cache = store_path.parent / "cache"
    open_window(args, settings, cache, fullscreen=settings.screen.fullscreen and not args.window)
    from kiosk.app import KioskApp
    from kiosk.collecting import keep_for_good, wait_with_collecting
    from kiosk.input.deploy import deployed, lexicons
    from kiosk.input.rime import Rime

    lexicon = settings.screen.lexicon
    if lexicon is not None and not lexicon.is_file():
        raise Problem(f"screen.lexicon: there is no file {lexicon}")
    region = settings.centre.region
    app = KioskApp(
        settings,
        store_path,
        load_input=lambda: Rime.load(deployed(cache / "input", lexicons(region, lexicon))),
    )
    wait_with_collecting()
    app.bind(complete=lambda *_: keep_for_good())
    tour = None
    if args.tour is not None:
        from kiosk.tour import Tour

        args.tour.mkdir(parents=True, exist_ok=True)
        tour = Tour(args.tour, args.query, args.tour_reader, args.tour_stick)
        app.bind(on_start=lambda _app: tour.begin())
    end_on_signal(app)
    runs_until_told(
        f"terminal {app.terminal_name}, data in {store_path.parent}"
        + without_key(settings, store_path.parent)
    )
    app.run()
    if tour is None:
        return 0
    print(tour.said())
    return 0 if tour.finished else 1


def without_key(settings: Settings, folder: Path) -> str:
    """Says at once that there will be no personal services, where their key is gone."""
    from kiosk.private.connection import is_there
    from kiosk.private.key import CREDENTIALS_FOLDER
    from kiosk.private.store import DATABASE_NAME

    if settings.private is None or CREDENTIALS_FOLDER in os.environ:
        return ""
    key = settings.private.key
    if key.exists() or not is_there(folder / DATABASE_NAME):
        return ""
    return f", WITHOUT personal services: their key {key.absolute()} is missing: put it back"


def end_on_signal(app: "KioskApp") -> None:
    """SIGTERM and Ctrl-C end the program, also while its window is still being made."""
    from kivy.clock import Clock

    def on_both(handler: Callable[..., object]) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, handler)

    told = threading.Event()

    def look(_dt: float) -> None:
        if told.is_set():
            app.stop()

    def loop(_app: "KioskApp") -> None:
        # Not in the handler itself: it comes in the middle of anything, such as of a screen that
        # is being made, which then has no app any more.
        on_both(lambda *_: told.set())
        Clock.schedule_interval(look, LOOK_S)

    on_both(lambda *_: sys.exit(0))
    app.bind(on_start=loop)


def open_window(
    args: argparse.Namespace, settings: Settings, cache: Path, *, fullscreen: bool
) -> None:
    """The window and its faces, before anything imports Kivy's. Raises Problem."""
    from kiosk import window
    from kiosk.fonts import FontMissing, register_fonts

    width, height = args.size or (settings.screen.width, settings.screen.height)
    if not args.headless and not window.has_display():
        raise Problem("there is no display here; use --headless to draw without one")
    window.prepare(
        cache,
        width=width,
        height=height,
        fullscreen=fullscreen,
        headless=args.headless,
        top=args.top,
    )
    try:
        register_fonts(cache / "fonts")
    except FontMissing as problem:
        raise Problem(str(problem)) from None
