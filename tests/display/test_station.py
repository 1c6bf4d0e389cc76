"""The station with a clock and a board that obey the test."""

from datetime import datetime, timedelta

import pytest

from devices.errors import NoReply, Refused, Unplugged
from devices.led.board import Board, Message
from display.source import SourceTrouble
from display.station import Station
from display.todays_edition import Plan
from display.trusted_time import Contact, Reading
from tests.display.builders import MORNING, MemorySource, RecordingBoard, notice, plan


class Bench:
    """A station on a bench: its clock moves only when told."""

    def __init__(
        self,
        source: MemorySource,
        board: RecordingBoard | None = None,
        made: Plan | None = None,
    ) -> None:
        self.at = MORNING + timedelta(seconds=1)
        self.uptime = 5001.0
        self.wall_error = timedelta()
        self.boot = "boot"
        self.source = source
        self.board = board or RecordingBoard()
        self.opened = 0
        self.plan = made or plan()
        self.station = Station(lambda: self.plan, source, self._open, self._clocks)

    def _open(self) -> Board:
        self.opened += 1
        return self.board

    def _clocks(self) -> Reading:
        return Reading(self.at + self.wall_error, self.boot, self.uptime)

    def go_to(self, moment: datetime) -> None:
        """Let time pass without a step of the station."""
        self.uptime += (moment - self.at).total_seconds()
        self.at = moment

    def run(self, seconds: float, step: float = 0.1) -> None:
        until = self.at + timedelta(seconds=seconds)
        while self.at < until:
            self.station.step()
            self.go_to(self.at + timedelta(seconds=step))

    @property
    def texts(self) -> list[str]:
        """What the board was told, blank pages left out."""
        shown = [" ".join(area.text for area in message.areas) for message in self.board.messages]
        return [text for text in shown if text.strip()]

    @property
    def last(self) -> Message:
        return self.board.messages[-1]


def test_plays_todays_edition_page_by_page_and_records_each_acknowledgement() -> None:
    bench = Bench(MemorySource(notice(1), notice(2)))
    bench.run(40)
    assert "第1号" in bench.texts[0]
    assert "第2号" in bench.texts[1]
    states = bench.source.states()
    assert states[:4] == ["sent", "acknowledged", "sent", "acknowledged"]
    assert bench.board.clock is not None
    assert bench.board.clock.hour == 8


def test_every_message_dies_on_the_card_within_a_minute_of_a_dead_pc() -> None:
    bench = Bench(MemorySource(notice(1), notice(2, title="长" * 300)))
    bench.run(200)
    assert max(message.lifetime_s for message in bench.board.messages) <= 60


def test_before_cut_over_and_after_midnight_the_board_is_neutral() -> None:
    source = MemorySource(notice(1))
    bench = Bench(source)
    source.heard = Contact(
        Reading(MORNING - timedelta(hours=1), "boot", 1400.0), MORNING - timedelta(hours=1)
    )
    bench.go_to(MORNING - timedelta(seconds=20))
    bench.run(10)
    assert bench.texts
    assert all(text.startswith("抚顺市") for text in bench.texts)
    assert "第1号" not in str(source.editions)
    bench.go_to(MORNING + timedelta(seconds=1))
    bench.run(10)
    assert "第1号" in bench.texts[-1]
    bench.go_to(MORNING + timedelta(hours=15, minutes=31))
    bench.board.messages.clear()
    bench.run(20)
    assert all(text.startswith("抚顺市") for text in bench.texts)


def test_a_restart_goes_on_with_the_frozen_edition() -> None:
    source = MemorySource(notice(1))
    Bench(source).run(5)
    kept = dict(source.editions)
    source.notices = [notice(2)]
    again = Bench(source)
    again.run(5)
    assert source.editions == kept
    assert "第1号" in again.texts[0]


def test_a_withdrawal_leaves_the_board_within_a_second() -> None:
    source = MemorySource(notice(1))
    bench = Bench(source)
    bench.run(5)
    assert "第1号" in bench.texts[-1]
    source.withdrawn["n1"] = bench.at + timedelta(minutes=10)  # a PC clock that runs ahead
    source.version += 1
    bench.run(1)
    assert "抚顺市" in bench.texts[-1]
    bench.run(60)
    assert not [text for text in bench.texts[-3:] if "第1号" in text]


def test_an_unproven_clock_releases_nothing_and_shows_no_time() -> None:
    source = MemorySource(notice(1))
    source.heard = None
    bench = Bench(source)
    bench.run(10)
    assert not source.editions
    assert bench.board.clock is None
    assert set(bench.texts) == {"抚顺市公共资源交易中心"}
    source.heard = Contact(Reading(bench.at, "boot", bench.uptime), bench.at)
    source.version += 1
    bench.run(1)
    assert bench.board.clock is not None
    assert "第1号" in bench.texts[-1]


