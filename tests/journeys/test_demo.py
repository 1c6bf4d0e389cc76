"""The demo without a display: its pictures, its report, and its exit code."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from display.evidence import Kind, page_facts
from display.schedule import State, showings
from display.screen import Screen
from kiosk.cli import main
from kiosk.demo.report import board_text, make_report
from kiosk.demo.samples import FOLDER, GOOD, REFUSED
from kiosk.store.terminal import TerminalStore
from kiosk.sync.receipt import RECEIPT
from kiosk.sync.signatures import kind_of
from tests.display.builders import MORNING, edition

SECONDS = "25"


@pytest.mark.timeout(200)
def test_the_headless_demo_passes_and_leaves_its_pictures(tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "kiosk.cli", "demo", "--headless"]
    done = subprocess.run(
        [*command, "--seconds", SECONDS, "--size", "1366x768", "--out", str(out)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("home.png", "lookup.png", "notice.png", "entry.png", "upload.png", "receipt.png"):
        with Image.open(out / name) as picture:
            assert picture.size == (1366, 768)
            assert len(picture.convert("RGB").getcolors(2_000_000) or []) > 50, "an empty picture"
    with Image.open(out / "board.png") as picture:
        assert picture.width > picture.height
    report = json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert report["problems"] == []
    assert (report["files_delivered"], report["files_refused"]) == (len(GOOD), len(REFUSED))
    assert kind_of((out / "receipt.txt").read_text(encoding="ascii").strip()) == RECEIPT
    assert report["notices"] == 65
    assert report["search_hits"] > 0
    assert report["pages_planned"] == report["pages_acknowledged"] > 0
    assert any("招标公告" in text for text in report["board_text"])
    lines = (out / "board-frames.log").read_text(encoding="utf-8").splitlines()
    assert board_text(lines) == report["board_text"]
    assert "4 files handed in from a stick and delivered, 4 refused" in done.stdout
    if report["receipt_printed"]:
        assert list((out / "printed").glob("*.pdf"))
    else:
        assert "no printer" in done.stdout
    # The demo's centre is gone; its receipt can be proven all the same.
    assert (
        main(["receipt", "verify", str(out / "receipt.txt"), "--key", str(out / "keys.json")]) == 0
    )
    assert {path.name for path in (out / "stick" / FOLDER).iterdir()} == {*GOOD, *REFUSED}


@pytest.fixture
def store(tmp_path: Path) -> TerminalStore:
    """A store whose board has an edition of two pages, both shown once."""
    made = edition(5.0, 5.0)
    store = TerminalStore(tmp_path / "terminal.db")
    store.keep_edition("lobby", made.day, made.id, MORNING, made.model_dump_json())
    until = MORNING + timedelta(seconds=11)
    for showing in showings(made, Screen(), MORNING, until, {}):
        if showing.state is State.PAGE and showing.page is not None:
            for state in ("sent", "acknowledged"):
                page, since = showing.page, showing.since
                facts = page_facts(made.id, page, f"n{page}", since, state)
                store.record("lobby", since, Kind.ON_AIR, facts)
    return store


def frames_of(folder: Path, *texts: str) -> Path:
    path = folder / "frames.log"
    frame = {"direction": "in", "valid": True}
    path.write_text("".join(json.dumps(frame | {"texts": [text]}) + "\n" for text in texts))
    return path


@pytest.mark.parametrize(
    ("texts", "tour", "notices", "seconds", "problem"),
    [
        (["第0页", "第1页"], {"finished": True, "search_hits": 1}, 0, 11, None),
        (["第0页"], {"finished": True, "search_hits": 1}, 0, 11, "not among the board's frames"),
        (["第0页", "第1页"], {"finished": False}, 0, 11, "did not reach its end"),
        (
            ["第0页", "第1页"],
            {"finished": False, "stuck_on": "home", "why": "not in contact"},
            0,
            11,
            "did not reach its end: stuck on home: not in contact",
        ),
        (["第0页", "第1页"], {"finished": True, "search_hits": 0}, 0, 11, "found nothing"),
        (["第0页", "第1页"], {"finished": True, "search_hits": 1}, 3, 11, "3 notices"),
        (["第0页", "第1页"], {"finished": True, "search_hits": 1}, 0, 30, "not acknowledged"),
        (["第0页", "第1页"], {"finished": True, "search_hits": 1}, 0, 1, "no page was due"),
    ],
)
def test_the_report_names_what_did_not_happen(
    tmp_path: Path,
    store: TerminalStore,
    texts: list[str],
    tour: dict[str, object],
    notices: int,
    seconds: float,
    problem: str | None,
) -> None:
    report = make_report(
        store,
        board="lobby",
        until=MORNING + timedelta(seconds=seconds),
        frames=frames_of(tmp_path, *texts),
        tour=tour,
        expected_notices=notices,
    )
    if problem is None:
        assert report["problems"] == []
    else:
        assert any(problem in told for told in report["problems"]), report["problems"]


def test_an_empty_store_is_a_problem(tmp_path: Path) -> None:
    with TerminalStore(tmp_path / "empty.db") as store:
        report = make_report(
            store, board="lobby", until=datetime.now(UTC), frames=frames_of(tmp_path),
            tour={}, expected_notices=0,
        )  # fmt: skip
    assert "no edition was made" in report["problems"]
