"""`mingtang sync`: carries notices from the central server to this terminal."""

import argparse
from pathlib import Path
from typing import Any

from kiosk.commands.running import (
    Problem,
    runs_until_told,
    settings_of,
    start_log,
    stop_on_signal,
    terminal_store,
)


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "sync",
        parents=[shared],
        help="carry notices from the central server to this terminal",
        description="Pulls the feeds of [sync] server into the terminal's store, for ever. "
        "Waits and tries again while the server is away.",
    )
    parser.set_defaults(run=run)
    tasks = parser.add_subparsers(title="tasks", metavar="TASK")
    # A default here would stand above a --config that was given before the task.
    late = argparse.ArgumentParser(add_help=False)
    late.add_argument("--config", type=Path, default=argparse.SUPPRESS, metavar="FILE")
    outbox = tasks.add_parser(
        "outbox",
        parents=[late],
        help="what visitors handed in that the server does not have yet",
        description="Lists what waits for the server, nothing personal: kind, state, tries, the "
        "next try, the last problem. Exit 1 if something wants a look.",
    )
    outbox.add_argument(
        "--retry", metavar="ID", help="send this one again now; the beginning of its id will do"
    )
    outbox.add_argument(
        "--open",
        type=Path,
        metavar="FOLDER",
        help="open what staff exported of a parked one, with this terminal's key; needs --to",
    )
    outbox.add_argument(
        "--to", type=Path, metavar="FOLDER", help="new folder for what is opened: it is personal"
    )
    outbox.set_defaults(run=run_outbox, wrong_use=outbox.error)


def run(args: argparse.Namespace) -> None:
    settings = settings_of(args, "terminal", "sync")
    start_log()
    from kiosk.sync.ownership import AlreadyCarried
    from kiosk.sync.run import run as run_sync

    server = settings.sync.server if settings.sync is not None else ""
    told = f"carrying from {server} to {terminal_store(settings).parent}"
    try:
        run_sync(settings, stop_on_signal(), on_ready=lambda: runs_until_told(told))
    except AlreadyCarried as problem:
        raise Problem(f"{problem}; end that one first") from None


def run_outbox(args: argparse.Namespace) -> int:
    from kiosk.commands.sync_outbox import run as run_task

    return run_task(args)
