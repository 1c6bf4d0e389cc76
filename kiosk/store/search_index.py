"""The search index: two contentless FTS5 tables, over the fields and over the bodies.

Both keep for each token only where it is (detail=none); whether the parts of a word are next to
each other is compared in the text. `notice_index` has the fields of all notices, `body_index`
the fields and the body of notices that have one; what it was made of stays in `body_texts`.
Filters are tokens like any others. The newest notice has the lowest rowid: FTS5 walks its lists
faster upwards.

The tables keep no text, so taking a notice out needs the tokens that were put in; they are
derived again from what is stored. A changed tokeniser therefore needs a migration that empties
the index and calls `fill`.
"""

import sqlite3

from sqlite_utils import Database

from display.notice import Notice
from kiosk.store.index_tokens import body_text, notice_tokens, tokens_of_body

_TOKENIZER = "ascii tokenchars '!\"\"#$%&''''()*+,-./:;<=>?@[\\]^_`{|}~'"
"""Splits at blanks only; everything outside ASCII is part of a token anyway."""
TOP = 1 << 28
"""Above all places until the year 2106; small, because FTS5 writes a rowid with each list."""
_BLOCK = 1000
_MERGE_PAGES = 500
_HASH_BYTES = 16 << 20
"""What FTS5 gathers before it writes a segment: enough for a page of a feed."""
_TEXT = "utf-16-le"
"""A Chinese character in two bytes, and quickly turned into text."""


def rowid_of(place: int) -> int:
    """Where the notice at a place is in the index."""
    return TOP - place


def place_of(rowid: int) -> int:
    """The place of what the index names."""
    return TOP - rowid


def create(database: Database) -> None:
    """Make the empty index."""
    for name in ("notice_index", "body_index"):
        database.conn.execute(
            f"CREATE VIRTUAL TABLE {name} USING fts5(tokens, content='', columnsize=0,"
            f' detail=none, tokenize="{_TOKENIZER}")'
        )
        # Merging late writes a token fewer times; a lookup has to open more segments for it.
        for option, value in (("automerge", 8), ("hashsize", _HASH_BYTES)):
            database.conn.execute(
                f"INSERT INTO {name} ({name}, rank) VALUES (?, ?)", (option, value)
            )
    database.conn.execute("CREATE VIRTUAL TABLE notice_terms USING fts5vocab(notice_index, row)")
    database.conn.execute("CREATE TABLE body_texts (place INTEGER PRIMARY KEY, text BLOB NOT NULL)")


def fill(database: Database) -> None:
    """Index every stored notice; the index must be empty."""
    found = database.conn.execute(
        "SELECT place, doc, coalesce(body, '') FROM notices LEFT JOIN bodies USING (place)"
        " ORDER BY place DESC"
    )
    while rows := found.fetchmany(_BLOCK):
        changes = IndexChanges(database)
        for place, doc, body in rows:
            changes.add(place, Notice.model_validate_json(doc), body)
        changes.write()


class IndexChanges:
    """Gathers what a transaction puts into the index and takes out, until `write`.

    FTS5 writes a segment whenever a rowid is lower than the one before.
    """

    def __init__(self, database: Database) -> None:
        self._conn = database.conn
        self._fields: dict[int, _Change] = {}
        self._bodies: dict[int, _Change] = {}

    def add(self, place: int, notice: Notice, body: str) -> None:
        """Put a notice in, and the text of its body beside it."""
        _Change.at(self._fields, place).add(notice_tokens(notice))
        if body:
            text = body_text(notice, body)
            self._conn.execute(
                "INSERT INTO body_texts (place, text) VALUES (?, ?)", (place, encoded(text))
            )
            _Change.at(self._bodies, place).add(tokens_of_body(notice, text))

    def remove(self, place: int, notice: Notice) -> None:
        """Take a notice out; it must be just as it was put in."""
        _Change.at(self._fields, place).remove(notice_tokens(notice))
        row = self._conn.execute(
            "DELETE FROM body_texts WHERE place = ? RETURNING text", (place,)
        ).fetchone()
        if row is not None:
            _Change.at(self._bodies, place).remove(tokens_of_body(notice, read_text(row[0])))

    def write(self) -> None:
        """Bring the index to what was gathered."""
        _write(self._conn, "notice_index", self._fields)
        _write(self._conn, "body_index", self._bodies)
        self._fields, self._bodies = {}, {}


class _Change:
    """What happens at one place."""

    __slots__ = ("added", "removed")

    def __init__(self) -> None:
        self.removed: str | None = None
        self.added: str | None = None

    @staticmethod
    def at(changes: "dict[int, _Change]", place: int) -> "_Change":
        return changes.setdefault(rowid_of(place), _Change())

    def add(self, tokens: str) -> None:
        self.added = tokens

    def remove(self, tokens: str) -> None:
        if self.added is None:
            self.removed = tokens
        self.added = None


def _write(conn: sqlite3.Connection, name: str, changes: dict[int, _Change]) -> None:
    if not any(change.removed for change in changes.values()):
        added = [(rowid, change.added) for rowid, change in changes.items() if change.added]
        conn.executemany(f"INSERT INTO {name} (rowid, tokens) VALUES (?, ?)", sorted(added))
        return
    for rowid, change in sorted(changes.items(), key=lambda item: item[0]):
        if change.removed:
            conn.execute(
                f"INSERT INTO {name} ({name}, rowid, tokens) VALUES ('delete', ?, ?)",
                (rowid, change.removed),
            )
        if change.added:
            conn.execute(f"INSERT INTO {name} (rowid, tokens) VALUES (?, ?)", (rowid, change.added))


def encoded(text: str) -> bytes:
    """Write text as in `body_texts`."""
    return text.encode(_TEXT)


def read_text(stored: bytes) -> str:
    """Read what `encoded` wrote."""
    return stored.decode(_TEXT)


def merge_step(database: Database, *, first: bool) -> bool:
    """Do a part of merging the index into one segment; tell whether more is to be done.

    A removal only marks the old tokens; they leave the file when the segments are merged.
    """
    more = False
    for name in ("notice_index", "body_index"):
        before = database.conn.total_changes
        database.conn.execute(
            f"INSERT INTO {name} ({name}, rank) VALUES ('merge', ?)",
            [-_MERGE_PAGES if first else _MERGE_PAGES],
        )
        more |= database.conn.total_changes - before >= 2
    return more
