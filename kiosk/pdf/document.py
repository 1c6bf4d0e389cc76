"""A PDF as it is seen from outside: pages, pictures, and what can be wrong with it (pure)."""

import math
from dataclasses import dataclass

MAX_RATIO = 20.0
"""Of the sides of a page. A plan on a roll has less; more is a mistake or an attack."""


class PdfError(Exception):
    """The file cannot be shown, or not this part; the subclass says what to do."""


class Missing(PdfError):
    """There is no such file, or it cannot be read: fetch it again."""


class Encrypted(PdfError):
    """It asks for a password, or for a program we do not have: show it elsewhere."""


class Damaged(PdfError):
    """It is no sound PDF: show it elsewhere, or get it anew from its author."""


class TooLong(PdfError):
    """It has more pages than anybody reads at a terminal: show it elsewhere."""


class BadPage(PdfError):
    """This page is damaged: show the others."""


class TooSlow(PdfError):
    """The deadline passed and the process was ended: leave this page out, or the file."""


class Crashed(PdfError):
    """The process died of the file, or of its limits: leave this page out, or the file."""


class Closed(PdfError):
    """The reader was closed meanwhile: nobody waits for the answer."""


@dataclass(frozen=True, slots=True)
class PageSize:
    """Width and height in points (1/72 inch), as the page is turned; whatever the file says."""

    width: float
    height: float

    @property
    def drawable(self) -> bool:
        """Whether it has a shape that can be drawn."""
        sides = (self.width, self.height)
        if not all(math.isfinite(side) and side > 0 for side in sides):
            return False
        return 1 / MAX_RATIO <= self.height / self.width <= MAX_RATIO


@dataclass(frozen=True, slots=True)
class Document:
    """An open file."""

    pages: tuple[PageSize, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels in rows from the top, three bytes each: red, green, blue."""

    width: int
    height: int
    pixels: bytes


def height_px(width: float, height: float, width_px: int) -> int:
    """Height in pixels of a page that is drawn `width_px` wide; at least 1."""
    return max(1, round(width_px * height / width))
