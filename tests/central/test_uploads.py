"""Uploads over real sockets, as any client of tus 1.0 would make them."""

import base64
import errno
import hashlib
import itertools
import os
import socket
import threading
import time
from urllib.parse import urlsplit

import pytest
import requests

from kiosk.central import upload_service, upload_shares, upload_writing, uploads
from kiosk.central.uploads import Uploads
from kiosk.sync.contract import Problem, ProblemType
from tests.sync.handing_in import content, new_id

TUS = {"Tus-Resumable": "1.0.0"}
SUBMISSION = "0195a000-0000-7000-8000-000000000001"
DATA = content(300_000, 1)


def _metadata(data=DATA, **more):
    values = {
        "filename": "投标文件.pdf",
        "filetype": "application/pdf",
        "sha256": hashlib.sha256(data).hexdigest(),
        "submission": SUBMISSION,
        **more,
    }
    encoded = (f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in values.items() if v)
    return ",".join(encoded)


def _create(address, data=DATA, **headers):
    all_headers = {**TUS, "Upload-Length": str(len(data)), "Upload-Metadata": _metadata(data)}
    return requests.post(f"{address}/v1/uploads", headers=all_headers | headers, timeout=10)


def _patch(url, offset, data, **headers):
    all_headers = {
        **TUS,
        "Upload-Offset": str(offset),
        "Content-Type": "application/offset+octet-stream",
    }
    return requests.patch(url, data=data, headers=all_headers | headers, timeout=10)


def _offset(url):
    return int(requests.head(url, headers=TUS, timeout=10).headers["Upload-Offset"])


def _problem(answer):
    assert answer.headers["Content-Type"] == "application/problem+json"
    return Problem.model_validate_json(answer.content).type


def _bytes(centre, url):
    return (centre.database.folder / "uploads" / url.rpartition("/")[2]).read_bytes()


def test_a_file_comes_in_by_pieces(centre):
    with centre.served() as address:
        made = _create(address)
        url = made.headers["Location"]
        assert made.status_code == 201
        assert made.headers["Upload-Expires"] == "Tue, 17 Mar 2026 06:00:00 GMT"
        for start in range(0, len(DATA), 100_000):
            answer = _patch(url, start, DATA[start : start + 100_000])
            assert answer.headers["Upload-Expires"] == "Thu, 19 Mar 2026 04:00:00 GMT"
            assert (answer.status_code, answer.headers["Tus-Resumable"]) == (204, "1.0.0")
            assert answer.headers["Upload-Offset"] == str(start + 100_000)
        head = requests.head(url, headers=TUS, timeout=10)
        assert (head.status_code, head.headers["Cache-Control"]) == (200, "no-store")
        assert head.headers["Upload-Length"] == head.headers["Upload-Offset"] == str(len(DATA))
        assert head.headers["Upload-Metadata"] == _metadata()
        assert _bytes(centre, url) == DATA


def test_it_says_what_it_speaks(centre):
    with centre.served() as address:
        answer = requests.options(f"{address}/v1/uploads", timeout=10)
    assert answer.status_code == 204
    assert answer.headers["Tus-Version"] == "1.0.0"
    for extension in ("creation", "expiration", "termination", "checksum"):
        assert extension in answer.headers["Tus-Extension"]


