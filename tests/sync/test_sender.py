"""The sender and the encrypted outbox: whatever is lost or refused, each arrives exactly once."""

import io
import itertools
import logging
import random
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kiosk.private.files import StagedFile
from kiosk.private.identity import Identity
from kiosk.private.store import PrivateStore
from kiosk.private.transfer import FileState, State, Trouble
from kiosk.sync import sender as sender_module
from kiosk.sync import sending as sending_module
from kiosk.sync.errors import (
    FilesMissing,
    Offline,
    ReceiptDoubtful,
    Rejected,
    SyncError,
    TooLate,
    Unauthorised,
    Unknown,
    UploadGone,
)
from kiosk.sync.events import BatchAnswer, Event, ItemAnswer, ItemStatus
from kiosk.sync.rate import Rate
from kiosk.sync.receipt import make_receipt, sign_receipt
from kiosk.sync.sender import Sender
from kiosk.sync.signatures import KeySet, public_key, vouch
from kiosk.sync.submission import Manifest, Matters, Person, SignedReceipt
from tests.private.builders import KEY, NOW, Machine, a_manifest

WHO = Identity("王小明", "210402199001011234")
PIECE = 1000


class StandIn:
    """A server in memory, that fails as it is told: method → errors, one a call."""

    def __init__(self, key: Ed25519PrivateKey | None = None) -> None:
        self.key = key or Ed25519PrivateKey.generate()
        self.uploads: dict[str, bytearray] = {}
        self.created = 0
        self.taken: dict[str, tuple[Manifest, SignedReceipt]] = {}
        self.commits = 0
        self.events: list[Event] = []
        self.calls: list[str] = []
        self.fails: dict[str, list[Exception]] = {}
        self.loses: dict[str, int] = {}
        self.pieces = -1

    def _called(self, name: str) -> None:
        self.calls.append(name)
        if self.fails.get(name):
            raise self.fails[name].pop(0)

    def _answered(self, name: str) -> None:
        if self.loses.get(name):
            self.loses[name] -= 1
            raise Offline("the answer was lost")

    def create_upload(self, file, submission):
        self._called("create")
        self.created += 1
        address = f"/uploads/{self.created}"
        self.uploads[address] = bytearray()
        self._answered("create")
        return address

    def send_file(self, address, reader, progress):
        self._called("send")
        if address not in self.uploads:
            raise UploadGone("404")
        held = self.uploads[address]
        reader.seek(len(held))
        while piece := reader.read(PIECE):
            if self.pieces == 0:
                self.pieces = -1
                raise Offline("cut")
            self.pieces -= 1
            held += piece
            progress(len(held))
        self._answered("send")

    def end_upload(self, address):
        self._called("end")
        if self.uploads.pop(address, None) is None:
            raise UploadGone("404")

    def submit(self, submission, manifest):
        self._called("submit")
        if submission not in self.taken:
            for file in manifest.files:
                if len(self.uploads.get(file.upload, b"")) != file.size:
                    raise FilesMissing("bytes are missing")
            receipt = make_receipt(manifest, submission, number="7KQ4-92WM-DXHE", received_at=NOW)
            self.taken[submission] = (manifest, sign_receipt(receipt, self.key))
            self.commits += 1
        first, signed = self.taken[submission]
        assert first.digest == manifest.digest
        self._answered("submit")
        return signed

    def interrupt(self):
        pass

    def close(self):
        pass

    def keys(self):
        self._called("keys")
        return KeySet(keys=(public_key(self.key),))

    def matters(self, person: Person):
        self._called("matters")
        return Matters(server_time=NOW)

    def send_events(self, batch):
        self._called("events")
        self.events += batch
        self._answered("events")
        return BatchAnswer(
            results=[ItemAnswer(source=e.source, id=e.id, status=ItemStatus.STORED) for e in batch]
        )


@pytest.fixture
def machine():
    return Machine()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "terminal"


@pytest.fixture
def store(folder, machine):
    with PrivateStore(folder, KEY, clocks=machine, margin_bytes=0) as opened:
        yield opened


@pytest.fixture
def server():
    return StandIn()


@pytest.fixture
def sender(store, server, machine):
    return Sender(store.outbox, server, server_keys(server), chance=lambda: 0.5,
                  elapsed=lambda: machine.uptime_s)  # fmt: skip


