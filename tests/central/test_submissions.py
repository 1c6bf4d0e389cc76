"""Submissions over real sockets: once, in time, whole, and nothing about others."""

import itertools
import json
import os
import random
import re
import socket
import stat
import threading
from datetime import datetime
from urllib.parse import urlsplit

import pytest
import requests

from kiosk.central.feeds import write_change
from kiosk.central.keyring import keyring_of
from kiosk.central.openings import start_opening
from kiosk.central.projects import catch_up, project_of
from kiosk.central.schema import notices, project_notices
from kiosk.central.submissions import Submissions
from kiosk.central.uploads import Uploads
from kiosk.central.withdrawal import withdraw
from kiosk.sync.contract import Problem, ProblemType
from kiosk.sync.errors import FilesMissing, Rejected, TooLate
from kiosk.sync.instant import to_microseconds
from kiosk.sync.receipt import check_receipt
from kiosk.sync.submission import Person, SignedReceipt
from kiosk.sync.upload import SubmissionClient
from tests.conftest import CHANNEL
from tests.sync.handing_in import (
    LI,
    ZHANG,
    MemoryReader,
    content,
    deliver,
    form,
    handed,
    manifest,
    new_id,
    publish_form,
)

DATA = content(40_000, 7)


@pytest.fixture
def server(centre):
    take(centre, "r1", closes_at="2026-03-17T06:00:00Z", opens_at="2026-03-17T07:00:00Z")
    with centre.served() as address:
        yield address


@pytest.fixture
def client(server):
    made = SubmissionClient(server)
    yield made
    made.close()


def take(centre, id, kind="tender", published_at="2026-03-17T01:00:00Z", **fields):
    """Put a notice into the feed as it is."""
    doc = {
        "_id": id,
        "type": "notice",
        "kind": kind,
        "category": "construction",
        "title": "东山路道路改造工程招标公告",
        "published_at": published_at,
        "tender_no": "GC-1",
        **fields,
    }
    with centre.database.writing() as connection:
        connection.execute(
            notices.insert().values(
                id=id,
                channel=CHANNEL,
                number=1,
                digest="0" * 64,
                published_at=to_microseconds(datetime.fromisoformat(published_at)),
                held=False,
                doc=json.dumps(doc),
            )
        )
        write_change(connection, CHANNEL, id, "1-a", doc)


def submissions(centre):
    return Submissions(centre.database, Uploads(centre.database), keyring_of(centre.database))


def put(server, id, whole):
    body = whole if isinstance(whole, bytes) else whole.model_dump_json().encode()
    return requests.put(f"{server}/v1/submissions/{id}", data=body, timeout=10)


def problem(answer):
    assert answer.headers["Content-Type"] == "application/problem+json"
    return Problem.model_validate_json(answer.content).type.rpartition(":")[2]


def test_a_submission_is_answered_with_a_receipt_that_is_proven(centre, client):
    id, whole = new_id(1, centre.clock()), manifest(handed(DATA), tender_no="GC-1")
    signed = deliver(client, id, whole, [DATA])
    receipt = check_receipt(signed, whole, id, client.keys())
    assert receipt.received_at == centre.clock()
    assert re.fullmatch(r"(\w{4}-){2}\w{4}", receipt.number)
    stored = submissions(centre).of_notice("r1")[0]
    assert stored.files[0].read_bytes() == DATA
    assert stored.signed == signed


def test_the_same_again_gets_the_same_receipt_for_ever(centre, server, client):
    id, whole = new_id(1, centre.clock()), manifest(handed(DATA))
    upload = client.create_upload(whole.files[0], id)
    client.send_file(upload, MemoryReader(DATA))
    whole = whole.with_uploads({whole.files[0].sha256: upload})
    first = put(server, id, whole)
    centre.clock.pass_by(days=400)
    Uploads(centre.database).sweep(centre.clock())
    again = put(server, id, whole)
    renewed = put(server, id, whole.with_uploads({whole.files[0].sha256: "http://x/other"}))
    assert (first.status_code, again.status_code, renewed.status_code) == (201, 200, 200)
    assert first.content == again.content == renewed.content
    assert submissions(centre).of_notice("r1")[0].files[0].read_bytes() == DATA


