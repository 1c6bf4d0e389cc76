"""The client: against our own server, and against servers that behave otherwise."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kiosk.sync import upload
from kiosk.sync.errors import (
    FilesMissing,
    Offline,
    Rejected,
    TooLate,
    Unauthorised,
    Unknown,
    UploadGone,
)
from kiosk.sync.submission import Person
from kiosk.sync.upload import SubmissionClient
from tests.sync.handing_in import (
    MemoryReader,
    content,
    deliver,
    form,
    handed,
    manifest,
    new_id,
    publish_form,
)

DATA = content(1_000_000, 3)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr(upload, "PIECE", 300_000)
    monkeypatch.setattr(upload, "WAIT_S", 0.002)


class Odd(BaseHTTPRequestHandler):
    """A server of tus 1.0 with a hook for each request; the hook may answer instead."""

    protocol_version = "HTTP/1.1"
    hook: Callable[["Odd"], bool]
    stored: bytearray

    def log_message(self, *_: object) -> None:
        pass

    def answer(self, status: int, body: bytes = b"", **headers: str) -> bool:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        return True

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def handle_any(self) -> None:
        if type(self).hook(self):
            return
        if self.command == "POST":
            self.body()
            self.answer(201, Location="/files/1?x=y")
        elif self.command == "HEAD":
            self.answer(200, Upload_Offset=str(len(self.stored)), Upload_Length=str(len(DATA)))
        else:
            body = self.body()
            if int(self.headers["Upload-Offset"]) == len(self.stored):
                self.stored.extend(body)
            self.answer(204, Upload_Offset=str(len(self.stored)))

    do_POST = do_HEAD = do_PATCH = do_PUT = do_DELETE = handle_any


@contextmanager
def odd_server(hook: Callable[[Odd], bool]) -> Iterator[tuple[SubmissionClient, bytearray]]:
    kept = bytearray()
    handler = type("Handler", (Odd,), {"hook": hook, "stored": kept})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    client = SubmissionClient(f"http://127.0.0.1:{server.server_port}")
    try:
        yield client, kept
    finally:
        client.close()
        server.shutdown()
        thread.join()
        server.server_close()


def send(client, progress=lambda _sent: None):
    address = client.create_upload(handed(DATA), "0195a000-0000-7000-8000-000000000001")
    client.send_file(address, MemoryReader(DATA), progress)


@pytest.fixture
def client(centre):
    publish_form(centre.database)
    with centre.served() as address:
        made = SubmissionClient(address)
        yield made
        made.close()


def test_progress_goes_up_to_the_whole(centre, client):
    told = []
    whole = manifest(handed(DATA), notice_id="", form=form())
    deliver(client, new_id(1, centre.clock()), whole, [DATA], told.append)
    assert told == sorted(told)
    assert (told[0], told[-1]) == (0, len(DATA))


def test_what_progress_raises_pauses_the_transfer_and_it_goes_on_later(centre, client):
    class Paused(Exception):
        pass

    def pause(sent):
        if sent >= 500_000:
            raise Paused

    file, id = handed(DATA), new_id(1, centre.clock())
    address = client.create_upload(file, id)
    with pytest.raises(Paused):
        client.send_file(address, MemoryReader(DATA), pause)
    assert client.offset(address, len(DATA)) >= 300_000
    told = []
    client.send_file(address, MemoryReader(DATA), told.append)
    assert told[0] >= 300_000
    whole = manifest(file.model_copy(update={"upload": address}), notice_id="", form=form())
    client.submit(id, whole)


@pytest.mark.parametrize("problem", [OSError(5, "stick"), ValueError("damaged"), KeyError("x")])
def test_what_the_reader_raises_is_not_taken_for_trouble_on_the_line(centre, client, problem):
    class Broken(MemoryReader):
        def read(self, count):
            raise problem

    address = client.create_upload(handed(DATA), new_id(1, centre.clock()))
    with pytest.raises(type(problem)) as caught:
        client.send_file(address, Broken(DATA))
    assert caught.value is problem


def test_a_file_that_is_shorter_than_announced_is_parked(centre, client):
    reader = MemoryReader(DATA[:-1])
    reader.size = len(DATA)
    address = client.create_upload(handed(DATA), new_id(1, centre.clock()))
    with pytest.raises(Rejected):
        client.send_file(address, reader)


def test_an_ended_upload_is_begun_anew(centre, client):
    address = client.create_upload(handed(DATA), new_id(1, centre.clock()))
    client.end_upload(address)
    with pytest.raises(UploadGone):
        client.send_file(address, MemoryReader(DATA))


def test_an_upload_of_another_size_is_of_another_file(centre, client):
    address = client.create_upload(handed(DATA), new_id(1, centre.clock()))
    with pytest.raises(UploadGone):
        client.send_file(address, MemoryReader(DATA[:10]))


def test_interrupt_cuts_a_transfer(centre, client):
    address = client.create_upload(handed(DATA), new_id(1, centre.clock()))
    with pytest.raises(Offline):
        client.send_file(address, MemoryReader(DATA), lambda _sent: client.interrupt())


def test_the_way_to_the_server_is_that_of_the_settings():
    seen = []

    def behind_a_proxy(request):
        seen.append(request.path)
        if request.command == "POST":
            request.body()
            return request.answer(201, Location="https://inside.example/files/1?x=y")
        return False

    with odd_server(behind_a_proxy) as (client, kept):
        send(client)
    assert kept == DATA
    assert set(seen[1:]) == {"/files/1?x=y"}


def test_all_four_values_are_always_sent():
    seen = []

    def look(request):
        if request.command == "POST":
            seen.append(request.headers["Upload-Metadata"])
        return False

    with odd_server(look) as (client, _):
        send(client)
    keys = [pair.split()[0] for pair in seen[0].split(",")]
    assert keys == ["filename", "filetype", "sha256", "submission"]


def test_the_last_piece_may_be_answered_with_200_and_without_an_offset():
    def last(request):
        if request.command == "PATCH":
            request.stored.extend(request.body())
            return request.answer(200 if len(request.stored) == len(DATA) else 204)
        return False

    with odd_server(last) as (client, kept):
        send(client)
    assert kept == DATA


def test_a_server_that_takes_only_a_part_of_a_piece_gets_the_rest():
    def part(request):
        if request.command == "PATCH":
            request.stored.extend(request.body()[:120_000])
            return request.answer(204, Upload_Offset=str(len(request.stored)))
        return False

    with odd_server(part) as (client, kept):
        send(client)
    assert kept == DATA


@pytest.mark.parametrize("status", [204, 409])
def test_a_wrong_offset_is_asked_for_whether_it_is_said_or_not(status):
    """Somebody else moved the upload on between our HEAD and our PATCH."""
    moved = []

    def move(request):
        if request.command == "PATCH" and not moved:
            request.body()
            request.stored.extend(DATA[:77])
            moved.append(True)
            return request.answer(status)
        return False

    with odd_server(move) as (client, kept):
        send(client)
    assert kept == DATA


def test_a_server_that_writes_nothing_and_says_204_is_left_for_later():
    def nothing(request):
        if request.command == "PATCH":
            request.body()
            return request.answer(204)
        return False

    with odd_server(nothing) as (client, _), pytest.raises(Offline):
        send(client)


@pytest.mark.parametrize("method", ["HEAD", "PATCH"])
@pytest.mark.parametrize(
    ("status", "error"),
    [
        (404, UploadGone),
        (410, UploadGone),
        (423, Offline),
        (500, Offline),
        (507, Offline),
        (400, Rejected),
        (401, Unauthorised),
        (403, Unauthorised),
        (407, Offline),
        (413, Rejected),
        (429, Offline),
    ],
)
def test_bare_answers_by_what_happens_next(method, status, error):
    def refuse(request):
        if request.command == method:
            request.body()
            return request.answer(status)
        return False

    with odd_server(refuse) as (client, _), pytest.raises(error) as caught:
        send(client)
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, Rejected), (403, Unauthorised), (404, Unknown), (413, Rejected), (431, Rejected)],
)
def test_bare_answers_to_a_submission_by_what_happens_next(status, error):
    def refuse(request):
        request.body()
        return request.answer(status, b"<html>nginx</html>")

    with odd_server(refuse) as (client, _), pytest.raises(error) as caught:
        client.submit("0195a000-0000-7000-8000-000000000001", manifest(handed(DATA)))
    assert type(caught.value) is error
    assert status != 413 or "proxy" in str(caught.value)


@pytest.mark.parametrize(
    "location", ["http://[bad/1", "//[::1", "/" + "x" * 600, "http://[x]:99999999999/1"]
)
@pytest.mark.parametrize("status", [201, 302])
def test_an_address_that_cannot_be_read_is_no_answer(location, status):
    def answer(request):
        request.body()
        return request.answer(status, Location=location)

    with odd_server(answer) as (client, _), pytest.raises(Offline):
        client.create_upload(handed(DATA), "0195a000-0000-7000-8000-000000000001")


def test_a_kept_address_that_cannot_be_read_is_made_anew(client):
    with pytest.raises(UploadGone):
        client.send_file("http://[bad/1", MemoryReader(DATA))


def test_half_a_character_is_no_answer():
    receipt = {
        "number": "x\ud800",
        "submission": "s",
        "received_at": "2026-03-17T06:00:00Z",
        "terminal": "t",
        "role": "bidder",
        "by": "b",
        "number_mask": "m",
        "content": "0" * 64,
    }
    matter = {"receipt": receipt, "signed": {"token": "t", "short": "s"}}
    body = json.dumps({"matters": [matter], "server_time": "2026-03-17T06:00:00Z"}).encode()

    def answer(request):
        request.body()
        return request.answer(200, body)

    with odd_server(answer) as (client, _), pytest.raises(Offline):
        client.matters(Person(name="a", number="1234"))


@pytest.mark.parametrize("part", ["head", "body"])
def test_an_answer_that_drips_is_cut(monkeypatch, part):
    monkeypatch.setattr(upload, "ANSWER_S", 0.2)
    monkeypatch.setattr(upload, "_KEPT_S", 0.2)

    def drip(request):
        if request.command != "PATCH":
            return False
        request.body()
        line = request.connection
        line.sendall(b"HTTP/1.1 204 No Content\r\n" if part == "head" else (
            b"HTTP/1.1 500 Bad\r\nContent-Length: 100000\r\n\r\n"))  # fmt: skip
        end = time.monotonic() + 5
        try:
            while time.monotonic() < end:
                line.sendall(b"a")
                time.sleep(0.05)
        except OSError:
            return True
        return True

    began = time.monotonic()
    with odd_server(drip) as (client, _), pytest.raises(Offline):
        send(client)
    assert time.monotonic() - began < 3


def _problem(status, kind, retryable=b"false"):
    body = b'{"type":"urn:mingtang:problem:%s","title":"T","status":%d,"retryable":%s,' % (
        kind.encode(),
        status,
        retryable,
    )
    return body + b'"server_time":"2026-03-17T06:00:00Z"}'


@pytest.mark.parametrize(
    ("status", "kind", "error"),
    [
        (403, "too-late", TooLate),
        (403, "forbidden", Unauthorised),
        (401, "clock-skew", Unauthorised),
        (409, "id-reused", Rejected),
        (409, "upload-incomplete", FilesMissing),
        (422, "digest-mismatch", FilesMissing),
        (422, "unknown-upload", FilesMissing),
        (422, "unreadable-submission", Rejected),
        (503, "unavailable", Offline),
    ],
)
def test_problems_of_a_submission_by_what_happens_next(status, kind, error):
    def refuse(request):
        if request.command == "PUT":
            request.body()
            return request.answer(status, _problem(status, kind))
        return False

    with odd_server(refuse) as (client, _), pytest.raises(error) as caught:
        client.submit("0195a000-0000-7000-8000-000000000001", manifest(handed(DATA)))
    assert type(caught.value) is error


def test_a_cut_line_goes_on_where_it_was(centre, client):
    cuts = iter([100_000, 400_000, 700_000])
    at = next(cuts)

    class Cutting(MemoryReader):
        def read(self, count):
            nonlocal at
            if self._file.tell() >= at:
                at = next(cuts, 10**9)
                client._lines.cut()
                client._lines._is_cut = False
            return super().read(min(count, 50_000))

    id, file = new_id(1, centre.clock()), handed(DATA)
    address, breaks = client.create_upload(file, id), 0
    while True:
        try:
            client.send_file(address, Cutting(DATA))
            break
        except Offline:
            breaks += 1
    assert breaks == 3
    whole = manifest(file.model_copy(update={"upload": address}), notice_id="", form=form())
    assert re.fullmatch(r"[\w.-]+", client.submit(id, whole).token)
