"""The encrypted outbox against the real server: killed anywhere, each arrives exactly once."""

import io
import os
import random
import signal
import socket
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.central.keyring import Keyring
from kiosk.central.openings import start_opening
from kiosk.central.submissions import Submissions
from kiosk.central.uploads import Uploads
from kiosk.clocks import read_clocks
from kiosk.private.identity import Identity
from kiosk.private.opening import open_private
from kiosk.private.store import PrivateStore
from kiosk.private.transfer import State, Trouble
from kiosk.settings import Private
from kiosk.sync.instant import utc_now
from kiosk.sync.sender import Sender
from kiosk.sync.sending import Sending
from kiosk.sync.signatures import KeySet
from kiosk.sync.submission import HandedFile, Manifest, Role, Submitter, Way
from kiosk.sync.upload import SubmissionClient
from tests.private.builders import KEY, Machine

ROOT = Path(__file__).parents[2]
WHO = Identity("王小明", "210402199001011234")

SYNC = """
import sys, threading
from pathlib import Path
from kiosk.settings import Centre, Private, Settings, Sync, Terminal
from kiosk.sync.run import run
folder = Path(sys.argv[1])
run(
    Settings(
        centre=Centre(name="某中心", region="420500", site="main"),
        terminal=Terminal(name="FS-02", data=folder),
        sync=Sync(server=sys.argv[2], poll_s=60),
        private=Private(key=folder / "key"),
    ),
    threading.Event(),
)
"""


@pytest.fixture
def server(centre):
    centre.clock.now = utc_now()
    closes = (centre.clock.now + timedelta(days=2)).strftime("%Y-%m-%d %H:%M")
    centre.take(centre.portal("r1", closes_at=closes))
    return centre


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "terminal"


def handed_in(store: PrivateStore, *contents: bytes, session: str = "visit") -> str:
    staged = [
        store.stage(io.BytesIO(data), name=f"{n}.pdf", media_type="application/pdf")
        for n, data in enumerate(contents)
    ]
    manifest = Manifest(
        terminal="FS-02",
        role=Role.BIDDER,
        submitter=Submitter(name=WHO.name, number=WHO.number, way=Way.CARD),
        notice_id="r1",
        title="东山路道路改造工程",
        files=tuple(
            HandedFile(name=f.name, size=f.size, sha256=f.sha256, media_type=f.media_type)
            for f in staged
        ),
    )
    return store.hand_in(manifest, staged, utc_now(), session=session)


def received(centre):
    submissions = Submissions(
        centre.database, Uploads(centre.database), Keyring(centre.database.folder)
    )
    return {each.id: each for each in submissions.of_notice("r1")}


@pytest.fixture
def store(folder):
    with PrivateStore(folder, KEY, clocks=Machine(), margin_bytes=0) as opened:
        yield opened


def send(store: PrivateStore, address: str) -> None:
    client = SubmissionClient(address)
    sender = Sender(store.outbox, client, lambda: KeySet(keys=()))
    while sender.send_due(quick=True) or sender.send_due(quick=False):
        pass
    client.close()


def test_files_arrive_and_the_receipt_is_proven(server, store):
    contents = random.Random(1).randbytes(1_300_000), b"small"
    id = handed_in(store, *contents)
    with server.served() as address:
        send(store, address)
        assert store.progress(id).state is State.DELIVERED
        [taken] = received(server).values()
        assert tuple(path.read_bytes() for path in taken.files) == contents
        assert store.receipt(id) == taken.signed
        assert store.receipts(WHO) == (taken.signed,)
        server.clock.pass_by(days=3)
        start_opening(server.database, "r1", server.clock())
        asked = store.ask_matters(WHO)
        send(store, address)
        matters = store.question(asked).answer.matters
        assert [each.signed for each in matters] == [taken.signed]


def test_the_deadline_is_the_servers_however_this_clock_stands(server, store):
    first, second = handed_in(store, b"in time"), handed_in(store, b"too late")
    with server.served() as address:
        client = SubmissionClient(address)
        sender = Sender(store.outbox, client, lambda: KeySet(keys=()))
        assert sender.send_due(quick=False)
        server.clock.pass_by(days=3)
        assert sender.send_due(quick=False)
        client.close()
    assert store.progress(first).state is State.DELIVERED
    told = store.progress(second)
    assert (told.state, told.problem) == (State.TOO_LATE, Trouble.TOO_LATE)
    assert set(received(server)) == {first}
    assert not list((Path(store._folder._folder)).iterdir())


def test_an_unknown_project_parks_only_that_one(server, store):
    server.take(server.portal("gone"))
    bad = handed_in(store, b"x")
    row = store._database.conn
    content = row.execute("SELECT content FROM items").fetchone()[0]
    manifest = Manifest.model_validate_json(content).model_copy(update={"notice_id": "none"})
    row.execute(
        "UPDATE items SET content = ?, digest = ?", [manifest.model_dump_json(), manifest.digest]
    )
    good = handed_in(store, b"y")
    with server.served() as address:
        send(store, address)
    assert store.progress(bad).state is State.PARKED
    assert store.progress(good).state is State.DELIVERED


def test_the_end_of_the_process_cuts_an_upload_and_counts_no_failure(folder):
    private = Private(key=folder / "key")
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        open_private(folder, folder / "key", clocks=read_clocks) as store,
    ):
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        id = handed_in(store, b"x" * 1000)
        with Sending(folder, private, lambda: SubmissionClient(address)):
            line, _ = silent.accept()
            assert store.progress(id).state is State.SENDING
            began = time.monotonic()
        assert time.monotonic() - began < 2
        line.close()
        told = store.progress(id)
        assert (told.state, told.next_s, told.problem) == (State.WAITING, 0, Trouble.NONE)


def start_sync(folder: Path, address: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", SYNC, str(folder), address],
        cwd=ROOT,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize("seed", range(1))
def test_the_sync_process_killed_again_and_again(server, folder, seed):
    chance = random.Random(seed)
    contents = [chance.randbytes(4_000_000), chance.randbytes(700_000), b"last"]
    with (
        server.served() as address,
        open_private(folder, folder / "key", clocks=read_clocks) as store,
    ):
        ids = [handed_in(store, data) for data in contents[:2]]
        kept = handed_in(store, contents[2], session="gone")
        store.forget("gone")
        for _ in range(3):
            process = start_sync(folder, address)
            until = time.monotonic() + 60
            begun = store.progress(ids[0]).attempts
            # From the moment it sends, it has a little while to get somewhere.
            while store.progress(ids[0]).state is not State.DELIVERED and (
                store.progress(ids[0]).attempts == begun
            ):
                assert time.monotonic() < until and process.poll() is None
                time.sleep(0.002)
            time.sleep(chance.uniform(0.0, 0.04))
            os.kill(process.pid, signal.SIGKILL)
            errors = process.communicate()[1].decode()
            assert WHO.name not in errors and WHO.number not in errors
            for id in ids:
                store.resume(id)
        process = start_sync(folder, address)
        until = time.monotonic() + 60
        while store.outbox.waiting():
            assert time.monotonic() < until and process.poll() is None
            time.sleep(0.02)
        process.terminate()
        process.communicate(timeout=10)
        taken = received(server)
        assert set(taken) == {*ids, kept}
        for id, data in zip([*ids, kept], contents, strict=True):
            [path] = taken[id].files
            assert path.read_bytes() == data
        for id in ids:
            assert store.receipt(id) == taken[id].signed
        assert {each.token for each in store.receipts(WHO)} == {
            each.signed.token for each in taken.values()
        }
        assert not list((folder / "staged").iterdir())
