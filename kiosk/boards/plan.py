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
from display.arrangement import Arrangement, RestDays
from display.edition import Edition, Page, Surface
from display.glyphs import for_board
from display.pictures import png
from display.player import page_areas
from display.screen import Screen
from display.standing import InForce
from display.todays_edition import Plan
from display.trusted_time import Reading, trusted_time
from display.working_days import WorkingCalendar
from display.working_days_table import Table, TableError, parse
from kiosk import words
from kiosk.boards.arranging import arranged_by, arrangement_of, calendar_of, pace_of
from kiosk.boards.in_force import Decided
from kiosk.settings import BoardSettings, ScheduleSettings, Settings, SettingsError
from kiosk.store.errors import StoreError
from kiosk.store.terminal import TerminalStore
from kiosk.sync.contract import site_channel

log = logging.getLogger(__name__)


def plan_for(
    settings: Settings,
    board: BoardSettings,
    measured: tuple[float, ...] | None = None,
    table: Table | None = None,
    in_force: InForce | None = None,
    wanted: Arrangement | None = None,
) -> Plan:
    """`measured`: the board's calibration in px/s; `speeds` in the settings stand above it.
    `table`: the centre's working days; None: those that the settings name. `in_force`: what
    staff proposed and approved; it stands above the settings' schedule. `wanted`: one that nobody
    has approved yet, in place of either, to see what it would be like.

    Raises SettingsError for a table of working days that cannot be read, or a calibration that
    does not suit the board's size any more.
    """
    schedule = settings.schedule
    card = card_named(board.card)
    arrangement = arrangement_of(schedule) if in_force is None else in_force.arrangement
    if wanted is not None:
        arrangement, in_force = wanted, None
    days = table_of(schedule) if table is None else table
    library = WorkingCalendar(is_workday=chinese_calendar.is_workday)
    calendar = calendar_of(arrangement, days, library)
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
        pace=pace_of(arrangement, schedule.visitor_wait_s),
        cut_over=arrangement.cut_over,
        centre=for_board(settings.centre.board_name or settings.centre.name),
        words=words.section(words.load("zh"), "board"),
        calendar=calendar,
        screen=Screen(
            week=arrangement.screen_hours,
            dark_on_rest_days=arrangement.rest_days is RestDays.DARK,
            brightness=arrangement.brightness,
            is_worked=None if calendar is None else lambda day: calendar.day(day).working,
        ),
        check_size=board.check_size,
        calibrated=bool(board.speeds or measured or not card.speeds),
        picture=lambda page, edition: png(page_picture(page, edition, surface)),
        choices=arrangement.choices,
        arranged=arranged_by(in_force),
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
    """The plan that the settings, what staff decided and the store hold now.

    The last good one if they are broken.
    """

    def __init__(
        self,
        load: Callable[[], tuple[Settings, BoardSettings]],
        store: TerminalStore,
        clocks: Callable[[], Reading],
    ) -> None:
        """Raises SettingsError, StoreError for what cannot be read at the start."""
        self._load = load
        self._store = store
        self._clocks = clocks
        self._decided: dict[str, Decided] = {}
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
                log.info("board %s: the settings or the arrangement have changed", self.board.name)
        except (SettingsError, StoreError) as problem:
            log.error("board %s: the settings before stay in force: %s", self.board.name, problem)
        return self._plan

    def _read(
        self,
    ) -> tuple[Settings, BoardSettings, tuple[float, ...] | None, Table, InForce | None]:
        settings, board = self._load()
        measured = self._store.calibration(board.name)
        table = table_of(settings.schedule)
        speeds = measured.speeds if measured else None
        return settings, board, speeds, table, self._in_force(settings, board)

    def _in_force(self, settings: Settings, board: BoardSettings) -> InForce | None:
        """By proven time, or the last that was: without any nothing new comes into force."""
        contact, last = self._store.contact(), self._store.last_moment()
        trusted = trusted_time(self._clocks(), contact=contact, last=last)
        if trusted is None:
            return None
        channel = site_channel(settings.centre.site)
        decided = self._decided.setdefault(channel, Decided(self._store, channel))
        return decided.standing(board.name, trusted.at).in_force


def _missing(text: str) -> str:
    return raster.missing(text, glyphs=readable().rows)


def _drawing(width: int, height: int) -> Callable[[Sequence[TextArea], datetime | None], Picture]:
    def draw(areas: Sequence[TextArea], local: datetime | None) -> Picture:
        return raster.draw(
            areas, width=width, height=height, elapsed_s=0, local=local, glyphs=readable().rows
        )

    return draw