@pytest.mark.parametrize("hours", [-30, -0.2, 0.2, 30])
def test_setting_the_pcs_clock_changes_nothing(hours: float) -> None:
    """Uptime since the last contact counts, not the wall clock."""
    bench = Bench(MemorySource(notice(1)))
    bench.run(5)
    editions = dict(bench.source.editions)
    bench.wall_error = timedelta(hours=hours)
    bench.run(30)
    assert bench.source.editions == editions
    assert "第1号" in bench.texts[-1]
    assert bench.opened == 1


def test_after_a_restart_with_a_dead_clock_battery_the_board_is_neutral() -> None:
    source = MemorySource(notice(1))
    Bench(source).run(5)
    bench = Bench(source)
    bench.boot, bench.wall_error = "another", timedelta(days=-3000)
    bench.run(60)
    assert bench.texts
    assert all("抚顺市" in text for text in bench.texts)


def test_the_edition_waits_until_the_store_is_as_new_as_the_cut_over() -> None:
    source = MemorySource()
    source.complete = None
    bench = Bench(source)
    bench.run(400)
    assert not source.editions, "an incomplete store must not become the day's edition"
    source.notices, source.complete = [notice(1)], MORNING
    bench.run(2)
    assert "第1号" in bench.texts[-1]


def test_without_the_centre_yesterdays_store_makes_the_edition_after_a_wait() -> None:
    source = MemorySource(notice(1))
    source.complete = MORNING - timedelta(hours=20)
    bench = Bench(source)
    bench.run(280)
    assert not source.editions
    bench.run(40)
    assert source.editions
    assert "第1号" in bench.texts[-1]


def test_a_store_that_does_not_answer_never_stops_the_board() -> None:
    source = MemorySource(notice(1), notice(2))
    bench = Bench(source)
    bench.run(3)
    shown = len(bench.board.messages)
    source.trouble = SourceTrouble("disk full")
    bench.run(30)
    assert len(bench.board.messages) > shown
    assert "第2号" in " ".join(bench.texts[-3:])
    recorded = len(source.records)
    source.trouble = None
    bench.run(1)
    assert len(source.records) > recorded + 2, "what could not be written then is written now"


def test_a_store_in_trouble_from_the_start_leaves_a_neutral_board() -> None:
    source = MemorySource(notice(1))
    source.trouble = SourceTrouble("disk full")
    bench = Bench(source)
    bench.run(5)
    assert bench.texts == ["抚顺市公共资源交易中心"]


def test_a_card_without_a_settable_clock_is_not_reconnected() -> None:
    board = RecordingBoard()
    board.refused = {"set_clock"}
    bench = Bench(MemorySource(notice(1)), board)
    bench.run(60)
    assert bench.opened == 1
    assert len(board.messages) < 20


def test_when_neutral_is_refused_the_board_goes_dark() -> None:
    source = MemorySource(notice(1))
    bench = Bench(source)
    bench.run(5)
    bench.board.refused = {"show"}
    source.withdrawn["n1"] = bench.at
    source.version += 1
    bench.run(1)
    assert bench.board.cleared == 1
    bench.board.refused = {"show", "clear"}
    bench.run(40)
    assert bench.opened > 1


@pytest.mark.parametrize("fault", [NoReply("silence"), Unplugged("gone")])
def test_a_broken_line_is_reopened_and_the_page_put_on_air_again(fault: Exception) -> None:
    bench = Bench(MemorySource(notice(1)))
    bench.run(3)
    bench.board.fault = fault
    bench.run(30)
    assert bench.board.closed
    opened = bench.opened
    assert 3 <= opened <= 12
    acknowledged = bench.source.states().count("acknowledged")
    bench.board.fault = None
    bench.run(10)
    assert bench.opened > opened
    assert bench.source.states().count("acknowledged") > acknowledged


def test_a_refused_page_is_left_out_and_not_repeated() -> None:
    bench = Bench(MemorySource(notice(1)))
    bench.go_to(MORNING)
    bench.run(0.2)
    bench.board.fault = Refused(4, "out of memory")
    bench.run(5)
    assert bench.source.states().count("refused") == 1
    assert bench.opened == 1


def test_a_board_of_another_size_shows_nothing() -> None:
    bench = Bench(MemorySource(notice(1)), RecordingBoard(64, 16))
    bench.run(10)
    assert not bench.board.messages


def test_bytes_leave_only_when_something_changes() -> None:
    bench = Bench(MemorySource(notice(1)))
    bench.run(60)
    pages = 60 / 12
    assert len(bench.board.messages) <= 2 * (pages + 2)


def test_the_day_is_shanghais() -> None:
    source = MemorySource(notice(1))
    bench = Bench(source)
    bench.go_to(datetime.fromisoformat("2026-11-23T23:00:00+00:00"))
    bench.run(2)
    assert [text for text in bench.texts if "第1号" in text] == []
    bench.go_to(datetime.fromisoformat("2026-11-24T00:31:00+00:00"))
    bench.run(2)
    assert [day.isoformat() for _, day in source.editions] == ["2026-11-24"]
