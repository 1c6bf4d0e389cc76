"""Measuring a board's speeds, without a board."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.led import gb2312
from devices.led.bx_k import ASSUMED_SPEEDS
from display.calibration import LAST, Doubt, Procedure, Rules
from display.timing import MIN_CHARACTERS_PER_SECOND

START = Procedure(ASSUMED_SPEEDS, board_width=192, cell=16, longest_text=480)


def taken(procedure: Procedure, speed: float, *, late_s: float = 0.0) -> Procedure:
    """After a mark on a board that is truly so fast, which must be taken."""
    after, doubt = procedure.mark(procedure.trial().distance / speed + late_s)
    assert doubt is None
    return after


@st.composite
def true_tables(draw: st.DrawFn) -> tuple[float, ...]:
    """Speeds of a card's codes; steps as small as 3 % and as large as to a third."""
    speeds = [draw(st.floats(60.0, 900.0))]
    for _ in range(24):
        speeds.append(speeds[-1] * draw(st.floats(1 / 3, 0.97)))
    return tuple(speeds)


@given(true=true_tables(), width=st.integers(128, 2048), cell=st.sampled_from((16, 24, 32)))
def test_any_card_is_measured_as_it_is(true: tuple[float, ...], width: int, cell: int) -> None:
    procedure = Procedure(ASSUMED_SPEEDS, board_width=width, cell=cell, longest_text=224)
    for _ in range(3 * len(true)):
        if procedure.finished:
            break
        trial = procedure.trial()
        assert trial.code == len(procedure.measured)
        assert trial.text.endswith(LAST) and not gb2312.missing(trial.text)
        assert len(trial.text) <= 224 and trial.area_width <= width
        assert trial.text_width == gb2312.cells(trial.text) * cell // 2
        procedure, _ = procedure.mark(trial.distance / true[trial.code])
    assert procedure.finished
    count = len(procedure.measured)
    assert procedure.measured == pytest.approx(true[:count])
    assert all(slower < faster for faster, slower in pairwise(procedure.measured))
    slowest = MIN_CHARACTERS_PER_SECOND * cell
    assert count == 25 or procedure.measured[-1] < slowest
    assert all(speed > 0.9 * slowest for speed in procedure.measured[:-1])


@pytest.mark.parametrize("width", [128, 192, 320, 640])
@pytest.mark.parametrize("receive_buffer", [512, 1024])
def test_each_pass_takes_about_ten_seconds(width: int, receive_buffer: int) -> None:
    procedure = replace(START, board_width=width, longest_text=(receive_buffer - 64) // 2)
    while not procedure.finished:
        trial = procedure.trial()
        assert 8 <= trial.expected_s <= 12, trial
        procedure = taken(procedure, ASSUMED_SPEEDS[trial.code])
    assert len(procedure.measured) == 19, "28 px/s are clearly below 2 characters of 16 px"


def test_what_was_measured_sizes_the_next_text() -> None:
    procedure = START
    while not procedure.finished:
        trial = procedure.trial()
        assert not trial.code or 8 <= trial.expected_s <= 12
        procedure = taken(procedure, ASSUMED_SPEEDS[trial.code] * 1.6)
        if trial.code:
            assert trial.expected == pytest.approx(procedure.measured[-1])


@given(late_s=st.floats(-0.2, 0.2))
def test_a_persons_reaction_costs_little(late_s: float) -> None:
    procedure = taken(START, 230.0, late_s=late_s)
    assert procedure.measured[0] == pytest.approx(230.0, rel=0.025)
    assert START.error(10.0) == pytest.approx(0.02)


def test_not_slower_than_before_is_never_taken() -> None:
    procedure = taken(taken(START, 256.0), 100.0 * 224 / 100)
    for speed in (224.0, 300.0, 300.0):
        after, doubt = procedure.mark(procedure.trial().distance / speed)
        assert doubt is Doubt.NOT_SLOWER
        assert after.measured == procedure.measured
        procedure = after
    assert procedure.back().measured == procedure.measured[:1]
    assert procedure.back().back().back() == START


def test_what_is_unexpected_is_measured_twice() -> None:
    procedure = taken(START, 256.0)
    late, doubt = procedure.mark(2 * procedure.trial().expected_s)
    assert (doubt, late.measured) == (Doubt.UNEXPECTED, procedure.measured)
    assert taken(late, 224.0).measured == pytest.approx((256.0, 224.0))
    twice, doubt = late.mark(2.05 * late.trial().expected_s)
    assert doubt is None
    assert twice.measured[1] == pytest.approx(224.0 / 2.05)
    other, doubt = late.mark(3 * late.trial().expected_s)
    assert doubt is Doubt.UNEXPECTED, "the two do not say the same"
    assert taken(other, 224.0).doubted is None


def test_a_key_pressed_by_mistake_is_not_a_measurement() -> None:
    after, doubt = START.mark(0.05)
    assert doubt is Doubt.UNEXPECTED
    assert after.trial() == START.trial()
    for elapsed_s in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="elapsed"):
            START.mark(elapsed_s)


def test_a_short_pass_is_measured_again_with_a_longer_text() -> None:
    first = START.trial()
    after, doubt = START.mark(first.distance / 512)
    assert (doubt, after.measured) == (Doubt.TOO_SHORT, ())
    longer = after.trial()
    assert longer.text_width > first.text_width
    assert longer.expected_s == pytest.approx(10, abs=0.1)
    assert taken(after, 512.0).measured == pytest.approx((512.0,))
    full = replace(START, longest_text=40)
    assert full.trial().longest
    assert taken(full, 250.0).measured == pytest.approx((250.0,))


def test_a_far_faster_card_than_assumed_is_believed_at_the_second_time() -> None:
    doubts = []
    procedure = START
    while not procedure.measured:
        procedure, doubt = procedure.mark(procedure.trial().distance / 2000)
        doubts.append(doubt)
    assert doubts == [Doubt.UNEXPECTED, Doubt.TOO_SHORT, None]
    assert procedure.measured == pytest.approx((2000.0,))


def test_it_ends_at_a_code_that_is_clearly_too_slow() -> None:
    for last, finished in ((32.0, False), (30.5, False), (30.3, True)):
        assert replace(START, measured=(100.0, last)).finished is finished
    assert not START.finished and not START.usable
    assert replace(START, measured=(33.0, 20.0)).usable
    assert not replace(START, measured=(97.0, 31.0)).usable
    done = replace(START, measured=ASSUMED_SPEEDS)
    assert done.finished
    with pytest.raises(ValueError, match="all codes"):
        done.trial()


def test_a_card_without_speeds_is_refused() -> None:
    with pytest.raises(ValueError, match="no speeds"):
        Procedure((), board_width=192, cell=16, longest_text=480)


def test_wide_boards_take_a_narrower_area_for_slow_codes() -> None:
    wide = replace(START, board_width=2048, measured=(33.0,), rules=Rules(pass_s=8.0))
    trial = wide.trial()
    assert trial.area_width < 2048
    assert trial.expected_s == pytest.approx(8, abs=0.5)
