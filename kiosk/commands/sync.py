"""`mingtang sync`: carries notices from the central server to this terminal."""

import argparse
from typing import Any

from kiosk.commands.running import settings_of, start_log, stop_on_signal


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "sync",
        parents=[shared],
        help="carry notices from the central server to this terminal",
        description="Pulls the feeds of [sync] server into the terminal's store, for ever. "
        "Waits and tries again while the server is away.",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    settings = settings_of(args, "terminal", "sync")
    start_log()
    from kiosk.sync.run import run as run_sync

    run_sync(settings, stop_on_signal())
