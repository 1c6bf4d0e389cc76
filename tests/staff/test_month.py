"""The working calendar as a month: what each day is, exceptions, years that nobody has told."""

from datetime import date, time
from types import MappingProxyType

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from display.arrangement import Arrangement, EditionDays
from display.working_days_table import DayException, DayKind, Table
from kiosk import words
from kiosk.staff.schedule.day_notes import CLOSED_FOR, OPEN_FOR
from kiosk.staff.schedule.holidays import days_of, holiday_of
from kiosk.staff.schedule.model import Tab
from kiosk.staff.schedule.month import Days, Mark, exceptions_with, moved

START = Arrangement(
    cut_over=time(8, 30), days=EditionDays.WORKING, characters_per_second=4.0, items=30
)
TODAY = date(2026, 11, 24)


def days(**table: object) -> Days:
    return days_of(Table(**table))  # type: ignore[arg-type]


def marks(year: int, month: int, arrangement: Arrangement = START, **table: object) -> dict:
    found = days(**table).month(year, month, START, arrangement, TODAY, TODAY)
    return {cell.day.day: cell.mark for week in found.weeks for cell in week if cell is not None}


def test_october_2026_has_its_holiday_and_its_make_up_saturday() -> None:
    found = marks(2026, 10)
    assert len(found) == 31
    assert [found[day] for day in range(1, 8)] == [Mark.HOLIDAY] * 7
    assert found[8] is found[9] is Mark.WORKED
    assert found[10] is Mark.MAKE_UP
    assert found[11] is Mark.REST
    assert holiday_of(date(2026, 10, 10)) == holiday_of(date(2026, 10, 1)) == "national_day"
    assert holiday_of(date(2026, 10, 11)) == holiday_of(date(2027, 10, 1)) == ""
    month = days().month(2026, 10, START, START, TODAY, TODAY)
    assert not month.unknown and month.cell(date(2026, 10, 10)).has_edition
    assert not month.cell(date(2026, 10, 5)).has_edition
    assert month.cell(date(2026, 11, 1)) is None


def test_weeks_begin_on_monday_and_hold_only_the_month() -> None:
    month = days().month(2026, 10, START, START, TODAY, TODAY)
    assert [cell is None for cell in month.weeks[0]] == [True] * 3 + [False] * 4
    assert all(len(week) == 7 for week in month.weeks)
    assert all(
        cell is None or cell.day.weekday() == place
        for week in month.weeks
        for place, cell in enumerate(week)
    )


def test_a_year_that_nobody_has_told_goes_by_weekday_and_says_so() -> None:
    month = days().month(2027, 1, START, START, TODAY, TODAY)
    assert month.unknown
    first = month.cell(date(2027, 1, 1))
    assert first.mark is Mark.WORKED and not first.known
    assert month.cell(date(2027, 1, 2)).mark is Mark.REST
    made = START.changed(exceptions=exceptions_with(START, date(2027, 1, 1), DayKind.OFF))
    cell = days().month(2027, 1, START, made, TODAY, TODAY).cell(date(2027, 1, 1))
    assert cell.known and cell.mark is Mark.TAKEN_OFF and cell.changed
    told = days(complete_years=frozenset({2027})).month(2027, 1, START, START, TODAY, TODAY)
    assert not told.unknown


def test_the_centres_own_table_stands_above_the_library_and_staff_above_it() -> None:
    stocktaking = DayException(DayKind.OFF, "stocktaking")
    table = {"exceptions": MappingProxyType({date(2026, 10, 9): stocktaking})}
    cell = days(**table).cell(date(2026, 10, 9), START, START, TODAY, TODAY)
    assert cell.mark is Mark.HOLIDAY and cell.note == "stocktaking" and not cell.has_edition
    made = START.changed(
        exceptions=exceptions_with(START, date(2026, 10, 9), DayKind.WORK, "openings")
    )
    cell = days(**table).cell(date(2026, 10, 9), START, made, TODAY, TODAY)
    assert cell.mark is Mark.ADDED and cell.note == "openings" and cell.has_edition
    assert cell.changed


