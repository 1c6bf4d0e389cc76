"""From the HTML of a notice to blocks: sanitising by allow-list (pure).

Nothing of the HTML comes through but words, and what says how they belong together. What was
left out is counted by kind and never quoted.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count, groupby, repeat
from typing import TypeAlias

from display.body import MAX_DEPTH as MAX_LIST_DEPTH
from display.body import MAX_SPAN, Block, Heading, ListItem, Paragraph, Run
from kiosk.central.html_bounds import RefusedHtml, bounded, too_large
from kiosk.central.html_events import End, Start, events
from kiosk.central.html_tables import MAX_CELLS, OpenCell, unfolded
from kiosk.central.html_text import clean, decode, whole

MAX_BLOCKS = 20_000
"""Twenty times the longest real body's lines."""
MAX_TABLE_DEPTH = 12
"""Tables within tables; what lies deeper is read as text between them."""

_PARTS = frozenset(
    ("p", "div", "br", "hr", "dl", "dt", "dd", "pre", "blockquote", "center", "section",
     "article", "header", "footer", "main", "nav", "aside", "address", "figure", "figcaption",
     "fieldset", "legend", "details", "summary", "textarea", "ul", "ol", "li", "h1", "h2", "h3",
     "h4", "h5", "h6", "table", "tr", "td", "th", "caption")
)  # fmt: skip
"""Elements at whose start and end a paragraph ends."""
_BOLD = frozenset(("b", "strong", "dt", "caption", "legend", "summary"))
_STRUCK = frozenset(("s", "strike", "del"))
_LITERAL = frozenset(("pre", "textarea"))
_RAISED = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
_LOWERED = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
_SCRIPTS = {
    "sup": (_RAISED, re.compile(r"[0-9+\-=()n]+")),
    "sub": (_LOWERED, re.compile(r"[0-9+\-=()]+")),
}

_SPACE = re.compile(r"[\s\u00a0\u3000]+")
_WIDE = re.compile(r"[\u00a0\u2002-\u200a\u202f\u205f\u3000]{2}")
"""Two spaces that HTML would not make one: somebody wanted a distance."""
_ADDRESS = re.compile(r"(?:https?|ftp)://\S+|(?:mailto|tel):\S+", re.IGNORECASE)
_LONGEST_ADDRESS = 300
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_DOT = "•"
_DIGITS = re.compile(r"\s*\+?\d{1,6}")
_LONGEST_NUMBER = 7

_Written: TypeAlias = list[tuple[bool, bool, list[str]]]
"""Runs as they come: bold, struck out, and their texts."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """What a body came to."""

    blocks: tuple[Block, ...]
    dropped: Mapping[str, int]
    """Kind → how many were left out or reduced."""


def blocks_of(html: bytes | str) -> Blocks:
    """Read the HTML of a notice's body. Raises RefusedHtml."""
    if problem := too_large(html):
        raise RefusedHtml(problem)
    dropped: Counter[str] = Counter()
    text, broken = decode(html) if isinstance(html, bytes) else whole(html)
    dropped["broken character"] = broken
    builder = _Builder(dropped)
    for event in events(bounded(text.replace("\0", ""), dropped), dropped):
        match event:
            case Start():
                builder.start(event)
            case End(name):
                builder.end(name)
            case str():
                builder.text(clean(event, dropped))
    return Blocks(builder.finish(), {kind: n for kind, n in sorted(dropped.items()) if n})


