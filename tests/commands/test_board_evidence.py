"""`mingtang board evidence`, as an inspector and a supervisor use it."""

import hashlib
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from display.evidence import TERMINAL_RECORD
from kiosk.cli import main
from kiosk.fonts import NOTO, ui_face
from kiosk.store.terminal import TerminalStore
from tests.evidence.day import BOARD, fill, some_notices

DAY = "2026-11-23"
SETTINGS = """
[centre]
name = "抚顺市公共资源交易中心"
region = "210400"
site = "fushun"
[terminal]
name = "T-01"
data = "{data}"
"""
LIMITED = """
import resource, sys
from kiosk.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="session")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not (NOTO / "NotoSansCJK-Regular.ttc").exists():
        pytest.skip("the Debian package fonts-noto-cjk is not installed")
    cache = tmp_path_factory.mktemp("faces")
    for weight in ("Regular", "Bold"):
        ui_face(weight, cache)
    return cache


@pytest.fixture
def terminal(tmp_path: Path, fonts: Path) -> Path:
    """The settings of a terminal with a day of evidence."""
    data = tmp_path / "data"
    (data / "cache").mkdir(parents=True)
    (data / "cache" / "fonts").symlink_to(fonts)
    with TerminalStore(data / "terminal.db") as store:
        fill(store, some_notices(2), rounds=2)
    config = tmp_path / "mingtang.toml"
    config.write_text(SETTINGS.format(data=data), encoding="utf-8")
    return config


def evidence(config: Path, *args: str) -> int:
    return main(["board", "evidence", *args, "--config", str(config)])


def test_a_day_is_exported_and_checked_by_another_program(
    terminal: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert evidence(terminal, DAY, DAY, "--out", str(out)) == 0
    told = capsys.readouterr().out
    assert f"of board {BOARD}, 1 editions, 2 pictures" in told
    assert evidence(terminal, "--check") == 0
    head = capsys.readouterr().out.splitlines()[-1].split(", ")[-1]
    assert f", {head}" in told
    done = subprocess.run(
        [sys.executable, "-I", str(out / "check.py")], capture_output=True, encoding="utf-8",
        check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert head in done.stdout
    assert not done.stderr


def test_a_changed_record_is_told(
    terminal: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(tmp_path / "data" / "terminal.db")) as database:
        database.execute("DROP TRIGGER evidence_no_update")
        database.execute("UPDATE evidence SET at = at + 1 WHERE number = 6")
        database.commit()
        assert evidence(terminal, "--check") == 1
        assert "entry 6 does not match its own digest" in capsys.readouterr().out
        assert evidence(terminal, DAY, DAY, "--out", str(tmp_path / "out")) == 1
        assert "line 6 (entry 6): it does not match its own digest" in capsys.readouterr().out
        database.execute("UPDATE evidence SET facts = '{' WHERE number = 6")
        database.commit()
    assert evidence(terminal, "--check") == 1
    assert "the record is broken: entry 6" in capsys.readouterr().err


def test_a_full_disk_is_told(terminal: Path, tmp_path: Path) -> None:
    """The size of files is limited, as a full stick would."""
    arguments = ["board", "evidence", DAY, DAY, "--out", str(tmp_path / "out")]
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, *arguments, "--config", str(terminal)],
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "the export is not complete, delete it" in done.stderr
    assert not (tmp_path / "out" / "SHA256SUMS").exists()


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        ((DAY, "2026-11-22", "--out", "out"), 1, "FROM is not before TO"),
        (("2026-11-22", "2026-11-22", "--out", "out"), 1, "nothing was recorded"),
        (("2099-11-24", "2099-11-24", "--out", "out"), 1, "has not come yet"),
        (("23.11.2026", DAY, "--out", "out"), 2, "FROM: 23.11.2026: write a moment as"),
        ((DAY, "2026-11-31", "--out", "out"), 2, "TO: 2026-11-31"),
        (("--check", "0"), 2, "above zero"),
        (("--check", "--export", "nowhere"), 1, "nowhere: there is no such folder"),
        (("--check", "99"), 1, "has no entry 99: the newest is 1"),
        ((DAY, DAY, "--out", "."), 1, "is not an empty folder"),
        ((DAY, DAY, "--out", "out", "--board", "roof"), 1, "a board called roof; there is: lobby"),
        (("--check", "--board", "roof"), 1, "a board called roof"),
        ((DAY, DAY), 2, "--out"),
        ((DAY, DAY, "--check"), 2, "--check takes neither"),
        ((DAY, DAY, "--out", "out", "--export", "x"), 2, "--export goes with --check"),
    ],
)
def test_what_cannot_be_done_is_said(
    terminal: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    args: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        done = evidence(terminal, *args)
    except SystemExit as wrong_use:
        done = int(str(wrong_use.code))
    assert done == code
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_of_several_boards_one_must_be_named(
    terminal: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with TerminalStore(tmp_path / "data" / "terminal.db") as store:
        store.ask_recompose("corridor", datetime(2026, 11, 23, tzinfo=UTC), "李**")
    assert evidence(terminal, "--check") == 1
    assert "one of: corridor, lobby" in capsys.readouterr().err
    assert evidence(terminal, "--check", "--board", "corridor") == 0
    assert "corridor: 1 entries" in capsys.readouterr().out


def test_an_entry_can_be_compared_with_an_export(
    terminal: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "out")
    assert evidence(terminal, f"{DAY}T08:30:15", f"{DAY}T08:31", "--out", out) == 0
    first, last = (
        line.partition(":")[2].strip() for line in capsys.readouterr().out.splitlines()[1:3]
    )
    for sealed in (first, last):
        assert evidence(terminal, "--check", sealed.split()[1].rstrip(",")) == 0
        assert f"entry: {sealed}\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("table", "change", "told"),
    [
        ("editions", "text = replace(text, '第1号', '第9号')", "text of version 1 of the edition"),
        ("editions", "edition_id = '0000000000000000'", "bears another id than its text"),
        ("editions", "version = 2", "version 1 of the edition of 2026-11-23 (entry 4) is missing"),
        ("pictures", "png = png || x'00'", "was changed"),
        ("editions", "text = CAST(text || x'ff' AS BLOB)", "text of version 1 of the edition"),
        ("pictures", "digest = zeroblob(32) WHERE rowid = 1", "is missing"),
    ],
)
def test_what_the_entries_name_is_checked_too(
    terminal: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    table: str,
    change: str,
    told: str,
) -> None:
    assert evidence(terminal, "--check") == 0
    with closing(sqlite3.connect(tmp_path / "data" / "terminal.db")) as database:
        database.execute(f"DROP TRIGGER {table}_no_update")
        database.execute(f"UPDATE {table} SET {change}")
        database.commit()
    capsys.readouterr()
    assert evidence(terminal, "--check") == 1
    said = capsys.readouterr().out
    assert "BROKEN: board lobby: " in said
    assert told in said
    assert "head: " in said


def test_an_export_is_known_again_and_a_doctored_one_is_not(
    terminal: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The report was written anew, and the list of digests with it: `check.py` finds it whole."""
    out = tmp_path / "out"
    assert evidence(terminal, DAY, DAY, "--out", str(out)) == 0
    sums = out / "SHA256SUMS"
    digest = hashlib.sha256(sums.read_bytes()).hexdigest()
    assert f"export: {digest}\n" in capsys.readouterr().out
    for given in (str(out), digest, digest.upper()):
        assert evidence(terminal, "--check", "--export", given) == 0
        assert "export: as this terminal wrote it at " in capsys.readouterr().out
    assert evidence(terminal, "--check", "--export", "0" * 64) == 1
    report = out / "report.pdf"
    before = hashlib.sha256(report.read_bytes()).hexdigest()
    report.write_bytes(b"another report")
    text = sums.read_text().replace(before, hashlib.sha256(b"another report").hexdigest())
    sums.write_text(text)
    capsys.readouterr()
    done = subprocess.run([sys.executable, "-I", str(out / "check.py")], check=False)
    assert done.returncode == 0
    assert evidence(terminal, "--check", "--export", str(out)) == 1
    told = capsys.readouterr().out
    assert "BROKEN: export: this terminal wrote no export with the digest " in told
    assert evidence(terminal, "--check", "--export", str(tmp_path / "none")) == 1
    with TerminalStore(tmp_path / "data" / "terminal.db") as store:
        (entry,) = store.entries(TERMINAL_RECORD)
    assert (entry.facts["sums"], entry.facts["by"], entry.facts["account"]) == (digest, "", "")
    with closing(sqlite3.connect(tmp_path / "data" / "terminal.db")) as database:
        database.execute("DROP TRIGGER evidence_no_update")
        database.execute("UPDATE evidence SET at = at + 1 WHERE board = '~terminal'")
        database.commit()
    assert evidence(terminal, "--check", "--export", digest) == 1
    assert "this terminal's own record: entry 1" in capsys.readouterr().out
