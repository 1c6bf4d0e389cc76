"""The station with a clock and a board that obey the test."""

from datetime import datetime, timedelta

import pytest

from devices.errors import NoReply, Refused, Unplugged
from devices.led.board import Board, Message
from display.station import Station
from tests.display.builders import MORNING, MemorySource, RecordingBoard, notice, plan


class Bench:
    """A station on a bench: its clock moves only when told."""

    def __init__(self, source: MemorySource, board: RecordingBoard | None = None) -> None:
        self.at = MORNING + timedelta(seconds=1)
        self.source = source
        self.board = board or RecordingBoard()
        self.opened = 0
        self.station = Station(plan(), source, self._open, lambda: self.at)

    def _open(self) -> Board:
        self.opened += 1
        return self.board

    def run(self, seconds: float, step: float = 0.1) -> None:
        until = self.at + timedelta(seconds=seconds)
        while self.at < until:
            self.station.step()
            self.at += timedelta(seconds=step)

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
    states = [record["state"] for record in bench.source.records]
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
    bench.at = MORNING - timedelta(seconds=20)
    bench.run(10)
    assert bench.texts
    assert all(text.startswith("抚顺市") for text in bench.texts)
    assert "第1号" not in str(source.editions)
    bench.at = MORNING + timedelta(seconds=1)
    bench.run(10)
    assert "第1号" in bench.texts[-1]
    bench.at = MORNING + timedelta(hours=15, minutes=31)
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


def test_an_unproven_clock_releases_nothing() -> None:
    source = MemorySource(notice(1))
    source.offset = None
    bench = Bench(source)
    bench.run(10)
    assert not source.editions
    assert all("抚顺市" in text for text in bench.texts)


def test_a_clock_that_jumps_back_makes_the_board_neutral_until_it_is_proven_again() -> None:
    source = MemorySource(notice(1))
    bench = Bench(source)
    bench.run(5)
    bench.at -= timedelta(minutes=10)
    bench.board.messages.clear()
    bench.run(60)
    assert bench.texts
    assert all("抚顺市" in text for text in bench.texts)
    source.offset = timedelta(minutes=10)
    source.version += 1
    bench.run(5)
    assert "第1号" in bench.texts[-1]


@pytest.mark.parametrize("fault", [NoReply("silence"), Unplugged("gone")])
def test_a_broken_line_is_reopened_and_the_page_put_on_air_again(fault: Exception) -> None:
    bench = Bench(MemorySource(notice(1)))
    bench.run(3)
    bench.board.fault = fault
    bench.run(30)
    assert bench.board.closed
    opened = bench.opened
    assert 3 <= opened <= 12
    acknowledged = sum(r["state"] == "acknowledged" for r in bench.source.records)
    bench.board.fault = None
    bench.run(10)
    assert bench.opened > opened
    assert sum(r["state"] == "acknowledged" for r in bench.source.records) > acknowledged


def test_a_refused_page_is_left_out_and_not_repeated() -> None:
    bench = Bench(MemorySource(notice(1)))
    bench.at = MORNING
    bench.run(0.2)
    bench.board.fault = Refused(4, "out of memory")
    bench.run(5)
    states = [record["state"] for record in bench.source.records]
    assert states.count("refused") == 1
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
    bench.at = datetime.fromisoformat("2026-11-23T23:00:00+00:00")
    bench.run(2)
    assert [text for text in bench.texts if "第1号" in text] == []
    bench.at = datetime.fromisoformat("2026-11-24T00:31:00+00:00")
    bench.run(2)
    assert [day.isoformat() for _, day in source.editions] == ["2026-11-24"]
