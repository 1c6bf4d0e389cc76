"""What was decided without a network, or signed later than it says, and then arrives."""

import random
import secrets
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from display.decisions import (
    DRIFT,
    MOST_ENDED,
    RANDOM_BYTES,
    Approved,
    Decision,
    ProposalWithdrawn,
    new_id,
)
from display.standing import Outcome, State, standing
from kiosk.boards.in_force import first_edition_day
from kiosk.central.decisions import NEUTRAL_FOR, publish
from kiosk.central.staff import change_roles, keep, prolong_account, remove_account
from kiosk.settings import Settings
from kiosk.staff.proposals.model import still_counts
from kiosk.staff.proposals.reading import read_seen
from kiosk.staff.proposing import WithoutEffect
from kiosk.sync.decision import (
    Sent,
    Unacceptable,
    code_of,
    decision_event,
    shown_name,
    sign_decision,
)
from kiosk.sync.events import ItemStatus
from kiosk.sync.staff import FormerKey, StaffAccount, StaffRole, public_half
from kiosk.words import load
from tests.display.test_standing import BOARD as PURE_BOARD
from tests.display.test_standing import CROWD, histories
from tests.staff.test_proposing import BOARD, DAY, SITE, Hall, Pc, key_of
from tests.staff.test_proposing import FASTER as OLDER
from tests.staff.test_proposing import START as BEGIN

NEWER = BEGIN.changed(characters_per_second=3.0)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def hall(tmp_path: Path, centre: Any) -> Iterator[Hall]:
    made = Hall(tmp_path, centre)
    yield made
    for pc in (made.a, made.b, made.board):
        pc.store.close()


def refused_at(hall: Hall, pc: Pc) -> list[Unacceptable | None]:
    """Newest first."""
    return [code_of(one.reason) for one in pc.store.refused_decisions(SITE)]


def said_by(hall: Hall, by: StaffAccount, at: datetime) -> dict[str, Any]:
    """What a decision of this person says that claims to be of that moment."""
    return {"board": BOARD, "by": by.key, "by_name": shown_name(by.name), "at": at}


def send(hall: Hall, decision: Decision) -> Unacceptable | None:
    """Straight to the server, rightly signed; None: it was taken."""
    signature = sign_decision(decision, SITE, key_of(decision.by))
    (item,) = hall.server.send_events([decision_event(decision, SITE, "X", signature)]).results
    assert (item.status is ItemStatus.STORED) is (code_of(item.detail) is None)
    return code_of(item.detail)


def test_a_late_approval_does_not_undo_what_is_in_force_and_is_told_where_it_was_made(
    hall: Hall,
) -> None:
    """A is cut off; B's newer change is on the board for a day when A comes back."""
    proposed = hall.propose(hall.a, after=OLDER)
    hall.approve(hall.a)
    hall.clock.pass_by(days=1)
    hall.propose(hall.b, after=NEWER)
    hall.approve(hall.b)
    for pc in (hall.b, hall.board):
        pc.sync()
    hall.clock.pass_by(days=1)
    assert hall.in_force(hall.board) == NEWER
    assert hall.in_force(hall.a) == OLDER, "A cannot know yet"
    hall.sync()
    for pc in (hall.a, hall.b, hall.board):
        assert hall.in_force(pc) == NEWER
    gone = [Unacceptable.UNKNOWN_SUBJECT, Unacceptable.BASE_NOT_IN_FORCE]
    assert refused_at(hall, hall.a) == gone
    words, now = load("zh"), hall.clock()
    settings = Settings.model_validate(
        {"centre": {"name": "中心", "region": "210400", "site": "main"}}
    )
    seen = read_seen(hall.a.store, settings, BOARD, "", now, proven=False)
    assert still_counts(proposed.id, seen, words) == words["outcome.base_not_in_force"]


