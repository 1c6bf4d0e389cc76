"""Every action × every role × signed in, locked out, offline, expired, removed.

The tables are written out by hand: they say what is meant, and the program is asked by the ways on
which people ask it, from the card on the reader to the decision that is kept.
"""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from display.arrangement import Arrangement, EditionDays
from display.decisions import Fault
from display.edition import Edition
from display.standing import Outcome, Proposal
from kiosk.staff import accounts
from kiosk.staff.accounts import Action, StaffRefused, TimeNotProven, may, recognise
from kiosk.staff.home import SERVICES, offered
from kiosk.staff.proposals import model as proposals_model
from kiosk.staff.proposals.model import Act
from kiosk.staff.proposing import Deciding, WithoutEffect
from kiosk.staff.sign_in.lockout import CARD, Watch
from kiosk.staff.sign_in.signing_in import Locked, SignedIn, recognised, try_pin
from kiosk.store.terminal import TerminalStore
from kiosk.sync.contract import Change, Page, Revision
from kiosk.sync.signatures import public_key
from kiosk.sync.site import Keys, SiteDocument, document_id, site_document
from kiosk.sync.staff import (
    StaffAccount,
    StaffKey,
    StaffRole,
    StaffSalt,
    card_mark,
    derive_key,
    public_half,
    vouched,
)

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
CHANNEL = "site-main"
EDITOR, APPROVER, SUPERVISOR, TECHNICIAN, DESK = StaffRole

RIGHTS_OF = {
    EDITOR: "assist, sign_in, view_health, view_evidence, view_arrangement, propose, neutral, "
    "end_neutral",
    APPROVER: "assist, sign_in, view_health, view_evidence, view_arrangement, approve, neutral, "
    "end_neutral",
    SUPERVISOR: "assist, sign_in, view_health, view_evidence, export_evidence, view_arrangement, "
    "view_outbox, neutral, end_neutral",
    TECHNICIAN: "assist, sign_in, view_health, test_devices, test_board, view_outbox, "
    "retry_outbox, return_outbox, export_outbox, adjust_terminal, neutral",
    DESK: "assist, sign_in, view_health, test_devices, view_outbox, retry_outbox, return_outbox",
}
"""Signed in with card and PIN, while the time is proven."""
SCREENS_OF = {
    EDITOR: "edition, schedule, proposals, neutral, staff_health, evidence",
    APPROVER: "edition, schedule, proposals, neutral, staff_health, evidence",
    SUPERVISOR: "edition, schedule, proposals, neutral, staff_health, evidence, staff_outbox",
    TECHNICIAN: "neutral, staff_health, staff_outbox, adjusting",
    DESK: "staff_health, staff_outbox",
}
ACTS_OF = {
    # What the screen of proposals offers: about somebody else's, about one's own.
    EDITOR: ("", "withdraw"),
    APPROVER: ("refuse, approve", ""),
    SUPERVISOR: ("", ""),
    TECHNICIAN: ("", ""),
    DESK: ("", ""),
}
BY_CARD_ALONE = dict.fromkeys(StaffRole, "assist")
"""Vouching for a visitor takes no PIN, so too many wrong ones do not stop it."""
NOTHING = dict.fromkeys(StaffRole, "")
LOOKING_ONLY = {
    EDITOR: "view_health, view_evidence, view_arrangement",
    APPROVER: "view_health, view_evidence, view_arrangement",
    SUPERVISOR: "view_health, view_evidence, export_evidence, view_arrangement, view_outbox",
    TECHNICIAN: "view_health, test_devices, test_board, view_outbox, retry_outbox, "
    "return_outbox, export_outbox, adjust_terminal",
    DESK: "view_health, test_devices, view_outbox, retry_outbox, return_outbox",
}
"""Signed in before the server went away: nothing is decided, nobody else is let in."""
TABLE = {
    "signed in": RIGHTS_OF,
    "locked out": BY_CARD_ALONE,
    "offline": NOTHING,
    "offline since": LOOKING_ONLY,
    "expired": NOTHING,
    "removed": NOTHING,
    "not yet valid": NOTHING,
}

