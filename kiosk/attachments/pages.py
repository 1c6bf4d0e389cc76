"""The pages of a document one below the other, cut into parts that are drawn one by one (pure).

Places are measured in pixels from the top of the first page.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate, chain

from kiosk.pdf.document import PageSize, height_px
from kiosk.pdf.protocol import Part

ZOOMS = (1.0, 1.5, 2.0)
"""Widths of a page, in widths of the window."""
MAX_WIDTH = 4096
"""Of a picture: the widest that every graphics card of today takes. Wider pages are enlarged."""
PART_PIXELS = 2_000_000
"""In one part of a page: about a screen, 6 MB."""
KEPT_PIXELS = 16_000_000
"""In all parts that are kept, 48 MB: three pages as wide as a large screen."""
NUMBER_LINE = 0.35
"""Of the height of the window: the page that stands at this line is the one that is read."""
ODD_SHAPE = 0.3
"""Height, in widths, of the place of a page that cannot be drawn."""


class Column:
    """Where each page stands when all are `width` wide, with a `gap` between."""

    def __init__(self, pages: tuple[PageSize, ...], width: int, gap: int) -> None:
        self.pages, self.width, self._gap = pages, width, gap
        self.drawn_width = min(width, MAX_WIDTH)
        self._heights = [self._height(page, width) for page in pages]
        steps = [height + gap for height in self._heights]
        self._tops = [0, *accumulate(steps)][: len(pages)]

    @staticmethod
    def _height(page: PageSize, width: int) -> int:
        if not page.drawable:
            return round(width * ODD_SHAPE)
        return height_px(page.width, page.height, width)

    @property
    def height(self) -> int:
        """Of all pages with their gaps."""
        return self._tops[-1] + self._heights[-1]

    def place(self, page: int) -> tuple[int, int]:
        """Top and height of a page."""
        return self._tops[page], self._heights[page]

    def page_at(self, y: float) -> int:
        """The page at this place, or above the gap there."""
        return max(0, bisect_right(self._tops, y) - 1)

    def between(self, top: float, bottom: float) -> range:
        """The pages that can be seen between two places."""
        return range(self.page_at(top), self.page_at(max(top, bottom - 1)) + 1)

    def read_at(self, top: float, view: float) -> int:
        """The page that is read while `view` pixels below `top` are shown."""
        if top + view >= self.height - 1:
            return len(self.pages) - 1
        return self.page_at(top + view * NUMBER_LINE)

    def kept_place(self, top: float, other: "Column") -> float:
        """Where the other column shows at its top what this one shows at `top`."""
        page = self.page_at(top)
        start, height = self.place(page)
        other_start, other_height = other.place(page)
        return other_start + min(1.0, (top - start) / height) * other_height

    def parts(self, top: float, bottom: float) -> Iterator[Part]:
        """The parts that can be seen between two places, from the top."""
        for page in self.between(top, bottom):
            if not self.pages[page].drawable:
                continue
            start, height = self.place(page)
            size = self.pages[page]
            drawn_height = height_px(size.width, size.height, self.drawn_width)
            scale = drawn_height / height
            rows = max(1, PART_PIXELS // self.drawn_width)
            first = max(0, int((top - start) * scale)) // rows * rows
            last = min(drawn_height, (bottom - start) * scale)
            for part_top in range(first, drawn_height, rows):
                if part_top >= last:
                    break
                yield Part(
                    page,
                    self.drawn_width,
                    drawn_height,
                    part_top,
                    min(rows, drawn_height - part_top),
                )

    def wanted(self, top: float, view: float) -> Iterator[Part]:
        """Parts in the order in which they are needed: what is seen, below it, above it.

        What is not seen ends where more pixels than `KEPT_PIXELS` would be kept.
        """
        seen = list(self.parts(top, top + view))
        yield from seen
        pixels = sum(part.pixels for part in seen)
        below = self.parts(top + view, top + 2 * view) if top + view < self.height else ()
        above = self.parts(max(0.0, top - view / 2), top) if top > 0 else ()
        for part in chain(below, above):
            if part in seen:
                continue
            pixels += part.pixels
            if pixels > KEPT_PIXELS:
                return
            yield part

    def box(self, part: Part) -> tuple[float, float]:
        """Top and height of a part in this column, also of one that was drawn for another."""
        start, height = self.place(part.page)
        scale = height / part.height
        return start + part.top * scale, part.rows * scale


def to_drop(kept: Iterable[Part], wanted: Iterable[Part], most: int = KEPT_PIXELS) -> list[Part]:
    """What to let go of so that at most `most` pixels are kept; `kept` has the oldest first.

    What is wanted stays: dropped, it would be drawn again at once, and so on for ever.
    """
    needed, have = set(wanted), list(kept)
    left = sum(part.pixels for part in have)
    dropped = []
    for part in (part for part in have if part not in needed):
        if left <= most:
            break
        dropped.append(part)
        left -= part.pixels
    return dropped


def nearest_zoom(zoom: float, steps: int) -> float:
    """The zoom so many steps further in, or out when negative; the last one at the ends."""
    place = ZOOMS.index(zoom) + steps
    return ZOOMS[min(len(ZOOMS) - 1, max(0, place))]
