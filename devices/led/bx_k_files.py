"""Files in the program memory of BX-K cards: requests A1 05, 06, 0A, 0B and replies (pure).

Source: vendor document "BX-K protocol" v1.4. Documented: the layouts of A1 05 and A1 06 and
of a program file, by an example each; that the block reply returns the next address on
success and the same one on failure; that A1 8A tells size and CRC and A1 8B the content.

Our reading, never tried on a physical card: that 0A and 0B ask with the name alone; that the
block reply is A1 86 with the address as u32 LE; that 8A is u32 LE size and the u16 LE CRC with
which the file ends; that 8B holds the content alone.

A program file::

    u8          type, 00
    4 bytes     name, "P000"
    u32 LE      length of the file
    15 bytes    play options, as in the document's example: for ever, in turn
    u8          number of areas, each as u32 LE length (itself included) and the area of A3 06
    u16 LE      CRC-16/ARC of all before
"""

import struct
from dataclasses import dataclass
from typing import Self

from devices.led.bx_k_areas import Area
from devices.led.bx_k_commands import Malformed, Request, expect_length
from devices.led.bx_k_frames import crc16
from devices.led.bx_k_replies import Reply

NEUTRAL_PAGE = b"P000"
"""Name of the first program."""

_PROGRAM = 0x00
_OPTIONS = bytes.fromhex("FF 00 00 01 FF FF FF FF FF FF FF FF 01 00 00")
_HEAD = struct.Struct("<B4sI15sB")
_LENGTH = struct.Struct("<I")
_START = struct.Struct("<B4sI")
_BLOCK = struct.Struct("<4sBHHI")
_INFO = struct.Struct("<IH")

BLOCK_OVERHEAD = 5 + _BLOCK.size
"""Data bytes of a block request that are not the file's."""


def _expect_name(name: bytes) -> None:
    if len(name) != 4 or not name.isalnum():
        raise Malformed(f"file name {name!r}: four letters or digits expected")


