"""What staff and technician set for a board, in the station's terms."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

import chinese_calendar

from devices.catalogue import card_named
from devices.led import gb2312
from devices.led.board import Picture, TextArea
from devices.led.characters import readable
from display import raster
from display.edition import Edition, Pace, Page, Surface
from display.glyphs import for_board
from display.pictures import png
from display.player import page_areas
from display.screen import Screen
from display.todays_edition import Plan
from display.working_days import WorkingCalendar
from display.working_days_table import Table, TableError, parse
from kiosk import words
from kiosk.settings import BoardSettings, ScheduleSettings, Settings, SettingsError
from kiosk.store.errors import StoreError
from kiosk.store.terminal import TerminalStore

log = logging.getLogger(__name__)


def plan_for(
    settings: Settings,
    board: BoardSettings,
    measured: tuple[float, ...] | None = None,
    table: Table | None = None,
) -> Plan:
    """`measured`: the board's calibration in px/s; `speeds` in the settings stand above it.
    `table`: the centre's working days; None: those that the settings name.

    Raises SettingsError for a table of working days that cannot be read, or a calibration that
    does not suit the board's size any more.
    """
    schedule = settings.schedule
    card = card_named(board.card)
    calendar = None
    if schedule.days == "working":
        days = table_of(schedule) if table is None else table
        calendar = WorkingCalendar(days, chinese_calendar.is_workday)
    surface = Surface(
        board=board.name,
        zone=board.zone,
        width=board.width,
        height=board.height,
        speeds=board.speeds_in_force(measured or ()),
        half_cells=gb2312.cells,
        missing=_missing if card.pictures else gb2312.missing,
        lacking=gb2312.missing if card.pictures else None,
        draw=_drawing(board.width, board.height) if card.pictures else None,
        coded_text=card.coded_text,
    )
    return Plan(
        surface=surface,
        pace=Pace(
            schedule.characters_per_second,
            schedule.dwell == "slow",
            schedule.items,
            schedule.visitor_wait_s,
        ),
        cut_over=schedule.cut_over,
        centre=for_board(settings.centre.board_name or settings.centre.name),
        words=words.section(words.load("zh"), "board"),
        calendar=calendar,
        screen=Screen(
            week=schedule.screen_hours,
            dark_on_rest_days=schedule.rest_days == "dark",
            brightness=schedule.brightness,
            is_worked=None if calendar is None else lambda day: calendar.day(day).working,
        ),
        check_size=board.check_size,
        calibrated=bool(board.speeds or measured or not card.speeds),
        picture=lambda page, edition: png(page_picture(page, edition, surface)),
    )


def page_picture(page: Page, edition: Edition, surface: Surface) -> Picture:
    """The whole page, a line that scrolls in its full length."""
    return raster.unrolled(
        page_areas(page, edition, surface),
        width=surface.width,
        height=surface.height,
        glyphs=readable().rows,
    )


def table_of(schedule: ScheduleSettings) -> Table:
    """The centre's own working days, empty without any. Raises SettingsError."""
    if schedule.working_days is None:
        return Table()
    try:
        text = schedule.working_days.read_text(encoding="utf-8")
        return parse(text, str(schedule.working_days))
    except (OSError, UnicodeDecodeError) as problem:
        raise SettingsError(f"{schedule.working_days}: cannot be read: {problem}") from None
    except TableError as problem:
        raise SettingsError(str(problem)) from None


class CurrentPlan:
    """The plan that the settings and the store hold now; the last good one if they are broken."""

    def __init__(
        self,
        load: Callable[[], tuple[Settings, BoardSettings]],
        store: TerminalStore,
    ) -> None:
        """Raises SettingsError, StoreError for what cannot be read at the start."""
        self._load = load
        self._store = store
        self._basis = self._read()
        self._plan = plan_for(*self._basis)

    @property
    def board(self) -> BoardSettings:
        return self._basis[1]

    @property
    def speeds(self) -> tuple[float, ...]:
        """Of the card, in px/s by speed code."""
        return self._plan.surface.speeds

    def __call__(self) -> Plan:
        """The same object as before when nothing has changed."""
        try:
            basis = self._read()
            if basis != self._basis:
                self._plan = plan_for(*basis)
                self._basis = basis
                log.info("board %s: the settings have changed", self.board.name)
        except (SettingsError, StoreError) as problem:
            log.error("board %s: the settings before stay in force: %s", self.board.name, problem)
        return self._plan

    def _read(self) -> tuple[Settings, BoardSettings, tuple[float, ...] | None, Table]:
        settings, board = self._load()
        measured = self._store.calibration(board.name)
        table = table_of(settings.schedule)
        return settings, board, measured.speeds if measured else None, table


def _missing(text: str) -> str:
    return raster.missing(text, glyphs=readable().rows)


def _drawing(width: int, height: int) -> Callable[[Sequence[TextArea], datetime | None], Picture]:
    def draw(areas: Sequence[TextArea], local: datetime | None) -> Picture:
        return raster.draw(
            areas, width=width, height=height, elapsed_s=0, local=local, glyphs=readable().rows
        )

    return draw