def test_an_id_stands_for_one_content(centre, server, client):
    id = new_id(1, centre.clock())
    deliver(client, id, manifest(handed(DATA)), [DATA])
    answer = put(server, id, manifest(handed(DATA), title="另一工程"))
    assert (answer.status_code, problem(answer)) == (409, ProblemType.ID_REUSED.value)
    assert len(submissions(centre).of_notice("r1")) == 1


def test_too_late_is_by_the_server_s_clock(centre, server, client):
    centre.clock.pass_by(hours=2, microseconds=-1)
    deliver(client, new_id(1, centre.clock()), manifest(handed(DATA)), [DATA])
    id, whole = new_id(2, centre.clock()), manifest(handed(DATA), by=LI)
    upload = client.create_upload(whole.files[0], id)
    client.send_file(upload, MemoryReader(DATA))
    whole = whole.with_uploads({whole.files[0].sha256: upload})
    centre.clock.pass_by(microseconds=1)
    answer = put(server, id, whole)
    assert (answer.status_code, problem(answer)) == (403, "too-late")
    assert Problem.model_validate_json(answer.content).server_time == centre.clock()
    with pytest.raises(TooLate) as caught:
        client.submit(id, whole)
    assert caught.value.server_time == centre.clock()
    assert len(submissions(centre).of_notice("r1")) == 1


def test_what_came_in_time_keeps_its_receipt_after_the_deadline(centre, client):
    id, whole = new_id(1, centre.clock()), manifest(handed(DATA))
    signed = deliver(client, id, whole, [DATA])
    centre.clock.pass_by(days=1)
    assert client.submit(id, whole) == signed


def test_an_amendment_moves_the_deadline_and_its_withdrawal_moves_it_back(centre, client):
    take(
        centre,
        "a1",
        "amendment",
        "2026-03-17T03:00:00Z",
        closes_at="2026-03-18T06:00:00Z",
        opens_at="2026-03-18T07:00:00Z",
    )
    take(centre, "a0", "amendment", "2026-03-17T00:00:00Z", closes_at="2026-03-16T00:00:00Z")
    take(centre, "a2", "amendment", "2026-03-17T03:30:00Z", tender_no="GC-2")
    centre.clock.pass_by(hours=20)
    deliver(client, new_id(1, centre.clock()), manifest(handed(DATA)), [DATA])
    withdraw(centre.database, "a1", now=centre.clock())
    with pytest.raises(TooLate):
        deliver(client, new_id(2, centre.clock()), manifest(handed(DATA)), [DATA])


def test_amendments_from_before_are_noted_once(centre, server):
    take(centre, "a1", "amendment", "2026-03-17T03:00:00Z", closes_at="2026-03-18T06:00:00Z")
    with centre.database.writing() as connection:
        connection.execute(project_notices.delete())
    catch_up(centre.database)
    catch_up(centre.database)
    with centre.database.reading() as connection:
        project = project_of(connection, "r1")
    assert project is not None and project.invites is not None
    assert project.invites.closes_at == datetime.fromisoformat("2026-03-18T06:00:00Z")


@pytest.mark.parametrize("more", [{"notice_id": "nothing"}, {"tender_no": "GC-9"}])
def test_a_project_that_is_not_public_takes_nothing(centre, client, more):
    with pytest.raises(Rejected):
        deliver(client, new_id(1, centre.clock()), manifest(handed(DATA), **more), [DATA])


def test_a_withdrawn_project_takes_nothing(centre, client):
    withdraw(centre.database, "r1", now=centre.clock())
    with pytest.raises(Rejected):
        deliver(client, new_id(1, centre.clock()), manifest(handed(DATA)), [DATA])


