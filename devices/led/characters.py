"""Characters as pixels: from the bitmap fonts, and what those lack from Noto Sans CJK SC.

A card with a font of its own shows GB 2312 alone; pixels that we draw ourselves may hold more,
such as the rare characters of names. Every character but ASCII takes a full cell.
"""

import threading
import unicodedata
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path

import freetype

from devices.led import gb2312
from devices.led.fonts import FontMissing, Fonts, cell_of, installed

OUTLINES = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
SIMPLIFIED_CHINESE = 2
"""Index of the SC face in Debian's collection."""
PACKAGE = "fonts-noto-cjk"
_EM = 1000
"""Font units of a cell's width and height."""
_TALLEST = 1250
"""Font units: higher than an accented capital, lower than what is meant for several lines."""
_ASCENT = 0.88
"""Share of a cell that is above the baseline, from the font's ideographic em box."""


class Characters:
    """Every character that a font of this system has; any thread may ask."""

    def __init__(self, fonts: Fonts, outlines: Path = OUTLINES) -> None:
        """`outlines` is opened when first needed. Raises FontMissing if it is not there."""
        if not outlines.exists():
            raise FontMissing(
                f"{outlines} is missing: install the Debian package {PACKAGE}"
                f" (apt-get install {PACKAGE})"
            )
        self._fonts = fonts
        self._outlines = outlines
        self._face: freetype.Face | None = None
        self._lock = threading.Lock()
        self._kept: Callable[[str, int], tuple[bytes, ...]] = lru_cache(maxsize=4096)(self._find)

    def rows(self, character: str, size: int) -> tuple[bytes, ...]:
        """`size` rows of `size` bytes 0 or 1, of size / 2 bytes for ASCII; none if no font has
        the character. `size` is 16, 24 or 32.
        """
        return self._kept(character, size)

    def _find(self, character: str, size: int) -> tuple[bytes, ...]:
        if " " <= character <= "~":
            return self._fonts.glyph(character.encode("ascii"), size)
        if not gb2312.missing(character):
            return self._fonts.glyph(gb2312.encode(character), size)
        with self._lock:
            return self._outlined(character, size)

    def _outlined(self, character: str, size: int) -> tuple[bytes, ...]:
        if self._face is None:
            self._face = freetype.Face(str(self._outlines), index=SIMPLIFIED_CHINESE)
        face = self._face
        if not face.get_char_index(character):
            return ()
        face.load_char(character, freetype.FT_LOAD_NO_SCALE)
        box = face.glyph.outline.get_bbox()
        width, height = box.xMax - box.xMin, box.yMax - box.yMin
        # A mark without a width of its own belongs to the character before it.
        if not 0 < face.glyph.advance.x <= _EM or width > _EM or height > _TALLEST:
            return ()
        if not (width and height):
            blank = unicodedata.category(character) == "Zs"
            return (bytes(size),) * size if blank else ()
        for pixels in range(size, 0, -1):
            face.set_pixel_sizes(0, pixels)
            face.load_char(character, freetype.FT_LOAD_RENDER | freetype.FT_LOAD_TARGET_MONO)
            bitmap, advance = face.glyph.bitmap, face.glyph.advance.x >> 6
            # Rounded to whole dots it may be a little higher than the cell: smaller, never cut.
            if bitmap.width <= size and bitmap.rows <= size:
                break
        left = (size - advance) // 2 + face.glyph.bitmap_left
        top = round(_ASCENT * size) - face.glyph.bitmap_top
        left = min(max(left, 0), size - bitmap.width)
        top = min(max(top, 0), size - bitmap.rows)
        return cell_of(bitmap, left, top, size, size)


@cache
def readable() -> Characters:
    """The characters of this system, opened once. Raises FontMissing."""
    return Characters(installed())
