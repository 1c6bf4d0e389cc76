"""When a board is lit on each weekday, edited (pure)."""

from dataclasses import replace
from datetime import time

from display.screen import DAYS, ScreenHours

USUAL = ScreenHours(time(8, 0), time(17, 30))
"""With which a weekday begins that was dark or always lit before."""
MINUTES = 24 * 60
STEP = 5
"""Minutes from one tap to the next."""

Week = tuple[ScreenHours | None, ...]
"""As an arrangement has it: Monday to Sunday, None for a dark day; empty: always lit."""


def stepped(moment: time, minutes: int) -> time:
    """A time of day so many minutes on, over midnight too; from an odd minute to the next full one.

    Steps of hours keep the minute.
    """
    count = moment.hour * 60 + moment.minute
    rest = count % STEP
    if minutes % 60 and (rest or moment.second):
        # From 08:33 five minutes on is 08:35, and back 08:30.
        count = count - rest + (max(minutes, 0) or (minutes + STEP))
    else:
        count += minutes
    count %= MINUTES
    seconds = moment.second if minutes % 60 == 0 else 0
    return time(count // 60, count % 60, seconds)


def by_hours(week: Week) -> Week:
    """The same hours for all days, where the board was always lit."""
    return week or (USUAL,) * DAYS


def lit(week: Week, day: int, on: bool) -> Week:
    """With `day` lit, or dark."""
    whole = by_hours(week)
    if on is (whole[day] is not None):
        return whole
    shown = next((hours for hours in whole if hours is not None), USUAL) if on else None
    return (*whole[:day], shown, *whole[day + 1 :])


def with_end(week: Week, day: int, end: str, minutes: int) -> Week:
    """With one `end` ("on" or "off") of a lit day moved by so many minutes."""
    whole = by_hours(week)
    hours = whole[day]
    if hours is None:
        return whole
    moved = stepped(getattr(hours, end), minutes)
    changed = replace(hours, **{end: moved})
    return (*whole[:day], changed, *whole[day + 1 :])


def same_for_all(week: Week, day: int) -> Week:
    """Every day as `day` is."""
    return (by_hours(week)[day],) * DAYS


def is_whole_day(hours: ScreenHours) -> bool:
    """Lit from a time of day to the same of the next day."""
    return hours.on == hours.off
