"""What technicians do to a board goes into its evidence."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime

from devices.errors import Refused
from display.evidence import Kind, Proof
from kiosk.commands.board_connection import Target
from kiosk.store.errors import StoreError
from kiosk.store.terminal import TerminalStore


@contextmanager
def noted(target: Target, action: str, **facts: object) -> Iterator[None]:
    """Note an action as sent, and as acknowledged or refused when that is known.

    What stays "sent" may have been done: its answer was lost, or this program ended before. A
    port of the command line belongs to no board whose evidence could be kept, and a PC without a
    terminal keeps none. A database that cannot be written is told, and keeps nobody from acting.
    """
    _note(target, action, Proof.SENT, **facts)
    try:
        yield
    except (Refused, ValueError) as problem:
        _note(target, action, Proof.REFUSED, **facts, reason=str(problem))
        raise
    _note(target, action, Proof.ACKNOWLEDGED, **facts)


def _note(target: Target, action: str, state: Proof, **facts: object) -> None:
    if target.settings is None or target.database is None:
        return
    try:
        with closing(TerminalStore(target.database)) as store:
            told = {"action": action, "state": state, "by": getpass.getuser(), **facts}
            store.record(target.settings.name, datetime.now(UTC), Kind.TECHNICIAN, told)
    except StoreError as problem:
        print(f"mingtang: {action}, {state}: not noted in the evidence: {problem}", file=sys.stderr)
