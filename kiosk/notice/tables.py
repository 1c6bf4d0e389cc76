"""Tables on a screen: drawn with lines, or row by row when too wide (pure)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from math import sqrt

from display.body import CELL_GAP, Cell, Flow, ListItem, Paragraph, Run, Table, cell_text
from kiosk.notice.strips import (
    TABLE_LINE,
    Advance,
    Box,
    Look,
    Piece,
    Strip,
    Words,
    broken,
    flow_strips,
    pieces,
    runs_of,
    spelled,
)

MANY_COLUMNS = 4
"""From so many on a table is set in small type."""
SAMPLE_ROWS = 100
"""Rows that decide how wide the columns are."""
PLACED_AT_ONCE = 64
"""Rows that are given their places between two pauses."""
SAMPLE_CHARACTERS = 400
"""Of a cell; more would not make its column wider."""
ROOMY, TIGHT = 4.0, 2.5
"""Characters that a column holds at least: where there is room, and where there is little."""
LONGEST_LABEL = 16
"""Characters of a column's name, where nothing marks the first row as names."""


@dataclass(frozen=True, slots=True)
class _Placed:
    cell: Cell
    row: int
    column: int

    @property
    def last_row(self) -> int:
        return self.row + self.cell.rowspan


def table_strips(table: Table, look: Look) -> Iterator[Strip | None]:
    """Lay out a table within the width: as a grid if every column can be read, or row by row."""
    rows: list[list[_Placed]] = []
    for row in _placed(table):
        rows.append(row)
        if len(rows) % PLACED_AT_ONCE == 0:
            yield None
    columns = max((each.column + each.cell.colspan for row in rows for each in row), default=0)
    if columns == 0:
        return
    size = look.small if columns >= MANY_COLUMNS else look.size
    contents = _Contents(columns, size, look)
    for row in rows[:SAMPLE_ROWS]:
        contents.add(row)
        yield None
    widths = contents.widths()
    if widths is None:
        yield from _row_by_row(rows, columns, look)
    else:
        yield from _grid(rows, widths, size, look)


def _placed(table: Table) -> Iterator[list[_Placed]]:
    """Cells with their places; spans end where the table or another cell does."""
    busy: dict[int, int] = {}
    for number, row in enumerate(table.rows):
        column = 0
        line = []
        for cell in row:
            while busy.get(column, 0) > number:
                column += 1
            rowspan = min(cell.rowspan, len(table.rows) - number)
            taken = (reach for reach in range(cell.colspan) if busy.get(column + reach, 0) > number)
            colspan = next(taken, cell.colspan)
            if (colspan, rowspan) != (cell.colspan, cell.rowspan):
                cell = replace(cell, colspan=colspan, rowspan=rowspan)
            line.append(_Placed(cell, number, column))
            for reached in range(column, column + colspan):
                busy[reached] = number + rowspan
            column += colspan
        yield line


class _Contents:
    """What the columns of a table hold, and how wide they should be for it."""

    def __init__(self, columns: int, size: float, look: Look) -> None:
        self._size, self._look = size, look
        self._natural = [0.0] * columns
        self._token = [0.0] * columns

    def add(self, row: Sequence[_Placed]) -> None:
        """Measure the cells of a row that stand in one column."""
        look = self._look
        for each in row:
            if each.cell.colspan > 1:
                continue
            for block in each.cell.blocks:
                bold = each.cell.header or runs_of(block)[0].bold
                text = "".join(run.text for run in runs_of(block))[:SAMPLE_CHARACTERS]
                width, longest = _extent(look.spell(text), look.advance(self._size, bold))
                self._natural[each.column] = max(self._natural[each.column], width)
                self._token[each.column] = max(self._token[each.column], longest)

    def widths(self) -> list[float] | None:
        """Share the width out by what the columns hold; None when some could not be read."""
        size, width = self._size, self._look.width
        margins = self._look.pad + 1
        wanted = [max(natural, 2 * size) + margins for natural in self._natural]
        for roomy, longest in ((ROOMY, width * 0.4), (TIGHT, 6 * size)):
            least = [
                min(wide, max(roomy * size, min(token, longest)) + margins)
                for wide, token in zip(wanted, self._token, strict=True)
            ]
            if sum(least) <= width:
                return _shared(least, wanted, width)
        return None


def _extent(text: str, advance: Advance) -> tuple[float, float]:
    """Width of a text on one line, and of its longest word that is not to be broken."""
    total = longest = word = 0.0
    for character in text:
        width = advance(character)
        total += width
        word = word + width if character.isascii() and not character.isspace() else 0.0
        longest = max(longest, word)
    return total, longest


