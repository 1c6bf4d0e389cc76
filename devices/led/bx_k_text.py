"""Text as a BX-K card wants it: GB 2312 codes with the card's escapes (pure).

Source: vendor document "BX-K protocol" v1.4, text escapes.
"""

from devices.led import gb2312
from devices.led.board import ClockPart, Colour, TextArea, clock_pieces

FONTS = {16: b"\\FO000", 24: b"\\FO001", 32: b"\\FO002"}
"""\\FO000 16-dot font, \\FO001 24, \\FO002 32."""
COLOURS = {Colour.RED: b"\\C1", Colour.GREEN: b"\\C2", Colour.YELLOW: b"\\C3"}
"""\\C1 red, \\C2 green, \\C3 yellow."""
CLOCK = {
    ClockPart.YEAR: b"\\DY",
    ClockPart.MONTH: b"\\DL",
    ClockPart.DAY: b"\\DD",
    ClockPart.HOUR: b"\\DH",
    ClockPart.MINUTE: b"\\DM",
}
"""\\DY \\DL \\DD \\DH \\DM: parts of the card's clock."""


def compose(area: TextArea) -> bytes:
    """The area's text with font, colour and clock escapes.

    Raises ValueError for characters that the card's font lacks and for a font it has not.
    """
    if area.font not in FONTS:
        raise ValueError(f"font {area.font}: the card has {', '.join(map(str, FONTS))}")
    pieces = (
        CLOCK[piece] if isinstance(piece, ClockPart) else gb2312.encode(piece)
        for piece in clock_pieces(area.text)
    )
    return FONTS[area.font] + COLOURS[area.colour] + b"".join(pieces)


def width(area: TextArea) -> int:
    """Pixels that the text takes when it stands in one line."""
    half_cells = sum(
        piece.digits if isinstance(piece, ClockPart) else gb2312.cells(piece)
        for piece in clock_pieces(area.text)
    )
    return half_cells * area.font // 2
