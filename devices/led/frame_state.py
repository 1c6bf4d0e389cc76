"""Messages of the plain frame board (pure): one layout, both ways.

The protocol is this product's own, for previews and tests: no card on the market speaks it.
The far end answers each message with its state after it, in the same layout; a line that
only echoes (``loop://``) is thus a board that took everything. Layout::

    4 bytes     "MTFB"
    u16 LE      length of the body
    body        u8 kind, u8 sequence, u16 LE width, u16 LE height, u8 on, u8 brightness,
                u16 LE year, u8 month, day, hour, minute, second (zeros: clock never set),
                u16 LE lifetime in seconds (0: nothing shown), 2 bits a pixel or nothing
    u32 LE      CRC-32 of length and body

Four pixels in a byte, the first in the low bits, rows one after the other without a gap.
"""

import struct
import zlib
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Self

from devices.errors import Garbled
from devices.led.board import Picture

MAGIC = b"MTFB"
MAX_PIXELS = 0xFFFF * 2
"""Of a board; a message then fits its length field."""

_LENGTH = struct.Struct("<H")
_BODY = struct.Struct("<BBHHBBHBBBBBH")
_CRC = struct.Struct("<I")


class Kind(IntEnum):
    """What is wanted of the board; the other fields are then those of the wish."""

    TELL = 0
    SET = 1
    """Take on, brightness and clock (if there is one)."""
    SHOW = 2
    """Take picture and lifetime; none: dark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameState:
    """One message."""

    kind: Kind
    sequence: int
    width: int
    height: int
    on: bool = True
    brightness: int = 15
    clock: datetime | None = None
    lifetime_s: int = 0
    picture: Picture | None = None

    def to_bytes(self) -> bytes:
        moment = self.clock
        body = _BODY.pack(
            self.kind,
            self.sequence,
            self.width,
            self.height,
            self.on,
            self.brightness,
            *(moment.timetuple()[:6] if moment else (0,) * 6),
            self.lifetime_s,
        ) + (_packed(self.picture.pixels) if self.picture else b"")
        checked = _LENGTH.pack(len(body)) + body
        return MAGIC + checked + _CRC.pack(zlib.crc32(checked))

    @classmethod
    def from_body(cls, body: bytes) -> Self:
        """Raises ValueError for a body that does not fit the layout."""
        if len(body) < _BODY.size:
            raise ValueError(f"body of {len(body)} bytes")
        kind, sequence, width, height, on, brightness, *moment, lifetime_s = _BODY.unpack_from(body)
        packed, count = body[_BODY.size :], width * height
        if packed and len(packed) != -(-count // 4):
            raise ValueError(f"{len(packed)} bytes of pixels for {width}x{height}")
        if on > 1 or brightness > 15:
            raise ValueError(f"on {on}, brightness {brightness}")
        return cls(
            kind=Kind(kind),
            sequence=sequence,
            width=width,
            height=height,
            on=on == 1,
            brightness=brightness,
            clock=datetime(*moment) if any(moment) else None,  # noqa: DTZ001
            lifetime_s=lifetime_s,
            picture=Picture(width, height, _unpacked(packed)[:count]) if packed else None,
        )


def _packed(pixels: bytes) -> bytes:
    padded = pixels + bytes(-len(pixels) % 4)
    return bytes(
        a | b << 2 | c << 4 | d << 6
        for a, b, c, d in zip(*(padded[at::4] for at in range(4)), strict=True)
    )


def _unpacked(packed: bytes) -> bytes:
    return bytes(byte >> shift & 3 for byte in packed for shift in (0, 2, 4, 6))


class FrameDeframer:
    """Finds messages in a stream of bytes."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[FrameState | Garbled]:
        self._pending += data
        out: list[FrameState | Garbled] = []
        while (found := self._next()) is not None:
            out.append(found)
        return out

    def _next(self) -> FrameState | Garbled | None:
        start = self._pending.find(MAGIC)
        noise = start if start >= 0 else len(self._pending) - len(MAGIC) + 1
        if noise > 0:
            raw = bytes(self._pending[:noise])
            del self._pending[:noise]
            return Garbled("noise", raw)
        body_at = len(MAGIC) + _LENGTH.size
        if len(self._pending) < body_at:
            return None
        (length,) = _LENGTH.unpack_from(self._pending, len(MAGIC))
        end = body_at + length + _CRC.size
        if len(self._pending) < end:
            return None
        raw = bytes(self._pending[:end])
        checked = raw[len(MAGIC) : -_CRC.size]
        if zlib.crc32(checked) != _CRC.unpack(raw[-_CRC.size :])[0]:
            # The length itself may be what was damaged: look for a start behind this one.
            del self._pending[: len(MAGIC)]
            return Garbled("CRC is wrong", raw[: len(MAGIC)])
        del self._pending[:end]
        try:
            return FrameState.from_body(raw[body_at : -_CRC.size])
        except ValueError as problem:
            return Garbled(str(problem), raw)
