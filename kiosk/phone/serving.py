"""The page's small server: one address, few connections, none that idles; in a thread."""

import asyncio
import contextlib
import functools
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from kiosk.phone.door import MAX_CONNECTIONS
from kiosk.phone.visit import Visit

log = logging.getLogger(__name__)

HEAD_S = 5.0
"""For the head of a request, and for a TLS handshake before it."""
LOOK_S = 0.05


class Serving:
    """Serves one application until the visit is over; used once."""

    def __init__(
        self,
        listener: socket.socket,
        visit: Visit,
        app: Any,
        *,
        certificate: Path | None,
        key: Path | None,
        ended: Callable[[], None],
        head_s: float = HEAD_S,
    ) -> None:
        """`ended` is called in the thread when the address is free again. Raises OSError."""
        self._listener, self._visit, self._app, self._ended = listener, visit, app, ended
        self._config = uvicorn.Config(
            app,
            http=_protocol(head_s),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            date_header=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=1,
            backlog=MAX_CONNECTIONS,
            timeout_graceful_shutdown=1,
            ssl_certfile=certificate,
            ssl_keyfile=key,
        )
        self._config.load()
        # A connection without TLS has no handshake that could be given a time.
        self._handshake = {} if certificate is None else {"ssl_handshake_timeout": head_s}
        self._thread = threading.Thread(target=self._run, name="phone-page", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def join(self, seconds: float) -> None:
        """Wait for its end."""
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        finally:
            self._listener.close()
            self._ended()

    async def _serve(self) -> None:
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
        loop = asyncio.get_running_loop()
        # uvicorn has no setting for it, and asyncio's own time is a minute.
        create = functools.partial(loop.create_server, **self._handshake)
        loop.create_server = create  # type: ignore[method-assign]
        server = _QuietServer(self._config)
        serving = asyncio.ensure_future(server.serve(sockets=[self._listener]))
        while not serving.done() and not self._visit.closed:
            await asyncio.sleep(LOOK_S)
        server.should_exit = server.force_exit = True
        for connection in list(server.server_state.connections):
            connection.transport.abort()
        await serving


class _QuietServer(uvicorn.Server):
    """Leaves the process's signals alone."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _protocol(head_s: float) -> type[H11Protocol]:
    class Hasty(H11Protocol):
        """Lets go of whoever says nothing."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self.loop.call_later(head_s, self._look)

        def _look(self) -> None:
            if self.cycle is None and not self.transport.is_closing():
                self.transport.abort()

    return Hasty
