"""`mingtang kiosk`: the self-service terminal's screen."""

import argparse
import signal
from pathlib import Path
from typing import Any

from kiosk import traceless
from kiosk.commands.running import Problem, settings_of, size_of, start_log, terminal_store


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
        help="tap through home, lookup and a notice, leave pictures in DIR, and exit",
    )
    parser.add_argument(
        "--tour-reader",
        type=Path,
        metavar="SOCKET",
        help="where the simulated reader of ID cards takes orders: the tour then checks in too",
    )
    parser.add_argument(
        "--query", default="道路", metavar="TEXT", help="what the tour types (default: %(default)s)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    traceless.start_again()
    traceless.leave_no_core()
    settings = settings_of(args, "terminal")
    store_path = terminal_store(settings)
    start_log()
    from kiosk import window
    from kiosk.fonts import FontMissing

    width, height = args.size or (settings.screen.width, settings.screen.height)
    if not args.headless and not window.has_display():
        raise Problem("there is no display here; use --headless to draw without one")
    cache = store_path.parent / "cache"
    window.prepare(
        cache,
        width=width,
        height=height,
        fullscreen=settings.screen.fullscreen and not args.window,
        headless=args.headless,
        top=args.top,
    )
    from kiosk.app import KioskApp, keep_for_good, register_fonts, wait_with_collecting
    from kiosk.input.deploy import deployed, lexicons
    from kiosk.input.rime import Rime

    try:
        register_fonts(cache / "fonts")
    except FontMissing as problem:
        raise Problem(str(problem)) from None
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
    if args.tour is not None:
        from kiosk.tour import Tour

        args.tour.mkdir(parents=True, exist_ok=True)
        tour = Tour(args.tour, args.query, args.tour_reader)
        app.bind(on_start=lambda _app: tour.begin())
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: app.stop())
    app.run()
    return 0
