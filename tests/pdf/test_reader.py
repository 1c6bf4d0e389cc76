"""Files of strangers: what is sound is drawn, and nothing else harms anybody."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.pdf import child
from kiosk.pdf.document import (
    BadPage,
    Closed,
    Crashed,
    Damaged,
    Encrypted,
    Missing,
    PageSize,
    PdfError,
    Picture,
    TooLong,
    TooSlow,
)
from kiosk.pdf.protocol import MAX_PAGES, MAX_PIXELS, Part, read_document, write_sizes
from kiosk.pdf.reader import Limits, PdfReader
from tests.pdf.samples import A4, raw, sound, swelling, tangle

BLACK, WHITE = (0, 0, 0), (255, 255, 255)


@pytest.fixture
def reader() -> Iterator[PdfReader]:
    with PdfReader() as one:
        yield one


def written(folder: Path, content: bytes) -> Path:
    path = folder / "招标 文件.pdf"
    path.write_bytes(content)
    return path


def pixel(picture: Picture, x: int, y: int) -> tuple[int, ...]:
    start = (y * picture.width + x) * 3
    return tuple(picture.pixels[start : start + 3])


def alive(pid: int) -> bool:
    """Whether there is such a process, also as a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def children() -> list[int]:
    found = Path("/proc/self/task").glob("*/children")
    return [int(pid) for path in found for pid in path.read_text().split()]


def test_pages_have_sizes_and_are_drawn(reader: PdfReader, tmp_path: Path) -> None:
    document = reader.open(written(tmp_path, sound(3)))
    assert [(round(p.width), round(p.height)) for p in document.pages] == [
        (595, 842),
        (842, 595),
        (595, 842),
    ]
    whole = reader.render(0, 420)
    assert (whole.width, whole.height) == (420, 594)
    assert len(whole.pixels) == 420 * 594 * 3
    assert pixel(whole, 10, 10) == pixel(whole, 78, 78) == BLACK
    assert pixel(whole, 82, 40) == pixel(whole, 40, 82) == pixel(whole, 410, 590) == WHITE


def test_parts_of_a_page_are_parts_of_its_picture(reader: PdfReader, tmp_path: Path) -> None:
    reader.open(written(tmp_path, sound(2)))
    whole = reader.render(1, 300)
    parts = [reader.render(1, 300, top_px=top, rows_px=53) for top in range(0, 212, 53)]
    assert b"".join(part.pixels for part in parts) == whole.pixels
    assert whole.height == 212


def test_a_page_that_is_turned_has_the_size_it_is_seen_with(
    reader: PdfReader, tmp_path: Path
) -> None:
    turned = raw().replace(b"/Parent 2 0 R", b"/Rotate 90/Parent 2 0 R")
    document = reader.open(written(tmp_path, turned))
    assert (document.pages[0].width, document.pages[0].height) == (842, 595)


def test_what_is_encrypted_is_named(reader: PdfReader, tmp_path: Path) -> None:
    with pytest.raises(Encrypted):
        reader.open(written(tmp_path, sound(password="secret")))
    assert reader.child is None


def test_a_file_that_only_its_author_may_change_is_read(reader: PdfReader, tmp_path: Path) -> None:
    from fpdf import FPDF

    sheet = FPDF()
    sheet.add_page()
    sheet.set_encryption("owner")
    assert len(reader.open(written(tmp_path, bytes(sheet.output()))).pages) == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"%PDF-1.7\n", b"PK\x03\x04" + bytes(500), b"no PDF at all " * 1000, raw(kids=0)],
    ids=["empty", "head", "zip", "text", "no pages"],
)
def test_what_is_no_pdf_is_damaged(reader: PdfReader, tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Damaged):
        reader.open(written(tmp_path, content))
    assert reader.child is None


