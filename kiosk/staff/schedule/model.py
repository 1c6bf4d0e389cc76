"""What staff do to the times, days and speeds of a draft, step by step (pure).

A step beyond a limit changes nothing; `ScheduleModel.refused` then says why, and of which field.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from display.arrangement import (
    Difference,
    DwellPreset,
    EditionDays,
    NotAllowed,
    Passed,
    RestDays,
    Setting,
)
from display.timing import (
    MAX_CHARACTERS_PER_SECOND,
    MIN_CHARACTERS_PER_SECOND,
)
from display.working_days_table import DayKind
from kiosk.staff.draft import Draft
from kiosk.staff.schedule import levels as schedule_levels
from kiosk.staff.schedule import week as schedule_week
from kiosk.staff.schedule.day_notes import recorded
from kiosk.staff.schedule.month import exceptions_with

SPEED_STEP = 0.1
"""Characters per second."""
SPEEDS = (MIN_CHARACTERS_PER_SECOND, MAX_CHARACTERS_PER_SECOND)


class Tab(StrEnum):
    """The parts of the screen, in their order."""

    UPDATE = "update"
    CALENDAR = "calendar"
    HOURS = "hours"
    BRIGHTNESS = "brightness"
    SCROLL = "scroll"


OF: Mapping[Setting, Tab] = MappingProxyType(
    {
        Setting.CUT_OVER: Tab.UPDATE,
        Setting.DAYS: Tab.UPDATE,
        Setting.REST_DAYS: Tab.UPDATE,
        Setting.EXCEPTION: Tab.CALENDAR,
        Setting.SCREEN_HOURS: Tab.HOURS,
        Setting.BRIGHTNESS: Tab.BRIGHTNESS,
        Setting.SPEED: Tab.SCROLL,
        Setting.DWELL_PRESET: Tab.SCROLL,
        Setting.ITEMS: Tab.SCROLL,
    }
)
"""Where a setting is changed; the other ones are the edition screen's."""


class ScheduleModel:
    """Steps on one draft; whoever may not propose changes nothing."""

    def __init__(self, draft: Draft, *, may_change: bool) -> None:
        self.draft = draft
        self.may_change = may_change
        self.refused: tuple[Passed, ...] = ()
        """The limits that the last step passed; empty: it was done."""

    def step_cut_over(self, minutes: int) -> bool:
        """The daily update so much later, over midnight too."""
        cut_over = self.draft.arrangement.cut_over
        return self._change(cut_over=schedule_week.stepped(cut_over, minutes))

    def choose_days(self, days: EditionDays) -> bool:
        """On which days an edition is made."""
        return self._change(days=days)

    def choose_rest(self, rest: RestDays) -> bool:
        """What the board shows on the other days."""
        return self._change(rest_days=rest)

    def make_exception(self, day: date, kind: DayKind | None, reason: str = "") -> bool:
        """Make or change the exception of a day, None: end it; `reason`: a name, or none."""
        note = recorded(reason) if kind is not None and reason else ""
        made = exceptions_with(self.draft.arrangement, day, kind, note)
        return self._change(exceptions=made)

    def always_lit(self, always: bool) -> bool:
        """Lit at all times, or by weekday: first by the hours in force, where there are any."""
        draft = self.draft
        week = draft.arrangement.screen_hours or draft.before.screen_hours
        return self._change(screen_hours=() if always else schedule_week.by_hours(week))

    def light(self, day: int, on: bool) -> bool:
        """A weekday (Monday: 0) lit or dark."""
        week = self.draft.arrangement.screen_hours
        return self._change(screen_hours=schedule_week.lit(week, day, on))

    def step_hours(self, day: int, end: str, minutes: int) -> bool:
        """One `end` of a lit weekday, "on" or "off", so much later."""
        week = self.draft.arrangement.screen_hours
        return self._change(screen_hours=schedule_week.with_end(week, day, end, minutes))

    def same_for_all(self, day: int) -> bool:
        """Every weekday as this one."""
        week = self.draft.arrangement.screen_hours
        return self._change(screen_hours=schedule_week.same_for_all(week, day))

    def dim_by_time(self, by_time: bool) -> bool:
        """Levels by time of day, first those in force, or none: as the card is set."""
        usual = schedule_levels.runs_of((schedule_levels.USUAL_LEVEL,) * schedule_levels.SLOTS)
        levels = self.draft.arrangement.brightness or self.draft.before.brightness or usual
        return self._change(brightness=levels if by_time else ())

    def dim(self, begin: int, end: int, level: int) -> bool:
        """A level for the half hours `[begin, end)`."""
        before = self.draft.before.brightness
        arrangement = self.draft.arrangement
        return self._change(
            brightness=schedule_levels.with_level(arrangement, begin, end, level, before)
        )

    def scroll_at(self, characters_per_second: float) -> bool:
        """A speed, to a tenth of a character per second."""
        return self._change(characters_per_second=round(characters_per_second, 1))

    def step_speed(self, steps: int) -> bool:
        """So many tenths of a character per second faster."""
        return self.scroll_at(self.draft.arrangement.characters_per_second + steps * SPEED_STEP)

    def choose_dwell(self, preset: DwellPreset) -> bool:
        """How long standing pages stay."""
        return self._change(dwell=preset)

    def step_items(self, steps: int) -> bool:
        """So many more notices in an edition."""
        return self._change(items=self.draft.arrangement.items + steps)

    def reset(self) -> None:
        """Back to what is in force."""
        if self.may_change:
            self.draft.reset()
            self.refused = ()

    def take_up(self) -> None:
        """Go on from what is proposed and waits."""
        if self.may_change:
            self.draft.take_up()
            self.refused = ()

    def forget_refusal(self) -> None:
        """The field whose limit was passed is not looked at any more."""
        self.refused = ()

    def refused_of(self, field: str) -> tuple[Passed, ...]:
        """The limits of a field that the last step passed."""
        return tuple(one for one in self.refused if one.field == field)

    def differences(self, *settings: Setting) -> tuple[Difference, ...]:
        """What differs from what is in force, of these settings or all."""
        wanted: Collection[Setting] = settings or tuple(Setting)
        return tuple(one for one in self.draft.differences if one.setting in wanted)

    def changed_tabs(self) -> frozenset[Tab]:
        """Parts in which something differs from what is in force."""
        return frozenset(OF[one.setting] for one in self.draft.differences if one.setting in OF)

    def _change(self, **fields: Any) -> bool:
        if not self.may_change:
            return False
        try:
            self.draft.change(**fields)
        except NotAllowed as problem:
            self.refused = tuple(_named(one) for one in problem.passed)
            return False
        self.refused = ()
        return True


def _named(passed: Passed) -> Passed:
    """Tenths as they are shown."""
    if isinstance(passed.value, float):
        return replace(passed, value=round(passed.value, 1))
    return passed
