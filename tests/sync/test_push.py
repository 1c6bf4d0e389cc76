"""The outbox and the server's events: lost answers, twice sent, server down, killed."""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from kiosk.central.ratings import counts, ratings_since
from kiosk.store.outbox import Owed
from kiosk.store.terminal import TerminalStore
from kiosk.sync.client import FeedClient
from kiosk.sync.errors import Offline, Rejected, Unauthorised
from kiosk.sync.events import BATCH_MEDIA_TYPE, BatchAnswer, Event, ItemAnswer, ItemStatus
from kiosk.sync.instant import utc_now
from kiosk.sync.push import push_once
from kiosk.sync.pushing import COMPONENT, Pushing
from kiosk.sync.rating import Grade, Rating, rating_event

ROOT = Path(__file__).parents[2]
DAY = date(2026, 3, 17)

PUSHER = """
import sys
from pathlib import Path
from kiosk.store.terminal import TerminalStore
from kiosk.sync import push
from kiosk.sync.client import FeedClient
push.BATCH_SIZE = 1
with TerminalStore(Path(sys.argv[2])) as store:
    source = FeedClient(sys.argv[1])
    push.push_once(store, source)
"""


def an_event(grade: Grade = Grade.FAIR, **more: Any) -> Event:
    event = rating_event(Rating(grade=grade, day=DAY), "FS-02", uuid4())
    return event.model_copy(update=more)


@pytest.fixture
def store(tmp_path):
    with TerminalStore(tmp_path / "terminal" / "terminal.db") as opened:
        yield opened


class Scripted:
    """A server that does as told, one entry a batch; afterwards it takes everything."""

    def __init__(self, *script: Any) -> None:
        self.script = list(script)
        self.batches: list[tuple[Event, ...]] = []

    def send_events(self, batch: Sequence[Event]) -> BatchAnswer:
        self.batches.append(tuple(batch))
        told = self.script.pop(0) if self.script else ItemStatus.STORED
        if isinstance(told, Exception):
            raise told
        if isinstance(told, BatchAnswer):
            return told
        return answer(batch, told)


def answer(batch: Sequence[Event], status: ItemStatus) -> BatchAnswer:
    return BatchAnswer(
        results=tuple(ItemAnswer(source=e.source, id=e.id, status=status) for e in batch)
    )


def received(centre: Any) -> set[str]:
    return {each.id for each in ratings_since(centre.database, DAY)}


def test_events_reach_the_server_and_leave_the_outbox(centre, store):
    sent = [an_event(grade) for grade in (Grade.FAIR, Grade.FAIR, Grade.DISSATISFIED)]
    store.keep_events(sent)
    store.keep_events(sent[:1])
    assert store.owed() == Owed(waiting=3, parked=0)
    with centre.served() as address:
        client = FeedClient(address)
        assert push_once(store, client).delivered == 3
        assert push_once(store, client).delivered == 0
        client.close()
    assert store.owed() == Owed(0, 0)
    told = ratings_since(centre.database, DAY)
    assert {each.id for each in told} == {event.id for event in sent}
    assert counts(told)[Grade.FAIR] == 2
    assert {(each.terminal, each.received_on) for each in told} == {("FS-02", DAY)}


def test_an_answer_that_was_lost_changes_nothing(centre, store):
    class LosesAnswers(FeedClient):
        lost = 0

        def send_events(self, batch):
            answered = super().send_events(batch)
            if self.lost < 3:
                self.lost += 1
                raise Offline("lost")
            return answered

    event = an_event()
    store.keep_events([event])
    with centre.served() as address:
        client = LosesAnswers(address)
        for _ in range(3):
            with pytest.raises(Offline):
                push_once(store, client)
            assert store.owed().waiting == 1
        assert push_once(store, client).delivered == 1
        client.close()
    assert received(centre) == {event.id}
    assert store.owed() == Owed(0, 0)