SALT = StaffSalt(salt="ab" * 16, time_cost=1, memory_kib=1024, lanes=1)
CENTRE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NUMBER, OTHER_NUMBER, PIN, WRONG = "110101199003077299", "110101199003077037", "271828", "314159"
START = Arrangement(
    cut_over=time(8, 30), days=EditionDays.WORKING, characters_per_second=4.0, items=30
)
FASTER = START.changed(characters_per_second=5.0)


def edition(board: str) -> Edition:
    return Edition(
        board=board, day=NOW.date(), cut_over_at=NOW, cell=16, pixels_per_second=64.0, pages=()
    )


@cache
def signs(number: str) -> StaffKey:
    how = {"salt": "cd" * 16, "time_cost": 1, "memory_kib": 1024, "lanes": 1}
    key = derive_key(number, PIN, StaffKey(**how, public="0" * 64))
    return StaffKey(**how, public=public_half(key))


def account(key: str, name: str, number: str, *roles: StaffRole, state: str = "") -> StaffAccount:
    day = timedelta(days=1)
    since = NOW + day if state == "not yet valid" else NOW - day
    until = NOW if state == "expired" else NOW + 2 * day
    removed = state == "removed"
    return vouched(
        StaffAccount(
            key=key,
            name=name,
            roles=roles,
            valid_from=since,
            expires_at=until,
            card=None if removed else card_mark(number, SALT),
            signs=None if removed else signs(number),
            removed_at=NOW if removed else None,
            changed_at=NOW,
        ),
        CENTRE,
    )


class Terminal:
    """A terminal, one person of a role in a state, and a colleague with every role."""

    def __init__(self, folder: Path, role: StaffRole, state: str) -> None:
        self.state, self.wrong = state, 0
        self.store = TerminalStore(folder / "terminal.db")
        self.person = account("anna0001", "王芳", NUMBER, role, state=state)
        self.colleague = account("boris001", "赵伟", OTHER_NUMBER, *StaffRole)
        self._seq = 0
        self.receive(Keys(keys=(public_key(CENTRE),)), SALT, self.person, self.colleague)
        self.proven = None if state == "offline" else NOW

    def receive(self, *documents: SiteDocument) -> None:
        changes = []
        for each in documents:
            self._seq += 1
            rev = f"{self._seq}-{'a' * 32}"
            doc = {**site_document(each), "_rev": rev}
            seq, id = f"{self._seq}-e", document_id(each)
            changes.append(Change(seq=seq, id=id, changes=(Revision(rev=rev),), doc=doc))
        page = Page(
            results=tuple(changes), last_seq=f"{self._seq}-e", pending=0, epoch="e", server_time=NOW
        )
        self.store.apply_page(CHANNEL, page, now=NOW)

    def watch(self) -> Watch:
        return Watch("run", 100.0, self.proven)

    def sign_in(self) -> SignedIn | None:
        """By card and PIN, as the screen for it does."""
        try:
            found = recognised(self.store, NUMBER, self.proven, self.watch())
            if isinstance(found, Locked):
                return None
            for _ in range(CARD.free + 1 if self.state == "locked out" else 0):
                try_pin(self.store, found, NUMBER, WRONG, self.proven, self.watch())
            tried = try_pin(self.store, found, NUMBER, PIN, self.proven, self.watch())
        except StaffRefused:
            return None
        return tried if isinstance(tried, SignedIn) else None

    def deciding(self, signed: SignedIn) -> Deciding:
        return Deciding(
            self.store, signed.account, signed.key, terminal="A", site="main", alone=True
        )

    def other(self) -> Deciding:
        key = derive_key(OTHER_NUMBER, PIN, signs(OTHER_NUMBER))
        return Deciding(self.store, self.colleague, key, terminal="B", site="main", alone=True)

    def proposal(self, board: str) -> Proposal:
        """Somebody else's, which waits."""
        who = self.other()
        who.propose(board, START, FASTER, NOW, edition(board))
        pending = who.standing(board, NOW).pending
        assert pending is not None
        return pending


def decisions(at: Terminal, signed: SignedIn) -> dict[Action, Callable[[], object]]:
    """Each on a board of its own, so that none is in another one's way."""
    who, now = at.deciding(signed), at.proven
    waits = at.proposal("b-approve")
    at.other().neutral_now("b-end", "误播", NOW)
    return {
        Action.PROPOSE: lambda: who.propose("b-new", START, FASTER, now, edition("b-new")),
        Action.APPROVE: lambda: who.approve(waits, now),
        Action.NEUTRAL: lambda: who.neutral_now("b-neutral", "误播", now),
        Action.END_NEUTRAL: lambda: who.end_neutral("b-end", now),
    }


