"""Editions, frozen once made, and the record of what each board showed."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlite_utils import Database

from kiosk.sync.instant import from_microseconds, to_microseconds


@dataclass(frozen=True, slots=True)
class PageRecord:
    """A page of an edition on its way to a board."""

    board: str
    at: datetime
    """When this happened."""
    due: datetime
    """When the page was to be on air; with `page` it names the showing."""
    edition_id: str
    page: int
    notice_id: str
    state: str
    """"sent", then "acknowledged" or "refused"."""


def read_edition(database: Database, board: str, day: date) -> str | None:
    """Read the text of a board's edition of a day."""
    row = database.conn.execute(
        "SELECT text FROM editions WHERE board = ? AND day = ?", [board, day.isoformat()]
    ).fetchone()
    return None if row is None else str(row[0])


def insert_edition(
    database: Database, board: str, day: date, edition_id: str, made_at: datetime, text: str
) -> None:
    """Keep an edition unless the board has one for that day."""
    database.conn.execute(
        "INSERT OR IGNORE INTO editions (board, day, edition_id, made_at, text)"
        " VALUES (?, ?, ?, ?, ?)",
        [board, day.isoformat(), edition_id, to_microseconds(made_at), text],
    )


def insert_page_record(database: Database, record: PageRecord) -> None:
    """Add a record; records are never changed."""
    database.conn.execute(
        "INSERT INTO page_records (board, at, due, edition_id, page, notice_id, state)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            record.board,
            to_microseconds(record.at),
            to_microseconds(record.due),
            record.edition_id,
            record.page,
            record.notice_id,
            record.state,
        ],
    )


def read_page_records(
    database: Database, board: str, since: datetime | None
) -> tuple[PageRecord, ...]:
    """Read a board's records in the order in which they were made."""
    found = database.conn.execute(
        "SELECT board, at, due, edition_id, page, notice_id, state FROM page_records"
        " WHERE board = ? AND (? IS NULL OR at >= ?) ORDER BY number",
        [board, *([None if since is None else to_microseconds(since)] * 2)],
    )
    return tuple(
        PageRecord(row[0], from_microseconds(row[1]), from_microseconds(row[2]), *row[3:])
        for row in found
    )
