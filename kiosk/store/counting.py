"""How many notices there are for a query, and for each choice of a filter.

Counting ends at a cap. Where the index alone answers, no text is compared.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice

from sqlite_utils import Database

from display.notice import Category, Notice, NoticeKind
from display.release import Known
from kiosk.store.bigrams import MARKS
from kiosk.store.expressions import (
    BODIES,
    FIELDS,
    body_expression,
    both,
    filter_groups,
    quoted,
    words_expression,
)
from kiosk.store.filters import Filters
from kiosk.store.index_tokens import kind_token
from kiosk.store.pinyin_readings import readings
from kiosk.store.question import Group, Question, understand
from kiosk.store.search import Scan, Section, found
from kiosk.store.search_index import TOP
from kiosk.sync.instant import to_microseconds

_STEPS = 1000
"""Of SQLite's machine, between two looks at whether to stop: about 10 µs."""
_LOOKED_AT = 1000
"""Notices that are counted one by one; most choices have as many as is told by then."""

_CHOICES = ("category", "kind", "region", "open_now")
Choice = tuple[str, str]
"""The name of a filter and its value; that of `open_now` is empty."""


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
        counted = _IndexCounter(database, question, filters).count(filters, cap)
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
    database.conn.set_progress_handler(stopped, _STEPS)
    try:
        return _facets(database, query, filters, known, cap, stopped)
    except sqlite3.OperationalError as problem:
        if problem.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            return None
        raise
    finally:
        database.conn.set_progress_handler(None, 0)


def _facets(
    database: Database,
    query: str,
    filters: Filters,
    known: Known,
    cap: int,
    stopped: Callable[[], bool],
) -> Facets | None:
    """Count the newest notices one by one; what is still open then, choice by choice.

    The notices that the filters leave tell of every filter that is not set; those without one
    filter tell of its own choices.
    """
    question = understand(query, readings)
    every = replace(filters, **dict.fromkeys(_CHOICES[:3]), open_now=False)
    by_sound = _is_by_sound(database, query, every, known)
    bounds = None if by_sound else _bounds(database, question, every, known)
    index_tells = bounds is not None and _index_tells(question, filters, known)
    numbers: Counter[Choice] = Counter()
    for names, narrowed in _passes(filters):
        if index_tells and bounds is not None:
            rows = bounds.rows(narrowed)
        else:
            rows = _compared(database, query, narrowed, known, by_sound=by_sound)
        with closing(rows):
            for row in islice(rows, _LOOKED_AT):
                if stopped():
                    return None
                numbers.update(_choices_of(row, names))
            is_all = next(rows, None) is None
        if is_all:
            continue
        for choice in _choices(database, names):
            chosen = _with_choice(filters, choice)
            if numbers[choice] >= cap:
                continue
            if index_tells and bounds is not None:
                numbers[choice] = bounds.count(chosen, cap)
            elif bounds is None or bounds.count(chosen, cap) > numbers[choice]:
                with closing(_compared(database, query, chosen, known, by_sound=by_sound)) as rows:
                    numbers[choice] = 0
                    for _ in islice(rows, cap):
                        if stopped():
                            return None
                        numbers[choice] += 1
    return _capped(numbers, cap)


def _passes(filters: Filters) -> list[tuple[tuple[str, ...], Filters]]:
    """Which filters' choices are told by the notices that are left by which filters."""
    chosen = [name for name in _CHOICES if getattr(filters, name)]
    found = [((name,), _without(filters, name)) for name in chosen]
    others = tuple(name for name in _CHOICES if name not in chosen)
    return [(others, filters), *found] if others else list(found)


def _without(filters: Filters, name: str) -> Filters:
    return replace(filters, **{name: False if name == "open_now" else None})


def _is_by_sound(database: Database, query: str, filters: Filters, known: Known) -> bool:
    """Tell whether nothing holds the words."""
    with closing(found(database, query, filters, known, None)) as all_found:
        return any(section is Section.SOUND for section, _, _ in islice(all_found, 1))


def _bounds(
    database: Database, question: Question, filters: Filters, known: Known
) -> "_IndexCounter | None":
    """A counter that never counts too few; None when there is none."""
    if not _index_bounds(question, filters, known):
        return None
    return _IndexCounter(database, question, filters)


