"""Strict request and reply over a line, with deadlines and retries."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from devices.errors import DeviceError, Garbled, NoReply, TryAgain

_log = logging.getLogger(__name__)

Frame = TypeVar("Frame")
Answer = TypeVar("Answer")
Found = TypeVar("Found")


QUIET_BYTES = 64
"""Silence after an answer, in bytes: its echo must not pass for the answer to the next request."""


class Deframing(Protocol[Found]):
    """Finds the frames of one card in a stream of bytes."""

    def feed(self, data: bytes) -> "list[Found | Garbled]": ...


class Wire(Protocol):
    """What an exchange needs of a line; see `devices.line.Line`."""

    baud: int

    def send(self, data: bytes, *, timeout_s: float) -> None: ...

    def receive(self, *, timeout_s: float) -> bytes: ...

    def discard_input(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how often to ask; the defaults suit real lines."""

    attempts: int = 3
    grace_s: float = 2.0
    """Time for the device to answer, on top of the time that the bytes take on the line."""
    pause_s: float = 0.5
    """Silence before a busy device is asked again."""

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise ValueError("attempts: at least 1")
        if self.grace_s <= 0 or self.pause_s < 0:
            raise ValueError("grace_s, pause_s: seconds, not negative, grace not zero")


class Exchange(Generic[Frame]):
    """Asks and waits for the matching answer. Not thread-safe: one thread owns the line."""

    def __init__(
        self,
        wire: Wire,
        deframer: Callable[[], Deframing[Frame]],
        *,
        patience: Patience | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wire = wire
        self._deframer = deframer
        self._patience = patience or Patience()
        self._clock = clock
        self._answered_at: float | None = None
        self.owed = 0
        """Answers that may still come, of requests that were given up."""

    def ask(self, request: bytes, match: Callable[[Frame], Answer | None]) -> Answer:
        """Send `request` until `match` makes an answer of a received frame.

        `match` returns None for a frame that answers something else, raises Refused for a
        final no and TryAgain for one worth another attempt; after the last attempt that
        TryAgain is raised. Raises NoReply if no attempt was answered, Unplugged at once.
        """
        allowed_s = len(request) * 10 / self._wire.baud + self._patience.grace_s
        skipped = 0
        not_now: TryAgain | None = None
        for attempt in range(1, self._patience.attempts + 1):
            if not_now is not None:
                self._rest()
            not_now = None
            skipped += self._discard()
            self.owed += 1
            self._wire.send(request, timeout_s=allowed_s)
            deadline = self._clock() + allowed_s
            deframer = self._deframer()
            while not_now is None and (left := deadline - self._clock()) > 0:
                for found in deframer.feed(self._wire.receive(timeout_s=left)):
                    if isinstance(found, Garbled):
                        skipped += 1
                        _log.debug("< garbled: %s, %d bytes", found.reason, len(found.raw))
                        continue
                    _log.debug("< %s", found)
                    try:
                        answer = match(found)
                    except TryAgain as problem:
                        self.owed -= 1
                        not_now = problem
                        break
                    except DeviceError:
                        self.owed -= 1
                        raise
                    if answer is not None:
                        self.owed -= 1
                        self._answered_at = self._clock()
                        return answer
                    skipped += 1
            _log.debug("attempt %d: %s", attempt, not_now or "no reply")
        if not_now is not None:
            raise not_now
        raise NoReply(
            f"no reply in {self._patience.attempts} attempts of {allowed_s:.1f} s"
            f" ({skipped} stale, foreign or garbled pieces skipped)"
        )

    def _discard(self) -> int:
        count = self._wire.discard_input()
        if self._answered_at is not None:
            quiet_s = QUIET_BYTES * 10 / self._wire.baud
            while (left := self._answered_at + quiet_s - self._clock()) > 0:
                count += len(self._wire.receive(timeout_s=left))
        if count:
            _log.debug("< %d stale bytes discarded", count)
        return 1 if count else 0

    def _rest(self) -> None:
        until = self._clock() + self._patience.pause_s
        while (left := until - self._clock()) > 0:
            self._wire.receive(timeout_s=left)
