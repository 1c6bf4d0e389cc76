"""What staff set at this terminal itself, each time it was saved; the newest counts."""

from sqlite_utils import Database

from kiosk.adjustments import Adjustments, KeptAdjustments
from kiosk.sync.instant import from_microseconds, to_microseconds


def newest(database: Database) -> KeptAdjustments | None:
    """Read what was saved last; None: nothing ever was."""
    row = database.conn.execute(
        "SELECT at, by_name, account, doc FROM adjustments ORDER BY number DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    return KeptAdjustments(from_microseconds(row[0]), row[1], row[2], Adjustments.from_text(row[3]))


def keep(database: Database, kept: KeptAdjustments) -> None:
    """Save it above what was saved before, in the caller's transaction."""
    database.conn.execute(
        "INSERT INTO adjustments (at, by_name, account, doc) VALUES (?, ?, ?, ?)",
        [to_microseconds(kept.at), kept.by, kept.account, kept.adjustments.to_text()],
    )
