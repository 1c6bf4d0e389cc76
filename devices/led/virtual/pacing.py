"""Bytes take their time on a line (pure)."""

from collections import deque
from typing import Generic, TypeVar

PIECE = 8
"""Bytes that travel together; at 57600 baud they take 1.4 ms."""
BITS = 10
"""Of a byte on the line: start, eight, stop."""

Tag = TypeVar("Tag")


class Queue(Generic[Tag]):
    """One direction of a line: what is put in comes out in order, each piece at its time.

    `baud` None: at once. The tag comes out with the last piece of what it was put in with.
    """

    def __init__(self, baud: int | None) -> None:
        self._byte_s = BITS / baud if baud else 0.0
        self._pieces: deque[tuple[float, bytes, Tag | None]] = deque()
        self._free_at = 0.0

    def put(self, data: bytes, t: float, tag: Tag | None = None, *, wait_s: float = 0.0) -> None:
        """`wait_s` of silence before the first byte."""
        self._free_at = max(self._free_at, t) + wait_s
        if not self._byte_s:
            self._pieces.append((self._free_at, data, tag))
            return
        for at in range(0, len(data), PIECE):
            piece = data[at : at + PIECE]
            self._free_at += len(piece) * self._byte_s
            last = at + PIECE >= len(data)
            self._pieces.append((self._free_at, piece, tag if last else None))

    def due(self, t: float) -> list[tuple[bytes, Tag | None]]:
        """What has arrived by `t`."""
        out = []
        while self._pieces and self._pieces[0][0] <= t:
            _, piece, tag = self._pieces.popleft()
            out.append((piece, tag))
        return out

    def next_at(self) -> float | None:
        """When something arrives next."""
        return self._pieces[0][0] if self._pieces else None

    def drop(self) -> None:
        """Forget what is under way, as a broken line does."""
        self._pieces.clear()
        self._free_at = 0.0


def garbled(data: bytes) -> bytes:
    """What a receiver at another baud makes of bytes: other bytes, none of them a start."""
    return bytes(0x80 | (byte ^ 0x5A) >> 1 for byte in data).replace(b"\xa5", b"\xfe")