def test_a_late_proposal_of_one_person_does_not_undo_what_two_persons_decided(hall: Hall) -> None:
    """It is newer than theirs, whose approval it could not know of."""
    hall.propose(hall.b, after=NEWER)
    hall.b.sync()
    hall.clock.pass_by(minutes=5)
    hall.propose(hall.a, after=OLDER)
    hall.clock.pass_by(minutes=5)
    hall.approve(hall.b)
    for pc in (hall.b, hall.board):
        pc.sync()
    hall.clock.pass_by(days=1)
    assert hall.in_force(hall.board) == NEWER
    hall.sync()
    for pc in (hall.a, hall.b, hall.board):
        assert hall.in_force(pc) == NEWER
    assert refused_at(hall, hall.a) == [Unacceptable.BASE_NOT_IN_FORCE]


def test_an_older_proposal_that_arrives_later_does_not_take_the_place_of_a_newer(
    hall: Hall,
) -> None:
    hall.propose(hall.a, after=OLDER)
    hall.approve(hall.a)
    hall.clock.pass_by(days=1)
    hall.propose(hall.b, after=NEWER)
    hall.b.sync()
    hall.sync()
    found = hall.b.of(hall.wang).standing(BOARD, hall.clock())
    assert found.pending is not None and found.pending.proposed.arrangement == NEWER
    assert refused_at(hall, hall.a) == [Unacceptable.UNKNOWN_SUBJECT, Unacceptable.REPLACED]


def test_late_without_anything_newer_is_taken_and_in_force_from_then_on(hall: Hall) -> None:
    """Also after a word for the neutral page, which touches no arrangement."""
    hall.propose(hall.a, after=OLDER)
    hall.approve(hall.a)
    hall.clock.pass_by(hours=1)
    hall.b.of(hall.wang).neutral_now(BOARD, "误播", hall.clock())
    hall.b.sync()
    hall.clock.pass_by(days=2)
    assert hall.in_force(hall.a) == OLDER, "its own board goes by it meanwhile"
    hall.sync()
    hall.clock.pass_by(seconds=1)
    assert hall.in_force(hall.board) == OLDER and refused_at(hall, hall.a) == []
    for pc in (hall.a, hall.board):
        found = pc.of(hall.wang).standing(BOARD, hall.clock()).in_force
        assert found is not None and hall.clock() - MINUTE < found.since < hall.clock()


def test_approved_just_before_the_cut_over_and_taken_just_after(hall: Hall) -> None:
    """The edition of that day was made already: the next one is the first."""
    hall.propose(hall.a)
    hall.sync()
    hall.clock.pass_by(hours=20, minutes=29)
    hall.approve(hall.b)
    cut_over = datetime.fromisoformat("2026-03-18T08:30:00+08:00")
    assert cut_over - 2 * MINUTE < hall.clock() < cut_over
    hall.clock.pass_by(minutes=5)
    hall.sync()
    found = hall.board.of(hall.wang).standing(BOARD, hall.clock() + MINUTE)
    assert found.in_force is not None and found.in_force.since > cut_over
    assert first_edition_day(found.proposals[0], lambda _: None) == date(2026, 3, 19)


@pytest.mark.parametrize("end", ["refuse", "withdraw_proposal"])
def test_a_late_approval_revives_nothing_that_was_refused_or_withdrawn(
    hall: Hall, end: str
) -> None:
    """Nor does it void what two persons approved after that."""
    hall.propose(hall.a, after=OLDER)
    hall.sync()
    hall.approve(hall.b)
    hall.clock.pass_by(days=1)
    pending = hall.a.of(hall.zhao).standing(BOARD, hall.clock()).pending
    assert pending is not None
    if end == "refuse":
        hall.a.of(hall.zhao).refuse(pending, "太快", hall.clock())
    else:
        hall.a.of(hall.li).withdraw_proposal(pending, hall.clock())
    hall.propose(hall.a, after=NEWER)
    hall.approve(hall.a)
    hall.a.sync()
    hall.clock.pass_by(minutes=10)
    hall.sync()
    tomorrow = hall.clock() + DAY
    assert hall.in_force(hall.board) is None
    assert hall.in_force(hall.board, tomorrow) == hall.in_force(hall.b, tomorrow) == NEWER
    assert refused_at(hall, hall.b) == [Unacceptable.ALREADY_DECIDED]


