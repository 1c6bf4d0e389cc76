"""The test card: for a moment, when nothing else matters, noted, and then the board goes on."""

from dataclasses import replace
from datetime import time, timedelta

import pytest

from devices.errors import NoReply, Refused
from devices.led.board import Picture
from display.evidence import Kind
from display.screen import Screen, ScreenHours
from display.standing import standing
from display.testing import (
    FRESH,
    LIFETIME_S,
    PAUSE_S,
    SHOWN_S,
    Hindrance,
    TestState,
    TestWish,
)
from display.testing import (
    test_message as card_message,
)
from tests.display.builders import MORNING, MemorySource, notice, plan, surface
from tests.display.deciding import BOARD, NOON, PEOPLE, Maker
from tests.display.test_station import Bench


def wish(bench: Bench, id: str = "one") -> None:
    bench.source.test_wish = TestWish(id, bench.at, "王*", "k3f9a2b1")
    bench.source.version += 1


def noted(source: MemorySource) -> list[str]:
    return [r["state"] for r in source.records if r["kind"] is Kind.TECHNICIAN]


def cards_shown(bench: Bench) -> list[str]:
    return [text for text in bench.texts if text.startswith("屏幕测试")]


@pytest.fixture
def bench() -> Bench:
    made = Bench(MemorySource(notice(1)))
    made.run(3)
    assert "第1号" in made.texts[-1]
    return made


def test_it_is_shown_once_noted_and_the_page_comes_back_by_itself(bench: Bench) -> None:
    wish(bench)
    bench.run(0.2)
    assert bench.texts[-1] == "屏幕测试 08:30■■■■■ 192x32 lobby■■■■■■"
    assert bench.last.lifetime_s == LIFETIME_S == 30
    assert bench.source.test_answers == [("one", TestState.SHOWN, "")]
    bench.run(SHOWN_S - 1)
    assert bench.texts[-1].startswith("屏幕测试")
    bench.run(1.5)
    assert "第1号" in bench.texts[-1] and len(cards_shown(bench)) == 1
    assert bench.source.test_answers[-1] == ("one", TestState.ENDED, "")
    assert noted(bench.source) == ["sent", "acknowledged", "ended"]
    facts = next(r for r in bench.source.records if r["kind"] is Kind.TECHNICIAN)
    assert (facts["action"], facts["by"], facts["account"]) == ("test card", "王*", "k3f9a2b1")
    states = bench.source.states()
    assert states[-2:] == ["sent", "acknowledged"], "the page is told and noted anew"
    bench.run(60)
    assert len(cards_shown(bench)) == 1


def test_a_withdrawal_leaves_at_once_while_the_test_card_is_on(bench: Bench) -> None:
    wish(bench)
    bench.run(1)
    bench.source.withdrawn["n1"] = bench.at
    bench.source.version += 1
    bench.run(2)
    gone = [r for r in bench.source.records if r["kind"] is Kind.WITHDRAWAL]
    assert [r["notice"] for r in gone] == ["n1"]
    bench.run(SHOWN_S)
    assert bench.texts[-1].startswith("抚顺市")


def test_staff_who_want_the_neutral_page_get_it_at_once(bench: Bench) -> None:
    wish(bench)
    bench.run(1)
    maker = Maker()
    maker.neutral()
    bench.source.decided = standing(BOARD, maker.made, PEOPLE, NOON)
    bench.source.version += 1
    bench.run(0.3)
    assert bench.texts[-1].startswith("抚顺市")
    assert bench.source.test_answers[-1] == ("one", TestState.ENDED, Hindrance.NEUTRAL_HELD)
    wish(bench, "two")
    bench.run(1)
    assert bench.source.test_answers[-1] == ("two", TestState.REFUSED, Hindrance.NEUTRAL_HELD)
    assert len(cards_shown(bench)) == 1


def test_nothing_is_lit_outside_the_screen_hours() -> None:
    hours = ScreenHours(time(18), time(19))
    bench = Bench(MemorySource(notice(1)), made=replace(plan(), screen=Screen(week=(hours,) * 7)))
    bench.run(3)
    wish(bench)
    bench.run(2)
    assert bench.board.on is False and not cards_shown(bench)
    assert bench.source.test_answers == [("one", TestState.REFUSED, Hindrance.DARK)]


def test_while_a_withdrawn_notice_may_still_be_on_the_board_nothing_else_matters(
    bench: Bench,
) -> None:
    bench.station._journal.alarms.append("n1")
    wish(bench)
    bench.run(1)
    assert bench.source.test_answers == [("one", TestState.REFUSED, Hindrance.WITHDRAWAL)]
    assert not cards_shown(bench)


