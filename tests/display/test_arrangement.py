"""编排: limits that name their field, digests, differences; its choices in an edition."""

import math
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from display.arrangement import (
    Arrangement,
    CalendarException,
    Choices,
    Difference,
    Dwell,
    DwellPreset,
    EditionDays,
    Limit,
    NotAllowed,
    Setting,
    differences,
)
from display.edition import BY_STAFF, Edition, Pace, compose
from display.notice import Notice
from display.outlook import hardly_shown, needed_dwell_s, outlook, too_short
from display.release import Known
from display.screen import ScreenHours
from display.timing import Caution
from display.working_days_table import DayKind
from tests.display.builders import DAY, MORNING, WORDS, notice, surface
from tests.display.deciding import START

MONDAY = date(2026, 11, 23)
HOURS = ScreenHours(time(7, 30), time(18))


def exception(day: date, kind: DayKind = DayKind.WORK) -> CalendarException:
    return CalendarException(day=day, kind=kind)


@pytest.mark.parametrize(
    ("fields", "field", "limit"),
    [
        ({"characters_per_second": 6.1}, "characters_per_second", Limit.OUT_OF_RANGE),
        ({"characters_per_second": 1.9}, "characters_per_second", Limit.OUT_OF_RANGE),
        ({"characters_per_second": math.nan}, "characters_per_second", Limit.OUT_OF_RANGE),
        ({"items": 0}, "items", Limit.OUT_OF_RANGE),
        ({"items": 501}, "items", Limit.OUT_OF_RANGE),
        ({"cut_over": time(8, 30, 0, 1)}, "cut_over", Limit.WHOLE_SECONDS),
        ({"cut_over": time(8, 30, tzinfo=UTC)}, "cut_over", Limit.WHOLE_SECONDS),
        ({"screen_hours": (HOURS,) * 6}, "screen_hours", Limit.SEVEN_DAYS),
        (
            {"screen_hours": (ScreenHours(time(7, 30, 1), time(18)),) * 7},
            "screen_hours",
            Limit.WHOLE_MINUTES,
        ),
        ({"brightness": ((time(7), 16),)}, "brightness", Limit.OUT_OF_RANGE),
        ({"brightness": ((time(7, 15), 5),)}, "brightness", Limit.HALF_HOURS),
        ({"brightness": ((time(7), 5), (time(7), 6))}, "brightness", Limit.TWICE),
        ({"exceptions": (exception(MONDAY), exception(MONDAY))}, "exceptions", Limit.TWICE),
        ({"exceptions": (exception(date(1999, 1, 1)),)}, "exceptions", Limit.OUT_OF_RANGE),
        ({"choices": Choices(pinned=("a", "a"))}, "pinned", Limit.TWICE),
        (
            {"choices": Choices(pinned=("a",), left_out=("a",))},
            "pinned",
            Limit.PINNED_AND_LEFT_OUT,
        ),
        ({"choices": Choices(pinned=tuple(map(str, range(501))))}, "pinned", Limit.TOO_MANY),
        (
            {"choices": Choices(dwell=(Dwell(notice_id="a", seconds=4.9),))},
            "dwell_of_notice",
            Limit.OUT_OF_RANGE,
        ),
        (
            {"choices": Choices(dwell=(Dwell(notice_id="a", seconds=30.5),))},
            "dwell_of_notice",
            Limit.OUT_OF_RANGE,
        ),
    ],
)
def test_each_limit_names_its_field(fields: dict[str, Any], field: str, limit: Limit) -> None:
    with pytest.raises(NotAllowed) as refused:
        START.changed(**fields)
    assert {(one.field, one.limit) for one in refused.value.passed} == {(field, limit)}
    assert field in str(refused.value)


def test_all_limits_are_told_at_once_with_their_bounds() -> None:
    with pytest.raises(NotAllowed) as refused:
        START.changed(characters_per_second=9.0, items=900)
    speed, items = refused.value.passed
    assert (speed.value, speed.lowest, speed.highest) == (9.0, 2.0, 6.0)
    assert (items.value, items.highest) == (900, 500)


def test_nothing_else_can_be_set() -> None:
    with pytest.raises(ValidationError, match="heading"):
        Arrangement.model_validate({**START.model_dump(), "heading": "words of staff"})


