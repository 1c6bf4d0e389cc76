"""Signing in with card and PIN: what is asked of the store, in its worker."""

import logging
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from display.evidence import TERMINAL_RECORD, Facts, Kind
from display.trusted_time import Reading
from kiosk.staff import acts
from kiosk.staff.accounts import (
    Action,
    TimeNotProven,
    UnknownCard,
    WrongPin,
    check_pin,
    check_valid,
    recognise,
)
from kiosk.staff.sign_in import lockout
from kiosk.staff.sign_in.lockout import Limits, Tries, Watch
from kiosk.store.terminal import TerminalStore
from kiosk.sync.staff import StaffAccount

log = logging.getLogger(__name__)

TERMINAL = "terminal"
"""Whose tries are counted over all cards."""
_RUN = f"program {secrets.token_hex(8)}"


class NoAccounts(Exception):
    """The centre's accounts have not come, or it has none: see that sync runs, or make some."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Card and PIN were right."""

    account: StaffAccount
    key: Ed25519PrivateKey = field(repr=False)
    """With which this person signs, for as long as the session lasts."""


@dataclass(frozen=True, slots=True)
class Locked:
    """Nobody may try now."""

    left_s: float
    terminal: bool
    """Because of wrong PINs of several cards, at this terminal."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The PIN was wrong."""

    left_s: float
    """Until the next try; 0: at once."""


def watch_of(reading: Reading, seconds: float, proven: datetime | None) -> Watch:
    """`seconds` count on in this program, for a system that names no runs."""
    if reading.boot:
        return Watch(reading.boot, reading.uptime_s, proven)
    return Watch(_RUN, seconds, proven)


def recognised(
    store: TerminalStore, number: str, proven: datetime | None, now: Watch
) -> StaffAccount | Locked:
    """Whose card was laid; about 0.13 s.

    Raises NoAccounts, StoreError, and what `accounts.recognise` raises.
    """
    site = store.site()
    if site.staff_salt is None or not site.staff:
        raise NoAccounts
    account = recognise(site.staff, site.staff_salt, number, Action.SIGN_IN, proven)
    return _locked(*_standing(store, account, now)) or account


def try_pin(
    store: TerminalStore,
    account: StaffAccount,
    number: str,
    pin: str,
    proven: datetime | None,
    now: Watch,
) -> SignedIn | Locked | Refused:
    """Whether this is the PIN of the account, as it is by now; about 0.13 s.

    The terminal's own record says what came of it, before anybody else learns of it. Raises
    StoreError, UnknownCard for an account that is gone meanwhile, and what `check_valid` raises.
    """
    if proven is None:
        raise TimeNotProven
    account = _by_now(store, account)
    check_valid(account, proven)
    card, terminal = _standing(store, account, now)
    locked = _locked(card, terminal)
    if locked is not None:
        return locked
    mark = _mark(account)
    # Counted before it is looked at: whoever ends the program in between has tried all the same.
    worse = lockout.failed(card, now, lockout.CARD), lockout.failed(terminal, now, lockout.TERMINAL)
    _keep(store, mark, *worse)
    try:
        key = check_pin(account, number, pin)
    except WrongPin:
        log.warning("staff account %s: wrong PIN, %d in a row", account.key, worse[0].wrong)
        left_s = max(each.left_s for each in worse)
        _keep(store, mark, *worse, noted=(proven, _wrong(account, left_s)))
        return Refused(left_s)
    _keep(store, mark, Tries(), terminal, noted=(proven, _done(account, acts.SIGNED_IN)))
    log.info("staff account %s signed in", account.key)
    return SignedIn(account, key)


def note_sign_out(
    store: TerminalStore, account: StaffAccount, at: datetime, *, proven: bool
) -> None:
    """Say in the terminal's own record that this person has left. Raises StoreError."""
    facts = _done(account, acts.SIGNED_OUT, proven=proven)
    store.record(TERMINAL_RECORD, at, Kind.TECHNICIAN, facts)
    log.info("staff account %s signed out", account.key)


def _by_now(store: TerminalStore, account: StaffAccount) -> StaffAccount:
    """A minute may lie between card and PIN."""
    for one in store.site().staff:
        if one.key == account.key and one.card is not None and one.card == account.card:
            return one
    raise UnknownCard


def _done(account: StaffAccount, act: str, *, proven: bool = True) -> dict[str, Any]:
    return acts.act_facts(account, act, "", "done", proven=proven)


def _wrong(account: StaffAccount, left_s: float) -> dict[str, Any]:
    if left_s <= 0:
        return acts.act_facts(account, acts.WRONG_PIN, "", "refused", proven=True)
    return acts.act_facts(account, acts.LOCKED_OUT, f"{left_s:.0f}", "locked", proven=True)


def _mark(account: StaffAccount) -> str:
    return f"account {account.key}"


def _standing(store: TerminalStore, account: StaffAccount, now: Watch) -> tuple[Tries, Tries]:
    """Kept as of now, so that a delay goes on after the machine was off."""
    mark = _mark(account)
    card = _aged(store, mark, now, lockout.CARD)
    terminal = _aged(store, TERMINAL, now, lockout.TERMINAL)
    if card.wrong or terminal.wrong:
        _keep(store, mark, card, terminal)
    return card, terminal


def _aged(store: TerminalStore, subject: str, now: Watch, limits: Limits) -> Tries:
    try:
        tries = lockout.from_json(store.pin_tries(subject))
    except ValueError as problem:
        # Whoever can damage it must gain nothing by it.
        log.error("wrong PINs of %s: %s; the longest delay begins", subject, problem)
        return lockout.longest(now, limits)
    return lockout.aged(tries, now, limits)


def _locked(card: Tries, terminal: Tries) -> Locked | None:
    left_s = max(card.left_s, terminal.left_s)
    return Locked(left_s, terminal.left_s >= card.left_s) if left_s > 0 else None


def _keep(
    store: TerminalStore,
    mark: str,
    card: Tries,
    terminal: Tries,
    *,
    noted: tuple[datetime, Facts] | None = None,
) -> None:
    tries = {mark: lockout.to_json(card), TERMINAL: lockout.to_json(terminal)}
    store.keep_pin_tries(tries, noted)
