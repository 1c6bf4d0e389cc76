"""One opening of the page: its address, its one client, what arrived; kept in memory only."""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from kiosk.private.files import StagedFile

TOKEN_BYTES = 20
"""160 random bits in the address."""


class Outcome(StrEnum):
    """What became of a file; the value is the end of its key in the words' section `phone`."""

    ARRIVING = "arriving"
    ARRIVED = "arrived"
    TOO_LARGE = "too_large"
    BROKEN_OFF = "broken_off"
    NO_ROOM = "no_room"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that the phone sends or has sent."""

    number: int
    raw_name: bytes = field(repr=False)
    name_shown: str = field(repr=False)
    """Safe to draw; to be escaped in HTML all the same."""
    size: int
    """Bytes so far."""
    outcome: Outcome
    staged: StagedFile | None = field(default=None, repr=False)
    """Set when it arrived."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a phone may send."""

    file_bytes: int
    files: int
    seconds: float
    """How long the page stays open."""


class Visit:
    """Used once; every method may be called in any thread."""

    def __init__(
        self, limits: Limits, changed: Callable[[], None], clock: Callable[[], float]
    ) -> None:
        self.limits = limits
        self.token = secrets.token_urlsafe(TOKEN_BYTES)
        self._changed, self._clock = changed, clock
        self._lock = threading.Lock()
        self._until = clock() + limits.seconds
        self._client: str | None = None
        self._arrivals: list[Arrival] = []
        self._receiving = self._closed = False

    @property
    def closed(self) -> bool:
        """Whether it is over: closed, or its time has passed and nothing is on its way."""
        with self._lock:
            return self._closed or (self._clock() >= self._until and not self._receiving)

    @property
    def called(self) -> bool:
        """Whether a phone has opened the page."""
        return self._client is not None

    def seconds_left(self) -> float:
        """How long the page stays open."""
        return max(0.0, self._until - self._clock())

    def close(self) -> None:
        """It is over, at once."""
        with self._lock:
            self._closed = True
            self._arrivals.clear()

    def admit(self, client: str) -> bool:
        """Whether this network address may use the page: the first one, and no other."""
        with self._lock:
            first = self._client is None
            if first:
                self._client = client
            admitted = self._client == client
        if first:
            self._changed()
        return admitted

    def is_guest(self, client: str) -> bool:
        """Whether this is the network address that uses the page."""
        with self._lock:
            return self._client == client

    def begin_receiving(self) -> bool:
        """Whether a request may send files now: one at a time."""
        with self._lock:
            free = not self._receiving
            self._receiving = True
            return free

    def end_receiving(self) -> None:
        """The request is over."""
        with self._lock:
            self._receiving = False
        self._changed()

    def room_for_files(self) -> bool:
        """Whether another file may come."""
        return len(self.arrivals()) < self.limits.files

    def arrivals(self) -> tuple[Arrival, ...]:
        """In the order of coming."""
        with self._lock:
            return tuple(self._arrivals)

    def begin(self, raw_name: bytes, name_shown: str) -> int:
        """A file begins to arrive; its number."""
        with self._lock:
            number = len(self._arrivals)
            self._arrivals.append(Arrival(number, raw_name, name_shown, 0, Outcome.ARRIVING))
        self._changed()
        return number

    def advance(self, number: int, size: int) -> None:
        """So many bytes of it are there."""
        self._update(number, size=size)

    def end(self, number: int, outcome: Outcome, staged: StagedFile | None = None) -> None:
        """What became of it."""
        more = {} if staged is None else {"staged": staged, "size": staged.size}
        self._update(number, outcome=outcome, **more)

    def _update(self, number: int, **values: object) -> None:
        with self._lock:
            if self._closed:
                return
            self._arrivals[number] = replace(self._arrivals[number], **values)  # type: ignore[arg-type]
        self._changed()
