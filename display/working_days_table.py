"""The centre's own table of working days: TOML text in, exceptions out (pure).

    complete_years = [2027]

    [days]
    2027-01-04 = { day = "off", note = "stocktaking" }
    2027-01-09 = { day = "work", note = "in place of 4 January" }

It stands above what a library knows. A year is complete when all of its holidays and make-up days
are listed: its other days go by weekday, and nothing warns.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

YEARS = range(2000, 2100)
"""Years that a table may speak of; another one is a slip of the pen."""
_KEYS = {"complete_years", "days"}
_ENTRY_KEYS = {"day", "note"}
_SAMPLE = '2027-01-09 = { day = "work", note = "why" }'


class TableError(Exception):
    """The table cannot be used; each line names the file, the date and the remedy."""


class DayKind(StrEnum):
    """What the table makes of a day."""

    WORK = "work"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class DayException:
    """One day of the table."""

    kind: DayKind
    note: str
    """Why, for those who read the table later."""


@dataclass(frozen=True, slots=True)
class Table:
    """All that the centre says of its working days; empty, it says nothing."""

    exceptions: Mapping[date, DayException] = field(default_factory=lambda: MappingProxyType({}))
    complete_years: frozenset[int] = frozenset()


def parse(text: str, file: str) -> Table:
    """Read the table; `file` is its name for messages. Raises TableError with every mistake."""
    text += "\n"
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise TableError(f"{file}: {_where(text, str(problem))}") from None
    mistakes = [
        f"{file}: {key}: unknown key; write days below [days], such as {_SAMPLE}"
        for key in data
        if key not in _KEYS
    ]
    complete = data.get("complete_years", [])
    if not (isinstance(complete, list) and all(_is_year(year) for year in complete)):
        mistakes.append(
            f"{file}: complete_years: a list of years from {YEARS[0]} to {YEARS[-1]}, "
            "such as [2027]"
        )
    days = data.get("days", {})
    exceptions: dict[date, DayException] = {}
    if isinstance(days, dict):
        for key, entry in days.items():
            day, wrong = _day(key), list(_mistakes(entry))
            if day is None:
                wrong.insert(0, "is no day; write it as year-month-day, such as 2027-01-09")
            mistakes += [f"{file}: {key}: {mistake}" for mistake in wrong]
            if day is not None and not wrong:
                exceptions[day] = DayException(DayKind(entry["day"]), entry["note"].strip())
    else:
        mistakes.append(f"{file}: days: make it a table: [days], then {_SAMPLE}")
    if mistakes:
        raise TableError("\n".join(mistakes))
    return Table(MappingProxyType(exceptions), frozenset(complete))


def _day(key: str) -> date | None:
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", key):
        return None
    try:
        day = date.fromisoformat(key)
    except ValueError:
        return None
    return day if day.year in YEARS else None


def _is_year(year: object) -> bool:
    return isinstance(year, int) and not isinstance(year, bool) and year in YEARS


def _mistakes(entry: object) -> Iterator[str]:
    if not isinstance(entry, dict):
        yield f"say what kind of day it is and why, such as {_SAMPLE}"
        return
    for key in sorted(entry.keys() - _ENTRY_KEYS):
        yield f"unknown key {key}; only day and note are known"
    if entry.get("day") not in list(DayKind):
        yield 'day must be "work" or "off"'
    note = entry.get("note")
    if not (isinstance(note, str) and note.strip()):
        yield 'give the reason, such as note = "make-up day"'


def _where(text: str, problem: str) -> str:
    """The parser's complaint with the line that it means, which holds the date."""
    found = re.search(r"at line (\d+)", problem)
    lines = text.split("\n")
    if found is None or int(found[1]) > len(lines):
        return f"is no TOML: {problem}"
    line = lines[int(found[1]) - 1].strip()
    return f"is no TOML: {problem}: {line!r}; each day stands once, such as {_SAMPLE}"
