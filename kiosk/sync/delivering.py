"""The thread that delivers decisions about boards within a second, beside pulling and its waits."""

import logging
import random
from collections.abc import Callable

from kiosk.store.errors import StoreError
from kiosk.store.terminal import TerminalStore
from kiosk.sync.beside import LOOK_S, Beside
from kiosk.sync.errors import Offline, SyncError, Unauthorised
from kiosk.sync.push import push_once
from kiosk.sync.retry import CAP_S, backoff, jittered

_log = logging.getLogger(__name__)

_LONGEST_WAIT_S = 15.0


class Delivering(Beside):
    """What it cannot deliver, `kiosk.sync.pushing` delivers: the server knows each by its id."""

    thread_name = "sync-decisions"
    subject = "decisions"

    def _begin(self, store: TerminalStore) -> Callable[[], object]:
        return lambda: self._deliver(store)

    def _deliver(self, store: TerminalStore) -> None:
        pushed = push_once(
            store,
            self._client,
            waiting=store.decisions_waiting,
            is_stopped=self._stop.is_set,
        )
        if pushed.delivered:
            _log.info("%d decisions delivered", pushed.delivered)

    def _pause_s(self, problem: StoreError | SyncError, failures: int) -> float:
        """As short as may be: a word for the neutral page may wait."""
        chance = random.random()
        if isinstance(problem, Unauthorised):
            return jittered(CAP_S, chance)
        wish_s = problem.retry_after_s if isinstance(problem, Offline) else None
        return max(wish_s or 0.0, min(_LONGEST_WAIT_S, LOOK_S + backoff(failures, chance)))
