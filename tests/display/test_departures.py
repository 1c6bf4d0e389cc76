"""Withdrawn notices are followed until the card cannot show them any more."""

from datetime import timedelta

import pytest

from devices.errors import NoReply
from display.departures import ALARM_AFTER_S, LONGEST_LIFETIME_S, Departure, Departures
from display.evidence import Kind
from tests.display.builders import MORNING, MemorySource, RecordingBoard, notice
from tests.display.test_station import Bench

LEARNED = {"n1": MORNING}


def following() -> Departures:
    """A card that took something already."""
    departures = Departures(started_s=0.0)
    departures.acknowledged(None)
    return departures


def how(departures: Departures, now_s: float) -> list[Departure]:
    return [left.how for left in departures.settle(LEARNED, {"n1", "n2"}, now_s)]


def test_a_page_on_air_leaves_when_the_card_takes_the_next_message() -> None:
    departures = following()
    departures.sends("n1", 30.0)
    departures.acknowledged("n1")
    assert how(departures, 1.0) == []
    departures.acknowledged("n2")
    assert how(departures, 1.5) == [Departure.ACKNOWLEDGED]
    assert how(departures, 1.6) == []


def test_a_page_that_was_only_sent_may_be_on_air() -> None:
    departures = following()
    departures.sends("n1", 30.0)
    assert how(departures, 1.0) == []
    assert how(departures, 29.9) == []
    assert how(departures, 30.0) == [Departure.EXPIRED]


def test_a_notice_that_is_not_on_air_has_left_already() -> None:
    departures = following()
    departures.sends("n2", 30.0)
    assert how(departures, 1.0) == [Departure.NOT_ON_AIR]


def test_a_refused_page_is_not_on_air() -> None:
    departures = following()
    departures.sends("n1", 30.0)
    departures.refused("n1")
    assert how(departures, 1.0) == [Departure.NOT_ON_AIR]


def test_after_a_restart_nothing_is_certain_until_the_card_answers_or_forgets() -> None:
    departures = Departures(started_s=0.0)
    assert how(departures, 1.0) == []
    assert how(departures, LONGEST_LIFETIME_S + 0.1) == [Departure.ACKNOWLEDGED]


def test_what_was_recorded_before_is_not_told_again() -> None:
    departures = following()
    departures.recorded.add("n1")
    assert how(departures, 1.0) == []


def test_the_alarm_is_raised_once() -> None:
    departures = following()
    departures.sends("n1", 30.0)
    how(departures, 1.0)
    assert list(departures.overdue(1.0 + ALARM_AFTER_S - 0.1)) == []
    assert list(departures.overdue(1.0 + ALARM_AFTER_S)) == ["n1"]
    assert list(departures.overdue(9.0)) == []


@pytest.mark.parametrize("line", ["well", "dead"])
def test_a_withdrawal_on_air_is_noted_with_its_acknowledgement_or_raises_the_alarm(
    line: str,
) -> None:
    source, board = MemorySource(notice(1), notice(2)), RecordingBoard()
    bench = Bench(source, board)
    bench.run(5)
    assert "第1号" in bench.texts[-1]
    if line == "dead":
        board.fault = NoReply("silence")
    source.withdrawn["n1"] = bench.at
    source.version += 1
    learned = bench.at
    bench.run(2)
    told = [r for r in source.records if r["kind"] is Kind.WITHDRAWAL]
    if line == "well":
        assert [r["state"] for r in told] == ["acknowledged"]
        assert told[0]["at"] - learned < timedelta(seconds=2)
        return
    assert told == []
    bench.run(5)
    alarms = [r for r in source.records if r["kind"] is Kind.ALARM]
    assert [r["notice"] for r in alarms] == ["n1"]
    assert source.health["withdrawals_not_acknowledged"] == ["n1"]
    board.fault = None
    bench.run(8)
    told = [r for r in source.records if r["kind"] is Kind.WITHDRAWAL]
    assert [r["state"] for r in told] == ["acknowledged"]
    assert source.health["withdrawals_not_acknowledged"] == []


def test_a_restarted_station_does_not_note_a_withdrawal_twice() -> None:
    source = MemorySource(notice(1), notice(2))
    bench = Bench(source)
    bench.run(5)
    source.withdrawn["n1"] = bench.at
    source.version += 1
    bench.run(2)
    again = Bench(source)
    again.go_to(bench.at)
    again.run(3)
    assert len([r for r in source.records if r["kind"] is Kind.WITHDRAWAL]) == 1
