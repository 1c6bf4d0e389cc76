"""Reading the fields of an outside record; what is wrong names the field (pure)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from display.local_time import SHANGHAI

DEFAULT_VALIDITY = timedelta(days=30)
"""How long a notice stays current when the record gives no end."""

MAX_NAME = 200
"""Characters of an id; the columns of the database are as wide."""
MAX_TITLE = 1000
MAX_ADDRESS = 2000
"""Characters of an address on the web; browsers and servers promise little beyond it."""
YEARS = range(2000, 2101)
"""Another year is a slip of the pen, and far from what a datetime can still add days to."""

_LOCAL_TIME = re.compile(
    r"(\d{4})[-年/](\d{1,2})[-月/](\d{1,2})日?"
    r"(?:[ T]?(\d{1,2})[:时](\d{1,2})分?(?::?(\d{1,2})秒?)?)?"
)


class RefusedRecord(Exception):
    """The record stays out, the others go in; the message names the field and what to do."""


def text_field(
    record: Mapping[str, object], name: str, *, label: str = "", longest: int | None = None
) -> str:
    """Read a text of up to `longest` characters; a missing one is empty. Raises RefusedRecord."""
    value = record.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise RefusedRecord(f"{label or name}: must be text")
    if longest is not None and len(value) > longest:
        raise RefusedRecord(f"{label or name}: is longer than {longest} characters")
    try:
        value.encode()
    except UnicodeEncodeError:
        # JSON can spell half of a surrogate pair, which is no character.
        raise RefusedRecord(f"{label or name}: holds half of a character; write it anew") from None
    return value


def required_text(
    record: Mapping[str, object], name: str, *, label: str = "", longest: int | None = None
) -> str:
    """Read a text that must be there. Raises RefusedRecord."""
    value = text_field(record, name, label=label, longest=longest)
    if not value.strip():
        raise RefusedRecord(f"{label or name}: is missing")
    return value


def moment(text: str, name: str) -> datetime:
    """Read a moment, which is Beijing time unless it says otherwise. Raises RefusedRecord."""
    written = text.strip()
    try:
        match = _LOCAL_TIME.fullmatch(written)
        if match is not None:
            numbers = [int(group or 0) for group in match.groups()]
            local = datetime(*numbers, tzinfo=SHANGHAI)  # type: ignore[misc, arg-type]
        else:
            local = datetime.fromisoformat(written)
            if local.tzinfo is None:
                local = local.replace(tzinfo=SHANGHAI)
        found = local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise RefusedRecord(
            f"{name}: is not a time; write it as 2026-03-17 09:30 or 2026-03-17T09:30:00+08:00"
        ) from None
    if found.year not in YEARS:
        raise RefusedRecord(f"{name}: its year must be from {YEARS[0]} to {YEARS[-1]}")
    return found


def optional_moment(record: Mapping[str, object], name: str) -> datetime | None:
    """Read a moment that may be missing. Raises RefusedRecord."""
    text = text_field(record, name)
    return moment(text, name) if text.strip() else None


def validity(published_at: datetime, closes_at: datetime | None) -> datetime:
    """Choose the end of a notice that names none: the close of tender if that comes after it."""
    if closes_at is not None and closes_at > published_at:
        return closes_at
    return published_at + DEFAULT_VALIDITY


def web_address(*candidates: str) -> str:
    """Choose the first text that is an address on the web, or none."""
    return next(filter(_is_web_address, candidates), "")


def _is_web_address(text: str) -> bool:
    if len(text) > MAX_ADDRESS or re.fullmatch(r"https?://\S+", text) is None:
        return False
    try:
        return bool(urlsplit(text).hostname)
    except ValueError:
        return False
