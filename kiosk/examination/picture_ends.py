"""Where a picture ends, and what stands behind it. Reads hostile bytes: runs in the child.

JPEG: ITU-T T.81, B.1.1; PNG: W3C PNG, 5.3. Phones put a short film, a second picture or notes of
their own behind a photograph, so that something stands there is no fault; archives, programs and
web pages are.
"""

import os
import re
from typing import BinaryIO

from kiosk.examination.foreign import find_kind, foreign_kind, page_kind
from kiosk.examination.kinds import Kind
from kiosk.examination.verdict import Finding, Verdict

_PIECE = 1 << 20
_END_OF_IMAGE = 0xD9
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a segment: TEM, RSTn, SOI."""
_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""What ends the data of a scan; 0xFF00 is a byte of it, and restarts are part of it."""
MAX_SEGMENTS = 100_000


def check_end(file: BinaryIO, kind: Kind) -> list[Finding]:
    """What is wrong with the end of a picture, or behind it."""
    end: int | None = 0
    if kind is Kind.JPEG:
        end = _jpeg_end(file)
    elif kind is Kind.PNG:
        end = _png_end(file)
    if end is None:
        return [Finding(Verdict.TRUNCATED, {"kind": kind})]
    other = find_kind(file, 0, foreign_kind)
    if other is None and end:
        # In the picture itself text comes by chance.
        other = find_kind(file, end, page_kind)
    return [] if other is None else [Finding(Verdict.TWO_KINDS, {"kind": kind, "other": other})]


def _jpeg_end(file: BinaryIO) -> int | None:
    at = 2
    for _ in range(MAX_SEGMENTS):
        file.seek(at)
        head = file.read(4)
        if len(head) < 2:
            return None
        if head[0] != 0xFF:
            # The data of a scan, or bytes that belong to nothing: readers go on to the next marker.
            found = _next_marker(file, at)
        elif head[1] == 0xFF:
            found = at + 1
        elif head[1] == _END_OF_IMAGE:
            return at + 2
        elif head[1] in _BARE or head[1] == 0:
            found = at + 2
        else:
            found = at + 2 + int.from_bytes(head[2:4], "big")
        if found is None:
            return None
        at = found
    return None


def _next_marker(file: BinaryIO, at: int) -> int | None:
    file.seek(at)
    kept = b""
    while piece := file.read(_PIECE):
        data = kept + piece
        found = _MARKER.search(data)
        if found is not None:
            return at + found.start()
        at += len(data) - 1
        kept = data[-1:]
    return None


def _png_end(file: BinaryIO) -> int | None:
    size = file.seek(0, os.SEEK_END)
    at = 8
    while at + 12 <= size:
        file.seek(at)
        head = file.read(8)
        at += 12 + int.from_bytes(head[:4], "big")
        if head[4:] == b"IEND":
            return at if at <= size else None
    return None