def server_keys(server: StandIn):
    return lambda: KeySet(keys=(public_key(server.key),))


def stage(store: PrivateStore, content: bytes, name: str = "a.pdf") -> StagedFile:
    return store.stage(
        io.BytesIO(content), name=name, media_type="application/pdf", size=len(content)
    )


def send(sender: Sender) -> int:
    """Send until nothing is due; how many attempts that took."""
    count = 0
    while sender.send_due(quick=True) or sender.send_due(quick=False):
        count += 1
        assert count < 50
    return count


def files_left(folder) -> list[str]:
    staged = folder / "staged"
    return [path.name for path in staged.iterdir()] if staged.exists() else []


CONTENT = random.Random(1).randbytes(5 * PIECE + 17)


_seconds = itertools.count()
"""No two are handed in at the same moment, so that their order is known."""


def handed_in(store, *contents, name="王小明", session="visit") -> str:
    staged = [stage(store, content, f"{i}.pdf") for i, content in enumerate(contents)]
    now = NOW + timedelta(seconds=next(_seconds))
    return store.hand_in(a_manifest(*staged, name=name), staged, now, session=session)


def test_a_submission_with_files_arrives_and_its_receipt_is_kept(store, server, sender, folder):
    id = handed_in(store, CONTENT, b"second")
    assert store.progress(id).state is State.WAITING
    assert [file.state for file in store.progress(id).files] == [FileState.CHOSEN] * 2
    assert send(sender) == 1
    manifest, signed = server.taken[id]
    assert [bytes(server.uploads[file.upload]) for file in manifest.files] == [CONTENT, b"second"]
    assert store.receipt(id) == signed
    assert store.receipts(WHO) == (signed,)
    done = store.progress(id)
    assert (done.state, done.sent, done.size) == (State.DELIVERED, 5023, 5023)
    assert [file.state for file in done.files] == [FileState.DELIVERED] * 2
    assert [file.name for file in done.files] == ["0.pdf", "1.pdf"]
    assert not files_left(folder)
    rows = store._database.conn.execute("SELECT content FROM items").fetchall()
    assert rows == [(None,)]
    assert send(sender) == 0


def test_after_the_session_only_the_owner_finds_the_receipt(store, server, sender):
    id = handed_in(store, CONTENT)
    send(sender)
    store.forget()
    assert store.receipt(id) is None and store.progress(id) is None
    assert store.receipts(WHO) == (server.taken[id][1],)
    assert store.receipts(Identity("别人", "210402199001011234")) == ()
    assert store._database.conn.execute("SELECT 1 FROM items").fetchall() == []


def test_a_session_that_ended_first_is_sent_on_unseen(store, server, sender, folder):
    id = handed_in(store, CONTENT)
    assert store.keepsakes(WHO)[0].state is State.WAITING
    store.forget()
    assert len(files_left(folder)) == 1
    assert send(sender) == 1
    assert id in server.taken and store.receipts(WHO) == (server.taken[id][1],)
    assert store._database.conn.execute("SELECT 1 FROM items").fetchall() == []
    assert not files_left(folder)


@pytest.mark.parametrize("lost", ["create", "send", "submit"])
def test_a_lost_answer_changes_nothing(store, server, sender, machine, lost):
    server.loses[lost] = 2
    id = handed_in(store, CONTENT)
    while store.progress(id).state is not State.DELIVERED:
        send(sender)
        machine.pass_by(timedelta(minutes=5))
    assert server.commits == 1
    assert store.receipt(id) == server.taken[id][1]
    # Once everything was there, only the receipt was asked for again.
    if lost == "submit":
        assert server.calls.count("send") == 1


def test_a_cut_upload_goes_on_where_it_was(store, server, sender, machine):
    server.pieces = 3
    id = handed_in(store, CONTENT)
    send(sender)
    assert store.progress(id).state is State.WAITING
    [file] = store.progress(id).files
    assert file.state is FileState.IN_TRANSIT or file.sent == 0
    machine.pass_by(timedelta(seconds=30))
    send(sender)
    assert store.progress(id).state is State.DELIVERED
    assert server.created == 1
    assert bytes(server.uploads["/uploads/1"]) == CONTENT


def test_an_upload_that_is_gone_is_made_anew(store, server, sender):
    id = handed_in(store, CONTENT)
    server.fails["send"] = [UploadGone("410"), UploadGone("404")]
    send(sender)
    assert store.progress(id).state is State.DELIVERED
    assert server.created == 3


