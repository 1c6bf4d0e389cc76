"""The tables of the evidence, and how what older programs recorded came into them.

No trigger stops a person who opens the file with other tools; the chain shows that it was done.
"""

from collections.abc import Iterator
from typing import Any

from sqlite_utils import Database

from display.evidence import (
    BEFORE_THE_FIRST,
    Kind,
    edition_facts,
    facts_text,
    page_facts,
    seal,
)
from kiosk.sync.instant import from_microseconds

_TABLES = (
    # The digest of the entry before is not stored a second time: it stands in the row before.
    "CREATE TABLE evidence (board TEXT NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL,"
    " kind TEXT NOT NULL, facts TEXT NOT NULL, digest BLOB NOT NULL,"
    " PRIMARY KEY (board, number)) WITHOUT ROWID",
    "CREATE INDEX evidence_by_time ON evidence (board, at)",
    "CREATE TABLE pictures (digest BLOB PRIMARY KEY, png BLOB NOT NULL)",
    "CREATE TABLE recompose (board TEXT PRIMARY KEY, asked_at INTEGER NOT NULL)",
    "ALTER TABLE editions RENAME TO editions_before",
    "CREATE TABLE editions (board TEXT NOT NULL, day TEXT NOT NULL, version INTEGER NOT NULL,"
    " edition_id TEXT NOT NULL, made_at INTEGER NOT NULL, text TEXT NOT NULL,"
    " PRIMARY KEY (board, day, version))",
    "INSERT INTO editions SELECT board, day, 1, edition_id, made_at, text FROM editions_before",
    "DROP TABLE editions_before",
    "CREATE INDEX editions_by_id ON editions (board, edition_id)",
)

# INSERT OR REPLACE deletes without asking the trigger on DELETE: the one on INSERT refuses it.
_NEXT = "NEW.number <> 1 + coalesce((SELECT max(number) FROM evidence WHERE board = NEW.board), 0)"
_HELD = {
    "evidence": _NEXT,
    "pictures": "EXISTS (SELECT 1 FROM pictures WHERE digest = NEW.digest)",
    "editions": "EXISTS (SELECT 1 FROM editions WHERE board = NEW.board AND day = NEW.day"
    " AND version = NEW.version)",
}


def create_chain(db: Database) -> None:
    """Make the tables and the triggers that let them grow only."""
    for statement in _TABLES:
        db.conn.execute(statement)
    for table, condition in _HELD.items():
        for what in ("UPDATE", "DELETE"):
            db.conn.execute(
                f"CREATE TRIGGER {table}_no_{what.lower()} BEFORE {what} ON {table} BEGIN"
                f" SELECT RAISE(ABORT, '{table} are evidence: they are only added to'); END"
            )
        db.conn.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {condition} BEGIN"
            f" SELECT RAISE(ABORT, '{table} are evidence: they are only added to'); END"
        )


def convert_records(db: Database) -> None:
    """Bring editions and page records of older programs into chains, and drop `page_records`.

    These entries say that they were converted: they prove nothing about the time before.
    """
    for (board,) in db.conn.execute(
        "SELECT board FROM editions UNION SELECT board FROM page_records ORDER BY 1"
    ).fetchall():
        previous = BEFORE_THE_FIRST
        for number, (at, kind, facts) in enumerate(_old_events(db, board), start=1):
            entry = seal(board, number, from_microseconds(at), kind, facts, previous)
            previous = entry.digest
            db.conn.execute(
                "INSERT INTO evidence (board, number, at, kind, facts, digest)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [board, number, at, kind, facts_text(entry.facts), bytes.fromhex(entry.digest)],
            )
    db.conn.execute("DROP TABLE page_records")


def _old_events(db: Database, board: str) -> Iterator[tuple[int, Kind, dict[str, Any]]]:
    """What was recorded, in order; each edition before the first of its pages."""
    editions = db.conn.execute(
        "SELECT made_at, edition_id, day, text FROM editions WHERE board = ? ORDER BY made_at",
        [board],
    ).fetchall()

    def made(edition: tuple[int, str, str, str]) -> tuple[int, Kind, dict[str, Any]]:
        made_at, edition_id, day, text = edition
        facts = {"edition": edition_id, "day": day, "version": 1, "pictures": []}
        return made_at, Kind.EDITION, {**facts, **edition_facts(text), "converted": True}

    records = db.conn.execute(
        "SELECT at, edition_id, page, notice_id, due, state FROM page_records WHERE board = ?"
        " ORDER BY number",
        [board],
    ).fetchall()
    for at, edition_id, page, notice_id, due, state in records:
        while editions and (
            editions[0][0] <= at or any(edition_id == waiting[1] for waiting in editions)
        ):
            yield made(editions.pop(0))
        facts = page_facts(edition_id, page, notice_id, from_microseconds(due), state)
        yield at, Kind.ON_AIR, {**facts, "converted": True}
    for edition in editions:
        yield made(edition)
