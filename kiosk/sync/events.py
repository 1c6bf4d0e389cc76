"""Events that terminals push: batches of CloudEvents 1.0, and the answer for each item (pure)."""

import hashlib
import json
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

EVENTS_PATH = "/v1/events"
BATCH_MEDIA_TYPE = "application/cloudevents-batch+json"
"""CloudEvents JSON format 1.0, section 4."""

MAX_EVENTS = 100
"""In one batch."""
MAX_EVENTS_BYTES = 256 * 1024
"""Of one batch; a rating has 300 bytes."""

SOURCE = "/terminals/"
"""Begins the source of every event; the terminal's name follows."""


class ItemStatus(IntEnum):
    """What became of one event of a batch."""

    STORED = 201
    KNOWN = 200
    """The same event was stored before: an answer was lost, or it was sent twice."""
    ID_REUSED = 409
    """The id stands for another content."""
    REFUSED = 422
    """Not an event that this server takes."""


class Event(BaseModel):
    """A CloudEvent (CloudEvents 1.0, section 3); its `time` is left out on purpose."""

    model_config = ConfigDict(frozen=True, extra="ignore", cache_strings="none")

    specversion: Literal["1.0"] = "1.0"
    id: str = Field(min_length=1, max_length=64)
    source: str = Field(pattern=rf"^{SOURCE}\S.{{0,99}}$", max_length=120)
    type: str = Field(min_length=1, max_length=100)
    datacontenttype: Literal["application/json"] = "application/json"
    data: dict[str, Any]

    @property
    def digest(self) -> str:
        """A name of what the event says, whatever its spelling."""
        text = json.dumps([self.type, self.data], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class KeptEvents:
    """Events of one type that a terminal owes, in one of two states; their number is not told."""

    type: str
    parked: bool
    """The server will not take them."""


class ItemAnswer(BaseModel):
    """The server's word on one event."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    source: str = ""
    id: str = ""
    status: ItemStatus
    detail: str = ""


class BatchAnswer(BaseModel):
    """The answer to a batch: one item for each event, in its order."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    results: tuple[ItemAnswer, ...]


BATCH: TypeAdapter[tuple[Event, ...]] = TypeAdapter(
    Annotated[tuple[Event, ...], Field(max_length=MAX_EVENTS)]
)
