"""What staff read of arrangements and decisions, in whole sentences with their remedy (pure)."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from types import MappingProxyType

from display.arrangement import (
    ALWAYS,
    CalendarException,
    Difference,
    DwellPreset,
    EditionDays,
    Limit,
    NotAllowed,
    Passed,
    RestDays,
    Setting,
    Value,
)
from display.decisions import Fault
from display.local_time import SHANGHAI
from display.screen import ScreenHours
from display.standing import Judged, Outcome, State
from display.timing import Caution, Warned
from display.working_days_table import DayKind
from kiosk.staff.schedule.day_notes import note_in
from kiosk.sync.decision import Unacceptable, code_of
from kiosk.words import Words, load, weekday

RECORDED_IN = "zh"
"""Language of what is written into a decision: that of the record, whoever reads it."""
REFUSING = ("too_fast", "order", "missing", "times", "not_agreed", "in_person")
"""Why a proposal is sent back, by name in section reason."""
NEUTRAL = ("wrong_content", "wrong_picture", "emergency", "inspection", "repair")
"""Why the neutral page is wanted at once."""
SETTINGS: Mapping[str, Setting] = MappingProxyType(
    {
        "cut_over": Setting.CUT_OVER,
        "exceptions": Setting.EXCEPTION,
        "screen_hours": Setting.SCREEN_HOURS,
        "brightness": Setting.BRIGHTNESS,
        "characters_per_second": Setting.SPEED,
        "items": Setting.ITEMS,
        "pinned": Setting.PIN,
        "left_out": Setting.LEFT_OUT,
        "dwell_of_notice": Setting.DWELL,
    }
)
"""`Passed.field` → what it is about."""
_OF = {
    Setting.EXCEPTION: "exception_of",
    Setting.SCREEN_HOURS: "screen_hours_of",
    Setting.BRIGHTNESS: "brightness_of",
    Setting.PIN: "pin_of",
    Setting.LEFT_OUT: "left_out_of",
    Setting.DWELL: "dwell_of_notice_of",
}
"""How one day, time or notice of several is named, in section setting."""
_ABSENT = {
    Setting.EXCEPTION: "by_calendar",
    Setting.SCREEN_HOURS: "dark_all_day",
    Setting.PIN: "not_pinned",
    Setting.LEFT_OUT: "not_left_out",
    Setting.DWELL: "by_its_words",
}
"""What None stands for."""
_CHOSEN = {
    EditionDays.WORKING: "days_working",
    EditionDays.EVERY: "days_every",
    RestDays.NEUTRAL: "rest_neutral",
    RestDays.DARK: "rest_dark",
    DwellPreset.NORMAL: "dwell_normal",
    DwellPreset.SLOW: "dwell_slow",
    DayKind.WORK: "day_work",
    DayKind.OFF: "day_off",
}
_UNITS = {
    Setting.SPEED: "unit_speed",
    Setting.ITEMS: "unit_items",
    Setting.PIN: "unit_place",
    Setting.DWELL: "unit_seconds",
    Setting.BRIGHTNESS: "unit_level",
}
NO_TITLES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Changed:
    """One difference in words: what, old → new."""

    what: str
    before: str
    after: str


def changes(
    differences: Iterable[Difference], words: Words, titles: Mapping[str, str] = NO_TITLES
) -> tuple[Changed, ...]:
    """`titles`: of released notices, by id; another one is named by its id."""
    return tuple(
        Changed(
            what(one.setting, one.item, words, titles),
            value(one.setting, one.before, words),
            value(one.setting, one.after, words),
        )
        for one in differences
    )


def what(setting: Setting, item: str, words: Words, titles: Mapping[str, str] = NO_TITLES) -> str:
    """What is set; `item` as in `arrangement.Difference` and `Passed`, empty for all of it."""
    name = _OF.get(setting) if item else None
    if name is None:
        return words[f"setting.{setting}"]
    return words[f"setting.{name}"].format(item=_item(setting, item, words, titles))


def value(setting: Setting, found: Value, words: Words) -> str:
    """One side of a difference."""
    if found is None and setting in _ABSENT:
        return words[f"setting.{_ABSENT[setting]}"]
    if setting is Setting.LEFT_OUT:
        return words["setting.is_left_out"]
    if isinstance(found, EditionDays | RestDays | DwellPreset | DayKind):
        return words[f"setting.{_CHOSEN[found]}"]
    if isinstance(found, ScreenHours):
        name = "hours_past_midnight" if found.past_midnight else "hours"
        return words[f"setting.{name}"].format(on=_clock(found.on), off=_clock(found.off))
    if isinstance(found, CalendarException):
        said = words[f"setting.{_CHOSEN[found.kind]}"]
        if not found.note:
            return said
        return said + words["setting.with_note"].format(note=note_in(found.note, words))
    if found == ALWAYS:
        return words["setting.lit_all_day"]
    if setting is Setting.BRIGHTNESS and isinstance(found, tuple):
        levels = (
            words["setting.level_from"].format(time=_clock(at), level=level) for at, level in found
        )
        return words["staff.between"].join(levels) or words["setting.by_card"]
    return _measured(setting, found, words)


def limit(passed: Passed, words: Words, titles: Mapping[str, str] = NO_TITLES) -> str:
    """Why a value is refused, and what to do."""
    setting = SETTINGS[passed.field]
    counted = passed.limit is Limit.TOO_MANY

    def told(found: Value) -> str:
        if counted and isinstance(found, int | float):
            return _number(found)
        return "" if found is None else _measured(setting, found, words)

    # What is told as enough must be enough.
    lowest = None if passed.lowest is None else math.ceil(passed.lowest * 10) / 10
    return words[f"limit.{passed.limit}"].format(
        what=what(setting, passed.item, words, titles),
        value=told(passed.value),
        lowest=told(lowest),
        highest=told(passed.highest),
    )


def limits(
    problem: NotAllowed, words: Words, titles: Mapping[str, str] = NO_TITLES
) -> tuple[str, ...]:
    """Every limit that was passed."""
    return tuple(limit(one, words, titles) for one in problem.passed)


def caution(warned: Warned, words: Words) -> str:
    """What staff are warned of, with the value and its limit."""
    lasts = warned.caution in (Caution.LOOP_LONGER_THAN_WAIT, Caution.HARDLY_SHOWN)
    told = partial(duration, words=words) if lasts else _number
    return words[f"caution.{warned.caution}"].format(
        value=told(warned.value), limit=told(warned.limit)
    )


def duration(seconds: float, words: Words) -> str:
    """7 分 42 秒, or 5 分钟."""
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return words["caution.seconds"].format(seconds=rest)
    return words["caution.minutes_seconds" if rest else "caution.minutes"].format(
        minutes=minutes, seconds=rest
    )


def metres(distance_m: float) -> int:
    """A viewing distance as everybody is told it: whole metres, the nearest."""
    return round(distance_m)


def fault(found: Fault, words: Words) -> str:
    """Why an account may not decide."""
    return words[f"fault.{found}"]


def outcome(judged: Judged, words: Words) -> str:
    """What became of a decision."""
    if judged.outcome is Outcome.ACCOUNT and judged.fault is not None:
        return fault(judged.fault, words)
    return words[f"outcome.{judged.outcome}"]


def state(found: State, words: Words) -> str:
    """Where a proposal stands, in one word."""
    return words[f"proposal.{found}"]


def not_accepted(reason: str, words: Words) -> str:
    """Why the server does not take a decision; `reason` as it answered."""
    code = code_of(reason)
    if code is None:
        return words["not_accepted.another_reason"]
    return unacceptable(code, words)


def unacceptable(code: Unacceptable, words: Words) -> str:
    """Why the server does not take a decision, by its code."""
    for section, codes in (("fault", Fault), ("outcome", Outcome)):
        if code.value in {one.value for one in codes}:
            return words[f"{section}.{code}"]
    return words[f"not_accepted.{code}"]


def reason_to_record(name: str) -> str:
    """One of REFUSING or NEUTRAL as a decision carries it."""
    return load(RECORDED_IN)[f"reason.{name}"]


def reason(recorded: str, words: Words) -> str:
    """A recorded reason in the reader's language; as it is, when it is none of ours."""
    for name in (*REFUSING, *NEUTRAL):
        if recorded == reason_to_record(name):
            return words[f"reason.{name}"]
    return recorded or words["reason.none"]


def moment(at: datetime) -> str:
    """2026-11-24 08:30 in Shanghai."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _item(setting: Setting, item: str, words: Words, titles: Mapping[str, str]) -> str:
    match setting:
        case Setting.EXCEPTION:
            return f"{item} {weekday(words, date.fromisoformat(item))}"
        case Setting.SCREEN_HOURS:
            return words["shell.weekdays"].split("\n")[int(item)]
        case Setting.BRIGHTNESS:
            return item
        case _:
            return titles.get(item) or words["setting.notice"].format(id=item)


def _measured(setting: Setting, found: Value, words: Words) -> str:
    if isinstance(found, time):
        return _clock(found)
    if isinstance(found, int | float):
        unit = _UNITS.get(setting)
        number = _number(found)
        return number if unit is None else words[f"setting.{unit}"].format(value=number)
    return str(found)


def _clock(at: time) -> str:
    if at.microsecond:
        return at.replace(tzinfo=None).isoformat()
    return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"


def _number(found: float) -> str:
    return f"{round(found, 2):g}" if math.isfinite(found) else str(found)
