"""How long text stands and how fast it moves on a board (pure).

Speeds are given by staff in characters per second; numbers from the domain's table.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

GAP_S = 0.3
"""The board is blank for this long between pages."""
SHORTEST_DWELL_S = 5.0
LONGEST_DWELL_S = 30.0
LONGEST_PAGE_S = 45.0
"""A page, with its lifetime margin, must die within 60 s of a dead PC."""
MIN_VISIBLE = 8
"""Characters that are seen at once while text scrolls."""
MIN_CHARACTERS_PER_SECOND = 2.0
MAX_CHARACTERS_PER_SECOND = 6.0
USUAL_CHARACTERS_PER_SECOND = 4.0
COMFORTABLE_CHARACTERS_PER_SECOND = 5.0
"""Faster is allowed, with a warning."""
METRES_FOR_EACH_MM = 3.0 / 10.0
"""Viewing distance for each millimetre of a character's height."""
SLOW_PRESET = 1.5


def pixels_per_second(characters_per_second: float, cell: int) -> float:
    """Scroll speed for a font whose full-width cell is `cell` pixels wide.

    ValueError outside 2–6 characters per second: slower wastes the loop, faster is not read.
    """
    if not MIN_CHARACTERS_PER_SECOND <= characters_per_second <= MAX_CHARACTERS_PER_SECOND:
        raise ValueError(
            f"scroll speed {characters_per_second} is outside "
            f"{MIN_CHARACTERS_PER_SECOND:g}–{MAX_CHARACTERS_PER_SECOND:g} characters per second"
        )
    return characters_per_second * cell


def readable_speeds(speeds: tuple[float, ...], cell: int) -> tuple[float, ...]:
    """Those of a card's speeds that people can read; ValueError when there is none."""
    slowest, fastest = MIN_CHARACTERS_PER_SECOND * cell, MAX_CHARACTERS_PER_SECOND * cell
    readable = tuple(speed for speed in speeds if slowest <= speed <= fastest)
    if not readable:
        raise ValueError(
            f"none of the card's speeds lies between {slowest:g} and {fastest:g} pixels per "
            f"second, which is what people can read at {cell} pixels a character"
        )
    return readable


def nearest_speed(wanted: float, speeds: tuple[float, ...]) -> float:
    """The card's speed that is nearest to `wanted`, both in pixels per second."""
    return min(speeds, key=lambda speed: (abs(speed - wanted), speed))


def scroll_s(text_width: float, area_width: float, speed: float) -> float:
    """Seconds from the first pixel's entry at the right to the last one's exit at the left."""
    return (text_width + area_width) / speed


def dwell_s(characters: float, *, slow: bool) -> float:
    """Seconds that a page of standing text stays: `max(5, 2 + N/4)`, ×1.5 slow, at most 30."""
    seconds = max(SHORTEST_DWELL_S, 2.0 + characters / 4)
    return min(LONGEST_DWELL_S, seconds * (SLOW_PRESET if slow else 1.0))


class Timed(Protocol):
    """What takes its time on a board, such as `display.edition.Page`."""

    @property
    def seconds(self) -> float: ...


def loop_s(pages: Iterable[Timed]) -> float:
    """Seconds until all `pages` have been on air once, with the blank before each."""
    return math.fsum(GAP_S + page.seconds for page in pages)


def viewing_distance_m(cell: int, pitch_mm: float) -> float:
    """Metres from which characters can be read: 3 m for each 10 mm of their height.

    `cell`: height of a character in pixels, `pitch_mm`: from one LED to the next. ValueError
    unless both are above zero. 16 dots at P4.75 are 76 mm high, read from 23 m.
    """
    if not (cell > 0 and 0 < pitch_mm < math.inf):
        raise ValueError(f"character of {cell} pixels at {pitch_mm} mm: both must be above zero")
    return cell * pitch_mm * METRES_FOR_EACH_MM


class Caution(StrEnum):
    """What staff are warned of; nothing of it is refused."""

    TOO_FAST = "too_fast"
    """In characters per second."""
    FEW_VISIBLE = "few_visible"
    """In characters seen at once while scrolling."""
    LOOP_LONGER_THAN_WAIT = "loop_longer_than_wait"
    """In seconds."""
    HARDLY_SHOWN = "hardly_shown"
    """An edition is on the lit board for few seconds a day; see `display.outlook`."""


@dataclass(frozen=True, slots=True)
class Warned:
    """One caution with the value that caused it and the limit that it passed, in one unit."""

    caution: Caution
    value: float
    limit: float

    def __str__(self) -> str:
        return f"{self.caution} {self.value:.4g} (limit {self.limit:g})"


def warnings(
    characters_per_second: float, visible: float, loop_s: float, wait_s: float
) -> tuple[Warned, ...]:
    """What to tell staff of their timing, in the order of `Caution`.

    `visible`: full-width characters seen at once, of the narrowest page that scrolls;
    math.inf when none does. `wait_s`: how long a visitor waits, a setting.
    """
    judged = (
        (
            characters_per_second > COMFORTABLE_CHARACTERS_PER_SECOND,
            Warned(Caution.TOO_FAST, characters_per_second, COMFORTABLE_CHARACTERS_PER_SECOND),
        ),
        (visible < MIN_VISIBLE, Warned(Caution.FEW_VISIBLE, visible, MIN_VISIBLE)),
        (loop_s > wait_s, Warned(Caution.LOOP_LONGER_THAN_WAIT, loop_s, wait_s)),
    )
    return tuple(warned for applies, warned in judged if applies)
