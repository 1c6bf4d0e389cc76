"""Editions, frozen once made, and the chain of evidence of each board."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from display.evidence import (
    BEFORE_THE_FIRST,
    TERMINAL_RECORD,
    Entry,
    Facts,
    Kind,
    NotAnEntry,
    edition_facts,
    facts_text,
    seal,
)
from kiosk.store.connection import writing
from kiosk.store.errors import named_errors
from kiosk.sync.instant import from_microseconds, to_microseconds

_COLUMNS = "number, at, kind, facts, digest"


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
    """One of `display.evidence.Proof`."""


@dataclass(frozen=True, slots=True)
class KeptEdition:
    """An edition as it lies in the store, whatever its entry says."""

    day: str
    version: int
    edition_id: str
    text: bytes


class BoardEvidence:
    """The part of a store that proves what boards showed; entries are only ever added.

    Every method raises `kiosk.store.errors.StoreError` when the database cannot do as asked.
    """

    _database: Database

    def record(self, board: str, at: datetime, kind: Kind, facts: Facts) -> Entry:
        """Add an entry to a board's chain. ValueError for facts that are not JSON."""
        with writing(self._database):
            return append(self._database, board, at, kind, facts)

    def keep_edition(
        self,
        board: str,
        day: date,
        edition_id: str,
        made_at: datetime,
        text: str,
        pictures: Sequence[bytes] = (),
        *,
        again: bool = False,
    ) -> str:
        """Keep a board's edition of a day with a PNG of each page; what is kept comes back.

        What the day has stays for good; only with `again` a further version is put above it.
        ValueError if `text` is not an edition's JSON, or has not as many pages as `pictures`
        (which may also be none).
        """
        facts = edition_facts(text)
        if pictures and len(pictures) != facts["pages"]:
            raise ValueError(f"{len(pictures)} pictures of {facts['pages']} pages")
        with writing(self._database):
            kept = _versions(self._database, board, day)
            if kept and not again:
                return kept[-1]
            digests = [_keep_picture(self._database, picture) for picture in pictures]
            version = len(kept) + 1
            self._database.conn.execute(
                "INSERT INTO editions (board, day, version, edition_id, made_at, text)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [board, day.isoformat(), version, edition_id, to_microseconds(made_at), text],
            )
            told = {"edition": edition_id, "day": day.isoformat(), "version": version}
            told |= {**facts, "pictures": digests}
            append(self._database, board, made_at, Kind.EDITION, told)
        return text

    def edition(self, board: str, day: date) -> str | None:
        """Read the text of a board's edition of a day, the newest version."""
        found = self.editions(board, day)
        return found[-1] if found else None

    def editions(self, board: str, day: date) -> tuple[str, ...]:
        """Read all versions of a board's edition of a day, oldest first."""
        with named_errors():
            return _versions(self._database, board, day)

    def edition_text(self, board: str, edition_id: str) -> str | None:
        """Read an edition by its id."""
        with named_errors():
            row = self._database.conn.execute(
                "SELECT text FROM editions WHERE board = ? AND edition_id = ?", [board, edition_id]
            ).fetchone()
        return None if row is None else str(row[0])

    def kept_editions(self, board: str) -> Iterator[KeptEdition]:
        """Read every version of every edition of a board, one by one."""
        with named_errors():
            for row in self._database.conn.execute(
                "SELECT day, version, edition_id, CAST(text AS BLOB) FROM editions WHERE board = ?"
                " ORDER BY day, version",
                [board],
            ):
                yield KeptEdition(*row)

    def edition_number(self, board: str, edition_id: str, before: int) -> int | None:
        """Number of the newest entry before `before` that says that an edition was made."""
        with named_errors():
            row = self._database.conn.execute(
                "SELECT number FROM evidence WHERE board = ? AND number < ? AND kind = ?"
                " AND json_extract(facts, '$.edition') = ? ORDER BY number DESC LIMIT 1",
                [board, before, str(Kind.EDITION), edition_id],
            ).fetchone()
        return None if row is None else int(row[0])

    def picture(self, digest: str) -> bytes | None:
        """Read the PNG with this SHA-256 (hex)."""
        with named_errors():
            row = self._database.conn.execute(
                "SELECT CAST(png AS BLOB) FROM pictures WHERE digest = ?", [bytes.fromhex(digest)]
            ).fetchone()
        return None if row is None else bytes(row[0])

    def entries(
        self,
        board: str,
        since: datetime | None = None,
        until: datetime | None = None,
        *,
        kind: Kind | None = None,
    ) -> tuple[Entry, ...]:
        """Read the entries of `[since, until)`, of one kind if given, in order of their numbers.

        A clock that was put right can leave gaps in the numbers; see `stretch`.
        """
        where, *values = _between(since, until)
        if kind is not None:
            where, values = f"{where} AND kind = ?", [*values, str(kind)]
        with named_errors():
            return tuple(_read(self._database, board, where, *values))

    def stretch(self, board: str, first: int = 1, last: int | None = None) -> Iterator[Entry]:
        """Read the entries with the numbers `first` to `last`, one by one."""
        where = " AND number BETWEEN ? AND ?"
        with named_errors():
            yield from _read(self._database, board, where, first, last or 2**62)

    def numbers(
        self, board: str, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[int, int] | None:
        """Number of the first and the last entry of `[since, until)`; None if there is none."""
        where, *values = _between(since, until)
        with named_errors():
            first, last = self._database.conn.execute(
                f"SELECT min(number), max(number) FROM evidence WHERE board = ?{where}",
                [board, *values],
            ).fetchone()
        return None if first is None else (first, last)

    def entry(self, board: str, number: int) -> Entry | None:
        """Read one entry."""
        return next(self.stretch(board, number, number), None)

    def last_entry(
        self, board: str, kind: Kind | None = None, *, before: int | None = None
    ) -> Entry | None:
        """Read the newest entry, of a kind if one is given, and with a number below `before`."""
        where, values = "", list[object]()
        if kind is not None:
            where, values = " AND kind = ?", [str(kind)]
        if before is not None:
            where, values = f"{where} AND number < ?", [*values, before]
        with named_errors():
            row = self._database.conn.execute(
                f"SELECT number FROM evidence WHERE board = ?{where} ORDER BY number DESC LIMIT 1",
                [board, *values],
            ).fetchone()
        return None if row is None else self.entry(board, row[0])

    def entry_at(self, board: str, moment: datetime, kind: Kind) -> Entry | None:
        """Read the newest entry of a kind that bears a time up to and with `moment`."""
        with named_errors():
            row = self._database.conn.execute(
                "SELECT number FROM evidence WHERE board = ? AND at <= ? AND kind = ?"
                " ORDER BY at DESC, number DESC LIMIT 1",
                [board, to_microseconds(moment), str(kind)],
            ).fetchone()
        return None if row is None else self.entry(board, row[0])

    def boards_with_evidence(self) -> tuple[str, ...]:
        """Names of the boards that have a chain; the terminal's own record is none of them."""
        with named_errors():
            found = self._database.conn.execute("SELECT DISTINCT board FROM evidence ORDER BY 1")
            return tuple(board for (board,) in found if board != TERMINAL_RECORD)

    def page_records(self, board: str, since: datetime | None = None) -> tuple[PageRecord, ...]:
        """Read what became of a board's pages, in the order in which it happened."""
        return tuple(
            PageRecord(
                board,
                entry.at,
                datetime.fromisoformat(entry.facts["due"]),
                entry.facts["edition"],
                entry.facts["page"],
                entry.facts["notice"],
                entry.facts["state"],
            )
            for entry in self.entries(board, since, kind=Kind.ON_AIR)
            if entry.facts["showing"] == "page"
        )

    def ask_recompose(self, board: str, at: datetime, by: str) -> None:
        """Keep the wish of `by` that the day's edition be made anew; the newest wish counts."""
        with writing(self._database):
            self._database.conn.execute(
                "INSERT OR REPLACE INTO recompose (board, asked_at) VALUES (?, ?)",
                [board, to_microseconds(at)],
            )
            append(self._database, board, at, Kind.RECOMPOSE, {"by": by})

    def recompose_asked(self, board: str) -> datetime | None:
        """When somebody asked for a new edition; None if nobody waits for one."""
        with named_errors():
            row = self._database.conn.execute(
                "SELECT asked_at FROM recompose WHERE board = ?", [board]
            ).fetchone()
        return None if row is None else from_microseconds(row[0])

    def recompose_done(self, board: str, at: datetime) -> None:
        """Drop the wish that `recompose_asked` told as `at`; a newer one stays."""
        with writing(self._database):
            self._database.conn.execute(
                "DELETE FROM recompose WHERE board = ? AND asked_at <= ?",
                [board, to_microseconds(at)],
            )


def append(database: Database, board: str, at: datetime, kind: Kind, facts: Facts) -> Entry:
    """Add an entry to a board's chain, inside the caller's write transaction."""
    row = database.conn.execute(
        "SELECT number, digest FROM evidence WHERE board = ? ORDER BY number DESC LIMIT 1", [board]
    ).fetchone()
    number, previous = (0, BEFORE_THE_FIRST) if row is None else (row[0], row[1].hex())
    entry = seal(board, number + 1, at, kind, facts, previous)
    database.conn.execute(
        f"INSERT INTO evidence (board, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",
        [
            board,
            entry.number,
            to_microseconds(entry.at),
            str(kind),
            facts_text(entry.facts),
            bytes.fromhex(entry.digest),
        ],
    )
    return entry


def _read(database: Database, board: str, where: str = "", *values: object) -> Iterator[Entry]:
    """Read the entries that `where` allows; `previous` is the digest that stands before each."""
    number, previous = 0, BEFORE_THE_FIRST
    found = database.conn.execute(
        f"SELECT {_COLUMNS} FROM evidence WHERE board = ?{where} ORDER BY number", [board, *values]
    )
    for row in found:
        if row[0] != number + 1:
            before = database.conn.execute(
                "SELECT digest FROM evidence WHERE board = ? AND number = ?", [board, row[0] - 1]
            ).fetchone()
            previous = before[0].hex() if before else BEFORE_THE_FIRST
        number, digest = row[0], row[4].hex()
        try:
            kind, facts = Kind(row[2]), json.loads(row[3])
        except ValueError:
            raise NotAnEntry(f"entry {number} of board {board} cannot be read") from None
        yield Entry(board, number, from_microseconds(row[1]), kind, facts, previous, digest)
        previous = digest


def _between(since: datetime | None, until: datetime | None) -> tuple[Any, ...]:
    """A condition on `at` and its values."""
    where, values = "", []
    if since is not None:
        where, values = " AND at >= ?", [to_microseconds(since)]
    if until is not None:
        where, values = f"{where} AND at < ?", [*values, to_microseconds(until)]
    return where, *values


def _versions(database: Database, board: str, day: date) -> tuple[str, ...]:
    found = database.conn.execute(
        "SELECT text FROM editions WHERE board = ? AND day = ? ORDER BY version",
        [board, day.isoformat()],
    )
    return tuple(text for (text,) in found)


def _keep_picture(database: Database, png: bytes) -> str:
    """Store a picture once; its digest in hex."""
    digest = hashlib.sha256(png)
    database.conn.execute(
        "INSERT INTO pictures (digest, png) SELECT ?, ? WHERE NOT EXISTS"
        " (SELECT 1 FROM pictures WHERE digest = ?)",
        [digest.digest(), png, digest.digest()],
    )
    return digest.hexdigest()
