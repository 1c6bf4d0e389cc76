"""Makes chains of entries without a store."""

from datetime import datetime

from display.evidence import BEFORE_THE_FIRST, Entry, Facts, Kind, seal


def follow(previous: Entry | None, board: str, at: datetime, kind: Kind, facts: Facts) -> Entry:
    """Make the entry that comes after `previous`; None: the board's first."""
    if previous is None:
        return seal(board, 1, at, kind, facts, BEFORE_THE_FIRST)
    return seal(board, previous.number + 1, at, kind, facts, previous.digest)
