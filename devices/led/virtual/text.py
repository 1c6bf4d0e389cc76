"""Text as the card reads it: codes and escapes (pure).

\\FO000 \\FO001 \\FO002 choose the 16, 24, 32-dot font, \\FE000 the Latin one, \\C1 \\C2 \\C3 red,
green, yellow, \\n a new line, \\DY \\DL \\DD \\DH \\DM \\DS \\DW a part of the clock (year, month,
day, hour, minute, second, weekday).
"""

from dataclasses import dataclass
from datetime import datetime

SIZES = {b"000": 16, b"001": 24, b"002": 32}
DIGITS = frozenset(b"123")
CLOCK = b"YLDHMSW"
_WEEKDAYS = "一二三四五六日"


class UnknownFont(ValueError):
    """The text asks for a font that the card has not."""


class UnreadableText(ValueError):
    """The text holds an escape or a code that the card does not know."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character to draw: its one or two code bytes."""

    code: bytes
    size: int
    colour: int


@dataclass(frozen=True, slots=True)
class Clock:
    """A part of the clock, by its letter."""

    letter: str
    size: int
    colour: int


@dataclass(frozen=True, slots=True)
class LineEnd:
    """Where a new line begins."""


Item = Glyph | Clock | LineEnd


def parse(text: bytes) -> tuple[Item, ...]:
    """Raises UnknownFont, UnreadableText."""
    items: list[Item] = []
    size, colour = 16, 1
    at = 0
    while at < len(text):
        byte = text[at]
        if byte == 0x5C:
            kind = text[at + 1 : at + 3]
            if kind in (b"FO", b"FE"):
                number = text[at + 3 : at + 6]
                if kind == b"FO" and number in SIZES:
                    size = SIZES[number]
                elif kind == b"FO" or number != b"000":
                    raise UnknownFont(f"font {kind.decode()} {number.hex()}")
                at += 6
            elif kind[:1] == b"C" and kind[1:] and kind[1] in DIGITS:
                colour = kind[1] - 0x30
                at += 3
            elif kind[:1] == b"D" and kind[1:] and kind[1] in CLOCK:
                items.append(Clock(chr(kind[1]), size, colour))
                at += 3
            elif kind[:1] == b"n":
                items.append(LineEnd())
                at += 2
            else:
                raise UnreadableText(f"escape 5C {kind.hex(' ').upper()}")
        elif 0x20 <= byte <= 0x7E:
            items.append(Glyph(text[at : at + 1], size, colour))
            at += 1
        else:
            code = text[at : at + 2]
            if len(code) < 2 or not (0xA1 <= code[0] <= 0xFE and 0xA1 <= code[1] <= 0xFE):
                raise UnreadableText(f"code {code.hex(' ').upper()}")
            items.append(Glyph(code, size, colour))
            at += 2
    return tuple(items)


def plain(items: tuple[Item, ...]) -> str:
    """The characters alone; escapes, also those of the clock, leave nothing."""
    codes = b"".join(
        item.code if isinstance(item, Glyph) else b"\n" if isinstance(item, LineEnd) else b""
        for item in items
    )
    return codes.decode("gbk", errors="replace")


def tell_time(items: tuple[Item, ...], clock: datetime) -> tuple[Glyph | LineEnd, ...]:
    """Replace the parts of the clock by their characters at this moment."""
    values = {
        "Y": f"{clock:%Y}",
        "L": f"{clock:%m}",
        "D": f"{clock:%d}",
        "H": f"{clock:%H}",
        "M": f"{clock:%M}",
        "S": f"{clock:%S}",
        "W": _WEEKDAYS[clock.weekday()],
    }
    out: list[Glyph | LineEnd] = []
    for item in items:
        if isinstance(item, Clock):
            out.extend(
                Glyph(character.encode("gbk"), item.size, item.colour)
                for character in values[item.letter]
            )
        else:
            out.append(item)
    return tuple(out)