@given(
    speed=st.floats(2, 6),
    cut_over=st.times().map(lambda one: one.replace(microsecond=0)),
    pinned=st.lists(st.text(min_size=1, max_size=5), unique=True, max_size=4),
)
def test_equal_arrangements_have_equal_digests_and_survive_their_text(
    speed: float, cut_over: time, pinned: list[str]
) -> None:
    one = START.changed(
        characters_per_second=speed, cut_over=cut_over, choices=Choices(pinned=tuple(pinned))
    )
    read = Arrangement.model_validate_json(one.canonical)
    assert (read, read.digest) == (one, one.digest)
    assert (one.digest == START.digest) is (one == START) is (not differences(START, one))


def test_what_has_no_order_is_put_in_one() -> None:
    days = exception(MONDAY), exception(date(2026, 11, 28))
    one = START.changed(exceptions=days, choices=Choices(left_out=("b", "a")))
    other = START.changed(exceptions=days[::-1], choices=Choices(left_out=("a", "b")))
    assert one.digest == other.digest


def test_differences_tell_old_and_new() -> None:
    after = START.changed(
        cut_over=time(9),
        characters_per_second=5.0,
        exceptions=(exception(MONDAY, DayKind.OFF),),
        screen_hours=(HOURS,) * 5 + (None, None),
        choices=Choices(
            pinned=("n2", "n1"), left_out=("n3",), dwell=(Dwell(notice_id="n1", seconds=9.0),)
        ),
    )
    found = differences(START, after)
    assert found[0] == Difference(Setting.CUT_OVER, time(8, 30), time(9))
    assert Difference(Setting.SPEED, 4.0, 5.0) in found
    closed = exception(MONDAY, DayKind.OFF)
    assert Difference(Setting.EXCEPTION, None, closed, "2026-11-23") in found
    assert Difference(Setting.SCREEN_HOURS, "always", None, "6") in found
    assert Difference(Setting.PIN, None, 2, "n1") in found
    assert Difference(Setting.LEFT_OUT, None, True, "n3") in found
    assert Difference(Setting.DWELL, None, 9.0, "n1") in found
    assert len(found) == 3 + 7 + 4
    back = differences(after, START)
    assert {(one.after, one.before) for one in back} == {(one.before, one.after) for one in found}


def test_another_note_is_a_difference_too() -> None:
    plain = CalendarException(day=MONDAY, kind=DayKind.OFF)
    noted = CalendarException(day=MONDAY, kind=DayKind.OFF, note="stocktaking")
    found = differences(START.changed(exceptions=(plain,)), START.changed(exceptions=(noted,)))
    assert found == (Difference(Setting.EXCEPTION, plain, noted, "2026-11-23"),)


def made(
    *notices: Notice, choices: Choices, at: datetime = MORNING, items: int = 30, **more: Any
) -> Edition:
    return compose(
        notices,
        day=DAY,
        cut_over_at=at,
        surface=surface(),
        pace=Pace(4.0, items=items),
        known=more.pop("known", Known()),
        words=WORDS,
        choices=choices,
        **more,
    )


def ids(edition: Edition) -> list[str]:
    return list(dict.fromkeys(page.notice_id for page in edition.pages))


def test_pinned_come_first_then_the_others_as_before_and_what_is_left_out_is_told() -> None:
    some = [notice(number) for number in (1, 2, 3, 4)]
    edition = made(*some, choices=Choices(pinned=("n4", "n2"), left_out=("n1",)))
    assert ids(edition) == ["n4", "n2", "n3"]
    assert edition.left_out == {"n1": BY_STAFF}


def test_a_pin_brings_a_notice_into_a_full_edition() -> None:
    some = [notice(number) for number in (1, 2, 3)]
    edition = made(*some, choices=Choices(pinned=("n3",)), items=2)
    assert ids(edition) == ["n3", "n1"]
    assert edition.left_out == {"n2": "edition is full"}


def test_todays_openings_stay_first() -> None:
    opening = notice(2, opens_at=MORNING.replace(hour=3))
    edition = made(notice(1), opening, choices=Choices(pinned=("n1",)), projects=[opening])
    assert edition.pages[0].template == "opening"
    assert edition.pages[0].notice_id == "n2"