def test_an_id_that_stands_for_something_else_is_parked_and_the_rest_goes(centre, store, caplog):
    first = an_event(Grade.FAIR)
    with centre.served() as address:
        client = FeedClient(address)
        client.send_events([first])
        other = an_event(Grade.SATISFIED, id=first.id)
        foreign, good = an_event(type="cn.mingtang.unknown"), an_event()
        store.keep_events([other, foreign, good])
        pushed = push_once(store, client)
        client.close()
    assert (pushed.delivered, set(pushed.parked)) == (1, {first.id, foreign.id})
    assert store.owed() == Owed(waiting=0, parked=2)
    assert received(centre) == {first.id, good.id}
    assert counts(ratings_since(centre.database, DAY))[Grade.FAIR] == 2
    assert sum(record.levelno == logging.ERROR for record in caplog.records) == 2
    assert push_once(store, Scripted()).delivered == 0


def test_down_for_days_everything_waits(store):
    events = [an_event() for _ in range(120)]
    store.keep_events(events)
    client = FeedClient("http://127.0.0.1:9")
    for _ in range(3):
        with pytest.raises(Offline):
            push_once(store, client)
    client.close()
    assert store.owed().waiting == 120
    server = Scripted()
    assert push_once(store, server).delivered == 120
    assert max(len(batch) for batch in server.batches) == 50


def test_a_batch_that_is_rejected_goes_one_by_one(store):
    bad, good = sorted((an_event(), an_event()), key=lambda event: event.id)
    store.keep_events([bad, good])
    server = Scripted(Rejected("whole"), Rejected("this one"), ItemStatus.STORED)
    pushed = push_once(store, server)
    assert (pushed.delivered, pushed.parked) == (1, {bad.id: "this one"})
    assert [len(batch) for batch in server.batches] == [2, 1, 1]


@pytest.mark.parametrize("results", [(), (ItemAnswer(source="/x", id="y", status=201),)])
def test_an_answer_about_nothing_that_was_sent_delivers_nothing(store, results):
    store.keep_events([an_event()])
    with pytest.raises(Offline):
        push_once(store, Scripted(BatchAnswer(results=results)))
    assert store.owed().waiting == 1


class _Odd(BaseHTTPRequestHandler):
    status, body, kind = 404, b"", "text/html"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.status)
        self.send_header("Content-Type", self.kind)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: Any) -> None:
        pass


def problem(status: int) -> bytes:
    return json.dumps({"type": "about:blank", "title": "t", "status": status}).encode()


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (404, problem(404), Offline),
        (405, problem(405), Offline),
        (404, b"<html>", Offline),
        (200, b"<html>hotel wifi", Offline),
        (200, b"[]", Offline),
        (302, b"", Offline),
        (503, problem(503), Offline),
        (507, b"", Offline),
        (401, problem(401), Unauthorised),
        (403, problem(403), Unauthorised),
    ],
)
def test_what_is_no_answer_to_events_keeps_them(store, status, body, expected):
    handler = type("Handler", (_Odd,), {"status": status, "body": body})
    server = HTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
    store.keep_events([an_event()])
    client = FeedClient(f"http://127.0.0.1:{server.server_port}")
    try:
        with pytest.raises(expected):
            push_once(store, client)
    finally:
        client.close()
        server.shutdown()
        server.server_close()
    assert store.owed() == Owed(waiting=1, parked=0)


def test_killed_while_pushing_nothing_is_lost_or_doubled(centre, store, tmp_path):
    sent = [an_event() for _ in range(40)]
    store.keep_events(sent)
    path = tmp_path / "terminal" / "terminal.db"
    kills = 0
    with centre.served() as address:
        while store.owed().waiting and kills < 2:
            before = len(received(centre))
            pusher = subprocess.Popen([sys.executable, "-c", PUSHER, address, str(path)], cwd=ROOT)
            end = utc_now() + timedelta(seconds=20)
            while pusher.poll() is None and len(received(centre)) < before + 5:
                assert utc_now() < end
            os.kill(pusher.pid, signal.SIGKILL)
            pusher.wait()
            kills += 1
        assert kills
        client = FeedClient(address)
        push_once(store, client)
        client.close()
    assert received(centre) == {event.id for event in sent}
    assert counts(ratings_since(centre.database, DAY))[Grade.FAIR] == 40
    assert store.owed() == Owed(0, 0)


# When it is pushed


class Elapsed:
    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


def told(store: TerminalStore) -> dict[str, Any]:
    return next(dict(part.facts) for part in store.health() if part.component == COMPONENT)


