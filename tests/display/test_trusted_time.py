"""Trusted time: the server's clock, carried on by the machine's uptime."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from display.trusted_time import Contact, Reading, trusted_time
from tests.display.builders import MORNING

SECONDS = st.floats(0, 1e6)


@given(SECONDS, st.floats(-1e7, 1e7))
def test_within_one_run_of_the_machine_the_wall_clock_does_not_count(
    passed: float, wall_error: float
) -> None:
    contact = Contact(Reading(MORNING + timedelta(hours=2), "a", 100.0), MORNING)
    wall = MORNING + timedelta(seconds=passed + wall_error)
    trusted = trusted_time(Reading(wall, "a", 100.0 + passed), contact=contact, last=MORNING)
    assert trusted is not None
    assert trusted.proven
    assert abs(trusted.at - MORNING - timedelta(seconds=passed)) < timedelta(milliseconds=1)


def test_after_a_restart_of_the_machine_only_ntp_or_the_server_is_proof() -> None:
    contact = Contact(Reading(MORNING, "a", 5000.0), MORNING)
    later = MORNING + timedelta(days=1)
    alone = trusted_time(Reading(later, "b", 30.0), contact=contact, last=MORNING)
    assert alone is not None
    assert (alone.at, alone.proven) == (MORNING, False)
    kept = trusted_time(Reading(later, "b", 30.0, by_ntp=True), contact=contact, last=MORNING)
    assert kept is not None
    assert (kept.at, kept.proven) == (later, True)


def test_ntp_does_not_overrule_the_server() -> None:
    contact = Contact(Reading(MORNING, "a", 5000.0), MORNING)
    now = Reading(MORNING + timedelta(hours=5), "a", 5060.0, by_ntp=True)
    trusted = trusted_time(now, contact=contact, last=MORNING)
    assert trusted is not None
    assert (trusted.at, trusted.proven) == (MORNING + timedelta(minutes=1), True)


def test_where_boots_have_no_name_the_wall_clock_stands_in_with_its_known_error() -> None:
    contact = Contact(Reading(MORNING + timedelta(minutes=10)), MORNING)
    trusted = trusted_time(Reading(MORNING + timedelta(minutes=70)), contact=contact, last=MORNING)
    assert trusted is not None
    assert (trusted.at, trusted.proven) == (MORNING + timedelta(hours=1), True)


def test_time_before_the_last_moment_is_unproven_and_stands_still() -> None:
    contact = Contact(Reading(MORNING, "a", 5000.0), MORNING)
    now = Reading(MORNING - timedelta(days=900), "b", 30.0)
    trusted = trusted_time(now, contact=contact, last=MORNING)
    assert trusted is not None
    assert (trusted.at, trusted.proven) == (MORNING, False)


def test_never_heard_is_unproven() -> None:
    assert trusted_time(Reading(MORNING), contact=None, last=None) is None
    trusted = trusted_time(Reading(MORNING + timedelta(days=9)), contact=None, last=MORNING)
    assert trusted is not None
    assert (trusted.at, trusted.proven) == (MORNING, False)
