"""When the outbox is emptied: beside pulling, which never waits for it."""

import logging
import random
import time
from collections.abc import Callable
from datetime import datetime

from kiosk.store.errors import Damaged, StoreError
from kiosk.store.terminal import TerminalStore
from kiosk.sync.errors import Offline, SyncError, Unauthorised
from kiosk.sync.push import EventServer, push_once
from kiosk.sync.retry import CAP_S, backoff, jittered

_log = logging.getLogger(__name__)

HEALTH_S = 60.0
COMPONENT = "outbox"


class Pushing:
    """Pushes when it is time, and says once a minute how the outbox is.

    Its waits are its own: an outbox that cannot be emptied must not hold up a withdrawal.
    """

    def __init__(
        self,
        elapsed: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`elapsed` counts seconds and never goes back; `chance` is in [0, 1)."""
        self._elapsed, self._chance = elapsed, chance
        self._failures = 0
        self._next = elapsed()
        self._told: float | None = None
        self._problem = ""
        self._refused = self._told_away = False

    def server_is_back(self) -> None:
        """Contact was regained: what waits is pushed in the next turn."""
        self._next = self._elapsed()

    def away(self, store: TerminalStore, now: datetime, problem: SyncError) -> None:
        """Nothing can be pushed while the server does not answer; health hears that all the same.

        To be called again and again meanwhile. Raises Damaged.
        """
        try:
            self._tell(store, now, problem)
        except Damaged:
            raise
        except StoreError as trouble:
            _log.debug("health cannot be told: %s", trouble)

    def turn(
        self,
        store: TerminalStore,
        client: EventServer,
        now: datetime,
        *,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """Push if it is time. Raises Damaged, and nothing else that passes by itself."""
        try:
            if self._elapsed() >= self._next:
                self._push(store, client, is_stopped)
            self._tell(store, now)
        except Damaged:
            raise
        except StoreError as problem:
            _log.debug("the outbox cannot be read: %s", problem)

    def _push(
        self, store: TerminalStore, client: EventServer, is_stopped: Callable[[], bool]
    ) -> None:
        try:
            pushed = push_once(store, client, is_stopped=is_stopped)
        except SyncError as problem:
            self._failed(problem)
            return
        if self._failures:
            _log.info("events are taken again after %d failures", self._failures)
        self._failures, self._problem, self._refused = 0, "", False
        if pushed.delivered:
            _log.info("%d events delivered", pushed.delivered)

    def _failed(self, problem: SyncError) -> None:
        self._failures += 1
        level = logging.WARNING if self._failures == 1 else logging.DEBUG
        wish = problem.retry_after_s if isinstance(problem, Offline) else None
        wait_s = backoff(self._failures, self._chance(), retry_after_s=wish)
        if isinstance(problem, Unauthorised):
            level, wait_s = logging.ERROR, jittered(CAP_S, self._chance())
        self._next = self._elapsed() + wait_s
        self._problem = f"{type(problem).__name__}: {problem}"
        self._refused = isinstance(problem, Unauthorised)
        _log.log(level, "events: %s; next try in %.1f s", self._problem, wait_s)

    def _tell(self, store: TerminalStore, now: datetime, away: SyncError | None = None) -> None:
        """Once a minute, and at once when the server goes or comes back."""
        news = (away is not None) is not self._told_away
        if not news and self._told is not None and self._elapsed() - self._told < HEALTH_S:
            return
        owed = store.owed()
        problem = self._problem if away is None else f"{type(away).__name__}: {away}"
        facts: dict[str, object] = {
            "waiting": owed.waiting,
            "parked": owed.parked,
            "problem": problem,
        }
        if isinstance(away, Unauthorised) or (away is None and self._refused):
            facts["stopped"] = True
        elif away is not None:
            facts["away"] = True
        store.tell_health(COMPONENT, now, facts)
        self._told, self._told_away = self._elapsed(), away is not None
