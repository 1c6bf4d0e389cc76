"""Nothing personal lies readable on the disk, ever; after the session not even under the key."""

import logging
import random
import string
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.private.identity import Identity
from kiosk.private.store import PrivateStore
from kiosk.store.terminal import TerminalStore
from kiosk.sync.errors import Rejected
from kiosk.sync.events import Event
from kiosk.sync.receipt import make_receipt, sign_receipt
from kiosk.sync.sender import Sender
from kiosk.sync.sending import COMPONENT, facts
from kiosk.sync.signatures import KeySet, public_key
from kiosk.sync.submission import FormContent, Matters, Submitter, Way
from tests.private.builders import KEY, NOW, Machine, a_manifest, stage

HANZI = [chr(code) for code in range(0x4E00, 0x9FA5) if len(chr(code).encode("gbk", "ignore")) == 2]


class Markers:
    """Random words that stand for what a visitor brings."""

    def __init__(self, seed: int) -> None:
        chance = random.Random(seed)
        hanzi = lambda count: "".join(chance.sample(HANZI, count))  # noqa: E731
        self.name = hanzi(4)
        self.number = "".join(chance.choices(string.digits, k=18))
        self.unit, self.text, self.file_name = hanzi(8), hanzi(12), hanzi(6)
        self.title, self.assistant = hanzi(9), hanzi(5)
        self.content = "".join(chance.choices(string.ascii_letters, k=4000)) + hanzi(20)
        self.identity = Identity(self.name, self.number)

    def readable(self) -> list[bytes]:
        """Every marker in the encodings in which it might be found."""
        words = [self.name, self.number, self.unit, self.text, self.file_name, self.title,
                 self.assistant, self.content[500:530], self.content[-20:]]  # fmt: skip
        return [
            word.encode(encoding)
            for word in words
            for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gbk")
        ]


def found(folder, markers: Markers) -> list[str]:
    return [
        f"{path.name}: {marker!r}"
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for data in [path.read_bytes()]
        for marker in markers.readable()
        if marker in data or marker in path.name.encode()
    ]


def visit(store: PrivateStore, markers: Markers, *, hand_in: bool = True) -> str:
    """A visitor enters, chooses files, hands in, asks."""
    for length in range(1, len(markers.text) + 1):
        values = {"unit": markers.unit, "text": markers.text[:length]}
        store.save_draft(markers.identity, "bidder-registration", 3, "unit", values, NOW)
    taken = stage(store, markers.content.encode("gbk"), markers.file_name)
    stage(store, b"not handed in " + markers.content.encode(), markers.file_name)
    store.owe_event(
        Event(
            id="1",
            source="/terminals/x",
            type="t",
            data={"name": markers.name, "by": markers.assistant},
        )
    )
    store.ask_matters(markers.identity)
    manifest = a_manifest(
        taken,
        title=markers.title,
        submitter=Submitter(name=markers.name, number=markers.number, way=Way.CARD),
        form=FormContent(form="bidder-registration", version=3, values={"text": markers.text}),
    )
    return store.hand_in(manifest, [taken], NOW) if hand_in else ""


class Server:
    """Takes everything."""

    def __init__(self) -> None:
        self.key = Ed25519PrivateKey.generate()

    def create_upload(self, *_):
        return "/uploads/1"

    def send_file(self, address, reader, progress):
        while reader.read(1000):
            progress(reader.tell())

    def submit(self, submission, manifest):
        receipt = make_receipt(manifest, submission, number="7KQ4-92WM-DXHE", received_at=NOW)
        return sign_receipt(receipt, self.key)

    def keys(self):
        return KeySet(keys=(public_key(self.key),))

    def matters(self, _):
        return Matters(server_time=NOW)

    def send_events(self, batch):
        raise Rejected("an answer of 422")


def send(store: PrivateStore) -> None:
    sender = Sender(store.outbox, Server(), lambda: KeySet(keys=()))
    while sender.send_due(quick=True) or sender.send_due(quick=False):
        pass


def decrypted(store: PrivateStore) -> bytes:
    """Everything that the database's key alone makes readable."""
    rows = []
    for (table,) in store._database.conn.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table'"
    ).fetchall():
        rows += store._database.conn.execute(f"SELECT * FROM {table}").fetchall()
    return b"\n".join(
        each if isinstance(each, bytes) else str(each).encode() for row in rows for each in row
    )


