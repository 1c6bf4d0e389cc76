"""A board's plan follows the settings, the table of working days and the calibration."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from kiosk.boards.keeper import Kept, only_one
from kiosk.boards.plan import CurrentPlan
from kiosk.commands.display import board_named
from kiosk.settings import SettingsError, load
from kiosk.store.terminal import TerminalStore

EXAMPLE = Path(__file__).parents[2] / "assets" / "settings" / "example.toml"


class Bench:
    """Settings, table and store in a folder."""

    def __init__(self, folder: Path) -> None:
        self.table = folder / "days.toml"
        self.table.write_text("", encoding="utf-8")
        self.settings = folder / "mingtang.toml"
        text = EXAMPLE.read_text(encoding="utf-8").replace("/var/lib/mingtang", str(folder))
        self.settings.write_text(
            text.replace("[schedule]", f'[schedule]\nworking_days = "{self.table}"'),
            encoding="utf-8",
        )
        self.store = TerminalStore(folder / "terminal.db")
        self.plan = CurrentPlan(self._load, self.store)

    def _load(self):  # type: ignore[no-untyped-def]
        found = load(self.settings)
        return found, board_named(found, None)

    def change(self, old: str, new: str) -> None:
        text = self.settings.read_text(encoding="utf-8")
        assert old in text
        self.settings.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_nothing_changed_is_the_same_plan(bench: Bench) -> None:
    assert bench.plan() is bench.plan()


def test_a_changed_table_of_working_days_counts(bench: Bench) -> None:
    saturday = date(2026, 11, 28)
    before = bench.plan()
    assert before.calendar is not None
    assert not before.calendar.day(saturday).working
    bench.table.write_text(f'[days]\n{saturday} = {{ day = "work", note = "x" }}\n')
    after = bench.plan()
    assert after.calendar is not None
    assert after.calendar.day(saturday).working


def test_changed_settings_and_a_calibration_count(bench: Bench) -> None:
    bench.change("characters_per_second = 4.0", "characters_per_second = 3.0")
    assert bench.plan().pace.characters_per_second == 3.0
    assert not bench.plan().calibrated
    bench.store.keep_calibration("lobby", datetime.now(UTC), (200.0, 61.0, 40.0))
    assert bench.plan().surface.speeds == (200.0, 61.0, 40.0)
    assert bench.plan().calibrated


def test_broken_settings_leave_the_plan_in_force(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    before = bench.plan()
    bench.change("[schedule]", "[shedule]")
    assert bench.plan() is before
    assert "stay in force" in caplog.text
    bench.change("[shedule]", "[schedule]")
    bench.table.write_text("[dyas]", encoding="utf-8")
    assert bench.plan() is before


def test_at_the_start_broken_settings_are_an_error(bench: Bench) -> None:
    bench.table.write_text("[dyas]", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"days\.toml"):
        CurrentPlan(bench._load, bench.store)


def test_a_board_has_one_keeper(tmp_path: Path) -> None:
    with only_one(tmp_path, "lobby"):
        second = only_one(tmp_path, "lobby")
        with pytest.raises(Kept, match="board lobby is kept by process"):
            second.__enter__()
        with only_one(tmp_path, "corridor"):
            pass
    with only_one(tmp_path, "lobby"):
        pass
