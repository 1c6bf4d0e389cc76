"""What the board's face shows at a moment (pure).

Pixels are bytes, row after row: 0 dark, 1 red, 2 green, 3 yellow.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from devices.led.virtual.text import Glyph, Item, LineEnd, tell_time

Glyphs = Callable[[bytes, int], tuple[bytes, ...]]
"""Rows of a character, from its code and size; see `devices.led.fonts`."""
Block = tuple[bytes, ...]
"""Rows of equal length."""

POWER_UP_CLOCK = datetime(2000, 1, 1)  # noqa: DTZ001
"""Where a clock that was never set begins to count; local time, as the card keeps it."""

STATIC, FAST, LEFT, RIGHT, UP, DOWN = 1, 2, 3, 4, 5, 6
LOOP, DELETE_AT_TIMEOUT = 0, 2


@dataclass(frozen=True, slots=True)
class Zone:
    """A dynamic area in the card's RAM; lengths in pixels, `since` in monotonic seconds."""

    number: int
    x: int
    y: int
    width: int
    height: int
    items: tuple[Item, ...]
    mode: int
    pixels_per_second: float
    stay_s: float
    run_mode: int
    timeout_s: int
    single_line: bool
    wrap: bool
    line_gap: int
    since: float

    def is_over(self, t: float) -> bool:
        return self.run_mode == DELETE_AT_TIMEOUT and t - self.since >= self.timeout_s


@dataclass(frozen=True, slots=True)
class State:
    """Everything that decides what is seen: the zones, without one alive the stored program."""

    width: int
    height: int
    on: bool = True
    zones: tuple[Zone, ...] = ()
    clock: datetime | None = None
    """Local time at `clock_since`; None: never set."""
    clock_since: float = 0.0
    program: tuple[Zone, ...] = ()
    """Read from the program memory."""
    timers: tuple[tuple[time, time], ...] = ()
    """On and off of each day, local; they switch at their moments, a command in between."""
    power_since: float = 0.0
    """When `on` was last commanded, or the timers were; monotonic second."""

    def local_time(self, t: float) -> datetime:
        return (self.clock or POWER_UP_CLOCK) + timedelta(seconds=t - self.clock_since)


def is_lit(state: State, t: float) -> bool:
    """The screen is on: by the last edge of a timer, or the command that came after it."""
    now, commanded = state.local_time(t), state.local_time(state.power_since)
    edges = [
        (datetime.combine(day, moment), lit)
        for day in (now.date() - timedelta(days=1), now.date())
        for pair in state.timers
        for moment, lit in zip(pair, (True, False), strict=True)
    ]
    past = [(moment, lit) for moment, lit in edges if commanded < moment <= now]
    return max(past)[1] if past else state.on


def seen(state: State, t: float) -> tuple[Zone, ...]:
    """The zones on the board's face: those alive, without any the program, none if it is off."""
    if not is_lit(state, t):
        return ()
    return tuple(zone for zone in state.zones if not zone.is_over(t)) or state.program


def pixels(state: State, t: float, glyphs: Glyphs) -> bytes:
    """`height` rows of `width` bytes at the monotonic second `t`."""
    canvas = [bytearray(state.width) for _ in range(state.height)]
    for zone in seen(state, t):
        _paint(canvas, zone, _window(zone, t, state.local_time(t), glyphs))
    return b"".join(canvas)


def pass_s(state: State, t: float, glyphs: Glyphs) -> float:
    """Seconds until all that is seen was seen once, from entry to exit; 0 if it just stands."""
    return max((_pass_s(zone, state.local_time(t), glyphs) for zone in seen(state, t)), default=0)


def _pass_s(zone: Zone, clock: datetime, glyphs: Glyphs) -> float:
    lines = _lines(tell_time(zone.items, clock), zone)
    if zone.mode in (STATIC, FAST):
        pages = len(_page_tops(lines, zone))
        return zone.stay_s * pages if pages > 1 else 0.0
    block = _stack([_draw(line, glyphs) for line in lines], zone.line_gap)
    way = zone.width + len(block[0]) if zone.mode in (LEFT, RIGHT) else zone.height + len(block)
    return way / zone.pixels_per_second


