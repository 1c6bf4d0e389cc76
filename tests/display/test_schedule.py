"""What is on air: a pure function of edition, withdrawals and moment."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from display.schedule import State, end_of, on_air, showings
from display.screen import Screen
from tests.display.builders import DAY, MORNING, edition

LIT = Screen()


def seconds(value: float) -> timedelta:
    return timedelta(seconds=value)


def story(*lengths: float, until: float, **gone: float) -> list[tuple[str, int | None, float]]:
    made = edition(*lengths)
    withdrawn = {name: MORNING + seconds(moment) for name, moment in gone.items()}
    return [
        (showing.state.value, showing.page, (showing.since - MORNING).total_seconds())
        for showing in showings(made, LIT, MORNING, MORNING + seconds(until), withdrawn)
    ]


def test_pages_follow_each_other_with_a_short_blank_and_begin_again() -> None:
    assert story(5, 7, until=13) == [
        ("blank", 0, 0.0),
        ("page", 0, 0.3),
        ("blank", 1, 5.3),
        ("page", 1, 5.6),
        ("blank", 0, 12.6),
        ("page", 0, 12.9),
    ]


def test_a_withdrawal_in_the_middle_of_a_page_moves_on_at_once() -> None:
    assert story(5, 7, 9, until=19, n1=8) == [
        ("blank", 0, 0.0),
        ("page", 0, 0.3),
        ("blank", 1, 5.3),
        ("page", 1, 5.6),
        ("blank", 2, 8.0),
        ("page", 2, 8.3),
        ("blank", 0, 17.3),
        ("page", 0, 17.6),
    ]


def test_a_withdrawal_of_another_page_leaves_the_one_on_air_alone() -> None:
    assert story(5, 7, 9, until=16, n0=8)[3:] == [
        ("page", 1, 5.6),
        ("page", 1, 5.6),
        ("blank", 2, 12.6),
        ("page", 2, 12.9),
    ]


def test_when_the_last_page_is_withdrawn_the_board_is_neutral() -> None:
    made = edition(5.0)
    moment = MORNING + seconds(2)
    assert on_air(made, LIT, moment, {"n0": moment}).state is State.NEUTRAL
    assert on_air(made, LIT, moment - seconds(0.001), {"n0": moment}).state is State.PAGE


def test_an_expired_page_leaves_at_its_moment() -> None:
    made = edition(5.0, 5.0, n0=MORNING + seconds(2))
    assert on_air(made, LIT, MORNING + seconds(1), {}).page == 0
    shown = {
        showing.page
        for showing in showings(made, LIT, MORNING + seconds(2), MORNING + seconds(60), {})
    }
    assert shown == {1}


@pytest.mark.parametrize(
    "moment",
    [MORNING - seconds(0.001), end_of(DAY), end_of(DAY) + timedelta(hours=8, minutes=30)],
)
def test_never_before_cut_over_and_never_yesterdays(moment: datetime) -> None:
    assert on_air(edition(5.0), LIT, moment, {}).state is State.NEUTRAL
    assert on_air(edition(5.0), LIT, end_of(DAY) - seconds(1), {}).state is not State.NEUTRAL


LENGTHS = st.lists(st.floats(5, 45), min_size=1, max_size=6)
MOMENTS = st.floats(0, 3600)


@given(LENGTHS, MOMENTS, st.dictionaries(st.sampled_from(["n0", "n1", "n2"]), MOMENTS, max_size=3))
def test_showings_touch_each_other_and_never_show_what_is_withdrawn(
    lengths: list[float], start: float, gone: dict[str, float]
) -> None:
    made = edition(*lengths)
    withdrawn = {name: MORNING + seconds(moment) for name, moment in gone.items()}
    moment = MORNING + seconds(start)
    for _ in range(12):
        showing = on_air(made, LIT, moment, withdrawn)
        assert showing.since <= moment < showing.until
        middle = moment + (showing.until - moment) / 2
        again = on_air(made, LIT, middle, withdrawn)
        assert (again.state, again.page, again.until) == (
            showing.state,
            showing.page,
            showing.until,
        ) or showing.state is State.NEUTRAL
        if showing.state is State.PAGE:
            assert showing.page is not None
            left_at = withdrawn.get(made.pages[showing.page].notice_id)
            assert left_at is None or showing.until <= left_at
        moment = showing.until
