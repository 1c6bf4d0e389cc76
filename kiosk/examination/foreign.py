"""Content of another kind in a file, or behind its end (pure).

RAR and 7z are opened wherever they begin, ZIPs by what stands at a file's end.
"""

import os
import re
import struct
from collections.abc import Iterator
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
_ELF = re.compile(rb"\x7fELF[\x01\x02][\x01\x02]\x01")
_ZIP_ENTRY = re.compile(
    rb"PK\x03\x04[\x00-\x3f][\x00-\x0b].[\x00-\x3f][\x00\x08\x09\x0c\x0e\x5f\x63]\0", re.DOTALL
)
"""A local header: version, flags, and a method that there is; four letters alone come by chance."""


def foreign_kind(data: bytes) -> Kind | None:
    """The archive or program that begins somewhere in these bytes; None where none does."""
    for magic, kind in _MAGIC:
        if magic in data:
            return kind
    if _ZIP_ENTRY.search(data):
        return Kind.ZIP
    if any(data[at + offset : at + offset + 4] == b"PE\0\0" for at, offset in _dos_headers(data)):
        return Kind.WINDOWS_PROGRAM
    return Kind.LINUX_PROGRAM if _ELF.search(data) else None


def find_foreign(file: BinaryIO, start: int, *, text: bool = False) -> Kind | None:
    """The same for an open file from `start` to its end; with `text` also a web page."""
    file.seek(start)
    kept = b""
    while piece := file.read(PIECE):
        data = kept + piece
        found = foreign_kind(data)
        if found is None and text and is_html(data):
            found = Kind.HTML
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
    directory = begin + at - length
    if directory < 0:
        return None
    file.seek(directory)
    if file.read(4) != b"PK\x01\x02":
        return None
    end = min(size, begin + at + ZIP_END_BYTES + comment)
    return ZipInside(max(0, directory - offset), end)
