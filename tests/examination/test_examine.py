"""One examination: limits of a visit, cancelling, deadlines, files that change or go."""

import hashlib
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.examination import child, inside
from kiosk.examination import examine as examination
from kiosk.examination.clamd import Clamd
from kiosk.examination.examine import Chosen, Examination, Stopped, examine
from kiosk.examination.inside import Limits, look_inside
from kiosk.examination.kinds import Kind
from kiosk.examination.opening import AlreadyOpen, InFolder
from kiosk.examination.pdf_pages import count_pages
from kiosk.examination.policy import Policy
from kiosk.examination.verdict import Finding, Grade, Verdict
from kiosk.pdf.document import Crashed, Document, Missing, PageSize, TooLong, TooSlow
from tests.examination import making
from tests.examination.conftest import POLICY
from tests.examination.virtual_clamd import VirtualClamd

SEALED = "投标.tbwj"
NUMBER = 99


def put(folder: Path, data: bytes, name: str = SEALED) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def look(path: Path, policy: Policy = POLICY, **more: object) -> Examination:
    number = os.open(path, os.O_RDONLY)
    try:
        return examine(AlreadyOpen(number, os.fsencode(path.name)), policy, **more)  # type: ignore[arg-type]
    finally:
        os.close(number)


def test_digest_size_and_progress(tmp_path: Path) -> None:
    data = os.urandom(2_500_000)
    heard: list[tuple[int, int]] = []
    examined = look(put(tmp_path, data), progress=lambda at, of: heard.append((at, of)))
    assert examined.sha256 == hashlib.sha256(data).hexdigest()
    assert examined.size == len(data)
    assert heard == [(1 << 20, 2_500_000), (2 << 20, 2_500_000), (2_500_000, 2_500_000)]
    assert examined.grade is Grade.REMARK
    assert examined.media_type == "application/octet-stream"
    assert "投标" not in repr(examined)


def test_what_is_not_taken_is_told_with_all_that_is(tmp_path: Path) -> None:
    refused = look(put(tmp_path, b"{}", "公告.ndjson"))
    (ending,) = [each for each in refused.findings if each.verdict is Verdict.NAME_ENDING]
    assert str(ending.facts["endings"]).split() == [*POLICY.types, *POLICY.sealed]


def test_a_file_that_is_open_already_keeps_its_position(tmp_path: Path) -> None:
    path = put(tmp_path, making.docx(), "技术方案.docx")
    number = os.open(path, os.O_RDONLY)
    os.lseek(number, 5, os.SEEK_SET)
    path.unlink()
    examined = examine(AlreadyOpen(number, "技术方案.docx".encode()), POLICY)
    assert os.lseek(number, 0, os.SEEK_CUR) == 5
    os.close(number)
    assert examined.kind is Kind.DOCX
    assert examined.media_type.endswith("wordprocessingml.document")
    assert examined.name == examined.name_shown == "技术方案.docx"


def test_a_pdf_is_counted_under_whatever_name_it_has_now(tmp_path: Path) -> None:
    path = put(tmp_path, making.pdf(7), "a.pdf")
    number = os.open(path, os.O_RDONLY)
    path.rename(tmp_path / "b")
    examined = examine(AlreadyOpen(number, b"a.pdf"), POLICY)
    os.close(number)
    assert examined.pages == 7


@pytest.mark.parametrize(
    ("policy", "chosen", "free", "verdict"),
    [
        ({"file_mb": 1}, Chosen(), None, Verdict.TOO_LARGE),
        ({"total_mb": 3}, Chosen({}, 2_000_000, 1), None, Verdict.TOO_LARGE_TOGETHER),
        ({"files": 2}, Chosen({}, 2, 2), None, Verdict.TOO_MANY),
        ({"margin_mb": 10}, Chosen(), 11_000_000, Verdict.NO_SPACE),
        ({"margin_mb": 10}, Chosen(), 12_000_000, Verdict.NOT_SCANNED),
        ({"unscanned": "refuse"}, Chosen(), None, Verdict.SCAN_REQUIRED),
    ],
)
def test_limits(
    tmp_path: Path,
    policy: dict[str, object],
    chosen: Chosen,
    free: int | None,
    verdict: Verdict,
) -> None:
    path = put(tmp_path, bytes([7]) * 1_500_000)
    examined = look(path, POLICY.model_copy(update=policy), chosen=chosen, free=free)
    assert examined.verdicts[-1] is verdict


