"""Dynamic areas of BX-K cards: request A3 06 (pure). They live in RAM and wear no flash.

Source: vendor document "BX-K protocol" v1.4. Payload::

    u8          number of areas to delete, FF = all; then their ids
    u8          number of areas that follow, each as u16 LE length and the area

An area::

    u8          type, 00
    u16 LE      X, Y, W, H; bit 15 of X and of W set: pixels, clear: units of 8 pixels
    u8          area id
    u8          line gap
    u8          run mode: 0 loop, 1 stay on the last page, 2 loop and delete at timeout
    u16 LE      timeout in seconds
    u8          sound mode; its parameters are not documented, only 00 is known
    u8          length of extra bytes, then these
    u8          align
    u8          single line 1/2
    u8          wrap 1/2
    u8          mode: 1 static, 2 fast, 3 left, 4 right, 5 up, 6 down
    u8          exit mode
    u8          speed, 00 fastest … 18
    u8          stay in half seconds
    u32 LE      length of text, then the text

Our reading, not in the document's words: single line 1 = one line, 2 = several; wrap 1 = only
where the text says so, 2 = at the edge of the area.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

from devices.led.bx_k_commands import Malformed, Request

DELETE_ALL = 0xFF
SLOWEST = 0x18
"""Speed codes run from 00 (fastest) to 18 hexadecimal."""
PIXELS = 0x8000
"""Bit 15 of X and W: the value is in pixels."""

_HEAD = struct.Struct("<BHHHHBBBHBB")
_TAIL = struct.Struct("<BBBBBBBI")


class RunMode(IntEnum):
    LOOP = 0
    STAY_ON_LAST = 1
    DELETE_AT_TIMEOUT = 2


class Mode(IntEnum):
    """How a page comes in."""

    STATIC = 1
    FAST = 2
    LEFT = 3
    RIGHT = 4
    UP = 5
    DOWN = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """One dynamic area; lengths in pixels."""

    id: int
    x: int
    y: int
    width: int
    height: int
    text: bytes
    """Character codes with the card's escapes."""
    mode: Mode = Mode.STATIC
    speed: int = 0
    stay: int = 0
    """Half seconds that a page stands."""
    run_mode: RunMode = RunMode.LOOP
    timeout_s: int = 0
    line_gap: int = 0
    align: int = 0
    single_line: bool = True
    wrap: bool = False
    exit_mode: int = 0
    extra: bytes = b""
    x_in_pixels: bool = True
    """False: X is sent in units of 8 pixels."""
    width_in_pixels: bool = True

    def __post_init__(self) -> None:
        for name, highest in (
            ("id", 0xFF),
            ("stay", 0xFF),
            ("line_gap", 0xFF),
            ("align", 0xFF),
            ("exit_mode", 0xFF),
            ("speed", SLOWEST),
            ("timeout_s", 0xFFFF),
            ("x", PIXELS - 1),
            ("width", PIXELS - 1),
            ("y", 0xFFFF),
            ("height", 0xFFFF),
        ):
            value = getattr(self, name)
            if not 0 <= value <= highest:
                raise Malformed(f"area {self.id}: {name} is {value}, expected 0 to {highest}")
        if len(self.extra) > 0xFF:
            raise Malformed(f"area {self.id}: {len(self.extra)} extra bytes, at most 255")

    def to_bytes(self) -> bytes:
        head = _HEAD.pack(
            0,
            _pack_length("x", self.x, self.x_in_pixels),
            self.y,
            _pack_length("width", self.width, self.width_in_pixels),
            self.height,
            self.id,
            self.line_gap,
            self.run_mode,
            self.timeout_s,
            0,
            len(self.extra),
        )
        tail = _TAIL.pack(
            self.align,
            1 if self.single_line else 2,
            2 if self.wrap else 1,
            self.mode,
            self.exit_mode,
            self.speed,
            self.stay,
            len(self.text),
        )
        return head + self.extra + tail + self.text

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Raises Malformed."""
        if len(data) < _HEAD.size:
            raise Malformed(f"area: {len(data)} bytes are too few")
        kind, x, y, width, height, number, gap, run_mode, timeout, sound, extra_length = (
            _HEAD.unpack_from(data)
        )
        if kind != 0:
            raise Malformed(f"area {number}: type {kind:02X}, expected 00")
        if sound != 0:
            raise Malformed(f"area {number}: sound mode {sound:02X} is not documented")
        at = _HEAD.size + extra_length
        if len(data) < at + _TAIL.size:
            raise Malformed(f"area {number}: {len(data)} bytes are too few")
        align, single, wrap, mode, exit_mode, speed, stay, length = _TAIL.unpack_from(data, at)
        text = data[at + _TAIL.size :]
        if len(text) != length:
            raise Malformed(f"area {number}: text of {len(text)} bytes, {length} announced")
        if single not in (1, 2) or wrap not in (1, 2):
            raise Malformed(f"area {number}: single line {single}, wrap {wrap}; expected 1 or 2")
        if run_mode not in list(RunMode) or mode not in list(Mode):
            raise Malformed(f"area {number}: run mode {run_mode}, mode {mode} are not documented")
        return cls(
            id=number,
            x=_unpack_length(x),
            y=y,
            width=_unpack_length(width),
            height=height,
            text=text,
            mode=Mode(mode),
            speed=speed,
            stay=stay,
            run_mode=RunMode(run_mode),
            timeout_s=timeout,
            line_gap=gap,
            align=align,
            single_line=single == 1,
            wrap=wrap == 2,
            exit_mode=exit_mode,
            extra=data[_HEAD.size : at],
            x_in_pixels=bool(x & PIXELS),
            width_in_pixels=bool(width & PIXELS),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamicAreas(Request):
    """A3 06: delete some or all dynamic areas, then add others, in one step."""

    GROUP = 0xA3
    COMMAND = 0x06
    NAME = "dynamic areas"

    areas: tuple[Area, ...] = ()
    delete_all: bool = False
    delete: tuple[int, ...] = ()
    """Ids; empty if all are deleted."""

    def __post_init__(self) -> None:
        if self.delete_all and self.delete:
            raise Malformed("delete: no ids when all are deleted")
        if len(self.delete) >= DELETE_ALL or len(self.areas) > 0xFF:
            raise Malformed("delete, areas: too many for one request")

    def payload(self) -> bytes:
        count = DELETE_ALL if self.delete_all else len(self.delete)
        out = bytearray((count, *self.delete, len(self.areas)))
        for area in self.areas:
            content = area.to_bytes()
            out += len(content).to_bytes(2, "little") + content
        return bytes(out)

    @classmethod
    def from_payload(cls, payload: bytes, reply_wanted: bool, reserved: bytes) -> Self:
        delete_all = payload[:1] == bytes((DELETE_ALL,))
        ids = payload[0] if payload and not delete_all else 0
        if len(payload) < ids + 2:
            raise Malformed(f"{cls.NAME}: {len(payload)} bytes are too few")
        count, at = payload[1 + ids], 2 + ids
        areas = []
        for _ in range(count):
            length = int.from_bytes(payload[at : at + 2], "little")
            content = payload[at + 2 : at + 2 + length]
            if len(content) < length or len(payload) < at + 2:
                raise Malformed(f"{cls.NAME}: {count} areas announced, the data ends before")
            areas.append(Area.from_bytes(content))
            at += 2 + length
        if at != len(payload):
            raise Malformed(f"{cls.NAME}: {len(payload) - at} bytes after the last area")
        return cls(
            areas=tuple(areas),
            delete_all=delete_all,
            delete=tuple(payload[1 : 1 + ids]),
            reply_wanted=reply_wanted,
            reserved=reserved,
        )


def _pack_length(name: str, value: int, in_pixels: bool) -> int:
    if in_pixels:
        return value | PIXELS
    if value % 8:
        raise ValueError(f"{name}: {value} is not a multiple of 8 pixels")
    return value // 8


def _unpack_length(value: int) -> int:
    return value & ~PIXELS if value & PIXELS else value * 8
