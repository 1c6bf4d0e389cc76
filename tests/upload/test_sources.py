"""Both sources in the face that the upload screen has: listed, examined, staged."""

import hashlib
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from fpdf import FPDF

from devices.storage.media import Rules
from devices.storage.sticks import Sticks
from devices.storage.virtual.service import VirtualUDisks
from devices.storage.virtual.stick import VirtualPartition, VirtualStick
from kiosk.examination.examine import examine
from kiosk.examination.policy import Policy
from kiosk.examination.verdict import Grade, Verdict
from kiosk.phone.page import PhonePage, Place
from kiosk.phone.visit import Limits
from kiosk.private.errors import SourceVanished
from kiosk.private.store import PrivateStore
from kiosk.upload import stick as stick_source
from kiosk.upload.source import Kind, SourceTrouble, State, Trouble
from kiosk.upload.sources import Sources
from tests.phone.conftest import LIMITS, Phone
from tests.private.builders import KEY, Machine

WAIT_S = 20.0


def a_pdf(pages: int = 2) -> bytes:
    document = FPDF()
    for _ in range(pages):
        document.add_page()
    return bytes(document.output())


@pytest.fixture
def content(tmp_path: Path) -> Path:
    folder = tmp_path / "content"
    (folder / "资料 2").mkdir(parents=True)
    (folder / "资料 10").mkdir()
    (folder / os.fsdecode("报价.pdf".encode("gbk"))).write_bytes(a_pdf())
    (folder / "b.tbwj").write_bytes(os.urandom(3_000_000))
    (folder / "A.bin").write_bytes(b"a")
    return folder


@pytest.fixture
def udisks() -> Iterator[VirtualUDisks]:
    if shutil.which("dbus-daemon") is None:
        pytest.skip("needs the Debian package dbus-daemon")
    with VirtualUDisks() as virtual:
        yield virtual


@pytest.fixture
def sources(udisks: VirtualUDisks, tmp_path: Path) -> Iterator[Sources]:
    machine = Machine()

    def open_store() -> PrivateStore:
        return PrivateStore(tmp_path / "terminal", KEY, clocks=machine, margin_bytes=0)

    sticks = Sticks(Rules(), **udisks.place)
    sticks.start()
    page = PhonePage(Place("127.0.0.1", 0, network="MT-FS-02"), LIMITS, open_store)
    made = Sources(sticks, page, open_store, changed=lambda: None)
    made.test_store = open_store
    with ExitStack() as ending:
        ending.callback(made.stop)
        yield made


def until(condition: Callable[[], bool]) -> None:
    ended = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < ended, "it did not come to that"
        time.sleep(0.005)


def open_stick(sources: Sources, udisks: VirtualUDisks, content: Path):
    letter = udisks.plug(VirtualStick([VirtualPartition(content, label="资料\u202e盘")]))
    sources.begin()
    until(lambda: sources.sources()[0].state is State.READY)
    return letter, sources.sources()[0]


def test_without_anything(tmp_path):
    made = Sources(None, None, lambda: None, changed=lambda: None)
    assert [(each.kind, each.state, each.trouble) for each in made.sources()] == [
        (Kind.STICK, State.REFUSED, Trouble.NOT_OFFERED),
        (Kind.PHONE, State.REFUSED, Trouble.NOT_OFFERED),
    ]
    for each in made.sources():
        with pytest.raises(SourceTrouble):
            each.list()
    made.begin()
    made.open_phone()
    assert made.invitation() is None
    made.end()
    assert made.facts() == {}


def test_nothing_plugged_in_and_no_phone_yet(sources):
    sources.begin()
    until(lambda: sources.facts().get("sticks") is True)
    assert [(each.kind, each.state) for each in sources.sources()] == [
        (Kind.STICK, State.ABSENT),
        (Kind.PHONE, State.ABSENT),
    ]


def test_no_udisks(sources, udisks):
    udisks.stop_service()
    sources.begin()
    until(lambda: sources.facts().get("sticks") is False)
    assert sources.sources()[0].trouble is Trouble.NO_SERVICE


def test_a_file_on_a_stick_is_listed_examined_and_staged(sources, udisks, content):
    _, stick = open_stick(sources, udisks, content)
    assert stick.name_shown == "资料\N{REPLACEMENT CHARACTER}盘"
    listing = stick.list()
    assert [folder.name_shown for folder in listing.folders] == ["资料 2", "资料 10"]
    assert [file.name_shown for file in listing.files] == ["A.bin", "b.tbwj", "报价.pdf"]
    file = listing.files[2]
    assert file.place == ("报价.pdf".encode("gbk"),)
    examination = examine(file.opening, Policy())
    assert examination.grade is Grade.REMARK
    assert (examination.name, examination.pages) == ("报价.pdf", 2)
    with sources.test_store() as store, file.reader() as reader:
        staged = store.stage(reader, name=examination.name, media_type="x", size=file.size)
        assert staged.sha256 == examination.sha256
    assert stick.list(listing.folders[0].place).files == ()
    with pytest.raises(SourceTrouble) as told:
        stick.list((b"..",))
    assert told.value.trouble is Trouble.NO_FOLDER


