"""Attachments fetched when they are wanted: whole, after a cut, and never anything else."""

import errno
import hashlib
import os
import random
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from display.notice import Attachment, Category, Notice, NoticeKind
from kiosk.central.withdrawal import withdraw
from kiosk.settings import Centre, Settings, Sync, Terminal
from kiosk.store.files import FileProblem, FileState
from kiosk.store.terminal import DATABASE_NAME, TerminalStore
from kiosk.sync import files as files_module
from kiosk.sync import run as run_module
from kiosk.sync.client import FeedClient
from kiosk.sync.contract import Change, Page, Problem, ProblemType, Revision, notice_document
from kiosk.sync.files import Fetcher
from kiosk.sync.instant import utc_now

CONTENT = random.Random(5).randbytes(300_000)
SHA = hashlib.sha256(CONTENT).hexdigest()
MB = 1_000_000
NOT_FOUND = Problem(type=ProblemType.NOT_FOUND.uri, status=404).model_dump_json().encode()


def _file(content: bytes = CONTENT) -> Attachment:
    digest = hashlib.sha256(content).hexdigest()
    return Attachment(name="图纸.pdf", size=len(content), sha256=digest, media_type="x/y")


class Origin:
    """A server of one file that does as it is told; `asked` are the ranges it was asked for."""

    def __init__(self) -> None:
        self.content = CONTENT
        self.tag = SHA
        self.answers: list[Callable[[BaseHTTPRequestHandler, int], None]] = []
        """One for each request; afterwards, and without any, it answers well."""
        self.asked: list[int] = []
        self.address = ""

    def well(self, request: BaseHTTPRequestHandler, start: int) -> None:
        self.send(request, start, self.content[start:])

    def cut(self, after: int) -> Callable[[BaseHTTPRequestHandler, int], None]:
        def answer(request: BaseHTTPRequestHandler, start: int) -> None:
            self.send(request, start, self.content[start : start + after])
            request.close_connection = True

        return answer

    def refused(self, status: int, body: bytes) -> Callable[[BaseHTTPRequestHandler, int], None]:
        def answer(request: BaseHTTPRequestHandler, _start: int) -> None:
            request.send_response(status)
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)

        return answer

    def whole(self, request: BaseHTTPRequestHandler, _start: int) -> None:
        """As a server without ranges does."""
        self.send(request, 0, self.content)

    def instead(self, content: bytes) -> Callable[[BaseHTTPRequestHandler, int], None]:
        def answer(request: BaseHTTPRequestHandler, start: int) -> None:
            self.send(request, start, content[start:], size=len(content))

        return answer

    def send(
        self, request: BaseHTTPRequestHandler, start: int, body: bytes, size: int | None = None
    ) -> None:
        size = len(self.content) if size is None else size
        request.send_response(206 if start else 200)
        request.send_header("ETag", f'"{self.tag}"')
        request.send_header("Content-Length", str(size - start))
        if start:
            request.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        request.end_headers()
        request.wfile.write(body)


@pytest.fixture
def origin() -> Iterator[Origin]:
    told = Origin()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            start = int(self.headers.get("Range", "bytes=0-")[6:-1])
            told.asked.append(start)
            (told.answers.pop(0) if told.answers else told.well)(self, start)

        def log_message(self, format: str, *arguments: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
    )
    thread.start()
    told.address = f"http://127.0.0.1:{server.server_port}"
    yield told
    server.shutdown()
    thread.join()
    server.server_close()


