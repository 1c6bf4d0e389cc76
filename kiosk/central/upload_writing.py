"""Bytes going into one upload: written, digested, and made safe before they count."""

import errno
import hashlib
import os
import threading
from collections.abc import Iterable
from pathlib import Path

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class NoRoom(Exception):
    """The disk has no room for it now: try again later."""


class Writing:
    """One request's bytes going into an upload. One thread at a time, and another in `push`."""

    def __init__(self, id: str, path: Path, length: int, hashed: "Hashed") -> None:
        """Goes on where `hashed` ends; `length` is that of the whole."""
        self.id = id
        self.hashed = hashed
        self._length = length
        self._lost: OSError | None = None
        self._syncing = threading.Lock()
        self._line = os.open(path, os.O_RDWR)
        os.lseek(self._line, hashed.length, os.SEEK_SET)

    @property
    def room(self) -> int:
        """Bytes that are still to come."""
        return self._length - self.hashed.length

    def write(self, pieces: Iterable[bytes]) -> None:
        """Write on. Raises NoRoom, and ValueError beyond the length."""
        for piece in pieces:
            if len(piece) > self.room:
                raise ValueError("more bytes than announced")
            _write_all(self._line, piece)
            self.hashed.digest.update(piece)
            self.hashed.length += len(piece)

    def push(self) -> None:
        """Begin to make safe what was written; what goes wrong shows in `make_safe`."""
        self._sync()

    def make_safe(self) -> None:
        """Return when all that was written is on the disk; after a failure it fails for ever.

        Raises NoRoom, OSError.
        """
        # Waits for a push that is under way: it may be the one that is told of a lost write.
        lost = self._sync()
        if lost is None:
            return
        if lost.errno in FULL:
            raise NoRoom from None
        raise lost

    def _sync(self) -> OSError | None:
        with self._syncing:
            if self._lost is None:
                try:
                    os.fdatasync(self._line)
                except OSError as problem:
                    # The system tells of a lost write only once, and calls its pages clean.
                    self._lost = problem
            return self._lost

    def close(self) -> None:
        """Let the file go; bytes that were not kept count as never received."""
        os.close(self._line)


class Hashed:
    """A digest half way, and of how many bytes."""

    def __init__(self, digest: "hashlib._Hash", length: int) -> None:
        self.digest = digest
        self.length = length

    def copied(self) -> "Hashed":
        """Another one that goes on by itself."""
        return Hashed(self.digest.copy(), self.length)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder safe."""
    line = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(line)
    finally:
        os.close(line)


def _write_all(line: int, piece: bytes) -> None:
    rest = memoryview(piece)
    try:
        while rest:
            rest = rest[os.write(line, rest) :]
    except OSError as problem:
        if problem.errno in FULL:
            raise NoRoom from None
        raise
