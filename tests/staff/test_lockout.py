"""How long nobody may try a PIN: what grows it, what passes it, what does not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.staff.sign_in.lockout import (
    CARD,
    DELAYS_S,
    TERMINAL,
    Tries,
    Watch,
    aged,
    failed,
    from_json,
    to_json,
)

AT = datetime(2026, 11, 23, 1, tzinfo=UTC)
NOW = Watch("boot-1", 100.0, AT)


def after(wrong: int, now: Watch = NOW) -> Tries:
    tries = Tries()
    for _ in range(wrong):
        tries = failed(tries, now, CARD)
    return tries


def test_the_delay_grows_and_then_stays() -> None:
    assert [after(wrong).left_s for wrong in range(9)] == [0, 0, 0, *DELAYS_S, DELAYS_S[-1]]
    assert CARD.forgiven_after_s > DELAYS_S[-1] and TERMINAL.forgiven_after_s > DELAYS_S[-1]


def test_uptime_of_the_same_run_counts_whatever_the_clock_says() -> None:
    moved = Watch("boot-1", 130.0, AT + timedelta(days=400))
    assert aged(after(3), moved, CARD).left_s == DELAYS_S[0] - 30


def test_another_run_counts_only_proven_time() -> None:
    assert aged(after(3), Watch("boot-2", 9e9, None), CARD).left_s == DELAYS_S[0]
    proven = Watch("boot-2", 1.0, AT + timedelta(seconds=20))
    assert aged(after(3), proven, CARD).left_s == DELAYS_S[0] - 20
    back = Watch("boot-2", 1.0, AT - timedelta(days=1))
    assert aged(after(3), back, CARD).left_s == DELAYS_S[0]


def test_after_a_new_start_without_proof_the_rest_is_waited_in_that_run() -> None:
    kept = aged(after(3), Watch("boot-2", 5.0, None), CARD)
    assert aged(kept, Watch("boot-2", 5.0 + DELAYS_S[0], None), CARD).left_s == 0


def test_a_long_silence_forgives() -> None:
    later = replace(NOW, uptime_s=NOW.uptime_s + CARD.forgiven_after_s)
    assert aged(after(5), later, CARD).wrong == 0


@given(st.integers(0, 12), st.booleans())
def test_what_is_kept_is_read_again(wrong: int, proven: bool) -> None:
    tries = after(wrong, NOW if proven else replace(NOW, proven=None))
    assert from_json(to_json(tries)) == tries


@pytest.mark.parametrize("text", ["[]", "{}", "[1]", "no"])
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        from_json(text)
