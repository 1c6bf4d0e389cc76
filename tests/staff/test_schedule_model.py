"""Steps on a draft: any sequence keeps a valid arrangement, or a limit is told; nothing is lost."""

from collections.abc import Callable
from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from display.arrangement import (
    MOST_EXCEPTIONS,
    MOST_ITEMS,
    Arrangement,
    CalendarException,
    DwellPreset,
    EditionDays,
    Limit,
    RestDays,
    Setting,
)
from display.screen import MAX_BRIGHTNESS, Screen, ScreenHours
from display.working_days_table import DayKind
from kiosk import words
from kiosk.staff.draft import Draft
from kiosk.staff.schedule.day_notes import CLOSED_FOR, OPEN_FOR, note_in, reason_of, recorded
from kiosk.staff.schedule.levels import SLOTS, levels_of, runs_of, slot_text, stretches
from kiosk.staff.schedule.model import ScheduleModel, Tab
from kiosk.staff.schedule.week import USUAL, by_hours, lit, same_for_all, stepped, with_end

START = Arrangement(
    cut_over=time(8, 30), days=EditionDays.WORKING, characters_per_second=4.0, items=30
)
DAY = date(2026, 12, 1)

STEPS: tuple[tuple[str, tuple[st.SearchStrategy, ...]], ...] = (
    ("step_cut_over", (st.sampled_from([-60, -5, 5, 60]),)),
    ("choose_days", (st.sampled_from(EditionDays),)),
    ("choose_rest", (st.sampled_from(RestDays),)),
    (
        "make_exception",
        (
            st.dates(date(1999, 12, 1), date(2100, 1, 31)),
            st.sampled_from([None, *DayKind]),
            st.sampled_from(["", *CLOSED_FOR, *OPEN_FOR]),
        ),
    ),
    ("always_lit", (st.booleans(),)),
    ("light", (st.integers(0, 6), st.booleans())),
    (
        "step_hours",
        (st.integers(0, 6), st.sampled_from(["on", "off"]), st.sampled_from([-60, -5, 5, 60])),
    ),
    ("same_for_all", (st.integers(0, 6),)),
    ("dim_by_time", (st.booleans(),)),
    ("dim", (st.integers(0, 20), st.integers(21, SLOTS), st.integers(-1, MAX_BRIGHTNESS + 1))),
    ("scroll_at", (st.floats(1.0, 7.0),)),
    ("step_speed", (st.sampled_from([-1, 1]),)),
    ("choose_dwell", (st.sampled_from(DwellPreset),)),
    ("step_items", (st.sampled_from([-40, -1, 1, 300]),)),
)
STEP = st.one_of(
    [st.tuples(st.just(name), st.tuples(*values)) for name, values in STEPS]  # type: ignore[arg-type]
)


def model(before: Arrangement = START, *, may_change: bool = True) -> ScheduleModel:
    return ScheduleModel(Draft("lobby", before), may_change=may_change)


@given(st.lists(STEP, max_size=25))
def test_any_taps_keep_a_valid_arrangement_or_tell_a_limit(
    taps: list[tuple[str, tuple[object, ...]]],
) -> None:
    one = model()
    for name, values in taps:
        before = one.draft.arrangement
        done = getattr(one, name)(*values)
        now = one.draft.arrangement
        assert Arrangement.model_validate(now.model_dump()) == now
        assert done is not bool(one.refused)
        if not done:
            assert now == before
    one.reset()
    assert one.draft.arrangement == START and not one.refused


@given(st.lists(STEP, min_size=1, max_size=8))
def test_who_may_not_propose_changes_nothing(taps: list[tuple[str, tuple[object, ...]]]) -> None:
    one = model(may_change=False)
    for name, values in taps:
        getattr(one, name)(*values)
    assert one.draft.arrangement == START and not one.draft.changed


@pytest.mark.parametrize(
    ("step", "field", "limit"),
    [
        (lambda one: one.scroll_at(6.1), "characters_per_second", Limit.OUT_OF_RANGE),
        (lambda one: one.step_items(MOST_ITEMS), "items", Limit.OUT_OF_RANGE),
        (lambda one: one.step_items(-30), "items", Limit.OUT_OF_RANGE),
        (lambda one: one.dim(0, 4, MAX_BRIGHTNESS + 1), "brightness", Limit.OUT_OF_RANGE),
        (
            lambda one: one.make_exception(date(1999, 12, 31), DayKind.OFF),
            "exceptions",
            Limit.OUT_OF_RANGE,
        ),
    ],
)
def test_a_limit_is_told_of_its_field_and_forgotten_with_the_next_step(
    step: Callable[[ScheduleModel], bool], field: str, limit: Limit
) -> None:
    one = model()
    assert not step(one)
    assert [told.limit for told in one.refused_of(field)] == [limit]
    assert not one.draft.changed
    assert one.step_cut_over(5) and not one.refused


def test_too_many_exceptions_are_told() -> None:
    days = tuple(
        CalendarException(day=DAY + timedelta(days=number), kind=DayKind.OFF)
        for number in range(MOST_EXCEPTIONS)
    )
    one = model(START.changed(exceptions=days))
    assert not one.make_exception(date(2026, 11, 30), DayKind.OFF)
    assert one.refused[0].limit is Limit.TOO_MANY
    assert one.make_exception(DAY, None)
    assert one.make_exception(date(2026, 11, 30), DayKind.OFF)


