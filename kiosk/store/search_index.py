"""The search index: two contentless FTS5 tables, over the fields and over the bodies.

`notice_index` keeps for each token only the places (detail=none), for the fields of all notices;
what must be next to what is compared with the text. `body_index` keeps positions, for notices
that have a body, and holds their fields too. Filters are tokens like any others.

The tables keep no text, so taking a notice out needs the tokens that were put in; they are
derived again from the stored notice. A changed tokeniser therefore needs a migration that
empties the index and calls `fill`.
"""

import sqlite3
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from sqlite_utils import Database

from display.local_time import SHANGHAI
from display.notice import Category, Notice, NoticeKind
from kiosk.store.bigrams import MARKS, fold, phrase, text_tokens
from kiosk.store.pinyin import syllable_pairs, text_grams
from kiosk.store.pinyin_readings import readings
from kiosk.store.question import notice_days, searched_texts

_TOKENIZER = "ascii tokenchars '!\"\"#$%&''''()*+,-./:;<=>?@[\\]^_`{|}~'"
"""Splits at blanks only; everything outside ASCII is part of a token anyway."""
_GAP = "\ufdd9"
"""Stands between fields, so that no phrase runs from one into the next."""
_BLOCK = 1000
_MERGE_PAGES = 500


def create(database: Database) -> None:
    """Make the empty index."""
    for name, detail in (("notice_index", "none"), ("body_index", "full")):
        database.conn.execute(
            f"CREATE VIRTUAL TABLE {name} USING fts5(tokens, content='', columnsize=0,"
            f' detail={detail}, tokenize="{_TOKENIZER}")'
        )
        # Merging late writes a token fewer times; a lookup has to open more segments for it.
        database.conn.execute(f"INSERT INTO {name} ({name}, rank) VALUES ('automerge', 8)")
    database.conn.execute("CREATE VIRTUAL TABLE notice_terms USING fts5vocab(notice_index, row)")


def fill(database: Database) -> None:
    """Index every stored notice; the index must be empty."""
    found = database.conn.execute(
        "SELECT place, doc, coalesce(body, '') FROM notices LEFT JOIN bodies USING (place)"
    )
    while rows := found.fetchmany(_BLOCK):
        for place, doc, body in rows:
            add_to_index(database, place, Notice.model_validate_json(doc), body)


def add_to_index(database: Database, place: int, notice: Notice, body: str) -> None:
    """Put a notice in."""
    tokens, body_tokens = _tokens(notice, body)
    conn = database.conn
    conn.execute("INSERT INTO notice_index (rowid, tokens) VALUES (?, ?)", (place, tokens))
    if body_tokens:
        conn.execute("INSERT INTO body_index (rowid, tokens) VALUES (?, ?)", (place, body_tokens))


def remove_from_index(database: Database, place: int, notice: Notice, body: str) -> None:
    """Take a notice out; `notice` and `body` must be just as they were put in."""
    tokens, body_tokens = _tokens(notice, body)
    conn = database.conn
    _delete(conn, "notice_index", place, tokens)
    if body_tokens:
        _delete(conn, "body_index", place, body_tokens)


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


def category_token(category: Category) -> str:
    """The token of the notices of a category."""
    return MARKS["category"] + category.value


def kind_token(kind: NoticeKind) -> str:
    """The token of the notices of a kind."""
    return MARKS["kind"] + kind.value


def region_token(region: str) -> str:
    """The token of the notices of a region."""
    return MARKS["region"] + fold(region)


def closing_tokens(since: datetime, until: datetime) -> list[str]:
    """The tokens of which one is on every notice that closes from `since` to `until`.

    The weeks of the first year, the years after it.
    """
    first, last = _week(since), _week(until)
    year = first // 53
    weeks = range(first, min(last, year * 53 + 52) + 1)
    years = range(year + 1, last // 53 + 1)
    return [f"{MARKS['closing_week']}{n}" for n in weeks] + [
        f"{MARKS['closing_year']}{n}" for n in years
    ]


def _week(moment: datetime) -> int:
    """Number the weeks of seven days from each 1 January on; a year has 53 of them."""
    day = moment.astimezone(SHANGHAI).timetuple()
    return day.tm_year * 53 + (day.tm_yday - 1) // 7


def _tokens(notice: Notice, body: str) -> tuple[str, str]:
    found = _spoken_tokens(fold(notice.title)) | text_tokens(fold(notice.tender_no))
    # The same buyers and agents come again and again.
    found.update(_name_tokens(notice.buyer), _name_tokens(notice.agent))
    marked = _filter_tokens(notice)
    found |= marked
    if not body:
        return " ".join(found), ""
    texts = map(fold, [*searched_texts(notice), body])
    return " ".join(found), " ".join([*_sequence(texts), *marked])


@lru_cache(maxsize=1 << 12)
def _name_tokens(text: str) -> frozenset[str]:
    return frozenset(_spoken_tokens(fold(text)))


def _spoken_tokens(folded: str) -> set[str]:
    found = text_tokens(folded)
    found.update(map(_sound_tokens, map(str.__add__, folded, folded[1:])))
    initials = MARKS["initials"]
    found.update([initials + gram for gram in text_grams(folded, readings())])
    found.discard("")
    return found


@lru_cache(maxsize=1 << 16)
def _sound_tokens(pair: str) -> str:
    """The tokens of what two characters sound like, separated by blanks."""
    return " ".join(MARKS["syllables"] + sound for sound in syllable_pairs(pair, readings()))


def _filter_tokens(notice: Notice) -> set[str]:
    found = {category_token(notice.category), kind_token(notice.kind)}
    if notice.region:
        found.add(region_token(notice.region))
    if notice.closes_at is not None:
        week = _week(notice.closes_at)
        found.add(f"{MARKS['closing_week']}{week}")
        found.add(f"{MARKS['closing_year']}{week // 53}")
    return found | notice_days(notice)


def _sequence(texts: Iterable[str]) -> list[str]:
    found: list[str] = []
    for text in texts:
        found += phrase(text)
        found.append(_GAP)
    return found


def _delete(conn: sqlite3.Connection, name: str, place: int, tokens: str) -> None:
    conn.execute(
        f"INSERT INTO {name} ({name}, rowid, tokens) VALUES ('delete', ?, ?)", (place, tokens)
    )
