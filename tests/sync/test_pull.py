import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from display.trusted_time import Reading
from kiosk.central.withdrawal import withdraw
from kiosk.store.filters import Filters
from kiosk.store.terminal import TerminalStore
from kiosk.sync import client as client_module
from kiosk.sync.client import FeedClient
from kiosk.sync.contract import CONTROL, Page
from kiosk.sync.errors import Offline
from kiosk.sync.pull import pull_once

CHANNELS = (CONTROL, "public-420500", "site-main")
ROOT = Path(__file__).parents[2]

PULLER = """
import sys
from pathlib import Path
from kiosk.store.terminal import TerminalStore
from kiosk.sync import client
from kiosk.clocks import read_clocks
from kiosk.sync.pull import pull_once
client.PAGE_LIMIT = 10
with TerminalStore(Path(sys.argv[2])) as store:
    print("ready", flush=True)
    source = client.FeedClient(sys.argv[1])
    pull_once(store, source, ("control", "public-420500", "site-main"), read_clocks)
"""


@pytest.fixture
def small_pages(monkeypatch):
    monkeypatch.setattr(client_module, "PAGE_LIMIT", 3)


@pytest.fixture
def store(tmp_path):
    with TerminalStore(tmp_path / "terminal" / "terminal.db") as opened:
        yield opened


def _ids(store: TerminalStore, centre) -> set[str]:
    return {n.id for n in store.search("", Filters(centre.clock()), limit=5000).notices}


def _content(store: TerminalStore, centre) -> list[object]:
    return [(id, store.notice(id)) for id in sorted(_ids(store, centre))]


def test_a_store_follows_its_server(centre, store, small_pages):
    centre.take(*(centre.portal(f"r{i}", content_text="正文" * i) for i in range(8)))
    with centre.served() as address:
        client = FeedClient(address)
        first = pull_once(store, client, CHANNELS, centre.reading)
        assert (first.changed, first.skipped) == (8, 0)
        assert _ids(store, centre) == {f"r{i}" for i in range(8)}
        notice = store.notice("r5")
        assert notice is not None
        assert notice.body == "正文" * 5
        centre.take(centre.portal("r5", title="东山路改线工程招标公告"))
        withdraw(centre.database, "r2", now=centre.clock())
        pull_once(store, client, CHANNELS, centre.reading)
        assert store.search("改线", Filters(centre.clock())).notices[0].id == "r5"
        assert store.notice("r2") is None
        assert set(store.known().withdrawn) == {"r2"}
        contact = store.contact()
        assert contact is not None
        assert (contact.reading.wall, contact.server_time) == (centre.clock(), centre.clock())
        assert pull_once(store, client, CHANNELS, centre.reading).changed == 0
        client.close()


def test_a_channel_that_is_rejected_does_not_stop_the_others(centre, store):
    centre.take(centre.portal("a"))
    with centre.served() as address:
        client = FeedClient(address)
        pulled = pull_once(store, client, (CONTROL, "site-other", CHANNELS[1]), centre.reading)
        client.close()
    assert set(pulled.rejected) == {"site-other"}
    assert _ids(store, centre) == {"a"}


class Spying:
    """Hands pages on, and does something before a given one."""

    def __init__(self, client: FeedClient) -> None:
        self._client = client
        self.asked: list[str] = []
        self.before: dict[int, object] = {}

    def changes(self, channel: str, since: str, *, longpoll_s: float | None = None) -> Page:
        action = self.before.get(len(self.asked))
        if callable(action):
            action()
        self.asked.append(channel)
        return self._client.changes(channel, since, longpoll_s=longpoll_s)


def test_a_withdrawal_overtakes_a_backlog(centre, store, small_pages):
    centre.take(*(centre.portal(f"r{i}") for i in range(9)))
    with centre.served() as address:
        spy = Spying(FeedClient(address))
        pages: list[set[str]] = []
        spy.before[3] = lambda: pages.append(_ids(store, centre))
        spy.before[2] = lambda: withdraw(centre.database, "r0", now=centre.clock())
        pull_once(store, spy, CHANNELS, centre.reading)
        spy._client.close()
    # The first page held r0; the look at control between the pages took it off.
    assert spy.asked[:5] == [CONTROL, CHANNELS[1], CONTROL, CHANNELS[1], CONTROL]
    assert pages == [{"r1", "r2"}]
    assert _ids(store, centre) == {f"r{i}" for i in range(1, 9)}


