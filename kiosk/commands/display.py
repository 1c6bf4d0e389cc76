"""`mingtang display`: keeps one LED board right."""

import argparse
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from devices.catalogue import open_board, speeds_of
from devices.led import gb2312
from display.edition import Pace, Surface
from display.notice import Notice
from display.station import Plan, Station
from kiosk import words
from kiosk.commands.running import (
    Problem,
    settings_of,
    start_log,
    stop_on_signal,
    terminal_store,
)
from kiosk.settings import BoardSettings, Settings
from kiosk.store.terminal import TerminalStore

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
    store = TerminalStore(terminal_store(settings))
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
        ),
        lambda: datetime.now(UTC),
    )
    try:
        while not stop.wait(station.step()):
            pass
    finally:
        station.close()


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
        centre=settings.centre.name,
        words=words.section(words.load("zh"), "board"),
        check_size=board.check_size,
    )


class StoreSource:
    """The terminal's store as the station wants it."""

    def __init__(self, store: TerminalStore) -> None:
        self._store = store
        self.data_version = store.data_version
        self.known = store.known
        self.last_moment = store.last_moment
        self.remember_moment = store.remember_moment
        self.edition = store.edition
        self.keep_edition = store.keep_edition
        self.record_page = store.record_page

    def clock_offset(self) -> timedelta | None:
        contact = self._store.contact()
        return timedelta(seconds=contact.offset_s) if contact is not None else None

    def board_items(self, at: datetime) -> Iterable[Notice]:
        return self._store.board_items(at, MOST_ITEMS)
