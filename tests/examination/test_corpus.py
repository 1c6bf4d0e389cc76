"""The corpus: each bad file is refused for the right reason, each sound one is accepted.

And while all of them are examined, nothing is executed, followed or changed.
"""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk import words
from kiosk.examination import child
from kiosk.examination import examine as examination
from kiosk.examination.clamd import Clamd
from kiosk.examination.examine import Examination, examine
from kiosk.examination.kinds import PROGRAMS, Kind
from kiosk.examination.opening import InFolder
from kiosk.examination.pdf_pages import count_pages
from kiosk.examination.sentences import sentences
from kiosk.examination.verdict import GRADES, Finding, Grade, Verdict
from tests.examination.cases import Case
from tests.examination.conftest import POLICY
from tests.examination.corpus import BAD, GOOD, IN_PROCESS
from tests.examination.virtual_clamd import VirtualClamd

OUR_CHILDREN = {"kiosk.examination.child", "kiosk.pdf.child"}


class Watcher:
    """An audit hook: which programs are started, and which files are opened for reading."""

    def __init__(self) -> None:
        self.watching = False
        self.started: list[list[str]] = []
        self.opened: list[tuple[str, int]] = []
        self.odd: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, told: tuple[Any, ...]) -> None:
        if not self.watching:
            return
        if event == "subprocess.Popen":
            self.started.append([os.fsdecode(part) for part in told[1]])
        elif event == "open" and not isinstance(told[0], int):
            self.opened.append((os.fsdecode(told[0]), told[2]))
        elif event in {"os.system", "os.exec", "os.remove", "os.rename", "os.chmod", "os.link"}:
            self.odd.append(event)


WATCHER = Watcher()


@pytest.fixture
def watcher() -> Iterator[Watcher]:
    WATCHER.started, WATCHER.opened, WATCHER.odd = [], [], []
    yield WATCHER
    WATCHER.watching = False


def put(case: Case, folder: Path) -> None:
    try:
        case.make(os.fsencode(folder) + b"/" + case.name)
    except PermissionError:
        pytest.skip("device nodes are made by root only")
    except OSError as problem:
        pytest.skip(f"this file system cannot hold it: {problem.strerror}")


def state(folder: Path) -> dict[bytes, tuple[int, int, int]]:
    return {
        entry.name: (
            (told := entry.stat(follow_symlinks=False)).st_mode,
            told.st_size,
            told.st_mtime_ns,
        )
        for entry in os.scandir(os.fsencode(folder))
    }


def look(case: Case, folder: Path, clamd: VirtualClamd, patch: pytest.MonkeyPatch) -> Examination:
    if case in IN_PROCESS:
        patch.setattr(examination, "look_inside", look_here)
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    WATCHER.watching = True
    try:
        return examine(
            InFolder(number, case.name),
            POLICY,
            scanner=Clamd(clamd.address),
            pages=one_page if case in IN_PROCESS else count_pages,
        )
    finally:
        WATCHER.watching = False
        os.close(number)


def look_here(number: int, kind: Kind, check: Callable[[], None]) -> tuple[Kind, list[Finding]]:
    check()
    return child.look(number, kind, 10)


def one_page(_number: int, check: Callable[[], None]) -> int:
    check()
    return 1


def test_the_corpus_is_as_large_as_it_should_be() -> None:
    assert len(BAD) >= 60
    assert len(GOOD) >= 15
    titles = [case.title for case in (*BAD, *GOOD)]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("case", BAD, ids=str)
