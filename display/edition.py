"""The edition of a day (节目单): what a board shows, frozen at the cut-over time (pure)."""

import hashlib
import math
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict

from devices.led.board import Picture, TextArea
from display.arrangement import NO_CHOICES, Choices
from display.notice import Notice, Zone
from display.openings import openings_of
from display.release import Channel, Known, Verdict, release
from display.templates import OPENING, heading, line
from display.timing import (
    LONGEST_PAGE_S,
    MIN_VISIBLE,
    Warned,
    dwell_s,
    loop_s,
    nearest_speed,
    pixels_per_second,
    readable_speeds,
    scroll_s,
    warnings,
)


class Page(BaseModel):
    """One page of an edition: a standing heading and a line that stands or scrolls."""

    model_config = ConfigDict(frozen=True)

    notice_id: str
    heading: str
    line: str
    scrolls: bool
    seconds: float
    """How long it is on air, without the blank before it."""
    published_at: AwareDatetime
    official_url: str
    valid_until: AwareDatetime | None = None
    template: str = ""
    """Which of `display.templates` made it."""
    as_picture: bool = False
    """The card is given pixels: it takes no text, or its font lacks a character."""


class Arranged(BaseModel):
    """Under which arrangement (编排) an edition was made, and by whose word."""

    model_config = ConfigDict(frozen=True)

    digest: str
    """SHA-256 of the arrangement, hex."""
    proposal: str
    """Id of the decision that proposed it."""
    proposed_by: str
    """Name as it was shown; never the number of a card."""
    proposed_key: str
    """Of the account."""
    proposed_at: AwareDatetime
    approval: str
    approved_by: str
    approved_key: str
    approved_at: AwareDatetime


class Edition(BaseModel):
    """节目单. Made once a day for one board and kept for ever as evidence."""

    model_config = ConfigDict(frozen=True)

    board: str
    day: date
    cut_over_at: AwareDatetime
    cell: int
    """Height of a character cell in pixels: 16, 24 or 32."""
    pixels_per_second: float
    """0 on a board whose text never scrolls."""
    pages: tuple[Page, ...]
    left_out: dict[str, str] = {}
    """Notice id → why a released item is not on the board."""
    arranged: Arranged | None = None
    """None: the terminal's settings, which a technician made."""

    @classmethod
    def kept(cls, text: str) -> Self:
        """Read an edition that was kept as this text; raises pydantic's ValidationError.

        Its id stays that of the text, also when a later program writes more fields.
        """
        edition = cls.model_validate_json(text)
        edition.__dict__["id"] = _id_of(text)
        return edition

    @cached_property
    def id(self) -> str:
        """Digest of the content: equal editions have equal ids."""
        return _id_of(self.model_dump_json())


def _id_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Surface:
    """What composing must know about a board: its size, its speeds, its font's width of text."""

    board: str
    zone: Zone
    width: int
    height: int
    speeds: tuple[float, ...]
    """Pixels per second that the card can scroll at; empty: everything stands."""
    half_cells: Callable[[str], int]
    """Width of a text in half character cells."""
    missing: Callable[[str], str]
    """The characters of a text that the board has no way to show."""
    lacking: Callable[[str], str] | None = None
    """The characters that the card's own font lacks, where it takes pixels instead; None: it
    has none, or takes no pixels."""
    draw: Callable[[Sequence[TextArea], datetime | None], Picture] | None = None
    """Draws a page, with the local time for its clock; None: the card takes no pixels."""
    coded_text: bool = True
    """The card shows text by code; False: pixels alone."""

    @property
    def cell(self) -> int:
        """Height of a character cell; see `cell_for`."""
        return cell_for(self.width, self.height)

    @property
    def lines(self) -> int:
        return 2 if self.height >= 2 * self.cell else 1

    def text_width(self, text: str) -> int:
        """Width of `text` in pixels."""
        return self.half_cells(text) * self.cell // 2