def test_a_link_put_in_a_files_place_is_not_followed(sources, udisks, content):
    letter, stick = open_stick(sources, udisks, content)
    file = next(each for each in stick.list().files if each.name_shown == "报价.pdf")
    there = udisks.points(letter)[0] / os.fsdecode("报价.pdf".encode("gbk"))
    there.unlink()
    there.symlink_to("/etc/passwd")
    assert examine(file.opening, Policy()).verdicts[-1] is Verdict.LINK
    with pytest.raises(SourceTrouble), file.reader():
        pass


def test_pulled_out_in_the_middle_of_copying(sources, udisks, content):
    letter, stick = open_stick(sources, udisks, content)
    file = stick.list().files[1]
    before = set(Path("/proc/self/fd").iterdir())
    with sources.test_store() as store, file.reader() as reader:
        with pytest.raises(SourceVanished):
            store.stage(
                reader,
                name="b.tbwj",
                media_type="x",
                size=file.size,
                progress=lambda _: udisks.pull(letter),
            )
        assert store.staged() == ()
    until(lambda: sources.sources()[0].trouble is Trouble.PULLED_OUT)
    with pytest.raises(SourceTrouble) as told:
        stick.list()
    assert told.value.trouble is Trouble.PULLED_OUT
    assert examine(file.opening, Policy()).verdicts[-1] is (Verdict.UNREADABLE)
    until(lambda: set(Path("/proc/self/fd").iterdir()) <= before)


def test_a_stick_that_does_not_answer_is_given_up(sources, udisks, content, monkeypatch):
    _, stick = open_stick(sources, udisks, content)
    file = stick.list().files[1]
    go = threading.Event()
    plain = os.pread
    monkeypatch.setattr(stick_source, "READ_S", 0.05)
    monkeypatch.setattr(os, "pread", lambda *about: (go.wait(WAIT_S), plain(*about))[1])
    with file.reader() as reader:
        with pytest.raises(OSError, match="does not answer"):
            reader.readinto(bytearray(100))
        began = time.monotonic()
    assert time.monotonic() - began < 1
    go.set()


def test_the_stick_is_closed_on_request(sources, udisks, content):
    _, stick = open_stick(sources, udisks, content)
    sources.eject(stick)
    until(lambda: sources.sources()[0].state is State.REMOVABLE)
    assert sources.sources()[0].key == stick.key


def phone_of(sources: Sources) -> Phone:
    sources.begin()
    sources.open_phone()
    until(lambda: sources.invitation() is not None)
    return Phone(sources._phone, Path(), sources.test_store)


def test_a_file_from_a_phone_is_examined_in_memory(sources, tmp_path):
    phone = phone_of(sources)
    assert sources.invitation().network == "MT-FS-02"
    pdf = a_pdf(3)
    phone.send(sources.invitation().url, ("报价.pdf", pdf), ("bad.pdf", b"MZ" + bytes(500)))
    source = sources.sources()[-1]
    assert (source.kind, source.state) == (Kind.PHONE, State.READY)
    good, bad = source.list().files
    assert (good.name_shown, good.size, good.place[-1]) == (
        "报价.pdf",
        len(pdf),
        "报价.pdf".encode(),
    )
    examination = examine(good.opening, Policy())
    assert (examination.pages, examination.sha256) == (3, hashlib.sha256(pdf).hexdigest())
    number = good.opening.open()
    assert str(Path(f"/proc/self/fd/{number}").readlink()).startswith("/memfd:")
    os.close(number)
    assert good.staged is not None
    assert good.staged.sha256 == examination.sha256
    assert examine(bad.opening, Policy()).grade is Grade.REFUSED
    assert b"%PDF" not in b"".join(
        path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()
    )


def test_the_end_of_the_session_closes_everything(sources, udisks, content):
    _, stick = open_stick(sources, udisks, content)
    phone = phone_of(sources)
    url = sources.invitation().url
    phone.send(url, ("a.txt", b"a"))
    candidate = sources.sources()[-1].list().files[0]
    sources.end()
    assert sources.invitation() is None
    assert [each.state for each in sources.sources()] == [State.ABSENT, State.ABSENT]
    with sources.test_store() as store:
        store.forget()
    assert examine(candidate.opening, Policy()).verdicts[-1] is not Verdict.CLEAN
    with pytest.raises(SourceTrouble):
        stick.list()
    until(lambda: Path(udisks.place["mount_table"]).read_bytes() == b"")


def test_ending_takes_no_time(sources, udisks, content):
    open_stick(sources, udisks, content)
    phone_of(sources)
    began = time.monotonic()
    sources.end()
    assert time.monotonic() - began < 0.05


def test_large_files_take_little_memory(sources, tmp_path):
    """Both directions at once: the page's own memory is what the process has more in the end."""
    made = PhonePage(Place("127.0.0.1", 0), Limits(60_000_000, 4, 600), sources.test_store)
    phone = Phone(made, tmp_path, sources.test_store)
    url = phone.open().url
    sent = 40_000_000

    def body() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\n\r\n'
        for _ in range(sent // 100_000):
            yield bytes(100_000)
        yield b"\r\n--b--\r\n"

    before, most, done = resident(), [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.01):
            most[0] = max(most[0], resident())

    watching = threading.Thread(target=watch)
    watching.start()
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    assert phone.call("POST", url, data=body(), headers=headers).status_code == 200
    done.set()
    watching.join()
    made.stop()
    assert made.arrivals() == ()
    assert most[0] - before < 20_000_000


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
