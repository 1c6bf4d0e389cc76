"""Reading text back from the pixels of the virtual board's picture."""

from pathlib import Path

from devices.led import fonts
from devices.led.virtual import picture
from kiosk.demo.machine import HEIGHT, WIDTH

CELL = 16


def strip_of(text: str) -> list[bytes]:
    """The 16 pixel rows of a text in the board's font."""
    rows = [bytearray() for _ in range(CELL)]
    for character in text:
        for row, dots in zip(
            rows, fonts.installed().glyph(character.encode("gbk"), CELL), strict=True
        ):
            row.extend(1 if dot else 0 for dot in dots)
    return [bytes(row) for row in rows]


def line_of(png: Path, line: int) -> list[bytes]:
    """The 16 pixel rows of a line of text of the board, from its picture."""
    pixels = picture.read(png, WIDTH, HEIGHT)
    top = line * CELL
    rows = (pixels[y * WIDTH : (y + 1) * WIDTH] for y in range(top, top + CELL))
    return [bytes(1 if dot else 0 for dot in row) for row in rows]


def shows(png: Path, text: str) -> bool:
    """Whether part of `text`, at least four characters wide, stands or scrolls on the board."""
    try:
        seen = line_of(png, 1)
    except (OSError, ValueError):
        return False
    lit = [x for x in range(WIDTH) if any(row[x] for row in seen)]
    if not lit or lit[-1] - lit[0] < 4 * CELL:
        return False
    padding = bytes(WIDTH)
    strip = [padding + row + padding for row in strip_of(text)]
    width = len(strip[0]) - WIDTH
    return any(
        all(row[x : x + WIDTH] == seen[y] for y, row in enumerate(strip)) for x in range(width)
    )
