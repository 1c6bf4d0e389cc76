"""What the card is told beside its pages."""

import dataclasses
from datetime import time, timedelta

import pytest

from display.evidence import Kind
from display.screen import Screen, ScreenHours
from display.source import SourceTrouble
from display.todays_edition import Plan
from tests.display.builders import MORNING, MemorySource, RecordingBoard, notice, plan
from tests.display.test_station import Bench


def with_screen(**screen: object) -> Plan:
    return dataclasses.replace(plan(), screen=Screen(**screen))  # type: ignore[arg-type]


OFFICE = (ScreenHours(time(8), time(18)),) * 7


def test_the_card_keeps_a_neutral_page_timers_and_brightness_of_its_own() -> None:
    made = with_screen(week=OFFICE, brightness=((time(7), 12), (time(18), 4)))
    bench = Bench(MemorySource(notice(1)), made=made)
    bench.run(2)
    board = bench.board
    assert [area.text for area in board.stored] == ["抚顺市公共资源交易中心", "{hour}:{minute}"]
    assert board.timers is not None
    assert [(timer.on, timer.off) for timer in board.timers] == [(time(8), time(18))]
    assert len(board.levels) == 48
    assert board.on is True


def test_without_hours_timers_of_an_earlier_setting_are_cancelled() -> None:
    bench = Bench(MemorySource(notice(1)))
    bench.run(2)
    assert bench.board.timers == ()
    assert bench.board.levels == ()
    assert bench.board.level is None


def test_pages_come_before_every_other_duty() -> None:
    bench = Bench(MemorySource(notice(1)))
    bench.station.step()
    assert bench.board.messages
    assert bench.board.stored == ()


@pytest.mark.parametrize("duty", ["neutral", "timers", "brightness", "clock"])
def test_a_refused_duty_is_told_to_staff_and_not_repeated(duty: str) -> None:
    board = RecordingBoard()
    board.refused = {"set_clock" if duty == "clock" else duty}
    bench = Bench(MemorySource(notice(1)), board, with_screen(brightness=((time(7), 12),)))
    bench.run(20)
    assert bench.opened == 1
    assert "第1号" in " ".join(bench.texts)
    assert duty in bench.source.health["refused"]


def test_outside_the_screen_hours_the_board_is_dark_and_switched_on_again() -> None:
    source = MemorySource(notice(1))
    bench = Bench(source, made=with_screen(week=OFFICE))
    bench.run(5)
    evening = MORNING + timedelta(hours=9, minutes=30)
    bench.go_to(evening - timedelta(seconds=2))
    bench.run(1)
    assert bench.board.on is True
    bench.run(3)
    assert bench.board.on is False
    assert bench.board.cleared == 1
    told = len(bench.board.messages)
    bench.run(300)
    assert len(bench.board.messages) == told
    assert source.states("dark") == ["sent", "acknowledged"]
    morning = MORNING + timedelta(hours=23, minutes=30)
    bench.go_to(morning - timedelta(seconds=1))
    bench.run(3)
    assert bench.board.on is True
    assert "抚顺市" in bench.texts[-1]


def test_with_an_unproven_clock_nobody_knows_the_hours_so_the_board_is_lit() -> None:
    source = MemorySource(notice(1))
    source.heard = None
    bench = Bench(source, made=with_screen(week=(None,) * 7))
    bench.run(5)
    assert bench.board.on is True


def test_recomposing_replaces_the_edition_on_air_and_is_done_once() -> None:
    source = MemorySource(notice(1))
    bench = Bench(source)
    bench.run(5)
    source.notices = [notice(2)]
    bench.run(30)
    assert "第2号" not in " ".join(bench.texts)
    source.wish = bench.at
    source.version += 1
    bench.run(2)
    assert "第2号" in bench.texts[-1]
    assert source.wish is None
    assert len(source.editions) == 1


def test_recomposing_while_the_store_is_busy_changes_nothing_and_is_done_later() -> None:
    source = MemorySource(notice(1))
    bench = Bench(source)
    bench.run(5)
    source.notices, source.wish = [notice(2)], bench.at
    failing = source.recompose_asked
    source.recompose_asked = _busy  # type: ignore[method-assign]
    source.version += 1
    bench.run(3)
    assert "抚顺市" not in bench.texts[-1]
    source.recompose_asked = failing  # type: ignore[method-assign]
    bench.run(3)
    assert "第2号" in bench.texts[-1]


def _busy(_board: str) -> None:
    raise SourceTrouble("busy")


def test_a_silent_card_is_searched_for_after_two_failures() -> None:
    searched = []
    source, board = MemorySource(notice(1)), RecordingBoard()
    board.refused = {"identify"}
    bench = Bench(source, board)
    bench.station._find_baud = lambda: searched.append(bench.at)
    bench.run(5)
    assert len(searched) == 1
    board.refused = set()
    bench.run(8)
    assert "第1号" in bench.texts[-1]


def test_the_link_is_told_when_it_changes() -> None:
    source, board = MemorySource(notice(1)), RecordingBoard()
    board.refused = {"identify"}
    bench = Bench(source, board)
    bench.run(10)
    board.refused = set()
    bench.run(10)
    links = [r["state"] for r in source.records if r["kind"] is Kind.LINK]
    assert links == ["lost", "connected"]
    assert source.health["link"] == "connected"
