"""Finding notices, newest first; every one passes the release gate.

Results come in sections, each newest first: the notices of the project whose number was typed;
those in whose fields the words stand; those in whose body they stand. Where there are none at
all, those that sound like what was typed.
"""

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import islice

from sqlite_utils import Database

from display.notice import Notice
from display.release import Channel, Known, Verdict, release
from kiosk.store.expressions import (
    BODIES,
    FIELDS,
    body_expression,
    both,
    filter_groups,
    words_expression,
)
from kiosk.store.filters import Filters
from kiosk.store.pinyin_readings import readings
from kiosk.store.question import NoticeText, Question, understand
from kiosk.store.rows import first_place_after
from kiosk.store.search_index import TOP, encoded, place_of, read_text, rowid_of
from kiosk.sync.instant import to_microseconds


class Section(IntEnum):
    """Parts of the results; a higher one comes first."""

    SOUND = 0
    BODY = 1
    FIELDS = 2
    NUMBER = 3


_PLACES = 1 << 48
_HIGHEST = 1 << 46
_OTHER_NUMBER = "notices.number_key IS NOT :number"
"""The notices whose number was typed are a section of their own."""

Values = Mapping[str, int | str]
"""What is bound to the names in a statement."""


@dataclass(frozen=True, slots=True)
class Hits:
    """One page of results."""

    notices: tuple[Notice, ...]
    """Newest first within each section, without bodies."""
    next: int | None
    """Pass as `before` for the page after this one; None at the end."""
    by_sound: bool = False
    """Nothing holds the words; these notices hold others that sound like them."""


def search(
    database: Database,
    query: str,
    filters: Filters,
    known: Known,
    *,
    limit: int,
    before: int | None,
) -> Hits:
    """Find the first `limit` notices; the words of the query may stand in any order."""
    with closing(found(database, query, filters, known, before)) as all_found:
        page = list(islice(all_found, limit + 1))
    keys = [section * _PLACES + place for section, place, _ in page]
    return Hits(
        notices=tuple(notice for _, _, notice in page[:limit]),
        next=keys[limit - 1] if len(page) > limit else None,
        by_sound=bool(page) and page[0][0] is Section.SOUND,
    )


Found = Generator[tuple[Section, int, Notice], None, None]


def found(
    database: Database, query: str, filters: Filters, known: Known, before: int | None
) -> Found:
    """Find one after the other: section, place and notice."""
    first, place = Section.NUMBER, None
    if before is not None:
        section, offset = divmod(before + _HIGHEST, _PLACES)
        first, place = Section(section), offset - _HIGHEST
    question = understand(query, readings)
    scan = Scan(database, filters, known)
    nothing = before is None
    for section, candidates in (
        (Section.NUMBER, scan.of_number),
        (Section.FIELDS, scan.of_fields),
        (Section.BODY, scan.of_bodies),
    ):
        if section <= first:
            for there, notice in candidates(question, place if section is first else None):
                nothing = False
                yield section, there, notice
    if nothing or first is Section.SOUND:
        question = understand(query, readings, by_sound=True)
        if any(word.by_sound for word in question.words):
            for there, notice in scan.of_fields(question, place):
                yield Section.SOUND, there, notice


