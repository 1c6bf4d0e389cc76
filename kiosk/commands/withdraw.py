"""`mingtang withdraw`: take a notice back, everywhere, at once."""

import argparse
from datetime import UTC, datetime
from typing import Any

from kiosk.commands.moments import told
from kiosk.commands.running import Problem, central_database, settings_of


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "withdraw",
        parents=[shared],
        help="take a notice back, everywhere, at once",
        description="Withdraws a notice at the central server. Terminals and boards drop it as "
        "soon as they hear of it; it cannot be undone: publish a correction under a new id.",
    )
    parser.add_argument("id", metavar="ID", help="the notice's id, as `mingtang search` shows it")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    settings = settings_of(args, "central")
    from kiosk.central.withdrawal import UnknownNotice, withdraw

    with central_database(settings, create=False) as database:
        try:
            withdrawn = withdraw(database, args.id, now=datetime.now(UTC))
        except UnknownNotice as problem:
            raise Problem(str(problem)) from None
    where = "" if withdrawn.was_public else "; it was not public yet and will never appear"
    print(f"{withdrawn.notice_id} withdrawn at {told(withdrawn.at)}{where}")
