"""`mingtang display`: keeps one LED board right."""

import argparse
import logging
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import chinese_calendar

from devices.catalogue import open_board, speeds_of
from devices.led import gb2312
from display.edition import Pace, Surface
from display.glyphs import for_board
from display.notice import Notice
from display.source import SourceTrouble
from display.station import Station
from display.todays_edition import Plan
from display.working_days import WorkingCalendar
from display.working_days_table import Table, TableError, parse
from kiosk import words
from kiosk.clocks import read_clocks
from kiosk.commands.running import (
    Problem,
    settings_of,
    start_log,
    stop_on_signal,
    terminal_store,
)
from kiosk.settings import BoardSettings, ScheduleSettings, Settings, SettingsError
from kiosk.store.errors import Busy, DiskTrouble
from kiosk.store.terminal import TerminalStore

log = logging.getLogger(__name__)

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")
REOPEN_S = 2.0
BUSY_TIMEOUT_S = 0.2
"""A withdrawal must not wait on the wire for another process's transaction."""
MOST_ITEMS = 1000
"""An edition looks at so many of the newest notices."""


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "display",
        parents=[shared],
        help="keep one LED board right",
        description="Makes the edition of the day at the cut-over time and plays it on a board "
        "of [[boards]], page by page.",
    )
    parser.add_argument(
        "--board", metavar="NAME", help="which of the boards (default: the only one)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    settings = settings_of(args, "terminal", "boards")
    board = board_named(settings, args.board)
    start_log()
    stop = stop_on_signal()
    store = open_when_possible(terminal_store(settings), stop)
    if store is None:
        return
    station = Station(
        plan_for(settings, board),
        StoreSource(store),
        lambda: open_board(
            board.card,
            board.port,
            baud=board.baud,
            address=board.address,
            width=board.width,
            height=board.height,
            speeds=board.speeds,
            receive_buffer=board.receive_buffer,
        ),
        read_clocks,
    )
    try:
        while not stop.wait(station.step()):
            pass
    finally:
        station.close()


def open_when_possible(path: Path, stop: threading.Event) -> TerminalStore | None:
    """The store, as soon as it can be opened; None if it is time to stop first."""
    while not stop.is_set():
        try:
            return TerminalStore(path, busy_timeout_s=BUSY_TIMEOUT_S)
        except (Busy, DiskTrouble) as problem:
            log.warning("the store cannot be opened: %s", problem)
            stop.wait(REOPEN_S)
    return None


def board_named(settings: Settings, name: str | None) -> BoardSettings:
    """The board of this name, or the only one. Raises Problem."""
    names = ", ".join(board.name for board in settings.boards)
    if name is None and len(settings.boards) > 1:
        raise Problem(f"which board? say --board with one of: {names}")
    for board in settings.boards:
        if name in (None, board.name):
            return board
    raise Problem(f"no board is called {name}; the settings have: {names}")


def plan_for(settings: Settings, board: BoardSettings) -> Plan:
    """What staff and technician set, in the station's terms."""
    schedule = settings.schedule
    return Plan(
        surface=Surface(
            board=board.name,
            zone=board.zone,
            width=board.width,
            height=board.height,
            speeds=board.speeds or speeds_of(board.card),
            half_cells=gb2312.cells,
            missing=gb2312.missing,
        ),
        pace=Pace(schedule.characters_per_second, schedule.dwell == "slow", schedule.items),
        cut_over=schedule.cut_over,
        centre=for_board(settings.centre.board_name or settings.centre.name),
        words=words.section(words.load("zh"), "board"),
        calendar=calendar_for(schedule),
        check_size=board.check_size,
    )


def calendar_for(schedule: ScheduleSettings) -> WorkingCalendar | None:
    """The PRC's working days with the centre's own table above them; None for every day.

    Raises SettingsError for a table that cannot be read.
    """
    if schedule.days == "every":
        return None
    table = Table()
    if schedule.working_days is not None:
        try:
            text = schedule.working_days.read_text(encoding="utf-8")
            table = parse(text, str(schedule.working_days))
        except (OSError, UnicodeDecodeError) as problem:
            raise SettingsError(f"{schedule.working_days}: cannot be read: {problem}") from None
        except TableError as problem:
            raise SettingsError(str(problem)) from None
    return WorkingCalendar(table, chinese_calendar.is_workday)


class StoreSource:
    """The terminal's store as the station wants it: what passes by itself is SourceTrouble."""

    def __init__(self, store: TerminalStore) -> None:
        self._store = store
        self.data_version = patient(store.data_version)
        self.known = patient(store.known)
        self.contact = patient(store.contact)
        self.complete_at = patient(store.complete_at)
        self.last_moment = patient(store.last_moment)
        self.remember_moment = patient(store.remember_moment)
        self.edition = patient(store.edition)
        self.keep_edition = patient(store.keep_edition)
        self.record_page = patient(store.record_page)
        self.board_items = patient(self._board_items)

    def _board_items(self, at: datetime) -> Iterable[Notice]:
        return self._store.board_items(at, MOST_ITEMS)


def patient(ask: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """`ask`, with the store's passing troubles named as the station knows them."""

    def asking(*args: Asked.args, **kwargs: Asked.kwargs) -> Answer:
        try:
            return ask(*args, **kwargs)
        except (Busy, DiskTrouble) as problem:
            raise SourceTrouble(str(problem)) from problem

    return asking
