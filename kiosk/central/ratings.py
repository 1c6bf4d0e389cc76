"""好差评 at the centre: counts by grade, and the bad grades with their periods (domain rule 15)."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from display.working_days import WorkingCalendar
from kiosk.central.database import CentralDatabase
from kiosk.central.schema import events
from kiosk.sync.events import SOURCE
from kiosk.sync.rating import RATING, Grade, Rating

CALL_BACK_DAYS = 1
"""Working days to verify a bad grade (国办发〔2019〕51号)."""
FIX_DAYS = 15
"""Working days to put right what it was for."""


@dataclass(frozen=True, slots=True)
class Received:
    """A rating as the centre has it."""

    id: str
    terminal: str
    received_on: date
    """Day of Shanghai on which the centre learned of it, which begins the periods."""
    rating: Rating


@dataclass(frozen=True, slots=True)
class Due:
    """A bad grade and until when what has to be done."""

    received: Received
    call_back_by: date
    fix_by: date
    known: bool
    """False: nobody has told the holidays of a year on the way."""


def ratings_since(database: CentralDatabase, day: date) -> tuple[Received, ...]:
    """Read the ratings received on `day` (Shanghai) or later, oldest day first."""
    with database.reading() as connection:
        rows = connection.execute(
            select(events.c.id, events.c.source, events.c.received_on, events.c.data)
            .where(events.c.type == RATING, events.c.received_on >= day.isoformat())
            .order_by(events.c.received_on, events.c.source, events.c.id)
        ).all()
    return tuple(
        Received(
            id=row.id,
            terminal=row.source.removeprefix(SOURCE),
            received_on=date.fromisoformat(row.received_on),
            rating=Rating.model_validate(json.loads(row.data)),
        )
        for row in rows
    )


def counts(ratings: Iterable[Received]) -> dict[Grade, int]:
    """Count by grade, from best to worst; a grade that nobody gave counts 0."""
    counted = Counter(each.rating.grade for each in ratings)
    return {grade: counted[grade] for grade in Grade}


def due(ratings: Iterable[Received], calendar: WorkingCalendar) -> list[Due]:
    """The bad grades with the days on which their periods end, the earliest first.

    Raises `display.working_days.NoWorkingDay`.
    """
    found = []
    for each in ratings:
        if each.rating.grade.is_bad:
            call_back = calendar.add(each.received_on, CALL_BACK_DAYS)
            fix = calendar.add(each.received_on, FIX_DAYS)
            known = call_back.known and fix.known
            found.append(Due(each, call_back.day, fix.day, known))
    return sorted(found, key=lambda one: (one.call_back_by, one.received.id))
