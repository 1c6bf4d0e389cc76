"""Signing in: what the terminal's own record says of it, and what happens meanwhile."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from display.evidence import TERMINAL_RECORD, Kind, first_break
from kiosk import words
from kiosk.staff import acts
from kiosk.staff.accounts import StaffRefused, TimeNotProven, UnknownCard
from kiosk.staff.evidence.journal import ATTENTION, PLAIN, rows
from kiosk.staff.sign_in.lockout import CARD, DELAYS_S, Watch
from kiosk.staff.sign_in.signing_in import (
    Locked,
    Refused,
    SignedIn,
    note_sign_out,
    recognised,
    try_pin,
)
from kiosk.store.errors import StoreError
from kiosk.sync.staff import StaffAccount, StaffRole, derive_key, public_half, vouched
from tests.staff.test_rights_table import (
    CENTRE,
    NOW,
    NUMBER,
    PIN,
    WRONG,
    Terminal,
    account,
    signs,
)

KEY = "anna0001"


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(tmp_path, StaffRole.EDITOR, "signed in")
    yield made
    made.store.close()


def laid(at: Terminal) -> StaffAccount:
    found = recognised(at.store, NUMBER, NOW, at.watch())
    assert isinstance(found, StaffAccount)
    return found


def tried(at: Terminal, pin: str, found: StaffAccount) -> SignedIn | Locked | Refused:
    return try_pin(at.store, found, NUMBER, pin, NOW, at.watch())


def noted(at: Terminal) -> list[str]:
    return [str(entry.facts["act"]) for entry in at.store.entries(TERMINAL_RECORD)]


def test_who_comes_fails_and_leaves_is_in_the_terminals_own_record(at: Terminal) -> None:
    found = laid(at)
    assert noted(at) == [], "a card alone is nothing yet"
    assert isinstance(tried(at, WRONG, found), Refused)
    signed = tried(at, PIN, found)
    assert isinstance(signed, SignedIn)
    note_sign_out(at.store, signed.account, NOW + timedelta(minutes=5), proven=True)
    for _ in range(CARD.free + 1):
        tried(at, WRONG, found)
    assert isinstance(tried(at, PIN, found), Locked), "and a try that is none is not noted"
    wrong = [acts.WRONG_PIN] * CARD.free
    assert noted(at) == [acts.WRONG_PIN, acts.SIGNED_IN, acts.SIGNED_OUT, *wrong, acts.LOCKED_OUT]
    entries = at.store.entries(TERMINAL_RECORD)
    assert first_break(entries) is None
    assert {(entry.kind, entry.facts["account"]) for entry in entries} == {(Kind.TECHNICIAN, KEY)}
    told = "".join(str(entry.facts) for entry in entries)
    assert NUMBER not in told and PIN not in told and WRONG not in told and "王芳" not in told
    shown = rows(entries, words.load("zh"), everything=False)
    assert [row.event for row in reversed(shown)][1:3] == ["登录", "退出登录"]
    assert (shown[0].event, shown[0].tone) == ("PIN 输入错误，60 秒内不能再试", ATTENTION)
    assert shown[-2].tone == PLAIN


def test_an_answer_that_is_not_in_the_record_is_not_given(at: Terminal, tmp_path: Path) -> None:
    found = laid(at)
    with closing(sqlite3.connect(tmp_path / "terminal.db")) as database:
        database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON evidence BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
        database.commit()
    for pin in (WRONG, PIN):
        with pytest.raises((StoreError, sqlite3.Error)):
            tried(at, pin, found)
    with closing(sqlite3.connect(tmp_path / "terminal.db")) as database:
        database.execute("DROP TRIGGER full")
        database.commit()
    assert isinstance(tried(at, WRONG, found), Refused)
    assert noted(at) == [acts.LOCKED_OUT], "both tries counted all the same"


@pytest.mark.parametrize("state", ["removed", "expired"])
def test_an_account_that_ended_between_card_and_pin_is_not_let_in(at: Terminal, state: str) -> None:
    found = laid(at)
    at.receive(account(KEY, "王芳", NUMBER, StaffRole.EDITOR, state=state))
    with pytest.raises(StaffRefused):
        tried(at, PIN, found)
    assert noted(at) == []


def test_another_pin_counts_from_when_it_is_known(at: Terminal) -> None:
    found = laid(at)
    other = signs(NUMBER).model_copy(
        update={"public": public_half(derive_key(NUMBER, "161803", signs(NUMBER)))}
    )
    at.receive(vouched(found.model_copy(update={"signs": other}), CENTRE))
    assert isinstance(tried(at, PIN, found), Refused)
    signed = tried(at, "161803", found)
    assert isinstance(signed, SignedIn) and signed.account.signs == other


def test_a_card_that_is_another_accounts_by_now(at: Terminal) -> None:
    found = laid(at)
    at.receive(vouched(found.model_copy(update={"card": "0" * 64}), CENTRE))
    with pytest.raises(UnknownCard):
        tried(at, PIN, found)


def test_without_proven_time_nothing_is_tried(at: Terminal) -> None:
    with pytest.raises(TimeNotProven):
        try_pin(at.store, laid(at), NUMBER, PIN, None, at.watch())


DAMAGED = (
    "xyzzy",
    "[]",
    '[null, 0, 0, "run", 1, null]',
    '[3, NaN, 0.0, "run", 100.0, null]',
    '[3, -60.0, 0.0, "run", 100.0, null]',
    '[3, 60.0, Infinity, "run", 100.0, null]',
    '[0, 0.0, 0.0, "run", 100.0, null]',
    '[3, 60.0, 0.0, "run", 100.0, "2026-11-23T09:00:00"]',
    '[3, 60.0, 0.0, "run", 100.0, 5]',
    "[" * 100_000,
)


@pytest.mark.parametrize("text", DAMAGED, ids=range(len(DAMAGED)))
@pytest.mark.parametrize("subject", [f"account {KEY}", "terminal"])
def test_a_damaged_row_is_the_longest_delay(
    at: Terminal, subject: str, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    at.store.keep_pin_tries({subject: text})
    with caplog.at_level(logging.ERROR):
        locked = recognised(at.store, NUMBER, NOW, at.watch())
    assert isinstance(locked, Locked)
    assert (locked.left_s, locked.terminal) == (DELAYS_S[-1], subject == "terminal")
    assert subject in caplog.text and text[:30] not in caplog.text
    caplog.clear()
    later = Watch("run", 100.0 + DELAYS_S[-1], NOW)
    found = recognised(at.store, NUMBER, NOW, later)
    assert isinstance(found, StaffAccount), "and it passes, as any other"
    assert not caplog.records
    assert isinstance(try_pin(at.store, found, NUMBER, PIN, NOW, later), SignedIn)