def test_the_same_file_twice_and_the_same_content_by_another_name(tmp_path: Path) -> None:
    first = look(put(tmp_path, b"content"))
    chosen = Chosen().with_file(first)
    assert (chosen.count, chosen.size) == (1, 7)
    again = look(put(tmp_path, b"content"), chosen=chosen)
    assert again.verdicts[-1] is Verdict.DUPLICATE
    assert again.grade is Grade.REFUSED
    other = look(put(tmp_path, b"content", "另.tbwj"), chosen=chosen)
    assert other.findings[-1] == Finding(Verdict.SAME_CONTENT, {"name": SEALED})
    assert other.grade is Grade.REMARK
    with pytest.raises(ValueError, match="not accepted"):
        chosen.with_file(again)


def test_a_file_that_changes_meanwhile_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path, bytes(3_000_000))

    def grow(at: int, _of: int) -> None:
        if at == 1 << 20:
            with path.open("ab") as file:
                file.write(b"more")

    assert look(path, progress=grow).verdicts[-1] is Verdict.CHANGED

    def shrink(at: int, _of: int) -> None:
        if at == 1 << 20:
            os.truncate(path, 1 << 20)

    assert look(path, progress=shrink).verdicts[-1] is Verdict.CHANGED


def test_a_file_that_is_written_over_meanwhile_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path, bytes(3_000_000))
    os.utime(path, (1, 1))

    def write_over(at: int, _of: int) -> None:
        if at == 1 << 20:
            with path.open("r+b") as file:
                file.write(b"other")

    examined = look(path, progress=write_over)
    assert examined.verdicts[-1] is Verdict.CHANGED
    assert examined.sha256 is None


def test_a_stick_that_is_pulled_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path, bytes(3_000_000))
    real = os.pread

    def failing(number: int, count: int, at: int) -> bytes:
        if at >= 1 << 20 and count == 1 << 20:
            raise OSError(5, "Input/output error")
        return real(number, count, at)

    monkeypatch.setattr(examination.os, "pread", failing)
    examined = look(path)
    assert examined.verdicts[-1] is Verdict.UNREADABLE
    assert examined.sha256 is None


@pytest.mark.parametrize("name", [b"gone.pdf", b"../a.pdf", b"/etc/passwd", b"..", b"", b"a\0b"])
def test_names_that_lead_nowhere(tmp_path: Path, name: bytes) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    examined = examine(InFolder(folder, name), POLICY)
    os.close(folder)
    gone = Verdict.UNREADABLE if name == b"gone.pdf" else Verdict.NAME_PATH
    assert examined.verdicts == (gone,)
    assert examined.size is None


def test_stop_is_heeded_in_the_middle(tmp_path: Path) -> None:
    path = put(tmp_path, bytes(10_000_000))
    heard: list[int] = []
    with pytest.raises(Stopped):
        look(path, progress=lambda at, _of: heard.append(at), stop=lambda: len(heard) == 2)
    assert len(heard) == 2


@pytest.mark.parametrize(
    ("seconds", "verdict"), [(10, Verdict.DAMAGED), (-1, Verdict.NOT_ALL_SEEN)]
)
def test_what_time_did_not_allow_is_remarked(
    tmp_path: Path, seconds: float, verdict: Verdict
) -> None:
    """The sum of a stored entry is made sure of last."""
    with put(tmp_path, making.one_entry(b"a", b"a", checksum=7)).open("rb") as file:
        _, findings = child.look(file.fileno(), Kind.ZIP, seconds)
    assert [each.verdict for each in findings] == [verdict]


def test_a_large_file_has_more_time() -> None:
    assert Limits.of(0).seconds == Limits().seconds
    assert Limits.of(1_000_000_000).seconds == Limits().seconds + 100


def test_a_slow_stick_is_given_up(tmp_path: Path) -> None:
    path = put(tmp_path, bytes(10_000_000))
    now = [0.0]

    def pass_by(_at: int, _of: int) -> None:
        now[0] += 40.0

    assert look(path, progress=pass_by, clock=lambda: now[0]).verdicts[-1] is Verdict.TOO_SLOW
    assert now[0] == 200.0


def _children() -> set[int]:
    return {int(pid) for pid in Path("/proc/self/task").joinpath(
        str(threading.get_native_id()), "children").read_text().split()}  # fmt: skip


