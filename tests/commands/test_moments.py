"""Every command reads moments and days in the same way."""

from argparse import ArgumentTypeError
from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.commands.moments import day_of, end_of, moment_of, now_or_moment


@pytest.mark.parametrize(
    ("text", "begins", "ends"),
    [
        ("2026-11-23", "2026-11-22T16:00:00", "2026-11-23T16:00:00"),
        ("2026-11-23T08:30", "2026-11-23T00:30:00", "2026-11-23T00:30:00"),
        ("2026-11-23 08:30:15", "2026-11-23T00:30:15", "2026-11-23T00:30:15"),
        ("2000-01-01", "1999-12-31T16:00:00", "2000-01-01T16:00:00"),
        ("2099-12-31", "2099-12-30T16:00:00", "2099-12-31T16:00:00"),
    ],
)
def test_times_are_those_of_beijing(text: str, begins: str, ends: str) -> None:
    assert moment_of(text) == datetime.fromisoformat(begins).replace(tzinfo=UTC)
    assert end_of(text) == datetime.fromisoformat(ends).replace(tzinfo=UTC)


def test_a_day_is_a_day() -> None:
    assert day_of("2026-11-23") == date(2026, 11, 23)
    for text in ("20261123", "2026-W48-1", "2026-11-23T08:30"):
        with pytest.raises(ArgumentTypeError, match="write a day as"):
            day_of(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026-11-31", "2026-11-31: there is no such day"),
        ("2026-02-29 08:00", "2026-02-29: there is no such day"),
        ("2026-11-23T25:00", "2026-11-23T25:00: there is no such time of day"),
    ],
)
def test_a_day_or_a_time_that_there_is_not_is_told_as_such(text: str, told: str) -> None:
    with pytest.raises(ArgumentTypeError) as problem:
        moment_of(text)
    assert str(problem.value) == told


def test_now_is_a_moment_too() -> None:
    before = datetime.now(UTC)
    assert before <= now_or_moment("now") <= datetime.now(UTC)
    assert now_or_moment("2026-11-23") == moment_of("2026-11-23")
    with pytest.raises(ArgumentTypeError):
        moment_of("now")


@pytest.mark.parametrize("text", ["", "today", "2026-W48-1", "20261123"])
def test_other_ways_to_write_a_time_are_refused(text: str) -> None:
    for read in (moment_of, end_of):
        with pytest.raises(ArgumentTypeError, match="write a"):
            read(text)


@pytest.mark.parametrize("year", ["0001", "1999", "2100", "9999"])
def test_years_at_the_ends_of_the_calendar_are_refused(year: str) -> None:
    for read in (moment_of, end_of, day_of):
        for day in ("01-01", "12-31"):
            with pytest.raises(ArgumentTypeError, match="years from 2000 to 2099"):
                read(f"{year}-{day}")
    with pytest.raises(ArgumentTypeError, match="years from"):
        moment_of(f"{year}-12-31T23:59")


@given(st.text(st.sampled_from("0123456789-T: +Z٣"), max_size=20))
def test_nothing_else_is_raised(text: str) -> None:
    for read in (moment_of, end_of, day_of):
        with suppress(ArgumentTypeError):
            read(text)
