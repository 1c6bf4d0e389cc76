"""Moments of Shanghai on the command line."""

import argparse
import re
from datetime import UTC, date, datetime, time, timedelta

from display.local_time import SHANGHAI

HELP = '2026-11-23, 2026-11-23T08:30 or "2026-11-23 08:30:15", time of Beijing'
YEARS = range(2000, 2100)
"""Far enough from both ends of the calendar that days can be added and zones changed."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?", re.ASCII)


def moment_of(text: str) -> datetime:
    """`2026-11-23`, with a time or without one (midnight), as UTC; for argparse."""
    if _DAY.fullmatch(text):
        return _midnight(day_of(text))
    if not _MOMENT.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text}: write a moment as {HELP}")
    day_of(text[:10])
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: there is no such time of day") from None
    return local.replace(tzinfo=SHANGHAI).astimezone(UTC)


def now_or_moment(text: str) -> datetime:
    """As `moment_of`, and `now`; for argparse."""
    return datetime.now(UTC) if text == "now" else moment_of(text)


def end_of(text: str) -> datetime:
    """As `moment_of`, but a day alone means its end."""
    if _DAY.fullmatch(text):
        return _midnight(day_of(text) + timedelta(days=1))
    return moment_of(text)


def day_of(text: str) -> date:
    """`2026-11-23`; for argparse."""
    if not _DAY.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text}: write a day as 2026-11-23")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: there is no such day") from None
    _check_year(text, day.year)
    return day


def told(moment: datetime) -> str:
    """As staff read it: Shanghai, to the second."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), SHANGHAI).astimezone(UTC)


def _check_year(text: str, year: int) -> None:
    if year not in YEARS:
        raise argparse.ArgumentTypeError(f"{text}: years from {YEARS[0]} to {YEARS[-1]} only")
