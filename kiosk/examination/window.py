"""Bytes in other places, read as if they were a file."""

import errno
import io
import os
from typing import BinaryIO


class Stretch(io.RawIOBase):
    """So many bytes with a position of their own; where they come from is for its heirs to say."""

    def __init__(self, size: int) -> None:
        self._size, self._at = size, 0

    def bytes_at(self, at: int, count: int) -> bytes:
        """At most so many bytes from there on, at least one unless there is none."""
        raise NotImplementedError

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise OSError(errno.EINVAL, "before the beginning")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        count = min(len(buffer), self._size - self._at)
        data = self.bytes_at(self._at, count) if count > 0 else b""
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


class _Window(Stretch):
    """`size` bytes from `start`; moves the position of the file below."""

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        super().__init__(size)
        self._file, self._start = file, start

    def bytes_at(self, at: int, count: int) -> bytes:
        self._file.seek(self._start + at)
        return self._file.read(count)


def window(file: BinaryIO, start: int, size: int) -> BinaryIO:
    """A part of an open file."""
    return io.BufferedReader(_Window(file, start, size), 65536)
