"""The sync process: keeps the terminal's store up to date and empties its outbox."""

import logging
import random
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path

from display.trusted_time import Reading
from kiosk.clocks import read_clocks
from kiosk.settings import Settings, SettingsError, Sync
from kiosk.store.errors import Busy, Damaged, StoreError
from kiosk.store.terminal import DATABASE_NAME, TerminalStore
from kiosk.sync.client import FeedClient
from kiosk.sync.contract import CONTROL, MAX_LONGPOLL_S, public_channel, site_channel
from kiosk.sync.delivering import Delivering
from kiosk.sync.errors import Offline, SyncError, Unauthorised
from kiosk.sync.fetching import Fetching
from kiosk.sync.ownership import only_one
from kiosk.sync.pull import Pulled, pull_control, pull_once
from kiosk.sync.pushing import Pushing
from kiosk.sync.reach import Reach
from kiosk.sync.retry import CAP_S, backoff, jittered
from kiosk.sync.sending import Sending
from kiosk.sync.upload import SubmissionClient

_log = logging.getLogger(__name__)

LOOK_S = 1.0
LONGEST_SILENCE_S = 20.0
"""Between two looks for a server that does not answer: withdrawals wait for that, and so does
what is owed."""
WARN_EVERY_S = 60.0
"""Whoever looks into the log of a long outage sees that it lasts."""


class ThreadDied(Exception):
    """A thread of sync is no more: end the process, which its service starts anew."""


