"""编排: everything that staff may set for one board, and its limits (pure).

An arrangement holds times, speeds and the order of notices, never words. A value beyond a limit
is refused with the field's name and the limit; nothing is bent until it fits.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from display.screen import DAYS, MAX_BRIGHTNESS, ScreenHours
from display.timing import (
    LONGEST_DWELL_S,
    MAX_CHARACTERS_PER_SECOND,
    MIN_CHARACTERS_PER_SECOND,
    SHORTEST_DWELL_S,
)
from display.working_days_table import YEARS, DayKind

MOST_ITEMS = 500
MOST_CHOICES = 100
"""Notices that staff pin, leave out or give a dwell, of each at most."""
MOST_EXCEPTIONS = 200
"""Days. A proposal holds two arrangements and travels in one batch."""

NoticeId = Annotated[str, Field(min_length=1, max_length=200)]
Value = object
"""What stands on one side of a difference: a number, a text, a time, hours, a place, an
exception, None."""


class EditionDays(StrEnum):
    """On which days an edition is made."""

    WORKING = "working"
    EVERY = "every"


class RestDays(StrEnum):
    """What a board shows on days without an edition."""

    NEUTRAL = "neutral"
    DARK = "dark"


class DwellPreset(StrEnum):
    """停留时间, for all standing pages."""

    NORMAL = "normal"
    SLOW = "slow"


class Limit(StrEnum):
    """Why a value is refused."""

    OUT_OF_RANGE = "out_of_range"
    TOO_SHORT_FOR_ITS_WORDS = "too_short_for_its_words"
    """A dwell in which the page cannot be read."""
    WHOLE_SECONDS = "whole_seconds"
    WHOLE_MINUTES = "whole_minutes"
    HALF_HOURS = "half_hours"
    """Cards keep brightness by the half hour."""
    SEVEN_DAYS = "seven_days"
    """Hours for each weekday, or for none."""
    TWICE = "twice"
    """The same day, time or notice stands twice."""
    PINNED_AND_LEFT_OUT = "pinned_and_left_out"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Passed:
    """One limit that a value passed."""

    field: str
    limit: Limit
    value: Value
    lowest: float | None = None
    highest: float | None = None
    item: str = ""
    """The notice, day or time that is meant, where the field holds several."""

    def __str__(self) -> str:
        bounds = ""
        if self.lowest is not None and self.highest is not None:
            bounds = f", {self.lowest:g} to {self.highest:g} allowed"
        elif self.highest is not None:
            bounds = f", at most {self.highest:g}"
        item = f" of {self.item}" if self.item else ""
        return f"{self.field}{item}: {self.value} {self.limit}{bounds}"


class NotAllowed(Exception):
    """Values beyond their limits: show each and what is allowed; nothing was changed."""

    def __init__(self, passed: Sequence[Passed]) -> None:
        super().__init__("; ".join(map(str, passed)))
        self.passed = tuple(passed)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CalendarException(_Part):
    """One day that is worked or not, whatever the calendar says."""

    day: date
    kind: DayKind
    note: str = Field(default="", max_length=60)


class Dwell(_Part):
    """Seconds that the standing pages of one notice stay."""

    notice_id: NoticeId
    seconds: float


class Choices(_Part):
    """What staff choose for single notices."""

    pinned: tuple[NoticeId, ...] = ()
    """First on the board, in this order."""
    left_out: tuple[NoticeId, ...] = ()
    dwell: tuple[Dwell, ...] = ()
    """Scrolling pages have none: their speed and length decide."""

    @field_validator("left_out")
    @classmethod
    def _sorted(cls, ids: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted(ids))

    @field_validator("dwell")
    @classmethod
    def _by_notice(cls, dwell: tuple[Dwell, ...]) -> tuple[Dwell, ...]:
        return tuple(sorted(dwell, key=lambda one: one.notice_id))

    def dwell_of(self, notice_id: str) -> float | None:
        """Seconds chosen for a notice; None: those that its words need."""
        return next((one.seconds for one in self.dwell if one.notice_id == notice_id), None)


NO_CHOICES = Choices()


class Arrangement(_Part):
    """编排. Times are those of Shanghai. Making one raises NotAllowed, with every limit passed,
    and pydantic's ValidationError for what is no arrangement at all."""

    cut_over: time
    """每日更新"""
    days: EditionDays
    exceptions: tuple[CalendarException, ...] = ()
    """Above the calendar of `days`, in order."""
    screen_hours: tuple[ScreenHours | None, ...] = ()
    """Monday to Sunday, None for a dark day; empty: always lit."""
    rest_days: RestDays = RestDays.NEUTRAL
    brightness: tuple[tuple[time, int], ...] = ()
    """From each time of day on this level; empty: as the card is set."""
    characters_per_second: float
    dwell: DwellPreset = DwellPreset.NORMAL
    items: int
    """Notices in one edition."""
    choices: Choices = NO_CHOICES

    @field_validator("exceptions")
    @classmethod
    def _by_day(cls, days: tuple[CalendarException, ...]) -> tuple[CalendarException, ...]:
        return tuple(sorted(days, key=lambda one: one.day))

    @field_validator("brightness")
    @classmethod
    def _by_time(cls, levels: tuple[tuple[time, int], ...]) -> tuple[tuple[time, int], ...]:
        return tuple(sorted(levels))

    @model_validator(mode="after")
    def _within_limits(self) -> Self:
        passed = [*_timing(self), *_calendar(self), *_screen(self), *_choices(self.choices)]
        if passed:
            raise NotAllowed(passed)
        return self

    @property
    def canonical(self) -> str:
        """JSON with sorted keys, without spaces: equal arrangements have equal texts."""
        return canonical(self)

    @property
    def digest(self) -> str:
        """SHA-256 of `canonical`, hex."""
        return digest_of(self)

    def changed(self, **fields: Any) -> Self:
        """A copy with other values, checked. Raises as making one does."""
        return type(self).model_validate({**dict(self), **fields})


