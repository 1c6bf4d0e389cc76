"""What a card sees on the wire: telegrams out of bytes, and bytes out of telegrams (pure).

Written from the layout in the vendor document "BX-K protocol" v1.4 alone: between A5s and a
5A, with A5→A6 02, A6→A6 01, 5A→5B 02, 5B→5B 01, stand a header of 14 bytes (destination 0–1,
source 2–3, reserved 4–6, barcode option 7, check mode 8, display mode 9, device type 10,
version 11, data length 12–13; all low byte first), the data, and a CRC-16.
"""

from collections.abc import Callable
from dataclasses import dataclass

HEADER = 14
BARCODE = 16
REPLY_LEAD = b"\xa5" * 9
"""Documented replies are led by nine A5."""
LONGEST = 16384
"""Bytes between A5 and 5A that the card still stores; a longer telegram is lost."""


@dataclass(frozen=True, slots=True)
class Telegram:
    """A complete telegram as it arrived; `fault` tells why it is not valid, if so."""

    raw: bytes
    fault: str = ""
    destination: int = 0
    source: int = 0
    device_type: int = 0
    data: bytes = b""
    addressed: bool = False
    """The header could be read, so that the card knows whom to answer."""


def checksum(content: bytes) -> int:
    """CRC-16/ARC, bit by bit as a small controller does it."""
    register = 0
    for byte in content:
        register ^= byte
        for _ in range(8):
            carry = register & 1
            register >>= 1
            if carry:
                register ^= 0xA001
    return register


def strip_escapes(content: bytes) -> bytes | None:
    """The bytes that were meant, or None if an escape is wrong."""
    plain = bytearray()
    source = iter(content)
    for byte in source:
        if byte in (0xA6, 0x5B):
            second = next(source, 0)
            if second not in (1, 2):
                return None
            byte = byte - (second - 1)
        plain.append(byte)
    return bytes(plain)


def add_escapes(content: bytes) -> bytes:
    # The lead byte of each pair comes first, or its own escapes would be escaped again.
    for plain, pair in (
        (b"\xa6", b"\xa6\x01"),
        (b"\xa5", b"\xa6\x02"),
        (b"\x5b", b"\x5b\x01"),
        (b"\x5a", b"\x5b\x02"),
    ):
        content = content.replace(plain, pair)
    return content


def read(content: bytes, raw: bytes) -> Telegram:
    """Judge what stood between A5 and 5A."""
    plain = strip_escapes(content)
    if plain is None:
        return Telegram(raw, "wrong escape")
    if len(plain) < HEADER + 2:
        return Telegram(raw, f"too short: {len(plain)} bytes")
    body, crc = plain[:-2], plain[-2] | plain[-1] << 8
    start = HEADER + (BARCODE if body[7] & 1 else 0)
    announced = body[12] | body[13] << 8
    data = body[start:]
    fault = ""
    if body[8] != 0:
        fault = f"unknown check mode {body[8]}"
    elif announced != len(data):
        fault = f"length: {announced} announced, {len(data)} received"
    elif checksum(body) != crc:
        fault = f"CRC: {crc:04X} received, {checksum(body):04X} computed"
    return Telegram(
        raw,
        fault,
        destination=body[0] | body[1] << 8,
        source=body[2] | body[3] << 8,
        device_type=body[10],
        data=data,
        addressed=True,
    )


def reply(to: Telegram, data: bytes) -> bytes:
    """The bytes of an answer; addresses swapped, device type as the request has it."""
    head = bytes(
        (
            *(to.source & 0xFF, to.source >> 8, to.destination & 0xFF, to.destination >> 8),
            *(0, 0, 0, 0, 0, 0, to.device_type, 2, len(data) & 0xFF, len(data) >> 8),
        )
    )
    crc = checksum(head + data)
    return REPLY_LEAD + add_escapes(head + data + bytes((crc & 0xFF, crc >> 8))) + b"\x5a"


def from_address(raw: bytes, change: Callable[[int], int]) -> bytes:
    """An answer of `reply` as if it came from another address. Raises ValueError if it is none."""
    plain = strip_escapes(raw.strip(b"\xa5")[:-1])
    if plain is None or len(plain) < HEADER + 2:
        raise ValueError("no telegram")
    source = change(plain[2] | plain[3] << 8) & 0xFFFF
    body = plain[:2] + bytes((source & 0xFF, source >> 8)) + plain[4:-2]
    crc = checksum(body)
    return REPLY_LEAD + add_escapes(body + bytes((crc & 0xFF, crc >> 8))) + b"\x5a"


class Receiver:
    """Collects bytes until a telegram is complete. A bare A5 always begins a new one."""

    def __init__(self) -> None:
        self._lead = 0
        self._content = bytearray()
        self._stray = bytearray()

    def feed(self, data: bytes) -> list[Telegram]:
        out: list[Telegram] = []
        for byte in data:
            if byte == 0xA5:
                if self._content:
                    out.append(self._lost("cut short"))
                elif self._stray:
                    out.append(Telegram(bytes(self._stray), "stray bytes"))
                    self._stray.clear()
                self._lead = min(self._lead + 1, 255)
            elif self._lead == 0:
                self._stray.append(byte)
                if len(self._stray) >= LONGEST:
                    out.append(Telegram(bytes(self._stray), "stray bytes"))
                    self._stray.clear()
            elif byte == 0x5A:
                raw = b"\xa5" * self._lead + bytes(self._content) + b"\x5a"
                out.append(read(bytes(self._content), raw))
                self._lead = 0
                self._content.clear()
            else:
                self._content.append(byte)
                if len(self._content) > LONGEST:
                    out.append(self._lost("too long"))
        return out

    def _lost(self, why: str) -> Telegram:
        lost = Telegram(b"\xa5" * self._lead + bytes(self._content), why)
        self._lead = 0
        self._content.clear()
        return lost
