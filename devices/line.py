"""A line to a device: a serial port, or anything that pyserial opens by a URL."""

import errno
from types import TracebackType
from typing import Self

import serial

from devices.errors import Occupied, Unplugged
from devices.ownership import owner_of

try:
    import termios

    _FAILURES: tuple[type[Exception], ...] = (OSError, termios.error)
except ImportError:
    _FAILURES = (OSError,)

# pyserial raises its SerialException, which is an OSError, from read and write, but lets bare
# OSError and termios.error through elsewhere.

_TAKEN = (errno.EAGAIN, errno.EBUSY)
"""What a lock (flock, TIOCEXCL) that another one holds answers."""

MAX_STALE = 65536
"""Bytes that `discard_input` reads at most: a line that babbles on is left to the deframer."""


class Line:
    """One open connection, 8N1; used once: to reconnect, open another one."""

    def __init__(self, url: str, *, baud: int) -> None:
        """Open a device path, ``socket://``, ``rfc2217://``, ``loop://`` or ``spy://`` URL.

        Raises Occupied, with its owner, if another program has the device; Unplugged if it
        cannot be opened; ValueError for a URL that makes no sense.
        """
        self.baud = baud
        try:
            self._port = serial.serial_for_url(
                url,
                baudrate=baud,
                bytesize=serial.EIGHTBITS,
                parity=serial.PARITY_NONE,
                stopbits=serial.STOPBITS_ONE,
                timeout=0,
                exclusive=True,
            )
        except _FAILURES as problem:
            if getattr(problem, "errno", None) in _TAKEN:
                owner = owner_of(url)
                who = str(owner) if owner else "another program, of another user or container"
                raise Occupied(f"{url}: is in use by {who}") from problem
            raise Unplugged(f"{url}: cannot be opened: {problem}") from problem
        self._url = url

    def send(self, data: bytes, *, timeout_s: float) -> None:
        """Write all bytes. Raises Unplugged, also if the line does not take them in time."""
        try:
            self._port.write_timeout = timeout_s
            self._port.write(data)
        except _FAILURES as problem:
            raise Unplugged(f"{self._url}: {problem}") from problem

    def receive(self, *, timeout_s: float) -> bytes:
        """Whatever has arrived, waiting for the first byte; empty after `timeout_s`."""
        try:
            self._port.timeout = max(timeout_s, 0.0)
            first = self._port.read(1)
            waiting = self._port.in_waiting if first else 0
            return bytes(first + self._port.read(waiting) if waiting else first)
        except _FAILURES as problem:
            raise Unplugged(f"{self._url}: {problem}") from problem

    def discard_input(self) -> int:
        """Throw away what has arrived unasked; return how many bytes."""
        count = 0
        while count < MAX_STALE:
            stale = self.receive(timeout_s=0.0)
            if not stale:
                break
            count += len(stale)
        return count

    def close(self) -> None:
        try:
            self._port.close()
        except _FAILURES as problem:
            raise Unplugged(f"{self._url}: {problem}") from problem

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
