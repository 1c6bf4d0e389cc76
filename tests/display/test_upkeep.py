"""What the card is told beside its pages."""

import dataclasses
import hashlib
from datetime import time, timedelta

import pytest

from devices.led.fonts import FontMissing
from display.edition import Edition
from display.evidence import Kind
from display.screen import Screen, ScreenHours
from display.source import SourceTrouble
from display.todays_edition import Plan
from display.trusted_time import Contact, Reading
from display.upkeep import timers_of
from display.working_days import WorkingCalendar
from display.working_days_table import parse
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
    bench.station.step()
    assert bench.board.messages
    assert bench.board.stored == ()
    assert bench.board.clock is None


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


def test_a_refused_clock_is_not_shown_and_sets_no_timer() -> None:
    board = RecordingBoard()
    board.refused = {"set_clock"}
    made = with_screen(week=OFFICE, brightness=((time(7), 12),))
    bench = Bench(MemorySource(notice(1)), board, made)
    bench.go_to(MORNING - timedelta(minutes=5))
    bench.run(70)
    assert board.timers is None
    assert board.levels == ()
    assert set(bench.texts) == {"抚顺市公共资源交易中心"}


@pytest.mark.parametrize("duty", ["neutral", "timers", "set_clock"])
def test_a_duty_that_gets_no_answer_does_not_disturb_the_pages(duty: str) -> None:
    board = RecordingBoard()
    board.silent = {duty}
    bench = Bench(MemorySource(notice(1), notice(2)), board, with_screen(week=OFFICE))
    bench.run(120)
    assert bench.opened <= 4
    assert "第2号" in " ".join(bench.texts)
    assert {"set_clock": "clock"}.get(duty, duty) in bench.source.health["refused"]


def test_power_is_said_again_for_a_card_that_lost_it() -> None:
    bench = Bench(MemorySource(notice(1)), made=with_screen(week=OFFICE))
    bench.run(5)
    bench.board.on = False
    bench.run(75)
    assert bench.board.on is True
    bench.go_to(MORNING + timedelta(hours=10))
    bench.run(5)
    bench.board.on = True
    bench.run(75)
    assert bench.board.on is False


def test_the_hours_of_the_night_before_are_not_ended_by_todays_timer() -> None:
    week = (ScreenHours(time(18), time(2)), *OFFICE[1:])
    after_midnight = MORNING + timedelta(hours=16)
    assert timers_of(Screen(week=week), after_midnight) == ()
    assert timers_of(Screen(week=week), after_midnight + timedelta(hours=2)) != ()


def test_dark_is_tried_by_power_also_when_clear_is_refused() -> None:
    board = RecordingBoard()
    bench = Bench(MemorySource(notice(1)), board, with_screen(week=OFFICE))
    bench.run(3)
    board.refused = {"clear"}
    bench.go_to(MORNING + timedelta(hours=10))
    bench.run(3)
    assert board.on is False
    assert bench.source.states("dark") == ["sent", "refused"]


def test_the_clock_is_set_to_the_moment_of_telling_not_of_the_step() -> None:
    bench = Bench(MemorySource(notice(1)))
    opened = bench.station._open_board

    def slowly():  # type: ignore[no-untyped-def]
        bench.go_to(bench.at + timedelta(seconds=8))
        return opened()

    bench.station._open_board = slowly
    bench.run(10)
    assert bench.board.clock is not None
    told = bench.board.clock - timedelta(hours=8)
    assert abs(told - bench.at.replace(tzinfo=None)) < timedelta(seconds=3)


def test_proof_of_the_clock_is_evidence_and_what_is_noted_without_it_says_so() -> None:
    source = MemorySource(notice(1))
    source.heard = None
    bench = Bench(source)
    bench.run(2)
    assert source.records
    assert all(record.get("unproven") for record in source.records)
    source.heard = Contact(Reading(bench.at, "boot", bench.uptime), bench.at)
    source.version += 1
    bench.run(2)
    clocks = [r["state"] for r in source.records if r["kind"] is Kind.CLOCK]
    assert clocks == ["unproven", "proven"]
    assert not source.records[-1].get("unproven")


def test_entries_that_could_not_be_kept_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("display.journal.MOST_UNWRITTEN", 6)
    source = MemorySource(notice(1), notice(2))
    bench = Bench(source)
    bench.run(3)
    source.trouble = SourceTrouble("disk full")
    bench.run(120)
    source.trouble = None
    bench.run(2)
    lost = [r for r in source.records if r.get("what") == "entries lost"]
    assert len(lost) == 1
    assert lost[0]["count"] > 5


def test_closing_keeps_what_waits() -> None:
    source = MemorySource(notice(1))
    bench = Bench(source)
    bench.run(3)
    source.trouble = SourceTrouble("busy")
    bench.run(20)
    known = len(source.records)
    source.trouble = None
    bench.station.close()
    assert len(source.records) > known


def test_yesterdays_wish_recomposes_nothing_today() -> None:
    source = MemorySource(notice(1))
    bench = Bench(source)
    bench.run(5)
    kept = dict(source.editions)
    source.notices, source.wish = [notice(2)], bench.at - timedelta(days=1)
    source.version += 1
    bench.run(3)
    assert source.editions == kept
    assert source.wish is None


def test_a_page_that_cannot_be_drawn_for_the_evidence_is_shown_all_the_same() -> None:
    def no_fonts(*_page: object) -> bytes:
        raise FontMissing("gb16st.pcf.gz is missing")

    made = dataclasses.replace(plan(), picture=no_fonts)
    bench = Bench(MemorySource(notice(1)), made=made)
    bench.run(5)
    assert "第1号" in bench.texts[-1]


def test_settings_of_this_morning_count_for_an_edition_that_is_not_made_yet() -> None:
    source = MemorySource(notice(1))
    off = WorkingCalendar(parse('[days]\n"2026-11-23" = { day = "off", note = "x" }\n', "t"), None)
    bench = Bench(source, made=dataclasses.replace(plan(), calendar=off))
    bench.run(90)
    assert not source.editions
    bench.plan = plan()
    bench.run(70)
    assert source.editions


def test_an_edition_of_an_older_program_keeps_its_id() -> None:
    text = '{"board":"lobby","day":"2026-11-23","cut_over_at":"2026-11-23T00:30:00Z","cell":16,'
    text += '"pixels_per_second":64.0,"pages":[],"left_out":{}}'
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    assert Edition.kept(text).id == digest
    spaced = text.replace(",", ", ")
    assert Edition.kept(spaced).id != digest
