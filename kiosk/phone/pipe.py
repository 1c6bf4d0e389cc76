"""Bytes from the page's event loop to the thread that encrypts them; never more than a little."""

import asyncio
import errno
import threading
from collections import deque

HELD = 2 << 20
"""Bytes between the two at most, but for the last piece."""


class Closed(Exception):
    """Nobody reads any more."""


class Pipe:
    """One file: fed in the loop, read in the thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        """`seconds` that the reader waits for the next piece."""
        self._loop, self._seconds = loop, seconds
        self._pieces: deque[memoryview] = deque()
        self._held = 0
        self._ended = self._failed = self._closed = False
        self._changed = threading.Condition()
        self._room = asyncio.Event()

    async def feed(self, data: bytes) -> None:
        """Hand over bytes, when there is room. Raises Closed."""
        while True:
            with self._changed:
                if self._closed:
                    raise Closed
                if self._held < HELD:
                    self._pieces.append(memoryview(data))
                    self._held += len(data)
                    self._changed.notify()
                    return
                self._room.clear()
            await self._room.wait()

    def finish(self) -> None:
        """The file is complete."""
        with self._changed:
            self._ended = True
            self._changed.notify()

    def fail(self) -> None:
        """The rest of the file will never come."""
        with self._changed:
            self._failed = True
            self._pieces.clear()
            self._changed.notify()

    def close(self) -> None:
        """Nobody reads any more: in any thread."""
        with self._changed:
            self._closed = True
            self._pieces.clear()
        self._wake()

    def readinto(self, buffer: bytearray | memoryview, /) -> int:
        """For `PrivateStore.stage`. Raises OSError if the file does not come to its end."""
        with self._changed:
            there = self._changed.wait_for(
                lambda: self._pieces or self._ended or self._failed, self._seconds
            )
            if self._failed or not there:
                raise OSError(errno.ECONNABORTED, "the phone broke off")
            filled = 0
            while self._pieces and filled < len(buffer):
                piece = self._pieces.popleft()
                count = min(len(piece), len(buffer) - filled)
                buffer[filled : filled + count] = piece[:count]
                filled += count
                if count < len(piece):
                    self._pieces.appendleft(piece[count:])
            self._held -= filled
        self._wake()
        return filled

    def _wake(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._room.set)