@pytest.fixture
def sleeping_child(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Stands in for the child's program."""
    program = tmp_path / "program"

    def become(code: str) -> None:
        program.write_text(f"#!/bin/sh\nexec {os.sys.executable} -c '{code}'\n")  # type: ignore[attr-defined]
        program.chmod(0o700)
        monkeypatch.setattr(inside.sys, "executable", str(program))

    return become


def test_a_child_that_hangs_is_ended(sleeping_child: Callable[[str], None], tmp_path: Path) -> None:
    sleeping_child("import time; time.sleep(60)")
    with put(tmp_path, b"PK\x03\x04").open("rb") as file:
        began = time.monotonic()
        limits = Limits(seconds=0.2)
        _, findings = look_inside(file.fileno(), Kind.ZIP, lambda: None, limits)
    assert findings == [Finding(Verdict.TOO_SLOW)]
    assert time.monotonic() - began < 5
    assert not _children()


def test_a_child_is_ended_with_the_visit(
    sleeping_child: Callable[[str], None], tmp_path: Path
) -> None:
    sleeping_child("import time; time.sleep(60)")
    path = put(tmp_path, making.docx(), "a.docx")
    asked: list[None] = []

    def stop() -> bool:
        asked.append(None)
        return len(asked) > 2

    with pytest.raises(Stopped):
        look(path, stop=stop)
    assert not _children()


@pytest.mark.parametrize(
    "code",
    [
        "import os; os.abort()",
        "print(1)",
        'print("{}")',
        r'print("{\"kind\": \"zip\", \"findings\": [[\"no verdict\", {}]]}")',
        'print("x" * 60000)',
        "raise SystemExit(3)",
        r'print("{\"kind\": \"zip\", \"findings\": []}"); raise SystemExit(3)',
    ],
)
def test_a_child_that_was_taken_over_is_not_believed(
    sleeping_child: Callable[[str], None], tmp_path: Path, code: str
) -> None:
    sleeping_child(code)
    with put(tmp_path, b"PK\x03\x04").open("rb") as file:
        _, findings = look_inside(file.fileno(), Kind.ZIP, lambda: None)
    assert findings == [Finding(Verdict.NOT_EXAMINABLE)]


def test_the_child_has_the_limits_it_was_told(tmp_path: Path) -> None:
    """With too little memory it ends, and nothing else does."""
    path = put(tmp_path, making.picture("JPEG"), "a.jpg")
    with path.open("rb") as file:
        _, findings = look_inside(file.fileno(), Kind.JPEG, lambda: None, Limits(megabytes=8))
    assert findings == [Finding(Verdict.NOT_EXAMINABLE)]


class _Reader:
    def __init__(self, outcome: Document | Exception | None) -> None:
        self._outcome = outcome
        self._closed = threading.Event()

    def open(self, file: int) -> Document:
        assert file == NUMBER
        if self._outcome is None:
            self._closed.wait(30)
            raise Crashed
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome

    def close(self) -> None:
        self._closed.set()


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (Document((PageSize(1, 1),) * 3), 3),
        (TooLong(), Finding(Verdict.TOO_MANY_PAGES)),
        (TooSlow(), Finding(Verdict.TOO_SLOW)),
        (Missing(), Finding(Verdict.UNREADABLE)),
        (Crashed(), Finding(Verdict.DAMAGED, {"kind": "pdf"})),
        (OSError(12, "Cannot allocate memory"), Finding(Verdict.NOT_EXAMINABLE)),
    ],
)
def test_what_the_pdf_reader_says(outcome: Document | Exception, expected: int | Finding) -> None:
    assert count_pages(NUMBER, lambda: None, lambda: _Reader(outcome)) == expected


def test_the_pdf_reader_is_closed_with_the_visit() -> None:
    def leave() -> None:
        raise Stopped

    reader = _Reader(None)
    with pytest.raises(Stopped):
        count_pages(NUMBER, leave, lambda: reader)
    assert reader._closed.is_set()


def test_what_is_too_large_for_the_scanner_is_not_called_clean(
    tmp_path: Path, virtual_clamd: VirtualClamd
) -> None:
    path = put(tmp_path, b"\x8f" * 1_500_000 + making.EICAR)
    before = len(virtual_clamd.streams)
    policy = POLICY.model_copy(update={"scan_mb": 1})
    examined = look(path, policy, scanner=Clamd(virtual_clamd.address))
    assert Verdict.TOO_LARGE_TO_SCAN in examined.verdicts
    assert Verdict.CLEAN not in examined.verdicts
    assert len(virtual_clamd.streams) == before
    refusing = policy.model_copy(update={"unscanned": "refuse"})
    refused = look(path, refusing, scanner=Clamd(virtual_clamd.address))
    assert refused.verdicts[-1] is Verdict.SCAN_REQUIRED


def test_a_child_killed_from_outside(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sleeping_child: Callable[[str], None]
) -> None:
    sleeping_child(f"import os; os.kill(os.getpid(), {int(signal.SIGKILL)})")
    with put(tmp_path, b"PK\x03\x04").open("rb") as file:
        _, findings = look_inside(file.fileno(), Kind.ZIP, lambda: None)
    assert findings == [Finding(Verdict.NOT_EXAMINABLE)]


def test_no_child_can_be_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The stick is not to blame."""
    monkeypatch.setattr(inside.sys, "executable", str(tmp_path / "none"))
    examined = look(put(tmp_path, making.docx(), "a.docx"))
    assert examined.verdicts == (Verdict.NOT_EXAMINABLE,)
