"""How many notices there are for a query, and for each choice of a filter.

Counting ends at a cap. Where the index alone answers, no row is read.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

from sqlite_utils import Database

from display.notice import Category, Notice, NoticeKind
from display.release import Known
from kiosk.store.bigrams import MARKS
from kiosk.store.expressions import (
    body_expression,
    both,
    choice_groups,
    filter_groups,
    quoted,
    words_expression,
)
from kiosk.store.pinyin_readings import readings
from kiosk.store.question import Group, Question, understand
from kiosk.store.search import Filters, Scan, found
from kiosk.store.search_index import category_token, kind_token, region_token
from kiosk.sync.instant import to_microseconds

_STEPS = 1000
"""Of SQLite's machine, between two looks at whether to stop: about 10 µs."""


@dataclass(frozen=True, slots=True)
class Facets:
    """What each choice of a filter would find while the other filters stay; capped."""

    categories: Mapping[Category, int]
    kinds: Mapping[NoticeKind, int]
    regions: Mapping[str, int]
    open_now: int


def count(database: Database, query: str, filters: Filters, known: Known, *, cap: int) -> int:
    """Count what `search` would find, up to `cap`."""
    question = understand(query, readings)
    if _index_tells(question, filters, known):
        counted = _Counter(database, question, filters, cap).of(filter_groups(database, filters))
        if counted:
            return counted
    with closing(found(database, query, filters, known, None)) as all_found:
        return sum(1 for _ in islice(all_found, cap))


def facets(
    database: Database,
    query: str,
    filters: Filters,
    known: Known,
    *,
    cap: int,
    stopped: Callable[[], bool],
) -> Facets | None:
    """Count for each choice, up to `cap`; None when `stopped` said so in between."""
    question = understand(query, readings)
    database.conn.set_progress_handler(stopped, _STEPS)
    try:
        if _index_tells(question, filters, known):
            return _by_index(database, question, filters, cap)
        return _by_rows(database, query, filters, known, cap, stopped)
    except sqlite3.OperationalError as problem:
        if problem.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            return None
        raise
    finally:
        database.conn.set_progress_handler(None, 0)


class _Counter:
    """Counts in the two indexes alone."""

    def __init__(self, database: Database, question: Question, filters: Filters, cap: int) -> None:
        self._database = database
        self._at = to_microseconds(filters.at)
        self._open_now = filters.open_now
        self._cap = cap
        self._scan = Scan(database, filters, Known())
        self._words = words_expression(database, question, self._scan.upper).expression
        self._bodies = body_expression(question, ())

    def of(self, groups: Iterable[Group], *, open_now: bool = False) -> int:
        """Count what is in all groups."""
        groups = list(groups)
        parts = []
        values: dict[str, int | str] = {"cap": self._cap, "at": self._at, **self._scan.bounds()}
        fields = both(self._words, groups)
        bodies = None if self._bodies is None else both(self._bodies, groups)
        for index, words in (("notice_index", fields), ("body_index", bodies)):
            if words is None and index == "body_index":
                continue
            parts.append(self._part(index, words, open_now or self._open_now))
            values[index] = _without_records(words)
        union = " UNION ".join(f"SELECT * FROM ({part})" for part in parts)
        row = self._database.conn.execute(
            f"SELECT count(*) FROM (SELECT * FROM ({union}) LIMIT :cap)", values
        ).fetchone()
        return int(row[0])

    def _part(self, index: str, words: str | None, open_now: bool) -> str:
        condition = " AND place < :upper AND place >= :lower"
        if words is None:
            return (
                "SELECT place FROM notices WHERE kind <> 'opening_record'"
                f"{condition} ORDER BY place DESC LIMIT :cap"
            )
        rowid = condition.replace("place", f"{index}.rowid")
        if not open_now:
            return (
                f"SELECT rowid AS place FROM {index} WHERE {index} MATCH :{index}{rowid}"
                " ORDER BY rowid DESC LIMIT :cap"
            )
        return (
            f"SELECT notices.place FROM {index} CROSS JOIN notices ON notices.place ="
            f" {index}.rowid WHERE {index} MATCH :{index}{rowid} AND closes_at > :at"
            f" ORDER BY {index}.rowid DESC LIMIT :cap"
        )


def _index_tells(question: Question, filters: Filters, known: Known) -> bool:
    return (
        not known.openings_started
        and filters.opens_between is None
        and all(word.is_exact() for word in question.words)
        and (question.body_is_exact() or all(len(word.text) == 1 for word in question.words))
    )


def _without_records(words: str | None) -> str:
    """Opening records wait for an event that this terminal has not heard of."""
    return f'({words}) NOT "{kind_token(NoticeKind.OPENING_RECORD)}"' if words else ""