def test_files_that_the_server_lost_before_the_end_are_sent_again(store, server, sender, machine):
    id = handed_in(store, CONTENT)
    server.fails["submit"] = [Offline("away")]
    send(sender)
    server.uploads.clear()
    machine.pass_by(timedelta(minutes=1))
    send(sender)
    assert store.progress(id).state is State.DELIVERED
    assert server.created == 2


def test_a_server_that_finds_files_missing_for_ever_parks_the_submission(store, server, sender):
    id = handed_in(store, CONTENT)
    server.fails["submit"] = [FilesMissing("x")] * 9
    assert send(sender) == 1
    told = store.progress(id)
    assert (told.state, told.problem) == (State.PARKED, Trouble.REJECTED)
    assert server.calls.count("send") == 3
    server.fails.clear()
    store.outbox.retry(id)
    send(sender)
    assert store.progress(id).state is State.DELIVERED


def test_a_file_that_is_whole_and_yet_missing_is_sent_from_its_beginning(store, server, sender):
    id = handed_in(store, CONTENT)
    server.fails["submit"] = [FilesMissing("422: the file received is another one")]
    send(sender)
    assert server.calls == ["create", "send", "submit", "end", "create", "send", "submit"]
    assert store.progress(id).state is State.DELIVERED and list(server.uploads) == ["/uploads/2"]


def test_failures_wait_longer_and_longer_also_over_a_restart(folder, server, machine, caplog):
    tries = []
    server.fails["submit"] = [Offline("away")] * 4
    for second in range(40):
        machine.uptime_s = 1000.0 + second
        before = len(server.calls)
        with PrivateStore(folder, KEY, clocks=machine, margin_bytes=0) as store:
            if second == 0:
                id = handed_in(store)
            each = Sender(store.outbox, server, server_keys(server), chance=lambda: 0.5)
            assert each.send_due(quick=True) == (len(server.calls) > before)
            if len(server.calls) > before:
                tries.append(second)
                if second < 15:
                    told = store.progress(id)
                    assert told.next_s > 0 and told.attempts == len(tries)
    # Half of 2, 4, 8, 16 s after each failure.
    assert tries == [0, 1, 3, 7, 15]
    levels = [record.levelno for record in caplog.records if record.name == "kiosk.sync.sender"]
    assert levels.count(logging.WARNING) == 1


def test_the_wait_is_the_servers_and_never_more_than_a_quarter_of_an_hour(store, server, sender):
    id = handed_in(store)
    server.fails["submit"] = [Offline("later", 86400.0)]
    send(sender)
    assert 900 <= store.progress(id).next_s <= 901
    store.resume(id)
    assert store.progress(id).next_s == 0
    assert send(sender) == 1 and store.progress(id).state is State.DELIVERED


def test_one_that_is_rejected_is_parked_and_the_others_go(store, server, sender, caplog, folder):
    server.fails["submit"] = [Rejected("the answer is 422: Not a form of this centre (trace 1)")]
    bad, good = handed_in(store, b"bad"), handed_in(store, b"good")
    send(sender)
    assert store.progress(bad).state is State.PARKED
    assert store.progress(good).state is State.DELIVERED
    [line] = store.outbox.waiting()
    assert (line.id, line.problem) == (bad, Trouble.REJECTED)
    assert "422" in line.detail
    assert len(files_left(folder)) == 1
    assert "ERROR" in caplog.text and "王" not in caplog.text
    assert [each.state for each in store.keepsakes(WHO)] == [State.DELIVERED, State.PARKED]
    assert store.outbox.retry(bad) and not store.outbox.retry("nothing")
    assert store.keepsakes(WHO)[-1].state is State.WAITING
    send(sender)
    assert store.progress(bad).state is State.DELIVERED
    assert len(store.receipts(WHO)) == 2


def test_what_is_parked_is_wiped_after_a_while_and_told_still(store, server, sender, machine,
                                                             folder):  # fmt: skip
    server.fails["submit"] = [Rejected("no")]
    handed_in(store, b"bad")
    send(sender)
    store.forget()
    machine.pass_by(timedelta(days=6))
    store.outbox.tidy(None)
    assert store.outbox.waiting()
    machine.pass_by(timedelta(days=1))
    store.outbox.tidy(None)
    assert not store.outbox.waiting() and not files_left(folder)
    assert [each.state for each in store.keepsakes(WHO)] == [State.PARKED]
    machine.pass_by(timedelta(days=30))
    store.outbox.tidy(None)
    assert store.keepsakes(WHO) == ()


