"""What decisions come to: two persons, edits, withdrawals, neutral; in any order."""

import random
from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from display.arrangement import Arrangement
from display.decisions import DECISION, Approved, Decision, Fault, Proposed, Right, new_id
from display.standing import Outcome, Standing, State, effective_at, standing
from tests.display.deciding import (
    ANNA,
    BOARD,
    BORIS,
    FASTER,
    FASTEST,
    NOON,
    PEOPLE,
    START,
    TOMORROW,
    YEAR,
    Maker,
    account,
)

HOUR = timedelta(hours=1)
LATER = TOMORROW + HOUR


def of(maker: Maker, now: datetime = LATER, people=PEOPLE, **more) -> Standing:
    return standing(BOARD, maker.made, people, now, **more)


def test_what_a_second_person_approved_is_in_force_from_the_next_cut_over_on() -> None:
    maker = Maker()
    proposed = maker.propose()
    assert of(maker, NOON).pending.state is State.WAITING
    maker.approve(proposed)
    before = of(maker, TOMORROW - timedelta.resolution)
    assert before.in_force is None
    assert before.pending.state is State.APPROVED
    assert before.pending.effective_at == TOMORROW
    after = of(maker, TOMORROW)
    assert after.in_force.arrangement == FASTER
    assert after.proposals[0].state is State.IN_FORCE
    assert before.in_force_at(TOMORROW) == after.in_force


def test_nobody_approves_their_own() -> None:
    maker = Maker()
    approved = maker.approve(maker.propose(by=BORIS), by=BORIS)
    found = of(maker)
    assert found.in_force is None
    assert found.judged[approved.id].outcome is Outcome.OWN_PROPOSAL


def test_an_edit_is_a_new_proposal_and_voids_the_approval() -> None:
    maker = Maker()
    first = maker.propose()
    maker.approve(first)
    second = maker.propose(after=FASTEST, at=NOON + HOUR)
    found = of(maker)
    assert found.in_force is None
    assert [one.state for one in found.proposals] == [State.WAITING, State.REPLACED]
    assert found.proposals[1].because == second.id
    late = maker.approve(first, at=NOON + HOUR)
    assert of(maker).judged[late.id].outcome is Outcome.REPLACED
    assert of(maker).judged[late.id].because == second.id


def test_what_is_in_force_stays_while_something_else_is_proposed() -> None:
    maker = Maker()
    maker.approve(maker.propose())
    second = maker.propose(after=FASTEST, before=FASTER, at=LATER)
    assert of(maker).in_force.arrangement == FASTER
    maker.approve(second, at=LATER)
    assert of(maker, LATER).in_force.arrangement == FASTER
    found = of(maker, LATER + timedelta(days=1))
    assert found.in_force.arrangement == FASTEST
    assert [one.state for one in found.proposals] == [State.IN_FORCE, State.WAS_IN_FORCE]


def test_a_proposal_that_began_from_something_else_is_void_and_replaces_nothing() -> None:
    maker = Maker()
    maker.approve(maker.propose())
    good = maker.propose(after=FASTEST, before=FASTER, at=LATER)
    stale = maker.propose(after=FASTEST, before=START, at=LATER)
    approved = maker.approve(stale, at=LATER)
    found = of(maker)
    assert found.judged[stale.id].outcome is Outcome.BASE_NOT_IN_FORCE
    assert found.judged[approved.id].outcome is Outcome.UNKNOWN_SUBJECT
    assert found.pending.proposed == good


def test_an_approval_can_be_withdrawn_until_it_is_in_force() -> None:
    maker = Maker()
    proposed = maker.propose()
    approved = maker.approve(proposed)
    maker.unapprove(approved, at=TOMORROW - HOUR)
    assert of(maker).in_force is None
    assert of(maker).pending.state is State.WAITING
    again = maker.approve(proposed, at=TOMORROW - HOUR)
    late = maker.unapprove(again, at=LATER)
    assert of(maker).in_force.arrangement == FASTER
    assert of(maker).judged[late.id].outcome is Outcome.ALREADY_IN_FORCE


