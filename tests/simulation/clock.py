"""Clocks that move only when something waits."""

import heapq
import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from display.trusted_time import Reading


class Killed(BaseException):
    """The process ended here; nothing in it may catch this."""


class StandsStill(AssertionError):
    """Something waits and waits, and no time passes."""


class Works(Protocol):
    """Something with work of its own, such as a line."""

    def next_at(self) -> float | None: ...

    def run(self, t: float) -> None: ...


MOST_WAITS_AT_ONCE = 10_000


class Clock:
    """True time `t` in seconds since `start`, and what a PC's clocks make of it."""

    def __init__(self, start: datetime) -> None:
        self.start = start.astimezone(UTC)
        self.t = 0.0
        self.wall_error = timedelta()
        self.boots = 1
        self.booted_at = -5000.0
        self.works: list[Works] = []
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._waits = 0

    @property
    def now(self) -> datetime:
        return self.moment(self.t)

    def moment(self, t: float) -> datetime:
        return self.start + timedelta(seconds=t)

    def seconds(self, moment: datetime) -> float:
        """The true second of a moment."""
        return (moment - self.start).total_seconds()

    def monotonic(self) -> float:
        return self.t

    def reading(self) -> Reading:
        """What a program on the PC reads."""
        return Reading(self.now + self.wall_error, f"boot-{self.boots}", self.t - self.booted_at)

    def reboot(self) -> None:
        """Another run of the machine begins."""
        self.boots += 1
        self.booted_at = self.t

    def at(self, t: float, event: Callable[[], None]) -> None:
        """Let `event` happen at the second `t`, whoever waits then."""
        heapq.heappush(self._events, (t, next(self._numbers), event))

    def step(self, until: float) -> None:
        """Go to the next thing that happens, at most to `until`.

        Raises what an event raises, StandsStill for the ten thousandth wait at one moment.
        """
        works = [at for work in self.works if (at := work.next_at()) is not None]
        event_at = self._events[0][0] if self._events else None
        target = min([until, *works, *([] if event_at is None else [event_at])])
        if target > self.t:
            self.t, self._waits = target, 0
        elif (waits := self._waits + 1) > MOST_WAITS_AT_ONCE:
            raise StandsStill(f"no time passes at {self.t:.3f} s")
        else:
            self._waits = waits
        for work in self.works:
            work.run(self.t)
        if self._events and self._events[0][0] <= self.t:
            heapq.heappop(self._events)[2]()

    def sleep(self, seconds: float) -> None:
        until = self.t + max(seconds, 0.0)
        self.step(until)
        while self.t < until:
            self.step(until)