def _paint(canvas: list[bytearray], zone: Zone, rows: Block) -> None:
    for row, content in enumerate(rows):
        canvas[zone.y + row][zone.x : zone.x + zone.width] = content


def _window(zone: Zone, t: float, clock: datetime, glyphs: Glyphs) -> Block:
    """What is in the zone's rectangle: `height` rows of `width` bytes."""
    lines = _lines(tell_time(zone.items, clock), zone)
    block = _stack([_draw(line, glyphs) for line in lines], zone.line_gap)
    elapsed = max(t - zone.since, 0.0)
    if zone.mode in (STATIC, FAST):
        return _view(block, zone, 0, _page_top(lines, zone, elapsed))
    moved = int(elapsed * zone.pixels_per_second)
    width, height = len(block[0]) if block else 0, len(block)
    if zone.mode in (LEFT, RIGHT):
        offset = moved % (width + zone.width)
        left = offset - zone.width if zone.mode == LEFT else width - offset
        return _view(block, zone, left, 0)
    offset = moved % (height + zone.height)
    top = offset - zone.height if zone.mode == UP else height - offset
    return _view(block, zone, 0, top)


def _lines(glyphs: tuple[Glyph | LineEnd, ...], zone: Zone) -> list[list[Glyph]]:
    lines: list[list[Glyph]] = [[]]
    used = 0
    for item in glyphs:
        if isinstance(item, LineEnd):
            if not zone.single_line:
                lines.append([])
                used = 0
            continue
        width = item.size * len(item.code) // 2
        if zone.wrap and not zone.single_line and lines[-1] and used + width > zone.width:
            lines.append([])
            used = 0
        lines[-1].append(item)
        used += width
    return lines


def _line_height(line: list[Glyph]) -> int:
    return max((glyph.size for glyph in line), default=16)


def _page_tops(lines: list[list[Glyph]], zone: Zone) -> list[int]:
    """First row of each page; a page holds as many whole lines as fit."""
    tops, row, page_start = [0], 0, 0
    for line in lines:
        height = _line_height(line)
        if row > page_start and row + height - page_start > zone.height:
            page_start = row
            tops.append(row)
        row += height + zone.line_gap
    return tops


def _page_top(lines: list[list[Glyph]], zone: Zone, elapsed: float) -> int:
    """First row of the page that stands now."""
    tops = _page_tops(lines, zone)
    if len(tops) == 1 or zone.stay_s <= 0:
        return 0
    return tops[int(elapsed / zone.stay_s) % len(tops)]


def _draw(line: list[Glyph], glyphs: Glyphs) -> Block:
    """One line; characters stand on its bottom row."""
    height = _line_height(line)
    rows = [bytearray() for _ in range(height)]
    for glyph in line:
        shape = glyphs(glyph.code, glyph.size)
        colour = bytes((0, glyph.colour)) + bytes(254)
        above = height - glyph.size
        for row in range(height):
            rows[row] += (
                shape[row - above].translate(colour) if row >= above else bytes(len(shape[0]))
            )
    return tuple(bytes(row) for row in rows)


def _stack(lines: list[Block], gap: int) -> Block:
    width = max((len(line[0]) for line in lines), default=0)
    rows: list[bytes] = []
    for number, line in enumerate(lines):
        if number:
            rows.extend(bytes(width) for _ in range(gap))
        rows.extend(row.ljust(width, b"\0") for row in line)
    return tuple(rows)


def _view(block: Block, zone: Zone, left: int, top: int) -> Block:
    """The zone's window on the block, whose pixel (left, top) is in its upper left corner."""
    before = bytes(max(-left, 0))
    out = []
    for row in range(top, top + zone.height):
        content = block[row] if 0 <= row < len(block) else b""
        visible = (before + content[max(left, 0) :])[: zone.width]
        out.append(visible.ljust(zone.width, b"\0"))
    return tuple(out)
