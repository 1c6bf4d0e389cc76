"""Asking the server for changes, over one session."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from typing import Any

import requests
from pydantic import ValidationError
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from kiosk.sync.contract import Page, Problem, ProblemType, blob_path, changes_path
from kiosk.sync.download import Download
from kiosk.sync.errors import (
    CursorExpired,
    Offline,
    Rejected,
    SyncError,
    Unauthorised,
    Unknown,
    Unsatisfiable,
)
from kiosk.sync.events import BATCH, BATCH_MEDIA_TYPE, EVENTS_PATH, BatchAnswer, Event
from kiosk.sync.instant import utc_now
from kiosk.sync.retry import retry_after

CONNECT_S = 3.0
READ_S = 20.0
ANSWER_S = 120.0
"""Until the last byte of an answer: a page drips over a slow line, but not for ever."""

PAGE_LIMIT = 200
"""A body has up to 330 KB, 7 KB in the mean: 1.5 MB a page, 66 MB at the very worst."""

MAX_ANSWER_BYTES = 128 * 1024 * 1024

_PIECE = 64 * 1024
_SENT = 256 * 1024
"""Bytes of a file that are sent at a time."""
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504, 507})
"""Answers that may be different the next time (the contract, Submissions and events)."""
_PROXYS = frozenset({HTTPStatus.PROXY_AUTHENTICATION_REQUIRED, HTTPStatus.LOCKED})
"""Bare ones that pass too: 423 is how other servers of tus say that an upload is busy."""


class FeedClient:
    """One session with one server. `interrupt` may be called from any thread, the rest not."""

    def __init__(self, server: str, *, clock: Callable[[], datetime] = utc_now) -> None:
        """`server` is the address, such as ``http://host:port``."""
        self._server = server.rstrip("/")
        self._clock = clock
        self._lines = Lines()
        self._session = _Session()
        # Otherwise an environment variable overrides `verify`, and a proxy may be used.
        self._session.trust_env = False
        adapter = _Adapter(self._lines)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def close(self) -> None:
        """Close the session."""
        self._session.close()

    def interrupt(self) -> None:
        """Cut the request that is under way, and every later one: each raises Offline."""
        self._lines.cut()

    def changes(self, channel: str, since: str, *, longpoll_s: float | None = None) -> Page:
        """Read the page behind `since`; a long poll waits up to `longpoll_s` for one.

        Raises CursorExpired, Offline, Rejected, Unauthorised.
        """
        parameters = {"since": since, "limit": str(PAGE_LIMIT), "include_docs": "true"}
        read_s = READ_S
        if longpoll_s is not None:
            parameters |= {"feed": "longpoll", "timeout": str(int(longpoll_s * 1000))}
            read_s += longpoll_s
        text = self._get(changes_path(channel), parameters, read_s)
        try:
            # The standard parser lets a lone surrogate through, so that it spoils one document
            # and not the page.
            return Page.model_validate(json.loads(text))
        except (ValueError, RecursionError):
            raise Offline("the answer is no page of a feed; is another server between?") from None

    def send_events(self, batch: Sequence[Event]) -> BatchAnswer:
        """Push events; sending the same again is harmless.

        Raises Offline, Rejected, Unauthorised.
        """
        body = BATCH.dump_json(tuple(batch), exclude_none=True)
        headers = {"Content-Type": BATCH_MEDIA_TYPE}
        text = self._exchange("POST", EVENTS_PATH, READ_S, data=body, headers=headers)
        try:
            return BatchAnswer.model_validate_json(text)
        except ValidationError:
            raise Offline("the answer is none to events; is another server between?") from None

    @contextmanager
    def download(self, sha256: str, offset: int = 0) -> Iterator[Download]:
        """Ask for a file from `offset` on; the answer may begin at 0 nevertheless.

        Raises Offline, Unsatisfiable, Rejected (Unknown: it is no attachment of a published
        notice), Unauthorised.
        """
        headers = {"Accept-Encoding": "identity"}
        if offset:
            headers |= {"Range": f"bytes={offset}-", "If-Range": f'"{sha256}"'}
        try:
            response = self._session.get(
                self._server + blob_path(sha256),
                headers=headers,
                timeout=(CONNECT_S, READ_S),
                allow_redirects=False,
                stream=True,
            )
        except (requests.RequestException, HTTPError, OSError) as problem:
            raise Offline(f"no answer ({type(problem).__name__})") from problem
        # Outside of any `except`: what goes wrong with the caller's disk is not the network.
        with response:
            if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                raise Unsatisfiable("the server's file is shorter than the part that is here")
            if response.status_code not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
                self._refuse(response)
            yield Download(response, sha256)

    def _refuse(self, response: requests.Response) -> None:
        try:
            body = _read(response, time.monotonic() + ANSWER_S)
        except (requests.RequestException, HTTPError, OSError) as problem:
            raise Offline(f"no answer ({type(problem).__name__})") from problem
        self._check(response, body)

    def _get(self, path: str, parameters: dict[str, str], read_s: float) -> bytes:
        return self._exchange("GET", path, read_s, params=parameters)

    def _exchange(self, method: str, path: str, read_s: float, **parts: Any) -> bytes:
        try:
            with (
                self._lines.within(read_s + ANSWER_S),
                self._session.request(
                    method,
                    self._server + path,
                    **parts,
                    timeout=(CONNECT_S, read_s),
                    allow_redirects=False,
                    stream=True,
                ) as response,
            ):
                body = _read(response, time.monotonic() + ANSWER_S)
                self._check(response, body)
                return body
        except (requests.RequestException, HTTPError, OSError) as problem:
            raise Offline(f"no answer ({type(problem).__name__})") from problem

    def _check(self, response: requests.Response, body: bytes) -> None:
        status = response.status_code
        if status == HTTPStatus.OK:
            return
        wish = retry_after(response.headers.get("Retry-After"), self._clock())
        if status in _PASSING or status < HTTPStatus.BAD_REQUEST:
            raise Offline(f"the answer is {status}", wish)
        problem = read_problem(body)
        if problem is None:
            raise _bare(response, wish)
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise Unauthorised(f"the answer is {status}: {problem.title}")
        if problem.type == ProblemType.CURSOR_EXPIRED.uri:
            raise CursorExpired("the place in the feed is gone")
        if (
            status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)
            and problem.type != ProblemType.UNKNOWN_CHANNEL.uri
        ):
            raise Unknown(f"the answer is {status}: {problem.title} (trace {problem.trace_id})")
        if problem.retryable:
            raise Offline(f"the answer is {status}", wish)
        raise Rejected(f"the answer is {status}: {problem.title} (trace {problem.trace_id})")


