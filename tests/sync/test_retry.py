from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.sync.retry import CAP_S, backoff, jittered, retry_after

NOW = datetime(2026, 3, 17, 4, 0, tzinfo=UTC)
CHANCE = st.floats(0, 1, exclude_max=True)


@given(st.integers(1, 10_000), CHANCE)
def test_waits_lie_between_nothing_and_the_cap(failures: int, chance: float):
    assert 0 <= backoff(failures, chance) <= CAP_S


def test_waits_double_from_a_small_one_to_the_cap():
    waits = [backoff(failures, 0.5) for failures in range(1, 13)]
    assert waits[:4] == [1, 2, 4, 8]
    assert waits[-1] == CAP_S / 2


@given(st.integers(1, 50), CHANCE, st.floats(0, 10_000))
def test_the_servers_wish_is_honoured_up_to_the_cap(failures, chance, wish):
    wait = backoff(failures, chance, retry_after_s=wish)
    assert min(wish, CAP_S) <= wait <= min(wish, CAP_S) + 1


def test_bad_arguments_are_errors():
    with pytest.raises(ValueError, match="failures"):
        backoff(0, 0.5)
    with pytest.raises(ValueError, match="chance"):
        backoff(1, 1.0)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("120", 120.0),
        ("Tue, 17 Mar 2026 04:00:30 GMT", 30.0),
        ("Tue, 17 Mar 2026 03:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
    ],
)
def test_retry_after(value, seconds):
    assert retry_after(value, NOW) == seconds


def test_polls_are_spread():
    assert jittered(10, 0) == pytest.approx(8)
    assert jittered(10, 0.5) == pytest.approx(10)
