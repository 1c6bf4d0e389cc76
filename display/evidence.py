"""The evidence of a board: a chain of entries, each sealed with the one before it (pure).

The digest of an entry is the SHA-256 of its canonical text: JSON in UTF-8 without spaces, keys
sorted, everything of the entry but its digest, `previous` among it. So nothing can be changed,
taken out or put in without breaking every digest that follows.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

BEFORE_THE_FIRST = "0" * 64
"""`previous` of a board's first entry."""

TERMINAL_RECORD = "~terminal"
"""In a board's place: the chain of what staff did at a terminal. No board can be called so."""

Facts = Mapping[str, Any]
"""What an entry tells, as JSON values."""


class Kind(StrEnum):
    """What an entry is about."""

    EDITION = "edition"
    """An edition (节目单) was made and kept."""
    ON_AIR = "on_air"
    """What the board was told to show, and what it answered."""
    WITHDRAWAL = "withdrawal"
    ALARM = "alarm"
    LINK = "link"
    """The line to the card was opened or lost."""
    CLOCK = "clock"
    TECHNICIAN = "technician"
    RECOMPOSE = "recompose"
    """Staff asked for the day's edition to be made anew."""
    DECISION = "decision"
    """Staff decided about the board; noted when this terminal learned of it."""


class Proof(StrEnum):
    """How far it is proven that the board shows what it was told."""

    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    READ_BACK = "read back"
    REFUSED = "refused"


class NotAnEntry(ValueError):
    """What is stored is no entry: tell where it stands; nothing of it can be trusted."""


class Flaw(StrEnum):
    """How a chain can be broken."""

    OTHER_BOARD = "belongs to another board"
    NUMBER = "does not carry the next number"
    PREVIOUS = "does not follow from the entry before it"
    DIGEST = "does not match its own digest"


@dataclass(frozen=True, slots=True)
class Entry:
    """One link of a board's chain."""

    board: str
    number: int
    """1, 2, 3 … for each board."""
    at: datetime
    """Aware; may step back when the clock was corrected: the order is that of the numbers."""
    kind: Kind
    facts: Facts
    previous: str
    """Digest of the entry before, hex."""
    digest: str
    """Hex."""


@dataclass(frozen=True, slots=True)
class Break:
    """The first entry at which a chain is not whole."""

    number: int
    """As the entry itself says, or for a missing one as it should say."""
    flaw: Flaw


def seal(board: str, number: int, at: datetime, kind: Kind, facts: Facts, previous: str) -> Entry:
    """An entry with its digest, which `previous` is part of.

    ValueError for a naive time and for facts that are not JSON.
    """
    if at.tzinfo is None:
        raise ValueError("the time of an entry needs its time zone")
    try:
        plain = json.loads(facts_text(facts))
    except TypeError as problem:
        raise ValueError(f"facts are JSON values only: {problem}") from None
    at = at.astimezone(UTC)
    digest = _digest(_parts(board, number, at, kind, plain, previous))
    return Entry(board, number, at, kind, plain, previous, digest)


def facts_text(facts: Facts) -> str:
    """The canonical text of an entry's facts."""
    return _canonical(dict(facts))


def to_line(entry: Entry) -> str:
    """The entry as one line of JSON, without the line's end."""
    parts = _parts(entry.board, entry.number, entry.at, entry.kind, entry.facts, entry.previous)
    return _canonical(parts | {"digest": entry.digest})


def first_break(entries: Iterable[Entry], *, from_the_first: bool = True) -> Break | None:
    """Where a chain is broken first, or None if it is whole.

    `from_the_first`: the chain must begin with entry 1; else it may be any unbroken stretch.
    """
    board, number, previous = "", 1, BEFORE_THE_FIRST
    for count, entry in enumerate(entries):
        if count == 0:
            board = entry.board
            if not from_the_first:
                number, previous = entry.number, entry.previous
        if entry.board != board:
            return Break(entry.number, Flaw.OTHER_BOARD)
        if entry.number != number:
            return Break(number, Flaw.NUMBER)
        if entry.previous != previous:
            return Break(number, Flaw.PREVIOUS)
        if entry.digest != _digest(
            _parts(board, number, entry.at, entry.kind, entry.facts, previous)
        ):
            return Break(number, Flaw.DIGEST)
        number, previous = number + 1, entry.digest
    return None


def moment_text(moment: datetime) -> str:
    """ISO 8601 in UTC with microseconds and Z, as every time in an entry is written."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def edition_facts(text: str) -> dict[str, Any]:
    """What the entry of an edition tells of its text. ValueError if it is not an edition's JSON."""
    try:
        made = json.loads(text)
        facts = {
            "cut_over_at": moment_text(datetime.fromisoformat(made["cut_over_at"])),
            "pages": len(made["pages"]),
            "left_out": len(made["left_out"]),
            "text": hashlib.sha256(text.encode()).hexdigest(),
        }
        if arranged := made.get("arranged"):
            facts["arrangement"] = arranged["digest"]
            facts |= {name: arranged[name] for name in ("proposed_by", "approved_by")}
        return facts
    except (ValueError, TypeError, KeyError) as problem:
        raise ValueError(f"this text is not an edition: {problem!r}") from None


def page_facts(
    edition_id: str, page: int, notice_id: str, due: datetime, state: str
) -> dict[str, Any]:
    """What an ON_AIR entry tells of a page."""
    return {
        "showing": "page",
        "state": state,
        "due": moment_text(due),
        "edition": edition_id,
        "page": page,
        "notice": notice_id,
    }


def _parts(
    board: str, number: int, at: datetime, kind: Kind, facts: Facts, previous: str
) -> dict[str, Any]:
    return {
        "at": moment_text(at),
        "board": board,
        "facts": facts,
        "kind": kind,
        "number": number,
        "previous": previous,
    }


_canonical = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
).encode


def _digest(parts: dict[str, Any]) -> str:
    return hashlib.sha256(_canonical(parts).encode()).hexdigest()