class Terminal1:
    """A terminal's store with a notice that has files, and what fetches them."""

    def __init__(self, store: TerminalStore, address: str) -> None:
        self.store = store
        self.stop = threading.Event()
        self.client = FeedClient(address)
        self._number = 0

    def hold(self, *files: Attachment) -> None:
        notice = Notice(
            id="n1",
            title="公告",
            kind=NoticeKind.TENDER,
            category=Category.CONSTRUCTION,
            published_at=utc_now(),
            attachments=files,
        )
        self._number += 1
        rev = f"{self._number}-a"
        document = {**notice_document(notice), "_rev": rev}
        change = Change(seq="1-e", id="n1", changes=(Revision(rev=rev),), doc=document)
        page = Page(results=(change,), last_seq="1-e", pending=0, epoch="e", server_time=utc_now())
        self.store.apply_page("public-420500", page, now=utc_now())

    def want(self, file: Attachment | None = None) -> None:
        self.store.want_file(file or _file(), "n1")

    def fetch(self, **more) -> FileState | None:
        more = {"limit_bytes": 2000 * MB, "free_bytes": 0, **more}
        Fetcher(self.store, self.client, self.stop, **more).fetch_wanted()
        return self.store.file_state(SHA)


@pytest.fixture
def terminal(tmp_path, origin, monkeypatch) -> Iterator[Terminal1]:
    monkeypatch.setattr(files_module, "backoff", lambda *_a, **_k: 0.01)
    with TerminalStore(tmp_path / "t" / DATABASE_NAME) as store:
        store.prepare_files()
        made = Terminal1(store, origin.address)
        made.hold(_file())
        made.want()
        yield made
        made.client.close()


def _failed(problem: FileProblem, received: int = 0) -> FileState:
    return FileState("failed", received, len(CONTENT), problem)


HERE = FileState("here", len(CONTENT), len(CONTENT))


def test_a_file_comes(terminal, origin):
    assert terminal.fetch() == HERE
    assert terminal.store.file_path(SHA).read_bytes() == CONTENT
    assert not terminal.store.part_path(SHA).exists()
    assert origin.asked == [0]


def test_after_a_cut_only_the_rest_is_asked_for(terminal, origin):
    origin.answers = [origin.cut(100_000), origin.cut(50_000), origin.cut(1)]
    assert terminal.fetch() == HERE
    assert origin.asked == [0, 100_000, 150_000, 150_001]
    assert terminal.store.file_path(SHA).read_bytes() == CONTENT


def test_a_server_without_ranges_begins_anew(terminal, origin):
    origin.answers = [origin.cut(100_000), origin.whole]
    assert terminal.fetch() == HERE
    assert origin.asked == [0, 100_000]


def test_a_complete_part_is_not_asked_for_again(terminal, origin):
    terminal.store.part_path(SHA).write_bytes(CONTENT)
    assert terminal.fetch() == HERE
    assert origin.asked == []


@pytest.mark.parametrize(
    "part", [CONTENT + b"x", b"y" * len(CONTENT), b"y" + CONTENT[1:1000]], ids=len
)
def test_a_wrong_part_is_dropped(terminal, origin, part):
    terminal.store.part_path(SHA).write_bytes(part)
    assert terminal.fetch() == HERE
    assert origin.asked[-1] == 0


@pytest.mark.parametrize("wrong", [CONTENT[:-1] + b"!", CONTENT + b"!", CONTENT[:-1], b""], ids=len)
def test_wrong_bytes_are_tried_once_anew_and_then_given_up(terminal, origin, wrong):
    origin.answers = [origin.instead(wrong)]
    assert terminal.fetch() == HERE
    origin.asked.clear()
    terminal.store.file_path(SHA).unlink()
    terminal.want()
    origin.answers = [origin.instead(wrong), origin.instead(wrong)]
    assert terminal.fetch() == _failed(FileProblem.SPOILED)
    assert origin.asked == [0, 0]
    assert not list(terminal.store.part_path(SHA).parent.iterdir())


def test_a_server_whose_file_is_shorter_than_the_part(terminal, origin):
    terminal.store.part_path(SHA).write_bytes(CONTENT[:1000])
    origin.answers = [origin.refused(416, b"")]
    assert terminal.fetch() == HERE
    assert origin.asked == [1000, 0]


