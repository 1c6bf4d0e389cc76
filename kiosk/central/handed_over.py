"""Handing submissions over to the centre's staff, in a folder, after the opening."""

import contextlib
import fcntl
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from kiosk.central.database import CentralDatabase
from kiosk.central.openings import started_opening
from kiosk.central.submissions import Stored, Submissions, receipt_of
from kiosk.central.upload_writing import sync_folder
from kiosk.sync.submission import Receipt, canonical_json

_PIECE = 1024 * 1024
_NAME_BYTES = 200
_PART = re.compile(r"\.(?:[0-9A-Z]{4}-){2}[0-9A-Z]{4}\.[0-9a-f]{8}")


class CannotHandOver(Exception):
    """A file is missing, damaged or cannot be written; the message says which submission."""


def submissions_to(
    database: CentralDatabase, submissions: Submissions, notice_id: str, now: datetime
) -> tuple[Stored, ...]:
    """The bids and other documents of a project whose opening has started; forms are apart.

    Raises `openings.UnknownNotice`, `openings.NotYet`, `openings.NoOpening` and
    `openings.NotStarted`.
    """
    with database.reading() as connection:
        started = started_opening(connection, notice_id, now)
    found = submissions.of_notice(*started.invitation.notices)
    return tuple(each for each in found if not each.is_form)


def hand_over(stored: Iterable[Stored], folder: Path) -> tuple[Receipt, ...]:
    """Write each submission into a folder named by its receipt; those there already stay.

    What a killed hand-over left half done is taken away. Raises CannotHandOver; then the
    submission it names is not there in part.
    """
    with _alone(folder):
        for left in folder.iterdir():
            if _PART.fullmatch(left.name):
                shutil.rmtree(left, ignore_errors=True)
        return tuple(_hand_over(each, folder) for each in stored)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        line = os.open(folder, os.O_RDONLY)
    except OSError as problem:
        raise CannotHandOver(f"{problem.strerror}") from None
    try:
        fcntl.flock(line, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise CannotHandOver("another hand-over is writing to it; wait for its end") from None
    except OSError as problem:
        raise CannotHandOver(f"{problem.strerror}") from None
    finally:
        os.close(line)


def _hand_over(stored: Stored, folder: Path) -> Receipt:
    receipt = receipt_of(stored)
    whole = folder / receipt.number
    part = folder / f".{receipt.number}.{secrets.token_hex(4)}"
    try:
        if whole.exists():
            return receipt
        part.mkdir(mode=0o700)
        _write(part / "submission.json", canonical_json(stored.manifest))
        _write(part / "receipt.json", stored.signed.model_dump_json(indent=1).encode())
        for place, (file, path) in enumerate(zip(receipt.files, stored.files, strict=True), 1):
            if _copy(path, part / _file_name(place, file.name)) != file.sha256:
                raise CannotHandOver(f"{receipt.number}: file {place} is damaged on the server")
        sync_folder(part)
        part.rename(whole)
        sync_folder(folder)
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
        file.flush()
        os.fsync(file.fileno())


def _copy(source: Path, target: Path) -> str:
    digest = hashlib.sha256()
    with source.open("rb") as reader, target.open("xb") as writer:
        while piece := reader.read(_PIECE):
            digest.update(piece)
            writer.write(piece)
        writer.flush()
        os.fsync(writer.fileno())
    return digest.hexdigest()
