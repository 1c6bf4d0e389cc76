"""Screen hours and brightness by the clock of Shanghai."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.led.board import DailyTimer
from display.local_time import SHANGHAI
from display.schedule import State, on_air
from display.screen import Screen, ScreenHours
from display.upkeep import timers_of
from tests.display.builders import DAY, MORNING, edition

OFFICE = ScreenHours(time(7, 30), time(18))
NIGHT = ScreenHours(time(20), time(2))
TIMES = st.times().map(lambda t: t.replace(second=0, microsecond=0))


def at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    return datetime.combine(day, time(hour, minute), SHANGHAI)


def test_without_hours_the_board_is_always_lit() -> None:
    for hour in range(24):
        assert Screen().is_lit(at(hour))[0]


def test_lit_from_the_first_minute_until_before_the_last() -> None:
    screen = Screen(week=(OFFICE,) * 7)
    assert screen.is_lit(at(7, 29)) == (False, at(7, 30))
    assert screen.is_lit(at(7, 30)) == (True, at(18))
    assert not screen.is_lit(at(18))[0]


def test_a_stretch_past_midnight_belongs_to_its_first_day() -> None:
    monday_only = Screen(week=(NIGHT, *(None,) * 6))
    monday = DAY
    assert monday.weekday() == 0
    assert monday_only.is_lit(at(23, 59)) == (True, at(2, 0, monday + timedelta(days=1)))
    assert monday_only.is_lit(at(1, 59, monday + timedelta(days=1)))[0]
    assert not monday_only.is_lit(at(2, 0, monday + timedelta(days=1)))[0]
    assert not monday_only.is_lit(at(1, 0, monday))[0], "Sunday's night is dark"


def test_days_of_rest_can_be_dark() -> None:
    rest = {date(2026, 11, 23)}
    screen = Screen(dark_on_rest_days=True, is_worked=lambda day: day not in rest)
    assert not screen.is_lit(at(12))[0]
    assert screen.is_lit(at(12, 0, date(2026, 11, 24)))[0]


@given(
    st.lists(st.none() | st.builds(ScreenHours, TIMES, TIMES), min_size=7, max_size=7),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001
)
def test_the_answer_holds_until_it_says(week: list[ScreenHours | None], local: datetime) -> None:
    screen = Screen(week=tuple(week))
    moment = local.replace(tzinfo=SHANGHAI)
    lit, until = screen.is_lit(moment)
    assert until > moment
    middle = moment + (until - moment) / 2
    just_before = until - timedelta(microseconds=1)
    assert screen.is_lit(middle)[0] is screen.is_lit(just_before)[0] is lit


@given(
    st.lists(st.none() | st.builds(ScreenHours, TIMES, TIMES), min_size=7, max_size=7),
    st.integers(0, 3 * 24 * 60),
)
def test_on_air_is_dark_exactly_outside_the_hours(
    week: list[ScreenHours | None], minutes: int
) -> None:
    screen = Screen(week=tuple(week))
    moment = MORNING + timedelta(minutes=minutes - 24 * 60)
    showing = on_air(edition(5.0, 7.0), screen, moment, {})
    assert showing.since <= moment < showing.until
    assert (showing.state is State.DARK) is not screen.is_lit(moment)[0]
    assert showing.until <= screen.is_lit(moment)[1]


def test_brightness_goes_by_the_last_time_that_has_come() -> None:
    screen = Screen(brightness=((time(7), 12), (time(18, 30), 5)))
    assert [screen.level_at(at(hour)) for hour in (0, 6, 7, 18, 19)] == [5, 5, 12, 12, 5]
    levels = screen.half_hours(DAY)
    assert len(levels) == 48
    assert (levels[13], levels[14], levels[36], levels[37]) == (5, 12, 12, 5)
    assert Screen().level_at(MORNING) is None
    assert Screen().half_hours(DAY) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"week": (OFFICE,)},
        {"brightness": ((time(7), 16),)},
        {"brightness": ((time(9), 1), (time(7), 2))},
    ],
)
def test_senseless_values_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"screen hours|brightness"):
        Screen(**wrong)  # type: ignore[arg-type]


def test_the_cards_own_timer_keeps_the_hours_that_it_can() -> None:
    assert timers_of(Screen(week=(OFFICE,) * 7), MORNING) == (DailyTimer(time(7, 30), time(18)),)
    assert timers_of(Screen(week=(NIGHT,) * 7), MORNING) == ()
    assert timers_of(Screen(), MORNING) == ()
