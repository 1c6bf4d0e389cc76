"""What every LED board can be asked, whatever its control card (控制卡)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
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


COLOUR_INDEXES = {None: 0, Colour.RED: 1, Colour.GREEN: 2, Colour.YELLOW: 3}
"""What a pixel of a `Picture` holds for a colour; None is dark."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A whole page as pixels. Raises ValueError for pixels that do not fit."""

    width: int
    height: int
    pixels: bytes
    """`height` rows of `width` bytes from the top left: 0 dark, 1 red, 2 green, 3 yellow."""

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1 or len(self.pixels) != self.width * self.height:
            raise ValueError(
                f"picture: {len(self.pixels)} pixels, {self.width}x{self.height} expected"
            )
        if odd := self.pixels.translate(None, b"\x00\x01\x02\x03"):
            raise ValueError(f"picture: colour index {max(odd)}, 0 to 3 expected")


@dataclass(frozen=True, slots=True)
class Message:
    """All that the board shows at once, in place of whatever it showed before.

    Areas and picture are two forms of the same page; a driver takes the one that its card can
    show (see `Capabilities`), and coded text before pixels.
    """

    areas: tuple[TextArea, ...]
    lifetime_s: int
    """1–65535: after this many seconds without a new message the card drops it by itself."""
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class DailyTimer:
    """Screen on from `on` until `off`, every day; local time, whole minutes.

    Raises ValueError unless `off` is later than `on`: a card's timer does not pass midnight.
    """

    on: time
    off: time

    def __post_init__(self) -> None:
        for name, moment in (("on", self.on), ("off", self.off)):
            if moment.tzinfo is not None or moment.second or moment.microsecond:
                raise ValueError(f"{name}: {moment}, local time in whole minutes expected")
        if self.off <= self.on:
            raise ValueError(f"off: {self.off:%H:%M} is not later than on, {self.on:%H:%M}")


HALF_HOURS = 48
"""Brightness values of a day."""


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


class Proof(StrEnum):
    """How far a card has proven that it shows what it was told."""

    ACKNOWLEDGED = "acknowledged"
    """It took the message; what it displays was not asked, or cannot be."""
    READ_BACK = "read back"
    """It told what it holds, and that is the message."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a card can do; the station adapts to it."""

    speeds: tuple[float, ...]
    """Pixels per second that the card can scroll at, fastest first."""
    max_areas: int
    coded_text: bool
    pictures: bool
    stored_page: bool = False
    """Keeps a page that stands without the computer; see `Board.store_neutral`."""
    timers: int = 0
    """Daily timers that it takes."""
    half_hour_brightness: bool = False


class Board(Protocol):
    """LED 屏: one connection to one board; used once. To reconnect, open another.

    Every call returns only after the card's valid acknowledgement, and raises
    `devices.errors.DeviceError` otherwise. Not thread-safe: one thread owns a board.
    """

    @property
    def capabilities(self) -> Capabilities: ...

    def identify(self) -> Identity: ...

    def status(self) -> Status: ...

    def show(self, message: Message) -> Proof:
        """Replace what is shown. ValueError: text that the card cannot show, or areas
        outside the board; the message names the characters or the area."""

    def clear(self) -> None:
        """Drop the message that is on air; the card falls back to its stored program."""

    def set_clock(self, local: datetime) -> None:
        """`local` is the wall clock of the centre."""

    def power(self, *, on: bool) -> None: ...

    def brightness(self, level: int) -> None:
        """0 (dimmest) to 15."""

    def brightness_by_half_hour(self, levels: Sequence[int]) -> None:
        """48 levels, each 0 to 15, from midnight on, by the card's clock.

        ValueError if the card has not `Capabilities.half_hour_brightness`."""

    def set_timers(self, timers: Sequence[DailyTimer]) -> None:
        """Replace the daily timers, 1 to `Capabilities.timers`; ValueError for more."""

    def cancel_timers(self) -> None:
        """Drop all daily timers."""

    def clear_screen(self) -> None:
        """Darken the whole board, the stored page included, until the next message."""

    def store_neutral(self, areas: Sequence[TextArea]) -> bool:
        """Keep a page in the card, shown when no message is on air; survives power.

        Written only if it differs from what the card has, and verified by read-back; False if
        nothing had to be written. Raises Unverified if the read-back differs, ValueError as
        `show` does, or if the card has not `Capabilities.stored_page`."""

    def close(self) -> None: ...