def _shared(least: list[float], wanted: list[float], width: float) -> list[float]:
    given = list(least)
    spare = width - sum(given)
    open_columns = [n for n in range(len(given)) if wanted[n] > given[n]]
    while open_columns and spare > 1:
        weights = {n: sqrt(wanted[n] - given[n]) for n in open_columns}
        share = spare / sum(weights.values())
        for n in open_columns:
            given[n] = min(wanted[n], given[n] + share * weights[n])
        spare = width - sum(given)
        open_columns = [n for n in open_columns if wanted[n] - given[n] > 1]
    return [each + max(0.0, spare) * each / sum(given) for each in given]


def _grid(
    rows: Sequence[Sequence[_Placed]], widths: list[float], size: float, look: Look
) -> Iterator[Strip | None]:
    edges = [0.0, *(float(round(edge)) for edge in accumulate(widths))]
    grid = _Grid(edges, size, look)
    start = 0
    while start < len(rows):
        group: list[_Broken] = []
        end = reach = start
        while end == start or end < reach:
            for each in rows[end]:
                room = edges[each.column + each.cell.colspan] - edges[each.column] - look.pad
                group.append(_Broken(each, list(_cell_lines(each.cell, room, size, look))))
                reach = max(reach, each.last_row)
                yield None
            end += 1
        yield from grid.strips(group, start, end)
        start = end
    yield Strip(round(look.line), boxes=(Box(0, 0, edges[-1], look.line, "rail"),))


def _cell_lines(cell: Cell, width: float, size: float, look: Look) -> Iterator[Words]:
    for block in cell.blocks:
        runs = spelled(_cell_runs(block, header=cell.header), look)
        yield from broken(runs, width, size, look)


def _cell_runs(block: Flow, *, header: bool) -> tuple[Run, ...]:
    runs = runs_of(block)
    if isinstance(block, ListItem) and block.marker:
        runs = (Run(f"{block.marker} "), *runs)
    return tuple(Run(run.text, True, run.struck) for run in runs) if header else runs


@dataclass(slots=True)
class _Broken:
    """A cell with its lines, and how many of them are drawn."""

    placed: _Placed
    lines: list[Words]
    drawn: int = 0


class _Grid:
    """Draws groups of rows that spans hold together, one strip a line of text."""

    def __init__(self, edges: list[float], size: float, look: Look) -> None:
        self._edges, self._size, self._look = edges, size, look
        self._above: list[_Placed | None] | None = None

    def strips(self, group: Sequence[_Broken], start: int, end: int) -> Iterator[Strip]:
        """Draw the rows from `start` to before `end`, of which `group` holds all cells."""
        active: list[list[_Broken]] = [[] for _ in range(start, end)]
        for each in group:
            for row in range(each.placed.row, each.placed.last_row):
                active[row - start].append(each)
        for row, height in enumerate(_row_lines(group, start, end)):
            yield from self._row(active[row], height)

    def _row(self, active: Sequence[_Broken], count: int) -> Iterator[Strip]:
        look, edges = self._look, self._edges
        step, margin = round(self._size * TABLE_LINE), round(look.pad * 0.5)
        cells = self._across(active)
        for line in range(count):
            top = margin if line == 0 else 0
            height = top + step + (margin if line == count - 1 else 0)
            boxes = list(self._grounds(cells, height))
            if line == 0:
                boxes += self._line_above(cells)
            boxes += [
                Box(edges[column], 0, look.line, height, "rail")
                for column in range(len(cells))
                if _begins(cells, column)
            ]
            boxes.append(Box(edges[-1] - look.line, 0, look.line, height, "rail"))
            texts: list[Piece] = []
            for each in active:
                if each.drawn < len(each.lines):
                    left = edges[each.placed.column] + margin
                    words = each.lines[each.drawn]
                    texts += pieces(words, left, top, step, self._size, look)
                    each.drawn += 1
            yield Strip(height, tuple(texts), tuple(boxes))
        self._above = cells

    def _across(self, active: Sequence[_Broken]) -> list[_Placed | None]:
        cells: list[_Placed | None] = [None] * (len(self._edges) - 1)
        for each in active:
            for column in range(each.placed.column, each.placed.column + each.placed.cell.colspan):
                cells[column] = each.placed
        return cells

    def _grounds(self, cells: Sequence[_Placed | None], height: float) -> Iterator[Box]:
        for column, each in enumerate(cells):
            if each is not None and each.cell.header and _begins(cells, column):
                left, right = self._edges[column], self._edges[column + each.cell.colspan]
                yield Box(left, 0, right - left, height, "tint")

    def _line_above(self, cells: Sequence[_Placed | None]) -> Iterator[Box]:
        for column, each in enumerate(cells):
            if self._above is None or each is None or each is not self._above[column]:
                left, right = self._edges[column], self._edges[column + 1]
                yield Box(left, 0, right - left, self._look.line, "rail")