@pytest.mark.parametrize("end", ["refuse", "take_back"])
def test_what_was_refused_or_withdrawn_cannot_be_approved(end: str) -> None:
    maker = Maker()
    proposed = maker.propose()
    ending = getattr(maker, end)(proposed)
    approved = maker.approve(proposed)
    found = of(maker)
    assert found.in_force is None
    assert found.judged[approved.id].outcome is Outcome.ALREADY_DECIDED
    assert found.proposals[0].because == ending.id


def test_an_approval_of_another_content_does_not_count() -> None:
    maker = Maker()
    proposed = maker.propose()
    other = proposed.model_copy(update={"arrangement": FASTEST})
    approved = maker.approve(other)
    assert of(maker).judged[approved.id].outcome is Outcome.OTHER_CONTENT
    assert of(maker).in_force is None


@pytest.mark.parametrize(
    ("who", "fault"),
    [
        (account(BORIS.key, expires_at=NOON), Fault.EXPIRED),
        (account(BORIS.key, valid_from=NOON + HOUR), Fault.NOT_YET_VALID),
        (account(BORIS.key, removed_at=NOON), Fault.REMOVED),
        (account(BORIS.key, Right.PROPOSE), Fault.NO_RIGHT),
        (None, Fault.UNKNOWN_ACCOUNT),
    ],
)
def test_an_account_must_have_held_the_right_at_that_time(who, fault: Fault) -> None:
    maker = Maker()
    approved = maker.approve(maker.propose())
    people = {ANNA.key: ANNA, **({} if who is None else {who.key: who})}
    found = of(maker, people=people)
    assert found.in_force is None
    assert (found.judged[approved.id].outcome, found.judged[approved.id].fault) == (
        Outcome.ACCOUNT,
        fault,
    )


def test_who_leaves_the_house_takes_no_approval_along_that_the_centre_took() -> None:
    maker = Maker()
    maker.approve(maker.propose())
    assert of(maker, people={}).in_force is None
    accepted = {one.id: NOON for one in maker.made}
    assert of(maker, people={}, accepted=accepted).in_force.arrangement == FASTER


def test_of_two_approved_apart_the_earlier_stands_and_the_other_is_told_why() -> None:
    """Two PCs without a network: each has a proposal approved before a cut-over in between."""
    maker = Maker()
    first = maker.propose()
    maker.approve(first)
    second = maker.propose(after=FASTEST, at=LATER)
    approved = maker.approve(second, at=LATER)
    found = of(maker, LATER + timedelta(days=2))
    assert found.in_force.arrangement == FASTER
    assert found.judged[second.id].outcome is Outcome.BASE_NOT_IN_FORCE
    assert found.judged[second.id].because == first.id
    assert found.judged[approved.id].because == first.id


@pytest.mark.parametrize("act", ["approve", "refuse", "take_back", "unapprove", "end"])
def test_nothing_is_decided_about_what_is_newer(act: str) -> None:
    """Whatever the order in which it was taken: its maker cannot have seen it."""
    maker, early = Maker(), Maker()
    proposed = maker.propose(at=NOON + HOUR)
    about = {"unapprove": maker.approve, "end": lambda _: maker.neutral(at=NOON + HOUR)}
    subject = about[act](proposed) if act in about else proposed
    said = getattr(early, act)(subject)
    assert said.id < subject.id
    made = [*maker.made, said]
    accepted = {one.id: NOON + n * timedelta(minutes=1) for n, one in enumerate(made)}
    found = standing(BOARD, made, PEOPLE, NOON + HOUR, accepted=accepted)
    assert found.judged[subject.id].outcome is Outcome.COUNTED
    assert found.judged[said.id].outcome is Outcome.UNKNOWN_SUBJECT


