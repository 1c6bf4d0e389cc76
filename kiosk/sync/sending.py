"""The threads that empty the encrypted outbox, beside pulling, which may sit in a long poll.

Large files must not hold up a visitor who waits for an answer: what has no files goes in a
thread of its own.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from display.trusted_time import Reading, trusted_time
from kiosk.clocks import read_clocks
from kiosk.private.errors import Busy, StoreError
from kiosk.private.opening import open_private
from kiosk.private.outbox import OutboxHealth
from kiosk.private.store import PrivateStore
from kiosk.settings import Private
from kiosk.store.terminal import DATABASE_NAME, TerminalStore
from kiosk.sync.reach import Reach
from kiosk.sync.sender import Sender
from kiosk.sync.signatures import KeySet
from kiosk.sync.upload import SubmissionClient

_log = logging.getLogger(__name__)

COMPONENT = "personal services"
LOOK_S = 0.4
"""Between two looks at the outbox, which cost microseconds."""
TIDY_S = 60.0
_END_S = 5.0


def facts(health: OutboxHealth) -> dict[str, object]:
    """What health tells of the outbox: states, and no number that could tell how many came."""
    return {
        "open": True,
        "stopped": health.stopped,
        "trouble_sending": str(health.problem),
        **{f"outbox_{kind}": state for kind, state in health.kinds.items()},
    }


class Sending:
    """Two threads with connections of their own, while the context is entered."""

    dead = ""
    """The name of the thread that ended before it was to: then so should the process."""

    def __init__(
        self,
        folder: Path,
        private: Private,
        connect: Callable[[], SubmissionClient],
        *,
        clocks: Callable[[], Reading] = read_clocks,
        died: Callable[[], None] = lambda: None,
        reach: Reach | None = None,
    ) -> None:
        """`folder` is the terminal's data folder; `connect` makes a session with the server.

        `died` is called from a thread when it ends before it was to. `reach` is shared with the
        other threads: when it says that the server is back, what waits is tried.
        """
        self._reach = reach or Reach()
        self._folder, self._private = folder, private
        self._clocks, self._died = clocks, died
        self._stop = threading.Event()
        self._seen: dict[bool, int] = {}
        self._servers = {quick: connect() for quick in (True, False)}
        self._threads = [
            threading.Thread(target=self._run, args=(quick,), name=name, daemon=True)
            for quick, name in ((True, "sync-outbox"), (False, "sync-uploads"))
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        for server in self._servers.values():
            server.interrupt()
        for thread in self._threads:
            thread.join(_END_S)
        for server in self._servers.values():
            server.close()

    def _run(self, quick: bool) -> None:
        try:
            self._go_on(quick)
        finally:
            if not self._stop.is_set():
                # One thread that fails ends both.
                self.dead = threading.current_thread().name
                self._stop.set()
                self._died()

    def _go_on(self, quick: bool) -> None:
        told, self._seen[quick] = "", 0
        while not self._stop.is_set():
            try:
                with self._open() as store:
                    told = ""
                    self._send(store, quick)
            except Busy:
                self._stop.wait(LOOK_S)
            except StoreError as problem:
                words = f"{type(problem).__name__}: {problem}"
                level = logging.DEBUG if words == told else logging.ERROR
                _log.log(level, "personal services: %s", words)
                told = words
                if quick:
                    self._tell_closed(words)
                self._stop.wait(TIDY_S)

    def _open(self) -> PrivateStore:
        return open_private(
            self._folder,
            self._private.key,
            clocks=self._clocks,
            receipts_days=self._private.receipts_days,
        )

    def _send(self, store: PrivateStore, quick: bool) -> None:
        """Send whatever is due, until `stop`; the thread without files also keeps house."""
        sender = Sender(
            store.outbox,
            self._servers[quick],
            self._known_keys,
            is_stopped=self._stop.is_set,
            answered=self._reach.answered,
        )
        kept = -TIDY_S
        while not self._stop.is_set():
            if quick and time.monotonic() - kept >= TIDY_S:
                kept = time.monotonic()
                self._keep_house(store)
            regained = self._reach.regained
            if regained != self._seen[quick]:
                sender.server_is_back()
                self._seen[quick] = regained
            if not sender.send_due(quick=quick):
                self._stop.wait(LOOK_S)

    def _known_keys(self) -> KeySet:
        """The centre's keys as its feed gave them."""
        with TerminalStore(self._folder / DATABASE_NAME) as public:
            return KeySet(keys=public.site().keys)

    def _keep_house(self, store: PrivateStore) -> None:
        """Delete what is over, and say how the outbox is."""
        with TerminalStore(self._folder / DATABASE_NAME) as public:
            now = self._clocks()
            trusted = trusted_time(now, contact=public.contact(), last=public.last_moment())
            if not store.outbox.tidy(trusted):
                _log.debug("what was deleted waits in the write-ahead log for a reader to end")
            public.tell_health(COMPONENT, now.wall, facts(store.outbox.health()))

    def _tell_closed(self, problem: str) -> None:
        try:
            with TerminalStore(self._folder / DATABASE_NAME) as public:
                public.tell_health(COMPONENT, datetime.now(UTC), {"open": False, "why": problem})
        except StoreError as trouble:
            _log.debug("health cannot be told: %s", trouble)
