"""Reads dynamic areas (A3 06) and the areas of a program file as the card does (pure)."""

from dataclasses import dataclass
from typing import Any

from devices.led.virtual.face import Zone
from devices.led.virtual.text import UnknownFont, UnreadableText, parse

MOST_AREAS = 5
NO_MEMORY, WRONG_TYPE, NO_FONT = 4, 10, 12
NAME = "dynamic areas"


class Refusal(Exception):
    """The card says no with an error code."""

    def __init__(self, code: int, reason: str, command: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.command = command


@dataclass(frozen=True, slots=True)
class Change:
    """What one command does to the areas in RAM."""

    delete_all: bool
    deleted: tuple[int, ...]
    added: tuple[Zone, ...]

    def apply(self, zones: tuple[Zone, ...]) -> tuple[Zone, ...]:
        """The zones afterwards. Raises Refusal if they are more than the card takes."""
        gone = {*self.deleted, *(zone.number for zone in self.added)}
        kept = () if self.delete_all else tuple(zone for zone in zones if zone.number not in gone)
        if len(kept) + len(self.added) > MOST_AREAS:
            raise Refusal(NO_MEMORY, f"more than {MOST_AREAS} areas", NAME)
        return kept + self.added

    def describe(self) -> dict[str, Any]:
        """For the log."""
        return {
            "delete": "all" if self.delete_all else list(self.deleted),
            "areas": [
                {
                    "id": zone.number,
                    "x": zone.x,
                    "y": zone.y,
                    "width": zone.width,
                    "height": zone.height,
                    "mode": zone.mode,
                    "pixels_per_second": zone.pixels_per_second,
                    "stay_s": zone.stay_s,
                    "run_mode": zone.run_mode,
                    "timeout_s": zone.timeout_s,
                }
                for zone in self.added
            ],
        }


class _Reader:
    """Takes numbers, low byte first, off the front of the payload."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    @property
    def left(self) -> int:
        return len(self._content) - self._at

    def take(self, count: int) -> bytes:
        if self.left < count:
            raise Refusal(WRONG_TYPE, "the payload ends too early", NAME)
        self._at += count
        return self._content[self._at - count : self._at]

    def u8(self) -> int:
        return self.take(1)[0]

    def u16(self) -> int:
        low, high = self.take(2)
        return high << 8 | low

    def u32(self) -> int:
        return self.u16() | self.u16() << 16

    def end(self) -> None:
        if self.left:
            raise Refusal(WRONG_TYPE, f"{self.left} bytes too many", NAME)


def read_areas(
    payload: bytes, width: int, height: int, speeds: tuple[float, ...], t: float
) -> Change:
    """Raises Refusal. `width`, `height` of the board; zones start at the second `t`."""
    reader = _Reader(payload)
    count = reader.u8()
    delete_all = count == 0xFF
    deleted = () if delete_all else tuple(reader.take(count))
    number = reader.u8()
    if number > MOST_AREAS:
        raise Refusal(NO_MEMORY, f"{number} areas, at most {MOST_AREAS}", NAME)
    zones = []
    for _ in range(number):
        part = _Reader(reader.take(reader.u16()))
        zones.append(_read_area(part, width, height, speeds, t))
    reader.end()
    if len({zone.number for zone in zones}) < len(zones):
        raise Refusal(WRONG_TYPE, "the same area twice", NAME)
    return Change(delete_all, deleted, tuple(zones))


PROGRAM_HEAD = 25
"""Bytes of a program file before its first area: type, name 4, length 4, options 15, number."""


def read_program(
    content: bytes, width: int, height: int, speeds: tuple[float, ...], t: float
) -> tuple[Zone, ...]:
    """The areas of a program file, whose length and CRC are right. Raises Refusal."""
    reader = _Reader(content[:-2])
    head = reader.take(PROGRAM_HEAD)
    if head[0] != 0:
        raise Refusal(WRONG_TYPE, f"file type {head[0]:02X}", "program")
    if int.from_bytes(head[5:9], "little") != len(content):
        raise Refusal(WRONG_TYPE, "length in the file", "program")
    zones = []
    for _ in range(head[24]):
        length = reader.u32()
        if length < 4:
            raise Refusal(WRONG_TYPE, f"area of {length} bytes", "program")
        zones.append(_read_area(_Reader(reader.take(length - 4)), width, height, speeds, t))
    reader.end()
    return tuple(zones)


def _eights(value: int) -> int:
    return value & 0x7FFF if value & 0x8000 else value * 8


def _read_area(
    part: _Reader, board_width: int, board_height: int, speeds: tuple[float, ...], t: float
) -> Zone:
    kind = part.u8()
    x, y, width, height = _eights(part.u16()), part.u16(), _eights(part.u16()), part.u16()
    number, line_gap, run_mode, timeout, sound = (
        part.u8(),
        part.u8(),
        part.u8(),
        part.u16(),
        part.u8(),
    )
    part.take(part.u8())
    _align, single_line, wrap, mode, _exit_mode, speed, stay = part.take(7)
    content = part.take(part.u32())
    part.end()
    if x + width > board_width or y + height > board_height or not (width and height):
        raise Refusal(WRONG_TYPE, f"area {number} is outside the board", NAME)
    allowed = (
        ("type", kind, (0,)),
        ("run mode", run_mode, (0, 1, 2)),
        ("sound mode", sound, (0,)),
        ("single line", single_line, (1, 2)),
        ("wrap", wrap, (1, 2)),
        ("mode", mode, (1, 2, 3, 4, 5, 6)),
        ("speed", speed, range(len(speeds))),
    )
    for name, value, values in allowed:
        if value not in values:
            raise Refusal(WRONG_TYPE, f"area {number}: {name} {value:02X}", NAME)
    try:
        items = parse(content)
    except UnknownFont as problem:
        raise Refusal(NO_FONT, f"area {number}: {problem}", NAME) from None
    except UnreadableText as problem:
        raise Refusal(WRONG_TYPE, f"area {number}: {problem}", NAME) from None
    return Zone(
        number=number,
        x=x,
        y=y,
        width=width,
        height=height,
        items=items,
        mode=mode,
        pixels_per_second=speeds[speed],
        stay_s=stay / 2,
        run_mode=run_mode,
        timeout_s=timeout,
        single_line=single_line == 1,
        wrap=wrap == 2,
        line_gap=line_gap,
        since=t,
    )
