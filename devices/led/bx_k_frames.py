"""Frames of Onbon BX-K font cards, on serial lines and TCP alike (pure).

Source: vendor document "BX-K protocol" v1.4. Layout, lengths before escaping::

    A5 …        one or more; requests carry eight, documented replies nine
    u16 LE      destination
    u16 LE      source
    3 bytes     reserved
    u8          barcode option: bit 0 adds 16 bytes after this header
    u8          check mode: 0 = CRC
    u8          display mode
    u8          device type
    u8          version, 02
    u16 LE      length of data
    16 bytes    barcode, if the option says so
    n bytes     data
    u16 LE      CRC-16 over everything from the destination to the data
    5A

Nothing here was tried on a physical card.
"""

import struct
from dataclasses import dataclass

from devices.errors import Garbled

START = 0xA5
"""Receivers need one A5 and skip all of them."""
END = 0x5A
"""A frame ends with 5A."""
REQUEST_PREAMBLE = 8
"""Requests are led by eight A5."""

BROADCAST = 0xFFFF
"""Destination FFFF: every card, without reply."""
ANY_CARD = 0xFFFE
"""Destination FFFE: every card, with reply."""
COMPUTER = 0x8000
"""The source address of the computer is 8000; replies are sent to it."""

ANY_TYPE = 0xFE
"""Device type FE: any."""
DEVICE_TYPES = {
    0x51: "BX-5K1",
    0x58: "BX-5K2",
    0x53: "BX-5MK2",
    0x54: "BX-5MK1",
    0x61: "BX-6K1",
    0x62: "BX-6K2",
    0x63: "BX-6K3",
}
"""Device types 51 5K1, 58 5K2, 53 5MK2, 54 5MK1, 61/62/63 6K1/2/3."""

MAX_DATA = 2048
"""Twice the largest documented receive buffer (1024 data bytes, BX-6K): more is noise."""
MAX_PREAMBLE = 64
"""More A5 than this in a row are a stuck line, reported in pieces of this length."""
MAX_NOISE = 256
"""Bytes outside any frame are reported in pieces of at most this length."""

_HEADER = struct.Struct("<HH3sBBBBBH")
_BARCODE = 16
_CRC = 2
_MAX_BODY = 2 * (_HEADER.size + _BARCODE + MAX_DATA + _CRC)

# A5→A6 02, A6→A6 01, 5A→5B 02, 5B→5B 01; after the CRC, between the A5s and the 5A.
_ESCAPES = {0xA5: b"\xa6\x02", 0xA6: b"\xa6\x01", 0x5A: b"\x5b\x02", 0x5B: b"\x5b\x01"}
_UNESCAPES = {code: value for value, code in _ESCAPES.items()}


def _crc_table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
        table.append(value)
    return tuple(table)


_CRC_TABLE = _crc_table()


def crc16(data: bytes) -> int:
    """CRC-16/ARC: polynomial A001 reflected, initial value 0, no final XOR."""
    crc = 0
    for byte in data:
        crc = crc >> 8 ^ _CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc


def escape(data: bytes) -> bytes:
    """Write `data` so that it holds no A5 and no 5A."""
    return b"".join(_ESCAPES.get(byte) or bytes((byte,)) for byte in data)