def cell_for(width: int, height: int) -> int:
    """The largest font that leaves a board two lines of at least 8 characters, else 16."""
    fitting = (size for size in (16, 24, 32) if 2 * size <= height and MIN_VISIBLE * size <= width)
    return max(fitting, default=16)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast and how long, as staff set it."""

    characters_per_second: float
    slow: bool = False
    items: int = 30
    wait_s: float = 300.0
    """How long a visitor waits; a longer loop is warned of."""


BY_STAFF = "staff"
"""Why a notice is left out that staff chose to leave out."""


def compose(
    notices: Iterable[Notice],
    *,
    day: date,
    cut_over_at: datetime,
    surface: Surface,
    pace: Pace,
    known: Known,
    words: Mapping[str, str],
    projects: Iterable[Notice] = (),
    choices: Choices = NO_CHOICES,
    arranged: Arranged | None = None,
) -> Edition:
    """Make the edition of `day` from what the gate releases at `cut_over_at`.

    Today's openings come first, by time, whatever the `choices`; `projects` holds every notice
    of the projects that may have one. Then what staff pinned, then `notices` in their order,
    newest first, at most `pace.items` of them. A choice about a notice that is not released
    here has no effect and leaves no trace. A chosen dwell counts where the words need no more.
    `words` are the board's words, see `display.templates`. ValueError if the board scrolls but
    has no speed that people can read.
    """

    def is_released(notice: Notice) -> bool:
        verdict = release(
            notice, channel=Channel.BOARD, zone=surface.zone, at=cut_over_at, known=known
        )
        return verdict is Verdict.RELEASED

    speed = 0.0
    if surface.speeds:
        speed = nearest_speed(
            pixels_per_second(pace.characters_per_second, surface.cell),
            readable_speeds(surface.speeds, surface.cell),
        )
    pages: list[Page] = []
    left_out: dict[str, str] = {}

    def add(notice: Notice, template: str) -> bool:
        above, below = _texts(notice, surface, words, template)
        if lacking := surface.missing(above + below):
            left_out[notice.id] = f"the board has no characters {lacking}"
            return False
        chosen_s = choices.dwell_of(notice.id)
        pages.extend(_pages(notice, template, above, below, surface, pace, speed, chosen_s))
        return True

    spoken = [
        n
        for n in projects
        if release(n, channel=Channel.DETAIL, at=cut_over_at, known=known) is Verdict.RELEASED
    ]
    for notice in filter(is_released, openings_of(day, spoken)):
        add(notice, OPENING)
    taken = 0
    for notice in _in_order(filter(is_released, notices), choices.pinned):
        if notice.id in choices.left_out:
            left_out[notice.id] = BY_STAFF
        elif taken == pace.items:
            left_out.setdefault(notice.id, "edition is full")
        else:
            taken += add(notice, notice.kind)
    return Edition(
        board=surface.board,
        day=day,
        cut_over_at=cut_over_at,
        cell=surface.cell,
        pixels_per_second=speed,
        pages=tuple(pages),
        left_out=left_out,
        arranged=arranged,
    )


def _in_order(notices: Iterable[Notice], pinned: Sequence[str]) -> list[Notice]:
    """Those that are pinned first, as they are pinned, the others as they come."""
    place = {id: number for number, id in enumerate(pinned)}
    return sorted(notices, key=lambda notice: place.get(notice.id, len(place)))


def cautions(edition: Edition, surface: Surface, pace: Pace) -> tuple[Warned, ...]:
    """What staff are told of the edition's timing; see `display.timing.warnings`."""
    scrolling = any(page.scrolls for page in edition.pages)
    return warnings(
        pace.characters_per_second,
        surface.width / edition.cell if scrolling else math.inf,
        loop_s(edition.pages),
        pace.wait_s,
    )


def _texts(
    notice: Notice, surface: Surface, words: Mapping[str, str], template: str
) -> tuple[str, str]:
    """Heading and line; what does not fit into the heading leads the line, nothing is lost."""
    name, moment = heading(notice, words, template)
    below = line(notice, words, template)
    if surface.lines == 1 or surface.text_width(name) > surface.width:
        return "", f"{name} {moment} {below}"
    if surface.text_width(f"{name} {moment}") > surface.width:
        return name, f"{moment} {below}"
    return f"{name} {moment}", below


def _pages(
    notice: Notice,
    template: str,
    above: str,
    below: str,
    surface: Surface,
    pace: Pace,
    speed: float,
    chosen_s: float | None,
) -> Iterator[Page]:
    """One page, or several when scrolling all of it in one go would take too long."""
    drawn = not surface.coded_text or bool(surface.lacking and surface.lacking(above + below))
    longest = int(LONGEST_PAGE_S * speed) - surface.width
    fits = surface.text_width(below) <= surface.width
    # A picture does not scroll, and so wide a board that text takes too long to cross it
    # stands too: parts of the text follow each other.
    stands = fits or drawn or longest < MIN_VISIBLE * surface.cell
    for part in _split(below, surface.width if stands else longest, surface):
        seconds = (
            max(dwell_s(len(above + part), slow=pace.slow), chosen_s or 0.0)
            if stands
            else scroll_s(surface.text_width(part), surface.width, speed)
        )
        yield Page(
            notice_id=notice.id,
            heading=above,
            line=part,
            scrolls=not stands,
            seconds=seconds,
            published_at=notice.published_at,
            official_url=notice.official_url,
            valid_until=notice.valid_until,
            template=template,
            as_picture=drawn,
        )


def _split(text: str, longest: int, surface: Surface) -> list[str]:
    """Cut `text` into parts of at most `longest` pixels, never inside a number or a code."""
    parts, start = [], 0
    while surface.text_width(text[start:]) > longest:
        end = start + 1
        while surface.text_width(text[start : end + 1]) <= longest:
            end += 1
        cut = end
        while cut > start and _joined(text[cut - 1], text[cut]):
            cut -= 1
        cut = cut if cut > start else end
        parts.append(text[start:cut])
        start = cut
    return [*parts, text[start:]]


def _joined(left: str, right: str) -> bool:
    """Whether both characters belong to one number, amount, date, time, code or Latin word."""
    if right in "年月日时分％%" and _is_digit(left):
        return True
    if left in "年月日时" and _is_digit(right):
        return True
    return _in_code(left) and _in_code(right)


def _in_code(character: str) -> bool:
    """Full-width forms count as what they are forms of."""
    plain = unicodedata.normalize("NFKC", character)
    return (plain.isascii() and (plain.isalnum() or plain in "-./:,()[]_#+%&@~'")) or (
        character in "￥¥"
    )


def _is_digit(character: str) -> bool:
    return unicodedata.normalize("NFKC", character).isdecimal()