def test_failures_wait_longer_and_longer_and_never_raise(store, caplog):
    elapsed = Elapsed()
    pushing = Pushing(elapsed, lambda: 0.5)
    store.keep_events([an_event()])
    server = Scripted(*[Offline("away")] * 4)
    tries = []
    for second in range(40):
        elapsed.s = float(second)
        before = len(server.batches)
        pushing.turn(store, server, utc_now())
        if len(server.batches) > before:
            tries.append(second)
    # Half of 2, 4, 8, 16 s after each failure.
    assert tries == [0, 1, 3, 7, 15]
    assert store.owed() == Owed(0, 0)
    assert [record.levelno for record in caplog.records].count(logging.WARNING) == 1


def test_a_server_that_does_not_know_the_terminal_is_asked_seldom(store, caplog):
    elapsed = Elapsed()
    pushing = Pushing(elapsed, lambda: 0.5)
    store.keep_events([an_event()])
    server = Scripted(Unauthorised("who"), Unauthorised("who"))
    for elapsed.s in range(0, 1000, 10):
        pushing.turn(store, server, utc_now())
    assert len(server.batches) == 2
    assert "ERROR" in caplog.text


def test_staff_learn_how_the_outbox_is_once_a_minute(store):
    elapsed = Elapsed()
    pushing = Pushing(elapsed, lambda: 0.999)
    pushing.turn(store, Scripted(), utc_now())
    assert told(store) == {"waiting": 0, "parked": 0, "problem": ""}
    store.keep_events([an_event()])
    server = Scripted(Offline("away"))
    elapsed.s = 59.0
    pushing.turn(store, server, utc_now())
    assert told(store)["waiting"] == 0
    elapsed.s = 60.0
    pushing.turn(store, server, utc_now())
    assert told(store) == {"waiting": 1, "parked": 0, "problem": "Offline: away"}


# The endpoint


def post(address: str, body: Any, kind: str = BATCH_MEDIA_TYPE) -> Any:
    import requests

    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    session = requests.Session()
    session.trust_env = False
    with session:
        return session.post(f"{address}/v1/events", data=data, headers={"Content-Type": kind},
                            timeout=10)  # fmt: skip


def test_the_endpoint_answers_for_each_item_and_refuses_what_is_no_batch(centre):
    good = an_event()
    wire = good.model_dump(mode="json", exclude_none=True)
    odd = {**wire, "id": "\ud800"}
    with centre.served() as address:
        mixed = post(address, [wire, {**wire, "data": {"grade": "x"}, "id": "2"}, 7, odd, wire])
        assert mixed.status_code == 200
        assert [item["status"] for item in mixed.json()["results"]] == [201, 422, 422, 422, 200]
        assert [item["id"] for item in mixed.json()["results"]][:2] == [good.id, "2"]
        for body, kind, status in (
            ({"no": "list"}, BATCH_MEDIA_TYPE, 400),
            (b"{", BATCH_MEDIA_TYPE, 400),
            (b"[" * 100_000, BATCH_MEDIA_TYPE, 400),
            ([wire], "application/json", 415),
            ([wire] * 101, BATCH_MEDIA_TYPE, 400),
            (b" " * 300_000, BATCH_MEDIA_TYPE, 413),
        ):
            refused = post(address, body, kind)
            assert refused.status_code == status
            assert refused.headers["Content-Type"] == "application/problem+json"
    assert received(centre) == {good.id}


def test_health_names_what_does_not_get_through(store):
    from kiosk.commands.health import complaints

    def said():
        part = next(part for part in store.health() if part.component == COMPONENT)
        return " ".join(complaints(part, utc_now()))

    for facts, words in (
        ({"waiting": 0, "parked": 0, "problem": ""}, ""),
        ({"waiting": 5, "parked": 0, "problem": ""}, ""),
        ({"waiting": 5, "parked": 0, "problem": "Offline: away"}, "5 events wait"),
        ({"waiting": 0, "parked": 2, "problem": ""}, "2 events that the server will not take"),
    ):
        store.tell_health(COMPONENT, utc_now(), facts)
        assert said().startswith(words)
        assert bool(said()) is bool(words)
