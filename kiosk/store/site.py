"""What a building's feed says, in a table of its own."""

import json
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sqlite_utils import Database

from kiosk.sync.authorisation import WithdrawnCodes
from kiosk.sync.contract import UnreadableDocument
from kiosk.sync.form import Form
from kiosk.sync.signatures import KeySet, PublicKey
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
from kiosk.sync.staff import StaffAccount, StaffSalt, is_vouched

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
    staff: tuple[StaffAccount, ...] = ()
    """Those for which the centre vouches, also the removed ones."""
    staff_salt: StaffSalt | None = None
    """None: nobody has an account yet."""
    withdrawn_codes: frozenset[str] = frozenset()
    """Ids of authorisation codes."""


_SIGNED = "type NOT IN ('keys', 'staff')"
"""What the centre signs is not taken away on an unsigned word."""


def put(database: Database, channel: str, document: SiteDocument) -> None:
    """Store a document in place of an earlier revision of it.

    The centre's keys only if a known one vouches for those that are new, and an account only in
    place of one that is not newer: otherwise what is known stays.
    """
    if isinstance(document, Keys):
        known = _keys(database)
        joined = known.continued(KeySet(keys=document.keys)) if known.keys else None
        if known.keys and joined is None:
            _log.warning("the centre's keys stay: no known one vouches for a new one")
            return
        document = Keys(keys=joined.keys) if joined is not None else document
    elif isinstance(document, StaffAccount):
        kept = next((one for one in staff(database) if one.key == document.key), None)
        if kept is not None and not (
            is_vouched(document, _keys(database)) and document.changed_at >= kept.changed_at
        ):
            _log.warning("account %s stays: what came is older, or not vouched for", kept.key)
            return
    text = json.dumps(site_document(document), ensure_ascii=False)
    database.conn.execute(
        "INSERT OR REPLACE INTO site_documents (id, channel, type, doc) VALUES (?, ?, ?, ?)",
        (document_id(document), channel, document.type, text),
    )


def remove(database: Database, channel: str, document_id: str) -> int:
    """Take a document out, unless only the centre's signature can; tell how many there were."""
    removed = database.conn.execute(
        f"DELETE FROM site_documents WHERE id = ? AND channel = ? AND {_SIGNED}",
        (document_id, channel),
    )
    return removed.rowcount


def staff(database: Database) -> tuple[StaffAccount, ...]:
    """Read the accounts for which the centre vouches, also the removed ones."""
    found = database.conn.execute(
        "SELECT doc FROM site_documents WHERE type = 'staff' ORDER BY channel, id"
    ).fetchall()
    if not found:
        return ()
    keys = _keys(database)
    return tuple(
        each
        for each in _readable(doc for (doc,) in found)
        if isinstance(each, StaffAccount) and is_vouched(each, keys)
    )


def _keys(database: Database) -> KeySet:
    found = database.conn.execute("SELECT doc FROM site_documents WHERE type = 'keys'").fetchall()
    documents = _readable(doc for (doc,) in found)
    return KeySet(
        keys=tuple(key for each in documents if isinstance(each, Keys) for key in each.keys)
    )


def read(database: Database) -> Site:
    """Read everything of the building.

    What another version of this program stored, and this one cannot read, is left out.
    """
    found = database.conn.execute("SELECT doc FROM site_documents ORDER BY channel, id").fetchall()
    documents = list(_readable(doc for (doc,) in found))
    keys = tuple(key for each in documents if isinstance(each, Keys) for key in each.keys)
    people = (each for each in documents if isinstance(each, StaffAccount))
    buildings = [each for each in documents if isinstance(each, Building)]
    guides = (each for each in documents if isinstance(each, Guide))
    forms = (each for each in documents if isinstance(each, Form))
    return Site(
        building=buildings[0] if buildings else Building(),
        rooms=tuple(each for each in documents if isinstance(each, Room)),
        guides=tuple(sorted(guides, key=lambda guide: (guide.order, guide.key))),
        keys=keys,
        forms=tuple(sorted(forms, key=lambda form: (form.order, form.key, -form.version))),
        staff=tuple(each for each in people if is_vouched(each, KeySet(keys=keys))),
        staff_salt=next((each for each in documents if isinstance(each, StaffSalt)), None),
        withdrawn_codes=frozenset(
            code.id for each in documents if isinstance(each, WithdrawnCodes) for code in each.codes
        ),
    )


def _readable(found: Iterable[str]) -> Iterator[SiteDocument]:
    for text in found:
        document = json.loads(text)
        try:
            yield read_site_document(document)
        except UnreadableDocument as problem:
            _log.warning("a document of the building's feed is left out: %s", problem)
