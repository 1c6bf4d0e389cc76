"""Documents of a building's feed: its rooms, its openings, its guides (pure).

Each is ``{"_id", "_rev", "type"}`` and the fields of its model; ``_id`` is ``type:name``.
"""

import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from kiosk.sync.authorisation import WithdrawnCodes
from kiosk.sync.contract import UnreadableDocument, fields_at_fault
from kiosk.sync.form import Form
from kiosk.sync.signatures import PublicKey
from kiosk.sync.staff import StaffAccount, StaffSalt

Name = Annotated[str, Field(min_length=1, max_length=100)]
Line = Annotated[str, Field(max_length=200)]
Sentence = Annotated[str, Field(min_length=1, max_length=1000)]
Key = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,60}$")]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Building(_Document):
    """What holds for all openings of a building."""

    type: Literal["building"] = "building"
    opening_minutes: int = Field(default=60, ge=1, le=24 * 60)
    """How long an opening is taken to last."""
    openings_note: Line = ""
    """Stands at the foot of today's openings."""


class Room(_Document):
    """开标室, and the way to it."""

    type: Literal["room"] = "room"
    key: Key
    name: Name
    """As notices write it."""
    also: tuple[Name, ...] = ()
    """Other ways of writing it."""
    floor: Line = ""
    way: Line = ""
    """路线, such as the number of the lift."""


class Step(_Document):
    """One step of a guide."""

    title: Line
    text: str = Field(default="", max_length=2000)


class Guide(_Document):
    """办事指南: how a matter is done from beginning to end, and who is responsible."""

    type: Literal["guide"] = "guide"
    key: Key
    title: Name
    subject: Name
    order: int = 0
    """Place in the centre's own list."""
    steps: tuple[Step, ...] = Field(min_length=1, max_length=50)
    papers: tuple[Sentence, ...] = ()
    """Documents to bring."""
    responsible: Line = ""
    """首问负责: the first person responsible."""
    telephone: Line = ""
    place: Line = ""
    """Where to find that person."""
    time_needed: Line = ""


class Keys(_Document):
    """The centre's public keys, so that receipts and authorisations are proven offline."""

    type: Literal["keys"] = "keys"
    keys: tuple[PublicKey, ...] = Field(min_length=1, max_length=100)
    """The one in use first."""


SiteDocument = Building | Room | Guide | Keys | Form | StaffSalt | StaffAccount | WithdrawnCodes
_ADAPTER: TypeAdapter[SiteDocument] = TypeAdapter(
    Annotated[SiteDocument, Field(discriminator="type")]
)
FILE_TYPES = frozenset({"building", "room", "guide", "form"})
"""Types of documents that a building's file says; the others come from commands."""
SITE_TYPES = FILE_TYPES | {"keys", "staff-salt", "staff", "withdrawn-codes"}


def document_id(document: SiteDocument) -> str:
    """Name a document within its feed."""
    if isinstance(document, Building | Keys | StaffSalt | WithdrawnCodes):
        return f"{document.type}:this"
    if isinstance(document, Form):
        # A draft goes on with the version that it was begun with.
        return f"{document.type}:{document.key}:{document.version}"
    return f"{document.type}:{document.key}"


def site_document(document: SiteDocument) -> dict[str, Any]:
    """Write a document, still without its revision; empty fields are left out."""
    fields = document.model_dump(mode="json", exclude_defaults=True)
    return {"_id": document_id(document), "type": document.type, **fields}


def read_site_document(document: Mapping[str, Any]) -> SiteDocument:
    """Read a document. Raises UnreadableDocument, which names the fields at fault."""
    try:
        read = _ADAPTER.validate_python(dict(document))
    except ValidationError as problem:
        raise UnreadableDocument(fields_at_fault(problem)) from None
    if document.get("_id") != document_id(read):
        raise UnreadableDocument("key: does not fit _id")
    return read


def room_named(rooms: tuple[Room, ...], written: str) -> Room | None:
    """The room that a notice means by what it has `written`; None if none or several fit.

    The whole of what is written counts first, then the longest name that stands in it.
    """
    text = _folded(written)
    if not text:
        return None
    names = [(_folded(name), room) for room in rooms for name in (room.name, *room.also)]
    fitting = {room.key: room for name, room in names if name == text}
    if not fitting:
        within = [(name, room) for name, room in names if name and _stands_in(name, text)]
        longest = max((len(name) for name, _ in within), default=0)
        fitting = {room.key: room for name, room in within if len(name) == longest}
    return next(iter(fitting.values())) if len(fitting) == 1 else None


def way_to(rooms: tuple[Room, ...], written: str) -> str:
    """Floor and way to a room in plain words, the floor unless it is written already."""
    room = room_named(rooms, written)
    if room is None:
        return ""
    floor = "" if _folded(room.floor) in _folded(written) else room.floor
    return "　".join(part for part in (floor, room.way) if part)


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def _stands_in(name: str, text: str) -> bool:
    """Not as a part of a longer number: 302 does not stand in 1302."""
    start = text.find(name)
    while start >= 0:
        before, after = text[start - 1 : start], text[start + len(name) :][:1]
        cuts_front = name[0].isdigit() and before.isdigit()
        if not cuts_front and not (name[-1].isdigit() and after.isdigit()):
            return True
        start = text.find(name, start + 1)
    return False
