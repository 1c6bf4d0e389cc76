"""The bitmap fonts of this system: GB 2312 and ASCII in cells of 16, 24 and 32 pixels.

The virtual board draws with them as its card's own, and so does our raster. They come from
the Debian package xfonts-base; the 32-dot font is the 16-dot one doubled.
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
_EIGHT = [bytes(byte >> place & 1 for place in range(7, -1, -1)) for byte in range(256)]
"""The pixels in a byte of a bitmap."""


class FontMissing(Exception):
    """A font file is not there: install the Debian package that the message names."""


def _file(height: int, code_bytes: int, folder: Path) -> Path:
    name = _FILES[height, code_bytes]
    for path in (folder / f"{name}.pcf.gz", folder / f"{name}.pcf"):
        if path.exists():
            return path
    raise FontMissing(
        f"{folder / name}.pcf.gz is missing: install the Debian package {PACKAGE}"
        f" (apt-get install {PACKAGE})"
    )


def _open(path: Path) -> freetype.Face:
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    face = freetype.Face(io.BytesIO(content))
    face.set_charmap(face.charmaps[0])
    face.select_size(0)
    return face


class Fonts:
    """Reads glyphs as rows of pixels; any thread may ask."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Each font is opened when first needed. Raises FontMissing if one is not there."""
        self._files = {key: _file(*key, folder) for key in _FILES}
        self._faces: dict[tuple[int, int], freetype.Face] = {}
        self._lock = threading.Lock()
        self._drawn = lru_cache(maxsize=4096)(self._draw)

    def has(self, code: bytes, size: int) -> bool:
        """Whether the font of 16 or 24 dots draws this code; 32 is 16 doubled."""
        with self._lock:
            return bool(self._face(code, size).get_char_index(_number(code)))

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
        face = self._face(code, size)
        width = size * len(code) // 2
        number = _number(code)
        if not face.get_char_index(number):
            return (bytes(width),) * size
        face.load_char(number, freetype.FT_LOAD_RENDER | freetype.FT_LOAD_TARGET_MONO)
        top = (face.size.ascender >> 6) - face.glyph.bitmap_top
        return cell_of(face.glyph.bitmap, face.glyph.bitmap_left, top, width, size)

    def _face(self, code: bytes, size: int) -> freetype.Face:
        key = (size, len(code))
        if key not in self._faces:
            self._faces[key] = _open(self._files[key])
        return self._faces[key]


def _number(code: bytes) -> int:
    return code[0] if len(code) == 1 else (code[0] & 0x7F) << 8 | code[1] & 0x7F


def cell_of(
    bitmap: freetype.Bitmap, left: int, top: int, width: int, height: int
) -> tuple[bytes, ...]:
    """Rows of a cell in which `bitmap`, of one bit a pixel, lies at (left, top)."""
    dots, pitch = bytes(bitmap.buffer), bitmap.pitch
    before, start = bytes(max(left, 0)), max(-left, 0)
    rows = [bytes(width)] * height
    for row in range(max(-top, 0), min(bitmap.rows, height - top)):
        line = b"".join(_EIGHT[byte] for byte in dots[row * pitch : (row + 1) * pitch])
        rows[top + row] = (before + line[start : bitmap.width]).ljust(width, b"\0")[:width]
    return tuple(rows)


@cache
def installed() -> Fonts:
    """The fonts of this system, read once. Raises FontMissing."""
    return Fonts()
