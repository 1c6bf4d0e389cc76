"""Days that a visitor types, and the index tokens of a day (pure)."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache

from display.local_time import SHANGHAI
from kiosk.store.bigrams import MARKS

_FULL = re.compile(r"(20\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})[日号]?")
_DIGITS = re.compile(r"(20\d\d)(\d\d)(\d\d)")
_MONTH = re.compile(r"(20\d\d)年(\d{1,2})月")
_DAY = re.compile(r"(\d{1,2})(?:月(\d{1,2})[日号]?|[-/.](\d{1,2}))")


def day_token(word: str) -> str | None:
    """The token of the day or month that a folded word names; None when it names none.

    A day without its year stands for that day of every year.
    """
    found = _FULL.fullmatch(word) or _DIGITS.fullmatch(word)
    if found is not None:
        year, month, day = map(int, found.groups())
        return f"{MARKS['date']}{year}{month:02}{day:02}" if _is_day(month, day) else None
    found = _MONTH.fullmatch(word)
    if found is not None:
        year, month = map(int, found.groups())
        return f"{MARKS['date']}{year}{month:02}" if _is_day(month, 1) else None
    found = _DAY.fullmatch(word)
    if found is not None:
        month, day = int(found[1]), int(found[2] or found[3])
        return f"{MARKS['day_of_year']}{month:02}{day:02}" if _is_day(month, day) else None
    return None


def day_tokens(moments: Iterable[datetime | None]) -> set[str]:
    """The tokens of the days in Shanghai on which something happens."""
    days = {moment.astimezone(SHANGHAI).date() for moment in moments if moment is not None}
    return {token for day in days for token in _tokens_of(day)}


@lru_cache(maxsize=4096)
def _tokens_of(day: date) -> tuple[str, ...]:
    digits = day.strftime("%Y%m%d")
    date_mark, year_mark = MARKS["date"], MARKS["day_of_year"]
    return (date_mark + digits, date_mark + digits[:6], year_mark + digits[4:])


def _is_day(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= 31
