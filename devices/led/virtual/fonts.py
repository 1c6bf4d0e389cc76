"""The card's bitmap fonts: GB 2312 and ASCII in cells of 16, 24 and 32 pixels.

They come from the Debian package xfonts-base; the 32-dot font is the 16-dot one doubled.
"""

import gzip
import io
import threading
from functools import cache, lru_cache
from pathlib import Path

import freetype

FOLDER = Path("/usr/share/fonts/X11/misc")
PACKAGE = "xfonts-base"
_FILES = {(16, 2): "gb16st", (16, 1): "8x16", (24, 2): "gb24st", (24, 1): "12x24"}


class FontMissing(Exception):
    """A font file is not there: install the Debian package that the message names."""


def _open(height: int, code_bytes: int, folder: Path) -> freetype.Face:
    name = _FILES[height, code_bytes]
    for path in (folder / f"{name}.pcf.gz", folder / f"{name}.pcf"):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            continue
        if path.suffix == ".gz":
            content = gzip.decompress(content)
        face = freetype.Face(io.BytesIO(content))
        face.set_charmap(face.charmaps[0])
        face.select_size(0)
        return face
    raise FontMissing(
        f"{folder / name}.pcf.gz is missing: install the Debian package {PACKAGE}"
        f" (apt-get install {PACKAGE})"
    )


class Fonts:
    """Reads glyphs as rows of pixels; any thread may ask."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Raises FontMissing."""
        self._faces = {key: _open(*key, folder) for key in _FILES}
        self._lock = threading.Lock()
        self._drawn = lru_cache(maxsize=4096)(self._draw)

    def glyph(self, code: bytes, size: int) -> tuple[bytes, ...]:
        """`size` rows, each of `size` (two-byte code) or size / 2 (ASCII) bytes 0 or 1.

        A code that the font lacks is an empty cell.
        """
        return self._drawn(code, size)

    def _draw(self, code: bytes, size: int) -> tuple[bytes, ...]:
        if size == 32:
            rows = (bytes(dot for dot in row for _ in "12") for row in self._drawn(code, 16))
            return tuple(row for row in rows for _ in "12")
        with self._lock:
            return self._load(code, size)

    def _load(self, code: bytes, size: int) -> tuple[bytes, ...]:
        face = self._faces[size, len(code)]
        width = size * len(code) // 2
        cell = [bytearray(width) for _ in range(size)]
        number = code[0] if len(code) == 1 else (code[0] & 0x7F) << 8 | code[1] & 0x7F
        if face.get_char_index(number):
            face.load_char(number, freetype.FT_LOAD_RENDER | freetype.FT_LOAD_TARGET_MONO)
            bitmap, left = face.glyph.bitmap, face.glyph.bitmap_left
            top = (face.size.ascender >> 6) - face.glyph.bitmap_top
            dots = bytes(bitmap.buffer)
            for row in range(bitmap.rows):
                for column in range(bitmap.width):
                    lit = dots[row * bitmap.pitch + column // 8] >> (7 - column % 8) & 1
                    if lit and 0 <= top + row < size and 0 <= left + column < width:
                        cell[top + row][left + column] = 1
        return tuple(bytes(row) for row in cell)


@cache
def installed() -> Fonts:
    """The fonts of this system, read once. Raises FontMissing."""
    return Fonts()