class Scan:
    """Reads the rows that the index names, and keeps those that are what was asked."""

    def __init__(self, database: Database, filters: Filters, known: Known) -> None:
        self._database = database
        self._filters = filters
        self._known = known
        at = to_microseconds(filters.at)
        upper = first_place_after(database, at)
        if upper is None:
            (last,) = database.conn.execute("SELECT max(place) FROM notices").fetchone()
            upper = 0 if last is None else last + 1
        self.upper = upper
        self._lower = -_HIGHEST
        if filters.since is not None:
            lower = first_place_after(database, to_microseconds(filters.since) - 1)
            self._lower = _HIGHEST if lower is None else lower
        self._conditions = ""
        self._values: dict[str, int | str] = {"at": at}
        if filters.open_now:
            self._conditions += " AND notices.closes_at > :at"
        if filters.opens_between is not None:
            self._conditions += " AND notices.opens_at >= :from AND notices.opens_at < :to"
            self._values["from"], self._values["to"] = map(to_microseconds, filters.opens_between)

    def below(self, before: int | None) -> int:
        """The lowest place that is not asked about."""
        return self.upper if before is None else min(before, self.upper)

    def rowids(self, before: int | None = None) -> dict[str, int]:
        """The rowids of the index that are asked about: above `first`, up to `last`."""
        return {"first": rowid_of(self.below(before)), "last": rowid_of(self._lower)}

    def of_number(self, question: Question, before: int | None) -> Iterator[tuple[int, Notice]]:
        """The notices of the project whose number is the whole query."""
        if not question.number:
            return
        conditions = f"number_key = :number{self._column_conditions()}"
        values = {"number": question.number, **self._column_values()}
        yield from self._released(self._by_place(conditions, values, before), lambda notice: True)

    def of_fields(self, question: Question, before: int | None) -> Iterator[tuple[int, Notice]]:
        """The notices in whose fields all words stand, without those of `of_number`."""
        if self._filters.opens_between is not None:
            # A day has few openings.
            conditions = f"{_OTHER_NUMBER}{self._column_conditions()}"
            values = {"number": question.number, **self._column_values()}
            rows = self._by_place(conditions, values, before)
            is_exact = not question.words
        else:
            rows = self._by_words(question, before)
            is_exact = question.is_exact()

        def fits(notice: Notice) -> bool:
            return is_exact or question.matches(NoticeText(notice))

        yield from self._released(rows, fits)

    def of_bodies(self, question: Question, before: int | None) -> Iterator[tuple[int, Notice]]:
        """The notices in whose fields and body all words stand, and not in the fields alone."""
        words = body_expression(self._database, question, self.below(before))
        if words is None:
            return
        expression = both(words, filter_groups(self._database, self._filters))
        is_exact = question.body_is_exact()
        sought = [encoded(word.text) for word in question.words if len(word.text) > 1]
        found = self._database.conn.execute(
            f"SELECT {BODIES}.rowid, text FROM {BODIES} CROSS JOIN body_texts"
            f" ON place = {TOP} - {BODIES}.rowid WHERE {BODIES} MATCH :words"
            f" AND {BODIES}.rowid > :first AND {BODIES}.rowid <= :last ORDER BY {BODIES}.rowid",
            {"words": expression, **self.rowids(before)},
        )
        sql = f"SELECT doc FROM notices WHERE place = :place AND {_OTHER_NUMBER}{self._conditions}"
        values = {**self._values, "number": question.number}
        with closing(found):
            for rowid, stored in found:
                if not is_exact and not all(map(stored.__contains__, sought)):
                    continue
                place = place_of(rowid)
                row = self._database.conn.execute(sql, {**values, "place": place}).fetchone()
                if row is None:
                    continue
                notice = Notice.model_validate_json(row[0])
                if not self._is_released(notice):
                    continue
                text = NoticeText(notice)
                if not question.matches(text) and (
                    is_exact or question.matches_with_body(text, read_text(stored))
                ):
                    yield place, notice

    def _by_words(self, question: Question, before: int | None) -> Iterator[tuple[int, str]]:
        filters = self._filters
        words = words_expression(self._database, question, self.below(before))
        if words.is_narrow:
            # What closes later is new: its tokens end the search early.
            filters = replace(filters, category=None, kind=None, region=None)
        expression = both(words.expression, filter_groups(self._database, filters))
        number = {"number": question.number}
        if expression is None:
            return self._by_place(f"{_OTHER_NUMBER}{self._conditions}", number, before)
        conditions = self._column_conditions() if words.is_narrow else self._conditions
        values: dict[str, int | str] = {"words": expression, **number, **self.rowids(before)}
        if words.is_narrow:
            values |= self._column_values()
        needles = question.needles()
        if needles:
            held = " AND ".join(f"instr(notices.doc, :needle{n})" for n in range(len(needles)))
            conditions += f" AND (NOT notices.is_plain OR {held})"
            values |= {f"needle{n}": needle for n, needle in enumerate(needles)}
        # CROSS JOIN keeps the index outside, whatever the planner thinks of the conditions.
        return self._rows(
            f"SELECT notices.place, notices.doc FROM {FIELDS} CROSS JOIN notices"
            f" ON notices.place = {TOP} - {FIELDS}.rowid WHERE {FIELDS} MATCH :words"
            f" AND {FIELDS}.rowid > :first AND {FIELDS}.rowid <= :last"
            f" AND {_OTHER_NUMBER}{conditions}"
            f" ORDER BY {FIELDS}.rowid",
            values,
        )

    def _by_place(
        self, conditions: str, values: Values, before: int | None
    ) -> Iterator[tuple[int, str]]:
        return self._rows(
            f"SELECT place, doc FROM notices WHERE {conditions}"
            " AND place < :upper AND place >= :lower ORDER BY place DESC",
            {**values, "upper": self.below(before), "lower": self._lower},
        )

    def _rows(self, sql: str, values: Values) -> Iterator[tuple[int, str]]:
        with closing(self._database.conn.execute(sql, {**self._values, **values})) as cursor:
            yield from cursor

    def _column_conditions(self) -> str:
        return self._conditions + "".join(
            f" AND notices.{name} = :{name}" for name in self._column_values()
        )

    def _column_values(self) -> dict[str, str]:
        filters = self._filters
        asked = {"category": filters.category, "kind": filters.kind, "region": filters.region}
        return {name: str(value) for name, value in asked.items() if value is not None}

    def _released(
        self, rows: Iterator[tuple[int, str]], fits: Callable[[Notice], bool]
    ) -> Iterator[tuple[int, Notice]]:
        for place, doc in rows:
            notice = Notice.model_validate_json(doc)
            if self._is_released(notice) and fits(notice):
                yield place, notice

    def _is_released(self, notice: Notice) -> bool:
        verdict = release(notice, channel=Channel.SEARCH, at=self._filters.at, known=self._known)
        return verdict is Verdict.RELEASED