def test_a_wrong_offset_writes_nothing(centre):
    with centre.served() as address:
        url = _create(address).headers["Location"]
        _patch(url, 0, DATA[:1000])
        for offset in (0, 999, 1001, len(DATA)):
            answer = _patch(url, offset, b"x" * 10)
            assert (answer.status_code, _problem(answer)) == (409, ProblemType.WRONG_OFFSET.uri)
        assert _offset(url) == 1000
        assert _patch(url, 1000, DATA[1000:]).status_code == 204
        assert _bytes(centre, url) == DATA


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Tus-Resumable": "0.2.2"}, 412),
        ({"Upload-Length": "-1"}, 400),
        ({"Upload-Length": "0"}, 400),
        ({"Upload-Length": ""}, 400),
        ({"Upload-Length": str(4 * 1024**3)}, 413),
        ({"Upload-Metadata": ""}, 400),
        ({"Upload-Metadata": _metadata(filetype="")}, 400),
        ({"Upload-Metadata": _metadata(submission="1")}, 400),
        ({"Upload-Metadata": _metadata(sha256="ABC")}, 400),
        ({"Upload-Metadata": "filename %%%"}, 400),
    ],
)
def test_what_is_no_upload_is_refused(centre, headers, status):
    with centre.served() as address:
        answer = _create(address, **headers)
    assert answer.status_code == status
    assert _problem(answer)
    assert not list((centre.database.folder / "uploads").glob("*"))


def test_more_than_announced_is_refused(centre):
    with centre.served() as address:
        url = _create(address).headers["Location"]
        answer = _patch(url, 0, DATA + b"x")
        assert (answer.status_code, _problem(answer)) == (413, ProblemType.TOO_LARGE.uri)
        pieces = iter([DATA[:1000], DATA])
        assert _patch(url, 0, pieces).status_code == 413
        assert _offset(url) <= len(DATA)
        assert len(_bytes(centre, url)) == len(DATA)


def test_nothing_is_known_of_what_was_never_made(centre):
    with centre.served() as address:
        for id in ("0" * 32, "x", "..%2f..%2fcentral.db"):
            url = f"{address}/v1/uploads/{id}"
            assert requests.head(url, headers=TUS, timeout=10).status_code == 404
            assert _patch(url, 0, b"x").status_code == 404
            assert requests.delete(url, headers=TUS, timeout=10).status_code == 404


def test_an_upload_that_is_ended_is_gone(centre):
    with centre.served() as address:
        url = _create(address).headers["Location"]
        assert requests.delete(url, headers=TUS, timeout=10).status_code == 204
        assert requests.head(url, headers=TUS, timeout=10).status_code == 404
    assert not list((centre.database.folder / "uploads").iterdir())


def test_asked_again_before_its_first_byte_it_is_the_same_upload(centre):
    with centre.served() as address:
        first = _create(address).headers["Location"]
        assert _create(address).headers["Location"] == first
        _patch(first, 0, DATA[:10])
        second = _create(address).headers["Location"]
        assert second != first
        assert requests.head(first, headers=TUS, timeout=10).status_code == 404
    assert len(list((centre.database.folder / "uploads").iterdir())) == 1


def test_expired_uploads_are_taken_away_in_small_steps(centre, clock):
    with centre.served() as address:
        urls = []
        for number in range(25):
            data = content(10, number)
            named = _metadata(data, submission=new_id(number, clock()))
            urls.append(_create(address, data, **{"Upload-Metadata": named}).headers["Location"])
            _patch(urls[-1], 0, data if number == 0 else data[:1])
        clock.pass_by(hours=47)
        _patch(urls[1], 1, content(10, 1)[1:5])
        clock.pass_by(hours=1)
        held = Uploads(centre.database)
        assert requests.head(urls[0], headers=TUS, timeout=10).status_code == 404
        assert [held.sweep(clock()) for _ in range(3)] == [20, 4, 0]
        assert _offset(urls[1]) == 5


@pytest.mark.parametrize("name", ["sha1", "sha256"])
def test_a_piece_with_a_wrong_checksum_is_dropped(centre, name):
    right = base64.b64encode(hashlib.new(name, DATA[:1000]).digest()).decode()
    with centre.served() as address:
        url = _create(address).headers["Location"]
        wrong = _patch(url, 0, b"y" * 1000, **{"Upload-Checksum": f"{name} {right}"})
        assert (wrong.status_code, _offset(url)) == (460, 0)
        assert _patch(url, 0, DATA[:1000], **{"Upload-Checksum": f"{name} {right}"}).ok
        assert _patch(url, 1000, b"", **{"Upload-Checksum": "md5 xxxx"}).status_code == 400
        assert _patch(url, 1000, DATA[1000:]).status_code == 204
        assert _bytes(centre, url) == DATA
    id = url.rpartition("/")[2]
    assert Uploads(centre.database).get(id, centre.clock()).found_sha256 == (
        hashlib.sha256(DATA).hexdigest()
    )