def test_every_day_is_worked_but_for_exceptions() -> None:
    every = START.changed(days=EditionDays.EVERY)
    assert set(marks(2026, 10, every).values()) == {Mark.WORKED}
    assert set(marks(2027, 2, every).values()) == {Mark.WORKED}
    off = every.changed(exceptions=exceptions_with(every, date(2026, 10, 5), DayKind.OFF))
    assert marks(2026, 10, off)[5] is Mark.TAKEN_OFF


def test_today_the_next_edition_and_the_past_are_marked() -> None:
    month = days().month(2026, 11, START, START, TODAY, date(2026, 11, 25))
    marked = [
        (cell.day.day, cell.is_today, cell.is_next)
        for week in month.weeks
        for cell in week
        if cell is not None and (cell.is_today or cell.is_next)
    ]
    assert marked == [(24, True, False), (25, False, True)]


def test_an_exception_is_ended_without_a_trace() -> None:
    day = date(2026, 10, 8)
    once = START.changed(exceptions=exceptions_with(START, day, DayKind.OFF, "power"))
    again = once.changed(exceptions=exceptions_with(once, day, DayKind.WORK))
    assert [(one.day, one.kind, one.note) for one in again.exceptions] == [(day, "work", "")]
    assert again.changed(exceptions=exceptions_with(again, day, None)) == START


@pytest.mark.parametrize(
    ("start", "step", "to"),
    [
        ((2026, 12), 1, (2027, 1)),
        ((2027, 1), -1, (2026, 12)),
        ((2099, 12), 1, None),
        ((2000, 1), -1, None),
    ],
)
def test_months_follow_each_other_within_the_years_of_calendars(
    start: tuple[int, int], step: int, to: tuple[int, int] | None
) -> None:
    assert moved(*start, step) == to


def test_the_first_day_is_found_past_a_holiday_and_past_exceptions() -> None:
    assert days().first_day(date(2026, 10, 1), START) == date(2026, 10, 8)
    assert days().first_day(date(2026, 10, 8), START) == date(2026, 10, 8)
    off = START.changed(exceptions=exceptions_with(START, date(2026, 10, 8), DayKind.OFF))
    assert days().first_day(date(2026, 10, 1), off) == date(2026, 10, 9)


@given(
    year=st.integers(2005, 2030),
    month=st.integers(1, 12),
    every=st.booleans(),
    made=st.dictionaries(st.integers(1, 28), st.sampled_from(DayKind), max_size=6),
)
def test_a_month_says_of_each_day_what_the_calendar_says(
    year: int, month: int, every: bool, made: dict[int, DayKind]
) -> None:
    arrangement = START.changed(days=EditionDays.EVERY if every else EditionDays.WORKING)
    for number, kind in made.items():
        arrangement = arrangement.changed(
            exceptions=exceptions_with(arrangement, date(year, month, number), kind)
        )
    calendar = days().calendar(arrangement)
    shown = days().month(year, month, START, arrangement, TODAY, TODAY)
    for week in shown.weeks:
        for cell in week:
            if cell is not None:
                assert cell.has_edition is (calendar is None or calendar.day(cell.day).working)
                assert (cell.mark in (Mark.ADDED, Mark.TAKEN_OFF)) is (cell.day.day in made)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_mark_part_and_holiday_has_its_words(language: str) -> None:
    loaded = words.load(language)
    for mark in Mark:
        assert loaded[f"timing.mark_{mark}"] and loaded[f"timing.day_{mark}"]
    for mark in (Mark.HOLIDAY, Mark.MAKE_UP):
        assert "{holiday}" in loaded[f"timing.day_{mark}_of"]
    for tab in Tab:
        assert loaded[f"timing.tab_{tab}"]
    for name in chinese_calendar.Holiday:
        assert loaded[f"timing.holiday_{name.name}"]
    for reason in (*CLOSED_FOR, *OPEN_FOR):
        assert loaded[f"timing.for_{reason}"]