@pytest.mark.parametrize("kind", ["refuse", "withdraw_proposal", "withdraw_approval"])
def test_who_takes_something_back_too_late_undoes_nothing_and_is_told(
    hall: Hall, kind: str
) -> None:
    hall.propose(hall.a, after=OLDER)
    hall.sync()
    hall.approve(hall.b)
    hall.b.sync()
    hall.a.sync()
    pending = hall.a.of(hall.li).standing(BOARD, hall.clock()).pending
    assert pending is not None and pending.approved is not None
    match kind:
        case "refuse":
            hall.a.of(hall.zhao).refuse(pending, "太快", hall.clock())
        case "withdraw_proposal":
            hall.a.of(hall.li).withdraw_proposal(pending, hall.clock())
        case _:
            hall.a.of(hall.zhao).withdraw_approval(pending.approved, hall.clock())
    hall.clock.pass_by(days=1)
    hall.board.sync()
    assert hall.in_force(hall.board) == OLDER
    hall.sync()
    for pc in (hall.a, hall.board):
        assert hall.in_force(pc) == OLDER
    assert refused_at(hall, hall.a) == [Unacceptable.ALREADY_IN_FORCE]


def test_taken_back_in_time_counts_though_it_was_made_before_the_approval(hall: Hall) -> None:
    hall.propose(hall.a, after=OLDER)
    hall.sync()
    pending = hall.a.of(hall.li).standing(BOARD, hall.clock()).pending
    assert pending is not None
    hall.a.of(hall.li).withdraw_proposal(pending, hall.clock())
    hall.clock.pass_by(minutes=5)
    hall.approve(hall.b)
    hall.b.sync()
    hall.sync()
    assert hall.in_force(hall.board, hall.clock() + DAY) is None
    assert refused_at(hall, hall.a) == refused_at(hall, hall.b) == []


def test_a_withdrawn_approval_is_not_lost_through_another_ones_earlier(hall: Hall) -> None:
    """Zhao approves and thinks better of it; Sun, without a network, had approved before."""
    sun = hall.server.hire("sun00001", "孙批准", StaffRole.APPROVER)
    hall.propose(hall.a)
    hall.sync()
    pending = hall.b.of(sun).standing(BOARD, hall.clock()).pending
    assert pending is not None
    hall.b.of(sun).approve(pending, hall.clock())
    hall.clock.pass_by(minutes=1)
    approved = hall.approve(hall.a)
    assert isinstance(approved, Approved)
    hall.clock.pass_by(minutes=1)
    hall.a.of(hall.zhao).withdraw_approval(approved, hall.clock())
    hall.a.sync()
    hall.clock.pass_by(minutes=1)
    hall.sync()
    found = hall.board.of(hall.wang).standing(BOARD, hall.clock())
    assert found.pending is not None and found.pending.state is State.WAITING
    assert hall.in_force(hall.board, hall.clock() + DAY) is None
    assert refused_at(hall, hall.b) == [Unacceptable.ALREADY_DECIDED]


def test_nobody_backdates(hall: Hall) -> None:
    """The time in the id, the time that it says and the time at which it comes fit together."""
    now = hall.clock()
    proposed = hall.propose(hall.a)
    hall.sync()
    about = {"proposal": proposed.id, "proposal_digest": proposed.digest}

    def made(id_at: datetime, at: datetime, known: tuple[str, ...] = (proposed.id,)) -> Approved:
        id = new_id(id_at, secrets.token_bytes(RANDOM_BYTES), known)
        return Approved(id=id, **said_by(hall, hall.zhao, at), **about)

    hall.clock.pass_by(days=20)
    late = hall.clock()
    assert send(hall, made(late, late - 11 * DAY)) is Unacceptable.OUT_OF_ORDER
    assert send(hall, made(late, late - DRIFT - MINUTE)) is Unacceptable.OUT_OF_ORDER
    assert send(hall, made(now, late)) is Unacceptable.OUT_OF_ORDER
    before = made(now - DAY, now - DAY, ())
    assert send(hall, before) is Unacceptable.OUT_OF_ORDER, "before what it is about"
    assert send(hall, made(late, late - DRIFT + MINUTE)) is None