def test_the_order_in_which_the_centre_took_them_counts() -> None:
    maker = Maker()
    proposed = maker.propose()
    approved, refused = maker.approve(proposed), maker.refuse(proposed)
    for first, second in ((approved, refused), (refused, approved)):
        taken = {proposed.id: NOON, first.id: NOON + HOUR, second.id: NOON + 2 * HOUR}
        found = of(maker, accepted=taken)
        assert found.in_force is None
        assert found.judged[first.id].outcome is Outcome.COUNTED
        late = {**taken, second.id: LATER}
        assert (of(maker, accepted=late).in_force is not None) is (first is approved)
    unknown = of(maker, accepted={proposed.id: NOON, refused.id: LATER})
    assert unknown.judged[approved.id].outcome is Outcome.ALREADY_DECIDED, "the centre's come first"


def test_after_an_approval_was_withdrawn_only_later_ones_count() -> None:
    carla = account("carla001", Right.APPROVE)
    people = {**PEOPLE, carla.key: carla}
    maker = Maker()
    proposed = maker.propose()
    first, other = maker.approve(proposed), maker.approve(proposed, carla)
    assert of(maker, people=people).judged[other.id].outcome is Outcome.COUNTED
    maker.unapprove(first)
    found = of(maker, people=people)
    assert found.in_force is None and found.pending.state is State.WAITING
    again = maker.approve(proposed, carla)
    assert of(maker, people=people).in_force.approved == again
    # The withdrawal is taken last: what was approved later stays.
    order = (proposed, first, other, again, maker.made[3])
    accepted = {one.id: NOON + n * timedelta(minutes=1) for n, one in enumerate(order)}
    found = of(maker, people=people, accepted=accepted)
    assert found.judged[again.id].outcome is Outcome.ALREADY_DECIDED, "she has approved before"
    assert found.in_force is None


def test_neutral_is_held_until_each_word_for_it_is_ended() -> None:
    maker = Maker()
    one = maker.neutral()
    other = maker.neutral()
    maker.end(one)
    assert [word.id for word in of(maker).neutral] == [other.id]
    again = maker.end(one)
    assert of(maker).judged[again.id].outcome is Outcome.UNKNOWN_SUBJECT
    maker.end(other)
    assert of(maker).neutral == ()
    maker.neutral(by=ANNA)
    assert of(maker).neutral == (), "without the right"


def test_other_boards_are_left_out() -> None:
    maker = Maker()
    maker.approve(maker.propose())
    elsewhere = [one.model_copy(update={"board": "corridor"}) for one in maker.made]
    assert standing("lobby", elsewhere, PEOPLE, LATER) == Standing()


@pytest.mark.parametrize(
    ("old", "new", "approved", "day", "hour"),
    [
        ("08:30", "08:30", "07:00", 23, "08:30"),
        ("08:30", "08:30", "08:30", 23, "08:30"),
        ("08:30", "08:30", "08:31", 24, "08:30"),
        ("08:30", "10:00", "08:15", 23, "08:30"),
        ("08:30", "10:00", "09:00", 24, "08:30"),
        ("10:00", "08:30", "09:00", 24, "08:30"),
    ],
)
def test_in_force_from_the_earlier_of_two_cut_overs_on(old, new, approved, day, hour) -> None:
    def at(hour: str, day: int = 23) -> datetime:
        return datetime.fromisoformat(f"2026-11-{day}T{hour}:00+08:00")

    def cut(hour: str) -> Arrangement:
        return START.changed(cut_over=time.fromisoformat(hour))

    assert effective_at(at(approved), cut(old), cut(new)) == at(hour, day)


def test_a_decision_survives_its_text() -> None:
    maker = Maker()
    approved = maker.approve(maker.propose())
    maker.end(maker.neutral())
    for one in maker.made:
        read = DECISION.validate_json(one.model_dump_json())
        assert read == one
        assert read.digest == one.digest
    assert approved.model_copy(update={"by": ANNA.key}).digest != approved.digest