def canonical(model: BaseModel) -> str:
    """A model as JSON in UTF-8 without spaces, keys sorted."""
    return json.dumps(
        model.model_dump(mode="json"),
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
        allow_nan=False,
    )


def digest_of(model: BaseModel) -> str:
    """SHA-256 of a model's canonical text, hex."""
    return hashlib.sha256(canonical(model).encode()).hexdigest()


class Setting(StrEnum):
    """What can differ between two arrangements."""

    CUT_OVER = "cut_over"
    DAYS = "days"
    EXCEPTION = "exception"
    SCREEN_HOURS = "screen_hours"
    REST_DAYS = "rest_days"
    BRIGHTNESS = "brightness"
    SPEED = "characters_per_second"
    DWELL_PRESET = "dwell"
    ITEMS = "items"
    PIN = "pin"
    """The place among the pinned, from 1; None: not pinned."""
    LEFT_OUT = "left_out"
    DWELL = "dwell_of_notice"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that another arrangement sets otherwise: old → new."""

    setting: Setting
    before: Value
    after: Value
    item: str = ""
    """Of EXCEPTION the day, of SCREEN_HOURS the weekday from 0, of PIN, LEFT_OUT and DWELL the
    notice's id."""


def differences(before: Arrangement, after: Arrangement) -> tuple[Difference, ...]:
    """Everything in which two arrangements differ, in the order of `Setting`."""
    plain = (
        (Setting.CUT_OVER, "cut_over"),
        (Setting.DAYS, "days"),
        (Setting.REST_DAYS, "rest_days"),
        (Setting.BRIGHTNESS, "brightness"),
        (Setting.SPEED, "characters_per_second"),
        (Setting.DWELL_PRESET, "dwell"),
        (Setting.ITEMS, "items"),
    )
    found = [
        Difference(setting, getattr(before, name), getattr(after, name))
        for setting, name in plain
        if getattr(before, name) != getattr(after, name)
    ]
    keyed = (
        (Setting.EXCEPTION, _exceptions_by_day),
        (Setting.SCREEN_HOURS, _hours_by_day),
        (Setting.PIN, lambda one: {id: n for n, id in enumerate(one.choices.pinned, start=1)}),
        (Setting.LEFT_OUT, lambda one: dict.fromkeys(one.choices.left_out, True)),
        (Setting.DWELL, lambda one: {d.notice_id: d.seconds for d in one.choices.dwell}),
    )
    for setting, read in keyed:
        found += _differing(setting, read(before), read(after))
    order = list(Setting)
    return tuple(sorted(found, key=lambda one: order.index(one.setting)))