def test_a_server_that_began_anew(centre, store, small_pages, clock, tmp_path):
    Centre = type(centre)
    centre.take(*(centre.portal(f"r{i}") for i in range(5)))
    withdraw(centre.database, "r1", now=centre.clock())
    with centre.served() as address:
        client = FeedClient(address)
        pull_once(store, client, CHANNELS, lambda: Reading(clock()))
        client.close()
    (tmp_path / "second").mkdir()
    second = Centre(tmp_path / "second", clock)
    second.take(*(second.portal(f"r{i}", title=f"新公告{i}") for i in (1, 3, 4, 5, 6, 7)))
    with second.served() as address:
        spy = Spying(FeedClient(address))
        seen: list[set[str]] = []
        for step in range(30):
            spy.before[step] = lambda: seen.append(_ids(store, centre))
        pull_once(store, spy, CHANNELS, lambda: Reading(clock()))
        spy._client.close()
    assert all({"r3", "r4"} <= ids for ids in seen)
    assert _ids(store, centre) == {"r1", "r3", "r4", "r5", "r6", "r7"}
    assert store.count("新公告", Filters(clock())) == 6
    assert store.count("东山路", Filters(clock())) == 0
    second.database.close()


def test_pages_that_do_not_go_on_are_not_asked_for_ever(centre, store, make_page):
    class Stuck:
        def changes(self, channel: str, since: str, *, longpoll_s: float | None = None) -> Page:
            return make_page(last_seq="1-e", pending=3)

    with pytest.raises(Offline):
        pull_once(store, Stuck(), CHANNELS, centre.reading)


@pytest.fixture
def make_page(centre):
    def make(last_seq: str, pending: int) -> Page:
        return Page(
            results=(), last_seq=last_seq, pending=pending, epoch="e", server_time=centre.clock()
        )

    return make


def test_nothing_of_a_notice_is_on_the_terminal_before_its_moment(centre, store, tmp_path):
    title = "鱻麤龘靐工程招标公告"
    centre.take(
        centre.portal("early", title=title, publish_date="2026-03-17 12:00:01"), centre.portal("b")
    )

    def on_disk() -> list[str]:
        data = b"".join(path.read_bytes() for path in (tmp_path / "terminal").iterdir())
        pieces = [title[i : i + 2] for i in range(4)] + ["early"]
        return [piece for piece in pieces if piece.encode() in data]

    with centre.served() as address:
        client = FeedClient(address)
        pull_once(store, client, CHANNELS, centre.reading)
        assert _ids(store, centre) == {"b"}
        assert on_disk() == []
        centre.clock.pass_by(seconds=1)
        pull_once(store, client, CHANNELS, centre.reading)
        client.close()
    assert _ids(store, centre) == {"b", "early"}
    assert "鱻麤" in on_disk()


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_any_point_it_ends_in_the_same_state(centre, tmp_path, seed):
    chance = random.Random(seed)
    centre.take(*(centre.portal(f"r{i}", content_text="正文" * 50) for i in range(300)))
    for i in range(0, 300, 29):
        withdraw(centre.database, f"r{i}", now=centre.clock())
    path = tmp_path / "killed.db"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with centre.served() as address, TerminalStore(tmp_path / "straight.db") as straight:
        kills = 0
        for _ in range(5):
            process = subprocess.Popen(
                [sys.executable, "-c", PULLER, address, str(path)],
                stdout=subprocess.PIPE,
                env=environment,
            )
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            time.sleep(chance.uniform(0, 0.25))
            process.send_signal(signal.SIGKILL)
            kills += process.wait() == -signal.SIGKILL
            process.stdout.close()
        assert kills
        client = FeedClient(address)
        pull_once(straight, client, CHANNELS, centre.reading)
        with TerminalStore(path) as store:
            pull_once(store, client, CHANNELS, centre.reading)
            assert _content(store, centre) == _content(straight, centre)
            assert len(_content(store, centre)) == 289
            assert store.count("道路", Filters(centre.clock())) == 289
            assert set(store.known().withdrawn) == set(straight.known().withdrawn)
        client.close()


def test_a_store_knows_when_it_was_complete(centre, store, small_pages):
    centre.take(*(centre.portal(f"r{i}") for i in range(8)))
    with centre.served() as address:
        client = FeedClient(address)
        looks = iter(range(1000))
        pull_once(store, client, CHANNELS, centre.reading, is_stopped=lambda: next(looks) > 3)
        assert store.complete_at() is None
        began = centre.clock()
        pull_once(store, client, CHANNELS, centre.reading)
        assert store.complete_at() == began
        centre.clock.pass_by(minutes=1)
        pull_once(store, client, (CONTROL, "site-other"), centre.reading)
        assert store.complete_at() == began
