"""签到, as it travels to the server: an event with a person in it (pure).

Terminals keep it in the encrypted outbox only, and the server never tells it to a terminal:
who and how many are here is secret (domain rule 2).
"""

from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from kiosk.sync.contract import UnreadableDocument, fields_at_fault
from kiosk.sync.events import SOURCE, Event
from kiosk.sync.submission import Role, Submitter

CHECK_IN = "cn.mingtang.check-in"
"""Type of the event."""


class Presence(BaseModel):
    """Somebody who was identified at a terminal is here."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    who: Submitter
    role: Role
    at: AwareDatetime
    """By the terminal's clock, corrected by the server's."""


def presence_event(presence: Presence, terminal: str, id: UUID) -> Event:
    """Wrap a presence for its way; `id` is random, of version 4."""
    return Event(
        id=str(id), source=SOURCE + terminal, type=CHECK_IN, data=presence.model_dump(mode="json")
    )


def read_presence(event: Event) -> Presence:
    """Read such an event. Raises UnreadableDocument, which names the fields at fault."""
    try:
        return Presence.model_validate(event.data)
    except ValidationError as problem:
        raise UnreadableDocument(fields_at_fault(problem)) from None