def test_too_late_is_final_and_told_until_the_sessions_end(store, server, sender, folder):
    server.fails["submit"] = [TooLate("closed", NOW)]
    id = handed_in(store, CONTENT)
    send(sender)
    assert not server.uploads, "the server keeps what it will never take"
    told = store.progress(id)
    assert (told.state, told.problem) == (State.TOO_LATE, Trouble.TOO_LATE)
    assert {file.state for file in told.files} == {FileState.CHOSEN}
    assert not files_left(folder) and store.receipt(id) is None
    assert send(sender) == 0 and not store.outbox.retry(id)
    store.release(id)
    assert store.progress(id) is None
    assert [each.state for each in store.keepsakes(WHO)] == [State.TOO_LATE]
    assert store.receipts(WHO) == ()


def test_a_server_that_does_not_accept_the_terminal_stops_everything(store, server, sender,
                                                                    machine, caplog):  # fmt: skip
    server.fails["submit"] = [Unauthorised("the answer is 401"), Unauthorised("the answer is 401")]
    first, second = handed_in(store), handed_in(store)
    send(sender)
    assert server.calls == ["submit"]
    assert store.outbox.is_stopped()
    assert store.outbox.health().stopped and "outbox stops" in caplog.text
    assert store.progress(first).problem is Trouble.REFUSED
    # A new one waits too; it is asked again after about a quarter of an hour.
    handed_in(store)
    for _ in range(20):
        machine.pass_by(timedelta(minutes=1))
        send(sender)
    assert len(server.calls) == 2
    machine.pass_by(timedelta(minutes=20))
    send(sender)
    assert not store.outbox.is_stopped()
    assert store.progress(second).state is State.DELIVERED


@pytest.mark.parametrize("answer", [Rejected("422"), TooLate("closed"), ReceiptDoubtful("x")])
def test_any_answer_of_the_server_ends_the_stop(store, server, sender, machine, answer):
    server.fails["submit"] = [Unauthorised("the answer is 401"), answer]
    handed_in(store)
    send(sender)
    assert store.outbox.health().stopped
    machine.pass_by(timedelta(minutes=20))
    send(sender)
    assert len(server.calls) == 2 and not store.outbox.health().stopped


def test_an_answer_of_nobody_known_does_not_end_the_stop(store, server, sender, machine):
    server.fails["submit"] = [Unauthorised("the answer is 401"), Offline("no answer")]
    handed_in(store)
    send(sender)
    machine.pass_by(timedelta(minutes=20))
    send(sender)
    assert len(server.calls) == 2 and store.outbox.health().stopped


def test_staff_can_begin_again_at_once_after_a_stop(store, server, sender):
    server.fails["submit"] = [Unauthorised("the answer is 401")]
    id = handed_in(store)
    send(sender)
    assert store.outbox.retry(id)
    send(sender)
    assert store.progress(id).state is State.DELIVERED


def test_an_older_server_is_as_good_as_none(store, server, sender):
    server.fails["submit"] = [Unknown("the answer is 404: Not found")]
    id = handed_in(store)
    send(sender)
    assert store.progress(id).state is State.WAITING


def test_a_damaged_file_parks_its_submission(store, server, sender, folder):
    id = handed_in(store, CONTENT)
    [name] = files_left(folder)
    path = folder / "staged" / name
    path.write_bytes(bytes(path.stat().st_size))
    other = handed_in(store, b"sound")
    send(sender)
    assert (store.progress(id).state, store.progress(id).problem) == (
        State.PARKED,
        Trouble.DAMAGED,
    )
    assert store.progress(other).state is State.DELIVERED


@pytest.mark.parametrize("kind", ["another submission", "doubtful"])
def test_a_receipt_that_does_not_fit_delivers_nothing(store, server, sender, folder, kind):
    id = handed_in(store, CONTENT)
    if kind == "another submission":
        other = make_receipt(a_manifest(), id, number="7KQ4-92WM-DXHE", received_at=NOW)
        server.taken[id] = (a_manifest(), sign_receipt(other, server.key))
        server.submit = lambda *_: server.taken[id][1]
    else:
        server.fails["submit"] = [ReceiptDoubtful("x")]
    send(sender)
    assert store.progress(id).state is State.PARKED
    assert store.progress(id).problem is Trouble.RECEIPT
    assert store.receipt(id) is None and len(files_left(folder)) == 1


