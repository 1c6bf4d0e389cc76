"""Content of another kind in a file, or behind its end (pure).

RAR and 7z are opened wherever they begin, ZIPs by what stands at a file's end.
"""

import os
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from kiosk.examination.content import TAIL, ZIP_END, ZIP_END_BYTES, is_html
from kiosk.examination.kinds import Kind

PIECE = 1 << 20
_KEPT = 4096
"""Bytes that two pieces share: a program's header lies within them."""
_MAGIC = (
    (b"Rar!\x1a\x07", Kind.RAR),
    (b"7z\xbc\xaf\x27\x1c", Kind.SEVEN_ZIP),
)
_LISTED, _LOCATOR, _LOCATOR_BYTES = b"PK\x01\x02", b"PK\x06\x07", 20
_ELF = re.compile(rb"\x7fELF[\x01\x02][\x01\x02]\x01")
_ZIP_ENTRY = re.compile(
    rb"PK\x03\x04[\x00-\x3f][\x00-\x0b].[\x00-\x3f][\x00\x08\x09\x0c\x0e\x5f\x63]\0", re.DOTALL
)
"""A local header: version, flags, and a method that there is; four letters alone come by chance."""


Tell = Callable[[bytes], Kind | None]


def archive_kind(data: bytes) -> Kind | None:
    """The archive of RAR or 7z that begins somewhere in these bytes; None where none does."""
    return next((kind for magic, kind in _MAGIC if magic in data), None)


def page_kind(data: bytes) -> Kind | None:
    """The web page that begins somewhere in these bytes; None where none does."""
    return Kind.HTML if is_html(data) else None


def foreign_kind(data: bytes) -> Kind | None:
    """The archive or program that begins somewhere in these bytes; None where none does."""
    found = archive_kind(data)
    if found is not None:
        return found
    if _ZIP_ENTRY.search(data):
        return Kind.ZIP
    if any(data[at + offset : at + offset + 4] == b"PE\0\0" for at, offset in _dos_headers(data)):
        return Kind.WINDOWS_PROGRAM
    return Kind.LINUX_PROGRAM if _ELF.search(data) else None


def find_kind(file: BinaryIO, start: int, *tells: Tell) -> Kind | None:
    """What one of `tells` finds in an open file from `start` to its end."""
    file.seek(start)
    kept = b""
    while piece := file.read(PIECE):
        data = kept + piece
        for tell in tells:
            found = tell(data)
            if found is not None:
                return found
        kept = data[-_KEPT:]
    return None


def _dos_headers(data: bytes) -> Iterator[tuple[int, int]]:
    at = data.find(b"MZ")
    while at >= 0:
        yield at, int.from_bytes(data[at + 60 : at + 64], "little")
        at = data.find(b"MZ", at + 1)


@dataclass(frozen=True, slots=True)
class ZipInside:
    """A ZIP whose end record stands in a file's last bytes, so that it can be opened as one."""

    start: int
    """Where its first entry begins; 0 where its end record does not tell."""
    record: int
    """Where its end record begins."""
    end: int


def zip_inside(file: BinaryIO) -> ZipInside | None:
    """The ZIP that a program finds which looks for one from this file's end."""
    size = file.seek(0, os.SEEK_END)
    begin = max(0, size - TAIL)
    file.seek(begin)
    tail = file.read(size - begin)
    at = tail.rfind(ZIP_END, 0, max(0, len(tail) - ZIP_END_BYTES + len(ZIP_END)))
    if at < 0:
        return None
    length, offset, comment = struct.unpack_from("<LLH", tail, at + 12)
    directory, end = begin + at - length, min(size, begin + at + ZIP_END_BYTES + comment)
    file.seek(max(0, directory))
    if directory >= 0 and file.read(len(_LISTED)) == _LISTED:
        return ZipInside(max(0, directory - offset), begin + at, end)
    # Some programs look for the list elsewhere when it is not where the end record says.
    before = tail[:at]
    if _LISTED in before or before[-_LOCATOR_BYTES:].startswith(_LOCATOR):
        return ZipInside(0, begin + at, end)
    return None