def test_what_is_not_released_has_no_effect_and_leaves_no_trace() -> None:
    early = notice(1, published_at=MORNING.replace(hour=9))
    gone = notice(2)
    choices = Choices(
        pinned=("n1", "n2"), left_out=("n9",), dwell=(Dwell(notice_id="n1", seconds=9),)
    )
    known = Known(withdrawn={"n2": MORNING})
    edition = made(early, gone, notice(3), choices=choices, known=known)
    assert ids(edition) == ["n3"]
    assert edition.left_out == {}
    plain = made(early, gone, notice(3), choices=Choices(), known=known)
    assert edition.id == plain.id


SHORT = notice(1, title="短讯", tender_no="", buyer="")


def test_a_chosen_dwell_counts_for_standing_pages_and_never_below_what_words_need() -> None:
    (page,) = made(SHORT, choices=Choices()).pages
    assert not page.scrolls
    longer, shorter = page.seconds + 5, 5.0
    (chosen,) = made(SHORT, choices=Choices(dwell=(Dwell(notice_id="n1", seconds=longer),))).pages
    assert chosen.seconds == longer
    (kept,) = made(SHORT, choices=Choices(dwell=(Dwell(notice_id="n1", seconds=shorter),))).pages
    assert kept.seconds == page.seconds
    scrolling = made(notice(2), choices=Choices(dwell=(Dwell(notice_id="n2", seconds=30.0),)))
    assert scrolling.pages == made(notice(2), choices=Choices()).pages


def test_a_dwell_too_short_for_its_words_is_told_before_it_is_proposed() -> None:
    wordy = notice(1, title="短讯" * 3, tender_no="", buyer="")
    edition = made(wordy, choices=Choices())
    slow = needed_dwell_s(edition.pages, DwellPreset.SLOW)
    assert slow is not None
    assert slow > 5.0
    short = START.changed(
        dwell=DwellPreset.SLOW, choices=Choices(dwell=(Dwell(notice_id="n1", seconds=5.0),))
    )
    (passed,) = too_short(short, edition)
    assert (passed.limit, passed.lowest) == (Limit.TOO_SHORT_FOR_ITS_WORDS, slow)
    enough = short.changed(choices=Choices(dwell=(Dwell(notice_id="n1", seconds=slow),)))
    assert too_short(enough, edition) == ()


def test_staff_are_told_of_loop_distance_and_cautions() -> None:
    edition = made(*[notice(number) for number in range(1, 9)], choices=Choices())
    told = outlook(edition, surface(), Pace(5.5, wait_s=10.0), 4.75, START)
    assert [one.caution for one in told.cautions] == [
        Caution.TOO_FAST,
        Caution.LOOP_LONGER_THAN_WAIT,
    ]
    assert told.viewing_distance_m == pytest.approx(22.8)
    assert told.loop_s > 50
    assert outlook(edition, surface(), Pace(4.0), None, START).viewing_distance_m is None
    assert START.days is EditionDays.WORKING


ALWAYS_LIT = (ScreenHours(time(0), time(0)),) * 7


@pytest.mark.parametrize(
    ("values", "shown_s"),
    [
        ({"cut_over": time(23, 59, 59)}, 1.0),
        ({"cut_over": time(22, 59)}, None),
        ({"cut_over": time(23, 0)}, None),
        ({"cut_over": time(23, 1, 30)}, 3510.0),
        ({"brightness": ((time(0), 0),)}, 0.0),
        ({"brightness": ((time(0), 0), (time(8), 1), (time(9), 0))}, 1800.0),
        ({"brightness": ((time(0), 0), (time(8), 1), (time(9, 30), 0))}, None),
        ({"screen_hours": (None,) * 7}, 0.0),
        ({"screen_hours": (ScreenHours(time(8), time(9)),) * 7}, 1800.0),
        ({"screen_hours": (ScreenHours(time(8), time(18)), *(None,) * 6)}, None),
        ({"screen_hours": ALWAYS_LIT}, None),
    ],
)
def test_what_leaves_a_board_empty_nearly_all_the_time_is_told(
    values: dict[str, Any], shown_s: float | None
) -> None:
    edition = made(notice(1), choices=Choices())
    found = hardly_shown(START.changed(**values), edition)
    assert [one.value for one in found] == ([] if shown_s is None else [shown_s])
