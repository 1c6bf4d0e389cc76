"""Tables of notices: which are tables at all, and their spans put in order (pure)."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from display.body import CELL_GAP, Block, Cell, Flow, Paragraph, Run, Table, cell_text

MAX_COLUMNS = 60
"""The widest sheets of real notices have some 30 columns; wider ones become lines of text."""
MAX_CELLS = 20_000
"""Cells of one body, spanned places included. Real bodies have under 400."""
_FEW = 4
"""A table in which one cell of so many holds a table keeps its rows; others only lay out."""


@dataclass(slots=True)
class OpenCell:
    """A cell as it was written."""

    blocks: list[Block] = field(default_factory=list)
    colspan: int = 1
    rowspan: int = 1
    header: bool = False


def unfolded(
    rows: Sequence[Sequence[OpenCell]], *, lays_out: bool, room: int, dropped: Counter[str]
) -> tuple[list[Block], int]:
    """What a table comes to: one table, or the blocks of its cells; and the places it takes.

    `room` is how many places of cells are left.
    """
    filled = [row for row in rows if any(cell.blocks for cell in row)]
    cells = [cell for row in filled for cell in row if cell.blocks]
    holding = sum(any(isinstance(block, Table) for block in cell.blocks) for cell in cells)
    if lays_out or all(len(row) == 1 for row in filled) or holding * _FEW > len(cells):
        dropped["layout table"] += bool(cells)
        return [block for cell in cells for block in cell.blocks], 0
    placed = _placed([row for row in rows if row], dropped)
    width = max((sum(cell.colspan for cell in row) for row in placed), default=0)
    places = sum(cell.colspan * cell.rowspan for row in placed for cell in row)
    if width > MAX_COLUMNS or places > room:
        dropped["oversized table"] += 1
        return [line for row in filled for line in _lines(row)], 0
    dropped["nested table"] += holding
    return [_without_common_weight(Table(placed))], places


def _placed(
    rows: Sequence[Sequence[OpenCell]], dropped: Counter[str]
) -> tuple[tuple[Cell, ...], ...]:
    """Rows of cells whose spans end where the table does and cover nothing twice."""
    busy: dict[int, int] = {}
    placed = []
    for number, row in enumerate(rows):
        column = 0
        cells = []
        for cell in row:
            while busy.get(column, 0) > number:
                column += 1
            colspan = cell.colspan
            for reach in range(1, colspan):
                if busy.get(column + reach, 0) > number:
                    colspan = reach
                    break
            rowspan = min(cell.rowspan, len(rows) - number)
            dropped["span"] += (colspan, rowspan) != (cell.colspan, cell.rowspan)
            for reached in range(column, column + colspan):
                busy[reached] = number + rowspan
            cells.append(Cell(tuple(_flows(cell.blocks)), colspan, rowspan, cell.header))
            column += colspan
        placed.append(tuple(cells))
    return tuple(placed)


def _flows(blocks: Sequence[Block]) -> Iterator[Flow]:
    """Blocks of a cell; a table in it becomes one line a row."""
    for block in blocks:
        if isinstance(block, Table):
            for row in block.rows:
                text = CELL_GAP.join(filter(None, (cell_text(cell) for cell in row)))
                if text:
                    yield Paragraph((Run(text.replace("\n", " ")),))
        else:
            yield block


def _lines(row: Sequence[OpenCell]) -> Iterator[Block]:
    texts = (cell_text(Cell(tuple(_flows(cell.blocks)))).replace("\n", " ") for cell in row)
    text = CELL_GAP.join(filter(None, texts))
    if text:
        yield Paragraph((Run(text),))


def _without_common_weight(table: Table) -> Table:
    """Bold all over is no emphasis: it is taken off where no run is without it."""
    runs = [
        run
        for row in table.rows
        for cell in row
        for block in cell.blocks
        if not hasattr(block, "level")
        for run in getattr(block, "runs", ())
    ]
    if not runs or not all(run.bold for run in runs):
        return table
    return Table(tuple(tuple(map(_plain_cell, row)) for row in table.rows))


def _plain_cell(cell: Cell) -> Cell:
    return replace(cell, blocks=tuple(map(_plain, cell.blocks)))


def _plain(block: Flow) -> Flow:
    if isinstance(block, Paragraph):
        return Paragraph(tuple(replace(run, bold=False) for run in block.runs))
    return block