@pytest.mark.parametrize(
    ("start", "minutes", "to"),
    [
        (time(8, 30), 5, time(8, 35)),
        (time(8, 30), -60, time(7, 30)),
        (time(23, 55), 5, time(0, 0)),
        (time(0, 10), -60, time(23, 10)),
        (time(8, 33), 5, time(8, 35)),
        (time(8, 33), -5, time(8, 30)),
        (time(8, 33), 60, time(9, 33)),
        (time(8, 30, 15), 60, time(9, 30, 15)),
        (time(8, 30, 15), 5, time(8, 35)),
        (time(8, 30, 15), -5, time(8, 30)),
    ],
)
def test_times_step_over_midnight_and_onto_full_steps(start: time, minutes: int, to: time) -> None:
    assert stepped(start, minutes) == to


@given(st.times().map(lambda one: one.replace(second=0, microsecond=0)))
def test_steps_forth_and_back_come_home_from_full_steps(start: time) -> None:
    full = start.replace(minute=start.minute // 5 * 5)
    for minutes in (5, 60):
        assert stepped(stepped(full, minutes), -minutes) == full


def test_hours_by_weekday_begin_from_what_is_in_force() -> None:
    own = ScreenHours(time(7), time(19))
    week = (own,) * 5 + (None, None)
    one = model(START.changed(screen_hours=week))
    assert one.always_lit(True) and one.draft.arrangement.screen_hours == ()
    assert one.always_lit(False) and one.draft.arrangement.screen_hours == week
    assert not one.draft.changed
    other = model()
    assert other.always_lit(False)
    assert other.draft.arrangement.screen_hours == (USUAL,) * 7


def test_a_weekday_is_dark_lit_moved_and_copied() -> None:
    week = lit((), 6, False)
    assert week == (USUAL,) * 6 + (None,)
    assert lit(week, 6, False) == week
    assert lit(week, 6, True)[6] == USUAL
    moved = with_end(week, 0, "off", 60)
    assert moved[0] == ScreenHours(USUAL.on, time(18, 30)) and moved[1:] == week[1:]
    assert with_end(week, 6, "on", 60) == week
    assert same_for_all(moved, 0) == (moved[0],) * 7
    assert same_for_all(week, 6) == (None,) * 7
    night = with_end((ScreenHours(time(8), time(23, 55)),) * 7, 0, "off", 5)[0]
    assert night.off == time(0) and night.past_midnight
    assert by_hours(week) is week


LEVELS = st.lists(st.integers(0, MAX_BRIGHTNESS), min_size=SLOTS, max_size=SLOTS).map(tuple)


@given(LEVELS)
def test_levels_are_those_that_the_card_is_given(levels: tuple[int, ...]) -> None:
    runs = runs_of(levels)
    assert levels_of(runs) == levels
    assert tuple(Screen(brightness=runs).half_hours(DAY)) == levels
    assert runs_of(levels_of(runs)) == runs
    assert [end for _, end, _ in stretches(levels)][-1] == SLOTS
    assert sum(end - begin for begin, end, _ in stretches(levels)) == SLOTS


def test_a_stretch_of_the_day_is_dimmed_and_put_back_without_a_difference() -> None:
    before = ((time(0), 4), (time(8), 12), (time(18), 4))
    one = model(START.changed(brightness=before))
    assert one.dim(16, 36, 10)
    assert one.draft.arrangement.brightness == ((time(8), 10), (time(18), 4))
    assert one.dim(16, 36, 12)
    assert one.draft.arrangement.brightness == before and not one.draft.changed
    assert slot_text(SLOTS) == "24:00" and slot_text(17) == "08:30"


def test_what_differs_is_told_by_part_of_the_screen() -> None:
    one = model()
    assert one.changed_tabs() == frozenset()
    one.step_cut_over(60)
    one.make_exception(DAY, DayKind.OFF, "power")
    one.step_speed(5)
    assert one.changed_tabs() == {Tab.UPDATE, Tab.CALENDAR, Tab.SCROLL}
    (found,) = one.differences(Setting.CUT_OVER)
    assert (found.before, found.after) == (time(8, 30), time(9, 30))
    assert one.draft.arrangement.characters_per_second == 4.5


def test_a_reason_is_recorded_in_one_language_and_read_in_any() -> None:
    one = model()
    assert one.make_exception(DAY, DayKind.OFF, "power")
    note = one.draft.arrangement.exceptions[0].note
    assert note == recorded("power") == words.load("zh")["timing.for_power"]
    assert note_in(note, words.load("en")) == words.load("en")["timing.for_power"]
    assert reason_of(note) == "power" and reason_of("") == "" and reason_of("stocktaking") == ""
    assert note_in("stocktaking", words.load("en")) == "stocktaking"
    assert one.make_exception(DAY, DayKind.OFF)
    assert one.draft.arrangement.exceptions[0].note == ""
    # A change of the reason alone is shown as a change too.
    other = model(one.draft.arrangement)
    assert other.make_exception(DAY, DayKind.OFF, "hall")
    assert other.changed_tabs() == {Tab.CALENDAR}


def test_every_reason_has_another_text() -> None:
    names = (*CLOSED_FOR, *OPEN_FOR)
    assert len({recorded(name) for name in names}) == len(names)
