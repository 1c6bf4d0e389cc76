"""From what should be on air to what the card is told (pure)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from devices.led.board import ClockPart, Message, Motion, TextArea
from display.edition import Edition, Page, Surface
from display.local_time import SHANGHAI
from display.schedule import Showing, State
from display.timing import (
    USUAL_CHARACTERS_PER_SECOND,
    nearest_speed,
    pixels_per_second,
    readable_speeds,
)

MARGIN_S = 10
"""A page outlives its time on the card by this much, so that a slow line leaves no hole."""
NEUTRAL_LIFETIME_S = 60
NEUTRAL_REFRESH_S = 30.0
BLANK_LIFETIME_S = 10


@dataclass(frozen=True, slots=True)
class Shown:
    """What the card acknowledged last."""

    showing: Showing
    at_s: float
    """Uptime of the PC: no setting of the clock moves it."""
    edition: str | None


def is_due(wanted: Showing, edition: Edition | None, shown: Shown | None, uptime_s: float) -> bool:
    """Whether the card must be told anything now."""
    if shown is None or wanted.state is not shown.showing.state:
        return True
    if wanted.state is State.NEUTRAL:
        return uptime_s - shown.at_s >= NEUTRAL_REFRESH_S
    if wanted.state is State.DARK:
        return False
    if shown.edition != (edition.id if edition else None):
        return True
    return (wanted.since, wanted.page) != (shown.showing.since, shown.showing.page)


def message(
    wanted: Showing,
    edition: Edition | None,
    surface: Surface,
    moment: datetime,
    centre: str,
    *,
    with_clock: bool,
) -> Message:
    """The message that puts `wanted`, which is not DARK, on the board.

    The neutral page holds the name `centre` and, if the card's clock is right, the time.
    """
    if wanted.state is State.NEUTRAL or edition is None or wanted.page is None:
        areas = neutral_areas(surface, centre, with_clock=with_clock)
        return _message(areas, NEUTRAL_LIFETIME_S, surface, moment)
    if wanted.state is State.BLANK:
        # Not "clear": that would flash the card's own program for the length of the gap.
        return _message((_whole(surface),), BLANK_LIFETIME_S, surface, moment)
    page = edition.pages[wanted.page]
    left_s = math.ceil((wanted.until - moment).total_seconds())
    return _message(
        page_areas(page, edition, surface),
        max(1, left_s) + MARGIN_S,
        surface,
        moment,
        as_picture=page.as_picture,
    )


def page_areas(page: Page, edition: Edition, surface: Surface) -> tuple[TextArea, ...]:
    """The rectangles of one page: a standing heading above a line that stands or scrolls."""
    cell = edition.cell
    line = TextArea(
        x=0,
        y=_top(surface, cell) + (cell if page.heading else 0),
        width=surface.width,
        height=cell,
        text=page.line,
        font=cell,
        motion=Motion.LEFT if page.scrolls else Motion.STATIC,
        pixels_per_second=edition.pixels_per_second if page.scrolls else 0.0,
    )
    if not page.heading:
        return (line,)
    return (_standing(surface, cell, _top(surface, cell), page.heading), line)


def neutral_areas(surface: Surface, centre: str, *, with_clock: bool) -> tuple[TextArea, ...]:
    """The rectangles of the neutral page: the name and the time.

    A name that does not fit scrolls; where nothing can, it is cut to the board's width.
    """
    cell, top = surface.cell, _top(surface, surface.cell)
    name = _standing(surface, cell, top, centre)
    if surface.text_width(centre) > surface.width:
        if surface.speeds:
            speed = nearest_speed(
                pixels_per_second(USUAL_CHARACTERS_PER_SECOND, cell),
                readable_speeds(surface.speeds, cell),
            )
            name = replace(name, motion=Motion.LEFT, pixels_per_second=speed)
        else:
            longest = max(
                n for n in range(len(centre) + 1) if surface.text_width(centre[:n]) <= surface.width
            )
            name = replace(name, text=centre[:longest])
    if not with_clock or surface.lines == 1:
        return (name,)
    clock = f"{ClockPart.HOUR.placeholder}:{ClockPart.MINUTE.placeholder}"
    return name, _standing(surface, cell, top + cell, clock)


def _message(
    areas: Sequence[TextArea],
    lifetime_s: int,
    surface: Surface,
    moment: datetime,
    *,
    as_picture: bool = False,
) -> Message:
    """Coded text where the card takes it, else the same areas as pixels."""
    if surface.draw is None or (surface.coded_text and not as_picture):
        return Message(tuple(areas), lifetime_s)
    local = moment.astimezone(SHANGHAI).replace(tzinfo=None)
    return Message((), lifetime_s, surface.draw(areas, local))


def _standing(surface: Surface, cell: int, y: int, text: str) -> TextArea:
    return TextArea(x=0, y=y, width=surface.width, height=cell, text=text, font=cell)


def _whole(surface: Surface) -> TextArea:
    return TextArea(
        x=0, y=0, width=surface.width, height=surface.height, text=" ", font=surface.cell
    )


def _top(surface: Surface, cell: int) -> int:
    return (surface.height - surface.lines * cell) // 2