def _bare(response: requests.Response, wish: float | None) -> SyncError:
    """What to do after an error that this server does not word like that: a proxy's, perhaps."""
    status = response.status_code
    words = f"the answer is {status}, and not in the words of this server"
    if response.request.method == "GET" or status in _PROXYS:
        return Offline(words, wish)
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return Unauthorised(words)
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED):
        return Unknown(words)
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return Rejected(f"{words}: does a proxy take no bodies of this size?")
    return Rejected(words)


def _read(response: requests.Response, deadline: float) -> bytes:
    pieces = bytearray()
    for piece in response.iter_content(_PIECE):
        pieces += piece
        if len(pieces) > MAX_ANSWER_BYTES:
            raise Offline("the answer is larger than any page")
        if time.monotonic() > deadline:
            raise Offline("the answer comes too slowly")
    return bytes(pieces)


def read_problem(body: bytes) -> Problem | None:
    """Read an error answer of this server; None if it is none."""
    try:
        return Problem.model_validate_json(body)
    except ValidationError:
        return None


class _Session(requests.Session):
    """Follows nothing: where a redirection leads is not even read, it may be unreadable."""

    def get_redirect_target(self, _response: requests.Response) -> None:
        return None


class Lines:
    """The open sockets, so that another thread can end a wait."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._is_cut = False

    def opened(self, line: socket.socket) -> None:
        with self._lock:
            self._socket = line
            if self._is_cut:
                _shut(line)

    def cut(self) -> None:
        """End what is under way, and whatever begins later."""
        with self._lock:
            self._is_cut = True
        self.shut()

    def shut(self) -> None:
        """End what is under way."""
        with self._lock:
            if self._socket is not None:
                _shut(self._socket)

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Cut what takes longer, though each byte of it may come in time."""
        timer = threading.Timer(seconds, self.shut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _shut(line: socket.socket) -> None:
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


class _Adapter(HTTPAdapter):
    """Opens connections that tell `Lines` of their sockets."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        super().__init__(pool_connections=1, pool_maxsize=1)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **{"blocksize": _SENT, **options})
        lines = self._lines

        class PlainConnection(HTTPConnection):
            def connect(self) -> None:
                super().connect()
                lines.opened(self.sock)

        class SecureConnection(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                lines.opened(self.sock)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = PlainConnection

        class SecurePool(HTTPSConnectionPool):
            ConnectionCls = SecureConnection

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecurePool}
