import csv
import json
import re
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

from display.edition import Edition
from display.evidence import Kind, Proof, moment_text, to_line
from kiosk.evidence import export
from kiosk.evidence.check import Checked
from kiosk.evidence.export import FolderInUse, NothingRecorded
from kiosk.evidence.led_picture import DOT, NotAPicture, strips
from kiosk.evidence.paper import NO_GLYPH, Paper
from kiosk.evidence.summary import Summary
from kiosk.store.terminal import TerminalStore
from tests.display.builders import DAY, MORNING, notice
from tests.evidence.conftest import CENTRE, exported
from tests.evidence.day import BOARD, edition_of, fill, keep, pictures_of, show, some_notices

Faces = tuple[Path, Path]
SECOND = timedelta(seconds=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TerminalStore]:
    with TerminalStore(tmp_path / "terminal.db") as opened:
        yield opened


def log_of(folder: Path) -> list[int]:
    lines = (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["number"] for line in lines]


def test_the_folder_holds_what_the_store_holds(filled: TerminalStore, whole: Path) -> None:
    lines = (whole / "log.jsonl").read_text(encoding="utf-8").splitlines()
    assert lines == [to_line(entry) for entry in filled.entries(BOARD)]
    edition = edition_of(some_notices(3))
    text = (whole / "editions" / f"{edition.id}.json").read_text(encoding="utf-8")
    assert text == filled.edition(BOARD, DAY) == edition.model_dump_json()
    pictures = {path.read_bytes() for path in (whole / "pictures").iterdir()}
    assert pictures == set(pictures_of(edition))
    assert "check.py" in (whole / "README.txt").read_text(encoding="utf-8")
    with (whole / "pictures.csv").open(encoding="utf-8-sig", newline="") as table:
        head, *rows = csv.reader(table)
    assert head[0] == "日期 day" and len(head) == 5
    assert [row[:4] for row in rows] == [
        [f"{DAY}", "1", f"{number}", page.line] for number, page in enumerate(edition.pages, 1)
    ]
    assert [(whole / row[4]).read_bytes() for row in rows] == list(pictures_of(edition))


def test_an_afternoon_begins_with_its_edition(
    filled: TerminalStore, small_faces: Faces, tmp_path: Path
) -> None:
    """Else nothing in the log would tie the pictures to what was on air."""
    out = tmp_path / "out"
    done = exported(filled, small_faces, out, since=MORNING + 60 * SECOND)
    made = filled.last_entry(BOARD, Kind.EDITION)
    assert made is not None
    assert log_of(out) == list(range(made.number, done.last.number + 1))
    assert Checked(out).problems == []
    assert done.broken is None


def test_an_edition_made_again_with_the_same_content(
    store: TerminalStore, small_faces: Faces, tmp_path: Path
) -> None:
    made = fill(store, some_notices(2), rounds=2)
    text = made.model_dump_json()
    later = MORNING + timedelta(hours=2)
    store.keep_edition(BOARD, DAY, made.id, later, text, pictures_of(made), again=True)
    show(store, made, later + SECOND, 0, Proof.ACKNOWLEDGED)
    exported(store, small_faces, tmp_path / "out", since=MORNING + 15 * SECOND)
    assert Checked(tmp_path / "out").problems == []
    assert log_of(tmp_path / "out")[0] == 4


def test_two_versions_of_a_day_are_both_there(
    store: TerminalStore, small_faces: Faces, tmp_path: Path
) -> None:
    first = fill(store, some_notices(2), rounds=1)
    second = edition_of([notice(9)])
    store.keep_edition(
        BOARD, DAY, second.id, MORNING + 99 * SECOND, second.model_dump_json(), again=True
    )
    show(store, second, MORNING + 100 * SECOND, 0, Proof.ACKNOWLEDGED)
    exported(store, small_faces, tmp_path / "out")
    checked = Checked(tmp_path / "out")
    assert checked.problems == []
    assert checked.notes == [
        f"editions/{second.id}.json was kept without pictures of its pages 未存页面图 (entry 14)"
    ]
    assert {path.stem for path in (tmp_path / "out" / "editions").iterdir()} == {
        first.id,
        second.id,
    }


