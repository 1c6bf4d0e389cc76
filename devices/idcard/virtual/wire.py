"""What the virtual module sees and says on the wire (pure).

Written from the description of the wire alone: AA AA AA 96 69, two bytes of length (high byte
first, counting what follows), the content, and an XOR of length and content.
"""

from dataclasses import dataclass

LEAD = (0xAA, 0xAA, 0xAA, 0x96, 0x69)
MOST = 2048
"""Bytes of a request that the module still stores; a longer one is answered with 11."""


@dataclass(frozen=True, slots=True)
class Told:
    """A request that arrived; `error` is the status word of what is wrong with it, or 0."""

    command: int = 0
    parameter: int = 0
    error: int = 0


def fold(content: bytes | bytearray) -> int:
    """The XOR of all bytes."""
    value = 0
    for byte in content:
        value ^= byte
    return value


def answer(status: int, content: bytes = b"") -> bytes:
    """The bytes of a reply with this last status word."""
    size = len(content) + 4
    body = bytes((size >> 8, size & 0xFF, 0, 0, status)) + content
    return bytes(LEAD) + body + bytes((fold(body),))


class Ear:
    """Collects bytes, one after the other, until a request is complete."""

    def __init__(self) -> None:
        self._matched = 0
        self._body = bytearray()

    def hear(self, data: bytes) -> list[Told]:
        told = []
        for byte in data:
            if self._matched < len(LEAD):
                self._lead(byte)
                continue
            self._body.append(byte)
            if len(self._body) < 2:
                continue
            size = self._body[0] << 8 | self._body[1]
            if not 3 <= size <= MOST:
                told.append(Told(error=0x11))
                self._again()
            elif len(self._body) == 2 + size:
                told.append(self._judge())
                self._again()
        return told

    def _lead(self, byte: int) -> None:
        if byte == LEAD[self._matched]:
            self._matched += 1
        elif byte == 0xAA:
            # A fourth AA in a row still leaves three behind.
            self._matched = 3 if self._matched == 3 else 1
        else:
            self._matched = 0

    def _judge(self) -> Told:
        if fold(self._body[:-1]) != self._body[-1]:
            return Told(error=0x10)
        return Told(self._body[2], self._body[3])

    def _again(self) -> None:
        self._matched = 0
        self._body.clear()
