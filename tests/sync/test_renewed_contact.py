"""After an outage: whoever hears the server first wakes what waits, and health is not silent."""

import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.private.store import PrivateStore
from kiosk.private.transfer import State, Trouble
from kiosk.store.terminal import DATABASE_NAME, TerminalStore
from kiosk.sync import run as run_module
from kiosk.sync.errors import Offline, Rejected, SyncError, Unauthorised
from kiosk.sync.pushing import COMPONENT, Pushing
from kiosk.sync.reach import Reach
from kiosk.sync.sender import WAKE_S, Sender
from kiosk.sync.signatures import KeySet, public_key
from tests.private.builders import KEY, NOW, Machine, a_manifest
from tests.sync.test_sender import StandIn, opened, running, wait_until


def test_only_a_return_counts_and_the_first_answer_is_one() -> None:
    reach = Reach()
    reach.lost()
    assert reach.regained == 0
    reach.answered()
    reach.answered()
    assert reach.regained == 1
    reach.lost()
    reach.lost()
    assert reach.regained == 1
    reach.answered()
    assert reach.regained == 2


def hand_in(store: PrivateStore, second: int) -> str:
    now = NOW + timedelta(seconds=second)
    return store.hand_in(a_manifest(), [], now)


def test_what_waits_for_the_server_is_tried_within_seconds_each_at_another_time(
    tmp_path: Path,
) -> None:
    machine, server = Machine(), StandIn()
    with PrivateStore(tmp_path, KEY, clocks=machine, margin_bytes=0) as store:
        chances = iter([0.9, 0.9, 0.9, 0.2, 0.6])
        keys = lambda: KeySet(keys=(public_key(server.key),))  # noqa: E731
        sender = Sender(store.outbox, server, keys, chance=lambda: next(chances))
        wish = Offline("away", retry_after_s=700.0)
        first, second, stopped = (hand_in(store, each) for each in range(3))
        server.fails["submit"] = [wish, wish, Unauthorised("who")]
        for _ in range(3):
            assert sender.send_due(quick=True)
        waits = {each.id: each.next_s for each in store.outbox.waiting()}
        assert min(waits[first], waits[second]) >= 700 and store.outbox.is_stopped()
        sender.server_is_back()
        waits = {each.id: each.next_s for each in store.outbox.waiting()}
        assert waits[first] == pytest.approx(0.2 * WAKE_S)
        assert waits[second] == pytest.approx(0.6 * WAKE_S)
        assert store.outbox.is_stopped(), "that the terminal is not accepted is another matter"
        problems = {each.id: each.problem for each in store.outbox.waiting()}
        assert problems[stopped] is Trouble.REFUSED
        # Whose turn comes sooner anyway keeps it.
        machine.pass_by(timedelta(seconds=0.5))
        before = [each.next_s for each in store.outbox.waiting()]
        store.outbox.wake(lambda: 300.0)
        assert [each.next_s for each in store.outbox.waiting()] == before


def test_the_running_threads_wake_when_another_one_hears_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.sync.sender.WAKE_S", 0.2)
    folder, server, reach = tmp_path / "terminal", StandIn(), Reach()
    monkeypatch.setattr(
        "kiosk.sync.sending.Sending._known_keys",
        lambda _: KeySet(keys=(public_key(server.key),)),
    )
    server.fails["submit"] = [Offline("away", retry_after_s=800.0)]
    with running(folder, server, reach=reach), opened(folder) as store:
        id = hand_in(store, 0)
        wait_until(lambda: store.progress(id).next_s > 700)
        time.sleep(0.6)
        assert server.commits == 0
        reach.answered()
        wait_until(lambda: store.progress(id).state is State.DELIVERED, 3)


@pytest.mark.parametrize("answer", [None, Rejected("no")])
def test_an_answer_to_a_submission_tells_the_others_that_the_server_is_there(
    tmp_path: Path, answer: SyncError | None
) -> None:
    server, reach = StandIn(), Reach()
    with PrivateStore(tmp_path, KEY, clocks=Machine(), margin_bytes=0) as store:
        keys = lambda: KeySet(keys=(public_key(server.key),))  # noqa: E731
        sender = Sender(store.outbox, server, keys, answered=reach.answered)
        hand_in(store, 0)
        server.fails["submit"] = [Offline("away")]
        sender.send_due(quick=True)
        assert reach.regained == 0
        server.fails["submit"] = [] if answer is None else [answer]
        store.outbox.retry(store.outbox.waiting()[0].id)
        sender.send_due(quick=True)
        assert reach.regained == 1


def test_the_wait_for_the_feed_ends_when_another_thread_had_an_answer() -> None:
    reach, stop = Reach(), threading.Event()
    loop = run_module._Loop(stop, reach)
    looked: list[float] = []

    def meanwhile() -> None:
        looked.append(time.monotonic())
        if len(looked) == 2:
            reach.answered()

    began = time.monotonic()
    loop._wait(60.0, meanwhile)
    assert time.monotonic() - began < 10


def test_the_server_is_looked_for_once_a_minute_at_least(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(run_module, "backoff", lambda *_a, **more: more["retry_after_s"] or 900.0)
    loop = run_module._Loop(threading.Event(), Reach())
    monkeypatch.setattr(loop, "_wait", lambda wait_s, _meanwhile: waits.append(wait_s))
    loop.failed(Offline("away"))
    assert waits[0] <= 1.2 * run_module.LONGEST_SILENCE_S
    loop.failed(Offline("busy", retry_after_s=600.0))
    assert waits[1] == 600.0, "the server's wish counts"
    loop.failed(Unauthorised("who"))
    assert waits[2] > 600.0


def told(store: TerminalStore) -> dict[str, object]:
    return next(dict(part.facts) for part in store.health() if part.component == COMPONENT)


def test_health_hears_of_the_outbox_while_the_server_is_away(tmp_path: Path) -> None:
    class Nobody:
        def send_events(self, batch: object) -> object:
            raise AssertionError

    second = 0.0
    with TerminalStore(tmp_path / DATABASE_NAME) as store:
        pushing = Pushing(lambda: second, lambda: 0.5)
        pushing.turn(store, Nobody(), NOW)
        assert "away" not in told(store)
        pushing.away(store, NOW, Offline("no route"))
        assert told(store)["away"] is True, "at once, not after a minute"
        for second in (10.0, 59.0):
            pushing.away(store, NOW + timedelta(seconds=second), Offline("no route"))
        assert store.health()[0].at == NOW
        second = 60.0
        pushing.away(store, NOW + timedelta(seconds=60), Offline("no route"))
        assert store.health()[0].at == NOW + timedelta(seconds=60)
        pushing.server_is_back()
        pushing.turn(store, Nobody(), NOW + timedelta(seconds=61))
        assert "away" not in told(store) and store.health()[0].at > NOW + timedelta(seconds=60)
        second = 200.0
        pushing.away(store, NOW, Unauthorised("who"))
        assert told(store)["stopped"] is True
