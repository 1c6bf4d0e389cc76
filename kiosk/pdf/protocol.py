"""What reader and child say to each other through two pipes (pure).

====== ======= ==============================================================
bytes  type    meaning
====== ======= ==============================================================
0      u8      `Order`, or `Outcome` of the answer
1–4    u32     length of what follows
5–     bytes   OPEN: nothing. DRAW: five u32, see `Part`.
               DONE of OPEN: for each page width and height, f32, in points.
               DONE of DRAW: pixels, see `Picture`.
====== ======= ==============================================================

All numbers are big-endian.
"""

import struct
from dataclasses import astuple, dataclass
from enum import IntEnum

from kiosk.pdf.document import Document, PageSize

HEAD = struct.Struct(">BI")
_PART = struct.Struct(">5I")
_SIZE = struct.Struct(">2f")
BYTES_A_PIXEL = 3

MAX_PAGES = 20_000
"""The sizes of 10,000 pages take 0.1 s; no published document has come near."""
MAX_PIXELS = 4_000_000
"""In one picture, 12 MB: a screen of 2560×1440; what is larger is drawn in parts."""
MAX_ORDER = _PART.size
"""Bytes of what follows an order."""


class Order(IntEnum):
    """What the reader asks for."""

    OPEN = 1
    DRAW = 2


class Outcome(IntEnum):
    """What came of it."""

    DONE = 0
    MISSING = 1
    ENCRYPTED = 2
    DAMAGED = 3
    TOO_LONG = 4
    BAD_PAGE = 5


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of a page that is drawn `width` wide and `height` high, in pixels."""

    page: int
    width: int
    height: int
    top: int
    rows: int

    def __post_init__(self) -> None:
        if min(self.width, self.height, self.rows) < 1 or min(self.page, self.top) < 0:
            raise ValueError(f"no part of a page: {self}")
        if self.top + self.rows > self.height:
            raise ValueError(f"rows beyond the page: {self}")
        if self.pixels > MAX_PIXELS:
            raise ValueError(f"more than {MAX_PIXELS} pixels at once: {self}")

    @property
    def pixels(self) -> int:
        return self.width * self.rows

    @property
    def size(self) -> int:
        """Bytes of its pixels."""
        return self.pixels * BYTES_A_PIXEL

    def to_bytes(self) -> bytes:
        return _PART.pack(*astuple(self))

    @classmethod
    def from_bytes(cls, data: bytes) -> "Part":
        return cls(*_PART.unpack(data))


def longest_answer(part: Part | None) -> int:
    """Bytes that an answer may have; `part` None: to OPEN."""
    return MAX_PAGES * _SIZE.size if part is None else part.size


def write_sizes(pages: list[tuple[float, float]]) -> bytes:
    """Sizes of pages, in points."""
    return b"".join(_SIZE.pack(*page) for page in pages)


def read_document(data: bytes) -> Document:
    """Read what `write_sizes` wrote. Raises struct.error where it is cut off."""
    return Document(tuple(PageSize(*page) for page in _SIZE.iter_unpack(data)))