def test_a_wish_nobody_waits_for_any_more_and_one_without_a_link(bench: Bench) -> None:
    bench.source.test_wish = TestWish("old", bench.at - FRESH - timedelta(seconds=1), "王*", "k")
    bench.source.version += 1
    bench.run(0.5)
    assert bench.source.test_answers == [("old", TestState.REFUSED, Hindrance.LATE)]
    bench.board.fault = NoReply("gone")
    bench.run(40)
    wish(bench, "two")
    bench.run(0.5)
    assert bench.source.test_answers[-1] == ("two", TestState.REFUSED, Hindrance.NO_LINK)
    assert not cards_shown(bench)


@pytest.mark.parametrize(
    ("fault", "why"),
    [(NoReply("gone"), Hindrance.NO_LINK), (Refused(0x11, "no"), Hindrance.CARD)],
)
def test_a_card_that_does_not_take_it_is_told_and_the_page_goes_on(
    bench: Bench, fault: Exception, why: Hindrance
) -> None:
    wish(bench)
    bench.board.fault = fault
    bench.station.step()
    bench.board.fault = None
    assert bench.source.test_answers == [("one", TestState.REFUSED, why)]
    bench.run(10)
    assert "第1号" in bench.texts[-1] and not cards_shown(bench)
    assert noted(bench.source)[0] == "sent"


def test_a_line_that_is_lost_meanwhile_ends_it(bench: Bench) -> None:
    wish(bench)
    bench.run(1)
    bench.board.fault = NoReply("gone")
    bench.run(40)
    bench.board.fault = None
    assert bench.source.test_answers[-1][:2] == ("one", TestState.ENDED)
    bench.run(10)
    assert "第1号" in bench.texts[-1]


def test_a_picture_has_a_frame_and_no_text_is_wider_than_the_board() -> None:
    drawn: list[str] = []

    def draw(areas, local):
        drawn.extend(area.text for area in areas)
        return Picture(128, 32, bytes(128 * 32))

    small = replace(surface(128, 32), draw=draw, coded_text=False)
    message = card_message(small, "屏幕测试", MORNING, proven=True)
    assert message.picture is not None and not message.areas
    rows = [message.picture.pixels[at : at + 128] for at in range(0, 128 * 32, 128)]
    assert set(rows[0]) == set(rows[-1]) == {1}
    assert {(row[0], row[-1]) for row in rows} == {(1, 1)} and rows[1][1:-1] == bytes(126)
    assert drawn == ["屏幕测试 08:30■", "128x32 lobby■■"]
    one_line = card_message(surface(128, 16), "很长很长很长很长很长的标题", MORNING, proven=True)
    assert len(one_line.areas) == 1
    assert surface(128, 16).text_width(one_line.areas[0].text) <= 128


def test_nobody_holds_a_board_with_one_after_the_other(bench: Bench) -> None:
    wish(bench)
    bench.run(SHOWN_S + 1)
    for number in range(3):
        wish(bench, f"again {number}")
        bench.run(SHOWN_S - 1)
        answer = (f"again {number}", TestState.REFUSED, Hindrance.PAUSE)
        assert bench.source.test_answers[-1] == answer
        assert "第1号" in bench.texts[-1] and len(cards_shown(bench)) == 1
    bench.run(PAUSE_S)
    wish(bench, "later")
    bench.run(1)
    assert len(cards_shown(bench)) == 2


def test_one_that_was_cut_short_is_no_way_around_the_pause(bench: Bench) -> None:
    wish(bench)
    bench.run(1)
    bench.board.fault = NoReply("gone")
    bench.run(30)
    bench.board.fault = None
    bench.run(20)
    wish(bench, "two")
    bench.run(1)
    assert bench.source.test_answers[-1] == ("two", TestState.REFUSED, Hindrance.PAUSE)
    assert len(cards_shown(bench)) == 1


def test_a_time_that_is_not_proven_is_not_told(bench: Bench) -> None:
    bench.boot = "another run, in which no server was heard"
    wish(bench)
    bench.run(1)
    assert bench.texts[-1] == "屏幕测试■■■■■■■■ 192x32 lobby■■■■■■"


def test_health_tells_the_cards_size_and_clock(bench: Bench) -> None:
    bench.run(3)
    assert bench.source.health["size"] == [192, 32]
    # The clock of this board stands where it was set.
    assert -5 <= bench.source.health["clock_off_s"] <= 0
    bench.go_to(bench.at + timedelta(hours=1))
    bench.run(3)
    assert bench.source.health["clock_off_s"] == pytest.approx(-3605, abs=5)
    bench.board.fault = NoReply("gone")
    bench.run(40)
    assert bench.source.health["clock_off_s"] is None
