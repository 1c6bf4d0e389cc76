import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kiosk.sync.client import FeedClient
from kiosk.sync.contract import Problem, ProblemType
from kiosk.sync.errors import CursorExpired, Offline, Rejected, SyncError, Unauthorised

PROBLEM = "application/problem+json"


def _problem(status: int, kind: ProblemType, *, retryable: bool = False) -> bytes:
    return Problem(type=kind.uri, status=status, retryable=retryable).model_dump_json().encode()


@contextmanager
def _answering(
    status: int, body: bytes, headers: dict[str, str], *, length: int | None = None
) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body) if length is None else length))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    )
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body", "headers", "error"),
    [
        (200, b"<html>Please log in</html>", {"Content-Type": "text/html"}, Offline),
        (200, b'{"results": [', {}, Offline),
        (200, b'{"results": []}', {}, Offline),
        (200, b"not gzip", {"Content-Encoding": "gzip"}, Offline),
        (302, b"", {"Location": "http://127.0.0.1:1/portal"}, Offline),
        (500, b"oops", {}, Offline),
        (503, b"", {"Retry-After": "7"}, Offline),
        (403, b"<html>No</html>", {}, Offline),
        (404, b"<html>No</html>", {}, Offline),
        (401, _problem(401, ProblemType.NOT_FOUND), {"Content-Type": PROBLEM}, Unauthorised),
        (404, _problem(404, ProblemType.UNKNOWN_CHANNEL), {"Content-Type": PROBLEM}, Rejected),
        (410, _problem(410, ProblemType.CURSOR_EXPIRED), {"Content-Type": PROBLEM}, CursorExpired),
    ],
)
def test_wrong_answers(status, body, headers, error):
    with _answering(status, body, headers) as address:
        client = FeedClient(address)
        with pytest.raises(SyncError) as raised:
            client.changes("control", "0")
        client.close()
    assert type(raised.value) is error
    if status == 503:
        assert isinstance(raised.value, Offline)
        assert raised.value.retry_after_s == 7


def test_one_spoilt_text_does_not_spoil_the_page():
    page = (
        b'{"results": [{"seq": "1-e", "id": "a", "changes": [{"rev": "1-a"}],'
        b' "doc": {"_id": "a", "title": "\\ud800"}}], "last_seq": "1-e", "pending": 0,'
        b' "epoch": "e", "server_time": "2026-03-17T04:00:00Z"}'
    )
    with _answering(200, page, {}) as address:
        client = FeedClient(address)
        assert client.changes("control", "0").results[0].id == "a"
        client.close()


def test_a_truncated_answer_is_no_answer():
    with _answering(200, b'{"results": [], ', {}, length=5000) as address:
        client = FeedClient(address)
        with pytest.raises(Offline):
            client.changes("control", "0")
        client.close()


def test_nobody_there():
    client = FeedClient("http://127.0.0.1:9")
    with pytest.raises(Offline):
        client.changes("control", "0")
    client.close()


def test_proxies_of_the_environment_are_not_used(centre, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with centre.served() as address:
        client = FeedClient(address)
        assert client.changes("control", "0").results == ()
        client.close()


def test_an_interrupt_ends_a_long_poll_and_all_later_requests(centre):
    with centre.served() as address:
        client = FeedClient(address)
        last = client.changes("control", "0").last_seq
        timer = threading.Timer(0.3, client.interrupt)
        timer.start()
        started = time.monotonic()
        with pytest.raises(Offline):
            client.changes("control", last, longpoll_s=30)
        assert time.monotonic() - started < 2
        with pytest.raises(Offline):
            client.changes("control", last, longpoll_s=30)
        assert time.monotonic() - started < 2
        timer.join()
        client.close()
