"""Whose card it is, whether the account holds now, and what its roles may do (pure).

The two computations that take long are in `kiosk.sync.staff`; see there for what they prove.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from display.decisions import Right
from kiosk.sync.decision import RIGHTS as DECIDING
from kiosk.sync.staff import StaffAccount, StaffRole, StaffSalt, card_mark, derive_key, fits


class Action(StrEnum):
    """What staff do at a terminal."""

    ASSIST = "assist"
    """Vouch for a visitor without card or code."""
    SIGN_IN = "sign_in"
    """Be let in to the staff's screens."""
    VIEW_HEALTH = "view_health"
    """See how the parts of this terminal are."""
    TEST_DEVICES = "test_devices"
    """Print a test page, have a card read."""
    TEST_BOARD = "test_board"
    """Put the test card on a board for a moment."""
    VIEW_OUTBOX = "view_outbox"
    """See what is owed to the server, without names and numbers."""
    RETRY_OUTBOX = "retry_outbox"
    """Send what waits, or was parked, now."""
    RETURN_OUTBOX = "return_outbox"
    """Give a parked submission back to its visitor."""
    EXPORT_OUTBOX = "export_outbox"
    """Take a parked submission out, sealed."""
    ADJUST_TERMINAL = "adjust_terminal"
    """Change this terminal's settings, as far as they do not touch a board."""
    VIEW_EVIDENCE = "view_evidence"
    """See what boards showed, and whether the record is whole."""
    EXPORT_EVIDENCE = "export_evidence"
    """Take the record out, for others to check."""
    VIEW_ARRANGEMENT = "view_arrangement"
    """See how boards are arranged, what is proposed, and what became of it."""
    PROPOSE = Right.PROPOSE.value
    """Propose another arrangement."""
    APPROVE = Right.APPROVE.value
    """Approve what somebody else proposed, or send it back."""
    NEUTRAL = Right.NEUTRAL.value
    """Put the neutral page on a board at once."""
    END_NEUTRAL = Right.END_NEUTRAL.value
    """End the neutral page."""


RIGHTS: Mapping[Action, frozenset[StaffRole]] = {
    Action.ASSIST: frozenset(StaffRole),
    Action.SIGN_IN: frozenset(StaffRole),
    Action.VIEW_HEALTH: frozenset(StaffRole),
    Action.TEST_DEVICES: frozenset({StaffRole.TECHNICIAN, StaffRole.DESK}),
    Action.TEST_BOARD: frozenset({StaffRole.TECHNICIAN}),
    Action.VIEW_OUTBOX: frozenset({StaffRole.SUPERVISOR, StaffRole.TECHNICIAN, StaffRole.DESK}),
    Action.RETRY_OUTBOX: frozenset({StaffRole.TECHNICIAN, StaffRole.DESK}),
    Action.RETURN_OUTBOX: frozenset({StaffRole.TECHNICIAN, StaffRole.DESK}),
    Action.EXPORT_OUTBOX: frozenset({StaffRole.TECHNICIAN}),
    Action.ADJUST_TERMINAL: frozenset({StaffRole.TECHNICIAN}),
    Action.VIEW_EVIDENCE: frozenset({StaffRole.EDITOR, StaffRole.APPROVER, StaffRole.SUPERVISOR}),
    Action.EXPORT_EVIDENCE: frozenset({StaffRole.SUPERVISOR}),
    Action.VIEW_ARRANGEMENT: frozenset(
        {StaffRole.EDITOR, StaffRole.APPROVER, StaffRole.SUPERVISOR}
    ),
    **{Action(right.value): roles for right, roles in DECIDING.items()},
}
"""Action → the roles of which one is enough."""


SOON = timedelta(minutes=10)
"""Before an account expires, whoever is signed in is told."""


class Ended(StrEnum):
    """Why an account does not hold any more, by its words in section staff."""

    EXPIRED = "ended_expired"
    """Have it prolonged at the centre."""
    REMOVED = "ended_removed"
    """Ask the centre."""
    CHANGED = "ended_changed"
    """Another role, card or PIN: sign in again."""


class StaffRefused(Exception):
    """Somebody is not let in; the subclass says what to do."""


class UnknownCard(StaffRefused):
    """No account has this card: lay another one, or have an account made at the centre."""


class TimeNotProven(StaffRefused):
    """Whether the account holds cannot be told: once the server was heard, lay it again."""


class NotYetValid(StaffRefused):
    """The account begins later: another member of staff must do it."""


class Expired(StaffRefused):
    """The account has ended: have it prolonged at the centre."""


class NoRight(StaffRefused):
    """None of the roles may do this: somebody with another role must."""


class WrongPin(StaffRefused):
    """Number and PIN do not go together: type it again; counts towards a lockout."""


def account_of(accounts: Iterable[StaffAccount], mark: str) -> StaffAccount:
    """The account whose card has this mark. Raises UnknownCard."""
    for account in accounts:
        if account.card == mark:
            return account
    raise UnknownCard


def check_valid(account: StaffAccount, now: datetime | None) -> None:
    """Raises TimeNotProven, NotYetValid, Expired; `now` is proven time, None: there is none."""
    if now is None:
        raise TimeNotProven
    if now < account.valid_from:
        raise NotYetValid
    if now >= account.expires_at:
        raise Expired


def ended(
    account: StaffAccount, accounts: Iterable[StaffAccount], now: datetime | None
) -> Ended | None:
    """Why somebody who is signed in is so no more; None: the account holds, or was prolonged.

    `accounts` are those that are known by now. `now` is proven time; without it an account does
    not expire.
    """
    known = _by_now(account, accounts)
    if now is not None and now >= (known or account).expires_at:
        return Ended.EXPIRED
    if known is None or known.removed_at is not None:
        return Ended.REMOVED
    prolonged = {name: getattr(known, name) for name in ("expires_at", "changed_at", "voucher")}
    return None if account.model_copy(update=prolonged) == known else Ended.CHANGED


def ends_soon(
    account: StaffAccount, accounts: Iterable[StaffAccount], now: datetime | None
) -> datetime | None:
    """When the account expires, if that is before long and work should be brought to an end."""
    expires_at = (_by_now(account, accounts) or account).expires_at
    return expires_at if now is not None and expires_at - SOON <= now else None


def _by_now(account: StaffAccount, accounts: Iterable[StaffAccount]) -> StaffAccount | None:
    return next((one for one in accounts if one.key == account.key), None)


def may(account: StaffAccount, action: Action) -> bool:
    """Tell whether one of the account's roles has the right."""
    return not RIGHTS[action].isdisjoint(account.roles)


def check_pin(account: StaffAccount, number: str, pin: str) -> Ed25519PrivateKey:
    """The key with which this person signs; takes about 0.13 s, off the UI thread.

    It is kept while the person is signed in, and nowhere but in memory. Raises WrongPin.
    """
    if account.signs is None:
        raise WrongPin
    key = derive_key(number, pin, account.signs)
    if not fits(account, key):
        raise WrongPin
    return key


def recognise(
    accounts: Iterable[StaffAccount],
    salt: StaffSalt | None,
    number: str,
    action: Action,
    now: datetime | None,
) -> StaffAccount:
    """Whose card was laid, if that person may do it now, by the card alone.

    Takes about 0.13 s, off the UI thread. Raises UnknownCard, TimeNotProven, NotYetValid,
    Expired, NoRight.
    """
    if salt is None:
        raise UnknownCard
    account = account_of(accounts, card_mark(number, salt))
    check_valid(account, now)
    if not may(account, action):
        raise NoRight
    return account
