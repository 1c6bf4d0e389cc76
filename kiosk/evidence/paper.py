"""A4 pages in Chinese with small English: text, tables, pictures, a foot on every page."""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import TableBordersLayout, WrapMode
from fpdf.fonts import FontFace, TTFFont

MARGIN_MM = 16.0
WIDTH_MM = 210.0 - 2 * MARGIN_MM
INK = (20, 33, 61)
SECONDARY = (74, 88, 120)
LINE = (219, 225, 236)
TINT = (230, 239, 251)
BRAND = (13, 58, 122)
NO_GLYPH = "〓"
"""Stands for a character that the font lacks, as in print."""
LONGEST_CELL = 400
"""Characters in a cell of a table; a row must fit on one page."""


class _Sheet(FPDF):
    foot = ""

    def footer(self) -> None:
        self.set_y(-13)
        self.set_font("noto", "", 7)
        self.set_text_color(*SECONDARY)
        self.cell(WIDTH_MM - 22, 5, self.foot)
        self.cell(22, 5, f"{self.page_no()} / {{nb}}", align="R")


class Paper:
    """A document that is written from top to bottom, once.

    Control characters become spaces and characters without a glyph `NO_GLYPH`.
    """

    def __init__(self, regular: Path, bold: Path, *, foot: str, made_at: datetime) -> None:
        """`foot` stands at the bottom of every page beside the page's number."""
        self._sheet = sheet = _Sheet(format="A4")
        sheet.add_font("noto", "", regular)
        sheet.add_font("noto", "B", bold)
        face = sheet.fonts["noto"]
        self._known = frozenset(face.cmap if isinstance(face, TTFFont) else ())
        sheet.foot = self.clean(foot)
        sheet.set_margins(MARGIN_MM, MARGIN_MM, MARGIN_MM)
        sheet.set_auto_page_break(True, margin=18)
        sheet.set_creation_date(made_at)
        sheet.set_draw_color(*LINE)
        sheet.set_lang("zh-CN")
        sheet.add_page()

    def save(self, path: Path) -> None:
        """Write the file. Raises OSError."""
        path.write_bytes(self._sheet.output())

    def clean(self, text: str) -> str:
        """`text` in characters that can be printed; ends of lines stay."""
        return "".join(map(self._printable, text))

    def _printable(self, character: str) -> str:
        if character == "\n":
            return character
        if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp"):
            return " "
        return character if ord(character) in self._known else NO_GLYPH

    def title(self, chinese: str, english: str) -> None:
        """The document's name."""
        self._sheet.set_title(chinese)
        self._text(chinese, 20, BRAND, "B")
        self._text(english, 10, SECONDARY)
        self.gap(3)

    def heading(self, chinese: str, english: str, room_mm: float = 40.0) -> None:
        """A section's name; on the next page if there is not `room_mm` for it and its content."""
        self.need(room_mm)
        self.gap(4)
        sheet = self._sheet
        chinese = self.clean(chinese)
        self._style(13, BRAND, "B")
        sheet.cell(sheet.get_string_width(chinese) + 4, 8, chinese)
        self._style(9, SECONDARY)
        sheet.cell(0, 8.6, self.clean(english), new_x="LMARGIN", new_y="NEXT")
        sheet.line(MARGIN_MM, sheet.get_y(), MARGIN_MM + WIDTH_MM, sheet.get_y())
        self.gap(2)

    def paragraph(self, text: str, size: float = 9.0, *, bold: bool = False) -> None:
        """Text over the whole width; `size` in points."""
        self._text(text, size, INK, "B" if bold else "")

    def small(self, text: str) -> None:
        """What stands behind other things: addresses, digests, English."""
        self._text(text, 7.5, SECONDARY)

    def gap(self, height_mm: float) -> None:
        """Leave some room, or nothing at the end of a page."""
        self._sheet.set_y(min(self._sheet.get_y() + height_mm, self._sheet.page_break_trigger))

    def need(self, room_mm: float) -> None:
        """Begin the next page unless there is so much room on this one."""
        if self._sheet.get_y() + room_mm > self._sheet.page_break_trigger:
            self._sheet.add_page()

    def pairs(self, rows: Iterable[tuple[str, str]]) -> None:
        """Names on the left, values on the right."""
        self._rows([], list(rows), (44, WIDTH_MM - 44))

    def table(
        self, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float]
    ) -> None:
        """Rows under heads that are repeated on every page; `widths` in parts of the whole."""
        total = sum(widths)
        self._rows(heads, rows, [WIDTH_MM * width / total for width in widths])

    def picture(self, png: bytes, width_mm: float, height_mm: float) -> None:
        """A picture at the left margin, never across two pages."""
        self.need(height_mm + 1)
        self._sheet.image(BytesIO(png), x=MARGIN_MM, w=width_mm, h=height_mm)
        self.gap(1)

    def _rows(
        self, heads: Sequence[str], rows: Sequence[Sequence[str]], widths_mm: Sequence[float]
    ) -> None:
        self._style(8, INK)
        with self._sheet.table(
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            col_widths=tuple(widths_mm),
            first_row_as_headings=bool(heads),
            headings_style=FontFace(emphasis="BOLD", size_pt=7, color=BRAND, fill_color=TINT),
            line_height=4.4,
            num_heading_rows=1 if heads else 0,
            padding=(0.8, 1.2),
            text_align="LEFT",
            v_align="TOP",
            width=WIDTH_MM,
            wrapmode=WrapMode.CHAR,
        ) as table:
            for cells in [heads, *rows] if heads else rows:
                row = table.row()
                for cell in cells:
                    text = self.clean(cell)
                    row.cell(text if len(text) <= LONGEST_CELL else f"{text[:LONGEST_CELL]}…")
        self.gap(2)

    def _text(self, text: str, size: float, colour: tuple[int, int, int], face: str = "") -> None:
        self._style(size, colour, face)
        self._sheet.multi_cell(
            0,
            size * 0.5,
            self.clean(text),
            align="L",
            new_x="LMARGIN",
            new_y="NEXT",
            wrapmode=WrapMode.CHAR if _is_chinese(text) else WrapMode.WORD,
        )

    def _style(self, size: float, colour: tuple[int, int, int], face: str = "") -> None:
        self._sheet.set_font("noto", face, size)
        self._sheet.set_text_color(*colour)


def _is_chinese(text: str) -> bool:
    """Whether a line of `text` may end after any character."""
    return any(unicodedata.east_asian_width(character) == "W" for character in text)
