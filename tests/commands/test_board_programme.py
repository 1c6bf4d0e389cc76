"""`mingtang board at|edition|recompose` and `mingtang health` tell what is, and touch nothing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from display.evidence import Kind
from display.local_time import SHANGHAI
from display.notice import Notice
from display.trusted_time import Reading
from kiosk.cli import main
from kiosk.store.terminal import TerminalStore
from kiosk.sync.contract import Change, Page, Revision, notice_document
from tests.display.builders import notice

NOW = datetime.now(UTC)
TODAY = NOW.astimezone(SHANGHAI).date()
YESTERDAY = NOW - timedelta(days=1)


def change(item: Notice, seq: int) -> Change:
    rev = f"1-{'a' * 32}"
    document = {**notice_document(item), "_rev": rev}
    return Change(seq=f"{seq}-e", id=item.id, changes=(Revision(rev=rev),), doc=document)


@pytest.fixture
def store(tmp_path: Path) -> TerminalStore:
    store = TerminalStore(tmp_path / "terminal.db")
    items = [notice(number, published_at=YESTERDAY) for number in (1, 2)]
    items.append(notice(3, published_at=YESTERDAY, title="龘苑工程招标公告"))
    page = Page(
        results=tuple(change(item, seq) for seq, item in enumerate(items, 1)),
        last_seq="9-e",
        pending=0,
        epoch="e",
        server_time=NOW,
    )
    store.apply_page("public-210400", page, now=NOW)
    store.heard_server(Reading(NOW), NOW)
    return store


@pytest.fixture
def config(tmp_path: Path, store: TerminalStore) -> Path:
    path = tmp_path / "mingtang.toml"
    path.write_text(
        f"""
[centre]
name = "抚顺市公共资源交易中心"
region = "210400"
site = "fushun"
[terminal]
name = "FS-02"
data = "{tmp_path}"
[schedule]
cut_over = "00:00"
days = "every"
characters_per_second = 5.5
screen_hours = "06:00-22:00"
[[boards]]
name = "lobby"
card = "bx-k"
port = "{tmp_path}/none"
width = 192
height = 32
pitch_mm = 4.75
""",
        encoding="utf-8",
    )
    return path


def run(config: Path, *command: str) -> int:
    return main([*command, "--config", str(config)])


def at(hours: int, minutes: int = 0, seconds: int = 0) -> str:
    return f"{TODAY + timedelta(days=1)} {hours:02}:{minutes:02}:{seconds:02}"


def test_the_edition_is_told_with_its_timing_warnings_and_what_is_left_out(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(config, "board", "edition", str(TODAY + timedelta(days=1))) == 0
    told = capsys.readouterr().out
    assert "not made yet" in told
    assert "n1: 招标公告" in told
    assert "第2号道路维修工程" in told
    assert "left out: n3: the board has no characters 龘" in told
    assert "readable from 23 m" in told
    assert "scrolls at 5.5 characters/s" in told
    assert "speeds are assumed" in told


def test_what_shows_at_a_moment_is_printed_and_drawn(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "at.png"
    assert run(config, "board", "at", at(12), "--png", str(picture)) == 0
    told = capsys.readouterr().out
    assert "page " in told
    assert "notice: n" in told
    assert "source: https://example.cn/" in told
    with Image.open(picture) as drawn:
        assert drawn.size == (192, 32)
        assert len(drawn.convert("RGB").getcolors() or []) == 2


def test_outside_the_screen_hours_it_is_dark_and_before_the_cut_over_neutral(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(config, "board", "at", at(23))
    assert "dark: outside the screen hours" in capsys.readouterr().out
    config.write_text(config.read_text(encoding="utf-8").replace('"00:00"', '"09:00"'))
    run(config, "board", "at", at(8, 59, 59))
    told = capsys.readouterr().out
    assert "neutral page" in told
    assert "⣿" in told or "⠀" in told, "drawn as braille"


def test_a_kept_edition_is_told_as_it_was_made(
    config: Path, store: TerminalStore, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.display.builders import edition

    made = edition(5.0).model_copy(
        update={"day": TODAY, "cut_over_at": datetime.combine(TODAY, datetime.min.time(), SHANGHAI)}
    )
    store.keep_edition("lobby", TODAY, made.id, NOW, made.model_dump_json())
    run(config, "board", "edition")
    told = capsys.readouterr().out
    assert f"edition {made.id}" in told
    assert "kept" in told
    assert run(config, "board", "recompose") == 0
    assert store.recompose_asked("lobby") is not None
    assert store.last_entry("lobby", Kind.RECOMPOSE) is not None


def test_there_is_nothing_to_recompose_before_the_first_edition(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(config, "board", "recompose") == 1
    assert "nothing to replace" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", ["tomorrow", "2026-13-01", "12:00"])
def test_a_moment_that_is_none_is_wrong_use(config: Path, wrong: str) -> None:
    with pytest.raises(SystemExit) as end:
        run(config, "board", "at", wrong)
    assert end.value.code == 2


def test_health_names_what_is_wrong_and_what_to_do(
    config: Path, store: TerminalStore, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(config, "health") == 1
    assert "is `mingtang display` running?" in capsys.readouterr().out
    well = {"link": "connected", "clock_proven": True, "calibrated": True, "refused": []}
    store.tell_health("board lobby", NOW, well)
    assert run(config, "health") == 0
    assert "board lobby: well" in capsys.readouterr().out
    ill = {
        "link": "lost",
        "problem": "no reply",
        "clock_proven": False,
        "calibrated": False,
        "refused": ["neutral"],
        "withdrawals_not_acknowledged": ["n7"],
        "warnings": ["unknown_year 2031"],
    }
    store.tell_health("board lobby", NOW - timedelta(minutes=5), ill)
    assert run(config, "health") == 1
    told = capsys.readouterr().out
    for part in ("silent", "no reply", "not proven", "assumed", "neutral page", "n7", "2031"):
        assert part in told
