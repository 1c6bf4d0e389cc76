"""Frames of SAM-V modules, the security modules in readers of resident ID cards (pure).

Layout, the same in both directions::

    AA AA AA 96 69   preamble
    u16 BE           length: of everything after itself
    CMD PARA         request; a reply has SW1 SW2 SW3 instead
    n bytes          data
    CHK              XOR from the first byte of the length to the last of the data

Some readers wrap the same commands in another framing, which would be a module beside this
one. Nothing here was tried on a physical reader.
"""

from dataclasses import dataclass, field
from functools import reduce
from operator import xor

from devices.errors import Garbled

PREAMBLE = b"\xaa\xaa\xaa\x96\x69"
HEADER = len(PREAMBLE) + 2
"""Bytes to read before the length is known."""
SHORTEST = 4
"""Of a reply's length: three status words and the checksum."""
LONGEST = 0x0508
"""Of a reply's length: text and photo, the longest answer to anything that is asked here. A
preamble in noise thus holds back at most so many bytes."""
LONGEST_REQUEST_DATA = 64
"""Bytes; the commands in use have none, so more is a mistake of the caller."""


def checksum(data: bytes | bytearray | memoryview) -> int:
    return reduce(xor, data, 0)


def request(command: bytes, data: bytes = b"") -> bytes:
    """A whole request; `command` is CMD PARA. Raises ValueError for lengths that have no sense."""
    if len(command) != 2:
        raise ValueError("command: exactly 2 bytes")
    if len(data) > LONGEST_REQUEST_DATA:
        raise ValueError(f"data: {len(data)} bytes, at most {LONGEST_REQUEST_DATA}")
    body = (len(data) + 3).to_bytes(2, "big") + command + data
    return PREAMBLE + body + bytes((checksum(body),))


@dataclass(frozen=True, slots=True)
class Reply:
    """One valid reply. Neither `repr` nor `str` shows its data: it may be a card's."""

    status: bytes
    """SW1 SW2 SW3."""
    data: bytearray = field(repr=False)

    @property
    def code(self) -> int:
        """SW3, the one that tells something."""
        return self.status[2]

    def wipe(self) -> None:
        """Overwrite the data with zeros."""
        self.data[:] = bytes(len(self.data))

    def __str__(self) -> str:
        return f"status {self.status.hex().upper()}, {len(self.data)} data bytes"


@dataclass(frozen=True, slots=True)
class Damaged:
    """A whole reply, by preamble and length, whose checksum is wrong."""

    length: int

    def __str__(self) -> str:
        return f"reply of {self.length} bytes with a wrong checksum"


class Deframer:
    """Finds replies in a stream of bytes, however it is cut into pieces.

    After a frame that is none, the search goes on right behind its preamble, so noise that
    looks like a start hides no reply. What is given up is reported as Garbled whose bytes are
    zeros of the same number: they may have been a card's. Memory is bounded by
    `LONGEST`; what has been used is overwritten.
    """

    def __init__(self) -> None:
        # Of one size for good: a buffer that grows leaves copies of its content behind.
        self._buffer = bytearray(HEADER + LONGEST)
        self._used = 0

    def feed(self, data: bytes) -> list[Reply | Damaged | Garbled]:
        """Take the next bytes; return what is complete by now."""
        found: list[Reply | Damaged | Garbled] = []
        left = memoryview(data)
        while left:
            part = left[: len(self._buffer) - self._used]
            self._buffer[self._used : self._used + len(part)] = part
            self._used += len(part)
            left = left[len(part) :]
            while (step := self._step()) is not None:
                found.extend(step)
        return found

    def wipe(self) -> None:
        """Overwrite and forget what has come and is not complete."""
        self._drop(self._used)

    def _step(self) -> list[Reply | Damaged | Garbled] | None:
        """None: more bytes are needed."""
        start = self._buffer.find(PREAMBLE, 0, self._used)
        if start < 0:
            noise = self._used - self._begun()
            return [self._noise(noise)] if noise else None
        if start:
            return [self._noise(start)]
        if self._used < HEADER:
            return None
        length = int.from_bytes(self._buffer[len(PREAMBLE) : HEADER], "big")
        if not SHORTEST <= length <= LONGEST:
            self._drop(len(PREAMBLE))
            return [
                Garbled(f"length {length}, {SHORTEST} to {LONGEST} expected", bytes(len(PREAMBLE)))
            ]
        end = HEADER + length
        if self._used < end:
            return None
        with memoryview(self._buffer) as view:
            right = checksum(view[len(PREAMBLE) : end - 1]) == view[end - 1]
        if not right:
            self._drop(len(PREAMBLE))
            return [Damaged(end), Garbled("a wrong checksum", bytes(len(PREAMBLE)))]
        status = bytes(self._buffer[HEADER : HEADER + 3])
        content = self._buffer[HEADER + 3 : end - 1]
        self._drop(end)
        return [Reply(status, content)]

    def _begun(self) -> int:
        """Bytes at the end that may be the beginning of a preamble."""
        for length in range(min(len(PREAMBLE) - 1, self._used), 0, -1):
            if self._buffer[self._used - length : self._used] == PREAMBLE[:length]:
                return length
        return 0

    def _noise(self, length: int) -> Garbled:
        self._drop(length)
        return Garbled("noise between replies", bytes(length))

    def _drop(self, length: int) -> None:
        left = self._used - length
        with memoryview(self._buffer) as view:
            view[:left] = view[length : self._used]
            view[left : self._used] = bytes(length)
        self._used = left
