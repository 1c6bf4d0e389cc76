"""The folder of staged files: writing one encrypted, reading one back, removing them."""

import errno
import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, Self

from kiosk.private.errors import DamagedFile, DiskTrouble, NoRoom, SourceVanished, Stopped
from kiosk.private.key import sync_folder
from kiosk.private.sealed_file import (
    CHUNK,
    BrokenChunk,
    SealedChunks,
    chunk_place,
    last_chunk,
    sealed_size,
)

MARGIN_BYTES = 256 * 1024 * 1024
"""Left free for the databases: a full disk would stop every part of the terminal."""

_LOOK_AFTER = 64
"""Chunks between two looks at the room that is left."""


class Source(Protocol):
    """Where a file comes from: a stick, or a phone's request."""

    def readinto(self, buffer: bytearray | memoryview, /) -> int | None:
        """Fill the buffer from its beginning; 0: the end."""


class StagedFolder:
    """Encrypted files under random names."""

    def __init__(
        self,
        folder: Path,
        *,
        margin_bytes: int = MARGIN_BYTES,
        free: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
    ) -> None:
        """`free` tells the bytes free on the disk of a folder."""
        self._folder, self._margin, self._free = folder, margin_bytes, free

    @property
    def path(self) -> Path:
        """Where they lie."""
        return self._folder

    def write(
        self,
        id: str,
        key: bytes,
        source: Source,
        size: int | None,
        progress: Callable[[int], None],
        stopped: Callable[[], bool],
    ) -> tuple[int, str]:
        """Copy a source to its end, and tell its bytes and their SHA-256, in hexadecimal.

        The file is safely on the disk then. `size`: what is expected; fewer or more bytes are
        not the file that was chosen. Raises NoRoom, SourceVanished, Stopped and DiskTrouble,
        and leaves no file then.
        """
        path = self._folder / id
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._look(sealed_size(size or 0))
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb", buffering=0) as file:
                written = self._copy(SealedChunks(key), source, size, file.write, progress, stopped)
                os.fsync(file.fileno())
            sync_folder(self._folder)
        except BaseException as problem:
            path.unlink(missing_ok=True)
            if isinstance(problem, OSError):
                raise _named(problem) from None
            raise
        return written

    def _copy(
        self,
        chunks: SealedChunks,
        source: Source,
        size: int | None,
        write: Callable[[bytes], int],
        progress: Callable[[int], None],
        stopped: Callable[[], bool],
    ) -> tuple[int, str]:
        digest, done, number = hashlib.sha256(), 0, 0
        # Two buffers in turn: a chunk is known to be the last when nothing comes after it.
        now, after = bytearray(CHUNK), bytearray(CHUNK)
        try:
            held = _fill(source, now)
            while True:
                if stopped():
                    raise Stopped("the copying was stopped")
                following = _fill(source, after) if held == CHUNK else 0
                with memoryview(now)[:held] as plain:
                    digest.update(plain)
                    _write_all(write, chunks.seal(number, plain, last=not following))
                done += held
                if size is not None and done + following > size:
                    raise SourceVanished("the file is larger than it was when it was chosen")
                progress(done)
                if not following:
                    break
                number += 1
                if number % _LOOK_AFTER == 0:
                    self._look(0 if size is None else max(0, size - done))
                now, after, held = after, now, following
        finally:
            for buffer in (now, after):
                buffer[:] = bytes(CHUNK)
        if size is not None and done != size:
            raise SourceVanished("the file ended before its end: was the stick pulled out?")
        return done, digest.hexdigest()

    def _look(self, wanted: int) -> None:
        if self._free(self._folder) < wanted + self._margin:
            raise NoRoom("the terminal's disk has no room for the file")

    def open(self, id: str, key: bytes, size: int) -> "StagedReader":
        """Read a staged file. Raises DamagedFile and DiskTrouble."""
        try:
            return StagedReader(self._folder / id, key, size)
        except FileNotFoundError:
            raise DamagedFile("a staged file is missing on the disk") from None
        except OSError as problem:
            raise _named(problem) from None

    def remove(self, ids: list[str]) -> None:
        """Remove files; one that is gone is none to remove. Raises DiskTrouble."""
        try:
            for id in ids:
                (self._folder / id).unlink(missing_ok=True)
        except OSError as problem:
            raise _named(problem) from None

    def present(self) -> set[str]:
        """The names in the folder."""
        try:
            return {path.name for path in self._folder.iterdir()}
        except FileNotFoundError:
            return set()
        except OSError as problem:
            raise _named(problem) from None


class StagedReader:
    """The plain bytes of a staged file, from any place; closed after use."""

    def __init__(self, path: Path, key: bytes, size: int) -> None:
        """`size` in plain bytes. Raises DamagedFile and OSError."""
        self.size = size
        self._chunks = SealedChunks(key)
        self._at = 0
        self._number = -1
        self._plain = b""
        self._file = path.open("rb", buffering=0)
        if os.fstat(self._file.fileno()).st_size != sealed_size(size):
            self._file.close()
            raise DamagedFile("a staged file has another length than was written")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._plain = b""
        self._file.close()

    def seek(self, offset: int) -> int:
        """Go to a place from the beginning. Raises ValueError outside the file."""
        if not 0 <= offset <= self.size:
            raise ValueError("outside the file")
        self._at = offset
        return offset

    def tell(self) -> int:
        """Where reading goes on."""
        return self._at

    def read(self, count: int = -1) -> bytes:
        """Read up to `count` bytes, to the end if negative; fewer only at the end.

        Raises DamagedFile and DiskTrouble.
        """
        end = self.size if count < 0 else min(self.size, self._at + count)
        pieces = []
        while self._at < end:
            number, begin = divmod(self._at, CHUNK)
            piece = self._chunk(number)[begin : begin + end - self._at]
            pieces.append(piece)
            self._at += len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _chunk(self, number: int) -> bytes:
        if number != self._number:
            place, length = chunk_place(number, self.size)
            try:
                sealed = os.pread(self._file.fileno(), length, place)
            except OSError as problem:
                raise _named(problem) from None
            last = number == last_chunk(self.size)
            try:
                self._plain = self._chunks.open(number, sealed, last=last)
            except BrokenChunk as problem:
                raise DamagedFile(str(problem)) from None
            self._number = number
        return self._plain


def _fill(source: Source, buffer: bytearray) -> int:
    """Fill the buffer; fewer bytes only at the source's end. Raises SourceVanished."""
    held = 0
    with memoryview(buffer) as view:
        while held < len(buffer):
            try:
                with view[held:] as rest:
                    count = source.readinto(rest)
            except OSError as problem:
                name = errno.errorcode.get(problem.errno or 0, "no code")
                raise SourceVanished(f"the file cannot be read to its end ({name})") from None
            if not count:
                break
            held += count
    return held


def _write_all(write: Callable[[bytes], int], data: bytes) -> None:
    written = write(data)
    while written < len(data):
        written += write(data[written:])


def _named(problem: OSError) -> NoRoom | DiskTrouble:
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return NoRoom("the terminal's disk is full")
    name = errno.errorcode.get(problem.errno or 0, "no code")
    return DiskTrouble(f"the folder of staged files cannot be used ({name}); check its rights")
