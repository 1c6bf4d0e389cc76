"""Elapsed time: no clock that is set makes anything last for ever, or end at once."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from display.trusted_time import Reading, TrustedTime
from kiosk.private.elapsed import Elapsed
from tests.private.builders import NOW

DAY = timedelta(hours=24)


def test_running_time_alone_ends_it():
    begun = Elapsed(boot="a", uptime_s=10)
    assert not begun.at(Reading(NOW, "a", 10 + 86399)).is_over(begun.stamp, DAY)
    assert begun.at(Reading(NOW, "a", 10 + 86400)).is_over(begun.stamp, DAY)


def test_a_night_switched_off_counts_once_it_is_proven():
    begun = Elapsed().at(Reading(NOW, "a", 10), TrustedTime(NOW, True))
    morning = Reading(NOW + 2 * DAY, "b", 30)
    assert not begun.at(morning).is_over(begun.stamp, DAY)
    unproven = begun.at(morning, TrustedTime(NOW, proven=False))
    assert not unproven.is_over(begun.stamp, DAY)
    assert unproven.at(morning, TrustedTime(NOW + 2 * DAY, True)).is_over(begun.stamp, DAY)


def test_what_was_kept_without_proof_is_not_ended_by_the_first_proof():
    begun = Elapsed().at(Reading(NOW, "a", 10))
    proven = begun.at(Reading(NOW, "a", 20), TrustedTime(NOW + 400 * DAY, True))
    assert not proven.is_over(begun.stamp, DAY)


steps = st.tuples(
    st.floats(0, 5000),  # seconds that really pass
    st.booleans(),  # the machine restarts, after as much again switched off
    st.integers(-(10**6), 10**6),  # what the wall clock is wrong by
    st.booleans(),  # a proven time is at hand
)


@given(st.lists(steps, min_size=1, max_size=40))
def test_never_too_early_and_never_later_than_the_running_time(told):
    real, run, uptime, boot = 0.0, 0.0, 5.0, 0
    elapsed = Elapsed(boot="0", uptime_s=uptime)
    begun = elapsed.stamp
    for passed, restarts, wrong, proven in told:
        if restarts:
            real, uptime, boot = real + 2 * passed, passed, boot + 1
        else:
            real, uptime = real + passed, uptime + passed
        run += passed
        wall = NOW + timedelta(seconds=real + wrong)
        trusted = TrustedTime(NOW + timedelta(seconds=real), True) if proven else None
        elapsed = elapsed.at(Reading(wall, str(boot), uptime), trusted)
        for limit in (1000.0, 50_000.0):
            over = elapsed.is_over(begun, timedelta(seconds=limit))
            assert not over or real >= limit - 0.01
            # All of the running time counts, as far as it was looked at.
            assert over or run < limit + 0.01


def test_two_processes_that_look_at_once_count_nothing_twice():
    begun = Elapsed(boot="a", uptime_s=100_000.0)
    later = begun.at(Reading(NOW, "a", 100_000.5))
    earlier = later.at(Reading(NOW, "a", 100_000.2))
    assert (earlier.lived_s, earlier.uptime_s) == (0.5, 100_000.5)
    unnamed = Elapsed(uptime_s=100_000.5).at(Reading(NOW, "", 100_000.2))
    assert unnamed.lived_s == 0


def test_runs_without_names():
    begun = Elapsed(uptime_s=100.0)
    assert begun.at(Reading(NOW, "", 130.0)).lived_s == 30
    assert begun.at(Reading(NOW, "", 20.0)).lived_s == 20
