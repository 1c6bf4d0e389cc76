"""Forms of a centre as files: a folder of JSON, one form in each."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from pydantic import ValidationError
from sqlalchemy import Connection, select

from kiosk.central.schema import changes
from kiosk.expectations import first_fault
from kiosk.sync.form import MAX_BYTES, Form

KEPT_VERSIONS = 3
"""Earlier versions of a form stay in the feed for the drafts that were begun with them."""


class UnusableForm(Exception):
    """The form stays out; the message names file and place, and what to do."""


class UnknownForm(LookupError):
    """This centre never published that version of the form: final."""


def read_forms(folder: Path) -> tuple[Form, ...]:
    """Read every form of a folder, in the order of their names. Raises UnusableForm."""
    try:
        paths = sorted(each for each in folder.iterdir() if each.suffix == ".json")
    except OSError as problem:
        raise UnusableForm(f"{folder}: cannot be read: {problem.strerror}") from None
    forms = tuple(read_form(path) for path in paths)
    for number, form in enumerate(forms):
        if form.key in {each.key for each in forms[:number]}:
            raise UnusableForm(f"{paths[number]}: key {form.key} stands twice; keys differ")
    return forms


def read_form(path: Path) -> Form:
    """Read one form. Raises UnusableForm."""
    try:
        data = path.read_bytes()
    except OSError as problem:
        raise UnusableForm(f"{path}: cannot be read: {problem.strerror}") from None
    if len(data) > MAX_BYTES:
        raise UnusableForm(f"{path}: is larger than {MAX_BYTES} bytes")
    try:
        told = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once)
    except UnicodeDecodeError as problem:
        raise UnusableForm(
            f"{path}: is not UTF-8 (byte {problem.start + 1}); save it as UTF-8"
        ) from None
    except (ValueError, RecursionError) as problem:
        raise UnusableForm(f"{path}: is not JSON: {problem}") from None
    if not isinstance(told, dict):
        raise UnusableForm(f"{path}: is not a table of one form")
    strange = sorted(set(told) - set(Form.model_fields))
    if strange or "type" in told:
        named = strange[0] if strange else "type"
        raise UnusableForm(f"{path}: unknown key {named}; remove it or correct its name")
    try:
        form = Form.model_validate(told)
        Draft202012Validator.check_schema(form.structure)
    except ValidationError as problem:
        raise UnusableForm(f"{path}: {first_fault(problem)}") from None
    except SchemaError as problem:
        place = ".".join(str(part) for part in problem.absolute_path)
        raise UnusableForm(f"{path}: structure.{place}: {problem.message}") from None
    return form


def handed_in_late(connection: Connection, key: str, version: int) -> bool:
    """Whether a published form is taken for a project whose deadline has passed.

    A version that was taken back is known still, for the drafts begun with it; as the newest one
    says it is then, and without any: no. Raises UnknownForm.
    """
    id, prefix = f"form:{key}:{version}", f"form:{key}:"
    rows = connection.execute(
        select(changes.c.id, changes.c.doc).where(
            changes.c.channel.like("site-%"), changes.c.id.startswith(prefix, autoescape=True)
        )
    ).all()
    if id not in {row.id for row in rows}:
        raise UnknownForm(id)
    said = {
        int(row.id.removeprefix(prefix)): bool(json.loads(row.doc).get("after_deadline"))
        for row in rows
        if row.doc is not None
    }
    if version in said:
        return said[version]
    return said[max(said)] if said else False


def stays(wanted: Iterable[Form], key: str, version: int) -> bool:
    """Whether a published version stays in the feed beside the wanted forms."""
    return any(form.key == key and 0 < form.version - version <= KEPT_VERSIONS for form in wanted)


def newer(wanted: Iterable[Form], key: str, version: int) -> bool:
    """Whether a published version is newer than the wanted one of its key."""
    return any(form.key == key and version > form.version for form in wanted)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """JSON would let the last of two entries win in silence."""
    table = dict(pairs)
    if len(table) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{twice} stands twice in one table")
    return table
