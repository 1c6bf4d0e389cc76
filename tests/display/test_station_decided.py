"""What staff decided, at the station: neutral at once, the rest with the next edition; noted."""

from dataclasses import replace
from datetime import datetime, time, timedelta

from display.arrangement import Choices
from display.edition import Edition
from display.evidence import Kind, edition_facts
from display.journal import TAKEN_OFF
from display.screen import Screen, ScreenHours
from display.standing import standing
from display.todays_edition import Plan
from kiosk.boards.arranging import arranged_by
from tests.display.builders import DAY, MORNING, MemorySource, notice, plan
from tests.display.deciding import BOARD, NOON, PEOPLE, Maker
from tests.display.test_station import Bench


def decide(source: MemorySource, maker: Maker) -> None:
    source.decided = standing(BOARD, maker.made, PEOPLE, NOON)
    source.version += 1


def noted(source: MemorySource) -> list[str]:
    return [r["what"] for r in source.records if r["kind"] is Kind.DECISION]


def test_neutral_now_is_on_the_board_at_once_in_the_middle_of_a_page_until_it_is_ended() -> None:
    source, maker = MemorySource(notice(1)), Maker()
    bench = Bench(source)
    bench.run(3)
    assert "第1号" in bench.texts[-1]
    word = maker.neutral()
    decide(source, maker)
    bench.run(0.2)
    assert bench.texts[-1].startswith("抚顺市")
    bench.run(120)
    assert "第1号" not in "".join(bench.texts[-5:])
    assert source.states("neutral")[-1] == "acknowledged"
    assert source.health["neutral_held"]
    maker.end(word)
    decide(source, maker)
    bench.run(20)
    assert "第1号" in bench.texts[-1]
    assert noted(source) == ["neutral-now", "neutral-ended"]
    (asked, _) = [r for r in source.records if r["kind"] is Kind.DECISION]
    assert (asked["by"], asked["reason"], asked["outcome"]) == ("b**", "误播", "counted")


def test_neutral_lights_no_board_that_is_to_be_dark() -> None:
    source, maker = MemorySource(notice(1)), Maker()
    maker.neutral()
    decide(source, maker)
    hours = ScreenHours(time(18), time(19))
    bench = Bench(source, made=replace(plan(), screen=Screen(week=(hours,) * 7)))
    bench.run(5)
    assert bench.board.on is False


def test_neutral_holds_over_the_cut_over_and_a_restart() -> None:
    source, maker = MemorySource(notice(1)), Maker()
    maker.neutral()
    decide(source, maker)
    bench = Bench(source)
    bench.run(5)
    assert (BOARD, DAY) in source.editions, "the edition is made, and waits"
    again = Bench(source)
    again.run(5)
    assert all(text.startswith("抚顺市") for text in bench.texts + again.texts)
    assert noted(source) == ["neutral-now"], "each is noted once"


def test_a_decision_that_the_centre_takes_off_is_noted() -> None:
    source, maker = MemorySource(notice(1)), Maker()
    maker.approve(maker.propose())
    decide(source, maker)
    bench = Bench(source)
    bench.run(1)
    maker.made.pop()
    decide(source, maker)
    bench.run(1)
    assert noted(source) == ["proposed", "approved", TAKEN_OFF]


def test_what_counts_otherwise_by_now_is_noted_again_also_after_a_restart() -> None:
    source, maker = MemorySource(notice(1)), Maker()
    proposed = maker.propose()
    approved, refused = maker.approve(proposed), maker.refuse(proposed)
    maker.made.remove(approved)
    decide(source, maker)
    Bench(source).run(1)
    # The approval was taken before the refusal, but was not known here until now.
    maker.made.append(approved)
    times = {one.id: NOON + n * timedelta(minutes=1) for n, one in enumerate(maker.made)}
    times[approved.id] = NOON
    source.decided = standing(BOARD, maker.made, PEOPLE, NOON + timedelta(days=2), accepted=times)
    again = Bench(source)
    again.run(1)
    again.run(1)
    assert noted(source) == ["proposed", "refused", "approved"]
    late = {one.id: NOON + timedelta(days=n) for n, one in enumerate(maker.made)}
    late[refused.id] = NOON + timedelta(days=9)
    source.decided = standing(BOARD, maker.made, PEOPLE, NOON + timedelta(days=9), accepted=late)
    source.version += 1
    again.run(1)
    last = source.records[-1]
    assert noted(source)[3:] == ["refused"]
    assert (last["outcome"], last["formerly"]) == ("already_in_force", "counted")


def staff_plan(maker: Maker, now: datetime, **more: object) -> Plan:
    found = standing(BOARD, maker.made, PEOPLE, now).in_force
    return replace(plan(), arranged=arranged_by(found), **more)  # type: ignore[arg-type]


def test_the_evidence_of_an_edition_names_who_proposed_and_who_approved() -> None:
    source, maker = MemorySource(notice(1), notice(2)), Maker()
    proposed = maker.propose()
    maker.approve(proposed)
    bench = Bench(
        source, made=staff_plan(maker, NOON + timedelta(days=1), choices=Choices(pinned=("n2",)))
    )
    bench.run(1)
    text = source.editions[BOARD, DAY]
    edition = Edition.kept(text)
    assert [page.notice_id for page in edition.pages] == ["n2", "n1"]
    assert edition.arranged is not None
    assert (edition.arranged.proposed_by, edition.arranged.approved_by) == ("a**", "b**")
    facts = edition_facts(text)
    assert facts["arrangement"] == proposed.arrangement.digest
    assert (facts["proposed_by"], facts["approved_by"]) == ("a**", "b**")


def test_a_later_cut_over_that_is_in_force_at_the_old_one_makes_the_edition_wait() -> None:
    source = MemorySource(notice(1))
    source.complete = None
    bench = Bench(source)
    bench.run(1)
    # Within five seconds: what was asked before is not asked again until an edition is due.
    bench.plan = plan(time(8, 32))
    source.complete = MORNING + timedelta(hours=1)
    bench.run(2)
    assert source.editions == {}
    bench.run(60)
    assert source.editions == {}
    bench.go_to(MORNING + timedelta(minutes=2))
    bench.run(1)
    edition = Edition.kept(source.editions[BOARD, DAY])
    assert edition.cut_over_at == MORNING + timedelta(minutes=2)


def test_an_earlier_cut_over_in_force_makes_the_edition_at_that_very_minute() -> None:
    source = MemorySource(notice(1))
    bench = Bench(source, made=plan(time(10)))
    bench.go_to(MORNING + timedelta(seconds=59))
    bench.run(0.5)
    assert not source.editions
    bench.plan = plan(time(8, 31))
    bench.go_to(MORNING + timedelta(seconds=60))
    bench.run(0.1)
    assert source.editions