def _differing(
    setting: Setting, before: Mapping[str, Value], after: Mapping[str, Value]
) -> Iterator[Difference]:
    for item in dict.fromkeys([*before, *after]):
        old, new = before.get(item), after.get(item)
        if old != new:
            yield Difference(setting, old, new, item)


def _exceptions_by_day(arrangement: Arrangement) -> dict[str, Value]:
    return {one.day.isoformat(): one for one in arrangement.exceptions}


ALWAYS = "always"
"""Stands for the hours of a weekday when a board is lit at all times."""


def _hours_by_day(arrangement: Arrangement) -> dict[str, Value]:
    week: Sequence[Value] = arrangement.screen_hours or (ALWAYS,) * DAYS
    return {str(number): hours for number, hours in enumerate(week)}


def _range(field: str, value: float, lowest: float, highest: float, item: str = "") -> list[Passed]:
    # Not the other way round: no comparison with NaN is true.
    if lowest <= value <= highest:
        return []
    return [Passed(field, Limit.OUT_OF_RANGE, value, lowest, highest, item)]


def _timing(one: Arrangement) -> Iterator[Passed]:
    yield from _range(
        "characters_per_second",
        one.characters_per_second,
        MIN_CHARACTERS_PER_SECOND,
        MAX_CHARACTERS_PER_SECOND,
    )
    yield from _range("items", one.items, 1, MOST_ITEMS)
    if one.cut_over.microsecond or one.cut_over.tzinfo is not None:
        yield Passed("cut_over", Limit.WHOLE_SECONDS, one.cut_over)


def _calendar(one: Arrangement) -> Iterator[Passed]:
    yield from _twice("exceptions", [each.day.isoformat() for each in one.exceptions])
    for each in one.exceptions:
        yield from _range(
            "exceptions", each.day.year, YEARS[0], YEARS[-1], item=each.day.isoformat()
        )
    yield from _many("exceptions", one.exceptions, MOST_EXCEPTIONS)


def _screen(one: Arrangement) -> Iterator[Passed]:
    if len(one.screen_hours) not in (0, DAYS):
        yield Passed("screen_hours", Limit.SEVEN_DAYS, len(one.screen_hours))
    for day, hours in enumerate(one.screen_hours):
        for moment in (hours.on, hours.off) if hours is not None else ():
            if moment.second or moment.microsecond or moment.tzinfo is not None:
                yield Passed("screen_hours", Limit.WHOLE_MINUTES, moment, item=str(day))
    yield from _twice("brightness", [moment.isoformat() for moment, _ in one.brightness])
    for moment, level in one.brightness:
        yield from _range("brightness", level, 0, MAX_BRIGHTNESS, item=f"{moment:%H:%M}")
        if moment.minute % 30 or moment.second or moment.microsecond or moment.tzinfo is not None:
            yield Passed("brightness", Limit.HALF_HOURS, moment, item=f"{moment:%H:%M}")


def _choices(one: Choices) -> Iterator[Passed]:
    yield from _twice("pinned", one.pinned)
    yield from _twice("left_out", one.left_out)
    yield from _twice("dwell_of_notice", [each.notice_id for each in one.dwell])
    for field, chosen in (
        ("pinned", one.pinned),
        ("left_out", one.left_out),
        ("dwell_of_notice", one.dwell),
    ):
        yield from _many(field, chosen, MOST_CHOICES)
    for id in one.pinned:
        if id in one.left_out:
            yield Passed("pinned", Limit.PINNED_AND_LEFT_OUT, id, item=id)
    for each in one.dwell:
        yield from _range(
            "dwell_of_notice", each.seconds, SHORTEST_DWELL_S, LONGEST_DWELL_S, each.notice_id
        )


def _many(field: str, values: Sequence[object], most: int) -> Iterator[Passed]:
    if len(values) > most:
        yield Passed(field, Limit.TOO_MANY, len(values), highest=most)


def _twice(field: str, values: Iterable[str]) -> Iterator[Passed]:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            yield Passed(field, Limit.TWICE, value, item=value)
        seen.add(value)


def is_long_enough(seconds: float, needed_s: float) -> bool:
    """Whether a chosen dwell leaves time to read what needs `needed_s`."""
    return seconds >= needed_s or math.isclose(seconds, needed_s)