def test_a_new_key_of_the_centre_is_asked_for(store, server, sender):
    sender._keys = lambda: KeySet(keys=())
    id = handed_in(store)
    send(sender)
    assert store.progress(id).state is State.DELIVERED
    assert server.calls == ["submit", "keys"]


@pytest.mark.parametrize("known", ["the centre's", "none"])
def test_a_receipt_of_a_key_that_nobody_vouches_for_waits(store, server, sender, folder, known):
    id = handed_in(store, CONTENT)
    keys = KeySet(keys=(public_key(Ed25519PrivateKey.generate()),))
    if known == "none":
        # The key that signed is not even among those that the server tells.
        server.keys = lambda: keys
        keys = KeySet(keys=())
    sender._keys = lambda: keys
    send(sender)
    assert store.progress(id).state is State.WAITING
    assert store.progress(id).problem is Trouble.OFFLINE
    assert store.receipt(id) is None and len(files_left(folder)) == 1


def test_a_key_that_the_known_one_vouches_for_is_taken(store, server, sender):
    former, new = Ed25519PrivateKey.generate(), public_key(server.key)
    word = new.model_copy(update={"vouchers": (vouch(new, former),)})
    server.keys = lambda: KeySet(keys=(word,))
    sender._keys = lambda: KeySet(keys=(public_key(former),))
    id = handed_in(store)
    send(sender)
    assert store.progress(id).state is State.DELIVERED


def test_the_log_does_not_tell_how_many_are_delivered(store, sender, caplog):
    caplog.set_level("DEBUG")
    ids = [handed_in(store, bytes([number])) for number in range(3)]
    send(sender)
    assert all(store.progress(id).state is State.DELIVERED for id in ids)
    assert [r for r in caplog.records if r.name.startswith("kiosk")] == []


def test_paused_in_the_middle_and_resumed(store, server, sender, monkeypatch):
    monkeypatch.setattr(sender_module, "PROGRESS_S", 0.0)
    id = handed_in(store, CONTENT)
    real = server.send_file

    def paused_after_two(address, reader, progress):
        def told(sent):
            if sent == 2 * PIECE:
                store.pause(id)
            progress(sent)

        real(address, reader, told)

    server.send_file = paused_after_two
    send(sender)
    told = store.progress(id)
    assert (told.state, told.paused, told.sent) == (State.WAITING, True, 2 * PIECE)
    assert told.files[0].state is FileState.IN_TRANSIT
    assert send(sender) == 0
    server.send_file = real
    store.resume(id)
    send(sender)
    assert store.progress(id).state is State.DELIVERED
    assert server.created == 1 and not store.pause(id)


def test_what_is_paused_goes_on_at_the_sessions_end(store, server, sender):
    id = handed_in(store, CONTENT)
    store.pause(id)
    assert send(sender) == 0
    store.forget()
    assert send(sender) == 1 and id in server.taken


def test_the_rate_and_the_remaining_time_are_told(store, server, sender, machine, monkeypatch):
    monkeypatch.setattr(sender_module, "PROGRESS_S", 0.0)
    id = handed_in(store, CONTENT)
    real, seen = server.send_file, []

    def slowly(address, reader, progress):
        def told(sent):
            machine.pass_by(timedelta(seconds=1))
            progress(sent)
            seen.append(store.progress(id))

        real(address, reader, told)

    server.send_file = slowly
    send(sender)
    assert seen[0].rate is None and seen[0].remaining_s is None
    assert seen[3].rate == pytest.approx(PIECE)
    assert seen[3].remaining_s == pytest.approx((len(CONTENT) - 4 * PIECE) / PIECE)
    assert seen[3].state is State.SENDING


def test_events_and_questions(store, server, sender, machine):
    event = Event(id="e1", source="/terminals/FS-02", type="cn.mingtang.check-in", data={"n": "王"})
    store.owe_event(event)
    store.owe_event(event)
    asked = store.ask_matters(WHO)
    assert store.question(asked).state is State.WAITING
    server.loses["events"] = 1
    send(sender)
    assert server.calls[0] == "matters"
    assert store.question(asked).answer == Matters(server_time=NOW)
    assert store.outbox.health().kinds == {
        "submission": "clear", "event": "waiting", "matters": "clear",
    }  # fmt: skip
    machine.pass_by(timedelta(minutes=1))
    send(sender)
    assert server.events == [event, event] and not store.outbox.waiting()
    store.forget()
    assert store.question(asked) is None