@dataclass(frozen=True, slots=True, kw_only=True)
class StartWrite(Request):
    """A1 05: overwrite (01), name, length of the file."""

    GROUP = 0xA1
    COMMAND = 0x05
    NAME = "start write"

    name: bytes
    length: int
    overwrite: bool = True

    def __post_init__(self) -> None:
        _expect_name(self.name)

    def payload(self) -> bytes:
        return _START.pack(1 if self.overwrite else 0, self.name, self.length)

    @classmethod
    def from_payload(cls, payload: bytes, reply_wanted: bool, reserved: bytes) -> Self:
        expect_length(cls.NAME, payload, _START.size)
        overwrite, name, length = _START.unpack(payload)
        if overwrite > 1:
            raise Malformed(f"{cls.NAME}: overwrite {overwrite:02X}, expected 00 or 01")
        return cls(
            name=name,
            length=length,
            overwrite=overwrite == 1,
            reply_wanted=reply_wanted,
            reserved=reserved,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteBlock(Request):
    """A1 06: name, last (01), number u16, length u16, address u32, bytes.

    One vendor's port has a 16-bit address here: the document's example has 32 bits.
    """

    GROUP = 0xA1
    COMMAND = 0x06
    NAME = "write block"

    name: bytes
    last: bool
    number: int
    address: int
    content: bytes

    def __post_init__(self) -> None:
        _expect_name(self.name)

    def payload(self) -> bytes:
        last = 1 if self.last else 0
        head = _BLOCK.pack(self.name, last, self.number, len(self.content), self.address)
        return head + self.content

    @classmethod
    def from_payload(cls, payload: bytes, reply_wanted: bool, reserved: bytes) -> Self:
        if len(payload) < _BLOCK.size:
            raise Malformed(f"{cls.NAME}: {len(payload)} bytes are too few")
        name, last, number, length, address = _BLOCK.unpack_from(payload)
        content = payload[_BLOCK.size :]
        if len(content) != length:
            raise Malformed(f"{cls.NAME}: {len(content)} bytes, {length} announced")
        if last > 1:
            raise Malformed(f"{cls.NAME}: last {last:02X}, expected 00 or 01")
        return cls(
            name=name,
            last=last == 1,
            number=number,
            address=address,
            content=content,
            reply_wanted=reply_wanted,
            reserved=reserved,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _ByName(Request):
    name: bytes

    def __post_init__(self) -> None:
        _expect_name(self.name)

    def payload(self) -> bytes:
        return self.name

    @classmethod
    def from_payload(cls, payload: bytes, reply_wanted: bool, reserved: bytes) -> Self:
        expect_length(cls.NAME, payload, 4)
        return cls(name=payload, reply_wanted=reply_wanted, reserved=reserved)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFileInfo(_ByName):
    """A1 0A. Answered by `FileInfoReply`."""

    GROUP = 0xA1
    COMMAND = 0x0A
    NAME = "file size and CRC"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile(_ByName):
    """A1 0B. Answered by `FileReply`."""

    GROUP = 0xA1
    COMMAND = 0x0B
    NAME = "file content"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockReply(Reply):
    """A1 86: the address that the card waits for; after a failure that of the block itself."""

    GROUP = 0xA1
    COMMAND = 0x86
    NAME = "block"

    address: int

    def payload(self) -> bytes:
        return _LENGTH.pack(self.address)

    @classmethod
    def from_payload(cls, payload: bytes, error: int, reserved: bytes) -> Self:
        expect_length(cls.NAME, payload, _LENGTH.size)
        return cls(address=_LENGTH.unpack(payload)[0], error=error, reserved=reserved)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileInfoReply(Reply):
    """A1 8A: size and CRC."""

    GROUP = 0xA1
    COMMAND = 0x8A
    NAME = "size and CRC"

    size: int
    crc: int

    def payload(self) -> bytes:
        return _INFO.pack(self.size, self.crc)

    @classmethod
    def from_payload(cls, payload: bytes, error: int, reserved: bytes) -> Self:
        expect_length(cls.NAME, payload, _INFO.size)
        size, crc = _INFO.unpack(payload)
        return cls(size=size, crc=crc, error=error, reserved=reserved)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReply(Reply):
    """A1 8B: content."""

    GROUP = 0xA1
    COMMAND = 0x8B
    NAME = "content"

    content: bytes

    def payload(self) -> bytes:
        return self.content

    @classmethod
    def from_payload(cls, payload: bytes, error: int, reserved: bytes) -> Self:
        return cls(content=payload, error=error, reserved=reserved)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramFile:
    """A page that the card shows while no dynamic area is alive."""

    areas: tuple[Area, ...]
    name: bytes = NEUTRAL_PAGE

    def __post_init__(self) -> None:
        _expect_name(self.name)
        if not 1 <= len(self.areas) <= 0xFF:
            raise Malformed(f"program: {len(self.areas)} areas, 1 to 255 expected")

    def to_bytes(self) -> bytes:
        """The file with its CRC."""
        body = b"".join(
            _LENGTH.pack(len(content) + _LENGTH.size) + content
            for content in (area.to_bytes() for area in self.areas)
        )
        length = _HEAD.size + len(body) + 2
        head = _HEAD.pack(_PROGRAM, self.name, length, _OPTIONS, len(self.areas))
        return head + body + crc16(head + body).to_bytes(2, "little")

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Raises Malformed."""
        if len(data) < _HEAD.size + 2:
            raise Malformed(f"program: {len(data)} bytes are too few")
        if crc16(data[:-2]) != int.from_bytes(data[-2:], "little"):
            raise Malformed("program: CRC is wrong")
        kind, name, length, options, count = _HEAD.unpack_from(data)
        if kind != _PROGRAM or length != len(data) or options != _OPTIONS:
            raise Malformed(f"program: type {kind:02X}, length {length}, unknown or wrong options")
        areas, at, end = [], _HEAD.size, len(data) - 2
        for _ in range(count):
            size = int.from_bytes(data[at : at + _LENGTH.size], "little")
            if size < _LENGTH.size or at + size > end:
                raise Malformed(f"program: {count} areas announced, the file ends before")
            areas.append(Area.from_bytes(data[at + _LENGTH.size : at + size]))
            at += size
        if at != end:
            raise Malformed(f"program: {end - at} bytes after the last area")
        return cls(areas=tuple(areas), name=name)
