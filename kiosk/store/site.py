"""What a building's feed says, in a table of its own."""

import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sqlite_utils import Database

from kiosk.sync.contract import UnreadableDocument
from kiosk.sync.form import Form
from kiosk.sync.signatures import PublicKey
from kiosk.sync.site import (
    Building,
    Guide,
    Keys,
    Room,
    SiteDocument,
    document_id,
    read_site_document,
    site_document,
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Site:
    """A building as its terminals know it."""

    building: Building = field(default_factory=Building)
    rooms: tuple[Room, ...] = ()
    guides: tuple[Guide, ...] = ()
    """In the centre's order."""
    keys: tuple[PublicKey, ...] = ()
    """Those of the centre; without any, no receipt can be proven."""
    forms: tuple[Form, ...] = ()
    """In the centre's order, of each the newest version first; see `kiosk.entry.forms`."""


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
    """Read everything of the building.

    What another version of this program stored, and this one cannot read, is left out.
    """
    found = database.conn.execute("SELECT doc FROM site_documents ORDER BY channel, id").fetchall()
    documents = list(_readable(doc for (doc,) in found))
    buildings = [each for each in documents if isinstance(each, Building)]
    guides = (each for each in documents if isinstance(each, Guide))
    forms = (each for each in documents if isinstance(each, Form))
    return Site(
        building=buildings[0] if buildings else Building(),
        rooms=tuple(each for each in documents if isinstance(each, Room)),
        guides=tuple(sorted(guides, key=lambda guide: (guide.order, guide.key))),
        keys=tuple(key for each in documents if isinstance(each, Keys) for key in each.keys),
        forms=tuple(sorted(forms, key=lambda form: (form.order, form.key, -form.version))),
    )


def _readable(found: Iterable[str]) -> Iterator[SiteDocument]:
    for text in found:
        document = json.loads(text)
        try:
            yield read_site_document(document)
        except UnreadableDocument as problem:
            _log.warning("a document of the building's feed is left out: %s", problem)
