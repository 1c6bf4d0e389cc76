"""`mingtang display`: keeps one LED board right."""

import argparse
import logging
import threading
from pathlib import Path
from typing import Any

from devices.catalogue import card_named, find_baud, open_board
from devices.led.board import Board
from devices.led.characters import readable
from devices.led.fonts import FontMissing
from display.station import Station
from kiosk.boards.keeper import Kept, only_one
from kiosk.boards.plan import CurrentPlan
from kiosk.boards.source import StoreSource
from kiosk.clocks import read_clocks
from kiosk.commands.running import (
    Problem,
    runs_until_told,
    settings_of,
    start_log,
    stop_on_signal,
    terminal_store,
)
from kiosk.settings import BoardSettings, Settings, SettingsError, load
from kiosk.store.errors import Busy, DiskTrouble
from kiosk.store.terminal import TerminalStore
from kiosk.sync.contract import site_channel

log = logging.getLogger(__name__)

REOPEN_S = 2.0
BUSY_TIMEOUT_S = 0.2
"""A withdrawal must not wait on the wire for another process's transaction."""


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "display",
        parents=[shared],
        help="keep one LED board right",
        description="Makes the edition of the day at the cut-over time and plays it on a board "
        "of [[boards]], page by page. Changed settings count from the next edition on.",
    )
    parser.add_argument(
        "--board", metavar="NAME", help="which of the boards (default: the only one)"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> None:
    settings = settings_of(args, "terminal", "boards")
    name = board_named(settings, args.board).name
    start_log()
    stop = stop_on_signal()
    store = open_when_possible(terminal_store(settings), stop)
    if store is None:
        return
    first = [settings]

    def read() -> tuple[Settings, BoardSettings]:
        found = first.pop() if first else load(args.config)
        return found, board_named(found, name)

    plan = CurrentPlan(read, store, read_clocks)
    if card_named(plan.board.card).pictures:
        _need_fonts()
    line = BoardLine(plan)
    folder = terminal_store(settings).parent
    try:
        with only_one(folder, name):
            runs_until_told(f"board {name} at {plan.board.port}, data in {folder}")
            source = StoreSource(store, site_channel(settings.centre.site))
            station = Station(plan, source, line.open, read_clocks, line.find_baud)
            log.info("board %s: started", name)
            try:
                while not stop.wait(station.step()):
                    pass
            finally:
                station.close()
                log.info("board %s: stopped", name)
    except Kept as problem:
        raise Problem(f"{problem}; end that one first") from None


def _need_fonts() -> None:
    """Raises Problem on a PC that cannot draw pages."""
    try:
        readable()
    except FontMissing as problem:
        raise Problem(str(problem)) from None


class BoardLine:
    """The line of one board, at the baud of the settings or the one that was found."""

    def __init__(self, plan: CurrentPlan) -> None:
        self._plan = plan
        self._found: dict[BoardSettings, int] = {}

    def open(self) -> Board:
        """A new connection. Raises DeviceError."""
        board = self._plan.board
        return open_board(
            board.card,
            board.port,
            baud=self._found.get(board, board.baud),
            address=board.address,
            width=board.width,
            height=board.height,
            speeds=self._plan.speeds,
            receive_buffer=board.receive_buffer,
        )

    def find_baud(self) -> None:
        """Look for a card that is silent, if its baud can differ. Raises NoReply, Unplugged."""
        board = self._plan.board
        if card_named(board.card).search_baud is None:
            return
        baud = find_baud(board.card, board.port, address=board.address)
        if baud != board.baud:
            log.warning(
                "board %s: the card answers at %d baud, the settings say %d: set baud = %d",
                board.name,
                baud,
                board.baud,
                baud,
            )
        self._found[board] = baud


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
    """The board of this name, or the only one. Raises SettingsError."""
    names = ", ".join(board.name for board in settings.boards)
    if name is None and len(settings.boards) > 1:
        raise SettingsError(f"which board? say --board with one of: {names}")
    for board in settings.boards:
        if name in (None, board.name):
            return board
    raise SettingsError(f"no board is called {name}; the settings have: {names}")