def succeeds(act: Callable[[], object]) -> bool:
    try:
        act()
    except TimeNotProven:
        return False
    except WithoutEffect as problem:
        assert problem.judged.outcome is Outcome.ACCOUNT
        return False
    return True


def may_assist(at: Terminal) -> bool:
    site = at.store.site()
    try:
        recognise(site.staff, site.staff_salt, NUMBER, Action.ASSIST, at.proven)
    except StaffRefused:
        return False
    return True


def allowed(at: Terminal) -> set[str]:
    """What this person can do, asked of the program."""
    signed = at.sign_in()
    if at.state == "offline since":
        at.proven = None
    can = {Action.ASSIST} if may_assist(at) else set()
    if signed is None:
        return {action.value for action in can}
    if at.sign_in() is not None:
        can.add(Action.SIGN_IN)
    deciding = decisions(at, signed)
    can |= {action for action, act in deciding.items() if succeeds(act)}
    others = set(Action) - set(deciding) - {Action.ASSIST, Action.SIGN_IN}
    can |= {action for action in others if may(signed.account, action)}
    return {action.value for action in can}


def names(row: str) -> set[str]:
    return set(row.split(", ")) - {""}


@pytest.mark.parametrize("state", list(TABLE))
@pytest.mark.parametrize("role", list(StaffRole))
def test_the_table(role: StaffRole, state: str, tmp_path: Path) -> None:
    at = Terminal(tmp_path, role, state)
    assert allowed(at) == names(TABLE[state][role])
    at.store.close()


def test_the_table_is_whole() -> None:
    assert all(set(rows) == set(StaffRole) for rows in TABLE.values())
    told = {name for rows in TABLE.values() for row in rows.values() for name in names(row)}
    assert told == set(Action), "an action that nobody may do, or that the table does not know"
    assert {name for row in SCREENS_OF.values() for name in names(row)} == set(SERVICES)


@pytest.mark.parametrize("role", list(StaffRole))
def test_screens_and_what_they_offer(role: StaffRole, tmp_path: Path) -> None:
    at = Terminal(tmp_path, role, "signed in")
    assert set(offered(at.person)) == names(SCREENS_OF[role])
    about_other = at.proposal("lobby")
    own = Proposal(about_other.proposed.model_copy(update={"by": at.person.key}), about_other.state)
    others, mine = ACTS_OF[role]
    assert set(proposals_model.acts(about_other, at.person)) == {Act(one) for one in names(others)}
    assert set(proposals_model.acts(own, at.person)) == {Act(one) for one in names(mine)}
    at.store.close()


def test_somebody_with_both_rights_never_approves_their_own(tmp_path: Path) -> None:
    at = Terminal(tmp_path, EDITOR, "signed in")
    own = at.proposal("lobby")
    assert set(proposals_model.acts(own, at.colleague)) == {Act.WITHDRAW}
    with pytest.raises(WithoutEffect) as refused:
        at.other().approve(own, NOW)
    assert refused.value.judged.outcome is Outcome.OWN_PROPOSAL
    at.store.close()


@pytest.mark.parametrize(
    ("since", "fault"), [("expired", Fault.EXPIRED), ("removed", Fault.REMOVED)], ids=str
)
@pytest.mark.parametrize("role", list(StaffRole))
def test_signed_in_before_it_ended_nothing_is_decided_after(
    role: StaffRole, since: str, fault: Fault, tmp_path: Path
) -> None:
    """The screens sign out whose account has ended; a decision in between does not count."""
    at = Terminal(tmp_path, role, "signed in")
    signed = at.sign_in()
    assert signed is not None
    acts = decisions(at, signed)
    at.receive(account(signed.account.key, "王芳", NUMBER, role, state=since))
    for action, act in acts.items():
        with pytest.raises(WithoutEffect) as refused:
            act()
        assert refused.value.judged.fault is fault, action
    with pytest.raises(accounts.StaffRefused):
        recognised(at.store, NUMBER, NOW, at.watch())
    at.store.close()