def test_a_question_nobody_waits_for_is_not_kept(store, server, sender, machine):
    server.fails["matters"] = [Offline("away")] * 9
    asked = store.ask_matters(WHO)
    send(sender)
    assert store.question(asked).problem is Trouble.OFFLINE
    machine.pass_by(timedelta(minutes=10))
    store.outbox.tidy(None)
    assert store.question(asked) is None


def test_an_event_that_is_refused_is_parked(store, server, sender):
    server.send_events = lambda batch: BatchAnswer(
        results=[ItemAnswer(source=e.source, id=e.id, status=422, detail="no such") for e in batch]
    )
    store.owe_event(Event(id="e", source="/terminals/x", type="t", data={}))
    send(sender)
    assert store.outbox.waiting()[0].detail == "no such"
    assert store.outbox.health().kinds["event"] == "parked"


@pytest.mark.parametrize("kind", ["event", "matters"])
def test_what_this_program_cannot_read_is_parked_and_the_others_go(store, server, sender, kind):
    store.owe_event(Event(id="e", source="/terminals/x", type="t", data={}))
    store.ask_matters(WHO)
    store._database.conn.execute("UPDATE items SET content = '{}' WHERE kind = ?", [kind])
    good = handed_in(store, CONTENT)
    send(sender)
    [line] = store.outbox.waiting()
    assert (line.kind, line.state, line.problem) == (kind, State.PARKED, Trouble.DAMAGED)
    assert store.progress(good).state is State.DELIVERED


@pytest.mark.parametrize("session", ["visit", ""])
@pytest.mark.parametrize("ending", ["parked", "too late", "begun"])
def test_what_is_delivered_stays_so_whatever_another_process_meets(
    store, server, sender, session, ending
):
    """As two sync processes would do that read the same item before either had sent it."""
    id = handed_in(store, CONTENT, session=session)
    manifest = a_manifest()
    send(sender)
    receipt = server.taken[id][1]
    if ending == "parked":
        store.outbox.park(id, Trouble.DAMAGED, "a staged file is missing", manifest)
    elif ending == "too late":
        store.outbox.too_late(id, manifest, NOW)
    else:
        assert store.outbox.begin(id) is None
    assert [each.state for each in store.keepsakes(WHO)] == [State.DELIVERED]
    assert store.receipts(WHO) == (receipt,)
    if session:
        assert store.progress(id).state is State.DELIVERED


def test_a_manifest_that_changed_is_not_sent(store, server, sender):
    id = handed_in(store)
    text = a_manifest(name="别人").model_dump_json()
    store._database.conn.execute("UPDATE items SET content = ?", [text])
    send(sender)
    assert store.progress(id).problem is Trouble.DAMAGED and not server.calls


@pytest.mark.parametrize("seed", range(4))
def test_a_bad_line_and_a_process_that_dies_anywhere(folder, machine, seed):
    """Each call may be lost before or after it was done; the process may end at each step."""

    class Died(BaseException):
        pass

    chance, server = random.Random(seed), StandIn()
    with PrivateStore(folder, KEY, clocks=machine, margin_bytes=0) as store:
        contents = [chance.randbytes(chance.randrange(1, 8 * PIECE)) for _ in range(4)]
        ids = [handed_in(store, content) for content in contents]
    kinds: list[type[BaseException]] = [Offline, Died]
    for name in ("create_upload", "submit", "keys"):
        real = getattr(server, name)

        def shaky(*values, real=real):
            fate = chance.random()
            if fate < 0.2:
                raise chance.choice(kinds)("before")
            done = real(*values)
            if fate < 0.4:
                raise chance.choice(kinds)("after")
            return done

        setattr(server, name, shaky)
    real_send = server.send_file

    def cut(address, reader, progress):
        def told(sent):
            if chance.random() < 0.15:
                raise chance.choice(kinds)("within")
            progress(sent)

        real_send(address, reader, told)

    server.send_file = cut
    for _ in range(400):
        with PrivateStore(folder, KEY, clocks=machine, margin_bytes=0) as store:
            if not store.outbox.waiting():
                break
            each = Sender(store.outbox, server, lambda: KeySet(keys=()), chance=chance.random)
            try:
                while each.send_due(quick=False):
                    pass
            except Died:
                pass
        machine.pass_by(timedelta(minutes=15))
    with PrivateStore(folder, KEY, clocks=machine) as store:
        for id, content in zip(ids, contents, strict=True):
            manifest, signed = server.taken[id]
            assert bytes(server.uploads[manifest.files[0].upload]) == content
            assert store.receipt(id) == signed
    assert server.commits == len(ids) and not files_left(folder)


