"""The only place that knows how a station is put together and what it writes down."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from devices.catalogue import CARDS
from devices.led.board import Board, Picture, TextArea
from devices.led.characters import readable
from display import raster
from display.edition import Edition
from display.evidence import Entry, Kind, first_break
from display.schedule import Showing, on_air
from display.screen import Screen
from display.station import Station
from display.todays_edition import Plan
from display.trusted_time import Reading
from kiosk.store.terminal import TerminalStore
from tests.display import builders

BOARD = "lobby"
COUNTS = ("acknowledged", "read back")
"""States of a page that say that the card took it."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the log says of a page."""

    at: datetime
    due: datetime
    page: int
    notice_id: str
    state: str


def pages_told(store: TerminalStore) -> list[Told]:
    """The log of pages, in its order."""
    return [
        Told(each.at, each.due, each.page, each.notice_id, str(each.state))
        for each in store.page_records(BOARD)
    ]


def withdrawals_told(store: TerminalStore) -> list[tuple[datetime, str, str]]:
    """When the log says that which notice had left the board, and how."""
    return [
        (entry.at, entry.facts["notice"], entry.facts["state"])
        for entry in store.entries(BOARD)
        if entry.kind is Kind.WITHDRAWAL
    ]


def chain_flaw(store: TerminalStore) -> object:
    """Where the log's chain is broken; None: nowhere."""
    entries: Sequence[Entry] = store.entries(BOARD)
    return first_break(entries)


def plan_for(
    card: str, width: int, height: int, *, screen: Screen | None = None, **pace: Any
) -> Plan:
    """The plan of the tests of `display`, for one card's board."""
    sort = CARDS[card]
    surface = builders.surface(width, height)
    changes: dict[str, Any] = {"coded_text": sort.coded_text}
    if sort.pictures:
        changes["draw"] = _drawing(width, height)
    if not sort.speeds:
        changes["speeds"] = ()
    plan = builders.plan(**pace)
    return dataclasses.replace(
        plan, surface=dataclasses.replace(surface, **changes), screen=screen or Screen()
    )


def assemble(
    plan: Plan,
    source: Any,
    open_board: Callable[[], Board],
    clocks: Callable[[], Reading],
    find_baud: Callable[[], object] | None,
) -> Station:
    """A station that begins from the store alone, as a new process does."""
    return Station(lambda: plan, source, open_board, clocks, find_baud)


def due_at(
    plan: Plan, edition: Edition | None, moment: datetime, withdrawn: Mapping[str, datetime]
) -> Showing:
    """What should be on air."""
    return on_air(edition, plan.screen, moment, withdrawn)


def _drawing(width: int, height: int) -> Callable[[Sequence[TextArea], datetime | None], Picture]:
    def draw(areas: Sequence[TextArea], local: datetime | None) -> Picture:
        return raster.draw(
            areas, width=width, height=height, elapsed_s=0, local=local, glyphs=readable().rows
        )

    return draw
