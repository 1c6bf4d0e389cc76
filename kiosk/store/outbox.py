"""What a terminal owes the server: events that wait to be delivered, each under a random id.

A delivered event is deleted; one that the server will never take is parked, for staff.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlite_utils import Database

from kiosk.sync.events import Event, KeptEvents


@dataclass(frozen=True, slots=True)
class Owed:
    """How many events are in the outbox."""

    waiting: int
    parked: int


def keep(database: Database, events: Iterable[Event]) -> None:
    """Put events in; one that is there already stays as it is."""
    database.conn.executemany(
        "INSERT OR IGNORE INTO outbox (id, type, state, doc) VALUES (?, ?, 'waiting', ?)",
        [(event.id, event.type, event.model_dump_json(exclude_none=True)) for event in events],
    )


def waiting(database: Database, limit: int, *, type: str | None = None) -> tuple[Event, ...]:
    """Read up to `limit` events that are to be delivered, of one type if given, by their ids.

    The ids of decisions hold their order, those of all others are random.
    """
    found = database.conn.execute(
        "SELECT doc FROM outbox WHERE state = 'waiting' AND type = coalesce(?, type)"
        " ORDER BY id LIMIT ?",
        (type, limit),
    ).fetchall()
    return tuple(Event.model_validate(json.loads(doc)) for (doc,) in found)


def listing(database: Database) -> tuple[KeptEvents, ...]:
    """What is in the outbox, by type and state; how many there are is not told."""
    found = database.conn.execute(
        "SELECT type, state FROM outbox GROUP BY type, state ORDER BY state = 'waiting', type"
    ).fetchall()
    return tuple(KeptEvents(type, state == "parked") for type, state in found)


def retry(database: Database, type: str) -> bool:
    """Send the parked events of a type again; tell whether there were any."""
    found = database.conn.execute(
        "UPDATE outbox SET state = 'waiting', reason = '' WHERE state = 'parked' AND type = ?",
        [type],
    )
    return bool(found.rowcount)


def settle(database: Database, delivered: Iterable[str], parked: Mapping[str, str]) -> None:
    """Delete what was delivered, by id, and park the rest with the reason."""
    database.conn.executemany("DELETE FROM outbox WHERE id = ?", [(id,) for id in delivered])
    database.conn.executemany(
        "UPDATE outbox SET state = 'parked', reason = ? WHERE id = ?",
        [(reason, id) for id, reason in parked.items()],
    )


def owed(database: Database) -> Owed:
    """Count what is in the outbox."""
    counts: dict[str, int] = dict(
        database.conn.execute("SELECT state, count(*) FROM outbox GROUP BY state").fetchall()
    )
    return Owed(counts.get("waiting", 0), counts.get("parked", 0))
