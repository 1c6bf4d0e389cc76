"""The working calendar: table above library above weekday, and never a surprise."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from display.working_days import LONGEST_REST, Basis, NoWorkingDay, WorkingCalendar
from display.working_days_table import DayException, DayKind, Table

DAY = timedelta(days=1)
OFF = {date(2026, 10, 1) + DAY * n for n in range(7)}
MADE_UP = {date(2026, 9, 20), date(2026, 10, 10)}


def library(day: date) -> bool:
    """Knows the autumn of 2026, as chinese_calendar does, and refuses other years as it does."""
    if day.year != 2026:
        raise NotImplementedError("no available data")
    return day in MADE_UP or (day.isoweekday() <= 5 and day not in OFF)


def exceptions(**days: str) -> dict[date, DayException]:
    return {
        date.fromisoformat(key[1:].replace("_", "-")): DayException(DayKind(kind), "why")
        for key, kind in days.items()
    }


CALENDAR = WorkingCalendar(is_workday=library)


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2026, 9, 20), True),  # a Sunday, made up
        (date(2026, 9, 30), True),
        (date(2026, 10, 1), False),  # a Thursday, National Day
        (date(2026, 10, 7), False),
        (date(2026, 10, 8), True),
        (date(2026, 10, 10), True),  # a Saturday, made up
        (date(2026, 10, 11), False),
    ],
)
def test_holidays_and_make_up_days(day: date, working: bool) -> None:
    answer = CALENDAR.day(day)
    assert (answer.working, answer.basis, answer.known) == (working, Basis.LIBRARY, True)


def test_table_overrides_the_library() -> None:
    table = Table(exceptions(d2026_10_10="off", d2026_10_07="work"))
    calendar = WorkingCalendar(table, library)
    assert not calendar.day(date(2026, 10, 10)).working
    answer = calendar.day(date(2026, 10, 7))
    assert (answer.working, answer.basis, answer.note) == (True, Basis.TABLE, "why")


def test_unknown_year_goes_by_weekday_and_says_so() -> None:
    friday, saturday = CALENDAR.day(date(2027, 1, 1)), CALENDAR.day(date(2027, 1, 2))
    assert (friday.working, friday.known, friday.basis) == (True, False, Basis.WEEKDAY)
    assert (saturday.working, saturday.known) == (False, False)


def test_table_makes_one_day_or_a_whole_year_known() -> None:
    days = exceptions(d2027_01_01="off")
    listed = WorkingCalendar(Table(days), library)
    assert listed.day(date(2027, 1, 1)).known
    assert not listed.day(date(2027, 1, 4)).known
    complete = WorkingCalendar(Table(days, frozenset({2027})), library)
    assert complete.day(date(2027, 1, 4)).known
    assert complete.day(date(2027, 1, 4)).working
    assert not complete.day(date(2027, 1, 1)).working
    assert complete.next(date(2026, 12, 31)).day == date(2027, 1, 4)
    assert complete.next(date(2026, 12, 31)).known


def test_complete_year_of_the_table_replaces_the_librarys() -> None:
    calendar = WorkingCalendar(Table({}, frozenset({2026})), library)
    assert calendar.day(date(2026, 10, 1)).working


def test_without_a_library_every_year_is_unknown() -> None:
    answer = WorkingCalendar().add(date(2026, 12, 30), 3)
    assert answer.day == date(2027, 1, 4)
    assert answer.unknown_years == (2026, 2027)


def test_next_and_previous_cross_the_holiday() -> None:
    assert CALENDAR.next(date(2026, 9, 30)).day == date(2026, 10, 8)
    assert CALENDAR.previous(date(2026, 10, 8)).day == date(2026, 9, 30)
    assert CALENDAR.next(date(2026, 10, 9)).day == date(2026, 10, 10)


def test_statutory_periods() -> None:
    """The first day does not count; the make-up Saturday does."""
    assert CALENDAR.add(date(2026, 9, 29), 3).day == date(2026, 10, 9)
    assert CALENDAR.add(date(2026, 9, 30), 7).day == date(2026, 10, 15)
    assert CALENDAR.add(date(2026, 10, 2), 1).day == date(2026, 10, 8)


def test_warning_names_only_the_years_on_the_way() -> None:
    assert CALENDAR.add(date(2026, 12, 28), 3).unknown_years == ()
    assert CALENDAR.add(date(2026, 12, 28), 4).unknown_years == (2027,)
    assert CALENDAR.count(date(2025, 12, 1), date(2026, 2, 1)).unknown_years == (2025,)
    assert CALENDAR.previous(date(2026, 1, 1)).unknown_years == (2025,)


def test_count_is_half_open() -> None:
    assert CALENDAR.count(date(2026, 9, 30), date(2026, 10, 8)).days == 1
    assert CALENDAR.count(date(2026, 9, 30), date(2026, 10, 9)).days == 2
    assert CALENDAR.count(date(2026, 10, 8), date(2026, 10, 8)).days == 0


def test_wrong_questions_are_refused() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        CALENDAR.count(date(2026, 10, 9), date(2026, 10, 8))
    with pytest.raises(ValueError, match="at least 1"):
        CALENDAR.add(date(2026, 10, 8), 0)
    with pytest.raises(TypeError, match=r"\.date\(\)"):
        CALENDAR.day(datetime(2026, 10, 8, tzinfo=UTC))


@pytest.mark.parametrize("ask", [WorkingCalendar.next, WorkingCalendar.previous])
def test_calendar_without_working_days_ends(ask: Callable[..., object]) -> None:
    with pytest.raises(NoWorkingDay, match="correct the table"):
        ask(WorkingCalendar(is_workday=lambda _: False), date(2026, 10, 8))


def test_the_end_of_time_ends() -> None:
    with pytest.raises(NoWorkingDay):
        WorkingCalendar().next(date.max)
    with pytest.raises(NoWorkingDay):
        WorkingCalendar().previous(date.min)


def test_any_library_of_other_errors_is_not_hidden() -> None:
    def broken(_: date) -> bool:
        raise KeyError("a fault, not an unknown year")

    with pytest.raises(KeyError):
        WorkingCalendar(is_workday=broken).day(date(2026, 1, 1))


DAYS = st.dates(date(2025, 6, 1), date(2027, 12, 31))
TABLES = st.builds(
    Table,
    st.dictionaries(
        DAYS, st.builds(DayException, st.sampled_from(DayKind), st.just("why")), max_size=40
    ),
    st.frozensets(st.integers(2025, 2027)),
)
CALENDARS = st.builds(WorkingCalendar, TABLES, st.sampled_from([None, library]))


@given(CALENDARS, DAYS)
def test_next_is_the_nearest_working_day(calendar: WorkingCalendar, day: date) -> None:
    found = calendar.next(day).day
    assert calendar.day(found).working
    assert calendar.count(day + DAY, found).days == 0


@given(CALENDARS, DAYS)
def test_previous_undoes_next(calendar: WorkingCalendar, day: date) -> None:
    before, after = calendar.previous(day).day, calendar.next(day).day
    assert before < day < after
    back = calendar.previous(after).day
    assert back == (day if calendar.day(day).working else before)


@given(CALENDARS, DAYS, st.integers(1, 60))
def test_add_and_count_agree(calendar: WorkingCalendar, start: date, days: int) -> None:
    found = calendar.add(start, days)
    counted = calendar.count(start + DAY, found.day + DAY)
    assert counted.days == days
    assert counted.unknown_years == found.unknown_years
    assert calendar.day(found.day).working


@given(CALENDARS, DAYS, st.integers(1, 30), st.integers(1, 30))
def test_periods_add_up(calendar: WorkingCalendar, start: date, one: int, two: int) -> None:
    assert calendar.add(calendar.add(start, one).day, two).day == calendar.add(start, one + two).day


@given(CALENDARS, DAYS, DAYS, DAYS)
def test_counts_add_up(calendar: WorkingCalendar, a: date, b: date, c: date) -> None:
    first, middle, last = sorted((a, b, c))
    halves = calendar.count(first, middle).days + calendar.count(middle, last).days
    assert halves == calendar.count(first, last).days


@given(CALENDARS, DAYS)
def test_table_always_wins(calendar: WorkingCalendar, day: date) -> None:
    exception = calendar.table.exceptions.get(day)
    answer = calendar.day(day)
    if exception is not None:
        assert answer.working is (exception.kind is DayKind.WORK)
        assert answer.known


def test_longest_rest_is_counted_from_the_last_working_day() -> None:
    first = date(2026, 3, 2)
    off = {first + DAY * n: DayException(DayKind.OFF, "why") for n in range(1, LONGEST_REST)}
    calendar = WorkingCalendar(Table(off))
    assert calendar.add(first - DAY, 2).day > first + DAY * (LONGEST_REST - 1)


class TestRealLibrary:
    """What the library says of 2026, against the State Council's announcement."""

    @pytest.fixture
    def calendar(self) -> WorkingCalendar:
        chinese_calendar = pytest.importorskip(
            "chinese_calendar", reason="chinesecalendar is not installed"
        )
        return WorkingCalendar(is_workday=chinese_calendar.is_workday)

    @pytest.mark.parametrize(
        ("first", "last"),
        [
            (date(2026, 1, 1), date(2026, 1, 3)),
            (date(2026, 2, 15), date(2026, 2, 23)),
            (date(2026, 4, 4), date(2026, 4, 6)),
            (date(2026, 5, 1), date(2026, 5, 5)),
            (date(2026, 6, 19), date(2026, 6, 21)),
            (date(2026, 9, 25), date(2026, 9, 27)),
            (date(2026, 10, 1), date(2026, 10, 7)),
        ],
    )
    def test_holidays_of_2026(self, calendar: WorkingCalendar, first: date, last: date) -> None:
        assert calendar.count(first, last + DAY).days == 0
        assert calendar.next(first).day == last + DAY

    @pytest.mark.parametrize(
        "day",
        [
            date(2026, 1, 4),
            date(2026, 2, 14),
            date(2026, 2, 28),
            date(2026, 5, 9),
            date(2026, 9, 20),
            date(2026, 10, 10),
        ],
    )
    def test_make_up_days_of_2026(self, calendar: WorkingCalendar, day: date) -> None:
        assert day.isoweekday() > 5
        assert calendar.day(day).working
        assert calendar.day(day).known

    def test_year_after_its_last_is_a_warning(self, calendar: WorkingCalendar) -> None:
        assert calendar.add(date(2099, 12, 30), 7).unknown_years == (2099, 2100)
