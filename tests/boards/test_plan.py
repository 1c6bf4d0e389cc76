"""A board's plan follows the settings, the table of working days and the calibration."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from display.arrangement import CalendarException, Choices, EditionDays, RestDays
from display.screen import ScreenHours
from display.trusted_time import Reading
from display.working_days_table import DayKind
from kiosk.boards.arranging import arrangement_of
from kiosk.boards.keeper import Kept, only_one
from kiosk.boards.plan import CurrentPlan
from kiosk.commands.display import board_named
from kiosk.settings import ScheduleSettings, SettingsError, load
from kiosk.store.terminal import TerminalStore
from tests.display.deciding import FASTER, FASTEST, START, Maker

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
EXAMPLE = Path(__file__).parents[2] / "assets" / "settings" / "example.toml"


class Bench:
    """Settings, table and store in a folder."""

    def __init__(self, folder: Path) -> None:
        self.now = NOW
        self.table = folder / "days.toml"
        self.table.write_text("", encoding="utf-8")
        self.settings = folder / "mingtang.toml"
        text = EXAMPLE.read_text(encoding="utf-8").replace("/var/lib/mingtang", str(folder))
        self.settings.write_text(
            text.replace("[schedule]", f'[schedule]\nworking_days = "{self.table}"'),
            encoding="utf-8",
        )
        self.store = TerminalStore(folder / "terminal.db")
        self.plan = CurrentPlan(self._load, self.store, self.clocks)

    def clocks(self) -> Reading:
        return Reading(self.now, by_ntp=True)

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
        CurrentPlan(bench._load, bench.store, bench.clocks)


def test_a_board_has_one_keeper(tmp_path: Path) -> None:
    with only_one(tmp_path, "lobby"):
        second = only_one(tmp_path, "lobby")
        with pytest.raises(Kept, match="board lobby is kept by process"):
            second.__enter__()
        with only_one(tmp_path, "corridor"):
            pass
    with only_one(tmp_path, "lobby"):
        pass


def decide(bench: Bench, maker: Maker) -> None:
    """Keep what was made since the last time."""
    kept = {one.id for one in bench.store.decisions("site-main", "lobby").decisions}
    for one in maker.made:
        if one.id not in kept:
            bench.store.keep_decision("site-main", one, None)


def test_what_was_approved_stands_above_the_settings_from_its_cut_over_on(bench: Bench) -> None:
    bench.change('site = "fushun"', 'site = "main"')
    maker = Maker()
    maker.propose(at=NOW, after=FASTEST)
    decide(bench, maker)
    bench.now += timedelta(days=2)
    assert bench.plan().pace.characters_per_second == 4.0, "a proposal is no change"
    bench.now = NOW
    maker.approve(maker.propose(at=NOW), at=NOW)
    decide(bench, maker)
    assert bench.plan().pace.characters_per_second == 4.0
    assert bench.plan().arranged is None
    bench.now = datetime(2026, 11, 24, 0, 30, tzinfo=UTC)
    found = bench.plan()
    assert found.pace.characters_per_second == 5.0
    assert found.arranged is not None
    assert found.arranged.digest == FASTER.digest
    assert bench.plan() is found


def test_everything_of_an_arrangement_is_in_the_plan(bench: Bench) -> None:
    bench.change('site = "fushun"', 'site = "main"')
    bench.table.write_text('[days]\n2026-12-05 = { day = "work", note = "x" }\n')
    hours = ScreenHours(time(7), time(19))
    wanted = START.changed(
        cut_over=time(9),
        exceptions=(
            CalendarException(day=date(2026, 11, 28), kind=DayKind.WORK),
            CalendarException(day=date(2026, 11, 30), kind=DayKind.OFF, note="盘点"),
        ),
        screen_hours=(hours,) * 7,
        rest_days=RestDays.DARK,
        brightness=((time(7), 12),),
        items=7,
        dwell="slow",
        choices=Choices(pinned=("n1",)),
    )
    maker = Maker()
    maker.approve(maker.propose(at=NOW, after=wanted), at=NOW)
    decide(bench, maker)
    bench.now = NOW + timedelta(days=1)
    plan = bench.plan()
    assert (plan.cut_over, plan.pace.items, plan.pace.slow) == (time(9), 7, True)
    assert plan.calendar is not None
    worked = [plan.calendar.day(date(2026, *day)).working for day in ((11, 28), (11, 30), (12, 5))]
    assert worked == [True, False, True]
    assert plan.screen.week == (hours,) * 7
    assert plan.screen.hours_of(date(2026, 11, 30)) is None
    assert plan.screen.brightness == ((time(7), 12),)
    assert plan.choices.pinned == ("n1",)
    assert plan.pace.wait_s == 300.0, "what a technician sets"


def test_every_day_has_its_exceptions_too(bench: Bench) -> None:
    bench.change('site = "fushun"', 'site = "main"')
    rest = CalendarException(day=date(2026, 11, 28), kind=DayKind.OFF)
    every = START.changed(days=EditionDays.EVERY, exceptions=(rest,))
    maker = Maker()
    maker.approve(maker.propose(at=NOW, after=every), at=NOW)
    decide(bench, maker)
    bench.now = NOW + timedelta(days=1)
    calendar = bench.plan().calendar
    assert calendar is not None
    assert [calendar.day(date(2026, 11, day)).working for day in (28, 29)] == [False, True]


def test_staff_begin_from_what_a_technician_set() -> None:
    found = arrangement_of(ScheduleSettings())
    assert (found.cut_over, found.days, found.items) == (time(8, 30), EditionDays.WORKING, 30)
    assert arrangement_of(ScheduleSettings(dwell="slow", days="every")) != found
