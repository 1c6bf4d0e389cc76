"""Waking long polls: one look at the database for all that wait, not one for each."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from starlette.concurrency import run_in_threadpool

from kiosk.central.database import CentralDatabase, UnusableDatabase
from kiosk.central.feeds import last_numbers
from kiosk.central.publication import release_due

_log = logging.getLogger(__name__)

_LOOK_S = 0.25


@dataclass(eq=False, slots=True)
class _Waiter:
    channel: str
    seq: int
    news: asyncio.Event = field(default_factory=asyncio.Event)


class Watch:
    """Looks for changes while somebody waits; belongs to one event loop."""

    def __init__(self, database: CentralDatabase, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._waiters: set[_Waiter] = set()
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    async def wait(self, channel: str, seq: int, timeout_s: float) -> None:
        """Return when the channel has changed after `seq`, the time is up, or at `close`."""
        if self._closed:
            return
        waiter = _Waiter(channel, seq)
        self._waiters.add(waiter)
        if self._task is None:
            self._task = asyncio.create_task(self._look_while_waited_for())
        try:
            async with asyncio.timeout(timeout_s):
                await waiter.news.wait()
        except TimeoutError:
            return
        finally:
            self._waiters.discard(waiter)

    def close(self) -> None:
        """Let everybody go, and nobody wait any more."""
        self._closed = True
        self._wake_all()

    async def _look_while_waited_for(self) -> None:
        try:
            while self._waiters and not self._closed:
                try:
                    numbers = await run_in_threadpool(self._look)
                except UnusableDatabase as problem:
                    _log.warning("waiting terminals are let go: %s", problem)
                    self._wake_all()
                    return
                for waiter in self._waiters:
                    if numbers.get(waiter.channel, 0) > waiter.seq:
                        waiter.news.set()
                await asyncio.sleep(_LOOK_S)
        finally:
            self._task = None

    def _look(self) -> dict[str, int]:
        release_due(self._database, self._clock())
        return last_numbers(self._database)

    def _wake_all(self) -> None:
        for waiter in self._waiters:
            waiter.news.set()
