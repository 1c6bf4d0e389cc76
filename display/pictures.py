"""Pictures of pages as files and as text (pure)."""

import struct
import zlib

from devices.led.board import Picture

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PALETTE = bytes((30, 16, 14, 255, 52, 36, 64, 255, 72, 255, 214, 40))
"""Dark, red, green, yellow."""
_BITS = 2
_PACKED = 8 // _BITS


def png(picture: Picture) -> bytes:
    """A PNG with a palette, one pixel for each dot.

    Equal pictures make equal bytes (with the same zlib). Layout: PNG specification, third
    edition, sections 5.2, 7.2 and 11.2.
    """
    width, height = picture.width, picture.height
    stride = -(-width // _PACKED) * _PACKED
    padding = bytes(stride - width)
    padded = picture.pixels
    if padding:
        rows = (padded[at : at + width] for at in range(0, width * height, width))
        padded = padding.join((*rows, b""))
    # Four pixels to a byte, the first in the highest bits: all rows at once, as long numbers.
    packed = 0
    for place in range(_PACKED):
        packed = packed << _BITS | int.from_bytes(padded[place::_PACKED], "big")
    row_bytes = stride // _PACKED
    content = packed.to_bytes(row_bytes * height, "big")
    lines = [content[at : at + row_bytes] for at in range(0, len(content), row_bytes)]
    header = struct.pack(">IIBBBBB", width, height, _BITS, 3, 0, 0, 0)
    return b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", header),
            _chunk(b"PLTE", _PALETTE),
            _chunk(b"IDAT", zlib.compress(b"\0" + b"\0".join(lines), 6)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    checked = kind + content
    return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))


_BRAILLE = 0x2800
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""Bit of each dot of a character, row by row (Unicode, block U+2800)."""


def braille(picture: Picture) -> str:
    """The lit dots as braille characters, 2x4 dots each, a line of text for every 4 rows."""
    width, height = picture.width, picture.height
    columns = -(-width // 2)
    lines = []
    for top in range(0, height, 4):
        cells = [_BRAILLE] * columns
        for y in range(top, min(top + 4, height)):
            left, right = _DOTS[y - top]
            row = picture.pixels[y * width : (y + 1) * width]
            for x, dot in enumerate(row):
                if dot:
                    cells[x // 2] |= right if x % 2 else left
        lines.append("".join(map(chr, cells)))
    return "\n".join(lines)
