"""A building's file (TOML): its rooms, openings and guides, and bringing its feed to it.

The file is the whole of what the feed says: what it no longer holds is taken back. Forms stand in
a folder that it names.
"""

import hashlib
import json
from collections import Counter
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import Connection, select

from kiosk.central.database import CentralDatabase
from kiosk.central.feeds import feed_info, write_change
from kiosk.central.forms import UnusableForm, newer, read_forms, stays
from kiosk.central.schema import changes
from kiosk.expectations import first_fault
from kiosk.sync.contract import revision_number
from kiosk.sync.form import Form
from kiosk.sync.signatures import KeySet
from kiosk.sync.site import (
    FILE_TYPES,
    Building,
    Guide,
    Keys,
    Room,
    SiteDocument,
    Step,
    document_id,
)
from kiosk.sync.site import site_document as written
from kiosk.toml_file import Unreadable, parse_toml

LARGEST = 4 * 1024 * 1024
"""Bytes of a file; a guide has about 2 KB."""
_SECTIONS = "lists: rooms, guides; tables: openings, forms"


class UnusableFile(Exception):
    """The file stays out as a whole; the message names the place and what to do."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Openings(_Strict):
    minutes: int = 60
    note: str = ""


class _Forms(_Strict):
    folder: str


class _File(_Strict):
    openings: _Openings = _Openings()
    forms: _Forms | None = None
    rooms: tuple[dict[str, Any], ...] = ()
    guides: tuple[dict[str, Any], ...] = ()


def read_site(path: Path) -> tuple[SiteDocument, ...]:
    """Read a building's file. Raises UnusableFile."""
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise UnusableFile(f"{path}: cannot be read: {problem.strerror}") from None
    if len(data) > LARGEST:
        raise UnusableFile(f"{path}: is larger than {LARGEST} bytes")
    try:
        file = _File.model_validate(parse_toml(data))
        documents: list[SiteDocument] = [
            Building(opening_minutes=file.openings.minutes, openings_note=file.openings.note)
        ]
    except Unreadable as problem:
        raise UnusableFile(f"{path}: {problem}") from None
    except ValidationError as problem:
        raise UnusableFile(
            f"{path}: {first_fault(problem)}; is this a building's file ({_SECTIONS})?"
        ) from None
    for number, table in enumerate(file.rooms, start=1):
        documents.append(_entry(path, Room, f"rooms, entry {number}", table))
    for number, table in enumerate(file.guides, start=1):
        place = f"guides, entry {number}"
        documents.append(_entry(path, Guide, place, {"order": number, **table}))
    if file.forms is not None:
        try:
            documents += read_forms(path.parent / file.forms.folder)
        except UnusableForm as problem:
            raise UnusableFile(f"{path}: forms.folder: {problem}") from None
    twice = [id for id, count in Counter(map(document_id, documents)).items() if count > 1]
    if twice:
        raise UnusableFile(f"{path}: key {twice[0].partition(':')[2]} stands twice; keys differ")
    return tuple(documents)


def publish_site(
    database: CentralDatabase, channel: str, documents: tuple[SiteDocument, ...]
) -> Counter[str]:
    """Bring a building's feed to these documents, in one transaction; count what was done.

    Counts `added`, `updated`, `unchanged` and `removed`. Raises `feeds.UnknownChannel`, and
    UnusableFile for a form that was changed without a higher version.
    """
    feed_info(database, channel)
    counts: Counter[str] = Counter()
    forms = [each for each in documents if isinstance(each, Form)]
    with database.writing() as connection:
        known = connection.execute(
            select(changes.c.id, changes.c.rev, changes.c.doc).where(changes.c.channel == channel)
        ).all()
        present = {row.id: row for row in known}
        wanted = {document_id(each): written(each) for each in documents}
        for id, document in wanted.items():
            row, digest = present.get(id), _digest(document)
            if row is not None and row.doc is not None and row.rev.partition("-")[2] == digest:
                counts["unchanged"] += 1
                continue
            if row is not None and row.doc is not None and document["type"] == "form":
                raise UnusableFile(
                    f"form {document['key']}: version {document['version']} was published with "
                    "another content; raise its version"
                )
            number = 1 if row is None else revision_number(row.rev) + 1
            write_change(connection, channel, id, f"{number}-{digest}", document)
            counts["added" if row is None or row.doc is None else "updated"] += 1
        for id, row in present.items():
            if id in wanted or row.doc is None or id.partition(":")[0] not in FILE_TYPES:
                continue
            if _goes_on(id, forms):
                counts["unchanged"] += 1
                continue
            take_back(connection, channel, id)
            counts["removed"] += 1
    return counts


def publish_keys(database: CentralDatabase, channel: str, keys: KeySet) -> bool:
    """Bring the keys in a building's feed up to date; tell whether they were not.

    Raises `feeds.UnknownChannel`.
    """
    with database.writing() as connection:
        return publish(connection, channel, Keys(keys=keys.keys))


def publish(connection: Connection, channel: str, document: SiteDocument) -> bool:
    """Bring one document of a building's feed up to date; tell whether it was not.

    Raises `feeds.UnknownChannel`.
    """
    content = written(document)
    id, digest = str(content["_id"]), _digest(content)
    rev = _revision(connection, channel, id)
    if rev is not None and rev.partition("-")[2] == digest:
        return False
    number = 1 if rev is None else revision_number(rev) + 1
    write_change(connection, channel, id, f"{number}-{digest}", content)
    return True


def take_back(connection: Connection, channel: str, id: str) -> None:
    """Leave a tombstone in the place of a document; nothing where there never was one."""
    rev = _revision(connection, channel, id)
    if rev is not None:
        number = revision_number(rev) + 1
        digest = _digest({"_id": id, "removed": number})
        write_change(connection, channel, id, f"{number}-{digest}", None)


def _revision(connection: Connection, channel: str, id: str) -> str | None:
    return connection.scalar(
        select(changes.c.rev).where(changes.c.channel == channel, changes.c.id == id)
    )


def _goes_on(id: str, forms: list[Form]) -> bool:
    """Whether it is an earlier version of a form, which drafts may need."""
    kind, _, name = id.partition(":")
    if kind != "form":
        return False
    key, _, version = name.rpartition(":")
    if newer(forms, key, int(version)):
        raise UnusableFile(f"form {key}: version {version} was published; give it a higher one")
    return stays(forms, key, int(version))


def _entry(path: Path, kind: type[Room] | type[Guide], place: str, table: dict[str, Any]) -> Any:
    unknown = set(table) - set(kind.model_fields)
    steps = table.get("steps", ())
    if isinstance(steps, list):
        unknown |= {
            f"steps.{name}"
            for step in steps
            if isinstance(step, dict)
            for name in set(step) - set(Step.model_fields)
        }
    if unknown or "type" in table:
        named = sorted(unknown)[0] if unknown else "type"
        raise UnusableFile(f"{path}: {place}: unknown key {named}; remove it or correct its name")
    try:
        return kind.model_validate(table)
    except ValidationError as problem:
        raise UnusableFile(f"{path}: {place}: {first_fault(problem)}") from None


def _digest(document: dict[str, Any]) -> str:
    text = json.dumps(document, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
