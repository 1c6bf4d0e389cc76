"""Every control card that can be driven: name → driver."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from devices.led.board import Board
from devices.led.bx_k import ASSUMED_SPEEDS, BxK
from devices.led.bx_k_search import search_baud
from devices.led.frame import FrameBoard
from devices.line import Line


class _Driver(Protocol):
    def __call__(
        self,
        line: Line,
        *,
        width: int,
        height: int,
        address: int,
        speeds: tuple[float, ...],
        receive_buffer: int,
    ) -> Board: ...


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of a control card before its line is opened."""

    driver: _Driver
    speeds: tuple[float, ...]
    """Pixels per second by speed code, as assumed until a board is calibrated; empty for a card
    on which nothing moves."""
    coded_text: bool
    """Draws text by itself, with its own font (GB 2312)."""
    pictures: bool
    """Takes pages as pixels."""
    search_baud: Callable[[str, int], int] | None = None


CARDS: dict[str, Card] = {
    "bx-k": Card(BxK, ASSUMED_SPEEDS, coded_text=True, pictures=False, search_baud=search_baud),
    "frame": Card(FrameBoard, (), coded_text=False, pictures=True),
}


def card_named(name: str) -> Card:
    """The card of this name. Raises ValueError for an unknown one."""
    found = CARDS.get(name)
    if found is None:
        raise ValueError(f"card {name!r} is unknown; there are: {', '.join(sorted(CARDS))}")
    return found


def find_baud(card: str, url: str, *, address: int) -> int:
    """The baud at which the card at `url` answers; takes some seconds.

    Raises ValueError for a card that has one baud alone, NoReply with what to check.
    """
    search = card_named(card).search_baud
    if search is None:
        raise ValueError(f"card {card!r} answers at any baud")
    return search(url, address)


def open_board(
    card: str,
    url: str,
    *,
    baud: int,
    address: int,
    width: int,
    height: int,
    speeds: tuple[float, ...] = (),
    receive_buffer: int = 1024,
) -> Board:
    """Open the line at `url` and hand it to the card's driver.

    Raises ValueError for an unknown card or values that the driver refuses, Unplugged if the
    line cannot be opened. Nothing is sent yet.
    """
    driver = card_named(card).driver
    line = Line(url, baud=baud)
    try:
        return driver(
            line,
            width=width,
            height=height,
            address=address,
            speeds=speeds,
            receive_buffer=receive_buffer,
        )
    except ValueError:
        line.close()
        raise
