"""A draft: what is edited is valid or nothing has changed; what others decide is said."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from display.arrangement import (
    MOST_CHOICES,
    Arrangement,
    DwellPreset,
    EditionDays,
    Limit,
    NotAllowed,
    Setting,
)
from display.decisions import Approved, Proposed
from display.standing import Proposal, Standing, State
from kiosk.settings import ScheduleSettings
from kiosk.staff.draft import Draft, Drafts, in_force_of

NOW = datetime.fromisoformat("2026-11-24T09:00:00+08:00")
START = Arrangement(
    cut_over=time(8, 30), days=EditionDays.WORKING, characters_per_second=4.0, items=30
)
LATER = START.changed(cut_over=time(9, 0))
IDS = ("n1", "n2", "n3", "n4")


def proposal(
    arrangement: Arrangement, state: State = State.WAITING, before: Arrangement = START
) -> Proposal:
    proposed = Proposed(
        id="019ab000-0000-7000-8000-000000000001",
        board="lobby",
        by="li000001",
        by_name="李**",
        at=NOW,
        before=before,
        arrangement=arrangement,
    )
    if state is State.WAITING:
        return Proposal(proposed, state)
    approved = Approved(
        id="019ab000-0000-7000-8000-000000000002",
        board="lobby",
        by="zhao0001",
        by_name="赵**",
        at=NOW,
        proposal=proposed.id,
        proposal_digest=proposed.digest,
    )
    return Proposal(proposed, state, approved, NOW + timedelta(days=1))


ACTS = st.one_of(
    st.tuples(st.sampled_from(["pin", "unpin", "leave_out", "put_back"]), st.sampled_from(IDS)),
    st.tuples(st.just("move"), st.sampled_from(IDS), st.sampled_from([-1, 1])),
    st.tuples(
        st.just("stand"), st.sampled_from(IDS), st.one_of(st.none(), st.floats(0, 60), st.just(7.0))
    ),
    st.tuples(st.just("speed"), st.floats(allow_nan=True)),
    st.tuples(st.just("items"), st.integers(-1, 600)),
)


def do(draft: Draft, act: tuple[Any, ...]) -> None:
    name, *values = act
    if name == "speed":
        draft.change(characters_per_second=values[0])
    elif name == "items":
        draft.change(items=values[0])
    else:
        getattr(draft, name)(*values)


@settings(max_examples=200, deadline=None)
@given(st.lists(ACTS, max_size=12))
def test_whatever_is_done_the_draft_is_valid_and_a_refusal_changes_nothing(
    acts: list[tuple[Any, ...]],
) -> None:
    draft = Draft("lobby", START)
    for act in acts:
        before = draft.arrangement
        try:
            do(draft, act)
        except NotAllowed as problem:
            assert draft.arrangement == before and problem.passed
        except ValueError:
            assert act[0] == "move" and draft.arrangement == before
        found = draft.arrangement
        assert Arrangement.model_validate(found.model_dump()) == found
        assert not set(found.choices.pinned) & set(found.choices.left_out)
    assert draft.changed is (draft.arrangement != START) is bool(draft.differences)
    assert draft.can_propose is draft.changed
    draft.reset()
    assert draft.arrangement == START and not draft.changed and not draft.differences


def test_pinned_notices_are_moved_among_themselves() -> None:
    draft = Draft("lobby", START)
    for id in ("n1", "n2", "n3"):
        draft.pin(id)
    draft.pin("n2")
    assert draft.arrangement.choices.pinned == ("n1", "n2", "n3")
    assert not draft.can_move("n1", -1) and not draft.can_move("n3", 1)
    assert not draft.can_move("n4", 1)
    draft.move("n3", -1)
    assert draft.arrangement.choices.pinned == ("n1", "n3", "n2")
    with pytest.raises(ValueError, match="cannot move"):
        draft.move("n1", -1)
    draft.leave_out("n3")
    assert draft.arrangement.choices.pinned == ("n1", "n2")
    assert draft.arrangement.choices.left_out == ("n3",)
    draft.pin("n3")
    assert draft.arrangement.choices.left_out == ()
    assert draft.arrangement.choices.pinned == ("n1", "n2", "n3")


def test_choices_about_notices_that_are_gone_are_dropped_together() -> None:
    draft = Draft("lobby", START)
    draft.pin("n1")
    draft.pin("n2")
    draft.leave_out("n3")
    draft.stand("n1", 9.0)
    draft.stand("n2", 9.0)
    draft.drop({"n1", "n3", "other"})
    chosen = draft.arrangement.choices
    assert (chosen.pinned, chosen.left_out) == (("n2",), ())
    assert [one.notice_id for one in chosen.dwell] == ["n2"]


def test_limits_are_told_and_leave_everything_as_it_was() -> None:
    draft = Draft("lobby", START)
    for number in range(MOST_CHOICES):
        draft.pin(f"n{number}")
    full = draft.arrangement
    with pytest.raises(NotAllowed) as refused:
        draft.pin("one more")
    assert [one.limit for one in refused.value.passed] == [Limit.TOO_MANY]
    with pytest.raises(NotAllowed) as refused:
        draft.stand("n1", 30.5)
    assert (refused.value.passed[0].limit, refused.value.passed[0].highest) == (
        Limit.OUT_OF_RANGE,
        30.0,
    )
    assert draft.arrangement == full


def test_what_is_in_force_may_change_and_nothing_that_was_edited_is_lost() -> None:
    draft = Draft("lobby", START)
    draft.change(characters_per_second=5.0)
    draft.pin("n1")
    draft.meet(START, None)
    assert not draft.overtaken
    draft.meet(LATER, None)
    assert draft.overtaken and not draft.can_propose
    assert draft.arrangement.characters_per_second == 5.0 and draft.before == START
    draft.meet(LATER, None)
    assert draft.overtaken
    draft.carry_over()
    assert not draft.overtaken and draft.before == LATER and draft.can_propose
    assert draft.arrangement == LATER.changed(
        characters_per_second=5.0, choices=draft.arrangement.choices
    )
    assert draft.arrangement.choices.pinned == ("n1",)
    assert {one.setting for one in draft.differences} == {Setting.SPEED, Setting.PIN}


def test_an_overtaken_draft_can_begin_anew_and_one_without_edits_follows() -> None:
    draft = Draft("lobby", START)
    draft.meet(LATER, None)
    assert not draft.overtaken and draft.arrangement == LATER and draft.before == LATER
    draft.change(items=5)
    draft.meet(START, None)
    assert draft.overtaken
    draft.begin_anew()
    assert draft.arrangement == START and not draft.overtaken and not draft.changed


def test_edits_that_do_not_fit_what_is_in_force_by_now_are_kept_and_told() -> None:
    draft = Draft("lobby", START)
    draft.pin("n1")
    elsewhere = Draft("lobby", START)
    elsewhere.leave_out("n1")
    draft.meet(elsewhere.arrangement, None)
    with pytest.raises(NotAllowed) as refused:
        draft.carry_over()
    assert refused.value.passed[0].limit is Limit.PINNED_AND_LEFT_OUT
    assert draft.overtaken and draft.arrangement.choices.pinned == ("n1",)


def test_an_approved_proposal_is_what_the_next_edition_is_made_under() -> None:
    approved = proposal(LATER, State.APPROVED)
    draft = Draft("lobby", START, approved)
    assert draft.arrangement == LATER and not draft.changed and draft.is_pending
    assert not draft.can_propose
    draft.change(items=9)
    assert draft.can_propose and draft.before == START
    assert {one.setting for one in draft.differences} == {Setting.CUT_OVER, Setting.ITEMS}


def test_a_proposal_that_waits_is_not_begun_from_unless_it_is_taken_up() -> None:
    draft = Draft("lobby", START)
    with pytest.raises(ValueError, match="no proposal"):
        draft.take_up()
    draft.change(dwell=DwellPreset.SLOW)
    mine = draft.arrangement
    draft.meet(START, proposal(mine))
    assert draft.is_pending and not draft.can_propose and not draft.overtaken
    other = Draft("lobby", START, proposal(mine))
    assert other.arrangement == START and not other.is_pending
    other.take_up()
    assert other.arrangement == mine and not other.changed and not other.can_propose
    # Approved elsewhere meanwhile: what was edited before stays, and it is said.
    other.change(items=4)
    other.meet(START, proposal(LATER, State.APPROVED))
    assert other.overtaken and other.arrangement.items == 4


def test_drafts_belong_to_a_session_and_a_board() -> None:
    drafts = Drafts()
    lobby = drafts.of("lobby", START)
    lobby.change(items=3)
    assert drafts.of("lobby", START) is lobby and drafts.of("hall", START) is not lobby
    drafts.of("lobby", LATER)
    assert lobby.overtaken
    drafts.forget()
    assert not drafts.of("lobby", START).changed


def test_without_a_decision_what_the_technician_set_is_in_force() -> None:
    found = in_force_of(Standing(), ScheduleSettings(characters_per_second=3.0))
    assert (found.cut_over, found.characters_per_second) == (time(8, 30), 3.0)


def test_what_would_be_lost_is_counted_until_it_is_submitted() -> None:
    drafts = Drafts()
    lobby, hall = drafts.of("lobby", START), drafts.of("hall", START)
    assert drafts.unsubmitted == 0
    lobby.change(items=12)
    lobby.pin("n1")
    hall.leave_out("n2")
    assert (lobby.unsubmitted, hall.unsubmitted, drafts.unsubmitted) == (2, 1, 3)
    # Submitted: it waits, and nothing of it is lost.
    lobby.meet(START, proposal(lobby.arrangement))
    assert drafts.unsubmitted == 1
    lobby.unpin("n1")
    assert drafts.unsubmitted == 2
    hall.begin_anew()
    assert drafts.unsubmitted == 1
    drafts.forget()
    assert drafts.unsubmitted == 0
