"""A page's picture as it looks in LEDs, cut into strips that fit on paper."""

from collections.abc import Iterator
from io import BytesIO

from PIL import Image, UnidentifiedImageError

DOT = 5
"""Side of a drawn dot in pixels, its gap included."""
_DARK = (10, 10, 12)
_ROUND = ("01110", "11111", "11111", "11111", "01110")


class NotAPicture(Exception):
    """These bytes cannot be drawn: say so in their place."""


def strips(png: bytes, dots: int, overlap: int) -> Iterator[tuple[bytes, int, int]]:
    """PNGs of at most `dots` columns each, from left to right, with their width and height in dots.

    Each begins with the last `overlap` columns of the one before, so that a character of that
    width is whole in one of them. `png` has one pixel a dot. Raises NotAPicture.
    """
    try:
        with Image.open(BytesIO(png)) as opened:
            whole = opened.convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise NotAPicture("this picture cannot be read") from None
    for left in range(0, max(1, whole.width - overlap), dots - overlap):
        part = whole.crop((left, 0, min(left + dots, whole.width), whole.height))
        yield _drawn(part), part.width, part.height


def _drawn(part: Image.Image) -> bytes:
    size = part.width * DOT, part.height * DOT
    tile = Image.new("L", (DOT, DOT))
    tile.putdata([255 if dot == "1" else 0 for row in _ROUND for dot in row])
    row = Image.new("L", (size[0], DOT))
    for column in range(part.width):
        row.paste(tile, (column * DOT, 0))
    mask = Image.new("L", size)
    for line in range(part.height):
        mask.paste(row, (0, line * DOT))
    lit = part.resize(size, Image.Resampling.NEAREST)
    drawn = Image.composite(lit, Image.new("RGB", size, _DARK), mask)
    out = BytesIO()
    drawn.quantize(8).save(out, "PNG", optimize=False)
    return out.getvalue()
