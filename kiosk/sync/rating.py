"""好差评: a visitor's word on the service, as it travels to the server (pure).

Voluntary and anonymous (domain rule 15): no person, and no time finer than the day. The day is
all that the periods of a bad grade need, and an hour with few visitors would name one of them.
For the same reason the event's id is random throughout, without the clock in it that ids of
version 7 have.
"""

from datetime import date
from enum import StrEnum
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kiosk.sync.contract import UnreadableDocument, fields_at_fault
from kiosk.sync.events import SOURCE, Event

RATING = "cn.mingtang.rating"
"""Type of the event."""


class Grade(StrEnum):
    """The five grades of 国办发〔2019〕51号, from best to worst."""

    VERY_SATISFIED = "very_satisfied"
    """非常满意"""
    SATISFIED = "satisfied"
    """满意"""
    FAIR = "fair"
    """基本满意"""
    DISSATISFIED = "dissatisfied"
    """不满意"""
    VERY_DISSATISFIED = "very_dissatisfied"
    """非常不满意"""

    @property
    def is_bad(self) -> bool:
        """Whether it starts the clock of calling back and fixing."""
        return self in (Grade.DISSATISFIED, Grade.VERY_DISSATISFIED)


class Reason(StrEnum):
    """Why; nothing can be written freely, so that nobody names anybody."""

    FAST = "fast"
    CLEAR = "clear"
    WORKS_WELL = "works_well"
    WAITED = "waited"
    NOT_FOUND = "not_found"
    HARD_TO_USE = "hard_to_use"
    PROCESS_UNCLEAR = "process_unclear"
    BROKEN = "broken"
    STAFF = "staff"


GOOD_REASONS = (Reason.FAST, Reason.CLEAR, Reason.WORKS_WELL)
BAD_REASONS = (
    Reason.WAITED,
    Reason.NOT_FOUND,
    Reason.HARD_TO_USE,
    Reason.PROCESS_UNCLEAR,
    Reason.BROKEN,
    Reason.STAFF,
)


class Service(StrEnum):
    """What is rated."""

    VISIT = "visit"
    """The visit to the terminal as a whole."""
    PRINT = "print"


class Rating(BaseModel):
    """One visitor's word."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    grade: Grade
    reasons: tuple[Reason, ...] = Field(default=(), max_length=len(Reason))
    service: Service = Service.VISIT
    day: date
    """Of Shanghai."""


def reasons_for(grade: Grade) -> tuple[Reason, ...]:
    """The reasons that can be given for a grade."""
    good = grade in (Grade.VERY_SATISFIED, Grade.SATISFIED)
    return GOOD_REASONS if good else BAD_REASONS


def rating_event(rating: Rating, terminal: str, id: UUID) -> Event:
    """Wrap a rating for its way; `id` is random, of version 4."""
    if id.version != 4:
        raise ValueError("the id of a rating must be random, without a time in it")
    return Event(
        id=str(id), source=SOURCE + terminal, type=RATING, data=rating.model_dump(mode="json")
    )


def read_rating(event: Event) -> Rating:
    """Read the rating of an event. Raises UnreadableDocument, which names the fields at fault."""
    try:
        return Rating.model_validate(event.data)
    except ValidationError as problem:
        raise UnreadableDocument(fields_at_fault(problem)) from None
