"""Opening what a visitor names: regular files only; nothing is followed, run or set off.

A file is first taken hold of without opening it (O_PATH), then judged, and only then opened
through that hold: whatever is put under its name meanwhile is never opened.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from kiosk.examination.verdict import Finding, Verdict

MAX_EXTENTS = 1000
SPARSE_FROM = 64_000_000
"""Bytes missing on the disk below which nobody cares."""
_READ = os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC
_PATHS = frozenset({b"", b".", b".."})


class NotOpened(Exception):
    """There is nothing to examine: tell the visitor."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict)
        self.finding = Finding(verdict)


class Source(Protocol):
    """Where a file comes from."""

    @property
    def name(self) -> bytes:
        """Its name in its folder, as the file system has it."""
        ...

    def open(self) -> int:
        """Number of the file, open for reading and to be closed. Raises NotOpened."""
        ...


@dataclass(frozen=True, slots=True)
class InFolder:
    """A file in an open folder, such as on a stick."""

    folder: int
    name: bytes

    def open(self) -> int:
        """Open it. Raises NotOpened."""
        if b"/" in self.name or b"\0" in self.name or self.name in _PATHS:
            raise NotOpened(Verdict.NAME_PATH)
        flags = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            hold = os.open(self.name, flags, dir_fd=self.folder)
        except OSError as problem:
            raise NotOpened(_reason(problem)) from None
        try:
            _judge(os.fstat(hold).st_mode)
            return os.open(f"/proc/self/fd/{hold}", _READ)
        except OSError as problem:
            raise NotOpened(_reason(problem)) from None
        finally:
            os.close(hold)


@dataclass(frozen=True, slots=True)
class AlreadyOpen:
    """A file that its owner has open, such as one that came from a phone; it stays open."""

    number: int
    name: bytes

    def open(self) -> int:
        """Open it once more, with a position of its own. Raises NotOpened."""
        try:
            _judge(os.fstat(self.number).st_mode)
            return os.open(f"/proc/self/fd/{self.number}", _READ)
        except OSError as problem:
            raise NotOpened(_reason(problem)) from None


@contextmanager
def opened(source: Source) -> Iterator[int]:
    """The open file, closed afterwards. Raises NotOpened."""
    number = source.open()
    try:
        yield number
    finally:
        os.close(number)


def missing_bytes(number: int, size: int) -> int:
    """Bytes of a sparse file that are not on the disk, as far as its system tells."""
    missing = at = 0
    for _ in range(MAX_EXTENTS):
        if at >= size:
            return missing
        try:
            data = os.lseek(number, at, os.SEEK_DATA)
        except OSError as problem:
            if problem.errno == errno.ENXIO:
                return missing + size - at
            return 0
        missing += data - at
        at = os.lseek(number, data, os.SEEK_HOLE)
    return missing


def _judge(mode: int) -> None:
    if stat.S_ISLNK(mode):
        raise NotOpened(Verdict.LINK)
    if stat.S_ISDIR(mode):
        raise NotOpened(Verdict.FOLDER)
    if not stat.S_ISREG(mode):
        raise NotOpened(Verdict.SPECIAL)


def _reason(problem: OSError) -> Verdict:
    return Verdict.LINK if problem.errno == errno.ELOOP else Verdict.UNREADABLE
