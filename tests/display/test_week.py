"""Seven days over a holiday with a make-up Saturday: exactly the editions a person expects.

National Day 2026: rest from Thursday 1 to Wednesday 7 October; worked instead on Sunday
20 September and Saturday 10 October.
"""

import dataclasses
from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest

from devices.led.board import Board
from display.schedule import State, on_air
from display.screen import Screen
from display.station import Station
from display.todays_edition import TodaysEdition
from display.trusted_time import Contact, Reading
from display.working_days import WorkingCalendar
from display.working_days_table import parse
from tests.display.builders import MemorySource, RecordingBoard, notice, plan

FIRST = date(2026, 10, 5)
EXPECTED = {
    "2026-10-05": False,  # Monday, holiday
    "2026-10-06": False,
    "2026-10-07": False,
    "2026-10-08": True,
    "2026-10-09": True,
    "2026-10-10": True,  # Saturday, made up
    "2026-10-11": False,  # Sunday
}


def at_noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 4, 0, tzinfo=UTC)


def week(calendar: WorkingCalendar | None) -> dict[str, bool]:
    source = MemorySource(notice(1, published_at=at_noon(FIRST) - timedelta(days=9)))
    todays = TodaysEdition(lambda: dataclasses.replace(plan(), calendar=calendar), source)
    made = {}
    for number in range(7):
        day = FIRST + timedelta(days=number)
        edition = todays.at(at_noon(day), source.known())
        made[day.isoformat()] = edition is not None
        assert edition is None or edition.day == day, "never yesterday's"
        shown = on_air(edition, Screen(), at_noon(day), {})
        assert (shown.state is State.NEUTRAL) is (edition is None)
    assert {day.isoformat() for _, day in source.editions} == {d for d, ok in made.items() if ok}
    return made


def test_a_week_over_national_day() -> None:
    assert week(WorkingCalendar(is_workday=chinese_calendar.is_workday)) == EXPECTED


def test_the_centres_table_stands_above_the_library() -> None:
    table = parse(
        '[days]\n"2026-10-09" = { day = "off", note = "停电检修" }\n', "working-days.toml"
    )
    calendar = WorkingCalendar(table, chinese_calendar.is_workday)
    assert week(calendar) == EXPECTED | {"2026-10-09": False}


def test_without_a_calendar_every_day_has_an_edition() -> None:
    assert week(None) == dict.fromkeys(EXPECTED, True)


def test_a_station_stands_neutral_on_a_day_of_rest(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    source = MemorySource(notice(1, published_at=at_noon(FIRST) - timedelta(days=9)))
    start = at_noon(FIRST)
    source.heard = Contact(Reading(start, "boot", 100.0), start)
    board = RecordingBoard()
    clock = [100.0]

    def look() -> Reading:
        return Reading(start + timedelta(seconds=clock[0] - 100), "boot", clock[0])

    def open_board() -> Board:
        return board

    calendar = WorkingCalendar(is_workday=chinese_calendar.is_workday)
    made = dataclasses.replace(plan(), calendar=calendar)
    station = Station(lambda: made, source, open_board, look)
    for _ in range(100):
        station.step()
        clock[0] += 1
    assert not source.editions
    assert all("抚顺市" in message.areas[0].text for message in board.messages)
    told = [record.message for record in caplog.records if "no working day" in record.message]
    assert len(told) == 1


def test_an_unknown_year_is_a_warning_not_a_crash(caplog: pytest.LogCaptureFixture) -> None:
    source = MemorySource(notice(1))
    calendar = WorkingCalendar(is_workday=chinese_calendar.is_workday)
    todays = TodaysEdition(lambda: dataclasses.replace(plan(), calendar=calendar), source)
    day = date(2031, 3, 12)
    source.complete = at_noon(day)
    for _ in range(3):
        assert todays.at(at_noon(day), source.known()) is not None
    told = [r for r in caplog.records if "holidays of 2031" in r.message]
    assert len(told) == 1