def test_the_log_is_unbroken_though_the_clock_was_put_back(
    store: TerminalStore, small_faces: Faces, tmp_path: Path
) -> None:
    for seconds in (0, 5, -3600 * 5, 6):
        store.record(BOARD, MORNING + seconds * SECOND, Kind.CLOCK, {"s": seconds})
    exported(store, small_faces, tmp_path / "out")
    assert log_of(tmp_path / "out") == [1, 2, 3, 4]
    assert Checked(tmp_path / "out").problems == []


def test_until_is_exclusive(store: TerminalStore, small_faces: Faces, tmp_path: Path) -> None:
    for seconds in range(4):
        store.record(BOARD, MORNING + seconds * SECOND, Kind.CLOCK, {})
    period = {"since": MORNING + SECOND, "until": MORNING + 3 * SECOND}
    exported(store, small_faces, tmp_path / "out", **period)
    assert log_of(tmp_path / "out") == [2, 3]
    assert Checked(tmp_path / "out").problems == []


def test_a_time_before_the_first_entry_or_to_come_is_refused(
    filled: TerminalStore, small_faces: Faces, tmp_path: Path
) -> None:
    hour = timedelta(hours=1)
    before = {"since": MORNING - 9 * hour, "until": MORNING - 8 * hour}
    to_come = {"since": MORNING + 10 * hour, "until": MORNING + 11 * hour}
    for more in (before, to_come, {"board": "corridor"}):
        with pytest.raises(NothingRecorded):
            exported(filled, small_faces, tmp_path / "out", **more)
    assert not (tmp_path / "out").exists()