def _raw_patch(url, offset, length, data):
    """Announce `length` bytes, send `data`, leave the line open."""
    parts = urlsplit(url)
    line = socket.create_connection((parts.hostname, parts.port), timeout=10)
    head = (
        f"PATCH {parts.path} HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\n"
        f"Upload-Offset: {offset}\r\nContent-Length: {length}\r\n"
        "Content-Type: application/offset+octet-stream\r\n\r\n"
    )
    line.sendall(head.encode() + data)
    return line


def test_while_one_writes_another_is_refused_and_what_broke_off_is_kept(centre):
    with centre.served() as address:
        url = _create(address).headers["Location"]
        line = _raw_patch(url, 0, len(DATA), DATA[:70_000])
        deadline = time.monotonic() + 5
        while (busy := _patch(url, 0, b"z")).status_code != 423:
            assert busy.status_code in (204, 409) and time.monotonic() < deadline
            if busy.status_code == 204:
                pytest.fail("two wrote at a time")
        assert _problem(busy) == ProblemType.UPLOAD_BUSY.uri
        assert requests.delete(url, headers=TUS, timeout=10).status_code == 423
        line.close()
        while _offset(url) != 70_000:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert _patch(url, 70_000, DATA[70_000:]).status_code == 204
        assert _bytes(centre, url) == DATA


def test_without_room_nothing_begins(centre, monkeypatch):
    monkeypatch.setattr(uploads, "MARGIN_BYTES", 2**62)
    with centre.served() as address:
        answer = _create(address)
    assert (answer.status_code, _problem(answer)) == (507, ProblemType.NO_ROOM.uri)
    assert int(answer.headers["Retry-After"]) > 0
    assert not list((centre.database.folder / "uploads").iterdir())


def test_space_is_reserved_when_an_upload_is_made(centre):
    with centre.served() as address:
        url = _create(address).headers["Location"]
    path = centre.database.folder / "uploads" / url.rpartition("/")[2]
    assert path.stat().st_blocks * 512 >= len(DATA)


def test_a_disk_that_fills_up_keeps_what_was_received(centre, monkeypatch):
    real = os.write
    left = [150_000]

    def write(line, data):
        left[0] -= len(data)
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "full")
        return real(line, data)

    with centre.served() as address:
        url = _create(address).headers["Location"]
        _patch(url, 0, DATA[:1000])
        monkeypatch.setattr(upload_writing.os, "write", write)
        answer = _patch(url, 1000, DATA[1000:])
        assert (answer.status_code, _problem(answer)) == (507, ProblemType.NO_ROOM.uri)
        monkeypatch.undo()
        offset = _offset(url)
        assert 1000 <= offset <= 151_000
        assert _patch(url, offset, DATA[offset:]).status_code == 204
        assert _bytes(centre, url) == DATA


def test_a_write_that_the_disk_lost_does_not_count(centre, monkeypatch):
    with centre.served() as address:
        url = _create(address).headers["Location"]
        _patch(url, 0, DATA[:1000])

        def lost(_line):
            raise OSError(errno.EIO, "lost")

        monkeypatch.setattr(upload_writing.os, "fdatasync", lost)
        assert _patch(url, 1000, DATA[1000:]).status_code == 500
        monkeypatch.undo()
        assert _offset(url) == 1000
        assert _patch(url, 1000, DATA[1000:]).status_code == 204
        assert _bytes(centre, url) == DATA
    found = Uploads(centre.database).get(url.rpartition("/")[2], centre.clock()).found_sha256
    assert found == hashlib.sha256(DATA).hexdigest()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
