"""What technicians do to a board goes into its evidence."""

import getpass
import sys
from contextlib import closing
from datetime import UTC, datetime

from display.evidence import Kind
from kiosk.commands.board_connection import Target
from kiosk.store.errors import StoreError
from kiosk.store.terminal import TerminalStore


def note(target: Target, action: str, **facts: object) -> None:
    """Add an entry for an action that the card acknowledged.

    A port of the command line belongs to no board whose evidence could be kept, and a PC
    without a terminal keeps none. A database that cannot be written is told: the action is done.
    """
    if target.settings is None or target.database is None:
        return
    try:
        with closing(TerminalStore(target.database)) as store:
            told = {"action": action, "by": getpass.getuser(), **facts}
            store.record(target.settings.name, datetime.now(UTC), Kind.TECHNICIAN, told)
    except StoreError as problem:
        print(f"mingtang: done, but not noted in the evidence: {problem}", file=sys.stderr)