def test_files_that_are_not_whole_are_asked_for(centre, server, client):
    id, whole = new_id(1, centre.clock()), manifest(handed(DATA))
    file = whole.files[0]
    assert problem(put(server, id, whole)) == "unknown-upload"
    upload = client.create_upload(file, id)
    whole = whole.with_uploads({file.sha256: upload})
    assert problem(put(server, id, whole)) == "upload-incomplete"
    with pytest.raises(FilesMissing):
        client.submit(id, whole)
    other = new_id(2, centre.clock())
    client.send_file(upload, MemoryReader(DATA))
    assert problem(put(server, other, whole)) == "unknown-upload", "of another submission"
    assert put(server, id, whole).status_code == 201


def test_other_bytes_than_announced_are_not_taken(centre, server, client):
    id, whole = new_id(1, centre.clock()), manifest(handed(DATA))
    upload = client.create_upload(whole.files[0], id)
    client.send_file(upload, MemoryReader(DATA[:-1] + b"x"))
    whole = whole.with_uploads({whole.files[0].sha256: upload})
    answer = put(server, id, whole)
    assert (answer.status_code, problem(answer)) == (422, "digest-mismatch")
    assert problem(put(server, id, whole)) == "unknown-upload", "it can never fit"
    assert submissions(centre).of_notice("r1") == ()
    deliver(client, id, whole, [DATA])


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"\xff", b'{"terminal": "\\ud800"}', b"[" * 5000]
)
def test_what_is_no_manifest_is_refused(centre, server, body):
    answer = put(server, new_id(1, centre.clock()), body)
    assert (answer.status_code, problem(answer)) == (422, "unreadable-submission")


def test_a_body_without_end_is_refused(centre, server):
    answer = put(server, new_id(1, centre.clock()), b"x" * (1024 * 1024 + 1))
    assert (answer.status_code, problem(answer)) == (413, "too-large")


def test_many_ask_at_once_and_one_submission_comes_of_it(centre, server, client):
    id, whole = new_id(1, centre.clock()), manifest(handed(DATA))
    upload = client.create_upload(whole.files[0], id)
    client.send_file(upload, MemoryReader(DATA))
    whole = whole.with_uploads({whole.files[0].sha256: upload})
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(put(server, id, whole))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = [answer for answer in answers if answer.ok]
    assert {answer.status_code for answer in answers} <= {200, 201, 423}
    assert [answer.status_code for answer in taken].count(201) == 1
    assert len({answer.content for answer in taken}) == 1


def test_a_kill_before_the_row_leaves_nothing_behind(centre, server, client, monkeypatch):
    id, whole = new_id(1, centre.clock()), manifest(handed(DATA))
    upload = client.create_upload(whole.files[0], id)
    client.send_file(upload, MemoryReader(DATA))
    whole = whole.with_uploads({whole.files[0].sha256: upload})

    def killed(*_arguments):
        raise KeyboardInterrupt

    held = submissions(centre)
    monkeypatch.setattr(held, "_store", killed)
    with pytest.raises(KeyboardInterrupt):
        held.hand_in(id, whole, centre.clock())
    linked = [p for p in (centre.database.folder / "submissions").rglob("*") if p.is_file()]
    assert len(linked) == 1
    assert put(server, id, whole).status_code == 201
    again = new_id(2, centre.clock())
    upload = client.create_upload(whole.files[0], again)
    client.send_file(upload, MemoryReader(DATA))
    with pytest.raises(KeyboardInterrupt):
        held.hand_in(again, whole.with_uploads({whole.files[0].sha256: upload}), centre.clock())
    centre.clock.pass_by(hours=49)
    Uploads(centre.database).sweep(centre.clock())
    left = [p for p in (centre.database.folder / "submissions").rglob("*") if p.is_file()]
    assert left == linked