@pytest.mark.parametrize("at", [1, 2])
def test_what_the_disk_lost_and_told_only_once_is_sent_again(centre, monkeypatch, code, at):
    """As delayed allocation and NFS do: the pages are gone, and the next fdatasync succeeds."""
    data, calls = content(7_000_000, 4), itertools.count(1)
    real = os.fdatasync

    def forgetful(line):
        if next(calls) == at:
            reached = os.lseek(line, 0, os.SEEK_CUR)
            os.pwrite(line, bytes(reached - 1000), 1000)
            raise OSError(code, "gone")
        real(line)

    with centre.served() as address:
        url = _create(address, data).headers["Location"]
        _patch(url, 0, data[:1000])
        monkeypatch.setattr(upload_writing.os, "fdatasync", forgetful)
        answer = _patch(url, 1000, data[1000:])
        monkeypatch.undo()
        assert answer.status_code == (500 if code == errno.EIO else 507)
        assert _offset(url) == 1000
        assert _patch(url, 1000, data[1000:]).status_code == 204
        assert _bytes(centre, url) == data


def test_making_safe_waits_for_a_push_and_hears_of_its_failure(centre, monkeypatch):
    held = Uploads(centre.database)
    made = held.create(SUBMISSION, "0" * 64, 100, "n", centre.clock())
    writing = held.begin(made.id, 0, centre.clock())
    writing.write([b"x" * 100])
    pushing, goes_on, heard = threading.Event(), threading.Event(), []

    def fdatasync(_line):
        if threading.current_thread() is not threading.main_thread() and not pushing.is_set():
            pushing.set()
            goes_on.wait(5)
            raise OSError(errno.ENOSPC, "told once")

    monkeypatch.setattr(upload_writing.os, "fdatasync", fdatasync)
    threads = [threading.Thread(target=writing.push)]
    threads[0].start()
    assert pushing.wait(5)

    def keep():
        try:
            held.keep(writing, centre.clock())
        except upload_writing.NoRoom:
            heard.append("no room")

    threads.append(threading.Thread(target=keep))
    threads[1].start()
    threads[1].join(0.05)
    goes_on.set()
    for thread in threads:
        thread.join(5)
    keep()
    assert heard == ["no room", "no room"]
    assert held.get(made.id, centre.clock()).offset == 0
    writing.close()


def test_a_refused_piece_does_not_cost_a_look_at_all_bytes_before(centre, monkeypatch):
    looks = []
    real = Uploads._rehashed
    monkeypatch.setattr(Uploads, "_rehashed", lambda s, u: (looks.append(u.offset), real(s, u))[1])
    wrong = {"Upload-Checksum": "sha1 " + base64.b64encode(bytes(20)).decode()}
    with centre.served() as address:
        url = _create(address).headers["Location"]
        _patch(url, 0, DATA[:200_000])
        looks.clear()
        for _ in range(3):
            assert _patch(url, 200_000, b"y" * 1000, **wrong).status_code == 460
            assert _patch(url, 200_000, DATA).status_code == 413
        assert looks == []
    with centre.served() as address:
        url = f"{address}/v1/uploads/{url.rpartition('/')[2]}"
        for _ in range(3):
            assert _patch(url, 200_000, b"y" * 1000, **wrong).status_code == 460
        assert looks == [200_000]
        assert _patch(url, 200_000, DATA[200_000:]).status_code == 204
    found = Uploads(centre.database).get(url.rpartition("/")[2], centre.clock()).found_sha256
    assert found == hashlib.sha256(DATA).hexdigest()


