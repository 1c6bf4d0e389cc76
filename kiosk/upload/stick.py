"""Sticks as sources: what `devices.storage` has open, in the words of the upload screen."""

import errno
import logging
import os
import re
import unicodedata
from dataclasses import dataclass, field

from devices.errors import DeviceError
from devices.storage.errors import NoFolder, PulledOut, Slow
from devices.storage.media import Medium
from devices.storage.media import Problem as StickProblem
from devices.storage.patience import PatientLine
from devices.storage.sticks import Sticks
from kiosk.examination.names import read_name
from kiosk.examination.opening import InFolder, NotOpened
from kiosk.examination.verdict import Verdict
from kiosk.upload.source import (
    Candidate,
    Folder,
    Kind,
    Listing,
    Place,
    SourceTrouble,
    State,
    Trouble,
)

log = logging.getLogger(__name__)

READ_S = 20.0
"""For one piece: old sticks try a bad place again and again before they give up."""
CLOSE_S = 10.0
PIECE = 1 << 20

_TROUBLES = {problem: Trouble(problem.value) for problem in StickProblem}
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class StickSource:
    """One partition of a stick."""

    sticks: Sticks = field(repr=False)
    medium: Medium

    @property
    def kind(self) -> Kind:
        return Kind.STICK

    @property
    def key(self) -> str:
        return self.medium.key

    @property
    def name_shown(self) -> str:
        return read_name(self.medium.label.encode("utf-8", "replace")).shown

    @property
    def size(self) -> int:
        return self.medium.size

    @property
    def state(self) -> State:
        return State(self.medium.state.value)

    @property
    def trouble(self) -> Trouble | None:
        problem = self.medium.problem
        return None if problem is None else _TROUBLES[problem]

    def list(self, place: Place = ()) -> Listing:
        """What lies in a folder; in a worker, ends within seconds. Raises SourceTrouble."""
        try:
            listed = self.sticks.list(self.key, place)
        except DeviceError as problem:
            raise SourceTrouble(_trouble(problem)) from None
        folders = [Folder((*place, name), read_name(name).shown) for name in listed.folders]
        files = [self._candidate(place, entry.name, entry.size) for entry in listed.files]
        return Listing(
            tuple(sorted(folders, key=lambda each: _order(each.name_shown))),
            tuple(sorted(files, key=lambda each: _order(each.name_shown))),
            listed.cut,
        )

    def _candidate(self, place: Place, name: bytes, size: int) -> Candidate:
        file = StickFile(self.sticks, self.key, place, name)
        return Candidate((*place, name), read_name(name).shown, size, file, file.reading)


@dataclass(frozen=True, slots=True)
class StickFile:
    """A file on a stick: nothing of it is held open between two uses."""

    sticks: Sticks = field(repr=False)
    key: str
    place: Place = field(repr=False)
    name: bytes = field(repr=False)

    def open(self) -> int:
        """Open it, waiting so long and no longer. Raises NotOpened."""
        try:
            folder = self.sticks.open_folder(self.key, self.place)
        except DeviceError:
            raise NotOpened(Verdict.UNREADABLE) from None
        line = PatientLine("stick-open")
        try:
            return line.ask(CLOSE_S, lambda: _opened(folder, self.name), os.close)
        except Slow:
            raise NotOpened(Verdict.UNREADABLE) from None
        finally:
            line.end()

    def reading(self) -> "StickReading":
        """Its bytes from the beginning. Raises SourceTrouble."""
        try:
            return StickReading(self.open())
        except NotOpened:
            raise SourceTrouble(Trouble.PULLED_OUT) from None


class StickReading:
    """The bytes of an open file; each piece is waited for so long."""

    def __init__(self, number: int) -> None:
        """`number` of the open file, which is closed in the end."""
        self._number, self._at = number, 0
        self._line: PatientLine | None = PatientLine("stick-read")

    def readinto(self, buffer: bytearray | memoryview, /) -> int:
        """Fill the buffer from its beginning; 0: the end. Raises OSError."""
        if self._line is None:
            raise OSError(errno.EBADF, "closed")
        number, at, count = self._number, self._at, min(len(buffer), PIECE)
        try:
            # Into bytes of its own: an answer that comes too late must not meet a used buffer.
            piece = self._line.ask(READ_S, lambda: os.pread(number, count, at))
        except Slow:
            raise OSError(errno.ETIMEDOUT, "the stick does not answer") from None
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def close(self) -> None:
        """Let go of the file; never blocks."""
        line, self._line = self._line, None
        if line is not None:
            number = self._number
            line.end(lambda: os.close(number))


def sources_of(sticks: Sticks) -> tuple[StickSource, ...]:
    """What is plugged in."""
    return tuple(StickSource(sticks, medium) for medium in sticks.media())


def _opened(folder: int, name: bytes) -> int:
    try:
        return InFolder(folder, name).open()
    finally:
        os.close(folder)


def _trouble(problem: DeviceError) -> Trouble:
    if isinstance(problem, NoFolder):
        return Trouble.NO_FOLDER
    if isinstance(problem, Slow):
        return Trouble.SLOW
    if isinstance(problem, PulledOut):
        return Trouble.PULLED_OUT
    return Trouble.NOT_OPENED


def _order(shown: str) -> tuple[tuple[int, int, str], ...]:
    """Numbers by their value, letters whatever their case."""
    parts = _DIGITS.split(unicodedata.normalize("NFKC", shown).casefold())
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part)
