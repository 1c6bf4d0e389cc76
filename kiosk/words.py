"""Everything a person reads, from `assets/words`."""

import calendar
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from importlib.resources import files

from display.local_time import SHANGHAI

Words = Mapping[str, str]


@cache
def load(language: str) -> dict[str, str]:
    """Flat words of a language ("zh" or "en"): `section.name` → text."""
    text = (files("assets") / "words" / f"{language}.toml").read_text(encoding="utf-8")
    return {
        f"{section}.{name}": value if isinstance(value, str) else "\n".join(value)
        for section, entries in tomllib.loads(text).items()
        for name, value in entries.items()
    }


def section(words: Words, name: str) -> dict[str, str]:
    """The entries of one section, without its name."""
    prefix = f"{name}."
    return {key.removeprefix(prefix): text for key, text in words.items() if key.startswith(prefix)}


def day(words: Words, moment: datetime, now: datetime, key: str = "lookup.day") -> str:
    """The Shanghai date of `moment`; in lookup with its year when that is not the current one."""
    local, today = moment.astimezone(SHANGHAI), now.astimezone(SHANGHAI)
    name = "lookup.day_of_year" if key == "lookup.day" and local.year != today.year else key
    return words[name].format(
        year=local.year,
        month=local.month,
        day=local.day,
        month_name=calendar.month_name[local.month],
    )


def weekday(words: Words, when: date) -> str:
    return words["shell.weekdays"].split("\n")[when.weekday()]


def clock(moment: datetime) -> str:
    """Hours and minutes in Shanghai."""
    return f"{moment.astimezone(SHANGHAI):%H:%M}"
