"""A page as pixels, by our own hand (pure).

For previews, for evidence and for cards that take pictures alone. Text is as wide as
`devices.led.gb2312.cells` says: half a cell for ASCII, a full one for all else.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from devices.led.board import (
    COLOUR_INDEXES,
    ClockPart,
    Colour,
    Motion,
    Picture,
    TextArea,
    clock_pieces,
)

Glyphs = Callable[[str, int], tuple[bytes, ...]]
"""Rows of a character at a cell height, a byte 0 or 1 for each pixel; none if no font has it.
See `devices.led.characters.Characters.rows`."""

_DYES = {
    colour: bytes((0, COLOUR_INDEXES[colour])) + bytes(254)
    for colour in Colour
    if colour is not Colour.RED
}
"""Glyphs are red as they come."""


@dataclass(frozen=True, slots=True)
class _Line:
    """Where rows of an area's text stand."""

    x: int
    y: int
    rows: tuple[bytes, ...]


def draw(
    areas: Sequence[TextArea],
    *,
    width: int,
    height: int,
    elapsed_s: float,
    local: datetime | None,
    glyphs: Glyphs,
) -> Picture:
    """What the board shows `elapsed_s` seconds after `areas` were put on air.

    `local` is the wall clock of the card at that moment; None leaves dashes for its digits.
    Raises ValueError for an area outside the board, for characters that no font has, and for
    a moment before.
    """
    if elapsed_s < 0:
        raise ValueError(f"elapsed: {elapsed_s} s, nothing was on air yet")
    _check(areas, width, height)
    lines = []
    for area in areas:
        rows = _drawn(area, local, glyphs)
        left = _entered(area, len(rows[0]), elapsed_s)
        lines.append(_Line(area.x, area.y, _window(rows, left, area.width)))
    return _picture(lines, width, height)


def unrolled(areas: Sequence[TextArea], *, width: int, height: int, glyphs: Glyphs) -> Picture:
    """The whole page as one picture, lines that scroll in full length, all else as it stands.

    It is as wide as the widest line, and at least as the board. Digits of the card's clock are
    dashes. Raises ValueError as `draw` does, and if a line would run over another area.
    """
    _check(areas, width, height)
    lines = []
    for area in areas:
        rows = _drawn(area, None, glyphs)
        length = max(len(rows[0]), area.width) if area.motion is Motion.LEFT else area.width
        lines.append(_Line(area.x, area.y, _window(rows, 0, length)))
    for at, line in enumerate(lines):
        _check_room(line, lines[:at])
    return _picture(lines, max([width, *(line.x + len(line.rows[0]) for line in lines)]), height)


def missing(text: str, *, glyphs: Glyphs, font: int = 16) -> str:
    """The characters of `text` that no font of this system has, in order, without repeats."""
    return "".join(character for character in dict.fromkeys(text) if not glyphs(character, font))


def _check(areas: Iterable[TextArea], width: int, height: int) -> None:
    for number, area in enumerate(areas):
        if (
            min(area.x, area.y) < 0
            or min(area.width, area.height) < 1
            or area.x + area.width > width
            or area.y + area.height > height
        ):
            raise ValueError(
                f"area {number}: {area.width}x{area.height} at {area.x},{area.y} is outside the"
                f" board of {width}x{height}"
            )
        if area.height < area.font:
            raise ValueError(f"area {number}: {area.height} px are too low for font {area.font}")
        if area.motion is Motion.LEFT and area.pixels_per_second <= 0:
            raise ValueError(f"area {number}: it scrolls at {area.pixels_per_second} pixels/s")


def _check_room(line: _Line, others: Iterable[_Line]) -> None:
    for other in others:
        beside = line.x >= other.x + len(other.rows[0]) or other.x >= line.x + len(line.rows[0])
        apart = line.y >= other.y + len(other.rows) or other.y >= line.y + len(line.rows)
        if not (beside or apart):
            raise ValueError(f"areas at {other.x},{other.y} and {line.x},{line.y} overlap")


def _drawn(area: TextArea, local: datetime | None, glyphs: Glyphs) -> tuple[bytes, ...]:
    """The area's height in rows, as wide as its text is."""
    text = "".join(
        _told(piece, local) if isinstance(piece, ClockPart) else piece
        for piece in clock_pieces(area.text)
    )
    shapes = [glyphs(character, area.font) for character in text]
    if not all(shapes):
        lacking = missing(text, glyphs=glyphs, font=area.font)
        names = ", ".join(f"{character!r} (U+{ord(character):04X})" for character in lacking)
        raise ValueError(f"no font has {names}")
    rows = [b"".join(pieces) for pieces in zip(*shapes, strict=True)] or [b""]
    if area.colour in _DYES:
        rows = [row.translate(_DYES[area.colour]) for row in rows]
    below = [bytes(len(rows[0]))] * (area.height - len(rows))
    return (*rows, *below)


def _told(part: ClockPart, local: datetime | None) -> str:
    if local is None:
        return "-" * part.digits
    return f"{getattr(local, part.value[0]):0{part.digits}}"


def _entered(area: TextArea, length: int, elapsed_s: float) -> int:
    """The column of the text, or before it, that is at the area's left edge."""
    if area.motion is Motion.STATIC:
        return 0
    return int(elapsed_s * area.pixels_per_second) % (length + area.width) - area.width


def _window(rows: tuple[bytes, ...], left: int, width: int) -> tuple[bytes, ...]:
    """`width` columns of `rows` from the column `left`, which may lie before the first."""
    before, start = bytes(max(-left, 0)), max(left, 0)
    return tuple((before + row[start : left + width]).ljust(width, b"\0") for row in rows)


def _picture(lines: Iterable[_Line], width: int, height: int) -> Picture:
    canvas = [bytes(width)] * height
    for line in lines:
        for y, row in enumerate(line.rows, line.y):
            under = canvas[y]
            canvas[y] = under[: line.x] + row + under[line.x + len(row) :]
    return Picture(width, height, b"".join(canvas))
