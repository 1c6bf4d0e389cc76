"""Proposed on one PC, approved on another, known on a third: through outbox, server and feed."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from display.arrangement import (
    MOST_CHOICES,
    MOST_EXCEPTIONS,
    Arrangement,
    CalendarException,
    Choices,
    Dwell,
    EditionDays,
    NotAllowed,
)
from display.decisions import DECISION, Decision, Fault, Right, new_id
from display.edition import Edition, Page
from display.screen import ScreenHours
from display.standing import Outcome, State
from display.working_days import WorkingCalendar
from display.working_days_table import DayKind
from kiosk.boards.in_force import first_edition_day
from kiosk.central.events import take
from kiosk.central.feeds import changes_since
from kiosk.central.keyring import keyring_of
from kiosk.central.schema import staff
from kiosk.central.site import publish_keys, take_back
from kiosk.central.staff import keep, remove_account
from kiosk.staff.accounts import TimeNotProven
from kiosk.staff.proposing import Deciding, NothingChanged, WithoutEffect
from kiosk.store.terminal import TerminalStore
from kiosk.sync.contract import BEGINNING, CONTROL
from kiosk.sync.contract import Page as FeedPage
from kiosk.sync.decision import (
    RIGHTS,
    Unacceptable,
    code_of,
    decision_event,
    read_decision,
    rights_of,
    shown_name,
    sign_decision,
)
from kiosk.sync.events import BATCH, MAX_EVENTS_BYTES, BatchAnswer, Event, ItemStatus
from kiosk.sync.pull import pull_once
from kiosk.sync.push import push_once
from kiosk.sync.staff import StaffAccount, StaffKey, StaffRole, public_half

SITE, BOARD = "site-main", "lobby"
COMPUTED = {"salt": "ab" * 16, "time_cost": 1, "memory_kib": 1024, "lanes": 1}
START = Arrangement(
    cut_over=time(8, 30), days=EditionDays.WORKING, characters_per_second=4.0, items=30
)
FASTER = START.changed(characters_per_second=5.0)
NOTHING_SHOWN = Edition(
    board=BOARD,
    day=date(2026, 3, 18),
    cut_over_at=datetime.fromisoformat("2026-03-18T08:30:00+08:00"),
    cell=16,
    pixels_per_second=64.0,
    pages=(),
)
DAY = timedelta(days=1)


def key_of(account: str) -> Ed25519PrivateKey:
    """With which the tests let the account of this key sign, instead of one of card and PIN."""
    return Ed25519PrivateKey.from_private_bytes(account.ljust(32).encode())


class Server:
    """The centre's server, as a terminal's sync speaks to it, without a network."""

    def __init__(self, centre: Any) -> None:
        self.centre = centre
        self.down = False

    def send_events(self, batch: Sequence[Event]) -> BatchAnswer:
        wire = [event.model_dump(mode="json") for event in batch]
        return take(self.centre.database, wire, self.centre.clock())

    def changes(self, channel: str, since: str, *, longpoll_s: float | None = None) -> FeedPage:
        return changes_since(
            self.centre.database,
            channel,
            since or BEGINNING,
            limit=100,
            include_docs=True,
            now=self.centre.clock(),
        )

    def signing_key(self) -> Ed25519PrivateKey:
        return keyring_of(self.centre.database).signing_key()

    def hire(self, key: str, name: str, *roles: StaffRole, days: int = 300) -> StaffAccount:
        now = self.centre.clock()
        account = StaffAccount(
            key=key,
            name=name,
            roles=roles,
            valid_from=now - DAY,
            expires_at=now + days * DAY,
            card=key[0].encode().hex() * 32,
            signs=StaffKey(**COMPUTED, public=public_half(key_of(key))),
            changed_at=now,
        )
        keyring = keyring_of(self.centre.database)
        publish_keys(self.centre.database, SITE, keyring.public_keys())
        with self.centre.database.writing() as connection:
            return keep(connection, SITE, account, keyring.signing_key())


class Pc:
    """A terminal with its store."""

    def __init__(self, folder: Path, name: str, server: Server) -> None:
        self.name, self.server = name, server
        self.boards: tuple[str, ...] = ()
        self.store = TerminalStore(folder / name / "terminal.db")

    def sync(self) -> None:
        clocks = self.server.centre.reading
        push_once(self.store, self.server)
        pull_once(self.store, self.server, [CONTROL, SITE], clocks)

    def of(self, account: StaffAccount, *, alone: bool = False) -> Deciding:
        key = key_of(account.key)
        return Deciding(
            self.store,
            account,
            key,
            terminal=self.name,
            site="main",
            alone=alone,
            boards=self.boards,
        )


class Hall:
    """Three PCs and three people."""

    def __init__(self, folder: Path, centre: Any) -> None:
        self.server = Server(centre)
        self.clock = centre.clock
        self.li = self.server.hire("li000001", "李编排", StaffRole.EDITOR, StaffRole.APPROVER)
        self.zhao = self.server.hire("zhao0001", "赵批准", StaffRole.APPROVER)
        self.wang = self.server.hire("wang0001", "王监督", StaffRole.SUPERVISOR)
        self.a, self.b, self.board = (Pc(folder, name, self.server) for name in ("A", "B", "LED"))
        self.sync()

    def sync(self) -> None:
        for pc in (self.a, self.b, self.board, self.a, self.b):
            pc.sync()

    def in_force(self, pc: Pc, at: datetime | None = None) -> Arrangement | None:
        found = pc.of(self.wang).standing(BOARD, at or self.clock()).in_force
        return None if found is None else found.arrangement

    def propose(self, pc: Pc, after: Arrangement = FASTER, before: Arrangement = START) -> Decision:
        return pc.of(self.li).propose(BOARD, before, after, self.clock(), NOTHING_SHOWN)

    def approve(self, pc: Pc) -> Decision:
        pending = pc.of(self.zhao).standing(BOARD, self.clock()).pending
        assert pending is not None
        return pc.of(self.zhao).approve(pending, self.clock())


@pytest.fixture
def hall(tmp_path: Path, centre: Any) -> Iterator[Hall]:
    made = Hall(tmp_path, centre)
    yield made
    for pc in (made.a, made.b, made.board):
        pc.store.close()


def test_proposed_here_approved_there_in_force_where_the_board_is(hall: Hall) -> None:
    hall.propose(hall.a)
    hall.a.sync()
    hall.b.sync()
    hall.approve(hall.b)
    hall.b.sync()
    assert hall.in_force(hall.board) is None, "the board's terminal was offline all the while"
    tomorrow = hall.clock() + DAY
    hall.board.sync()
    assert hall.in_force(hall.board) is None, "today's edition stays"
    for pc in (hall.a, hall.b, hall.board):
        pc.sync()
        assert hall.in_force(pc, tomorrow) == FASTER
    found = hall.board.of(hall.wang).standing(BOARD, tomorrow).in_force
    assert found is not None
    assert (found.proposed.by_name, found.approved.by_name) == ("李**", "赵**")
    pending = hall.a.of(hall.li).standing(BOARD, hall.clock()).proposals[0]
    assert first_edition_day(pending, lambda _: None) == date(2026, 3, 18)


def test_the_board_meanwhile_offline_keeps_what_it_knows_and_a_proposal_is_no_change(
    hall: Hall,
) -> None:
    hall.propose(hall.a)
    hall.sync()
    tomorrow = hall.clock() + DAY
    for pc in (hall.a, hall.b, hall.board):
        assert hall.in_force(pc, tomorrow) is None
        standing = pc.of(hall.zhao).standing(BOARD, tomorrow)
        assert standing.pending is not None
        assert standing.pending.state is State.WAITING


def test_a_decision_counts_here_at_once_and_is_not_kept_if_it_would_not_count(hall: Hall) -> None:
    hall.propose(hall.a)
    own = hall.a.of(hall.li)
    pending = own.standing(BOARD, hall.clock()).pending
    assert pending is not None
    with pytest.raises(WithoutEffect) as refused:
        own.approve(pending, hall.clock())
    assert refused.value.judged.outcome is Outcome.OWN_PROPOSAL
    with pytest.raises(WithoutEffect) as unfit:
        hall.a.of(hall.wang).approve(pending, hall.clock())
    assert unfit.value.judged.fault is Fault.NO_RIGHT
    with pytest.raises(TimeNotProven):
        hall.a.of(hall.zhao).approve(pending, None)
    assert hall.a.store.owed().waiting == 1
    hall.a.of(hall.zhao).approve(pending, hall.clock())
    assert hall.in_force(hall.a, hall.clock() + DAY) == FASTER
    assert hall.in_force(hall.b, hall.clock() + DAY) is None


def test_nothing_changed_and_a_dwell_too_short_for_its_words_are_not_proposed(hall: Hall) -> None:
    li = hall.a.of(hall.li)
    with pytest.raises(NothingChanged):
        li.propose(BOARD, START, START, hall.clock(), NOTHING_SHOWN)
    page = Page(
        notice_id="n1",
        heading="",
        line="字" * 20,
        scrolls=False,
        seconds=7.0,
        published_at=hall.clock(),
        official_url="",
    )
    short = START.changed(choices=Choices(dwell=(Dwell(notice_id="n1", seconds=6.9),)))
    with pytest.raises(NotAllowed, match="too_short"):
        preview = NOTHING_SHOWN.model_copy(update={"pages": (page,)})
        li.propose(BOARD, START, short, hall.clock(), preview)


def test_who_was_removed_meanwhile_is_refused_by_the_server_and_counts_nowhere(hall: Hall) -> None:
    hall.propose(hall.a)
    hall.a.sync()
    hall.b.sync()
    remove_account(hall.server.centre.database, SITE, hall.zhao.key, hall.clock())
    hall.clock.pass_by(minutes=1)
    approved = hall.approve(hall.b)
    tomorrow = hall.clock() + DAY
    assert hall.in_force(hall.b, tomorrow) == FASTER, "it cannot know yet"
    hall.b.sync()
    assert hall.in_force(hall.b, tomorrow) is None
    (refused,) = hall.b.store.refused_decisions(SITE)
    assert refused.decision == approved
    assert code_of(refused.reason) is Unacceptable.REMOVED
    assert hall.b.store.owed().parked == 1


def test_an_account_that_left_the_feed_counts_no_more_for_what_the_server_has_not_taken(
    hall: Hall,
) -> None:
    hall.propose(hall.a)
    hall.sync()
    hall.approve(hall.b)
    zhao, tomorrow = hall.b.of(hall.zhao), hall.clock() + DAY
    assert zhao.standing(BOARD, tomorrow).in_force is not None
    remove_account(hall.server.centre.database, SITE, hall.zhao.key, hall.clock() - DAY / 24)
    pull_once(hall.b.store, hall.server, [CONTROL, SITE], hall.server.centre.reading)
    assert zhao.standing(BOARD, tomorrow).in_force is None


def test_who_leaves_later_takes_no_approval_along(hall: Hall, tmp_path: Path) -> None:
    hall.propose(hall.a)
    hall.a.sync()
    hall.b.sync()
    hall.approve(hall.b)
    hall.sync()
    hall.clock.pass_by(minutes=1)
    for one in (hall.li, hall.zhao):
        remove_account(hall.server.centre.database, SITE, one.key, hall.clock())
    hall.clock.pass_by(days=400)
    hall.sync()
    assert hall.in_force(hall.board) == FASTER
    new = Pc(tmp_path, "new", hall.server)
    new.sync()
    assert hall.in_force(new) == FASTER, "also where they were never known"
    new.store.close()
    with hall.server.centre.database.writing() as connection:
        connection.execute(staff.delete())
        take_back(connection, SITE, f"staff:{hall.zhao.key}")
    hall.sync()
    assert hall.in_force(hall.board) == FASTER


def test_neutral_reaches_every_terminal_and_wakes_it_through_the_control_channel(
    hall: Hall,
) -> None:
    before = hall.server.changes(CONTROL, BEGINNING).last_seq
    hall.a.of(hall.wang).neutral_now(BOARD, "误播", hall.clock())
    hall.a.sync()
    assert hall.server.changes(CONTROL, before).results, "what terminals wait for by a long poll"
    hall.board.sync()
    assert hall.board.of(hall.wang).standing(BOARD, hall.clock()).neutral
    hall.b.sync()
    hall.b.of(hall.zhao).end_neutral(BOARD, hall.clock())
    with pytest.raises(WithoutEffect):
        hall.b.of(hall.zhao).end_neutral(BOARD, hall.clock())
    hall.b.sync()
    hall.board.sync()
    assert not hall.board.of(hall.wang).standing(BOARD, hall.clock()).neutral


def test_what_is_reckoned_once_is_reckoned_anew_when_something_changed(hall: Hall) -> None:
    li, zhao = hall.a.of(hall.li), hall.a.of(hall.zhao)
    assert zhao.standing(BOARD, hall.clock()).pending is None
    li.propose(BOARD, START, FASTER, hall.clock(), NOTHING_SHOWN)
    pending = zhao.standing(BOARD, hall.clock()).pending
    assert pending is not None
    zhao.approve(pending, hall.clock())
    before = zhao.standing(BOARD, hall.clock())
    assert zhao.standing(BOARD, hall.clock() + timedelta(minutes=1)) is before
    assert before.in_force is None
    found = zhao.standing(BOARD, hall.clock() + DAY)
    assert found.in_force is not None
    assert zhao.standing(BOARD, hall.clock()) == before


def test_two_approved_while_offline_come_out_alike_everywhere(hall: Hall) -> None:
    """A and B do not hear each other; each has a second person at hand."""
    other = START.changed(characters_per_second=3.0)
    hall.propose(hall.a)
    hall.approve(hall.a)
    hall.clock.pass_by(hours=1)
    hall.propose(hall.b, after=other)
    hall.approve(hall.b)
    tomorrow = hall.clock() + DAY
    assert (hall.in_force(hall.a, tomorrow), hall.in_force(hall.b, tomorrow)) == (FASTER, other)
    hall.sync()
    found = [pc.of(hall.wang).standing(BOARD, tomorrow) for pc in (hall.a, hall.b, hall.board)]
    assert found[0] == found[1] == found[2]
    assert found[0].in_force is not None
    assert found[0].in_force.arrangement == other, "the newer one has replaced what waited"
    assert found[0].proposals[1].state is State.REPLACED


def test_a_restored_server_makes_no_terminal_forget(hall: Hall) -> None:
    hall.propose(hall.a)
    hall.approve(hall.a)
    hall.sync()
    tomorrow = hall.clock() + DAY
    hall.board.store.expire_cursor(SITE)
    empty = FeedPage(results=(), last_seq="0-new", pending=0, epoch="new", server_time=hall.clock())
    hall.board.store.apply_page(SITE, empty, now=hall.clock())
    assert hall.in_force(hall.board, tomorrow) == FASTER


def test_a_terminal_without_a_server_works_alone(hall: Hall) -> None:
    li, zhao = (hall.a.of(one, alone=True) for one in (hall.li, hall.zhao))
    li.propose(BOARD, START, FASTER, hall.clock(), NOTHING_SHOWN)
    pending = zhao.standing(BOARD, hall.clock()).pending
    assert pending is not None
    zhao.approve(pending, hall.clock())
    assert hall.in_force(hall.a, hall.clock() + DAY) == FASTER
    assert hall.a.store.owed().waiting == 0


def sent(hall: Hall, made: Decision, signed_by: str | None = None, **more: Any) -> dict[str, Any]:
    """As a terminal sends it, signed by whoever it names, unless told otherwise."""
    changed = {name: value for name, value in more.items() if name != "channel"}
    wire = decision_event(made, SITE, "A", "").model_dump(mode="json")
    wire["data"]["decision"] |= changed
    channel = wire["data"]["channel"] = more.get("channel", SITE)
    try:
        said = DECISION.validate_python(wire["data"]["decision"])
    except (ValueError, NotAllowed):
        said = made
    key = key_of(said.by if signed_by is None else signed_by)
    wire["data"]["signature"] = sign_decision(said, channel, key)
    wire["id"] = wire["data"]["decision"]["id"]
    return wire


def answer(hall: Hall, wire: dict[str, Any]) -> tuple[ItemStatus, Unacceptable | None]:
    (item,) = take(hall.server.centre.database, [wire], hall.clock()).results
    return item.status, code_of(item.detail)


def test_the_server_refuses_what_is_not_allowed(hall: Hall) -> None:
    proposed = hall.propose(hall.a)
    hall.a.sync()
    hall.b.sync()
    approved = hall.approve(hall.b)
    late = (hall.clock() + timedelta(hours=1)).isoformat()
    older = new_id(hall.clock() - DAY, bytes(10), ())
    ahead = new_id(hall.clock() + DAY, bytes(10), ())
    for more, code in (
        ({"at": late}, Unacceptable.IN_THE_FUTURE),
        ({"id": ahead}, Unacceptable.IN_THE_FUTURE),
        ({"channel": "site-other"}, Unacceptable.UNKNOWN_BUILDING),
        ({"by": "nobody01"}, Unacceptable.UNKNOWN_ACCOUNT),
        ({"by": "wang0001", "by_name": "王**"}, Unacceptable.NO_RIGHT),
        ({"by": "li000001", "by_name": "李**"}, Unacceptable.OWN_PROPOSAL),
        ({"by_name": "钱**"}, Unacceptable.OTHER_NAME),
        ({"proposal": older}, Unacceptable.UNKNOWN_SUBJECT),
        ({"board": "corridor"}, Unacceptable.UNKNOWN_SUBJECT),
        ({"proposal_digest": "0" * 64}, Unacceptable.OTHER_CONTENT),
        ({"id": older}, Unacceptable.OUT_OF_ORDER),
    ):
        assert answer(hall, sent(hall, approved, **more)) == (ItemStatus.REFUSED, code), more
    for more in (
        {"arrangement": {**FASTER.model_dump(mode="json"), "characters_per_second": 7.0}},
        {"arrangement": {**FASTER.model_dump(mode="json"), "words": "自己写的"}},
        {"id": "not-an-id"},
        {"kind": "decreed"},
    ):
        assert answer(hall, sent(hall, proposed, **more))[0] is ItemStatus.REFUSED, more
    assert answer(hall, sent(hall, approved)) == (ItemStatus.STORED, None)
    assert answer(hall, sent(hall, approved)) == (ItemStatus.KNOWN, None)


def test_a_decision_from_another_terminal_under_a_known_id_changes_nothing(hall: Hall) -> None:
    proposed = hall.propose(hall.a)
    hall.a.sync()
    before = hall.server.changes(SITE, BEGINNING).last_seq
    wire = sent(hall, proposed)
    wire["source"] = "/terminals/copy"
    assert answer(hall, wire) == (ItemStatus.STORED, None)
    wire = sent(hall, proposed, arrangement=START.model_dump(mode="json"))
    wire["source"] = "/terminals/forger"
    assert answer(hall, wire) == (ItemStatus.REFUSED, Unacceptable.OTHER_CONTENT)
    assert hall.server.changes(SITE, BEGINNING).last_seq == before


def test_an_event_is_read_as_it_was_written(hall: Hall) -> None:
    made = hall.propose(hall.a)
    signature = sign_decision(made, SITE, key_of(hall.li.key))
    read = read_decision(decision_event(made, SITE, "A", signature))
    assert read.signature == signature
    assert (read.channel, read.decision, read.decision.digest) == (SITE, made, made.digest)
    assert shown_name("欧阳明远") == "欧**"


def test_the_first_edition_under_an_approval_is_that_of_a_working_day(hall: Hall) -> None:
    hall.propose(hall.a)
    waiting = hall.a.of(hall.li).standing(BOARD, hall.clock()).proposals[0]
    assert first_edition_day(waiting, lambda _: WorkingCalendar()) is None
    hall.clock.pass_by(days=3)
    hall.approve(hall.a)
    proposal = hall.a.of(hall.li).standing(BOARD, hall.clock()).proposals[0]
    assert f"{hall.clock():%A}" == "Friday"
    assert first_edition_day(proposal, lambda _: WorkingCalendar()) == date(2026, 3, 23)
    assert first_edition_day(proposal, lambda _: None) == date(2026, 3, 21)


def test_the_largest_proposal_fits_into_a_batch(hall: Hall) -> None:
    ids = [f"{number:0200}" for number in range(3 * MOST_CHOICES)]
    largest = START.changed(
        exceptions=tuple(
            CalendarException(day=date(2026, 1, 1) + n * DAY, kind=DayKind.OFF, note="节" * 60)
            for n in range(MOST_EXCEPTIONS)
        ),
        choices=Choices(
            pinned=tuple(ids[:MOST_CHOICES]),
            left_out=tuple(ids[MOST_CHOICES : 2 * MOST_CHOICES]),
            dwell=tuple(Dwell(notice_id=id, seconds=29.5) for id in ids[2 * MOST_CHOICES :]),
        ),
    )
    other = largest.changed(characters_per_second=5.0)
    made = hall.propose(hall.a, other, largest)
    (event,) = hall.a.store.decisions_waiting(9)
    assert len(BATCH.dump_json((event,), exclude_none=True)) < MAX_EVENTS_BYTES
    assert read_decision(event).decision == made


def test_dark_days_survive_the_way(hall: Hall) -> None:
    weekdays = (ScreenHours(time(8), time(18)),) * 5
    made = hall.propose(hall.a, START.changed(screen_hours=(*weekdays, None, None)))
    (event,) = hall.a.store.decisions_waiting(9)
    (sent_event,) = BATCH.validate_json(BATCH.dump_json((event,), exclude_none=True))
    assert read_decision(sent_event).decision.digest == made.digest


def test_who_may_what() -> None:
    assert set(RIGHTS) == set(Right)
    assert rights_of((StaffRole.DESK,)) == frozenset()
    assert rights_of((StaffRole.EDITOR,)) & {Right.PROPOSE, Right.APPROVE} == {Right.PROPOSE}
    assert rights_of((StaffRole.APPROVER,)) & {Right.PROPOSE, Right.APPROVE} == {Right.APPROVE}
    assert rights_of((StaffRole.TECHNICIAN,)) == {Right.NEUTRAL}
    assert rights_of((StaffRole.SUPERVISOR,)) == {Right.NEUTRAL, Right.END_NEUTRAL}
