"""Finding notices, newest first; every one passes the release gate.

Results come in sections, each newest first: the notices of the project whose number was typed;
those in whose fields the words stand; those in whose body they stand. Where there are none at
all, those that sound like what was typed.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from itertools import islice

from sqlite_utils import Database

from display.notice import Category, Notice, NoticeKind
from display.release import Channel, Known, Verdict, release
from kiosk.store.bigrams import fold
from kiosk.store.expressions import body_expression, both, filter_groups, words_expression
from kiosk.store.pinyin_readings import readings
from kiosk.store.question import NoticeText, Question, understand
from kiosk.store.rows import first_place_after
from kiosk.sync.instant import to_microseconds


class Section(IntEnum):
    """Parts of the results; a higher one comes first."""

    SOUND = 0
    BODY = 1
    FIELDS = 2
    NUMBER = 3


_PLACES = 1 << 48
_HIGHEST = 1 << 46


@dataclass(frozen=True, slots=True)
class Filters:
    """What a notice must be, besides holding the words of the query."""

    at: datetime
    """Trusted time; later notices do not exist yet."""
    category: Category | None = None
    kind: NoticeKind | None = None
    since: datetime | None = None
    """Published at this moment or later."""
    opens_between: tuple[datetime, datetime] | None = None
    """`opens_at` lies in ``[from, to)``."""
    region: str | None = None
    open_now: bool = False
    """`closes_at` lies after `at`."""


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
        self._values: dict[str, int | str] = {"at": at}
        upper = first_place_after(database, at)
        if upper is None:
            (last,) = database.conn.execute("SELECT max(place) FROM notices").fetchone()
            upper = 0 if last is None else last + 1
        self.upper = upper
        self._lower: int | None = None
        if filters.since is not None:
            lower = first_place_after(database, to_microseconds(filters.since) - 1)
            self._lower = _HIGHEST if lower is None else lower
        self._conditions = ""
        if filters.open_now:
            self._conditions += " AND notices.closes_at > :at"
        if filters.opens_between is not None:
            self._conditions += " AND notices.opens_at >= :from AND notices.opens_at < :to"
            self._values["from"], self._values["to"] = map(to_microseconds, filters.opens_between)

    def bounds(self) -> dict[str, int]:
        """The places that are asked about: from `lower` up to below `upper`."""
        return {"upper": self.upper, "lower": -_HIGHEST if self._lower is None else self._lower}

    def of_number(self, question: Question, before: int | None) -> Iterator[tuple[int, Notice]]:
        """The notices of the project whose number is the whole query."""
        if not question.number:
            return
        sql = "SELECT place, doc FROM notices WHERE number_key = :number"
        values = {"number": question.number, **self._column_values()}
        rows = self._rows(sql + self._column_conditions(), values, "place", before)
        yield from self._released(rows, lambda notice: True)

    def of_fields(self, question: Question, before: int | None) -> Iterator[tuple[int, Notice]]:
        """The notices in whose fields all words stand, without those of `of_number`."""

        def fits(notice: Notice) -> bool:
            return not question.names(notice) and (
                not question.words or question.matches(NoticeText(notice))
            )

        if self._filters.opens_between is not None:
            # A day has few openings.
            sql = "SELECT place, doc FROM notices WHERE 1" + self._column_conditions()
            rows = self._rows(sql, self._column_values(), "place", before)
        else:
            words = words_expression(self._database, question, self._bound(before))
            by_columns = words.is_narrow
            filters = self._filters
            if by_columns:
                # What closes later is new: its tokens end the search early.
                filters = replace(filters, category=None, kind=None, region=None)
            groups = filter_groups(self._database, filters)
            expression = both(words.expression, groups)
            if expression is None:
                rows = self._rows("SELECT place, doc FROM notices WHERE 1", {}, "place", before)
            else:
                rows = self._indexed("notice_index", expression, before, by_columns=by_columns)
        yield from self._released(rows, fits, question.may_match)

    def of_bodies(self, question: Question, before: int | None) -> Iterator[tuple[int, Notice]]:
        """The notices in whose fields and body all words stand, and not in the fields alone."""
        groups = filter_groups(self._database, self._filters)
        expression = body_expression(question, groups)
        if expression is None:
            return

        def fits(notice: Notice) -> bool:
            if question.names(notice):
                return False
            text = NoticeText(notice)
            if question.matches(text):
                return False
            if question.body_is_exact():
                return True
            (body,) = self._database.conn.execute(
                "SELECT body FROM bodies JOIN notices USING (place) WHERE id = ?", (notice.id,)
            ).fetchone()
            return question.matches_with_body(text, fold(body))

        yield from self._released(self._indexed("body_index", expression, before), fits)

    def _bound(self, before: int | None) -> int:
        return self.upper if before is None else min(before, self.upper)

    def _indexed(
        self, index: str, expression: str, before: int | None, *, by_columns: bool = False
    ) -> Iterator[tuple[int, str]]:
        # CROSS JOIN keeps the index outside, whatever the planner thinks of the other conditions.
        sql = (
            f"SELECT notices.place, notices.doc FROM {index} CROSS JOIN notices"
            f" ON notices.place = {index}.rowid WHERE {index} MATCH :words"
            f"{self._column_conditions() if by_columns else self._conditions}"
        )
        values = {"words": expression, **(self._column_values() if by_columns else {})}
        return self._rows(sql, values, f"{index}.rowid", before)

    def _rows(
        self, sql: str, values: dict[str, str], place: str, before: int | None
    ) -> Iterator[tuple[int, str]]:
        all_values = {**self._values, **values, "upper": self._bound(before)}
        sql += f" AND {place} < :upper"
        if self._lower is not None:
            sql += f" AND {place} >= :lower"
            all_values["lower"] = self._lower
        with closing(
            self._database.conn.execute(f"{sql} ORDER BY {place} DESC", all_values)
        ) as cursor:
            yield from cursor

    def _column_conditions(self) -> str:
        conditions = self._conditions
        for name in self._column_values():
            conditions += f" AND notices.{name} = :{name}"
        return conditions

    def _column_values(self) -> dict[str, str]:
        filters = self._filters
        asked = {"category": filters.category, "kind": filters.kind, "region": filters.region}
        return {name: str(value) for name, value in asked.items() if value is not None}

    def _released(
        self,
        rows: Iterator[tuple[int, str]],
        fits: Callable[[Notice], bool],
        may_fit: Callable[[str], bool] = lambda doc: True,
    ) -> Iterator[tuple[int, Notice]]:
        for place, doc in rows:
            if not may_fit(doc):
                continue
            notice = Notice.model_validate_json(doc)
            if self._is_released(notice) and fits(notice):
                yield place, notice

    def _is_released(self, notice: Notice) -> bool:
        verdict = release(notice, channel=Channel.SEARCH, at=self._filters.at, known=self._known)
        return verdict is Verdict.RELEASED
