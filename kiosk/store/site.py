"""What a building's feed says, in a table of its own."""

import json
from dataclasses import dataclass, field

from sqlite_utils import Database

from kiosk.sync.site import (
    Building,
    Guide,
    Room,
    SiteDocument,
    document_id,
    read_site_document,
    site_document,
)


@dataclass(frozen=True, slots=True)
class Site:
    """A building as its terminals know it."""

    building: Building = field(default_factory=Building)
    rooms: tuple[Room, ...] = ()
    guides: tuple[Guide, ...] = ()
    """In the centre's order."""


def put(database: Database, channel: str, document: SiteDocument) -> None:
    """Store a document in place of an earlier revision of it."""
    text = json.dumps(site_document(document), ensure_ascii=False)
    database.conn.execute(
        "INSERT OR REPLACE INTO site_documents (id, channel, type, doc) VALUES (?, ?, ?, ?)",
        (document_id(document), channel, document.type, text),
    )


def remove(database: Database, channel: str, document_id: str) -> int:
    """Take a document out; tell how many there were."""
    removed = database.conn.execute(
        "DELETE FROM site_documents WHERE id = ? AND channel = ?", (document_id, channel)
    )
    return removed.rowcount


def read(database: Database) -> Site:
    """Read everything of the building."""
    found = database.conn.execute("SELECT doc FROM site_documents ORDER BY channel, id").fetchall()
    documents = [read_site_document(json.loads(doc)) for (doc,) in found]
    buildings = [each for each in documents if isinstance(each, Building)]
    guides = (each for each in documents if isinstance(each, Guide))
    return Site(
        building=buildings[0] if buildings else Building(),
        rooms=tuple(each for each in documents if isinstance(each, Room)),
        guides=tuple(sorted(guides, key=lambda guide: (guide.order, guide.key))),
    )