def test_nothing_personal_is_in_names_logs_or_the_database(centre, server, client, caplog):
    caplog.set_level("DEBUG")
    publish_form(centre.database)
    data = b"content of a bid " * 100
    id = new_id(1, centre.clock())
    whole = manifest(handed(data, "张三丰的标书.pdf"), form=form(a="1"))
    deliver(client, id, whole, [data])
    client.matters(Person(name=ZHANG.name, number=ZHANG.number))
    put(server, id, whole.model_copy(update={"title": "x"}))
    own = [r for r in caplog.records if r.name.split(".")[0] in ("kiosk", "uvicorn", "sqlalchemy")]
    said = "\n".join(record.getMessage() for record in own)
    folder = centre.database.folder
    names = "\n".join(str(path.relative_to(folder)) for path in folder.rglob("*"))
    kept = b"".join(p.read_bytes() for p in folder.glob("central.db*"))
    for secret in (ZHANG.number, ZHANG.name):
        assert secret not in said and secret not in names
    assert ZHANG.number.encode() not in kept
    assert whole.digest.encode() not in kept, "numbers could be tried until it fits"
    assert stat.S_IMODE((folder / "submissions").stat().st_mode) == 0o700


def _public(server, centre):
    """Everything that anybody can ask."""
    session = requests.Session()
    parts = []
    for path in ("/v1/health", "/v1/keys", f"/v1/feeds/{CHANNEL}", "/v1/feeds/site-main"):
        answer = session.get(server + path, timeout=10)
        parts.append((path, answer.content, answer.headers.get("ETag")))
    for channel in (CHANNEL, "control", "site-main"):
        answer = session.get(f"{server}/v1/feeds/{channel}/_changes?include_docs=true", timeout=10)
        parts.append((channel, answer.content, answer.headers.get("ETag")))
    return parts


def _looks_drawn(texts, least):
    """Neither rising nor sharing what a counter or a clock would leave in them."""
    rises = sum(one < other for one, other in itertools.pairwise(texts))
    assert 25 < rises < 75, "as many rises as chance has"
    assert len(set(texts)) == len(texts) == 100
    shared = [len(set(place)) for place in zip(*texts, strict=True)]
    assert all(count >= least for count in shared), shared


def _begin_and_break_off(upload, data, at):
    """Send the first bytes of a file, as many as `at` says, and let the line go."""
    address = urlsplit(upload)
    with socket.create_connection((address.hostname, address.port), timeout=10) as line:
        head = (
            f"PATCH {address.path} HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\n"
            "Content-Type: application/offset+octet-stream\r\nUpload-Offset: 0\r\n"
            f"Content-Length: {len(data)}\r\n\r\n"
        )
        line.sendall(head.encode() + data[:at])


def test_a_hundred_uploads_by_three_bidders_show_no_order_and_no_count(
    centre, server, client, monkeypatch
):
    for slow in ("fsync", "fdatasync"):
        monkeypatch.setattr(os, slow, lambda _line: None)
    before, keys, chance = _public(server, centre), client.keys(), random.Random(5)
    people = [ZHANG, LI, ZHANG.model_copy(update={"name": "王五", "number": "X1234567"})]
    numbers, uploads, told = [], [], set()
    for number in range(100):
        data = content(50 + number, number)
        id, whole = new_id(number, centre.clock()), manifest(handed(data), by=people[number % 3])
        upload = client.create_upload(whole.files[0], id)
        if number % 5 == 0:
            _begin_and_break_off(upload, data, chance.randrange(len(data) + 1))
        client.send_file(upload, MemoryReader(data))
        whole = whole.with_uploads({whole.files[0].sha256: upload})
        answer = put(server, id, whole)
        assert answer.status_code == 201
        told.add(tuple(sorted(set(answer.headers) - {"date"})))
        signed = SignedReceipt.model_validate_json(answer.content)
        assert client.submit(id, whole) == signed, "duplicates collapse"
        numbers.append(check_receipt(signed, whole, id, keys).number.replace("-", ""))
        uploads.append(upload.rpartition("/")[2])
    assert _public(server, centre) == before
    taken = submissions(centre).of_notice("r1")
    assert sorted(each.files[0].read_bytes() for each in taken) == sorted(
        content(50 + number, number) for number in range(100)
    )
    assert len(told) == 1, "no answer has a header that another has not"
    _looks_drawn(numbers, 20)
    _looks_drawn(uploads, 12)
    centre.clock.pass_by(hours=3)
    start_opening(centre.database, "r1", centre.clock())
    own = client.matters(Person(name=LI.name, number=LI.number))
    assert len(own.matters) == 33