def _row_lines(group: Sequence[_Broken], start: int, end: int) -> list[int]:
    """How many lines of text each row takes; what a spanning cell needs more, its last row has."""
    heights = [1] * (end - start)
    for each in group:
        if each.placed.cell.rowspan == 1:
            row = each.placed.row - start
            heights[row] = max(heights[row], len(each.lines))
    for each in sorted(group, key=lambda entry: entry.placed.last_row):
        spanned = slice(each.placed.row - start, each.placed.last_row - start)
        heights[each.placed.last_row - 1 - start] += max(0, len(each.lines) - sum(heights[spanned]))
    return heights


def _begins(cells: Sequence[_Placed | None], column: int) -> bool:
    return column == 0 or cells[column] is None or cells[column] is not cells[column - 1]


def _row_by_row(
    rows: Sequence[Sequence[_Placed]], columns: int, look: Look
) -> Iterator[Strip | None]:
    """Each row below the one before, its cells with the names of their columns."""
    names = column_names(rows, columns)
    skipped = _named_rows(rows) if names else 0
    rule = Strip(
        round(look.pad), boxes=(Box(0, round(look.pad / 2), look.width, look.line, "rail"),)
    )
    spanning: list[_Placed] = []
    yield rule
    for number, row in enumerate(rows):
        if number < skipped:
            # Names that nothing repeats below must be read somewhere.
            texts = (cell_text(each.cell).replace("\n", "") for each in row)
            text = CELL_GAP.join(filter(None, texts))
            yield from flow_strips(Paragraph((Run(text, True),)), look) if text else ()
        else:
            spanning = [each for each in spanning if each.last_row > number]
            told = sorted([*spanning, *row], key=lambda each: each.column) if names else row
            for each in told:
                for block in _labelled(each, names):
                    yield from flow_strips(block, look)
                yield None
        spanning += [each for each in row if each.cell.rowspan > 1]
        yield rule


def column_names(rows: Sequence[Sequence[_Placed]], columns: int) -> dict[int, str]:
    """Names of columns by the first row or rows, where these are names; or none.

    Rows of header cells are names. Else the first row is taken for names when it has a short
    text in every column that its spans leave open.
    """
    count = _named_rows(rows)
    if count == 0:
        return {}
    names: dict[int, list[str]] = {}
    for row in rows[:count]:
        for each in row:
            if each.last_row > count and count < len(rows):
                continue
            for column in range(each.column, min(columns, each.column + each.cell.colspan)):
                text = cell_text(each.cell).replace("\n", "")
                if text and text not in names.setdefault(column, []):
                    names[column].append(text)
    return {column: "／".join(texts) for column, texts in names.items() if texts}


def _named_rows(rows: Sequence[Sequence[_Placed]]) -> int:
    marked = 0
    for row in rows:
        if not row or not all(each.cell.header for each in row):
            break
        marked += 1
    if marked:
        return marked if marked < len(rows) else 0
    if len(rows) < 2 or len(rows[0]) < 3:
        return 0
    texts = [cell_text(each.cell) for each in rows[0]]
    short = all(0 < len(text) <= LONGEST_LABEL and not _is_amount(text) for text in texts)
    return int(short and len(set(texts)) == len(texts))


def _is_amount(text: str) -> bool:
    return not any(character.isalpha() for character in text)


def _labelled(each: _Placed, names: Mapping[int, str]) -> Iterator[Flow]:
    """A cell with its column's name; the first column's says what the row is about: bold."""
    blocks = each.cell.blocks
    if each.column == 0 and names:
        for block in blocks:
            yield Paragraph(_cell_runs(block, header=True))
        return
    label = names.get(each.column)
    if not label or not blocks:
        yield from blocks
        return
    name = Run(f"{label}：", True)
    if isinstance(blocks[0], Paragraph):
        yield Paragraph((name, *blocks[0].runs))
        yield from blocks[1:]
    else:
        yield Paragraph((name,))
        yield from blocks
