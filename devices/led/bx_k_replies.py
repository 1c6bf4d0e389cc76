"""Replies of BX-K cards (pure).

Documented (vendor document "BX-K protocol" v1.4): a reply's data is group, command, error, two
reserved bytes, payload; ACK is A0 00, NACK A0 01; the error codes; that the reply to a file
request A1 0A is A1 8A; that status puts the weekday before the hour; that parameters hold
width, height, colour and baud.

Our reading, never tried on a physical card, kept in `StatusReply` and `ParametersReply` alone:
a reply with content repeats the group and sets bit 7 of the command, and the widths and the
order of the fields of these two.
"""

import struct
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from devices.led.bx_k_commands import (
    Malformed,
    expect_length,
    pack_date,
    pack_time,
    unpack_clock,
)

ERRORS = {
    1: "unknown command group",
    2: "unknown command",
    3: "busy",
    4: "not enough memory",
    5: "CRC error: the request was damaged on the line",
    6: "no such file",
    7: "flash memory failed",
    8: "download failed",
    9: "wrong file name",
    10: "wrong type",
    11: "CRC error in the file",
    12: "font is missing",
    13: "wrong firmware",
    14: "wrong date",
    15: "exists already",
    16: "wrong block number",
}
"""Plain meanings of the documented error codes."""

BUSY = 3
DAMAGED = 5
UNKNOWN = frozenset({1, 2})
"""Command group or command."""
WORTH_ANOTHER_ATTEMPT = frozenset({BUSY, DAMAGED})
"""Codes that say nothing about the request itself."""


def meaning(code: int) -> str:
    return ERRORS.get(code, "a code that is not documented")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What all replies share."""

    GROUP: ClassVar[int]
    COMMAND: ClassVar[int]
    NAME: ClassVar[str]

    error: int = 0
    reserved: bytes = bytes(2)

    def payload(self) -> bytes:
        return b""

    def to_bytes(self) -> bytes:
        """The data of the reply's frame."""
        return bytes((self.GROUP, self.COMMAND, self.error)) + self.reserved + self.payload()

    @classmethod
    def from_payload(cls, payload: bytes, error: int, reserved: bytes) -> Self:
        """Raises Malformed."""
        expect_length(cls.NAME, payload, 0)
        return cls(error=error, reserved=reserved)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack(Reply):
    """A0 00: done."""

    GROUP = 0xA0
    COMMAND = 0x00
    NAME = "ack"


@dataclass(frozen=True, slots=True, kw_only=True)
class Nack(Reply):
    """A0 01: not done; the error code says why."""

    GROUP = 0xA0
    COMMAND = 0x01
    NAME = "nack"

    @property
    def meaning(self) -> str:
        return meaning(self.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReply(Reply):
    """A1 82: u8 screen (01 on, 02 off), u8 brightness, then the clock as year u16 BCD LE,
    month, day, weekday, h, m, s. Only the clock's order is documented."""

    GROUP = 0xA1
    COMMAND = 0x82
    NAME = "status"

    on: bool
    brightness: int
    clock: datetime | None
    """None: eight zero bytes, a clock that was never set."""

    def payload(self) -> bytes:
        moment = self.clock
        clock = (
            bytes(8)
            if moment is None
            else pack_date(moment) + bytes((moment.isoweekday(),)) + pack_time(moment)
        )
        return bytes((1 if self.on else 2, self.brightness)) + clock

    @classmethod
    def from_payload(cls, payload: bytes, error: int, reserved: bytes) -> Self:
        expect_length(cls.NAME, payload, 10)
        if payload[0] not in (1, 2) or payload[1] > 15:
            raise Malformed(f"{cls.NAME}: screen {payload[0]:02X}, brightness {payload[1]}")
        clock = payload[2:]
        return cls(
            on=payload[0] == 1,
            brightness=payload[1],
            clock=unpack_clock(clock[0:4], clock[5:8], clock[4]) if any(clock) else None,
            error=error,
            reserved=reserved,
        )


_PARAMETERS = struct.Struct("<HHBI")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParametersReply(Reply):
    """A2 8A: u16 LE width, u16 LE height, u8 colours (1 single, 2 dual), u32 LE baud.
    Only that these four are told is documented."""

    GROUP = 0xA2
    COMMAND = 0x8A
    NAME = "parameters"

    width: int
    height: int
    colours: int
    baud: int

    def payload(self) -> bytes:
        return _PARAMETERS.pack(self.width, self.height, self.colours, self.baud)

    @classmethod
    def from_payload(cls, payload: bytes, error: int, reserved: bytes) -> Self:
        expect_length(cls.NAME, payload, _PARAMETERS.size)
        width, height, colours, baud = _PARAMETERS.unpack(payload)
        return cls(
            width=width,
            height=height,
            colours=colours,
            baud=baud,
            error=error,
            reserved=reserved,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherReply(Reply):
    """A reply to a command that this driver does not make, as found in a capture."""

    GROUP = -1
    COMMAND = -1
    NAME = "other"

    group: int
    command: int
    content: bytes

    def to_bytes(self) -> bytes:
        return bytes((self.group, self.command, self.error)) + self.reserved + self.content
