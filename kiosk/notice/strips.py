"""What blocks come to on a screen of some width: strips of text and lines, one below the other
(pure). Lengths are pixels; y counts from the top of a strip, down.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from display.body import Block, Flow, Heading, ListItem, Paragraph, Run, Table
from kiosk.widgets.lines import break_lines

Advance = Callable[[str], float]
LINE = 1.6
"""Height of a line, in sizes of its type."""
TABLE_LINE = 1.4


@dataclass(frozen=True, slots=True)
class Look:
    """What the layout depends on."""

    width: float
    size: float
    """Of the text."""
    small: float
    """Of the text in tables of many columns."""
    lead: float
    """Of the higher headings."""
    pad: float
    line: float
    """Thickness of a table's lines."""
    advance: Callable[[float, bool], Advance]
    """Widths of characters at a size, bold or not."""
    spell: Callable[[str], str] = str
    """Writes a text so that the font can show all of it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Text in one style on one line; x and y are its left and the top of its line."""

    x: float
    y: float
    height: float
    text: str
    size: float
    bold: bool = False
    struck: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle; x and y are its left and its top."""

    x: float
    y: float
    width: float
    height: float
    tone: str
    """Name of a colour of the theme."""


@dataclass(frozen=True, slots=True)
class Strip:
    """A part of the body that is drawn at once."""

    height: float
    pieces: tuple[Piece, ...] = ()
    boxes: tuple[Box, ...] = ()
    leads: bool = False
    """Whether it belongs to what follows, as a heading does."""

    @property
    def text(self) -> str:
        """Its words, in the order in which they were laid out."""
        return "".join(piece.text for piece in self.pieces)


Words = Sequence[tuple[str, bool, bool]]
"""A line: stretches of text with bold and struck."""


def spelled(runs: Iterable[Run], look: Look) -> tuple[Run, ...]:
    """The runs as the font can show them."""
    return tuple(replace(run, text=look.spell(run.text)) for run in runs)


def runs_of(block: Flow) -> tuple[Run, ...]:
    """The runs of a block that is no table; a heading is bold."""
    return (Run(block.text, True),) if isinstance(block, Heading) else block.runs


def broken(runs: Sequence[Run], width: float, size: float, look: Look) -> Iterator[Words]:
    """Break runs into lines at most `width` wide."""
    plain = look.advance(size, False)
    bold = look.advance(size, True)
    if all(run.bold for run in runs):
        advance = bold
    elif any(run.bold for run in runs):
        advance = _wider(plain, bold)
    else:
        advance = plain
    text = "".join(run.text for run in runs)
    ends, end = [], 0
    for run in runs:
        end += len(run.text)
        ends.append(end)
    first = 0
    for start, stop in break_lines(text, width, advance):
        while first < len(runs) - 1 and ends[first] <= start:
            first += 1
        line = []
        index, begin = first, start
        while begin < stop:
            until = min(ends[index], stop)
            if until > begin:
                line.append((text[begin:until], runs[index].bold, runs[index].struck))
            begin, index = until, index + 1
        yield line


def pieces(
    line: Words, x: float, y: float, height: float, size: float, look: Look
) -> Iterator[Piece]:
    """Put a line's stretches one beside the other."""
    for text, bold, struck in line:
        kept = text.rstrip()
        if kept:
            yield Piece(x, y, height, kept, size, bold, struck)
        advance = look.advance(size, bold)
        x += sum(map(advance, text))


def strips(blocks: Iterable[Block], look: Look) -> Iterator[Strip | None]:
    """Lay out blocks; None is yielded now and then, where a caller can pause."""
    from kiosk.notice.tables import table_strips

    before: Block | None = None
    for block in blocks:
        if before is not None:
            yield Strip(_gap(before, block, look))
        before = block
        if isinstance(block, Table):
            yield from table_strips(block, look)
        else:
            yield from flow_strips(block, look)


def flow_strips(block: Flow, look: Look) -> Iterator[Strip]:
    """Lay out a block that is no table, one strip a line."""
    size = look.lead if isinstance(block, Heading) and block.level <= 2 else look.size
    indent, marker = 0.0, ""
    if isinstance(block, ListItem):
        marker = block.marker
        needed = sum(map(look.advance(size, False), marker)) + look.pad * 0.6
        indent = min(block.depth * max(1.6 * size, needed), look.width / 3)
    height = round(size * LINE)
    runs = spelled(runs_of(block), look)
    for number, line in enumerate(broken(runs, look.width - indent, size, look)):
        row = list(pieces(line, indent, 0, height, size, look))
        if marker and number == 0:
            width = sum(map(look.advance(size, False), marker))
            left = max(0.0, indent - width - look.pad * 0.6)
            row.insert(0, Piece(left, 0, height, marker, size))
        yield Strip(height, tuple(row), leads=isinstance(block, Heading))


def gathered(laid: Iterable[Strip | None], height: float) -> Iterator[Strip | None]:
    """Join strips until they are `height` high: a list of few rows is quicker than one of many."""
    waiting: list[Strip] = []
    used = 0.0
    for strip in laid:
        if strip is None:
            yield None
            continue
        if waiting and used + strip.height > height:
            yield joined(waiting)
            waiting, used = [], 0.0
        waiting.append(strip)
        used += strip.height
    if waiting:
        yield joined(waiting)


def joined(laid: Sequence[Strip]) -> Strip:
    """One strip for several."""
    top = 0.0
    all_pieces: list[Piece] = []
    all_boxes: list[Box] = []
    for strip in laid:
        all_pieces += (replace(piece, y=piece.y + top) for piece in strip.pieces)
        all_boxes += (replace(box, y=box.y + top) for box in strip.boxes)
        top += strip.height
    return Strip(top, tuple(all_pieces), tuple(all_boxes))


def _wider(one: Advance, other: Advance) -> Advance:
    return lambda character: max(one(character), other(character))


def _gap(before: Block, block: Block, look: Look) -> float:
    if isinstance(before, Table) or isinstance(block, Table):
        return round(look.pad)
    if isinstance(block, Heading):
        return round(look.size * 0.5)
    if isinstance(before, ListItem) and isinstance(block, ListItem):
        return round(look.size * 0.1)
    if isinstance(block, Paragraph):
        return round(look.size * 0.25)
    return round(look.size * 0.2)