def test_what_the_server_does_not_have_is_gone(terminal, origin):
    terminal.store.part_path(SHA).write_bytes(CONTENT[:1000])
    origin.answers = [origin.refused(404, NOT_FOUND)]
    assert terminal.fetch() == _failed(FileProblem.GONE)
    assert not terminal.store.part_path(SHA).exists()
    terminal.want()
    assert terminal.fetch() == HERE


@pytest.mark.parametrize("status", [200, 302, 404, 500, 503])
def test_another_server_between_is_offline(terminal, origin, status):
    portal = origin.refused(status, b"<html>Please log in</html>")
    origin.answers = [origin.cut(1000)] + [portal] * 9
    assert terminal.fetch() == _failed(FileProblem.OFFLINE, 1000)
    assert terminal.store.part_path(SHA).read_bytes() == CONTENT[:1000]
    assert len(origin.asked) < 9
    origin.answers = []
    terminal.want()
    assert terminal.fetch() == HERE
    assert origin.asked[-1] == 1000


def test_a_server_that_is_not_accepting_this_terminal_is_not_asked_again(terminal, origin):
    refused = Problem(type="x", status=403).model_dump_json().encode()
    origin.answers = [origin.refused(403, refused)]
    assert terminal.fetch() == _failed(FileProblem.OFFLINE)
    assert origin.asked == [0]


def test_nobody_is_made_to_wait_as_long_as_a_server_wishes(terminal, origin, monkeypatch):
    monkeypatch.undo()

    def busy(request: BaseHTTPRequestHandler, _start: int) -> None:
        request.send_response(503)
        request.send_header("Retry-After", "60")
        request.send_header("Content-Length", "0")
        request.end_headers()

    origin.answers = [busy]
    started = time.monotonic()
    assert terminal.fetch() == _failed(FileProblem.OFFLINE)
    assert time.monotonic() - started < 2


