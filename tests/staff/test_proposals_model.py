"""Proposals as staff read them: states and reasons in words, and only acts that would count."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from display.arrangement import Choices
from display.decisions import Account, Decision
from display.standing import Proposal, State, standing
from kiosk.settings import Settings
from kiosk.staff import wording
from kiosk.staff.proposals import model, neutral_model
from kiosk.staff.proposals.model import Act, NotTaken, Seen
from kiosk.staff.proposals.reading import boards_of, read_seen, read_summary
from kiosk.sync.contract import Change, Page, Revision, notice_document
from kiosk.sync.decision import account_of
from kiosk.sync.staff import StaffAccount, StaffKey, StaffRole
from kiosk.words import Words, load
from tests.display.deciding import (
    BOARD,
    FASTER,
    FASTEST,
    NOON,
    START,
    TOMORROW,
    YEAR,
    Maker,
)
from tests.display.test_standing import HOUR, histories
from tests.staff.edition_store import notice
from tests.staff.test_proposing import START as BEGIN
from tests.staff.test_proposing import Hall

WORDS: Words = load("zh")
KEY = StaffKey(salt="ab" * 16, time_cost=1, memory_kib=1024, lanes=1, public="0" * 64)
EDITOR, APPROVER, SUPERVISOR = StaffRole.EDITOR, StaffRole.APPROVER, StaffRole.SUPERVISOR


def person(key: str, *roles: StaffRole, days: float = 365) -> StaffAccount:
    return StaffAccount(
        key=key,
        name=f"{key[0]}某",
        roles=roles,
        valid_from=NOON - YEAR,
        expires_at=NOON + timedelta(days=days),
        card="1" * 64,
        signs=KEY,
        changed_at=NOON,
    )


ANNA = person("anna0001", EDITOR, APPROVER)
BORIS = person("boris001", EDITOR, APPROVER, SUPERVISOR)
CARLA = person("carla001", SUPERVISOR)
EVE = person("eve00001", EDITOR)
PEOPLE = {one.key: one for one in (ANNA, BORIS, CARLA, EVE)}
ACCOUNTS: dict[str, Account] = {key: account_of(one) for key, one in PEOPLE.items()}


def seen_of(made: list[Decision], now: datetime, **more: Any) -> Seen:
    found = standing(BOARD, made, ACCOUNTS, now)
    given: dict[str, Any] = {"confirmed": frozenset(one.id for one in made), **more}
    return Seen(BOARD, now, found, **given)


def deciding(maker: Maker, act: Act, proposal: Proposal, who: StaffAccount, at: datetime) -> Any:
    by = ACCOUNTS[who.key]
    match act:
        case Act.APPROVE:
            return maker.approve(proposal.proposed, by, at)
        case Act.REFUSE:
            return maker.refuse(proposal.proposed, by, at)
        case Act.WITHDRAW:
            return maker.take_back(proposal.proposed, by, at)
        case Act.WITHDRAW_APPROVAL:
            assert proposal.approved is not None
            return maker.unapprove(proposal.approved, by, at)


@given(histories(), st.integers(0, 72))
def test_whatever_is_offered_would_count(made: list[Decision], hours: int) -> None:
    now = max(one.at for one in made) + hours * HOUR
    seen = seen_of(made, now)
    for proposal in seen.standing.proposals:
        for who in PEOPLE.values():
            for act in model.acts(proposal, who):
                maker = Maker()
                maker.made = list(made)
                decision = deciding(maker, act, proposal, who, now)
                judged = standing(BOARD, maker.made, ACCOUNTS, now).judged[decision.id]
                assert judged.outcome == "counted", (act, proposal.state, judged)


@given(histories(), st.integers(0, 72), st.sampled_from(["zh", "en"]))
def test_anything_can_be_told_in_both_languages(
    made: list[Decision], hours: int, language: str
) -> None:
    """Every state has its badge, and, opened, a sentence on what it means."""
    now, words = max(one.at for one in made) + hours * HOUR, load(language)
    seen = seen_of(made, now, confirmed=frozenset())
    rows = model.rows(seen, words)
    assert [row.id for row in rows] == sorted((row.id for row in rows), reverse=True)
    for row in rows:
        proposal = model.proposal_of(seen, row.id)
        assert proposal is not None
        found = model.detail(seen, proposal, BORIS, now, words)
        assert found.told and found.story and row.state == found.state
        assert all("{" not in text for text in (*found.told, found.denied))
    neutral_model.held_of(seen, BORIS, words, proven=True)


def opened(maker: Maker, now: datetime = NOON, who: StaffAccount = BORIS, **more: Any) -> Any:
    seen = seen_of(maker.made, now, **more)
    proposal = seen.standing.proposals[0]
    return model.detail(seen, proposal, who, now, WORDS)


def test_who_may_do_what_about_a_proposal_that_waits() -> None:
    maker = Maker()
    maker.propose(ACCOUNTS[ANNA.key])
    assert opened(maker, who=ANNA).acts == (Act.WITHDRAW,)
    assert set(opened(maker, who=BORIS).acts) == {Act.APPROVE, Act.REFUSE}
    assert opened(maker, who=CARLA).acts == opened(maker, who=EVE).acts == ()
    assert opened(maker, who=ANNA).denied == WORDS["outcome.own_proposal"]
    assert opened(maker, who=CARLA).denied == WORDS["proposals.no_right"]
    assert opened(maker, who=BORIS).denied == ""
    late = person(BORIS.key, APPROVER, days=0)
    assert opened(maker, who=late).denied == WORDS["fault.expired"]


def test_who_approved_takes_it_back_and_another_one_can_refuse_it_until_it_is_in_force() -> None:
    maker = Maker()
    proposed = maker.propose(ACCOUNTS[ANNA.key])
    maker.approve(proposed, ACCOUNTS[BORIS.key])
    assert opened(maker, who=BORIS).acts == (Act.WITHDRAW_APPROVAL,)
    assert opened(maker, who=ANNA).acts == (Act.WITHDRAW,)
    assert opened(maker, who=person("dora0001", APPROVER)).acts == (Act.REFUSE,)
    assert opened(maker, now=TOMORROW, who=BORIS).acts == ()
    assert opened(maker, now=TOMORROW).told == ("从 2026-11-24 08:30 起生效，现在有效。",)


def test_without_proven_time_nothing_is_offered_and_it_is_said() -> None:
    maker = Maker()
    maker.propose(ACCOUNTS[ANNA.key])
    seen = seen_of(maker.made, NOON)
    found = model.detail(seen, seen.standing.proposals[0], BORIS, None, WORDS)
    assert found.acts == () and found.denied == WORDS["proposals.no_time"]


def test_a_question_names_what_comes_into_force_and_when() -> None:
    maker = Maker()
    proposed = maker.propose(ACCOUNTS[ANNA.key])
    seen = seen_of(maker.made, NOON, first_day=date(2026, 11, 24))
    said = model.question(Act.APPROVE, seen.standing.proposals[0], seen, NOON, WORDS)
    assert said.split("\n") == [
        "滚动速度：4 字/秒 → 5 字/秒",
        "从 2026-11-24 08:30 起生效。",
        "首次用于 2026-11-24 星期二 08:30 的节目单。",
    ]
    many = START.changed(choices=Choices(pinned=tuple(f"n{number}" for number in range(20))))
    maker.propose(ACCOUNTS[ANNA.key], after=many)
    seen = seen_of(maker.made, NOON)
    lines = model.question(Act.APPROVE, seen.standing.proposals[0], seen, NOON, WORDS).split("\n")
    assert lines[model.MOST_TOLD] == "……另有 15 项"
    assert model.summary(proposed, WORDS) == "滚动速度：4 字/秒 → 5 字/秒"
    assert model.rows(seen, WORDS)[0].what == "置顶（共 20 项）"


def test_what_is_known_only_here_or_not_taken_is_marked() -> None:
    maker = Maker()
    first = maker.propose(ACCOUNTS[ANNA.key])
    approved = maker.approve(first, ACCOUNTS[BORIS.key])
    here = opened(maker, confirmed=frozenset())
    assert all("尚未送达中心" in line.text for line in here.story)
    reason = NotTaken(approved, "base_not_in_force: since yesterday")
    seen = seen_of([first], NOON, refused=(reason,))
    found = model.detail(seen, seen.standing.proposals[0], BORIS, NOON, WORDS)
    assert found.story[1].tone == "attention"
    assert WORDS["outcome.base_not_in_force"] in found.story[1].text
    assert model.still_counts(approved.id, seen, WORDS) == WORDS["outcome.base_not_in_force"]
    lost = seen_of([], NOON, refused=(NotTaken(first, "signature: another key"),))
    (row,) = model.rows(lost, WORDS)
    assert row.state == "中心未接受" and not row.unconfirmed
    found = model.detail(lost, model.proposal_of(lost, row.id), BORIS, NOON, WORDS)
    assert found.told == (WORDS["not_accepted.signature"],) and found.acts == ()


def test_a_void_from_elsewhere_is_told_of_one_s_own_decision() -> None:
    maker = Maker()
    first = maker.propose(ACCOUNTS[ANNA.key])
    approved = maker.approve(first, ACCOUNTS[BORIS.key])
    assert model.still_counts(approved.id, seen_of(maker.made, NOON), WORDS) == ""
    other = maker.propose(ACCOUNTS[EVE.key], NOON - HOUR, after=FASTEST)
    between = other.model_copy(update={"id": first.id[:-1] + ("f" if first.id[-1] != "f" else "e")})
    seen = seen_of([*maker.made[:2], between], NOON)
    assert model.still_counts(approved.id, seen, WORDS) == WORDS["outcome.replaced"]


def test_what_is_opened_unasked_is_what_waits() -> None:
    maker = Maker()
    assert model.opened_first(seen_of([], NOON)) == ""
    waits = maker.propose(ACCOUNTS[ANNA.key])
    maker.approve(waits, ACCOUNTS[BORIS.key])
    stale = maker.propose(ACCOUNTS[ANNA.key], TOMORROW, after=FASTEST, before=FASTEST)
    seen = seen_of(maker.made, TOMORROW + HOUR)
    assert model.proposal_of(seen, stale.id).state is State.VOID  # type: ignore[union-attr]
    assert model.opened_first(seen) == stale.id
    new = maker.propose(ACCOUNTS[ANNA.key], TOMORROW + HOUR, after=FASTEST, before=FASTER)
    void = maker.propose(ACCOUNTS[ANNA.key], TOMORROW + HOUR, before=START)
    seen = seen_of(maker.made, TOMORROW + HOUR)
    assert seen.standing.proposals[0].proposed.id == void.id
    assert model.opened_first(seen) == new.id


def test_neutral_is_told_with_by_whom_and_why_and_who_may_end_it() -> None:
    maker = Maker()
    word = maker.neutral(ACCOUNTS[BORIS.key])
    seen = seen_of(maker.made, NOON)
    found = neutral_model.held_of(seen, BORIS, WORDS, proven=True)
    assert found.held and found.may_end and not found.may_start, "it is held, and heard of"
    unheard = replace(seen, confirmed=frozenset())
    found = neutral_model.held_of(unheard, BORIS, WORDS, proven=True)
    assert found.held and found.may_end and found.may_start, "another try"
    found = neutral_model.held_of(seen, BORIS, WORDS, proven=True)
    assert found.lines[0].text == "2026-11-23 12:00　b** 要求：误播"
    technician = person("tom00001", StaffRole.TECHNICIAN)
    found = neutral_model.held_of(seen, technician, WORDS, proven=True)
    assert not found.may_end and found.denied == WORDS["neutral.no_end"]
    desk = neutral_model.held_of(seen, person("desk0001", StaffRole.DESK), WORDS, proven=True)
    assert not desk.may_start and desk.denied == WORDS["neutral.no_start"]
    unproven = neutral_model.held_of(seen, BORIS, WORDS, proven=False)
    assert not unproven.may_start and not unproven.may_end
    lost = seen_of([], NOON, refused=(NotTaken(word, "expired: the account"),))
    (_, why) = neutral_model.held_of(lost, BORIS, WORDS, proven=True).lines
    assert WORDS["fault.expired"] in why.text


# From the store


@pytest.fixture
def hall(tmp_path: Path, centre: Any) -> Iterator[Hall]:
    made = Hall(tmp_path, centre)
    yield made
    for pc in (made.a, made.b, made.board):
        pc.store.close()


def settings_of(**more: Any) -> Settings:
    centre = {"name": "交易中心", "region": "210400", "site": "main"}
    return Settings.model_validate({"centre": centre, **more})


LED = {"name": "lobby", "card": "bx-k", "port": "/dev/none", "width": 192, "height": 32}


def test_one_s_own_is_not_counted_as_waiting_for_one(hall: Hall) -> None:
    settings, now = settings_of(), hall.clock()
    assert boards_of(hall.a.store, settings) == ()
    hall.propose(hall.a)
    assert boards_of(hall.a.store, settings_of(boards=[LED])) == ("lobby",)

    def awaiting(who: StaffAccount) -> int:
        return read_summary(hall.a.store, settings, who, now).awaiting

    assert (awaiting(hall.li), awaiting(hall.zhao), awaiting(hall.wang)) == (0, 1, 0)
    hall.approve(hall.a)
    assert awaiting(hall.zhao) == 0
    assert not read_summary(hall.a.store, settings, hall.zhao, now).neutral
    hall.a.of(hall.wang).neutral_now("lobby", wording.reason_to_record("repair"), now)
    held = read_summary(hall.a.store, settings, hall.zhao, now).neutral
    assert [word.by_name for word in held["lobby"].neutral] == ["王**"]


def test_titles_are_those_of_released_notices_and_cautions_those_of_the_next_edition(
    hall: Hall,
) -> None:
    now = hall.clock()
    changes = []
    for number, (id, at) in enumerate({"shown": now - HOUR, "secret": now + HOUR}.items(), 1):
        rev = f"1-{'a' * 32}"
        doc = {**notice_document(notice(id, published_at=at)), "_rev": rev}
        changes.append(Change(seq=f"{number}-e", id=id, changes=(Revision(rev=rev),), doc=doc))
    page = Page(results=tuple(changes), last_seq="2-e", pending=0, epoch="e", server_time=now)
    hall.a.store.apply_page("public-210400", page, now=now)
    chosen = Choices(pinned=("shown", "secret"))
    made = hall.propose(hall.a, after=BEGIN.changed(characters_per_second=5.5, choices=chosen))
    settings = settings_of(boards=[LED])
    seen = read_seen(hall.a.store, settings, "lobby", made.id, now, proven=True)
    assert set(seen.titles) == {"shown"}
    assert [one.caution for one in seen.cautions or ()] == ["too_fast"]
    # Told first when it is approved, and in a colour of its own, not among the changes.
    assert "超过 5 字/秒" in model.beware(Act.APPROVE, seen, WORDS)
    assert not model.beware(Act.REFUSE, seen, WORDS)
    assert seen.first_day == date(2026, 3, 18)
    assert made.id not in seen.confirmed
    unproven = read_seen(hall.a.store, settings, "lobby", made.id, now, proven=False)
    assert not unproven.titles and unproven.first_day is None
    hall.sync()
    assert made.id in read_seen(hall.a.store, settings, "lobby", "", now, proven=True).confirmed


def test_a_second_account_of_the_same_card_is_offered_no_approval() -> None:
    maker = Maker()
    maker.propose(ACCOUNTS[ANNA.key])
    seen = seen_of(maker.made, NOON)
    (proposal,) = seen.standing.proposals
    again = person("anna0002", EDITOR, APPROVER).model_copy(update={"person": ANNA.key})
    assert model.acts(proposal, again) == (Act.WITHDRAW,)
    assert model.denied(proposal, again, NOON, WORDS) == WORDS["outcome.own_proposal"]