def _by_index(database: Database, question: Question, filters: Filters, cap: int) -> Facets:
    counter = _Counter(database, question, replace(filters, open_now=False), cap)

    def counted(name: str, tokens: Iterable[str]) -> list[int]:
        others = choice_groups(database, filters, without=name)
        is_open = filters.open_now and name != "open_now"
        return [counter.of([*others, frozenset({t})], open_now=is_open) for t in tokens]

    regions = _regions(database)
    open_filters = replace(filters, open_now=True)
    open_now = counter.of(filter_groups(database, open_filters), open_now=True)
    return Facets(
        categories=_present(Category, counted("category", map(category_token, Category))),
        kinds=_present(NoticeKind, counted("kind", map(kind_token, NoticeKind))),
        regions=_present(regions, counted("region", map(region_token, regions))),
        open_now=open_now,
    )


def _by_rows(
    database: Database,
    query: str,
    filters: Filters,
    known: Known,
    cap: int,
    stopped: Callable[[], bool],
) -> Facets | None:
    # Of notices that the index names some may drop out, but none come in besides.
    question = understand(query, readings)
    is_bounded = (
        not known.openings_started
        and filters.opens_between is None
        and (question.body_is_exact() or all(len(word.text) == 1 for word in question.words))
    )
    most = _by_index(database, question, filters, cap) if is_bounded else None
    tally = _Tally(most, cap)
    every = replace(filters, category=None, kind=None, region=None, open_now=False)
    with closing(found(database, query, every, known, None)) as all_found:
        for _, _, notice in all_found:
            if stopped():
                return None
            tally.add(notice, filters)
            if tally.is_complete():
                break
    return tally.facets()


class _Tally:
    """Counts notices by choice, until every choice has as many as it can have."""

    def __init__(self, most: Facets | None, cap: int) -> None:
        self._cap = cap
        self._numbers: Counter[tuple[str, str]] = Counter()
        self._wanted: dict[tuple[str, str], int] | None = None
        if most is not None:
            self._wanted = {("category", value): n for value, n in most.categories.items()}
            self._wanted |= {("kind", value): n for value, n in most.kinds.items()}
            self._wanted |= {("region", value): n for value, n in most.regions.items()}
            if most.open_now:
                self._wanted["open_now", ""] = most.open_now

    def add(self, notice: Notice, filters: Filters) -> None:
        """Count a notice for the choices that it stands behind."""
        missed = [name for name, fit in _fits(notice, filters).items() if not fit]
        for name, value in (
            ("category", notice.category),
            ("kind", notice.kind),
            ("region", notice.region),
            ("open_now", "" if _is_open(notice, filters) else None),
        ):
            if value is None or (name == "region" and not value) or missed not in ([], [name]):
                continue
            choice = name, str(value)
            self._numbers[choice] += 1
            if self._wanted is not None and self._numbers[choice] >= self._wanted.get(choice, 0):
                self._wanted.pop(choice, None)

    def is_complete(self) -> bool:
        """Whether no choice can have more."""
        return self._wanted is not None and not self._wanted

    def facets(self) -> Facets:
        """What was counted."""
        of: dict[str, dict[str, int]] = {"category": {}, "kind": {}, "region": {}, "open_now": {}}
        for (name, value), number in self._numbers.items():
            of[name][value] = min(self._cap, number)
        return Facets(
            categories={Category(value): number for value, number in of["category"].items()},
            kinds={NoticeKind(value): number for value, number in of["kind"].items()},
            regions=of["region"],
            open_now=of["open_now"].get("", 0),
        )


def _fits(notice: Notice, filters: Filters) -> dict[str, bool]:
    return {
        "category": filters.category in (None, notice.category),
        "kind": filters.kind in (None, notice.kind),
        "region": filters.region in (None, notice.region),
        "open_now": not filters.open_now or _is_open(notice, filters),
    }


def _is_open(notice: Notice, filters: Filters) -> bool:
    return notice.closes_at is not None and notice.closes_at > filters.at


def _regions(database: Database) -> list[str]:
    """The names of all regions, as published; in the order of the index."""
    mark = MARKS["region"]
    found_names = []
    for (term,) in database.conn.execute(
        "SELECT term FROM notice_terms WHERE term >= ? AND term < ?", (mark, chr(ord(mark) + 1))
    ).fetchall():
        row = database.conn.execute(
            "SELECT region FROM notice_index CROSS JOIN notices ON place = notice_index.rowid"
            " WHERE notice_index MATCH ? ORDER BY notice_index.rowid DESC LIMIT 1",
            (quoted(term),),
        ).fetchone()
        if row is not None:
            found_names.append(row[0])
    return found_names


_Name = TypeVar("_Name")


def _present(names: Iterable[_Name], numbers: Iterable[int]) -> dict[_Name, int]:
    return {name: number for name, number in zip(names, numbers, strict=True) if number}