def test_a_bad_file_is_refused(
    case: Case,
    tmp_path: Path,
    virtual_clamd: VirtualClamd,
    watcher: Watcher,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put(case, tmp_path)
    before = state(tmp_path)
    examined = look(case, tmp_path, virtual_clamd, monkeypatch)
    assert examined.verdicts[-1] is case.verdict
    assert examined.grade is Grade.REFUSED
    assert examined.sha256 is None
    assert state(tmp_path) == before
    assert_nothing_ran(watcher)
    for language in ("zh", "en"):
        (told,) = sentences(words.load(language), examined.findings)
        assert told
        assert "{" not in told


@pytest.mark.parametrize("case", GOOD, ids=str)
def test_a_sound_file_is_accepted(
    case: Case,
    tmp_path: Path,
    virtual_clamd: VirtualClamd,
    watcher: Watcher,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put(case, tmp_path)
    before = state(tmp_path)
    examined = look(case, tmp_path, virtual_clamd, monkeypatch)
    assert examined.grade is not Grade.REFUSED, examined.verdicts
    assert case.verdict in examined.verdicts
    assert examined.verdicts[-1] is Verdict.CLEAN
    assert examined.sha256 is not None
    assert len(examined.sha256) == 64
    assert state(tmp_path) == before
    assert_nothing_ran(watcher)


def assert_nothing_ran(watcher: Watcher) -> None:
    """Only our own children were started, and nothing was opened that can act on being opened."""
    for command in watcher.started:
        assert command[0] == sys.executable
        assert command[1] == "-m"
        assert command[2] in OUR_CHILDREN
    assert not watcher.odd
    for name, flags in watcher.opened:
        # What the children have instead of a place for their complaints.
        assert name == os.devnull or not flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        assert name != "/etc/passwd"


def test_what_would_act_on_being_opened_is_not_opened(
    tmp_path: Path, virtual_clamd: VirtualClamd, watcher: Watcher
) -> None:
    """A FIFO wakes its writer when it is opened: here nobody is woken."""
    path = tmp_path / "a.pdf"
    os.mkfifo(path)
    writer_waits = os.O_WRONLY | os.O_NONBLOCK
    folder = os.open(tmp_path, os.O_RDONLY)
    opened_by_us: list[bool] = []

    class Spy:
        def __init__(self) -> None:
            self.folder, self.name = folder, b"a.pdf"

        def open(self) -> int:
            try:
                return InFolder(folder, b"a.pdf").open()
            finally:
                try:
                    os.close(os.open(path, writer_waits))
                    opened_by_us.append(True)
                except OSError:
                    # ENXIO: nobody has it open for reading.
                    opened_by_us.append(False)

    watcher.watching = True
    examined = examine(Spy(), POLICY)
    watcher.watching = False
    os.close(folder)
    assert examined.verdicts == (Verdict.SPECIAL,)
    assert opened_by_us == [False]
    assert [
        name for name, flags in watcher.opened if name == "a.pdf" and not flags & os.O_PATH
    ] == []


def test_a_link_put_in_place_of_the_file_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the judgement and the opening the name is exchanged: the judged file is opened."""
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.7 the file that was judged")
    secret = tmp_path / "secret"
    secret.write_bytes(b"the canary")
    real = os.open

    def exchanging(name: Any, flags: int, *rest: Any, **more: Any) -> int:
        if str(name).startswith("/proc/self/fd/") and path.exists() and not path.is_symlink():
            path.unlink()
            path.symlink_to(secret)
        return real(name, flags, *rest, **more)

    folder = os.open(tmp_path, os.O_RDONLY)
    monkeypatch.setattr(os, "open", exchanging)
    number = InFolder(folder, b"a.pdf").open()
    assert path.is_symlink()
    assert os.pread(number, 100, 0) == b"%PDF-1.7 the file that was judged"
    os.close(number)
    os.close(folder)


def test_every_verdict_has_words_and_every_refusal_says_what_to_do() -> None:
    facts: dict[str, str | int] = {
        "kind": "pdf", "other": "zip", "ending": "exe", "endings": "pdf", "told": "", "name": "a",
        "size": 1, "limit": 1, "together": 1, "count": 1, "pages": 1, "signature": "a",
    }  # fmt: skip
    for language in ("zh", "en"):
        loaded = words.load(language)
        for verdict in Verdict:
            told = sentences(loaded, [Finding(verdict, facts)])
            assert len(told) == 1
            if GRADES[verdict] is Grade.REFUSED and verdict is not Verdict.DUPLICATE:
                assert told[0].count("。" if language == "zh" else ".") >= 1, verdict
        for kind in PROGRAMS:
            assert loaded[f"content.{kind}"]


def test_bad_cases_cover_nearly_every_refusal() -> None:
    covered = {case.verdict for case in BAD}
    refusals = {verdict for verdict in Verdict if GRADES[verdict] is Grade.REFUSED}
    elsewhere = {
        Verdict.UNREADABLE, Verdict.CHANGED, Verdict.TOO_LARGE_TOGETHER, Verdict.TOO_MANY,
        Verdict.NO_SPACE, Verdict.TOO_SLOW, Verdict.SCAN_REQUIRED, Verdict.DUPLICATE,
        Verdict.TOO_MANY_PAGES,
    }  # fmt: skip
    assert refusals - covered == elsewhere