def test_ids_hold_causes_before_effects_whatever_the_clock() -> None:
    first = new_id(NOON, bytes(10), ())
    second = new_id(NOON - YEAR, bytes(10), (first,))
    assert first < second


HARMLESS = account("carla001", expires_at=NOON + 9 * HOUR)
CROWD = {**PEOPLE, HARMLESS.key: HARMLESS}
ACTS = ("propose", "approve", "unapprove", "refuse", "take_back", "neutral", "end")


@st.composite
def histories(draw: st.DrawFn) -> list[Decision]:
    """Anything that anybody may send, allowed or not."""
    maker = Maker()
    at = NOON
    for _ in range(draw(st.integers(1, 14))):
        at += timedelta(hours=draw(st.integers(-1, 9)))
        by = draw(st.sampled_from([*CROWD.values(), account("nobody01")]))
        proposals = [one for one in maker.made if isinstance(one, Proposed)]
        approvals = [one for one in maker.made if isinstance(one, Approved)]
        words = [one for one in maker.made if one.kind == "neutral-now"]
        act = draw(st.sampled_from(ACTS))
        speeds = st.sampled_from([START, FASTER, FASTEST])
        if act == "propose" or (act in ("approve", "refuse", "take_back") and not proposals):
            maker.propose(by, at, after=draw(speeds), before=draw(speeds))
        elif act in ("approve", "refuse", "take_back"):
            getattr(maker, act)(draw(st.sampled_from(proposals)), by, at)
        elif act == "unapprove" and approvals:
            maker.unapprove(draw(st.sampled_from(approvals)), by, at)
        elif act == "end" and words:
            maker.end(draw(st.sampled_from(words)), by=by, at=at)
        else:
            maker.neutral(by, at)
    return maker.made


@given(histories(), st.integers(0, 72), st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(
    made: list[Decision], hours: int, chance: random.Random
) -> None:
    now = NOON + hours * HOUR
    mixed = [*made, *chance.choices(made, k=5)]
    chance.shuffle(mixed)
    assert standing(BOARD, mixed, CROWD, now) == standing(BOARD, made, CROWD, now)


@given(histories(), st.integers(0, 72))
def test_nothing_is_ever_in_force_that_no_second_person_with_the_right_approved(
    made: list[Decision], hours: int
) -> None:
    now = NOON + hours * HOUR
    found = standing(BOARD, made, CROWD, now)
    for one in found.times:
        assert one.proposed in made
        assert one.approved in made
        assert one.approved.proposal_digest == one.proposed.digest
        assert one.approved.by != one.proposed.by
        for who, right, at in (
            (one.proposed.by, Right.PROPOSE, one.proposed.at),
            (one.approved.by, Right.APPROVE, one.approved.at),
        ):
            assert right in CROWD[who].rights
            assert at < CROWD[who].expires_at
        assert one.since >= one.approved.at
    if found.in_force is not None:
        assert found.in_force.since <= now
    assert set(found.judged) == {one.id for one in made}


@given(histories())
def test_without_the_words_of_the_others_one_person_puts_nothing_in_force(
    made: list[Decision],
) -> None:
    for key in CROWD:
        alone = [one for one in made if one.by == key]
        assert standing(BOARD, alone, CROWD, NOON + YEAR / 2).times == ()


@given(histories(), st.integers(0, 72))
def test_at_most_one_proposal_waits(made: list[Decision], hours: int) -> None:
    found = standing(BOARD, made, CROWD, NOON + hours * HOUR)
    waiting = [one for one in found.proposals if one.state is State.WAITING]
    assert len(waiting) <= 1
    if waiting:
        newest = next(one for one in found.proposals if one.state is not State.VOID)
        assert waiting == [newest]