def test_the_rate_is_of_late():
    rate = Rate()
    assert rate.add(0.0, 0) is None
    assert rate.add(0.1, 100) is None
    assert rate.add(1.0, 1000) == 1000
    assert rate.add(11.0, 1000) < 100
    assert rate.add(12.0, 500) is None
    assert rate.add(13.0, 600) == 100


# The threads


def wait_until(holds, limit_s: float = 10) -> None:
    end = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def running(folder, server, **more):
    from kiosk.settings import Private

    private = Private(key=folder / "key")
    return sending_module.Sending(folder, private, lambda: server, **more)


def opened(folder):
    from kiosk.clocks import read_clocks
    from kiosk.private.opening import open_private

    return open_private(folder, folder / "key", clocks=read_clocks)


@pytest.fixture
def known_keys(monkeypatch):
    monkeypatch.setattr(sending_module.Sending, "_known_keys", lambda _: KeySet(keys=()))


def health(folder):
    from kiosk.store.terminal import DATABASE_NAME, TerminalStore

    with TerminalStore(folder / DATABASE_NAME) as public:
        return {part.component: dict(part.facts) for part in public.health()}


def test_what_is_handed_in_begins_within_a_second(folder, server, known_keys):
    began = []
    real = server.submit
    server.submit = lambda *v: (began.append(time.monotonic()), real(*v))[1]
    with running(folder, server), opened(folder) as store:
        for contents in ((), (b"file",)):
            time.sleep(0.1)
            at, count = time.monotonic(), len(began)
            id = handed_in(store, *contents)
            wait_until(lambda id=id: store.progress(id).state is State.DELIVERED)
            assert began[count] - at < 1.0
    assert not any(thread.name.startswith("sync-") for thread in threading.enumerate())
    told = health(folder)[sending_module.COMPONENT]
    assert told["open"] is True and told["outbox_submission"] == "clear"


def test_without_a_key_everything_else_goes_on_and_health_says_why(folder, server, monkeypatch):
    from kiosk.commands.health import complaints
    from kiosk.store.health import Health

    folder.mkdir()
    (folder / "key").write_text("no key")
    (folder / "key").chmod(0o600)
    with running(folder, server):
        wait_until(lambda: sending_module.COMPONENT in health(folder))
    told = health(folder)[sending_module.COMPONENT]
    assert told["open"] is False and "64 hexadecimal" in told["why"]
    now = datetime.now(UTC)
    [words] = complaints(Health(sending_module.COMPONENT, now, told), now)
    assert "personal services" in words and "64 hexadecimal" in words


def test_a_long_upload_does_not_hold_up_a_question(folder, known_keys):
    server, goes_on = StandIn(), threading.Event()
    real = server.send_file

    def waits(*values):
        assert goes_on.wait(20)
        real(*values)

    server.send_file = waits
    with running(folder, server), opened(folder) as store:
        id = handed_in(store, CONTENT)
        wait_until(lambda: store.progress(id).state is State.SENDING)
        asked = store.ask_matters(WHO)
        wait_until(lambda: store.question(asked).answer is not None)
        assert store.progress(id).state is State.SENDING
        goes_on.set()
        wait_until(lambda: store.progress(id).state is State.DELIVERED)


def test_every_error_of_the_network_has_its_place():
    """A new kind of error must be given a meaning here."""
    known = {"Offline", "Rejected", "Unknown", "TooLate", "UploadGone", "FilesMissing",
             "ReceiptDoubtful", "Unsatisfiable", "Unauthorised", "CursorExpired"}  # fmt: skip

    def below(kind):
        return {kind.__name__} | {name for each in kind.__subclasses__() for name in below(each)}

    assert below(SyncError) - {"SyncError"} <= known