def test_a_folder_with_files_is_refused(
    filled: TerminalStore, small_faces: Faces, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("mine")
    for out in (tmp_path, tmp_path / "file"):
        with pytest.raises(FolderInUse):
            exported(filled, small_faces, out)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_chain_that_is_broken_in_the_store_is_exported_as_it_is(
    store: TerminalStore, small_faces: Faces, tmp_path: Path
) -> None:
    fill(store, some_notices(2), rounds=2)
    with closing(sqlite3.connect(tmp_path / "terminal.db")) as database:
        database.execute("DROP TRIGGER evidence_no_delete")
        database.execute("DELETE FROM evidence WHERE number = 7")
        database.commit()
    done = exported(store, small_faces, tmp_path / "out")
    assert done.broken is not None
    assert done.broken.number == 7
    assert any("entry 7 should stand here" in told for told in Checked(tmp_path / "out").problems)


def streams(pdf: bytes) -> Iterator[bytes]:
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            yield zlib.decompress(found.group(1))
        except zlib.error:
            yield found.group(1)


def test_the_report_is_text_that_can_be_read_and_found(whole: Path) -> None:
    """Every character of these words is in the PDF's tables from glyphs to Unicode."""
    pdf = (whole / "report.pdf").read_bytes()
    found: set[str] = set()
    for stream in streams(pdf):
        if b"beginbf" in stream:
            for code in re.findall(rb"> <([0-9A-Fa-f]{4})>", stream):
                found.add(chr(int(code, 16)))
    assert set(f"{CENTRE}大屏上屏证据报告撤回节目单号道路维修工程施工招标公告已确认") <= found
    assert NO_GLYPH not in found
    assert len(pdf) < 400_000
    pages = len(re.findall(rb"/Type /Page\b", pdf))
    assert 2 <= pages <= 4


def test_odd_characters_are_told_apart_from_none(faces: Faces) -> None:
    paper = Paper(*faces, foot="", made_at=MORNING)
    assert paper.clean("招标\x00\t\u202e\U0001f600\ue000ok\n") == f"招标   {NO_GLYPH}{NO_GLYPH}ok\n"


def test_the_report_bears_odd_editions(
    store: TerminalStore, small_faces: Faces, tmp_path: Path
) -> None:
    long = "试" * 900
    made = edition_of([notice(1, title=long), notice(2, title="x" * 900), notice(3)])
    keep(store, made)
    strange = made.model_dump()
    strange["pages"] = [
        page | {"line": "\U0001f600\u202e\t" + "囍" * 2000} for page in strange["pages"]
    ]
    stranger = Edition.model_validate(strange)
    store.keep_edition(BOARD, DAY, stranger.id, MORNING, stranger.model_dump_json(), again=True)
    no_picture = edition_of([notice(5)])
    text = no_picture.model_dump_json()
    bad_png = [b"no png"] * len(no_picture.pages)
    store.keep_edition(BOARD, DAY, no_picture.id, MORNING, text, bad_png, again=True)
    store.record(BOARD, MORNING, Kind.TECHNICIAN, {"action": "show", "text": "长" * 9000})
    exported(store, small_faces, tmp_path / "out")
    assert Checked(tmp_path / "out").problems == []


def test_a_picture_is_cut_so_that_no_character_is_lost() -> None:
    edition = edition_of(some_notices(1))
    png = pictures_of(edition)[0]
    with Image.open(BytesIO(png)) as opened:
        width, height = opened.size
        whole = opened.convert("RGB")
    cut = list(strips(png, 112, 16))
    assert [w for _, w, _ in cut][:-1] == [112] * (len(cut) - 1)
    assert sum(w - 16 for _, w, _ in cut) + 16 == width
    for place, (strip, strip_width, strip_height) in enumerate(cut):
        with Image.open(BytesIO(strip)) as opened:
            drawn = opened.convert("RGB")
        assert drawn.size == (strip_width * DOT, height * DOT)
        assert strip_height == height
        for x, y in ((0, 0), (20, 9), (strip_width - 1, height - 1), (50, 20)):
            dot = drawn.getpixel((x * DOT + 2, y * DOT + 2))
            assert dot == whole.getpixel((place * 96 + x, y))
    assert len({drawn for drawn, _, _ in cut}) > 1
    assert all(left != right for (left, _, _), (right, _, _) in pairwise(cut))
    with pytest.raises(NotAPicture):
        list(strips(b"png", 112, 16))


def test_lines_are_json_for_any_program(whole: Path) -> None:
    for line in (whole / "log.jsonl").read_text(encoding="utf-8").splitlines():
        assert set(json.loads(line)) == {
            "at", "board", "digest", "facts", "kind", "number", "previous",
        }  # fmt: skip


def summary_of(
    monkeypatch: pytest.MonkeyPatch,
    store: TerminalStore,
    faces: Faces,
    out: Path,
    since: timedelta,
    until: timedelta,
) -> Summary:
    """What the report of a time was made from; the folder is whole."""
    made: list[Summary] = []

    class Kept(Summary):
        def __init__(self) -> None:
            super().__init__()
            made.append(self)

    monkeypatch.setattr(export, "Summary", Kept)
    exported(store, faces, out, since=MORNING + since, until=MORNING + until)
    assert Checked(out).problems == []
    return made[-1]


HOUR = timedelta(hours=1)


def test_what_began_before_the_period_is_told_and_in_the_log(
    store: TerminalStore, small_faces: Faces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line is lost from 08:30 to 12:30, with a restart meanwhile; asked for is 09:30–11:30."""
    store.record(BOARD, MORNING - 2 * HOUR, Kind.LINK, {"state": "connected"})
    store.record(BOARD, MORNING - HOUR, Kind.TECHNICIAN, {"action": "clock"})
    for hours in (0, 0.5):
        store.record(BOARD, MORNING + hours * HOUR, Kind.LINK, {"state": "lost"})
    store.record(BOARD, MORNING + 2 * HOUR, Kind.ALARM, {"what": "x"})
    store.record(BOARD, MORNING + 4 * HOUR, Kind.LINK, {"state": "connected"})
    summary = summary_of(monkeypatch, store, small_faces, tmp_path / "a", HOUR, 3 * HOUR)
    (loss,) = summary.losses
    assert (loss.since, loss.until, loss.outside) == (MORNING, None, True)
    assert log_of(tmp_path / "a") == [3, 4, 5]
    assert summary.count == 1


def test_a_period_without_an_entry_tells_the_state_it_began_with(
    store: TerminalStore, small_faces: Faces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dark = {"showing": "dark", "due": moment_text(MORNING)}
    store.record(BOARD, MORNING - HOUR, Kind.LINK, {"state": "connected"})
    store.record(BOARD, MORNING, Kind.ON_AIR, dark | {"state": "sent"})
    store.record(BOARD, MORNING + SECOND, Kind.ON_AIR, dark | {"state": "acknowledged"})
    store.record(BOARD, MORNING + 5 * HOUR, Kind.LINK, {"state": "connected"})
    summary = summary_of(monkeypatch, store, small_faces, tmp_path / "out", HOUR, 3 * HOUR)
    (span,) = summary.blanks
    assert (span.what, span.since, span.until, span.outside) == ("dark", MORNING, None, True)
    assert summary.count == 0
    assert log_of(tmp_path / "out") == [2, 3]


def test_a_page_on_air_before_a_period_without_entries(
    store: TerminalStore, small_faces: Faces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log then holds the page's edition too."""
    made = edition_of(some_notices(2))
    keep(store, made)
    show(store, made, MORNING + SECOND, 1, Proof.ACKNOWLEDGED)
    summary = summary_of(monkeypatch, store, small_faces, tmp_path / "out", HOUR, 3 * HOUR)
    assert summary.told_before == store.last_entry(BOARD)
    assert summary.blanks == summary.losses == []
    assert log_of(tmp_path / "out") == [1, 2, 3]


def test_entries_whose_times_lie_outside_are_counted(
    store: TerminalStore, small_faces: Faces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seconds in (0, 5, -3600 * 5, 6):
        store.record(BOARD, MORNING + seconds * SECOND, Kind.CLOCK, {"state": "proven"})
    summary = summary_of(monkeypatch, store, small_faces, tmp_path / "out", -HOUR, HOUR)
    assert (summary.count, summary.elsewhen) == (3, 1)


def test_the_report_says_what_its_reader_must_know(
    store: TerminalStore, faces: Faces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cautions, marked times, alarms and the clock in words, spans that began before."""
    said: list[str] = []
    clean = Paper.clean

    def heard(paper: Paper, text: str) -> str:
        said.append(text)
        return clean(paper, text)

    monkeypatch.setattr(Paper, "clean", heard)
    neutral = {"showing": "neutral", "state": "acknowledged", "due": moment_text(MORNING)}
    store.record(BOARD, MORNING - HOUR, Kind.ON_AIR, neutral)
    store.record(BOARD, MORNING + SECOND, Kind.CLOCK, {"state": "unproven", "unproven": True})
    store.record(BOARD, MORNING - 5 * HOUR, Kind.CLOCK, {"state": "proven"})
    store.record(BOARD, MORNING + 2 * SECOND, Kind.ALARM, {"what": "entries lost", "count": 7})
    store.record(BOARD, MORNING + 3 * SECOND, Kind.LINK, {"state": "connected"})
    learned = {"notice": "n1", "learned_at": moment_text(MORNING + 9 * SECOND), "state": "expired"}
    store.record(BOARD, MORNING + 4 * SECOND, Kind.WITHDRAWAL, learned)
    exported(store, faces, tmp_path / "out", since=MORNING)
    told = "\n".join(said)
    for part in (
        "另有 1 条记录按编号在时段之内",
        "有 1 条记录的时间记下时未经服务器证实",
        "有 7 条记录因数据库",
        "丢失 7 条记录",
        "时钟未经证实",
        "2026-11-23 08:30:01*",
        "（在时段之外开始）",
        "（至迟；重新连接",
        "≤ 1:00:03",
        "—",
        "2026-11-23 07:30:00　中性页　已确认　#1",
    ):
        assert part in told, part
