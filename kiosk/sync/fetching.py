"""The thread that fetches attachments, beside pulling, which may sit in a long poll."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from kiosk.store.errors import Busy, Damaged, StoreError
from kiosk.store.terminal import TerminalStore
from kiosk.sync.client import FeedClient
from kiosk.sync.files import Fetcher
from kiosk.sync.retry import backoff

_log = logging.getLogger(__name__)

LOOK_S = 0.4
"""Between two looks at the store's version, which costs microseconds."""
_END_S = 5.0
_LONGEST_WAIT_S = 60.0


class Fetching:
    """A thread with a connection and a session of its own, while the context is entered."""

    dead = ""
    """The name of the thread, when it ended before it was to: then so should the process."""

    def __init__(
        self, path: Path, server: str, *, limit_bytes: int, died: Callable[[], None] = lambda: None
    ) -> None:
        """`path` is the store's, `server` an address; `limit_bytes` bounds the files kept.

        `died` is called from the thread when it ends before it was to.
        """
        self._path, self._limit, self._died = path, limit_bytes, died
        self._stop = threading.Event()
        self._client = FeedClient(server)
        self._thread = threading.Thread(target=self._run, name="sync-files", daemon=True)

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
                    store.prepare_files()
                    fetcher = Fetcher(store, self._client, self._stop, limit_bytes=self._limit)
                    failures = 0
                    self._look(store, fetcher)
            except Damaged as problem:
                # The main thread meets it too, or else ends as this thread does.
                _log.error("attachments: %s", problem)
                return
            except StoreError as problem:
                failures += 1
                level = logging.WARNING if failures == 1 else logging.DEBUG
                _log.log(level, "attachments: %s", problem)
                longest = LOOK_S if isinstance(problem, Busy) else _LONGEST_WAIT_S
                self._stop.wait(min(longest, LOOK_S + backoff(failures, 0.5)))

    def _look(self, store: TerminalStore, fetcher: Fetcher) -> None:
        """Fetch whatever is wanted, until `stop`."""
        seen = None
        while not self._stop.is_set():
            version = store.data_version()
            if version != seen:
                fetcher.fetch_wanted()
                # Of the look before: what was asked for meanwhile is another version.
                seen = version
            self._stop.wait(LOOK_S)
