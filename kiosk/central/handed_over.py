"""Handing submissions over to the centre's staff, in a folder, after the opening."""

import hashlib
import os
import secrets
import shutil
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from kiosk.central.database import CentralDatabase
from kiosk.central.projects import project_of
from kiosk.central.submissions import Stored, Submissions, receipt_of
from kiosk.sync.submission import Receipt, canonical_json

_PIECE = 1024 * 1024
_NAME_BYTES = 200


class NotYet(Exception):
    """Before the opening nobody may learn who handed in, nor how many (domain rule 2)."""

    def __init__(self, until: datetime) -> None:
        super().__init__("the bids are not opened yet")
        self.until = until


class UnknownNotice(LookupError):
    """No such notice is public: check its id."""


class CannotHandOver(Exception):
    """A file is missing, damaged or cannot be written; the message says which submission."""


def submissions_to(
    database: CentralDatabase, submissions: Submissions, notice_id: str, now: datetime
) -> tuple[Stored, ...]:
    """The submissions to a project whose bids are opened. Raises NotYet, UnknownNotice."""
    with database.reading() as connection:
        project = project_of(connection, notice_id)
    if project is None:
        raise UnknownNotice(notice_id)
    if project.secret_until is not None and now < project.secret_until:
        raise NotYet(project.secret_until)
    return submissions.of_notice(notice_id)


def hand_over(stored: Iterable[Stored], folder: Path) -> tuple[Receipt, ...]:
    """Write each submission into a folder named by its receipt; those there already stay.

    Raises CannotHandOver; then the submission it names is not there in part.
    """
    return tuple(_hand_over(each, folder) for each in stored)


def _hand_over(stored: Stored, folder: Path) -> Receipt:
    receipt = receipt_of(stored)
    whole = folder / receipt.number
    part = folder / f".{receipt.number}.{secrets.token_hex(4)}"
    try:
        if whole.exists():
            return receipt
        part.mkdir(parents=True, mode=0o700)
        _write(part / "submission.json", canonical_json(stored.manifest))
        _write(part / "receipt.json", stored.signed.model_dump_json(indent=1).encode())
        for place, (file, path) in enumerate(zip(receipt.files, stored.files, strict=True), 1):
            if _copy(path, part / _file_name(place, file.name)) != file.sha256:
                raise CannotHandOver(f"{receipt.number}: file {place} is damaged on the server")
        part.rename(whole)
    except OSError as problem:
        raise CannotHandOver(f"{receipt.number}: {problem.strerror}") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return receipt


def _file_name(place: int, name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    stem, ending = (stem, dot + ending) if stem and len(ending.encode()) < 20 else (name, "")
    short = stem.encode()[: _NAME_BYTES - len(ending.encode())].decode(errors="ignore")
    return f"{place:03d} {short}{ending}"


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)


def _copy(source: Path, target: Path) -> str:
    digest = hashlib.sha256()
    with source.open("rb") as reader, target.open("xb") as writer:
        while piece := reader.read(_PIECE):
            digest.update(piece)
            writer.write(piece)
        writer.flush()
        os.fsync(writer.fileno())
    return digest.hexdigest()
