"""签到 and 协助, as they travel to the server: events with a person in them (pure).

Terminals keep them in the encrypted outbox only. The server keeps of the person what
`without_person` leaves and a keyed hash, and never tells it to a terminal: who and how many are
here is secret (domain rules 2 and 13).
"""

from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from devices.idcard.identity import CardKind, masked_name, masked_number
from kiosk.sync.contract import UnreadableDocument, fields_at_fault
from kiosk.sync.events import SOURCE, Event
from kiosk.sync.submission import Line, Role, Submitter, Way

CHECK_IN = "cn.mingtang.check-in"
ASSISTANCE = "cn.mingtang.assistance"
"""Types of the events."""


class _Personal(BaseModel):
    # pydantic would keep each short text that it read from JSON, for all the process's life.
    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, cache_strings="none"
    )

    who: Submitter
    role: Role
    at: AwareDatetime
    """By the terminal's clock, corrected by the server's."""


class Presence(_Personal):
    """Somebody who was identified at a terminal is here."""


class Assistance(_Personal):
    """A staff member vouched for a visitor, having seen the original of a document."""

    staff: str = Field(pattern=r"^[0-9a-z]{6,40}$")
    """Key of the account."""
    staff_name: Line = Field(min_length=1)
    document: CardKind | None
    """None: another one, such as a passport."""


def presence_event(presence: Presence, terminal: str, id: UUID) -> Event:
    """Wrap a presence for its way; `id` is random, of version 4."""
    return _event(CHECK_IN, presence, terminal, id)


def assistance_event(assistance: Assistance, terminal: str, id: UUID) -> Event:
    """Wrap an assistance for its way; `id` is random, of version 4."""
    return _event(ASSISTANCE, assistance, terminal, id)


def read_presence(event: Event) -> Presence:
    """Read such an event. Raises UnreadableDocument, which names the fields at fault."""
    try:
        return Presence.model_validate(event.data)
    except ValidationError as problem:
        raise UnreadableDocument(fields_at_fault(problem)) from None


def read_assistance(event: Event) -> Assistance:
    """Read such an event. Raises UnreadableDocument, which names the fields at fault."""
    try:
        read = Assistance.model_validate(event.data)
    except ValidationError as problem:
        raise UnreadableDocument(fields_at_fault(problem)) from None
    if read.who.way is not Way.ASSISTED:
        raise UnreadableDocument("who.way: is not that of somebody who was assisted")
    return read


def without_person(told: Presence | Assistance, person: str) -> dict[str, Any]:
    """What the server keeps of it: name and number masked, and `person`, their keyed hash."""
    data = told.model_dump(mode="json")
    data["who"] |= {
        "name": masked_name(told.who.name),
        "number": masked_number(told.who.number),
        "person": person,
    }
    return data


def _event(type: str, told: _Personal, terminal: str, id: UUID) -> Event:
    # What is not used is left out: an older server does not know each field.
    data = told.model_dump(mode="json", exclude_defaults=True)
    return Event(id=str(id), source=SOURCE + terminal, type=type, data=data)