def unescape(data: bytes) -> bytes:
    """Undo `escape`. Raises Garbled for a byte pair that it never writes."""
    out = bytearray()
    position = 0
    while position < len(data):
        byte = data[position]
        if byte in _ESCAPES:
            pair = data[position : position + 2]
            if pair not in _UNESCAPES:
                raise Garbled(f"invalid escape {pair.hex(' ').upper()}", data)
            out.append(_UNESCAPES[pair])
            position += 2
        else:
            out.append(byte)
            position += 1
    return bytes(out)


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame; every byte that the vendor leaves open is kept, so that it rebuilds exactly."""

    data: bytes
    destination: int = 1
    source: int = COMPUTER
    reserved: bytes = bytes(3)
    barcode_option: int = 0
    display_mode: int = 0
    device_type: int = ANY_TYPE
    version: int = 2
    barcode: bytes = b""
    preamble: int = REQUEST_PREAMBLE
    """Number of A5 in front."""

    def __post_init__(self) -> None:
        if len(self.data) > MAX_DATA:
            raise ValueError(f"data: {len(self.data)} bytes, at most {MAX_DATA}")
        if len(self.reserved) != 3:
            raise ValueError("reserved: exactly 3 bytes")
        if len(self.barcode) != (_BARCODE if self.barcode_option & 1 else 0):
            raise ValueError("barcode: 16 bytes if bit 0 of the option is set, else none")
        if not 1 <= self.preamble <= MAX_PREAMBLE:
            raise ValueError(f"preamble: 1 to {MAX_PREAMBLE}")
        for name in ("destination", "source"):
            if not 0 <= getattr(self, name) <= 0xFFFF:
                raise ValueError(f"{name}: 0 to FFFF")
        for name in ("barcode_option", "display_mode", "device_type", "version"):
            if not 0 <= getattr(self, name) <= 0xFF:
                raise ValueError(f"{name}: 0 to FF")

    def answers(self, address: int) -> bool:
        """This is a reply to the computer from the card asked at `address`."""
        return self.destination == COMPUTER and address in (ANY_CARD, self.source)

    def to_bytes(self) -> bytes:
        body = _HEADER.pack(
            self.destination,
            self.source,
            self.reserved,
            self.barcode_option,
            0,
            self.display_mode,
            self.device_type,
            self.version,
            len(self.data),
        )
        body += self.barcode + self.data
        body += crc16(body).to_bytes(_CRC, "little")
        return bytes((START,)) * self.preamble + escape(body) + bytes((END,))

    @classmethod
    def from_bytes(cls, raw: bytes) -> "Frame":
        """Read exactly one frame. Raises Garbled with the reason and the bytes."""
        escaped = raw.lstrip(bytes((START,)))
        preamble = len(raw) - len(escaped)
        if not 1 <= preamble <= MAX_PREAMBLE:
            raise Garbled(f"{preamble} A5 in front, 1 to {MAX_PREAMBLE} expected", raw)
        if not escaped or escaped[-1] != END:
            raise Garbled("does not end with 5A", raw)
        try:
            body = unescape(escaped[:-1])
        except Garbled as problem:
            raise Garbled(problem.reason, raw) from None
        if len(body) < _HEADER.size + _CRC:
            raise Garbled(f"{len(body)} bytes are too few for header and CRC", raw)
        destination, source, reserved, option, check, display, kind, version, length = (
            _HEADER.unpack_from(body)
        )
        start = _HEADER.size + (_BARCODE if option & 1 else 0)
        present = len(body) - start - _CRC
        if length != present:
            raise Garbled(
                f"the header announces {length} data bytes, {max(present, 0)} are there", raw
            )
        if length > MAX_DATA:
            raise Garbled(f"{length} data bytes, at most {MAX_DATA} expected", raw)
        if check != 0:
            raise Garbled(f"check mode {check:02X} is not documented", raw)
        wanted, found = crc16(body[:-_CRC]), int.from_bytes(body[-_CRC:], "little")
        if wanted != found:
            raise Garbled(f"CRC is {found:04X}, should be {wanted:04X}", raw)
        return cls(
            data=body[start:-_CRC],
            destination=destination,
            source=source,
            reserved=reserved,
            barcode_option=option,
            display_mode=display,
            device_type=kind,
            version=version,
            barcode=body[_HEADER.size : start],
            preamble=preamble,
        )

    def __str__(self) -> str:
        """For the protocol trace: addresses, command and length, but no shown text."""
        return (
            f"{self.source:04X}>{self.destination:04X} {self.data[:2].hex(' ').upper()}"
            f" type {self.device_type:02X}, {len(self.data)} data bytes"
        )


class Deframer:
    """Finds frames in a stream of bytes, however it is cut into pieces.

    An A5 that is not escaped always starts anew, so noise never hides the next frame. Every
    byte is given back exactly once, in a Frame or in a Garbled; memory is bounded.
    """

    def __init__(self) -> None:
        self._preamble = 0
        self._body = bytearray()
        self._noise = bytearray()

    def feed(self, data: bytes) -> list[Frame | Garbled]:
        """Take the next bytes; return what is complete by now."""
        found: list[Frame | Garbled] = []
        for byte in data:
            if byte == START:
                self._start(found)
            elif not self._preamble:
                self._noise.append(byte)
                if len(self._noise) == MAX_NOISE:
                    found.append(self._drop_noise())
            elif byte == END:
                raw = self._take() + bytes((END,))
                try:
                    found.append(Frame.from_bytes(raw))
                except Garbled as garbled:
                    found.append(garbled)
            else:
                self._body.append(byte)
                if len(self._body) > _MAX_BODY:
                    found.append(Garbled("longer than any frame", self._take()))
        return found

    def finish(self) -> list[Frame | Garbled]:
        """Give back what was begun and never completed; the stream has ended."""
        if self._preamble:
            return [Garbled("ends in the middle of a frame", self._take())]
        return [self._drop_noise()] if self._noise else []

    def _start(self, found: list[Frame | Garbled]) -> None:
        if self._body:
            found.append(Garbled("cut short by the start of another frame", self._take()))
        elif self._preamble == MAX_PREAMBLE:
            found.append(Garbled("a run of A5", self._take()))
        elif self._noise:
            found.append(self._drop_noise())
        self._preamble += 1

    def _take(self) -> bytes:
        raw = bytes((START,)) * self._preamble + bytes(self._body)
        self._preamble = 0
        self._body.clear()
        return raw

    def _drop_noise(self) -> Garbled:
        noise = Garbled("noise between frames", bytes(self._noise))
        self._noise.clear()
        return noise
