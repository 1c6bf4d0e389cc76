"""Dates that are typed in three parts (pure)."""

from datetime import date, timedelta

from kiosk.entry.finding import GOOD, Finding, still_open, wrong
from kiosk.sync.form import Hints

PARTS = 3
LENGTHS = (4, 2, 2)


def parts_of(text: str) -> tuple[str, str, str]:
    """Year, month and day as far as they are there."""
    year, month, day = (*text.split("-"), "", "", "")[:PARTS]
    return year, month, day


def joined(year: str, month: str, day: str) -> str:
    """Write three parts, complete or not; empty where all of them are."""
    return "-".join((year, month, day)) if year or month or day else ""


def in_full(text: str) -> str:
    """Write month and day with two digits, where all three parts are there."""
    year, month, day = parts_of(text)
    return f"{year}-{month:0>2}-{day:0>2}" if year and month and day else text


def complete(part: str, length: int) -> bool:
    """Whether no further digit can follow: 4 to 9 are no tens of a month, nor of a day."""
    return len(part) >= length or (length == 2 and part in set("456789"))


def check_date(text: str, hints: Hints, today: date | None) -> Finding:
    """A real day within the bounds that the form sets around `today`."""
    year, month, day = parts_of(text)
    for part, length in zip((year, month, day), LENGTHS, strict=True):
        if part and (not (part.isascii() and part.isdigit()) or len(part) > length):
            return wrong("date")
    if month and complete(month, 2) and not 1 <= int(month) <= 12:
        return wrong("date_month")
    if len(year) < 4 or not month or not day or "0" in {month, day}:
        return still_open("date_part")
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return wrong("date")
    return _within(found, hints, today)


def _within(found: date, hints: Hints, today: date | None) -> Finding:
    # Nothing that is entered here is older than the oldest unit.
    if found.year < 1900:
        return wrong("date")
    if today is None:
        return GOOD
    if hints.days_ahead is not None and found > today + timedelta(days=hints.days_ahead):
        return wrong("date_late", bound=_written(today + timedelta(days=hints.days_ahead)))
    if hints.days_back is not None and found < today - timedelta(days=hints.days_back):
        return wrong("date_early", bound=_written(today - timedelta(days=hints.days_back)))
    return GOOD


def _written(day: date) -> str:
    return f"{day.year}-{day.month:02}-{day.day:02}"
