"""How the parts of a terminal are: the newest word of each, for staff to read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from kiosk.sync.instant import from_microseconds, to_microseconds


@dataclass(frozen=True, slots=True)
class Health:
    """What a part said of itself last."""

    component: str
    """Such as "display lobby"."""
    at: datetime
    facts: Mapping[str, Any]


def tell(database: Database, component: str, at: datetime, facts: Mapping[str, Any]) -> None:
    """Put what a part says in the place of what it said before."""
    doc = json.dumps(dict(facts), ensure_ascii=False, allow_nan=False)
    database.conn.execute(
        "INSERT OR REPLACE INTO health (component, at, doc) VALUES (?, ?, ?)",
        [component, to_microseconds(at), doc],
    )


def read(database: Database) -> tuple[Health, ...]:
    """Read the newest word of every part, by name."""
    found = database.conn.execute("SELECT component, at, doc FROM health ORDER BY component")
    return tuple(Health(name, from_microseconds(at), json.loads(doc)) for name, at, doc in found)
