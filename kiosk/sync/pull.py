"""Bringing a store to where the server's feeds are."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from display.trusted_time import Reading
from kiosk.store.terminal import TerminalStore
from kiosk.sync.contract import BEGINNING, CONTROL, Page
from kiosk.sync.errors import CursorExpired, Offline, Rejected

_log = logging.getLogger(__name__)


class Feeds(Protocol):
    """Where pages come from; `kiosk.sync.client.FeedClient` is one."""

    def changes(self, channel: str, since: str, *, longpoll_s: float | None = None) -> Page:
        """Read the page behind `since`."""


@dataclass(slots=True)
class Pulled:
    """What a pull did."""

    pages: int = 0
    changed: int = 0
    """Documents."""
    skipped: int = 0
    """Documents that could not be read."""
    rejected: dict[str, str] = field(default_factory=dict)
    """Channel → why the server will not give it."""
    as_of: datetime | None = None
    """The server's time at the first page."""


def pull_once(
    store: TerminalStore,
    client: Feeds,
    channels: Iterable[str],
    clocks: Callable[[], Reading],
    *,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Pulled:
    """Read every channel to its end, the control channel first and again after each page.

    A channel that the server rejects is noted and the others are read. Ends early, between
    two pages, when `is_stopped`. Raises SyncError and StoreError; what was stored stays.
    """
    pulled = Pulled()
    _read_to_end(store, client, CONTROL, clocks, pulled, is_stopped)
    for channel in channels:
        if channel == CONTROL:
            continue
        try:
            _read_to_end(store, client, channel, clocks, pulled, is_stopped)
        except Rejected as problem:
            pulled.rejected[channel] = str(problem)
    if pulled.as_of is not None and not pulled.rejected and not is_stopped():
        store.was_complete(pulled.as_of)
    return pulled


def pull_control(
    store: TerminalStore, client: Feeds, clocks: Callable[[], Reading], *, longpoll_s: float
) -> Pulled:
    """Wait up to `longpoll_s` for news in the control channel, and store them."""
    pulled = Pulled()
    _read_page(store, client, CONTROL, clocks, pulled, longpoll_s)
    return pulled


def _read_to_end(
    store: TerminalStore,
    client: Feeds,
    channel: str,
    clocks: Callable[[], Reading],
    pulled: Pulled,
    is_stopped: Callable[[], bool],
) -> None:
    while not is_stopped():
        pending = _read_page(store, client, channel, clocks, pulled, None)
        if pending == 0:
            return
        if channel != CONTROL:
            _read_to_end(store, client, CONTROL, clocks, pulled, is_stopped)


def _read_page(
    store: TerminalStore,
    client: Feeds,
    channel: str,
    clocks: Callable[[], Reading],
    pulled: Pulled,
    longpoll_s: float | None,
) -> int:
    """Read and store one page; tell how many results wait behind it."""
    since = store.cursor(channel) or BEGINNING
    try:
        page = client.changes(channel, since, longpoll_s=longpoll_s)
        if since != BEGINNING and page.epoch != store.epoch(channel):
            raise CursorExpired("the page is of another history")
    except CursorExpired:
        if since == BEGINNING:
            raise Offline("the server has no beginning of this feed") from None
        _log.warning("%s: the server's history began anew; reading it from 0", channel)
        store.expire_cursor(channel)
        # A withdrawal of the new history must be known before its notices.
        return 1
    if page.pending and page.last_seq == since:
        raise Offline("the server's pages do not go on")
    heard = clocks()
    applied = store.apply_page(channel, page, now=page.server_time)
    store.heard_server(heard, page.server_time)
    pulled.as_of = pulled.as_of or page.server_time
    pulled.pages += 1
    pulled.changed += applied.changed
    pulled.skipped += len(applied.skipped)
    return page.pending