@pytest.mark.parametrize("seed", range(2))
def test_nothing_is_readable_while_it_is_kept_nor_afterwards(folder, machine, caplog, seed):
    caplog.set_level(logging.DEBUG)
    markers = Markers(seed)
    folder.mkdir()
    with (
        PrivateStore(folder, KEY, clocks=machine, margin_bytes=0) as store,
        TerminalStore(folder / "terminal.db") as public,
    ):
        id = visit(store, markers)
        assert found(folder, markers) == []
        send(store)
        assert store.receipt(id) is not None
        public.tell_health(COMPONENT, NOW, facts(store.outbox.health()))
        assert found(folder, markers) == []
        # While the visitor is there, the key alone shows who it is.
        assert markers.title.encode() in decrypted(store) or markers.name[0].encode() in (
            decrypted(store)
        )
        assert store.forget()
        assert found(folder, markers) == []
        assert (folder / "private.db-wal").stat().st_size == 0
        assert list((folder / "staged").iterdir()) == []
        store.outbox.done("1")
        kept = decrypted(store)
        assert [m for m in markers.readable() if m in kept] == []
        assert [each.receipt is not None for each in store.keepsakes(markers.identity)] == [True]
    (folder / "log").write_text(caplog.text)
    assert found(folder, markers) == []
    assert "7KQ4" not in caplog.text


def test_the_search_would_find_what_is_readable(folder, tmp_path):
    markers = Markers(1)
    folder.mkdir()
    for encoding in ("utf-8", "utf-16-le", "gbk"):
        (folder / "x").write_bytes(b"abc" + markers.text.encode(encoding))
        assert found(folder, markers)


def test_a_session_that_ends_in_the_middle_leaves_drafts_and_nothing_else(folder, machine):
    markers = Markers(7)
    with PrivateStore(folder, KEY, clocks=machine, margin_bytes=0) as store:
        visit(store, markers, hand_in=False)
        store.outbox.done("1")
        assert store.forget()
        assert found(folder, markers) == []
        assert list((folder / "staged").iterdir()) == []
        kept = decrypted(store)
        assert [m for m in markers.readable() if m in kept] == []
        assert store.draft(markers.identity, "bidder-registration").values["text"] == markers.text
        machine.pass_by(timedelta(hours=24))
        store.outbox.tidy(None)
        assert store._database.conn.execute("SELECT 1 FROM drafts").fetchall() == []


def test_deleted_content_is_overwritten_in_the_file(folder, machine):
    """Through a copy without encryption, page by page: free pages are empty."""
    markers = Markers(9)
    with PrivateStore(folder, KEY, clocks=machine, margin_bytes=0) as store:
        visit(store, markers)
        send(store)
        store.outbox.done("1")
        assert store.forget()
        pages = raw_pages(folder / "private.db")
    assert [m for m in markers.readable() if m in pages] == []


def test_the_pages_would_show_what_is_there(folder, machine):
    markers = Markers(9)
    with PrivateStore(folder, KEY, clocks=machine, margin_bytes=0) as store:
        store._database.conn.execute("PRAGMA secure_delete = OFF")
        visit(store, markers)
        send(store)
        store.outbox.done("1")
        assert store.forget()
        pages = raw_pages(folder / "private.db")
    assert any(m in pages for m in markers.readable())


def raw_pages(path) -> bytes:
    """Decrypt every page of the file (SQLCipher design: AES-256-CBC, reserve of 80 bytes)."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    data, size, reserve = path.read_bytes(), 4096, 80
    pages = []
    for number in range(len(data) // size):
        page = data[number * size : (number + 1) * size]
        body = page[16 if number == 0 else 0 : size - reserve]
        vector = page[size - reserve : size - reserve + 16]
        reader = Cipher(algorithms.AES(KEY.value), modes.CBC(vector)).decryptor()
        pages.append(reader.update(body) + reader.finalize())
    return b"".join(pages)


def test_an_event_with_a_name_stays_only_under_the_key_until_it_is_taken(folder, machine):
    markers = Markers(11)
    with PrivateStore(folder, KEY, clocks=Machine(), margin_bytes=0) as store:
        visit(store, markers, hand_in=False)
        store.forget()
        assert markers.assistant.encode() in decrypted(store)
        store.outbox.done("1")
        assert markers.assistant.encode() not in decrypted(store)
