"""Writes a folder from which a third party can check what a board showed."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from display.edition import Edition
from display.evidence import Break, Entry, Kind, first_break, to_line
from kiosk.evidence.report import Report, Subject
from kiosk.evidence.summary import Summary
from kiosk.store.evidence import BoardEvidence
from kiosk.words import Words

LOG = "log.jsonl"
SUMS = "SHA256SUMS"


class NothingRecorded(Exception):
    """There is no entry of this board in this time: ask for another time."""


class FolderInUse(Exception):
    """The folder holds files, or is none: name another one; nothing was written."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to export."""

    board: str
    since: datetime
    until: datetime
    """Exclusive."""
    out: Path
    centre: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    first: Entry
    last: Entry
    editions: int
    pictures: int
    broken: Break | None
    """Where the chain in the database is broken already."""


def export(
    store: BoardEvidence,
    request: Request,
    faces: tuple[Path, Path],
    chinese: Words,
    english: Words,
) -> Exported:
    """Write the folder: log, editions, pictures, report, checker, digests.

    The log is unbroken by number from the first entry of the period to the last. It begins
    earlier where an edition on air was made before the period, so that its entry is in it.
    `faces`: regular and bold. Raises NothingRecorded, FolderInUse, StoreError, NotAnEntry,
    OSError (the folder is then not complete: it has no SHA256SUMS).
    """
    numbers = store.numbers(request.board, request.since, request.until)
    if numbers is None:
        raise NothingRecorded(f"nothing was recorded of board {request.board} in this time")
    begin, end = _with_editions(store, request.board, *numbers)
    _make_folder(request.out)
    summary = Summary()
    editions: dict[str, None] = {}
    pictures: dict[str, None] = {}
    first = last = None
    with (request.out / LOG).open("w", encoding="utf-8", newline="\n") as log:
        for entry in store.stretch(request.board, begin, end):
            log.write(f"{to_line(entry)}\n")
            first, last = first or entry, entry
            if "edition" in entry.facts:
                editions[str(entry.facts["edition"])] = None
            if entry.kind is Kind.EDITION:
                pictures.update(dict.fromkeys(entry.facts.get("pictures", [])))
            if entry.kind is Kind.EDITION or request.since <= entry.at < request.until:
                summary.add(entry)
    if first is None or last is None:
        raise NothingRecorded(f"nothing was recorded of board {request.board} in this time")
    broken = first_break(store.stretch(request.board, begin, end), from_the_first=begin == 1)
    texts = {edition: store.edition_text(request.board, edition) for edition in editions}
    kept = {edition: text for edition, text in texts.items() if text is not None}
    for edition, text in kept.items():
        _write(request.out / "editions" / f"{edition}.json", text.encode())
    for digest in pictures:
        png = store.picture(digest)
        if png is not None:
            _write(request.out / "pictures" / f"{digest}.png", png)
    subject = Subject(
        request.centre,
        request.board,
        request.since,
        request.until,
        request.now,
        first,
        last,
        broken,
    )
    report = Report(subject, summary, _read(kept), store.picture, chinese, english)
    report.save(request.out / "report.pdf", *faces)
    _write(request.out / "check.py", (files("kiosk.evidence") / "check.py").read_bytes())
    readme = f"{chinese['evidence.readme']}\n\n\n{english['evidence.readme']}\n"
    _write(request.out / "README.txt", readme.encode())
    _seal(request.out)
    return Exported(first, last, len(kept), len(pictures), broken)


def _with_editions(store: BoardEvidence, board: str, begin: int, end: int) -> tuple[int, int]:
    """The stretch, begun early enough to tell of each edition before it is on air."""
    while True:
        orphans = _orphans(store.stretch(board, begin, end))
        made = (store.edition_number(board, edition, begin) for edition in orphans)
        earlier = min((number for number in made if number is not None), default=begin)
        if earlier == begin:
            return begin, end
        begin = earlier


def _orphans(entries: Iterable[Entry]) -> set[str]:
    """Editions that are on air before an entry tells that they were made."""
    made, orphans = set(), set()
    for entry in entries:
        edition = entry.facts.get("edition")
        if entry.kind is Kind.EDITION:
            made.add(edition)
        elif edition is not None and edition not in made:
            orphans.add(str(edition))
    return orphans


def _read(texts: dict[str, str]) -> dict[str, Edition]:
    """The editions that this program can read; those of a far future one are exported only."""
    found = {}
    for edition, text in texts.items():
        try:
            found[edition] = Edition.model_validate_json(text)
        except ValidationError:
            continue
    return found


def _make_folder(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderInUse(f"{folder}: is not an empty folder")
    for part in (folder, folder / "editions", folder / "pictures"):
        part.mkdir(parents=True, exist_ok=True)


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _seal(folder: Path) -> None:
    """List the digests of all files, last of all, and see them safely on the disk."""
    names = sorted(path.relative_to(folder).as_posix() for path in _files(folder))
    lines = []
    for name in names:
        with (folder / name).open("rb") as file:
            lines.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {name}\n")
            os.fsync(file.fileno())
    with (folder / SUMS).open("w", encoding="ascii", newline="\n") as sums:
        sums.write("".join(lines))
        sums.flush()
        os.fsync(sums.fileno())


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
