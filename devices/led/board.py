"""What every LED board can be asked, whatever its control card (控制卡)."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum
from typing import Protocol


class Motion(StrEnum):
    """How text stands or moves in its area."""

    STATIC = "static"
    LEFT = "left"
    """Enters at the right edge and leaves at the left one."""


class Colour(StrEnum):
    """Colours that a dual-colour board can light."""

    RED = "red"
    GREEN = "green"
    YELLOW = "yellow"


class ClockPart(Enum):
    """A part of the card's own running clock that may stand in `TextArea.text`.

    The value is its name and the number of digits that the card shows for it.
    """

    YEAR = ("year", 4)
    MONTH = ("month", 2)
    DAY = ("day", 2)
    HOUR = ("hour", 2)
    MINUTE = ("minute", 2)

    @property
    def placeholder(self) -> str:
        """As it is written in a text, such as ``{hour}``."""
        return "{" + self.value[0] + "}"

    @property
    def digits(self) -> int:
        return self.value[1]


_PARTS = {part.placeholder: part for part in ClockPart}
_PLACEHOLDER = re.compile("(" + "|".join(re.escape(text) for text in _PARTS) + ")")


def clock_pieces(text: str) -> tuple[str | ClockPart, ...]:
    """Split a text at its clock placeholders; any other brace is plain text."""
    return tuple(_PARTS.get(piece, piece) for piece in _PLACEHOLDER.split(text) if piece)


@dataclass(frozen=True, slots=True)
class TextArea:
    """One line of coded text in a rectangle of the board; all lengths in pixels."""

    x: int
    y: int
    width: int
    height: int
    text: str
    """May hold `ClockPart` placeholders, which the card fills in."""
    font: int = 16
    """Height of a character cell: 16, 24 or 32."""
    motion: Motion = Motion.STATIC
    pixels_per_second: float = 0.0
    """Wanted speed while moving; the card takes the nearest that it has."""
    colour: Colour = Colour.RED


@dataclass(frozen=True, slots=True)
class Message:
    """All that the board shows at once, in place of whatever it showed before."""

    areas: tuple[TextArea, ...]
    lifetime_s: int
    """1–65535: after this many seconds without a new message the card drops it by itself."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a card tells about itself."""

    model: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Status:
    """The state that a card reports."""

    on: bool
    brightness: int
    """0–15"""
    clock: datetime | None
    """Local time of the centre, without zone, as the card keeps it; None if unset."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a card can do; the station adapts to it."""

    speeds: tuple[float, ...]
    """Pixels per second that the card can scroll at, fastest first."""
    max_areas: int
    coded_text: bool
    pictures: bool


class Board(Protocol):
    """LED 屏: one connection to one board; used once. To reconnect, open another.

    Every call returns only after the card's valid acknowledgement, and raises
    `devices.errors.DeviceError` otherwise. Not thread-safe: one thread owns a board.
    """

    @property
    def capabilities(self) -> Capabilities: ...

    def identify(self) -> Identity: ...

    def status(self) -> Status: ...

    def show(self, message: Message) -> None:
        """Replace what is shown. ValueError: text that the card cannot show, or areas
        outside the board; the message names the characters or the area."""

    def clear(self) -> None:
        """Drop the message that is on air; the card falls back to its stored program."""

    def set_clock(self, local: datetime) -> None:
        """`local` is the wall clock of the centre."""

    def power(self, *, on: bool) -> None: ...

    def brightness(self, level: int) -> None:
        """0 (dimmest) to 15."""

    def close(self) -> None: ...
