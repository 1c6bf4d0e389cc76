"""The edition of a day (节目单): what a board shows, frozen at the cut-over time (pure)."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict

from display.glyphs import for_board
from display.notice import Notice, NoticeKind, Zone
from display.release import Channel, Known, Verdict, release
from display.timing import (
    LONGEST_PAGE_S,
    MIN_VISIBLE,
    dwell_s,
    nearest_speed,
    pixels_per_second,
    readable_speeds,
    scroll_s,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")


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


class Edition(BaseModel):
    """节目单. Made once a day for one board and kept for ever as evidence."""

    model_config = ConfigDict(frozen=True)

    board: str
    day: date
    cut_over_at: AwareDatetime
    cell: int
    """Height of a character cell in pixels: 16, 24 or 32."""
    pixels_per_second: float
    pages: tuple[Page, ...]
    left_out: dict[str, str] = {}
    """Notice id → why a released item is not on the board."""

    @cached_property
    def id(self) -> str:
        """Digest of the content: equal editions have equal ids."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Surface:
    """What composing must know about a board: its size, its speeds, its font's width of text."""

    board: str
    zone: Zone
    width: int
    height: int
    speeds: tuple[float, ...]
    """Pixels per second that the card can scroll at."""
    half_cells: Callable[[str], int]
    """Width of a text in half character cells."""
    missing: Callable[[str], str]
    """The characters of a text that the card's font lacks."""

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


def compose(
    notices: Iterable[Notice],
    *,
    day: date,
    cut_over_at: datetime,
    surface: Surface,
    pace: Pace,
    known: Known,
    words: Mapping[str, str],
) -> Edition:
    """Make the edition of `day` from the notices that the gate releases at `cut_over_at`.

    `words` are the board's words: a name for each notice kind, `number`, `closes`,
    `objections`. Notices keep their order, newest first; at most `pace.items` are taken.
    ValueError if the board has no speed that people can read.
    """
    speed = nearest_speed(
        pixels_per_second(pace.characters_per_second, surface.cell),
        readable_speeds(surface.speeds, surface.cell),
    )
    pages: list[Page] = []
    left_out: dict[str, str] = {}
    taken = 0
    for notice in notices:
        verdict = release(
            notice, channel=Channel.BOARD, zone=surface.zone, at=cut_over_at, known=known
        )
        if verdict is not Verdict.RELEASED:
            continue
        if taken == pace.items:
            left_out[notice.id] = "edition is full"
            continue
        heading, line = _texts(notice, surface, words)
        if lacking := surface.missing(heading + line):
            left_out[notice.id] = f"the card's font lacks {lacking}"
            continue
        taken += 1
        pages += _pages(notice, heading, line, surface, pace, speed)
    return Edition(
        board=surface.board,
        day=day,
        cut_over_at=cut_over_at,
        cell=surface.cell,
        pixels_per_second=speed,
        pages=tuple(pages),
        left_out=left_out,
    )


def _texts(notice: Notice, surface: Surface, words: Mapping[str, str]) -> tuple[str, str]:
    """Heading and line; what does not fit into the heading leads the line, nothing is lost."""
    time = f"{notice.published_at.astimezone(SHANGHAI):%m-%d %H:%M}"
    kind, line = words[notice.kind], _line(notice, words)
    if surface.lines == 1 or surface.text_width(kind) > surface.width:
        return "", f"{kind} {time} {line}"
    if surface.text_width(f"{kind} {time}") > surface.width:
        return kind, f"{time} {line}"
    return f"{kind} {time}", line


def _line(notice: Notice, words: Mapping[str, str]) -> str:
    """At most three units of information: title, number, what is due."""
    units = [notice.title]
    if notice.tender_no and notice.tender_no not in notice.title:
        units.append(f"{words['number']} {notice.tender_no}")
    due = notice.objections_until if notice.kind is NoticeKind.CANDIDATES else notice.closes_at
    if due is not None:
        label = words["objections" if notice.kind is NoticeKind.CANDIDATES else "closes"]
        units.append(f"{label} {due.astimezone(SHANGHAI):%m-%d %H:%M}")
    return for_board("　".join(units))


def _pages(
    notice: Notice, heading: str, line: str, surface: Surface, pace: Pace, speed: float
) -> Iterable[Page]:
    """One page, or several when scrolling all of it in one go would take too long."""
    if surface.text_width(line) <= surface.width:
        yield _page(notice, heading, line, dwell_s(len(heading + line), slow=pace.slow), False)
        return
    longest = int(LONGEST_PAGE_S * speed) - surface.width
    if longest < MIN_VISIBLE * surface.cell:
        # So wide a board that text takes too long to cross it: parts of it stand instead.
        for part in _split(line, surface.width, surface):
            yield _page(notice, heading, part, dwell_s(len(heading + part), slow=pace.slow), False)
        return
    for part in _split(line, longest, surface):
        seconds = scroll_s(surface.text_width(part), surface.width, speed)
        yield _page(notice, heading, part, seconds, True)


def _page(notice: Notice, heading: str, line: str, seconds: float, scrolls: bool) -> Page:
    return Page(
        notice_id=notice.id,
        heading=heading,
        line=line,
        scrolls=scrolls,
        seconds=seconds,
        published_at=notice.published_at,
        official_url=notice.official_url,
        valid_until=notice.valid_until,
    )


def _split(line: str, longest: int, surface: Surface) -> list[str]:
    """Cut `line` into parts of at most `longest` pixels, never inside a number or a code."""
    parts, start = [], 0
    while surface.text_width(line[start:]) > longest:
        end = start + 1
        while surface.text_width(line[start : end + 1]) <= longest:
            end += 1
        cut = end
        while cut > start and _joined(line[cut - 1], line[cut]):
            cut -= 1
        cut = cut if cut > start else end
        parts.append(line[start:cut])
        start = cut
    return [*parts, line[start:]]


def _joined(left: str, right: str) -> bool:
    """Whether both characters belong to one number, date, code or Latin word."""

    def in_code(character: str) -> bool:
        return character.isascii() and (character.isalnum() or character in "-./:()[]_#+")

    return in_code(left) and in_code(right)