def test_one_editor_alone_undoes_nothing_by_an_old_id(hall: Hall) -> None:
    proposed = hall.propose(hall.a)
    hall.sync()
    hall.clock.pass_by(minutes=10)
    hall.approve(hall.b)
    hall.sync()
    hall.clock.pass_by(days=60)
    about = {"proposal": proposed.id, "proposal_digest": proposed.digest}
    id = new_id(proposed.at, secrets.token_bytes(RANDOM_BYTES), (proposed.id,))
    for at, code in (
        (hall.clock(), Unacceptable.OUT_OF_ORDER),
        (proposed.at, Unacceptable.ALREADY_IN_FORCE),
    ):
        taken_back = ProposalWithdrawn(id=id, **said_by(hall, hall.li, at), **about)
        assert send(hall, taken_back) is code
    hall.sync()
    assert hall.in_force(hall.board) == OLDER


@pytest.mark.parametrize("how", ["removed", "expired", "roles", "pin"])
def test_who_may_not_any_more_decides_nothing_late(hall: Hall, how: str) -> None:
    """What was made in time but not taken in time is not taken; a colleague does it again."""
    qian = hall.server.hire("qian0001", "钱批准", StaffRole.APPROVER, days=2)
    proposed = hall.propose(hall.a)
    hall.sync()
    at = hall.clock()
    database = hall.server.centre.database
    hall.clock.pass_by(days=1)
    code = Unacceptable.REMOVED
    if how == "removed":
        remove_account(database, SITE, qian.key, hall.clock())
    elif how == "expired":
        hall.clock.pass_by(days=5)
        code = Unacceptable.EXPIRED
    elif how == "pin":
        assert qian.signs is not None
        former = FormerKey(public=qian.signs.public, until=hall.clock())
        signs = qian.signs.model_copy(update={"public": public_half(key_of("another1"))})
        other = {"former": (former,), "signs": signs, "changed_at": hall.clock()}
        with database.writing() as connection:
            keep(connection, SITE, qian.model_copy(update=other), hall.server.signing_key())
        code = Unacceptable.SIGNATURE
    else:
        change_roles(database, SITE, qian.key, (StaffRole.EDITOR,), hall.clock())
        code = Unacceptable.NO_RIGHT
    approved = Approved(
        id=new_id(at, secrets.token_bytes(RANDOM_BYTES), (proposed.id,)),
        **said_by(hall, qian, at),
        proposal=proposed.id,
        proposal_digest=proposed.digest,
    )
    assert send(hall, approved) is code
    hall.sync()
    assert hall.in_force(hall.board, hall.clock() + DAY) is None


def test_a_terminal_examines_the_times_too(hall: Hall) -> None:
    """As if another server had brought what this one would not have taken."""
    proposed = hall.propose(hall.a)
    hall.sync()
    about = {"proposal": proposed.id, "proposal_digest": proposed.digest}
    now = hall.clock()
    id = new_id(now, secrets.token_bytes(RANDOM_BYTES), (proposed.id,))
    database = hall.server.centre.database
    remove_account(database, SITE, hall.zhao.key, now - DAY)
    wrong = Approved(id=id, **said_by(hall, hall.zhao, now - 2 * DAY), **about)
    signature = sign_decision(wrong, SITE, key_of(hall.zhao.key))
    with database.writing() as connection:
        publish(connection, Sent(channel=SITE, decision=wrong, signature=signature), now)
    hall.board.sync()
    assert hall.in_force(hall.board, now + 2 * DAY) is None


def test_other_roles_and_a_later_end_leave_what_was_decided(hall: Hall, tmp_path: Path) -> None:
    """Also on a terminal that never knew the account otherwise."""
    hall.propose(hall.a)
    hall.sync()
    hall.approve(hall.b)
    hall.sync()
    hall.clock.pass_by(days=1)
    database = hall.server.centre.database
    changed = change_roles(database, SITE, hall.zhao.key, (StaffRole.DESK,), hall.clock())
    assert (changed.key, changed.roles) == (hall.zhao.key, (StaffRole.DESK,))
    later = hall.clock() + 900 * DAY
    prolonged = prolong_account(database, SITE, hall.zhao.key, later, hall.clock())
    assert (prolonged.key, prolonged.signs) == (hall.zhao.key, hall.zhao.signs)
    assert (prolonged.expires_at, prolonged.roles) == (later, (StaffRole.DESK,))
    hall.sync()
    new = Pc(tmp_path, "new", hall.server)
    new.sync()
    for pc in (hall.board, new):
        assert hall.in_force(pc) == OLDER
    new.store.close()


