"""HTTP connections that give up a reply which only trickles in.

The time limits of sockets begin anew with each byte; these count from the request's end.
"""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

PIECE = 1 << 14


def read_in_time(raw: Any, seconds: float) -> Iterator[bytes]:
    """The body of a response, piece by piece; the last byte of silence may double the time.

    `raw` is a urllib3 response. Raises TimeoutError, and what urllib3 raises.
    """
    deadline = time.monotonic() + seconds
    while piece := raw.read1(PIECE, decode_content=True):
        yield piece
        if time.monotonic() > deadline:
            raise TimeoutError("the reply took too long")


class PunctualAdapter(HTTPAdapter):
    """For a `requests.Session`: the whole head of a reply comes within the read timeout."""

    def init_poolmanager(self, *sizes: Any, **more: Any) -> None:
        super().init_poolmanager(*sizes, **more)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}


class _Connection(HTTPConnection):
    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        with _cut_off(self):
            return super().getresponse()


class _TlsConnection(HTTPSConnection):
    def getresponse(self) -> HTTPResponse:  # type: ignore[override]
        with _cut_off(self):
            return super().getresponse()


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


@contextmanager
def _cut_off(connection: HTTPConnection) -> Iterator[None]:
    """End what is read from a connection once its timeout is over; raises TimeoutError then."""
    sock, seconds = connection.sock, connection.timeout
    if sock is None or not isinstance(seconds, int | float):
        yield
        return
    line: socket.socket = sock
    late = threading.Event()

    def cut() -> None:
        late.set()
        try:
            # The plain one: that of TLS would change what the reading thread uses.
            socket.socket.shutdown(line, socket.SHUT_RDWR)
        except OSError:
            return  # The other end was quicker.

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception as problem:
        if late.is_set():
            raise TimeoutError("the reply took too long") from problem
        raise
    finally:
        timer.cancel()
    if late.is_set():
        raise TimeoutError("the reply took too long")
