"""The thread that delivers decisions about boards within a second, beside pulling and its waits."""

import logging
import random
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from kiosk.store.errors import Damaged, StoreError
from kiosk.store.terminal import TerminalStore
from kiosk.sync.client import FeedClient
from kiosk.sync.errors import Offline, SyncError, Unauthorised
from kiosk.sync.push import push_once
from kiosk.sync.retry import CAP_S, backoff, jittered

_log = logging.getLogger(__name__)

LOOK_S = 0.4
"""Between two looks at the store's version, which costs microseconds."""
_END_S = 5.0
_LONGEST_WAIT_S = 15.0


class Delivering:
    """A thread with a connection and a session of its own, while the context is entered.

    What it cannot deliver, `kiosk.sync.pushing` delivers too: the server knows each by its id.
    """

    dead = ""
    """The name of the thread, when it ended before it was to: then so should the process."""

    def __init__(self, path: Path, server: str, *, died: Callable[[], None] = lambda: None) -> None:
        """`path` is the store's, `server` an address; `died` is called from the thread when it
        ends before it was to."""
        self._path, self._died = path, died
        self._stop = threading.Event()
        self._client = FeedClient(server)
        self._thread = threading.Thread(target=self._run, name="sync-decisions", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._client.interrupt()
        self._thread.join(_END_S)
        self._client.close()

    def _run(self) -> None:
        try:
            self._go_on()
        finally:
            if not self._stop.is_set():
                self.dead = self._thread.name
                self._died()

    def _go_on(self) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                with TerminalStore(self._path) as store:
                    seen = None
                    while not self._stop.is_set():
                        version = store.data_version()
                        if version != seen:
                            self._deliver(store)
                            seen, failures = version, 0
                        self._stop.wait(LOOK_S)
            except Damaged as problem:
                # The main thread meets it too, or else ends as this thread does.
                _log.error("decisions: %s", problem)
                return
            except (StoreError, SyncError) as problem:
                failures += 1
                level = logging.WARNING if failures == 1 else logging.DEBUG
                _log.log(level, "decisions: %s", problem)
                self._stop.wait(_pause_s(problem, failures))

    def _deliver(self, store: TerminalStore) -> None:
        pushed = push_once(
            store,
            self._client,
            waiting=store.decisions_waiting,
            is_stopped=self._stop.is_set,
        )
        if pushed.delivered:
            _log.info("%d decisions delivered", pushed.delivered)


def _pause_s(problem: StoreError | SyncError, failures: int) -> float:
    """As short as may be: a word for the neutral page may wait."""
    chance = random.random()
    if isinstance(problem, Unauthorised):
        return jittered(CAP_S, chance)
    wish_s = problem.retry_after_s if isinstance(problem, Offline) else None
    return max(wish_s or 0.0, min(_LONGEST_WAIT_S, LOOK_S + backoff(failures, chance)))
