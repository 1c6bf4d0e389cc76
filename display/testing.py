"""测试画面, the test card: what it shows, and when a board must not show it (pure).

A technician asks for it at a terminal; the board's station shows it for a moment and goes on.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from devices.led.board import Message, Picture, TextArea
from display.edition import Surface
from display.local_time import SHANGHAI
from display.schedule import State

SHOWN_S = 20.0
LIFETIME_S = 30
"""A card whose computer is dead drops the picture by itself: it stands no longer than this."""
PAUSE_S = 60.0
"""After a test card ended, so that nobody holds a board with one after the other."""
FRESH = timedelta(seconds=10)
"""A wish that is older, by the PC's clock, is nobody's any more."""
_SQUARE = "■"
"""GB 2312 row 1: every card's font has it."""
_FRAME = 1
"""Colour of the frame, as `devices.led.board.COLOUR_INDEXES` has red."""


@dataclass(frozen=True, slots=True)
class TestWish:
    """Somebody wants to see the test card."""

    __test__ = False

    id: str
    asked_at: datetime
    """By this PC's clock."""
    by: str
    """Name as shown."""
    account: str


class TestState(StrEnum):
    """What became of a wish."""

    __test__ = False

    ASKED = "asked"
    SHOWN = "shown"
    """The card acknowledged it, and it is on the board now."""
    ENDED = "ended"
    """It was shown, and the board goes on."""
    REFUSED = "refused"


class Hindrance(StrEnum):
    """Why the test card is not shown, or no longer."""

    LATE = "late"
    NO_LINK = "no_link"
    DARK = "dark"
    """Outside the screen hours."""
    NEUTRAL_HELD = "neutral_held"
    """Staff want the neutral page and nothing else."""
    WITHDRAWAL = "withdrawal"
    """It is not proven that a withdrawn notice has left the board."""
    CARD = "card"
    """The card does not take it."""
    PAUSE = "pause"
    """Another one has just been shown."""


def hindrance(wanted: State, *, neutral_held: bool, alarms: bool) -> Hindrance | None:
    """Why a board that is connected must not show the test card now; None: it may."""
    if alarms:
        return Hindrance.WITHDRAWAL
    if neutral_held:
        return Hindrance.NEUTRAL_HELD
    return Hindrance.DARK if wanted is State.DARK else None


def is_fresh(wish: TestWish, wall: datetime) -> bool:
    """Whether somebody still waits for it; a clock that was set leaves nobody waiting."""
    return abs(wall - wish.asked_at) <= FRESH


def test_message(surface: Surface, title: str, moment: datetime, *, proven: bool) -> Message:
    """The title and the time, the board's size below, up to the right edge; pixels with a frame.

    A time that is not proven is not told.
    """
    local = moment.astimezone(SHANGHAI).replace(tzinfo=None)
    areas = tuple(_areas(surface, f"{title} {local:%H:%M}" if proven else title))
    if surface.coded_text or surface.draw is None:
        return Message(areas, LIFETIME_S)
    return Message((), LIFETIME_S, _framed(surface.draw(areas, local)))


# What a module of tests imports by this name is no test.
test_message.__test__ = False  # type: ignore[attr-defined]


def _areas(surface: Surface, title: str) -> list[TextArea]:
    cell = surface.cell
    top = (surface.height - surface.lines * cell) // 2
    told = (title, f"{surface.width}x{surface.height} {surface.board}")
    return [
        TextArea(
            x=0,
            y=top + number * cell,
            width=surface.width,
            height=cell,
            text=_fitting(surface, text),
            font=cell,
        )
        for number, text in enumerate(told[: surface.lines])
    ]


def _fitting(surface: Surface, text: str) -> str:
    """Cut to the board's width, or filled up to its right edge with squares."""
    while surface.text_width(text) > surface.width:
        text = text[:-1]
    return text + _SQUARE * ((surface.width - surface.text_width(text)) // surface.cell)


def _framed(picture: Picture) -> Picture:
    """Every edge is lit, so that a module that is dark at the border is seen."""
    width, height = picture.width, picture.height
    edge = bytes([_FRAME]) * width
    rows = [picture.pixels[at : at + width] for at in range(0, width * height, width)]
    inner = [bytes([_FRAME]) + row[1:-1] + bytes([_FRAME]) for row in rows[1:-1]]
    return Picture(width, height, b"".join([edge, *inner, edge]))
