"""Driver of a scanner at a serial line: it speaks whenever somebody scans, and is asked nothing."""

import threading
import time
from collections.abc import Callable

from devices.errors import Garbled
from devices.line import Line
from devices.scanner.codes import Codes

USUAL_BAUD = 9600
SLICE_S = 0.2
"""A wait is cut into such pieces, so that it ends soon when it is stopped."""
GAP_S = 0.5
"""Silence within a line after which the rest no longer comes: it was noise, or broke off."""


class Scanner:
    """One connection to one scanner, used once; one thread owns it.

    `read` raises Unplugged: open a new connection.
    """

    def __init__(self, line: Line, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Take over `line`; what came before is thrown away."""
        self._line = line
        self._clock = clock
        self._codes = Codes()
        self._waiting: list[str] = []
        self._heard_at = clock()
        self.garbled = 0
        """Lines that were no codes, and lines that broke off, so far."""
        line.discard_input()

    def read(self, *, wait_s: float, stop: threading.Event | None = None) -> str | None:
        """The next code, waiting for it at most `wait_s` seconds; None when none came.

        Any thread may set `stop`: ends with None within 0.3 s.
        """
        until = self._clock() + wait_s
        while not self._waiting:
            if stop is not None and stop.is_set():
                return None
            left = until - self._clock()
            self._hear(min(max(left, 0.0), SLICE_S))
            if left <= 0:
                break
        return self._waiting.pop(0) if self._waiting else None

    def close(self) -> None:
        self._codes.wipe()
        self._waiting.clear()
        self._line.close()

    def _hear(self, wait_s: float) -> None:
        data = self._line.receive(timeout_s=wait_s)
        now = self._clock()
        if self._codes.begun and now - self._heard_at > GAP_S:
            self._codes.wipe()
            self.garbled += 1
        if not data:
            return
        self._heard_at = now
        for found in self._codes.feed(data):
            if isinstance(found, Garbled):
                self.garbled += 1
            else:
                self._waiting.append(found)


def open_scanner(url: str, *, baud: int = USUAL_BAUD) -> Scanner:
    """Open the line to a scanner. Raises Unplugged if it cannot be, ValueError for ``spy://``:
    such a tape would keep people's codes."""
    if url.startswith("spy://"):
        raise ValueError("spy:// would keep people's codes: not for a scanner")
    line = Line(url, baud=baud)
    try:
        return Scanner(line)
    except BaseException:
        line.close()
        raise
