"""The sender against servers of tus that others wrote, while either side is killed on the way."""

import hashlib
import io
import os
import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.private.store import PrivateStore
from kiosk.private.transfer import State
from kiosk.sync import sender as sender_module
from kiosk.sync import upload
from kiosk.sync.errors import FilesMissing, Offline
from kiosk.sync.receipt import make_receipt, sign_receipt
from kiosk.sync.sender import Sender
from kiosk.sync.signatures import KeySet, public_key
from kiosk.sync.submission import Manifest, SignedReceipt
from kiosk.sync.upload import SubmissionClient
from tests.private.builders import KEY, NOW, Machine, a_manifest
from tests.sync.handing_in import MemoryReader, content, handed
from tests.sync.tus_servers import NAMES, TusServer, running

SUBMISSION = "0195a000-0000-7000-8000-000000000001"
POINTS = int(os.environ.get("MINGTANG_TUS_POINTS", "6"))
SIZE = int(os.environ.get("MINGTANG_TUS_MEGABYTES", "8")) * 1_000_000
"""For a long run; the default is for every day."""


class Killed(BaseException):
    """The terminal's process is dead: only what stands in its store is left."""


@pytest.fixture(params=NAMES)
def server(request, tmp_path):
    with running(request.param, tmp_path) as started:
        yield started


class Committing(SubmissionClient):
    """Files go to a foreign server; the commit, which is ours, looks at what stands there."""

    def __init__(self, server: TusServer, key: Ed25519PrivateKey, fate: Callable[[int], None]):
        super().__init__(server.address)
        self._files, self._key, self._fate = server, key, fate

    def send_file(self, address, reader, progress=lambda _sent: None):
        def told(sent):
            progress(sent)
            self._fate(sent)

        super().send_file(address, reader, told)

    def submit(self, submission: str, manifest: Manifest) -> SignedReceipt:
        for file in manifest.files:
            found = self._files.content_of(file.upload)
            if found is None or hashlib.sha256(found).hexdigest() != file.sha256:
                raise FilesMissing("the file received is not the one that was announced")
        receipt = make_receipt(manifest, submission, number="7KQ4-92WM-DXHE", received_at=NOW)
        return sign_receipt(receipt, self._key)


def deliver_through_kills(
    server: TusServer, folder: Path, data: bytes, fates: list[tuple[int, str]]
) -> Counter[str]:
    """Hand a file in; at these offsets one side is killed. How often each was."""
    machine, key, killed = Machine(), Ed25519PrivateKey.generate(), Counter[str]()
    left = sorted(fates, reverse=True)

    def fate(sent: int) -> None:
        if left and sent >= left[-1][0]:
            side = left.pop()[1]
            killed[side] += 1
            if side == "client":
                raise Killed
            server.kill()

    with PrivateStore(folder, KEY, clocks=machine, margin_bytes=0) as store:
        staged = [store.stage(io.BytesIO(data), name="a.pdf", media_type="a/b", size=len(data))]
        id = store.hand_in(a_manifest(*staged), staged, NOW, session="visit")
    for _ in range(4 * len(fates) + 4):
        client = Committing(server, key, fate)
        with PrivateStore(folder, KEY, clocks=machine, margin_bytes=0) as store:
            sender = Sender(store.outbox, client, lambda: KeySet(keys=(public_key(key),)))
            try:
                sender.send_due(quick=False)
            except Killed:
                pass
            else:
                server.start()
            told = store.progress(id)
            client.close()
            assert told is not None
            if told.state is State.DELIVERED:
                return killed
            assert told.state in (State.WAITING, State.SENDING)
        machine.pass_by(timedelta(minutes=20))
    raise AssertionError("never delivered")


def test_a_file_arrives(server, tmp_path):
    data = content(3_000_000, 1)
    assert not deliver_through_kills(server, tmp_path / "terminal", data, [])
    assert server.contents() == [data]


@pytest.mark.parametrize("seed", [5])
def test_whichever_side_is_killed_the_right_bytes_are_handed_in(
    server, tmp_path, monkeypatch, seed
):
    """tuspyserver appends before it notes the offset: a kill in between doubles a stretch.

    Only the digest at the commit tells, and the sender then begins the file anew by itself.
    """
    monkeypatch.setattr(upload, "PIECE", max(1_000_000, SIZE // 20))
    monkeypatch.setattr(sender_module, "PROGRESS_S", 0.0)
    chance, data = random.Random(seed), content(SIZE, 2)
    fates = [(chance.randrange(SIZE), ("server", "client")[n % 2]) for n in range(POINTS)]
    killed = deliver_through_kills(server, tmp_path / "terminal", data, fates)
    assert killed == {"server": (POINTS + 1) // 2, "client": POINTS // 2}
    assert data in server.contents()


def test_bytes_that_the_server_spoilt_are_sent_again_by_the_sender(server, tmp_path):
    data, spoilt = content(2_000_000, 4), []

    class Spoiling(Committing):
        def submit(self, submission, manifest):
            if not spoilt:
                [path] = [p for p in server.folder.rglob("*") if p.stat().st_size == len(data)]
                path.write_bytes(bytes(len(data)))
                spoilt.append(manifest.files[0].upload)
            else:
                spoilt.append(manifest.files[0].upload)
            return super().submit(submission, manifest)

    key = Ed25519PrivateKey.generate()
    with PrivateStore(tmp_path / "t", KEY, clocks=Machine(), margin_bytes=0) as store:
        staged = [store.stage(io.BytesIO(data), name="a.pdf", media_type="a/b", size=len(data))]
        id = store.hand_in(a_manifest(*staged), staged, NOW, session="visit")
        client = Spoiling(server, key, lambda _sent: None)
        Sender(store.outbox, client, lambda: KeySet(keys=(public_key(key),))).send_due(quick=False)
        client.close()
        assert store.progress(id).state is State.DELIVERED
    assert len(set(spoilt)) == 2 and server.contents() == [data]


def test_a_paused_transfer_goes_on(server, monkeypatch):
    monkeypatch.setattr(upload, "PIECE", 500_000)
    data = content(2_000_000, 3)

    class Paused(Exception):
        pass

    def pause(sent):
        if sent >= 1_200_000:
            raise Paused

    client = SubmissionClient(server.address)
    address = client.create_upload(handed(data), SUBMISSION)
    with pytest.raises(Paused):
        client.send_file(address, MemoryReader(data), pause)
    told = []
    other = SubmissionClient(server.address)
    for _ in range(5):
        try:
            other.send_file(address, MemoryReader(data), told.append)
            break
        except Offline:
            continue
    assert told[0] >= 1_000_000
    assert server.contents() == [data]