def test_another_server_goes_on_where_the_first_ended(centre):
    with centre.served() as address:
        url = _create(address).headers["Location"]
        _patch(url, 0, DATA[:123_456])
    path = centre.database.folder / "uploads" / url.rpartition("/")[2]
    with path.open("r+b") as file:
        file.seek(123_456)
        file.write(b"bytes that were never made safe")
    Uploads(centre.database).clear_leftovers()
    with centre.served() as address:
        url = f"{address}/v1/uploads/{path.name}"
        assert _offset(url) == 123_456
        assert _patch(url, 123_456, DATA[123_456:]).status_code == 204
    assert path.read_bytes() == DATA
    held = Uploads(centre.database).get(path.name, centre.clock())
    assert held.found_sha256 == hashlib.sha256(DATA).hexdigest()


def test_files_that_no_upload_has_are_cleared(centre):
    with centre.served() as address:
        url = _create(address).headers["Location"]
    folder = centre.database.folder / "uploads"
    (folder / ("f" * 32)).write_bytes(b"left behind")
    Uploads(centre.database).clear_leftovers()
    assert [path.name for path in folder.iterdir()] == [url.rpartition("/")[2]]


def test_a_folder_among_the_uploads_stays_and_hinders_nothing(centre):
    folder = centre.database.folder / "uploads"
    (folder / "lost+found").mkdir(parents=True)
    (folder / ("f" * 32)).write_bytes(b"left behind")
    Uploads(centre.database).clear_leftovers()
    assert [path.name for path in folder.iterdir()] == ["lost+found"]


def test_an_upload_that_the_disk_does_not_let_go_hinders_no_other(centre, clock, caplog):
    held = Uploads(centre.database)
    ids = [
        held.create(new_id(number, clock()), "0" * 64, 10, "n", clock()).id for number in range(30)
    ]
    for id in ids[:25]:
        held.path(id).unlink()
        held.path(id).mkdir()
    clock.pass_by(hours=3)
    assert [held.sweep(clock()) for _ in range(3)] == [0, 5, 0]
    assert "cannot be deleted" in caplog.text
    for id in ids[:25]:
        held.path(id).rmdir()
    clock.pass_by(hours=1)
    assert [held.sweep(clock()) for _ in range(3)] == [20, 5, 0]


def test_before_the_first_byte_space_is_not_kept_for_long(centre, clock):
    with centre.served() as address:
        empty, touched, begun = (
            _create(address, content(1000, n)).headers["Location"] for n in range(3)
        )
        _patch(begun, 0, b"a")
        _patch(touched, 0, b"")
        clock.pass_by(hours=3)
        answers = [requests.head(u, headers=TUS, timeout=10) for u in (empty, touched, begun)]
        assert [answer.status_code for answer in answers] == [404, 404, 200]


def test_what_is_on_its_way_has_bounds(centre, clock, monkeypatch):
    def begin(address, number, of):
        named = _metadata(content(100, number), submission=new_id(of, clock()))
        return _create(address, content(100, number), **{"Upload-Metadata": named})

    monkeypatch.setattr(upload_shares, "MAX_FILES", 3)
    monkeypatch.setattr(upload_shares, "ADDRESS_UPLOADS", 5)
    with centre.served() as address:
        urls = [begin(address, n, 1).headers["Location"] for n in range(3)]
        refused = begin(address, 3, 1)
        assert (refused.status_code, _problem(refused)) == (429, ProblemType.TOO_MANY.uri)
        assert int(refused.headers["Retry-After"]) > 0
        assert [begin(address, n, 2).status_code for n in range(4, 7)] == [201, 201, 429]
        assert requests.delete(urls[0], headers=TUS, timeout=10).status_code == 204
        assert [begin(address, n, 2).status_code for n in (6, 7)] == [201, 429]
        monkeypatch.setattr(upload_shares, "ADDRESS_UPLOADS", 9)
        monkeypatch.setattr(upload_shares, "ADDRESS_BYTES", 5 * 100 + 99)
        assert begin(address, 9, 3).status_code == 429
        monkeypatch.setattr(upload_shares, "ADDRESS_BYTES", 6 * 100)
        monkeypatch.setattr(upload_shares, "SUBMISSION_BYTES", 99)
        assert begin(address, 9, 3).status_code == 429
        monkeypatch.setattr(upload_shares, "SUBMISSION_BYTES", 100)
        monkeypatch.setattr(upload_shares, "ALL_UPLOADS", 5)
        assert begin(address, 9, 3).status_code == 429
        monkeypatch.setattr(upload_shares, "ALL_UPLOADS", 6)
        assert begin(address, 9, 3).status_code == 201
    assert len(list((centre.database.folder / "uploads").iterdir())) == 6


