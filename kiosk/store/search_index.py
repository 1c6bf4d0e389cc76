"""The search index: bigrams of four fields in a contentless FTS5 table.

The index keeps no text, so taking a notice out needs the tokens that were put in; they are
derived again from the stored notice. A changed tokeniser therefore needs a migration that
empties the index and calls `fill`.
"""

from sqlite_utils import Database

from display.notice import Notice
from kiosk.store.bigrams import tokens

_FIELDS = ("title", "tender_no", "buyer", "agent")
_COLUMNS = ", ".join(_FIELDS)
_MERGE_PAGES = 500


def create(database: Database) -> None:
    """Make the empty index; punctuation and symbols are searchable too."""
    database.conn.execute(
        f"CREATE VIRTUAL TABLE notice_index USING fts5({_COLUMNS}, content='', columnsize=0,"
        " tokenize=\"unicode61 remove_diacritics 0 categories 'L* M* N* P* S* Co'\")"
    )


def fill(database: Database) -> None:
    """Index every stored notice; the index must be empty."""
    for place, doc in database.conn.execute("SELECT place, doc FROM notices"):
        add_to_index(database, place, Notice.model_validate_json(doc))


def searched_texts(notice: Notice) -> tuple[str, ...]:
    """The fields of a notice that a visitor searches in."""
    return (notice.title, notice.tender_no, notice.buyer, notice.agent)


def add_to_index(database: Database, place: int, notice: Notice) -> None:
    """Put a notice in."""
    database.conn.execute(
        f"INSERT INTO notice_index (rowid, {_COLUMNS}) VALUES (?, ?, ?, ?, ?)",
        [place, *map(tokens, searched_texts(notice))],
    )


def remove_from_index(database: Database, place: int, notice: Notice) -> None:
    """Take a notice out; `notice` must be just as it was put in."""
    database.conn.execute(
        f"INSERT INTO notice_index (notice_index, rowid, {_COLUMNS})"
        " VALUES ('delete', ?, ?, ?, ?, ?)",
        [place, *map(tokens, searched_texts(notice))],
    )


def merge_step(database: Database, *, first: bool) -> bool:
    """Do a part of merging the index into one segment; tell whether more is to be done.

    A removal only marks the old tokens; they leave the file when the segments are merged.
    """
    before = database.conn.total_changes
    database.conn.execute(
        "INSERT INTO notice_index (notice_index, rank) VALUES ('merge', ?)",
        [-_MERGE_PAGES if first else _MERGE_PAGES],
    )
    return database.conn.total_changes - before >= 2
