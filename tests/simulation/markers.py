"""Marks of notices that can be found again in bytes, in pixels and in logs."""

import bisect
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from devices.led.fonts import installed
from tests.simulation.cards import Rows

LENGTH = 5
"""Characters of a marker; no character belongs to two markers."""
PIECE = 4
ENCODINGS = {
    "gb2312": rb"(?=((?:[\xd8-\xf7][\xa1-\xfe]){4}))",
    "utf-16-le": rb"(?=((?:.[\x4e-\x9f]){4}))",
    "utf-16-be": rb"(?=((?:[\x4e-\x9f].){4}))",
    "utf-8": rb"(?=((?:[\xe4-\xe9][\x80-\xbf]{2}){4}))",
}
"""What `PIECE` rare characters look like."""
_ESCAPED = {b"\xa6\x02": b"\xa5", b"\xa6\x01": b"\xa6", b"\x5b\x02": b"\x5a", b"\x5b\x01": b"\x5b"}


def markers(count: int) -> list[str]:
    """So many markers of rare characters, the second level of GB 2312. ValueError for too many."""
    rare = [
        bytes((high, low)).decode("gb2312")
        for high in range(0xD8, 0xF8)
        for low in range(0xA1, 0xFF)
    ]
    random.Random(7).shuffle(rare)
    if count * LENGTH > len(rare):
        raise ValueError(f"{count} markers: there are characters for {len(rare) // LENGTH}")
    return ["".join(rare[at : at + LENGTH]) for at in range(0, count * LENGTH, LENGTH)]


def pieces(marker: str) -> list[str]:
    """Every piece of a marker that counts as having seen it."""
    return [marker[at : at + PIECE] for at in range(len(marker) - PIECE + 1)]


class Stream:
    """All bytes of a line, searched at once."""

    def __init__(self, sent: Iterable[tuple[float, bytes]]) -> None:
        """`sent`: second and bytes, in order."""
        self._moments: list[float] = []
        self._places: list[int] = []
        parts, place = [], 0
        for t, data in sent:
            plain = re.sub(rb"\xa6[\x01\x02]|\x5b[\x01\x02]", lambda m: _ESCAPED[m[0]], data)
            for part in (data,) if plain == data else (data, plain):
                self._moments.append(t)
                self._places.append(place)
                parts.append(part)
                place += len(part)
        self._bytes = b"".join(parts)

    def __len__(self) -> int:
        return len(self._bytes)

    def first(self, marks: Mapping[str, str]) -> dict[str, float]:
        """Owner → when any piece of its marker, in any encoding, was on the line first.

        `marks`: owner → marker. One pass for each encoding, over all that looks like rare
        characters.
        """
        found: dict[str, int] = {}
        for encoding, looks in ENCODINGS.items():
            owners = {p.encode(encoding): id for id, mark in marks.items() for p in pieces(mark)}
            for candidate in re.finditer(looks, self._bytes, re.DOTALL):
                owner = owners.get(candidate[1])
                if owner is not None:
                    found[owner] = min(candidate.start(), found.get(owner, candidate.start()))
        return {owner: self._moment(place) for owner, place in found.items()}

    def _moment(self, place: int) -> float:
        return self._moments[bisect.bisect_right(self._places, place) - 1]


@dataclass(frozen=True, slots=True)
class _Sign:
    """A glyph, and the row by which it is recognised."""

    owner: str
    row: int
    rows: Rows


class Glyphs:
    """The glyphs of all markers, found in pictures at any offset."""

    def __init__(self, owners: Mapping[str, str], size: int) -> None:
        """`owners`: notice id → marker; `size` of a cell in pixels."""
        self._size = size
        self._signs: dict[bytes, list[_Sign]] = {}
        glyph = installed().glyph
        shapes = {
            character: (owner, glyph(character.encode("gb2312"), size))
            for owner, marker in owners.items()
            for character in marker
        }
        count: dict[bytes, int] = {}
        for _, rows in shapes.values():
            for row in rows:
                count[row] = count.get(row, 0) + 1
        for owner, rows in shapes.values():
            # A dark row would be looked up in every empty corner of a board.
            best = min(range(size), key=lambda n: (not any(rows[n]), count[rows[n]], n))
            self._signs.setdefault(rows[best], []).append(_Sign(owner, best, rows))

    def owners(self, pixels: bytes, width: int, height: int) -> set[str]:
        """Whose characters a picture holds; colours count as lit."""
        lit = pixels.translate(bytes((0,)) + bytes((1,)) * 255)
        rows = [lit[at : at + width] for at in range(0, width * height, width)]
        return set(self._found(rows, width))

    def _found(self, rows: Sequence[bytes], width: int) -> Iterator[str]:
        size, signs = self._size, self._signs
        for y, row in enumerate(rows):
            if not any(row):
                continue
            places = [x for x in range(width - size + 1) if row[x : x + size] in signs]
            for x in places:
                for sign in signs[row[x : x + size]]:
                    top = y - sign.row
                    if 0 <= top <= len(rows) - size and all(
                        rows[top + n][x : x + size] == sign.rows[n] for n in range(size)
                    ):
                        yield sign.owner
