"""Bounds on connections: how many there may be, and how long one may be silent."""

import asyncio
import logging
import resource
from collections import Counter
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

_log = logging.getLogger(__name__)

HEAD_S = 15.0
"""From the opening of a connection, or the first byte of a request, to the end of its head."""
FILES = 4096
"""Open files that the process asks for: a connection is one, and an upload one more."""
_SHARE = 8
"""One address may have this part of all connections."""
_REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n"
    b"Connection: close\r\nContent-Length: 0\r\n\r\n"
)


class Places:
    """The connections of one server, by address."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.most_of_one = max(1, most // _SHARE)
        self._open: Counter[str] = Counter()

    def take(self, address: str, *, is_own: bool) -> bool:
        """Let a connection in, if there is room; `is_own`: only the bound on all counts."""
        if self._open.total() >= self.most:
            return False
        if not is_own and self._open[address] >= self.most_of_one:
            return False
        self._open[address] += 1
        return True

    def leave(self, address: str) -> None:
        """A connection that was let in is no more."""
        self._open[address] -= 1
        if not self._open[address]:
            del self._open[address]


def open_files() -> int:
    """Ask for `FILES` open files, as far as this process may; how many it may have then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < FILES:
        soft = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return FILES if soft == resource.RLIM_INFINITY else min(FILES, soft)


def bounded(places: Places, own: frozenset[str]) -> type[asyncio.Protocol]:
    """The HTTP protocol with bounds; connections from an address of `own` share no part."""

    class Bounded(H11Protocol):
        _address: str | None = None
        _head_due: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            address = self.client[0] if self.client is not None else ""
            if not places.take(address, is_own=address in own):
                _log.debug("a connection is refused: there are too many")
                transport.write(_REFUSAL)
                transport.close()
                return
            self._address = address
            self._await_head()

        def connection_lost(self, exc: Exception | None) -> None:
            self._has_head()
            if self._address is not None:
                places.leave(self._address)
                self._address = None
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            if self._address is None:
                return
            if self._head_due is None and self._is_between:
                self._await_head()
            super().data_received(data)
            if not self._is_between:
                self._has_head()

        @property
        def _is_between(self) -> bool:
            """No request is being answered."""
            return self.cycle is None or self.cycle.response_complete

        def _await_head(self) -> None:
            self._head_due = self.loop.call_later(HEAD_S, self.transport.abort)

        def _has_head(self) -> None:
            if self._head_due is not None:
                self._head_due.cancel()
                self._head_due = None

    return Bounded