class _IndexCounter:
    """Counts in the two indexes alone."""

    def __init__(self, database: Database, question: Question, filters: Filters) -> None:
        self._database = database
        self._scan = Scan(database, filters, Known())
        upper = self._scan.upper
        self._words = words_expression(database, question, upper).expression
        self._bodies = body_expression(database, question, upper)

    def count(self, filters: Filters, cap: int) -> int:
        """Count what the index names, up to `cap`; dates are those of the beginning."""
        groups = filter_groups(self._database, filters)
        places, values = self._places(groups, cap, filters if filters.open_now else None)
        row = self._database.conn.execute(
            f"SELECT count(*) FROM (SELECT * FROM ({places}) LIMIT :cap)", values
        ).fetchone()
        return int(row[0])

    def rows(self, filters: Filters) -> "_Rows":
        """The newest notices that the index names."""
        groups = filter_groups(self._database, filters)
        open_at = filters if filters.open_now else None
        places, values = self._places(groups, _LOOKED_AT + 1, open_at)
        values["at"] = to_microseconds(filters.at)
        yield from self._database.conn.execute(
            "SELECT category, kind, region, closes_at > :at FROM notices"
            f" WHERE place IN ({places}) ORDER BY place DESC LIMIT :cap",
            values,
        )

    def _places(
        self, groups: Iterable[Group], cap: int, open_at: Filters | None
    ) -> tuple[str, dict[str, int | str]]:
        groups = list(groups)
        values: dict[str, int | str] = {"cap": cap, **self._scan.rowids()}
        if open_at is not None:
            values["at"] = to_microseconds(open_at.at)
        parts = []
        for index, words in ((FIELDS, self._words), (BODIES, self._bodies)):
            expression = both(words, groups)
            if index == BODIES and words is None:
                continue
            if expression is None:
                parts.append(self._every(open_at))
            else:
                parts.append(self._named(index, open_at))
                values[index] = f'({expression}) NOT "{kind_token(NoticeKind.OPENING_RECORD)}"'
        return " UNION ".join(f"SELECT * FROM ({part})" for part in parts), values

    def _every(self, open_at: Filters | None) -> str:
        # Opening records wait for an event that this terminal has not heard of.
        condition = "" if open_at is None else " AND closes_at > :at"
        return (
            f"SELECT place FROM notices WHERE kind <> '{NoticeKind.OPENING_RECORD}'{condition}"
            f" AND place < {TOP} - :first AND place >= {TOP} - :last ORDER BY place DESC LIMIT :cap"
        )

    def _named(self, index: str, open_at: Filters | None) -> str:
        named = f"{index} MATCH :{index} AND {index}.rowid > :first AND {index}.rowid <= :last"
        order = f"ORDER BY {index}.rowid LIMIT :cap"
        if open_at is None:
            return f"SELECT {TOP} - rowid AS place FROM {index} WHERE {named} {order}"
        return (
            f"SELECT place FROM {index} CROSS JOIN notices ON place = {TOP} - {index}.rowid"
            f" WHERE {named} AND closes_at > :at {order}"
        )


_Rows = Generator[tuple[str, str, str, int | None], None, None]
"""Category, kind, region, whether it is open."""


def _compared(
    database: Database, query: str, filters: Filters, known: Known, *, by_sound: bool
) -> _Rows:
    with closing(found(database, query, filters, known, None)) as all_found:
        for section, _, notice in all_found:
            if (section is Section.SOUND) is not by_sound:
                return
            yield notice.category, notice.kind, notice.region, _is_open(notice, filters)


def _is_open(notice: Notice, filters: Filters) -> bool:
    return notice.closes_at is not None and notice.closes_at > filters.at


def _index_tells(question: Question, filters: Filters, known: Known) -> bool:
    return (
        question.is_exact()
        and not question.number
        and (question.body_is_exact() or all(len(word.text) == 1 for word in question.words))
        and _index_bounds(question, filters, known)
    )


def _index_bounds(question: Question, filters: Filters, known: Known) -> bool:
    """Whether of notices that the index names some may drop out, but none come in besides."""
    return not known.openings_started and filters.opens_between is None and not question.number


def _choices_of(row: tuple[str, str, str, int | None], names: Iterable[str]) -> list[Choice]:
    """The choices among those of the named filters that a notice stands behind."""
    category, kind, region, is_open = row
    has = {
        "category": category,
        "kind": kind,
        "region": region or None,
        "open_now": "" if is_open else None,
    }
    return [(name, value) for name in names if (value := has[name]) is not None]


def _capped(numbers: Mapping[Choice, int], cap: int) -> Facets:
    of: dict[str, dict[str, int]] = {name: {} for name in _CHOICES}
    for (name, value), number in numbers.items():
        if number:
            of[name][value] = min(cap, number)
    return Facets(
        categories={Category(value): number for value, number in of["category"].items()},
        kinds={NoticeKind(value): number for value, number in of["kind"].items()},
        regions=of["region"],
        open_now=of["open_now"].get("", 0),
    )


def _choices(database: Database, names: Iterable[str]) -> list[Choice]:
    """All choices of the named filters."""
    values: dict[str, Callable[[], Iterable[str]]] = {
        "category": lambda: [category.value for category in Category],
        "kind": lambda: [kind.value for kind in NoticeKind],
        "region": lambda: _regions(database),
        "open_now": lambda: [""],
    }
    return [(name, value) for name in names for value in values[name]()]


def _with_choice(filters: Filters, choice: Choice) -> Filters:
    match choice:
        case "category", value:
            return replace(filters, category=Category(value))
        case "kind", value:
            return replace(filters, kind=NoticeKind(value))
        case "region", value:
            return replace(filters, region=value)
        case _:
            return replace(filters, open_now=True)


def _regions(database: Database) -> list[str]:
    """The names of all regions, as published; in the order of the index."""
    mark = MARKS["region"]
    found_names = []
    for (term,) in database.conn.execute(
        "SELECT term FROM notice_terms WHERE term >= ? AND term < ?", (mark, chr(ord(mark) + 1))
    ).fetchall():
        row = database.conn.execute(
            f"SELECT region FROM {FIELDS} CROSS JOIN notices ON place = {TOP} - {FIELDS}.rowid"
            f" WHERE {FIELDS} MATCH ? ORDER BY {FIELDS}.rowid LIMIT 1",
            (quoted(term),),
        ).fetchone()
        if row is not None:
            found_names.append(row[0])
    return found_names
