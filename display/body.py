"""The body of a notice as blocks that a screen can draw, and their compact JSON (pure).

In JSON a text stands for a plain paragraph and a list for one of several runs; everything else
is an object: ``{"h": text, "l": level}``, ``{"li": runs, "d": depth, "m": marker}``,
``{"t": rows}``. A run is a text, or ``{"b": text}`` bold, ``{"s": text}`` struck out,
``{"bs": text}`` both. A cell is a text, or ``{"x": text or blocks, "c": columns, "r": rows,
"h": true}``, in which ones and false are left out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from pydantic import PlainSerializer, PlainValidator

PICTURE = "\ufffc"
"""Stands where a picture stood (U+FFFC object replacement character)."""
MAX_SPAN = 1000
"""Columns or rows of one cell, as in the HTML standard for columns."""
MAX_DEPTH = 8
"""Levels of a list, and of headings."""
CELL_GAP = "　"

_STYLES = {"b": (True, False), "s": (False, True), "bs": (True, True)}


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one style, without line feeds."""

    text: str
    bold: bool = False
    struck: bool = False
    """Deleted by its author, yet printed: 删除线."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; never empty."""

    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is the highest, 6 the lowest."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class ListItem:
    """A paragraph of a list; the second of the same item has no marker."""

    depth: int
    """1 for a list that stands in no other."""
    marker: str
    runs: tuple[Run, ...]


Flow: TypeAlias = Paragraph | Heading | ListItem


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell; without blocks it is empty."""

    blocks: tuple[Flow, ...] = ()
    colspan: int = 1
    rowspan: int = 1
    header: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of the cells that begin in them, as in HTML."""

    rows: tuple[tuple[Cell, ...], ...]


Block: TypeAlias = Paragraph | Heading | ListItem | Table


def paragraph(text: str, *, bold: bool = False) -> Paragraph:
    """A paragraph in one style."""
    return Paragraph((Run(text, bold),))


def text_blocks(text: str) -> tuple[Paragraph, ...]:
    """Plain text as blocks: one paragraph a line, none for empty lines."""
    return tuple(paragraph(line.strip()) for line in text.splitlines() if line.strip())


def runs_text(block: Flow) -> str:
    """The words of a block without its marker."""
    return block.text if isinstance(block, Heading) else "".join(run.text for run in block.runs)


def flow_text(block: Flow) -> str:
    """The words of a block with its marker."""
    words = runs_text(block)
    return f"{block.marker} {words}" if isinstance(block, ListItem) and block.marker else words


def cell_text(cell: Cell) -> str:
    """The words of a cell, one paragraph a line."""
    return "\n".join(map(flow_text, cell.blocks))


def plain_text(blocks: Iterable[Block]) -> str:
    """The words of blocks: a line a paragraph, and a line a row of a table."""
    lines = []
    for block in blocks:
        if isinstance(block, Table):
            for row in block.rows:
                texts = (cell_text(cell).replace("\n", " ") for cell in row)
                lines.append(CELL_GAP.join(text for text in texts if text))
        else:
            lines.append(flow_text(block))
    return "\n".join(line for line in lines if line)


def to_json(blocks: Iterable[Block]) -> list[Any]:
    """Write blocks as values for JSON."""
    return [_block_json(block) for block in blocks]


def from_json(value: object) -> tuple[Block, ...]:
    """Read what `to_json` wrote, or blocks themselves. Raises ValueError."""
    if not isinstance(value, (list, tuple)):
        raise ValueError("blocks must be a list")
    return tuple(_read_block(each) for each in value)


BlocksField = Annotated[
    tuple[Block, ...],
    PlainValidator(from_json),
    PlainSerializer(to_json, return_type=list[Any]),
]
"""Type of a pydantic field that holds blocks."""


def _block_json(block: Block) -> Any:
    match block:
        case Paragraph(runs):
            return _runs_json(runs)
        case Heading(level, text):
            return {"h": text, "l": level}
        case ListItem(depth, marker, runs):
            return {"li": _runs_json(runs), "d": depth, "m": marker}
        case Table(rows):
            return {"t": [[_cell_json(cell) for cell in row] for row in rows]}


def _runs_json(runs: tuple[Run, ...]) -> Any:
    if len(runs) == 1 and not (runs[0].bold or runs[0].struck):
        return runs[0].text
    return [
        {"b" * run.bold + "s" * run.struck: run.text} if run.bold or run.struck else run.text
        for run in runs
    ]


def _cell_json(cell: Cell) -> Any:
    blocks = to_json(cell.blocks)
    content = blocks[0] if len(blocks) == 1 and isinstance(blocks[0], str) else blocks
    more = {
        name: value
        for name, value, usual in (
            ("c", cell.colspan, 1), ("r", cell.rowspan, 1), ("h", cell.header, False)
        )
        if value != usual
    }  # fmt: skip
    if not more and (isinstance(content, str) or not content):
        return content or ""
    return {"x": content, **more}


def _read_block(value: object) -> Block:
    match value:
        case Paragraph() | Heading() | ListItem() | Table():
            return value
        case str() | list():
            return Paragraph(_read_runs(value))
        case {"h": str(text), "l": int(level)} if 1 <= level <= MAX_DEPTH:
            return Heading(level, text)
        case {"li": runs, "d": int(depth), "m": str(marker)} if 1 <= depth <= MAX_DEPTH:
            return ListItem(depth, marker, _read_runs(runs))
        case {"t": list(rows)} if rows and all(isinstance(row, list) for row in rows):
            return Table(tuple(tuple(map(_read_cell, row)) for row in rows))
    raise ValueError("a block is of no known kind")


def _read_runs(value: object) -> tuple[Run, ...]:
    if isinstance(value, str):
        return (Run(value),)
    if not isinstance(value, list) or not value:
        raise ValueError("runs must be a text or a list")
    return tuple(_read_run(each) for each in value)


def _read_run(value: object) -> Run:
    if isinstance(value, str):
        return Run(value)
    if isinstance(value, dict) and len(value) == 1:
        ((style, text),) = value.items()
        if style in _STYLES and isinstance(text, str):
            return Run(text, *_STYLES[style])
    raise ValueError("a run is of no known style")


def _read_cell(value: object) -> Cell:
    if isinstance(value, str):
        return Cell((paragraph(value),) if value else ())
    if not isinstance(value, dict):
        raise ValueError("a cell must be a text or an object")
    content = value.get("x")
    if isinstance(content, str):
        blocks: tuple[Flow, ...] = (paragraph(content),)
    else:
        blocks = tuple(_flows(from_json(content)))
    columns, rows, header = value.get("c", 1), value.get("r", 1), value.get("h", False)
    if not (isinstance(columns, int) and isinstance(rows, int) and isinstance(header, bool)):
        raise ValueError("a cell's spans must be numbers")
    if not (1 <= columns <= MAX_SPAN and 1 <= rows <= MAX_SPAN):
        raise ValueError("a cell's spans are out of range")
    return Cell(blocks, columns, rows, header)


def _flows(blocks: Iterable[Block]) -> Iterator[Flow]:
    for block in blocks:
        if isinstance(block, Table):
            raise ValueError("a cell must hold no table")
        yield block
