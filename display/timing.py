"""How long text stands and how fast it moves on a board (pure).

Speeds are given by staff in characters per second; numbers from the domain's table.
"""

GAP_S = 0.3
"""The board is blank for this long between pages."""
LONGEST_DWELL_S = 30.0
LONGEST_PAGE_S = 45.0
"""A page, with its lifetime margin, must die within 60 s of a dead PC."""
MIN_VISIBLE = 8
"""Characters that are seen at once while text scrolls."""
MIN_CHARACTERS_PER_SECOND = 2.0
MAX_CHARACTERS_PER_SECOND = 6.0
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
    seconds = max(5.0, 2.0 + characters / 4)
    return min(LONGEST_DWELL_S, seconds * (SLOW_PRESET if slow else 1.0))