def test_files_cut_off_or_with_noise_are_read_or_refused(reader: PdfReader, tmp_path: Path) -> None:
    whole = sound(3)
    for cut in range(100, len(whole), len(whole) // 6):
        for content in (whole[:cut], whole[:cut] + b"\xff" * 40 + whole[cut + 40 :]):
            try:
                document = reader.open(written(tmp_path, content))
                for number in range(len(document.pages)):
                    reader.render(number, 60)
            except PdfError:
                pass
    assert len(reader.open(written(tmp_path, whole)).pages) == 3


def test_a_file_that_is_not_there(reader: PdfReader, tmp_path: Path) -> None:
    with pytest.raises(Missing):
        reader.open(tmp_path / "gone.pdf")


def test_ten_thousand_pages_open_and_the_last_is_drawn(reader: PdfReader, tmp_path: Path) -> None:
    document = reader.open(written(tmp_path, raw(b"0 0 600 900 re f", kids=10_000)))
    assert len(document.pages) == 10_000
    assert pixel(reader.render(9_999, 60), 30, 40) == BLACK


def test_too_many_pages_are_refused(reader: PdfReader, tmp_path: Path) -> None:
    with pytest.raises(TooLong):
        reader.open(written(tmp_path, raw(kids=MAX_PAGES + 1)))


@pytest.mark.parametrize(
    "box",
    [b"0 0 10 1000000", b"0 0 1000000 10", b"0 0 1e30 1", b"0 0 -1 1e-30"],
)
def test_a_page_of_no_human_shape_is_not_drawn(
    reader: PdfReader, tmp_path: Path, box: bytes
) -> None:
    document = reader.open(written(tmp_path, raw(box=box)))
    if document.pages[0].drawable:
        reader.render(0, 60)
    else:
        with pytest.raises(BadPage):
            reader.render(0, 60)
    assert reader.is_open


def test_a_huge_page_is_drawn_as_small_as_asked(reader: PdfReader, tmp_path: Path) -> None:
    content = b"0 0 200000 200000 re f"
    document = reader.open(written(tmp_path, raw(content, box=b"0 0 2000000 2000000")))
    assert document.pages[0].drawable
    picture = reader.render(0, 100)
    assert (picture.width, picture.height) == (100, 100)
    assert (pixel(picture, 5, 95), pixel(picture, 50, 50)) == (BLACK, WHITE)


@pytest.mark.parametrize(
    ("part", "problem"),
    [
        ({"page": 3, "width_px": 10}, IndexError),
        ({"page": 0, "width_px": 0}, ValueError),
        ({"page": 0, "width_px": 100, "top_px": 141, "rows_px": 2}, ValueError),
        ({"page": 0, "width_px": 3000}, ValueError),
    ],
)
def test_parts_that_are_not_there_are_refused_before_the_child_hears_of_them(
    reader: PdfReader, tmp_path: Path, part: dict[str, int], problem: type[Exception]
) -> None:
    reader.open(written(tmp_path, sound(3)))
    with pytest.raises(problem):
        reader.render(**part)
    assert reader.render(0, 10).height == 14


def test_what_takes_too_long_is_ended_and_the_next_file_opens(tmp_path: Path) -> None:
    with PdfReader(Limits(draw_s=0.3)) as reader:
        reader.open(written(tmp_path, tangle(100_000)))
        pid = reader.child
        began = time.monotonic()
        with pytest.raises(TooSlow):
            reader.render(0, 1000)
        assert time.monotonic() - began < 2
        assert reader.child is None and not reader.is_open
        assert pid is not None and not alive(pid)
        with pytest.raises(ValueError, match="no file is open"):
            reader.render(0, 10)
        reader.open(written(tmp_path, sound(1)))
        assert reader.render(0, 10).height == 14


def test_a_child_that_dies_is_told_and_the_next_one_works(
    reader: PdfReader, tmp_path: Path
) -> None:
    path = written(tmp_path, sound(1))
    reader.open(path)
    pid = reader.child
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(Crashed):
        reader.render(0, 100)
    assert not alive(pid)
    reader.open(path)
    assert reader.child != pid


def test_a_child_that_needs_more_memory_than_it_may_have_dies(tmp_path: Path) -> None:
    path = written(tmp_path, swelling(100))
    assert path.stat().st_size < 200_000
    with PdfReader(Limits(megabytes=128)) as reader:
        reader.open(path)
        with pytest.raises(Crashed):
            reader.render(0, 100)


def test_closing_in_the_middle_ends_child_and_call(tmp_path: Path) -> None:
    reader = PdfReader()
    reader.open(written(tmp_path, tangle(100_000)))
    pid, heard = reader.child, []

    def draw() -> None:
        try:
            reader.render(0, 1000)
        except PdfError as problem:
            heard.append(type(problem))

    thread = threading.Thread(target=draw)
    thread.start()
    time.sleep(0.1)
    began = time.monotonic()
    reader.close()
    assert time.monotonic() - began < 1
    thread.join(2)
    assert heard == [Closed]
    assert pid is not None and not alive(pid)
    with pytest.raises(Closed):
        reader.open(written(tmp_path, sound(1)))
    reader.close()


def test_nothing_is_left_running(tmp_path: Path) -> None:
    before = children()
    path = written(tmp_path, sound(1))
    for _ in range(3):
        with PdfReader() as reader:
            reader.open(path)
            reader.open(path)
    assert children() == before


def test_a_child_whose_reader_dies_ends(tmp_path: Path) -> None:
    reader = PdfReader()
    reader.open(written(tmp_path, sound(1)))
    process = reader._process
    assert process is not None and process.stdin is not None
    process.stdin.close()
    assert process.wait(5) == 0
    reader.close()


def test_a_child_that_lies_about_length_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    liar = "import sys; sys.stdin.buffer.read(5); sys.stdout.buffer.write(b'\\0' + b'\\xff' * 900)"
    real = subprocess.Popen

    def popen(command: list[str], **more: object) -> object:
        return real([command[0], "-c", liar], **more)

    monkeypatch.setattr("kiosk.pdf.reader.subprocess.Popen", popen)
    with PdfReader() as reader, pytest.raises(Crashed):
        reader.open(written(tmp_path, sound(1)))


def test_the_child_may_not_write_nor_fork(tmp_path: Path) -> None:
    with PdfReader() as reader:
        reader.open(written(tmp_path, sound(1)))
        limits = Path(f"/proc/{reader.child}/limits").read_text()
        nice = int(Path(f"/proc/{reader.child}/stat").read_text().rpartition(")")[2].split()[16])
    said = {line[:26].strip(): line[26:47].strip() for line in limits.splitlines()}
    assert said["Max file size"] == said["Max core file size"] == said["Max processes"] == "0"
    assert said["Max address space"] == str(768 << 20)
    assert said["Max cpu time"] != "unlimited"
    assert nice == min(19, os.nice(0) + child.POLITE)


@given(st.lists(st.tuples(st.floats(1, 14400, width=32), st.floats(1, 14400, width=32))))
def test_sizes_survive_the_way(sizes: list[tuple[float, float]]) -> None:
    assert read_document(write_sizes(sizes)).pages == tuple(PageSize(*size) for size in sizes)


@given(
    st.builds(
        dict,
        page=st.integers(0, 1000),
        width=st.integers(1, 4000),
        top=st.integers(0, 9000),
        rows=st.integers(1, 900),
    )
)
def test_parts_survive_the_way(given: dict[str, int]) -> None:
    part = Part(height=given["top"] + given["rows"], **given)
    assert Part.from_bytes(part.to_bytes()) == part
    assert part.size <= 3 * MAX_PIXELS


@pytest.mark.parametrize(
    "size",
    [(0, 10), (10, 0), (-5, 10), (float("nan"), 10), (float("inf"), 10), (10, 201), (201, 10)],
)
def test_shapes_that_cannot_be_drawn(size: tuple[float, float]) -> None:
    assert not PageSize(*size).drawable
    assert PageSize(*A4).drawable and PageSize(10, 200).drawable
