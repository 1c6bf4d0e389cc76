"""A4 pages of a printout: the screen's own layout, cut where a page ends.

Lengths of the layout are tenths of a point, so that its rounding to whole numbers is not seen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import dropwhile
from pathlib import Path

import segno
from fpdf import FPDF
from fpdf.fonts import TTFFont

from display.body import Paragraph, Run
from kiosk.notice.address import in_code
from kiosk.notice.model import spelling
from kiosk.notice.strips import Advance, Box, Look, Piece, Strip, flow_strips, strips
from kiosk.printing.printout import Pdf, Printout

MM = 25.4 / 720
"""Of a tenth of a point."""
PAGE_WIDTH_MM, PAGE_HEIGHT_MM = 210.0, 297.0
MARGIN_MM = 18.0
"""What every printer reaches, and room to hold or to punch."""
FOOT_MM = 20.0
WIDTH = (PAGE_WIDTH_MM - 2 * MARGIN_MM) / MM
BODY, SMALL, LEAD, TITLE, LEAST = 105.0, 90.0, 120.0, 170.0, 80.0
LABEL = 640.0
"""Width of the names of fields."""
QR_MM = 30.0
"""With its quiet zone; its dots are wider than 0.5 mm for addresses of up to 150 characters."""
CODE_MM = 52.0
"""Of a receipt's code with its quiet zone: dots of 0.5 mm for 600 characters."""
QUIET_ZONE = 4
"""White modules around a QR code (ISO/IEC 18004, 6.3.8)."""
INK, SECONDARY = (0, 0, 0), (70, 70, 70)
TONES = {"rail": (150, 150, 150), "tint": (232, 232, 232)}
LINE_MM = 0.2
PAD = 60.0
BASELINE = 0.88
"""From the top of a line's type to where letters stand, in sizes of the type."""
STRIKE = 0.36
"""Height of the line through struck text, in sizes of the type."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A strip and where its top left corner is on the page, in millimetres."""

    strip: Strip
    x: float
    y: float
    colour: tuple[int, int, int]


def typeset(what: Printout, regular: Path, bold: Path, *, at_most: int) -> Pdf:
    """Set a printout with these faces; one of more pages than `at_most` is counted only."""
    sheet = FPDF(format="A4")
    sheet.add_font("noto", "", regular)
    sheet.add_font("noto", "B", bold)
    sheet.set_auto_page_break(False)
    sheet.set_margin(0)
    sheet.set_creation_date(what.made_at)
    sheet.set_lang("zh-CN")
    plain, strong = _face(sheet, "noto"), _face(sheet, "notoB")
    has = frozenset(map(chr, plain.cmap)).__contains__
    layout = Layout(what, _widths(plain), _widths(strong), has)
    if len(layout.pages) > at_most:
        return Pdf(len(layout.pages), b"")
    drawing = _Drawing(sheet, layout)
    for number, page in enumerate(layout.pages, start=1):
        sheet.add_page()
        for placed in page:
            drawing.strip(placed)
        if number == 1 and layout.code:
            code = BytesIO(_qr(layout.code, "l" if what.code else "m"))
            sheet.image(code, *layout.code_at, layout.code_mm, layout.code_mm)
        drawing.foot(what.foot, what.page.format(page=number, pages=len(layout.pages)))
    return Pdf(len(layout.pages), bytes(sheet.output()))


