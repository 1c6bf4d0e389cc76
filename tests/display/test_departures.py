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


def test_a_corrected_notice_does_not_bring_its_old_text_back() -> None:
    """Withdrawn, then published anew: the frozen edition has the old words for good."""
    source = MemorySource(notice(1), notice(2))
    bench = Bench(source)
    bench.run(5)
    source.withdrawn["n1"] = bench.at
    source.version += 1
    bench.run(2)
    source.outlived, source.withdrawn = source.withdrawn, {}
    source.notices[0] = notice(1, title="更正后的标题招标公告")
    source.version += 1
    for station in (bench, Bench(source)):
        station.go_to(bench.at)
        station.board.messages.clear()
        station.run(40)
        assert station.texts
        assert not [text for text in station.texts if "第1号" in text]
    bench.go_to(MORNING + timedelta(days=1))
    bench.board.messages.clear()
    bench.run(40)
    assert [text for text in bench.texts if "更正后的标题" in text], "the next edition has it"


def test_what_leaves_with_the_old_edition_is_told_too() -> None:
    source = MemorySource(notice(1))
    bench = Bench(source)
    bench.run(5)
    source.withdrawn["n1"], source.wish = bench.at, bench.at
    source.notices = [notice(2)]
    source.version += 1
    bench.run(2)
    told = [r for r in source.records if r["kind"] is Kind.WITHDRAWAL]
    assert [r["state"] for r in told] == ["acknowledged"]


def test_an_alarm_ends_although_the_edition_changed_meanwhile() -> None:
    source, board = MemorySource(notice(1)), RecordingBoard()
    bench = Bench(source, board)
    bench.run(5)
    board.fault = NoReply("silence")
    source.withdrawn["n1"] = bench.at
    source.version += 1
    bench.run(8)
    source.notices, source.wish = [notice(2)], bench.at
    source.version += 1
    bench.run(2)
    board.fault = None
    bench.run(10)
    assert source.health["withdrawals_not_acknowledged"] == []
    assert [r["state"] for r in source.records if r["kind"] is Kind.WITHDRAWAL] == ["acknowledged"]


def test_a_page_whose_answer_was_lost_counts_from_the_last_attempt() -> None:
    departures = following()
    departures.sends("n1", float("inf"))
    assert how(departures, 100.0) == []
    departures.sends("n1", 130.0)
    assert how(departures, 129.0) == []
    assert how(departures, 130.0) == [Departure.EXPIRED]


def test_a_notice_withdrawn_while_the_line_was_opened_is_not_shown() -> None:
    source = MemorySource(notice(1), notice(2))
    bench = Bench(source)
    opened = bench.station._open_board

    def slowly():  # type: ignore[no-untyped-def]
        bench.go_to(bench.at + timedelta(seconds=8))
        source.withdrawn["n1"] = bench.at - timedelta(seconds=6)
        source.version += 1
        return opened()

    bench.station._open_board = slowly
    bench.run(60)
    assert bench.texts
    assert not [text for text in bench.texts if "第1号" in text]
