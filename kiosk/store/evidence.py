"""Editions, frozen once made, and the record of what each board showed."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlite_utils import Database

from kiosk.sync.instant import from_microseconds, to_microseconds


@dataclass(frozen=True, slots=True)
class PageRecord:
    """One thing that a board showed, or was told to show."""

    board: str
    at: datetime
    edition_id: str | None
    page: int | None
    notice_id: str | None
    state: str
    """The caller's word for what happened, such as the card's acknowledgement."""
    showing: str
    """What stood on the board."""


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
        "INSERT INTO page_records (board, at, edition_id, page, notice_id, state, showing)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            record.board,
            to_microseconds(record.at),
            record.edition_id,
            record.page,
            record.notice_id,
            record.state,
            record.showing,
        ],
    )


def read_page_records(
    database: Database, board: str, since: datetime | None
) -> tuple[PageRecord, ...]:
    """Read a board's records in the order in which they were made."""
    found = database.conn.execute(
        "SELECT board, at, edition_id, page, notice_id, state, showing FROM page_records"
        " WHERE board = ? AND (? IS NULL OR at >= ?) ORDER BY number",
        [board, *([None if since is None else to_microseconds(since)] * 2)],
    )
    return tuple(PageRecord(row[0], from_microseconds(row[1]), *row[2:]) for row in found)
