"""Bounds that keep one PC of the network from standing in everybody's way."""

import asyncio
import socket
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import requests

from kiosk.central import connections, request_limits, server
from kiosk.central.connections import Places
from kiosk.central.request_limits import BURST_BYTES, BYTES_A_S, Allowance
from kiosk.central.uploads import FOLDER, Uploads
from kiosk.settings import Central, Centre, Settings, SettingsError
from kiosk.sync.contract import Problem, ProblemType
from tests.sync.handing_in import new_id

NOW = datetime(2026, 3, 17, 4, 0, tzinfo=UTC)
PUT = "PUT /v1/submissions/0195a000-0000-7000-8000-000000000001 HTTP/1.1\r\nHost: x\r\n"


def _line(address, source=""):
    parts = urlsplit(address)
    place = (parts.hostname, parts.port)
    return socket.create_connection(place, 10, (source, 0) if source else None)


def _answer(line):
    """All that the server says until it closes the line."""
    line.settimeout(10)
    found = b""
    try:
        while piece := line.recv(65536):
            found += piece
    except ConnectionResetError:
        pass
    return found


@pytest.mark.parametrize("sent", [b"", b"GET /v1/health HTTP/1.1\r\nHost: x\r\n"])
def test_a_request_that_never_begins_is_cut(centre, monkeypatch, sent):
    monkeypatch.setattr(connections, "HEAD_S", 0.2)
    with centre.served() as address, closing(_line(address)) as line:
        line.sendall(sent)
        assert _answer(line) == b""


def test_a_second_request_that_never_begins_is_cut(centre, monkeypatch):
    monkeypatch.setattr(connections, "HEAD_S", 0.2)
    with centre.served() as address, closing(_line(address)) as line:
        line.sendall(b"GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert line.recv(65536).startswith(b"HTTP/1.1 200")
        began = time.monotonic()
        line.sendall(b"GET")
        assert b"200" not in _answer(line) and time.monotonic() - began < 3


def test_the_bound_on_heads_cuts_no_long_answer_and_no_idle_line(centre, monkeypatch):
    monkeypatch.setattr(connections, "HEAD_S", 0.2)
    with centre.served() as address:
        session = requests.Session()
        poll = f"{address}/v1/feeds/control/_changes?feed=longpoll&since=0&timeout=400"
        assert session.get(poll, timeout=10).status_code == 200
        time.sleep(0.3)
        assert session.get(f"{address}/v1/health", timeout=10).status_code == 200


@pytest.mark.parametrize("limit", ["IDLE_S", "TOTAL_S"])
def test_a_body_that_comes_too_slowly_is_refused(centre, monkeypatch, limit):
    monkeypatch.setattr(request_limits, limit, 0.3)
    with centre.served() as address, closing(_line(address)) as line:
        line.sendall(f"{PUT}Content-Length: 10000\r\n\r\n{{".encode())
        stop = threading.Event()

        def drip():
            while limit == "TOTAL_S" and not stop.wait(0.05):
                try:
                    line.sendall(b" ")
                except OSError:
                    return

        dripping = threading.Thread(target=drip)
        dripping.start()
        began = time.monotonic()
        answer = _answer(line)
        stop.set()
        dripping.join()
    assert answer.startswith(b"HTTP/1.1 408") and time.monotonic() - began < 3
    assert Problem.model_validate_json(answer.rpartition(b"\r\n\r\n")[2]).retryable


def test_an_address_that_sends_too_much_waits(centre, monkeypatch):
    monkeypatch.setattr(request_limits, "THIS_MACHINE", frozenset())
    monkeypatch.setattr(request_limits, "BURST_BYTES", 3000)
    with centre.served() as address:
        url = f"{address}/v1/submissions/{new_id(1, centre.clock())}"
        statuses = [requests.put(url, data=b"x" * 1000, timeout=10) for _ in range(5)]
        assert [answer.status_code for answer in statuses] == [422, 422, 422, 422, 429]
        refused = Problem.model_validate_json(statuses[-1].content)
        assert refused.type == ProblemType.TOO_MANY.uri and refused.retryable
        assert requests.get(f"{address}/v1/health", timeout=10).status_code == 200
        centre.clock.pass_by(seconds=refused.retry_after)
        assert requests.put(url, data=b"x", timeout=10).status_code == 422


def test_an_allowance_comes_back_with_time_and_is_each_addresss_own():
    allowance = Allowance()
    allowance.spend("a", BURST_BYTES + 10 * BYTES_A_S, NOW)
    assert allowance.wait_s("a", NOW) == pytest.approx(10)
    assert allowance.wait_s("b", NOW) == 0
    assert allowance.wait_s("a", NOW + timedelta(seconds=4)) == pytest.approx(6)
    assert allowance.wait_s("a", NOW + timedelta(days=1)) == 0
    # A clock that is put back takes nothing away, and gives nothing.
    assert allowance.wait_s("a", NOW - timedelta(days=1)) == pytest.approx(10)
    for number in range(5000):
        allowance.spend(str(number), 1, NOW)
    assert allowance.wait_s("a", NOW) == 0


def test_places():
    places = Places(16)
    assert [places.take("a", is_own=False) for _ in range(3)] == [True, True, False]
    assert [places.take("own", is_own=True) for _ in range(14)] == [True] * 14
    assert not places.take("b", is_own=False) and not places.take("own", is_own=True)
    places.leave("a")
    assert places.take("b", is_own=False)


def test_one_address_does_not_take_all_connections(centre, monkeypatch):
    monkeypatch.setattr(server, "open_files", lambda: 32)
    with centre.served() as address:
        lines = [_line(address, "127.0.0.2") for _ in range(3)]
        assert _answer(lines[2]).startswith(b"HTTP/1.1 503")
        assert requests.get(f"{address}/v1/health", timeout=10).status_code == 200
        lines[0].close()
        time.sleep(0.05)
        with closing(_line(address, "127.0.0.2")) as line:
            line.sendall(b"GET /v1/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert _answer(line).startswith(b"HTTP/1.1 200")
        lines[1].close()


def _settings(folder, port):
    return Settings(
        centre=Centre(name="某中心", region="420500", site="main"),
        central=Central(data=folder, port=port),
    )


def test_what_is_left_over_is_cleared_by_the_server_that_has_the_port(centre, monkeypatch):
    folder = centre.database.folder
    (folder / FOLDER).mkdir()
    left = folder / FOLDER / ("f" * 32)
    left.write_bytes(b"left behind")
    stopped = threading.Event()
    stopped.set()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match="already running"):
            server.serve(_settings(folder, port), stopped)
        assert left.exists()
    server.serve(_settings(folder, port), stopped)
    assert not left.exists()


def test_the_sweeper_goes_on_after_any_trouble_with_the_disk(centre, clock):
    held = Uploads(centre.database)
    made = held.create(new_id(1, clock()), "0" * 64, 10, "n", clock())
    held.path(made.id).unlink()
    held.path(made.id).mkdir()
    clock.pass_by(hours=3)

    async def sweep():
        app = server.create_app(centre.database, clock)
        task = asyncio.create_task(app.state.uploads.keep_sweeping())
        await asyncio.sleep(0.1)
        assert not task.done()
        task.cancel()

    asyncio.run(sweep())
