"""Loop time, viewing distance, and what staff are warned of."""

import math
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from display.timing import GAP_S, Caution, Warned, loop_s, viewing_distance_m, warnings


def test_loop_is_all_pages_with_the_blank_before_each() -> None:
    pages = [SimpleNamespace(seconds=5.0), SimpleNamespace(seconds=12.5)]
    assert loop_s(pages) == pytest.approx(18.1)
    assert loop_s([]) == 0


@given(st.lists(st.floats(0.5, 60), max_size=200))
def test_loop_grows_with_every_page(seconds: list[float]) -> None:
    pages = [SimpleNamespace(seconds=one) for one in seconds]
    more = loop_s([*pages, SimpleNamespace(seconds=1.0)])
    assert more == pytest.approx(loop_s(pages) + 1.0 + GAP_S)


@pytest.mark.parametrize(
    ("cell", "pitch_mm", "metres"),
    [(16, 4.75, 22.8), (24, 4.75, 34.2), (32, 10.0, 96.0), (16, 3.0, 14.4)],
)
def test_viewing_distance(cell: int, pitch_mm: float, metres: float) -> None:
    assert viewing_distance_m(cell, pitch_mm) == pytest.approx(metres)


@pytest.mark.parametrize(("cell", "pitch"), [(0, 4.75), (16, 0.0), (16, -1.0), (16, math.nan)])
def test_viewing_distance_of_nothing_is_refused(cell: int, pitch: float) -> None:
    with pytest.raises(ValueError, match="above zero"):
        viewing_distance_m(cell, pitch)


def test_nothing_to_warn_of_at_the_limits() -> None:
    assert warnings(5.0, 8, 300.0, 300.0) == ()
    assert warnings(2.0, math.inf, 0.0, 300.0) == ()


@pytest.mark.parametrize(
    ("asked", "warned"),
    [
        ((5.01, 8, 300.0, 300.0), Warned(Caution.TOO_FAST, 5.01, 5.0)),
        ((5.0, 7.5, 300.0, 300.0), Warned(Caution.FEW_VISIBLE, 7.5, 8)),
        ((5.0, 8, 300.1, 300.0), Warned(Caution.LOOP_LONGER_THAN_WAIT, 300.1, 300.0)),
    ],
)
def test_each_warning_alone(asked: tuple[float, float, float, float], warned: Warned) -> None:
    assert warnings(*asked) == (warned,)


def test_all_warnings_in_order() -> None:
    found = warnings(6.0, 4, 900.0, 300.0)
    of_timing = [one for one in Caution if one is not Caution.HARDLY_SHOWN]
    assert [one.caution for one in found] == of_timing
