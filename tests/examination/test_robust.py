"""Whatever bytes a file or its name has, an examination ends with a verdict."""

import os
import warnings
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk import words
from kiosk.examination import examine as examination
from kiosk.examination.child import look
from kiosk.examination.content import HEAD, TAIL, kind_of, oddities
from kiosk.examination.examine import Examination, examine
from kiosk.examination.kinds import ENDINGS, Kind
from kiosk.examination.names import MAX_NAME_BYTES, REPLACED, is_control, is_invisible, read_name
from kiosk.examination.opening import AlreadyOpen
from kiosk.examination.sentences import sentences
from kiosk.examination.verdict import Finding, Grade
from tests.examination import making
from tests.examination.conftest import POLICY

SEEDS = [
    (".zip", making.zipped({"a.txt": "a" * 99, "b/c.docx": making.docx(), "d.doc": making.ole(
        {"WordDocument": making.word()})})),
    (".docx", making.docx({"word/media/a.png": making.picture("PNG", (9, 9))})),
    (".ofd", making.ofd()),
    (".doc", making.ole({"WordDocument": making.word(), "1Table": b"x"})),
    (".xls", making.ole({"Workbook": making.workbook()})),
    (".jpg", making.picture("JPEG", (40, 30))),
    (".png", making.picture("PNG", (40, 30))),
    (".tif", making.picture("TIFF", (40, 30))),
    (".bmp", making.picture("BMP", (40, 30))),
    (".pdf", making.pdf()),
    (".pdf", making.attaching_pdf("a.docx", making.docx())),
    (".pdf", making.packed_twice(b"<</S/JavaScript/JS(1)>>")),
    (".doc", making.ole({"WordDocument": making.word()},
                        small={"\x01Ole10Native": making.package("a.txt", b"a")})),
    (".jpg", making.picture("JPEG", (40, 30)) + making.film(900)),
    (".doc", making.ole({"WordDocument": making.word(), "1Table": bytes(9) + making.xlsx()},
                        gap=True)),
    (".zip", making.streamed_zip({"a.txt": b"a" * 99})),
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def in_this_process() -> Iterator[None]:
    """Looks inside without a child, so that its exceptions are seen, and quickly."""
    patch = pytest.MonkeyPatch()

    def look_here(number: int, kind: Kind, check: Callable[[], None]) -> tuple[Kind, list[Finding]]:
        check()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return look(number, kind, 10)

    patch.setattr(examination, "look_inside", look_here)
    yield
    patch.undo()


def look_at(name: bytes, data: bytes) -> Examination:
    number = os.memfd_create("examined")
    try:
        os.write(number, data)
        return examine(
            AlreadyOpen(number, name), POLICY, pages=lambda _number, _check: 1, clock=lambda: 0.0
        )
    finally:
        os.close(number)


def check(examined: Examination) -> None:
    assert examined.findings
    if examined.grade is Grade.REFUSED:
        assert examined.sha256 is None
    else:
        assert examined.sha256 is not None
    for language in ("zh", "en"):
        told = sentences(words.load(language), examined.findings)
        assert all(told)
        assert not any("{" in each for each in told)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.sampled_from([*ENDINGS, "tbwj", "exe", ""]), st.binary(min_size=1, max_size=600))
def test_random_bytes(ending: str, data: bytes) -> None:
    check(look_at(f"a.{ending}".encode(), data))


@settings(
    max_examples=500,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=8)), max_size=4),
    st.floats(0.05, 1),
)
def test_mutated_files(
    seed: tuple[str, bytes], changes: list[tuple[float, bytes]], kept: float
) -> None:
    ending, data = seed
    mutated = bytearray(data)
    for where, what in changes:
        at = int(where * (len(mutated) - 1))
        mutated[at : at + len(what)] = what
    check(look_at(b"a" + ending.encode(), bytes(mutated[: max(1, int(kept * len(mutated)))])))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.sampled_from(SEEDS), st.sampled_from(SEEDS))
def test_one_kind_behind_another(first: tuple[str, bytes], second: tuple[str, bytes]) -> None:
    examined = look_at(b"a" + first[0].encode(), first[1] + second[1])
    check(examined)
    if first[0] == ".pdf" and second[0] in {".zip", ".docx", ".ofd"}:
        assert examined.grade is Grade.REFUSED


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.binary(max_size=300) | st.text(max_size=100).map(lambda text: text.encode("utf-8")))
def test_names(raw: bytes) -> None:
    name = read_name(raw)
    refused = any(finding.grade is Grade.REFUSED for finding in name.findings)
    assert not any(is_control(c) or is_invisible(c) for c in name.shown)
    name.shown.encode()
    if not refused:
        assert name.text == name.shown
        assert 0 < len(name.text.encode()) <= MAX_NAME_BYTES
        assert REPLACED not in name.text
        assert not set('/\\<>:"|?*\0') & set(name.text)
        assert name.text not in {".", ".."}


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary(max_size=3000))
def test_magic(data: bytes) -> None:
    kind = kind_of(data[:HEAD])
    for finding in oddities(kind, data[:HEAD], data[-TAIL:]):
        assert finding.grade is Grade.REFUSED


def test_every_byte_of_a_zip_cut_off_is_refused() -> None:
    data = making.docx()
    for length in range(1, len(data), 7):
        examined = look_at(b"a.docx", data[:length])
        assert examined.grade is Grade.REFUSED, length
