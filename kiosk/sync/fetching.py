"""The thread that fetches attachments, beside pulling, which may sit in a long poll."""

from collections.abc import Callable
from pathlib import Path

from kiosk.store.errors import Busy, StoreError
from kiosk.store.terminal import TerminalStore
from kiosk.sync.beside import LOOK_S, Beside
from kiosk.sync.errors import SyncError
from kiosk.sync.files import Fetcher
from kiosk.sync.retry import backoff

_LONGEST_WAIT_S = 60.0


class Fetching(Beside):
    """Keeps at most so many bytes of files."""

    thread_name = "sync-files"
    subject = "attachments"

    def __init__(
        self, path: Path, server: str, *, limit_bytes: int, died: Callable[[], None] = lambda: None
    ) -> None:
        """`limit_bytes` bounds the files kept; for the rest see `Beside`."""
        super().__init__(path, server, died=died)
        self._limit = limit_bytes

    def _begin(self, store: TerminalStore) -> Callable[[], object]:
        store.prepare_files()
        fetcher = Fetcher(store, self._client, self._stop, limit_bytes=self._limit)
        return fetcher.fetch_wanted

    def _pause_s(self, problem: StoreError | SyncError, failures: int) -> float:
        longest = LOOK_S if isinstance(problem, Busy) else _LONGEST_WAIT_S
        return min(longest, LOOK_S + backoff(failures, 0.5))