def test_a_full_disk_leaves_no_part(terminal, monkeypatch):
    def full(_number: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(files_module.os, "fsync", full)
        assert terminal.fetch() == _failed(FileProblem.NO_ROOM)
    assert not terminal.store.part_path(SHA).exists()
    terminal.want()
    assert terminal.fetch() == HERE


@pytest.mark.parametrize(
    ("call", "answer"), [("stat", "wrong"), ("stat", "cut"), ("unlink", "wrong")]
)
def test_a_disk_that_fails_ends_nothing_but_this_file(terminal, origin, monkeypatch, call, answer):
    real = getattr(Path, call)

    def failing(path: Path, *arguments: object, **more: object) -> object:
        if path.suffix == ".part" and origin.asked:
            raise OSError(errno.EIO, "Input/output error")
        return real(path, *arguments, **more)

    given = origin.cut(1000) if answer == "cut" else origin.instead(bytes(len(CONTENT)))
    origin.answers = [given] * 9
    with monkeypatch.context() as ill:
        ill.setattr(Path, call, failing)
        state = terminal.fetch()
    assert state is not None
    assert state.problem == FileProblem.NO_ROOM
    terminal.store.prepare_files()
    terminal.want()
    origin.answers = []
    assert terminal.fetch() == HERE


def test_some_of_the_disk_stays_free(terminal, origin):
    free = shutil.disk_usage(terminal.store.part_path(SHA).parent).free
    assert terminal.fetch(free_bytes=free + MB) == _failed(FileProblem.NO_ROOM)
    assert origin.asked == []


def test_the_longest_unused_makes_room(terminal, origin):
    others = [bytes([n]) * 400_000 for n in range(3)]
    terminal.hold(_file(), *map(_file, others))
    for other in others:
        terminal.want(_file(other))
        path = terminal.store.part_path(_file(other).sha256)
        path.write_bytes(other)
        terminal.store.file_progress(_file(other).sha256, len(other))
        terminal.store.file_here(_file(other).sha256)
    terminal.want()
    assert terminal.fetch(limit_bytes=MB) == HERE
    states = [terminal.store.file_state(_file(other).sha256) for other in others]
    assert [state is None for state in states] == [True, True, False]
    assert terminal.store.files_bytes() <= MB


def test_a_file_larger_than_all_room_drops_nothing(terminal, origin):
    terminal.fetch()
    large = _file(bytes(2 * MB))
    terminal.hold(_file(), large)
    terminal.want(large)
    assert terminal.fetch(limit_bytes=MB) == HERE
    state = terminal.store.file_state(large.sha256)
    assert state is not None
    assert (state.state, state.problem) == ("failed", FileProblem.NO_ROOM)
    assert origin.asked == [0]


def _slowly(origin: Origin, meanwhile: Callable[[], None], after: int = 100_000):
    """An answer in the middle of which something happens."""

    def answer(request: BaseHTTPRequestHandler, start: int) -> None:
        origin.send(request, start, CONTENT[start : start + after])
        meanwhile()
        for place in range(start + after, len(CONTENT), 1000):
            request.wfile.write(CONTENT[place : place + 1000])
            time.sleep(0.001)

    return answer


def _told(store: TerminalStore) -> int:
    state = store.file_state(SHA)
    return 0 if state is None else state.received


@contextmanager
def _second(terminal: Terminal1) -> Iterator[TerminalStore]:
    """The kiosk's own connection."""
    path = terminal.store.part_path(SHA).parent.parent / DATABASE_NAME
    with TerminalStore(path) as store:
        yield store


def test_a_visitor_who_goes_away_ends_the_fetching(terminal, origin, monkeypatch):
    monkeypatch.setattr(files_module, "PROGRESS_S", 0.0)

    def leave() -> None:
        with _second(terminal) as kiosk:
            _wait_until(lambda: _told(kiosk) > 0)
            kiosk.forget_wanted(SHA)

    origin.answers = [_slowly(origin, leave)]
    assert terminal.fetch() is None
    kept = _size(terminal.store.part_path(SHA))
    assert 0 < kept < len(CONTENT)
    terminal.want()
    assert terminal.fetch() == HERE
    assert origin.asked == [0, kept]


def test_a_withdrawal_in_the_middle_leaves_nothing(terminal, origin):
    def withdrawn() -> None:
        with _second(terminal) as sync:
            gone = Change(seq="2-e", id="n1", changes=(Revision(rev="9-d"),), deleted=True)
            page = Page(
                results=(gone,), last_seq="2-e", pending=0, epoch="e", server_time=utc_now()
            )
            sync.apply_page("public-420500", page, now=utc_now())
            # As if fetching had only begun after the notice was gone.
            sync.part_path(SHA).write_bytes(b"late")

    origin.answers = [_slowly(origin, withdrawn)]
    assert terminal.fetch() is None
    assert not list(terminal.store.part_path(SHA).parent.iterdir())


def test_what_is_asked_for_later_comes_first(terminal, origin, monkeypatch):
    monkeypatch.setattr(files_module, "PROGRESS_S", 0.0)
    small = _file(b"small")
    terminal.hold(_file(), small)
    terminal.want()

    def another() -> None:
        origin.content, origin.tag = b"small", small.sha256
        origin.answers = [origin.whole, back]
        with _second(terminal) as kiosk:
            _wait_until(lambda: _told(kiosk) > 0)
            kiosk.want_file(small, "n1")

    def back(request: BaseHTTPRequestHandler, start: int) -> None:
        origin.content, origin.tag = CONTENT, SHA
        origin.well(request, start)

    origin.answers = [_slowly(origin, another)]
    assert terminal.fetch() == HERE
    assert terminal.store.file_path(small.sha256).read_bytes() == b"small"
    # The small one in the middle, then the rest of the large one.
    assert origin.asked[:2] == [0, 0]
    assert origin.asked[2] > 0


def test_progress_is_told_now_and_then(terminal, origin, monkeypatch):
    told: list[int] = []
    progress = TerminalStore.file_progress
    monkeypatch.setattr(
        TerminalStore,
        "file_progress",
        lambda self, sha256, received: told.append(received) or progress(self, sha256, received),
    )
    clock = iter(range(100_000))
    # A hundredth of a second a look: no more than one word in 25 looks.
    assert terminal.fetch(elapsed=lambda: next(clock) / 100) == HERE
    assert told[0] == 0
    assert len(told) <= 1 + next(clock) / 25


def _settings(folder: Path, address: str) -> Settings:
    return Settings(
        centre=Centre(name="某中心", region="420500", site="main"),
        terminal=Terminal(name="一号机", data=folder),
        sync=Sync(server=address, poll_s=60),
    )


def _wait_until(holds: Callable[[], bool], limit_s: float = 10) -> float:
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < limit_s, "waited in vain"
        time.sleep(0.02)
    return time.monotonic() - started


@contextmanager
def _running(settings: Settings) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=run_module.run, args=(settings, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        started = time.monotonic()
        stop.set()
        thread.join(10)
        assert not thread.is_alive()
        assert time.monotonic() - started < 2
        assert not any(each.name == "sync-files" for each in threading.enumerate())


def test_through_the_whole_of_sync_a_file_comes_soon_and_goes_with_its_notice(centre, tmp_path):
    centre.clock.now = utc_now()
    (tmp_path / "a.pdf").write_bytes(CONTENT)
    centre.take(centre.portal("a", attachments=[{"name": "图纸.pdf", "file": "a.pdf"}]))
    path = tmp_path / "t" / DATABASE_NAME
    with centre.served() as address, _running(_settings(tmp_path / "t", address)):
        _wait_until(path.exists)
        with TerminalStore(path) as store:
            _wait_until(lambda: store.notice("a") is not None)
            notice = store.notice("a")
            assert notice is not None
            file = notice.attachments[0]
            # Sync sits in its long poll of a minute by now.
            time.sleep(0.3)
            store.want_file(file, "a")
            assert _wait_until(store.file_path(file.sha256).exists) < 1.5
            _wait_until(lambda: store.file_state(file.sha256) == HERE)
            assert store.verify_file(file.sha256)
            store.file_path(file.sha256).write_bytes(b"spoilt on the disk")
            assert not store.verify_file(file.sha256)
            _wait_until(lambda: store.verify_file(file.sha256))
            withdraw(centre.database, "a", now=utc_now())
            _wait_until(lambda: store.notice("a") is None, limit_s=5)
            _wait_until(lambda: not store.file_path(file.sha256).exists(), limit_s=1)
            assert store.file_state(file.sha256) is None


def test_a_stop_in_the_middle_of_a_file_is_prompt_and_the_rest_comes_later(
    origin, tmp_path, terminal
):
    release = threading.Event()
    origin.answers = [_slowly(origin, lambda: release.wait(8) and None)]
    path = tmp_path / "t" / DATABASE_NAME
    with files_fetching(path, origin.address):
        _wait_until(lambda: _size(terminal.store.part_path(SHA)) == 100_000)
        state = terminal.store.file_state(SHA)
        assert state is not None
        assert state.state == "coming"
        started = time.monotonic()
    assert time.monotonic() - started < 1
    release.set()
    terminal.store.prepare_files()
    state = terminal.store.file_state(SHA)
    assert state is not None
    assert (state.state, state.received) == ("coming", 100_000)
    with files_fetching(path, origin.address):
        _wait_until(lambda: terminal.store.file_state(SHA) == HERE)
    assert origin.asked == [0, 100_000]


def files_fetching(path: Path, address: str):
    from kiosk.sync.fetching import Fetching

    return Fetching(path, address, limit_bytes=2000 * MB)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