def test_expired_uploads_go_while_the_server_runs(centre, clock, monkeypatch):
    monkeypatch.setattr(upload_service, "_SWEEP_S", 0.02)
    held = Uploads(centre.database)
    made = held.create(SUBMISSION, "0" * 64, 10, "n", clock())
    with centre.served():
        clock.pass_by(hours=3)
        deadline = time.monotonic() + 5
        while held.path(made.id).exists():
            assert time.monotonic() < deadline, "nothing is swept"
            time.sleep(0.01)


@pytest.mark.parametrize("limit", ["_IDLE_S", "_BLOCK_S"])
def test_a_silent_or_dripping_line_lets_the_next_one_in(centre, monkeypatch, limit):
    monkeypatch.setattr(upload_service, limit, 0.3)
    with centre.served() as address:
        url = _create(address).headers["Location"]
        line = _raw_patch(url, 0, len(DATA), DATA[:70_000])
        deadline, sent = time.monotonic() + 5, 70_000
        while (offset := _offset(url)) < 70_000:
            assert time.monotonic() < deadline, "the line is never given up"
            if limit == "_BLOCK_S":
                line.sendall(DATA[sent : sent + 1])
                sent += 1
            time.sleep(0.05)
        assert _patch(url, offset, DATA[offset:]).status_code == 204
        line.close()
        assert _bytes(centre, url) == DATA


def test_a_line_without_a_byte_lets_the_next_one_in(centre, monkeypatch):
    monkeypatch.setattr(upload_service, "_IDLE_S", 0.2)
    with centre.served() as address:
        url = _create(address).headers["Location"]
        line = _raw_patch(url, 0, len(DATA), b"")
        deadline = time.monotonic() + 5
        while requests.delete(url, headers=TUS, timeout=10).status_code != 423:
            assert time.monotonic() < deadline
            url = _create(address).headers["Location"]
            line.close()
            line = _raw_patch(url, 0, len(DATA), b"")
            time.sleep(0.05)
        while _patch(url, 0, DATA).status_code != 204:
            assert time.monotonic() < deadline, "the line is never given up"
            time.sleep(0.05)
        line.close()


def test_every_answer_about_uploads_says_the_version(centre):
    with centre.served() as address:
        url = _create(address).headers["Location"]
        answers = [
            _patch(url, 7, b"x"),
            _create(address, **{"Upload-Length": "-1"}),
            requests.head(url[:-1] + "x", headers=TUS, timeout=10),
            requests.put(url, timeout=10),
            requests.head(url, timeout=10),
        ]
    assert [answer.status_code for answer in answers] == [409, 400, 404, 405, 412]
    assert {answer.headers.get("Tus-Resumable") for answer in answers} == {"1.0.0"}


def test_two_that_begin_at_the_same_time(centre):
    with centre.served() as address:
        url = _create(address).headers["Location"]
        answers = []
        threads = [
            threading.Thread(target=lambda: answers.append(_patch(url, 0, DATA).status_code))
            for _ in range(6)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers)[0] == 204
        assert set(answers[1:]) <= {204, 409, 423} and answers.count(204) == 1
        assert _bytes(centre, url) == DATA