class Layout:
    """Puts strips on pages, from top to bottom."""

    def __init__(
        self, what: Printout, plain: Advance, bold: Advance, has: Callable[[str], bool]
    ) -> None:
        words = {
            "notice.picture": what.picture,
            "notice.missing_character": what.missing_character,
        }
        self._what, self._widths = what, {False: plain, True: bold}
        self.spell = spelling(words, has)
        self.pages: list[list[Placed]] = [[]]
        self.code = what.code or in_code(what.address)
        self.code_mm = CODE_MM if what.code else QR_MM
        self.code_at = (PAGE_WIDTH_MM - MARGIN_MM - self.code_mm, MARGIN_MM)
        self._y = MARGIN_MM
        self._head()
        leading: list[Strip] = []
        for strip in strips(what.blocks, self._look(WIDTH)):
            if strip is None:
                continue
            leading.append(strip)
            if not strip.leads and not _is_room(strip):
                self._put_together(leading)
                leading = []
        self._put_together(leading)

    def advance(self, size: float, bold: bool) -> Advance:
        width_of = self._widths[bold]
        return lambda character: width_of(character) * size

    def width(self, text: str, size: float, *, bold: bool = False) -> float:
        """Of a text on one line."""
        return sum(map(self.advance(size, bold), text))

    def _head(self) -> None:
        what = self._what
        self._lines(what.centre, WIDTH, LEAST, colour=SECONDARY)
        self._skip(60)
        self._lines("　".join(filter(None, (what.tag, what.note))), WIDTH, BODY, bold=True)
        self._lines(what.title, WIDTH, TITLE, bold=True)
        self._skip(80)
        self.code_at = (self.code_at[0], self._y)
        beside = WIDTH - (self.code_mm + 6) / MM if self.code else WIDTH
        for name, value in what.facts:
            top = self._y
            self._lines(name, LABEL, BODY, colour=SECONDARY)
            named, self._y = self._y, top
            self._lines(value, beside - LABEL, BODY, left=LABEL)
            self._y = max(self._y, named)
        self._lines(what.address, beside, LEAST, colour=SECONDARY)
        if self.code:
            if len(self.pages) == 1:
                self._y = max(self._y, self.code_at[1] + self.code_mm)
            self._lines(what.scan, WIDTH, LEAST, colour=SECONDARY, right=True)
        self._skip(70)
        self._put(Strip(LINE_MM / MM, boxes=(Box(0, 0, WIDTH, LINE_MM / MM, "rail"),)))
        self._skip(90)

    def _lines(
        self,
        text: str,
        width: float,
        size: float,
        *,
        bold: bool = False,
        left: float = 0.0,
        colour: tuple[int, int, int] = INK,
        right: bool = False,
    ) -> None:
        if not text.strip():
            return
        for strip in flow_strips(Paragraph((Run(text, bold),)), self._look(width, size)):
            indent = width - self.width(strip.text, size, bold=bold) if right else 0.0
            self._put(strip, left + indent, colour)

    def _look(self, width: float, size: float = BODY) -> Look:
        return Look(
            width=width,
            size=size,
            small=SMALL,
            lead=LEAD,
            pad=PAD,
            line=LINE_MM / MM,
            advance=self.advance,
            spell=self.spell,
        )

    def _skip(self, height: float) -> None:
        self._put(Strip(height))

    def _put_together(self, part: Sequence[Strip]) -> None:
        """Headings stand on the page of what they lead to, where one page has room for all."""
        height = sum(strip.height for strip in part) * MM
        left = PAGE_HEIGHT_MM - FOOT_MM - self._y
        if left < height <= PAGE_HEIGHT_MM - FOOT_MM - MARGIN_MM:
            self._turn()
            part = list(dropwhile(_is_room, part))
        for strip in part:
            self._put(strip)

    def _turn(self) -> None:
        self.pages.append([])
        self._y = MARGIN_MM

    def _put(self, strip: Strip, left: float = 0.0, colour: tuple[int, int, int] = INK) -> None:
        """Below what is there, or on the next page, where room between things is left out."""
        height = strip.height * MM
        room = _is_room(strip)
        if self._y + height > PAGE_HEIGHT_MM - FOOT_MM:
            self._turn()
            if room:
                return
        if not room:
            self.pages[-1].append(Placed(strip, MARGIN_MM + left * MM, self._y, colour))
        self._y += height


def _is_room(strip: Strip) -> bool:
    """Whether it only keeps other things apart."""
    return not strip.pieces and not strip.boxes


class _Drawing:
    """Draws what has been laid out."""

    def __init__(self, sheet: FPDF, layout: Layout) -> None:
        self._sheet, self._layout = sheet, layout

    def strip(self, placed: Placed) -> None:
        sheet = self._sheet
        for box in placed.strip.boxes:
            sheet.set_fill_color(*TONES[box.tone])
            corner = (placed.x + box.x * MM, placed.y + box.y * MM)
            sheet.rect(*corner, box.width * MM, box.height * MM, style="F")
        sheet.set_text_color(*placed.colour)
        for piece in placed.strip.pieces:
            self._write(piece, placed)

    def foot(self, left: str, right: str) -> None:
        """The line at the bottom, with the page's number."""
        y = PAGE_HEIGHT_MM - FOOT_MM + 5
        self._line(MARGIN_MM, y, PAGE_WIDTH_MM - 2 * MARGIN_MM, TONES["rail"])
        self._sheet.set_font("noto", "", LEAST / 10)
        self._sheet.set_text_color(*SECONDARY)
        spell, y = self._layout.spell, y + 5
        self._sheet.text(MARGIN_MM, y, spell(left))
        width = self._layout.width(spell(right), LEAST) * MM
        self._sheet.text(PAGE_WIDTH_MM - MARGIN_MM - width, y, spell(right))

    def _write(self, piece: Piece, placed: Placed) -> None:
        self._sheet.set_font("noto", "B" if piece.bold else "", piece.size / 10)
        x = placed.x + piece.x * MM
        above = (piece.height - piece.size) / 2
        baseline = placed.y + (piece.y + above + piece.size * BASELINE) * MM
        self._sheet.text(x, baseline, piece.text)
        if piece.struck:
            width = self._layout.width(piece.text, piece.size, bold=piece.bold) * MM
            self._line(x, baseline - piece.size * STRIKE * MM, width, INK)

    def _line(self, x: float, y: float, width: float, colour: tuple[int, int, int]) -> None:
        self._sheet.set_draw_color(*colour)
        self._sheet.set_line_width(LINE_MM)
        self._sheet.line(x, y, x + width, y)


def _face(sheet: FPDF, name: str) -> TTFFont:
    face = sheet.fonts[name]
    if not isinstance(face, TTFFont):
        raise TypeError("the faces are TrueType or OpenType")
    return face


def _widths(face: TTFFont) -> Advance:
    """Widths of characters, in sizes of the type."""
    widths = face.cw
    return lambda character: widths[ord(character)] / 1000


def _qr(text: str, error: str) -> bytes:
    picture = BytesIO()
    segno.make(text, error=error, micro=False).save(picture, kind="png", scale=8, border=QUIET_ZONE)
    return picture.getvalue()
