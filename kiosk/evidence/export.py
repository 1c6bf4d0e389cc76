"""Writes a folder from which a third party can check what a board showed."""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from display.edition import Edition
from display.evidence import Break, Entry, Kind, first_break, to_line
from kiosk.evidence.check import INDEX, LOG, SUMS, index
from kiosk.evidence.report import Report, Subject
from kiosk.evidence.summary import PAGE, Summary
from kiosk.store.evidence import BoardEvidence
from kiosk.words import Words


class NothingRecorded(Exception):
    """There is no entry of this board up to the end of this time, or it has not come yet."""


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
    sums: str
    """SHA-256 (hex) of SHA256SUMS: whoever keeps it knows this export again."""

    @property
    def numbers(self) -> tuple[int, int]:
        """Of the first and the last entry."""
        return self.first.number, self.last.number


def export(
    store: BoardEvidence,
    request: Request,
    faces: tuple[Path, Path],
    chinese: Words,
    english: Words,
) -> Exported:
    """Write the folder: log, editions, pictures, report, checker, digests.

    The log is unbroken by number from the first entry of the period to the last. It begins
    earlier where an edition on air was made before the period, or where the board was without
    pages or its line lost when the period began, so that the entries that say so are in it; of
    a period without entries it holds the last ones before.
    `faces`: regular and bold. Raises NothingRecorded, FolderInUse, StoreError, NotAnEntry,
    OSError (the folder is then not complete: it has no SHA256SUMS).
    """
    if request.since >= request.now:
        raise NothingRecorded("this time has not come yet: nothing was recorded of it")
    stretch = _stretch(store, request)
    _make_folder(request.out)
    summary = Summary()
    for entry in _state_before(store, request.board, stretch.begin):
        summary.before(entry)
    editions: dict[str, None] = {}
    pictures: dict[str, None] = {}
    made: list[Entry] = []
    first = last = None
    with (request.out / LOG).open("w", encoding="utf-8", newline="\n") as log:
        for entry in store.stretch(request.board, stretch.begin, stretch.end):
            log.write(f"{to_line(entry)}\n")
            first, last = first or entry, entry
            if "edition" in entry.facts:
                editions[str(entry.facts["edition"])] = None
            if entry.kind is Kind.EDITION:
                made.append(entry)
                pictures.update(dict.fromkeys(entry.facts.get("pictures", [])))
            if entry.number < stretch.period:
                summary.before(entry)
            elif request.since <= entry.at < request.until:
                summary.add(entry)
            else:
                summary.between(entry)
    if first is None or last is None:
        raise NothingRecorded(f"nothing was recorded of board {request.board} by then")
    begin, end = stretch.begin, stretch.end
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
    readable = _read(kept)
    pages: dict[str, list[Any] | None] = {edition: _pages(text) for edition, text in kept.items()}
    _write(request.out / INDEX, index([dict(entry.facts) for entry in made], pages))
    report = Report(subject, summary, readable, store.picture, chinese, english)
    report.save(request.out / "report.pdf", *faces)
    _write(request.out / "check.py", (files("kiosk.evidence") / "check.py").read_bytes())
    readme = f"{chinese['evidence.readme']}\n\n\n{english['evidence.readme']}\n"
    _write(request.out / "README.txt", readme.encode())
    return Exported(first, last, len(kept), len(pictures), broken, _seal(request.out))


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Numbers of the entries of an export."""

    begin: int
    period: int
    """The first that is of the period; those before explain it."""
    end: int


def _stretch(store: BoardEvidence, request: Request) -> _Stretch:
    """What the log must hold. Raises NothingRecorded."""
    board = request.board
    numbers = store.numbers(board, request.since, request.until)
    if numbers is not None:
        period, end = numbers
        begin = period
    else:
        before = store.numbers(board, None, request.since)
        if before is None:
            raise NothingRecorded(f"nothing was recorded of board {board} by then")
        begin = end = before[1]
        period = end + 1
    state, told = Summary(), _state_before(store, board, period)
    for entry in told:
        state.before(entry)
    begun = {span.since for span in (*state.blanks, *state.losses)}
    if numbers is None and state.told_before is not None:
        begun.add(state.told_before.at)
    begin = min([begin, *(entry.number for entry in told if entry.at in begun)])
    return _Stretch(_with_editions(store, board, begin, end), period, end)


def _state_before(store: BoardEvidence, board: str, number: int) -> list[Entry]:
    """What told last, before a number, of the board and of its line; each from where it began."""
    found = []
    for kind, name, passing in ((Kind.ON_AIR, "showing", PAGE), (Kind.LINK, "state", "connected")):
        entry = store.last_entry(board, kind, before=number)
        state = None if entry is None else entry.facts.get(name)
        while entry is not None and entry.facts.get(name) == state:
            found.append(entry)
            lasts = state != passing
            entry = store.last_entry(board, kind, before=entry.number) if lasts else None
    return sorted(found, key=lambda entry: entry.number)


def _with_editions(store: BoardEvidence, board: str, begin: int, end: int) -> int:
    """The number to begin with so as to tell of each edition before it is on air."""
    while True:
        orphans = _orphans(store.stretch(board, begin, end))
        made = (store.edition_number(board, edition, begin) for edition in orphans)
        earlier = min((number for number in made if number is not None), default=begin)
        if earlier == begin:
            return begin
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
            found[edition] = Edition.kept(text)
        except ValidationError:
            continue
    return found


def _pages(text: str) -> list[Any]:
    """As the checker reads them, also those of a far future program."""
    made = json.loads(text)
    return list(made["pages"])


def _make_folder(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderInUse(f"{folder}: is not an empty folder")
    for part in (folder, folder / "editions", folder / "pictures"):
        part.mkdir(parents=True, exist_ok=True)


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _seal(folder: Path) -> str:
    """List the digests of all files, last of all, and see them safely on the disk; its digest."""
    names = sorted(path.relative_to(folder).as_posix() for path in _files(folder))
    lines = []
    for name in names:
        with (folder / name).open("rb") as file:
            lines.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {name}\n")
            os.fsync(file.fileno())
    text = "".join(lines).encode("ascii")
    with (folder / SUMS).open("wb") as sums:
        sums.write(text)
        sums.flush()
        os.fsync(sums.fileno())
    return hashlib.sha256(text).hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
