"""The terminal's own measure of elapsed time, kept in the encrypted database."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from display.trusted_time import Reading, TrustedTime
from kiosk.private.elapsed import Elapsed, Stamp
from kiosk.sync.instant import from_microseconds, to_microseconds

DRAFT_KEPT = timedelta(hours=24)
PARKED_KEPT = timedelta(days=7)
"""Time for staff to remove the cause; then what was parked is wiped too."""
ANSWER_KEPT = timedelta(minutes=10)
"""Of a question about somebody's matters, if the session's end never came."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long things are kept."""

    drafts: timedelta = DRAFT_KEPT
    keepsakes: timedelta = timedelta(days=30)
    parked: timedelta = PARKED_KEPT


def read(database: Database, now: Reading, trusted: TrustedTime | None = None) -> Elapsed:
    """The measures at `now`."""
    row = database.conn.execute("SELECT lived_s, boot, uptime_s, proven_at FROM elapsed").fetchone()
    if row is None:
        before = Elapsed(boot=now.boot, uptime_s=now.uptime_s)
    else:
        before = Elapsed(row[0], row[1], row[2], moment(row[3]))
    return before.at(now, trusted)


def advance(database: Database, now: Reading, trusted: TrustedTime | None = None) -> Elapsed:
    """Read the measures and keep them, inside the caller's transaction."""
    elapsed = read(database, now, trusted)
    database.conn.execute(
        "INSERT OR REPLACE INTO elapsed (id, lived_s, boot, uptime_s, proven_at)"
        " VALUES (1, ?, ?, ?, ?)",
        [elapsed.lived_s, elapsed.boot, elapsed.uptime_s, count(elapsed.proven_at)],
    )
    return elapsed


def stamp_of(lived_s: float, proven_at: int | None) -> Stamp:
    """The stamp as two columns hold it."""
    return Stamp(lived_s, moment(proven_at))


def columns(stamp: Stamp) -> tuple[float, int | None]:
    """The two columns of a stamp."""
    return stamp.lived_s, count(stamp.proven_at)


def moment(count: int | None) -> datetime | None:
    """A moment that may be missing."""
    return None if count is None else from_microseconds(count)


def count(moment: datetime | None) -> int | None:
    """The column of a moment that may be missing."""
    return None if moment is None else to_microseconds(moment)
