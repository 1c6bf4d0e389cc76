"""A thread of the sync process beside pulling, which may sit in a long poll."""

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from kiosk.store.errors import Damaged, StoreError
from kiosk.store.terminal import TerminalStore
from kiosk.sync.client import FeedClient
from kiosk.sync.errors import SyncError

_log = logging.getLogger(__name__)

LOOK_S = 0.4
"""Between two looks at the store's version, which costs microseconds."""
_END_S = 5.0


class Beside(ABC):
    """A thread with a connection and a session of its own, while the context is entered."""

    thread_name: ClassVar[str]
    subject: ClassVar[str]
    """Of what a line of the log tells."""

    dead = ""
    """The name of the thread, when it ended before it was to: then so should the process."""

    def __init__(self, path: Path, server: str, *, died: Callable[[], None] = lambda: None) -> None:
        """`path` is the store's, `server` an address; `died` is called from the thread when it
        ends before it was to."""
        self._path, self._died = path, died
        self._stop = threading.Event()
        self._client = FeedClient(server)
        self._failures = 0
        self._thread = threading.Thread(target=self._run, name=self.thread_name, daemon=True)

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

    @abstractmethod
    def _begin(self, store: TerminalStore) -> Callable[[], object]:
        """Prepare for a store that was just opened; what comes back is called at its news."""

    @abstractmethod
    def _pause_s(self, problem: StoreError | SyncError, failures: int) -> float:
        """How long to wait after so many failures in a row."""

    def _run(self) -> None:
        try:
            self._go_on()
        finally:
            if not self._stop.is_set():
                self.dead = self._thread.name
                self._died()

    def _go_on(self) -> None:
        while not self._stop.is_set():
            try:
                with TerminalStore(self._path) as store:
                    self._watch(store)
            except Damaged as problem:
                # The main thread meets it too, or else ends as this thread does.
                _log.error("%s: %s", self.subject, problem)
                return
            except (StoreError, SyncError) as problem:
                self._failures += 1
                level = logging.WARNING if self._failures == 1 else logging.DEBUG
                _log.log(level, "%s: %s", self.subject, problem)
                self._stop.wait(self._pause_s(problem, self._failures))

    def _watch(self, store: TerminalStore) -> None:
        act = self._begin(store)
        seen = None
        while not self._stop.is_set():
            version = store.data_version()
            if version != seen:
                act()
                # Of the look before: what was written meanwhile is another version.
                seen, self._failures = version, 0
            self._stop.wait(LOOK_S)