def run(
    settings: Settings,
    stop: threading.Event,
    *,
    clocks: Callable[[], Reading] = read_clocks,
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Pull until `stop` is set; nothing but a damaged database or bad settings ends it sooner.

    `on_ready` is called once nobody else carries into the same folder.
    Raises SettingsError, `kiosk.store.errors.Damaged`, `ownership.AlreadyCarried`, and ThreadDied,
    after which `stop` is set.
    """
    if settings.sync is None or settings.terminal is None:
        raise SettingsError("sync, terminal: both sections are needed to run sync")
    path = settings.terminal.data / DATABASE_NAME
    centre = settings.centre
    channels = (CONTROL, public_channel(centre.region), site_channel(centre.site))
    limit_bytes = settings.terminal.files_mb * 1_000_000
    with ExitStack() as beside:
        beside.enter_context(only_one(settings.terminal.data))
        on_ready()
        fetching = Fetching(path, settings.sync.server, limit_bytes=limit_bytes, died=stop.set)
        delivering = Delivering(path, settings.sync.server, died=stop.set)
        reach = Reach()
        threads: list[Fetching | Delivering | Sending] = [
            beside.enter_context(fetching),
            beside.enter_context(delivering),
        ]
        if settings.private is not None:
            connect = partial(SubmissionClient, settings.sync.server, clock=lambda: clocks().wall)
            folder = settings.terminal.data
            sending = Sending(
                folder, settings.private, connect, clocks=clocks, died=stop.set, reach=reach
            )
            threads.append(beside.enter_context(sending))
        _pull(settings.sync, path, channels, stop, clocks, reach)
        dead = next(filter(None, (each.dead for each in threads)), "")
    if dead:
        raise ThreadDied(f"{dead} ended by a mistake of the program or a damaged file")


def _pull(
    sync: Sync,
    path: Path,
    channels: tuple[str, ...],
    stop: threading.Event,
    clocks: Callable[[], Reading],
    reach: Reach,
) -> None:
    loop = _Loop(stop, reach)
    while not stop.is_set():
        try:
            store = TerminalStore(path)
        except Damaged:
            raise
        except StoreError as problem:
            loop.failed(problem)
            continue
        client = FeedClient(sync.server, clock=lambda: clocks().wall)
        watcher = threading.Thread(
            target=_interrupt_at, args=(stop, client), name="sync-stop", daemon=True
        )
        watcher.start()
        with store, closing(client):
            while not stop.is_set():
                loop.turn(store, client, channels, sync.poll_s, clocks)


def _interrupt_at(stop: threading.Event, client: FeedClient) -> None:
    """A long poll sits in the kernel, where no event reaches it."""
    stop.wait()
    client.interrupt()


class _Loop:
    """Counts failures in a row: the first, and one a minute, is a warning, the others are debug."""

    def __init__(self, stop: threading.Event, reach: Reach) -> None:
        self._stop, self._reach = stop, reach
        self._failures = 0
        self._warned = time.monotonic()
        self._rejected: dict[str, str] = {}
        self._pushing = Pushing()

    def turn(
        self,
        store: TerminalStore,
        client: FeedClient,
        channels: tuple[str, ...],
        poll_s: float,
        clocks: Callable[[], Reading],
    ) -> None:
        """Pull everything, then wait about `poll_s` for news in the control channel."""
        try:
            pulled = pull_once(store, client, channels, clocks, is_stopped=self._stop.is_set)
            self._succeeded(pulled)
            self._pushing.turn(store, client, clocks().wall, is_stopped=self._stop.is_set)
            if not store.purge():
                _log.debug("removed text waits in the write-ahead log for a reader to end")
            self._wait_for_news(store, client, jittered(poll_s, random.random()), clocks)
        except Damaged:
            raise
        except SyncError as problem:
            self._unreachable(problem, store, clocks)
        except StoreError as problem:
            self.failed(problem)

    def _unreachable(
        self, problem: SyncError, store: TerminalStore, clocks: Callable[[], Reading]
    ) -> None:
        """Health is told of what is owed while nobody answers, too."""
        self._reach.lost()
        self.failed(problem, lambda: self._pushing.away(store, clocks().wall, problem))

    def failed(
        self, problem: SyncError | StoreError, meanwhile: Callable[[], None] = lambda: None
    ) -> None:
        """Say so and wait, unless it is time to stop; `meanwhile` is called every second."""
        if self._stop.is_set():
            return
        self._failures += 1
        level = logging.DEBUG
        if self._failures == 1 or time.monotonic() - self._warned >= WARN_EVERY_S:
            level, self._warned = logging.WARNING, time.monotonic()
        wish_s = problem.retry_after_s if isinstance(problem, Offline) else None
        wait_s = backoff(
            self._failures,
            random.random(),
            retry_after_s=wish_s,
        )
        if wish_s is None:
            wait_s = min(wait_s, jittered(LONGEST_SILENCE_S, random.random()))
        if isinstance(problem, Unauthorised):
            level = logging.ERROR
            wait_s = jittered(CAP_S, random.random())
        elif isinstance(problem, Busy):
            wait_s = min(wait_s, 1.0)
        _log.log(level, "%s: %s; next try in %.1f s", type(problem).__name__, problem, wait_s)
        self._wait(wait_s, meanwhile)

    def _wait(self, wait_s: float, meanwhile: Callable[[], None]) -> None:
        """Until then, until it is time to stop, or until another thread had an answer."""
        end, regained = time.monotonic() + wait_s, self._reach.regained
        meanwhile()
        while self._reach.regained == regained and (left := end - time.monotonic()) > 0:
            if self._stop.wait(min(LOOK_S, left)):
                return
            meanwhile()

    def _succeeded(self, pulled: Pulled) -> None:
        self._reach.answered()
        if self._failures:
            self._pushing.server_is_back()
            _log.info("in contact again after %d failures", self._failures)
        self._failures = 0
        if pulled.changed:
            _log.info("%d documents received", pulled.changed)
        for channel, reason in pulled.rejected.items():
            level = logging.DEBUG if self._rejected.get(channel) else logging.WARNING
            _log.log(level, "%s: rejected: %s", channel, reason)
        self._rejected = pulled.rejected

    def _wait_for_news(
        self,
        store: TerminalStore,
        client: FeedClient,
        wait_s: float,
        clocks: Callable[[], Reading],
    ) -> None:
        end = time.monotonic() + wait_s
        while not self._stop.is_set() and (left := end - time.monotonic()) > 0:
            asked = time.monotonic()
            longpoll_s = min(left, MAX_LONGPOLL_S)
            if pull_control(store, client, clocks, longpoll_s=longpoll_s).changed:
                return
            if time.monotonic() - asked < longpoll_s / 2:
                # The server let the poll go early, such as at its own end.
                self._stop.wait(min(1.0, left))
