"""`mingtang central`: the centre's own small server."""

import argparse
from typing import Any

from kiosk.commands.running import Problem, settings_of, start_log, stop_on_signal


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "central",
        parents=[shared],
        help="the centre's own small server",
        description="Serves the feeds at [central] host and port, from the folder [central] data.",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    settings = settings_of(args, "central")
    start_log()
    from kiosk.central.database import UnusableDatabase
    from kiosk.central.server import serve

    try:
        serve(settings, stop_on_signal())
    except UnusableDatabase as problem:
        raise Problem(str(problem)) from None