class _Place:
    """Where blocks go: the body, a cell, or a caption; with the paragraph that is being read."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.runs: _Written = []
        self.numbers: list[Iterator[str]] = []
        """The markers to come, for each open list."""
        self.markers: list[str] = []
        """For each open item: its marker, empty once it was written."""
        self.level = 0

    def add(self, text: str, bold: bool, struck: bool) -> None:
        if self.runs and self.runs[-1][:2] == (bold, struck):
            self.runs[-1][2].append(text)
        else:
            self.runs.append((bold, struck, [text]))

    def flush(self) -> int:
        """End the paragraph; gives how many blocks that made."""
        written, self.runs = self.runs, []
        # A heading has words in one style: with struck ones in it, it is a bold paragraph.
        plain = not any(struck for _, struck, _ in written)
        runs = _trimmed(written if plain or not self.level else _in_bold(written))
        if not runs:
            return 0
        if self.level and plain:
            self.blocks.append(Heading(self.level, "".join(run.text for run in runs)))
        elif self.markers:
            depth = min(len(self.markers), MAX_LIST_DEPTH)
            self.blocks.append(ListItem(depth, self.markers[-1], runs))
            self.markers[-1] = ""
        else:
            self.blocks.append(Paragraph(runs))
        return 1


class _OpenTable:
    def __init__(self, *, lays_out: bool) -> None:
        self.lays_out = lays_out
        self.rows: list[list[OpenCell]] = []


class _Builder:
    def __init__(self, dropped: Counter[str]) -> None:
        self._dropped = dropped
        self._places = [_Place()]
        self._tables: list[_OpenTable | None] = []
        """None for a table that is read as text."""
        self._weights = [False]
        self._struck = [False]
        self._scripts: list[str] = []
        self._links: list[tuple[str, list[str]]] = []
        self._literal = 0
        self._count = 0
        self._room = MAX_CELLS

    def finish(self) -> tuple[Block, ...]:
        self._flush()
        return tuple(self._places[0].blocks)

    def text(self, text: str) -> None:
        lines = text.splitlines() if self._literal else [text]
        for number, line in enumerate(lines):
            if number:
                self._flush()
            self._add(line)

    def start(self, element: Start) -> None:
        name = element.name
        if name in _PARTS:
            self._flush()
        bold = element.bold
        self._weights.append(self._weights[-1] or name in _BOLD if bold is None else bold)
        self._struck.append(self._struck[-1] or element.struck or name in _STRUCK)
        place = self._places[-1]
        if name in _HEADINGS:
            place.level = int(name[1])
        elif name in _LITERAL:
            self._literal += 1
        elif name in _SCRIPTS:
            self._scripts.append(name)
        elif name == "img":
            self._add(element.attributes["alt"])
        elif name == "a":
            self._links.append((element.attributes.get("href", ""), []))
        elif name in {"ul", "ol"}:
            place.numbers.append(_markers(element))
        elif name == "li":
            place.markers.append(next(place.numbers[-1]) if place.numbers else _DOT)
        else:
            self._start_of_table(element)

    def end(self, name: str) -> None:
        if name == "a":
            self._end_of_link(*self._links.pop())
        if name in _PARTS:
            self._flush()
        self._weights.pop()
        self._struck.pop()
        place = self._places[-1]
        if name in _HEADINGS:
            place.level = 0
        elif name in _LITERAL:
            self._literal -= 1
        elif name in _SCRIPTS:
            self._scripts.pop()
        elif name in {"ul", "ol"}:
            place.numbers.pop()
        elif name == "li":
            place.markers.pop()
        else:
            self._end_of_table(name)

    def _start_of_table(self, element: Start) -> None:
        name = element.name
        if name == "table":
            if len(self._tables) >= MAX_TABLE_DEPTH:
                self._dropped["too deep"] += 1
                self._tables.append(None)
                return
            role = element.attributes.get("role")
            self._tables.append(_OpenTable(lays_out=role in {"presentation", "none"}))
            return
        table = self._tables[-1] if self._tables else None
        if table is None:
            return
        if name == "tr":
            table.rows.append([])
        elif name in {"td", "th"}:
            header = name == "th"
            colspan = _span(element.attributes.get("colspan"))
            rowspan = _span(element.attributes.get("rowspan"))
            if not table.rows:
                table.rows.append([])
            table.rows[-1].append(OpenCell([], colspan, rowspan, header))
            self._places.append(_Place())
        elif name == "caption":
            self._places.append(_Place())

    def _end_of_table(self, name: str) -> None:
        if name == "table":
            table = self._tables.pop()
            if table is not None:
                blocks, places = unfolded(
                    table.rows, lays_out=table.lays_out, room=self._room, dropped=self._dropped
                )
                self._room -= places
                self._places[-1].blocks += blocks
            return
        table = self._tables[-1] if self._tables else None
        if table is None or name not in {"td", "th", "caption"}:
            return
        blocks = self._places.pop().blocks
        if name == "caption":
            self._places[-1].blocks += blocks
        else:
            table.rows[-1][-1].blocks += blocks

    def _end_of_link(self, address: str, words: list[str]) -> None:
        if not address or address.startswith("#"):
            return
        if len(address) > _LONGEST_ADDRESS or _ADDRESS.fullmatch(address) is None:
            self._dropped["link"] += 1
            return
        words_only = "".join("".join(words).split())
        bare = address.partition(":")[2].removeprefix("//").removesuffix("/")
        if bare not in words_only:
            shown = address if "://" in address else bare
            self._add(f"（{clean(shown, self._dropped)}）")

    def _add(self, text: str) -> None:
        if not text:
            return
        text = _SPACE.sub(lambda space: "　" if _WIDE.search(space[0]) else " ", text)
        if self._scripts:
            table, pattern = _SCRIPTS[self._scripts[-1]]
            if pattern.fullmatch(text):
                text = text.translate(table)
        for _, words in self._links:
            words.append(text)
        self._places[-1].add(text, self._weights[-1], self._struck[-1])

    def _flush(self) -> None:
        self._count += self._places[-1].flush()
        if self._count > MAX_BLOCKS:
            raise RefusedHtml(f"has more than {MAX_BLOCKS} paragraphs")


def _in_bold(written: _Written) -> _Written:
    return [
        (True, struck, [text for _, _, parts in same for text in parts])
        for struck, same in groupby(written, key=lambda run: run[1])
    ]


def _trimmed(written: _Written) -> tuple[Run, ...]:
    """Runs without spaces at either end, and with one where two meet."""
    runs: list[Run] = []
    after_space = True
    for bold, struck, parts in written:
        text = "".join(parts)
        if after_space:
            text = text.lstrip(" 　")
        if not text:
            continue
        after_space = text[-1] in " 　"
        runs.append(Run(text, bold, struck))
    while runs:
        last = runs.pop()
        if text := last.text.rstrip(" 　"):
            runs.append(Run(text, last.bold, last.struck))
            break
    return tuple(runs)


def _markers(element: Start) -> Iterator[str]:
    """What stands before the items of a list."""
    if element.name == "ul":
        return repeat(_DOT)
    start = element.attributes.get("start", "")
    first = int(start) if start.isdecimal() and len(start) < _LONGEST_NUMBER else 1
    return (f"{number}." for number in count(first))


def _span(written: str | None) -> int:
    """A span as HTML reads it: a number from 1 on, or else 1."""
    digits = _DIGITS.match(written or "")
    return min(max(1, int(digits[0])), MAX_SPAN) if digits else 1
