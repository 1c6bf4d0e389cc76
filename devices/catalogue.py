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
class _Card:
    driver: _Driver
    speeds: tuple[float, ...]
    """Empty for a card that takes pictures alone."""
    search_baud: Callable[[str, int], int] | None = None


CARDS: dict[str, _Card] = {
    "bx-k": _Card(BxK, ASSUMED_SPEEDS, search_baud),
    "frame": _Card(FrameBoard, ()),
}


def speeds_of(card: str) -> tuple[float, ...]:
    """Pixels per second by speed code, as assumed until a board is calibrated.

    Raises ValueError for an unknown card.
    """
    return _card(card).speeds


def find_baud(card: str, url: str, *, address: int) -> int:
    """The baud at which the card at `url` answers; takes some seconds.

    Raises ValueError for a card that has one baud alone, NoReply with what to check.
    """
    search = _card(card).search_baud
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
    driver = _card(card).driver
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


def _card(name: str) -> _Card:
    found = CARDS.get(name)
    if found is None:
        raise ValueError(f"card {name!r} is unknown; there are: {', '.join(sorted(CARDS))}")
    return found
