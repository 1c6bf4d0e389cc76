"""The server's clock, guarded: put back behind what it once said, it would let late bids in."""

import asyncio
import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select
from starlette.concurrency import run_in_threadpool

from kiosk.central.database import CentralDatabase, UnusableDatabase
from kiosk.central.schema import facts
from kiosk.sync.instant import from_microseconds, to_microseconds

TOLERANCE = timedelta(seconds=5)
"""A network time service may put a clock back by less."""

_LAST = "last-moment"
_KEPT_EVERY_S = 20.0

_log = logging.getLogger(__name__)


class ClockBehind(Exception):
    """The clock is behind a moment that has been: set it, or say that it is right."""

    def __init__(self, last: datetime) -> None:
        super().__init__("the clock is behind what it was")
        self.last = last
        """The moment that has been."""


class Moments:
    """A clock that raises rather than going back; many threads of one process may share it."""

    def __init__(self, database: CentralDatabase, clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock
        self._lock = threading.Lock()
        self._last: datetime | None = None
        self.is_taken_up = False
        """Whether the kept moment is known; until then nothing may be decided by this clock."""

    def now(self) -> datetime:
        """The moment. Raises ClockBehind."""
        with self._lock:
            now = self._clock()
            if self._last is not None and now < self._last - TOLERANCE:
                raise ClockBehind(self._last)
            self._last = now if self._last is None else max(self._last, now)
            return now

    def keep(self) -> None:
        """Take up the last moment that is kept, and keep this one. Raises UnusableDatabase."""
        kept = last_moment(self._database)
        with self._lock:
            now = self._clock()
            known = [moment for moment in (kept, self._last, now) if moment is not None]
            self._last = last = max(known)
            self.is_taken_up = True
        if last != kept:
            _write(self._database, last)

    async def keep_noting(self) -> None:
        """Keep the moment every so often, until cancelled."""
        while True:
            try:
                await run_in_threadpool(self.keep)
            except UnusableDatabase as problem:
                _log.warning("the moment is not kept: %s", problem)
            await asyncio.sleep(_KEPT_EVERY_S)


def last_moment(database: CentralDatabase) -> datetime | None:
    """The latest moment that a server of this database has seen."""
    with database.reading() as connection:
        found = connection.scalar(select(facts.c.value).where(facts.c.name == _LAST))
    return None if found is None else from_microseconds(int(found))


def check_clock(database: CentralDatabase, now: datetime) -> None:
    """Raises ClockBehind where the server has seen a later moment."""
    last = last_moment(database)
    if last is not None and now < last - TOLERANCE:
        raise ClockBehind(last)


def accept_clock(database: CentralDatabase, now: datetime) -> None:
    """Take the clock as right, though it is behind: the server must not run meanwhile."""
    _write(database, now)


def _write(database: CentralDatabase, moment: datetime) -> None:
    with database.writing(safe=False) as connection:
        connection.execute(delete(facts).where(facts.c.name == _LAST))
        connection.execute(insert(facts).values(name=_LAST, value=str(to_microseconds(moment))))