def test_nobody_approves_their_own_with_a_new_account_of_the_same_card(hall: Hall) -> None:
    proposed = hall.propose(hall.a)
    hall.sync()
    database = hall.server.centre.database
    remove_account(database, SITE, hall.li.key, hall.clock())
    hall.clock.pass_by(minutes=1)
    again = hall.server.hire("li000002", "李编排", StaffRole.EDITOR, StaffRole.APPROVER)
    again = again.model_copy(update={"person": hall.li.key})
    with database.writing() as connection:
        keep(connection, SITE, again, hall.server.signing_key())
    hall.sync()
    pending = hall.a.of(again).standing(BOARD, hall.clock()).pending
    assert pending is not None
    with pytest.raises(WithoutEffect, match="own_proposal"):
        hall.a.of(again).approve(pending, hall.clock())
    about = {"proposal": proposed.id, "proposal_digest": proposed.digest}
    id = new_id(hall.clock(), secrets.token_bytes(RANDOM_BYTES), (proposed.id,))
    own = Approved(id=id, **said_by(hall, again, hall.clock()), **about)
    assert send(hall, own) is Unacceptable.OWN_PROPOSAL


def test_a_stale_word_takes_no_board_but_one_that_it_has_held_all_the_while(hall: Hall) -> None:
    hall.a.of(hall.wang).neutral_now(BOARD, "误播", hall.clock())
    hall.clock.pass_by(hours=NEUTRAL_FOR / timedelta(hours=1), minutes=1)
    hall.sync()
    assert not hall.board.of(hall.wang).standing(BOARD, hall.clock()).neutral
    assert refused_at(hall, hall.a) == [Unacceptable.TOO_LATE]
    hall.board.boards = (BOARD,)
    hall.board.of(hall.wang).neutral_now(BOARD, "误播", hall.clock())
    hall.clock.pass_by(days=3)
    hall.sync()
    for pc in (hall.a, hall.board):
        assert pc.of(hall.wang).standing(BOARD, hall.clock()).neutral
    assert refused_at(hall, hall.board) == []


def test_more_words_than_one_decision_ends_are_all_ended(hall: Hall) -> None:
    who = hall.a.of(hall.wang)
    for _ in range(MOST_ENDED + 1):
        who.neutral_now(BOARD, "误播", hall.clock())
    who.end_neutral(BOARD, hall.clock())
    assert not who.standing(BOARD, hall.clock()).neutral


def test_the_server_has_a_code_for_all_that_would_not_count() -> None:
    said = {one.value for one in Outcome} - {Outcome.COUNTED, Outcome.ACCOUNT}
    assert said <= {one.value for one in Unacceptable}


@given(histories(), st.randoms(use_true_random=False), st.integers(1, 14))
def test_what_the_centre_takes_later_changes_nothing_that_was_in_force(
    made: list[Decision], chance: random.Random, first: int
) -> None:
    """Whatever arrives, in whatever order: only what comes after is decided by it."""
    arrived = list(made)
    chance.shuffle(arrived)
    begin = max(one.at for one in made)
    accepted = {one.id: begin + n * timedelta(hours=5) for n, one in enumerate(arrived)}
    some, now = arrived[:first], accepted[arrived[:first][-1].id]
    before = standing(PURE_BOARD, some, CROWD, now, accepted=accepted)
    after = standing(PURE_BOARD, made, CROWD, now + 365 * DAY, accepted=accepted)
    was = [one for one in before.times if one.since <= now]
    assert list(after.times[: len(was)]) == was
    assert all(one.since >= accepted[one.approved.id] for one in after.times)
    for one in some:
        assert after.judged[one.id] == before.judged[one.id]
    starts = [one.since for one in after.times]
    assert starts == sorted(starts)
