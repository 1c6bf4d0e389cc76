"""The process that opens one file: `python -m kiosk.pdf.child MEGABYTES SECONDS FILE`.

It is started for one file, whose open number it is given, and ended with it. It reads orders from
standard input and writes answers to standard output; a file that makes it crash, hang or swell
ends nothing but it. It may write no file, leave no core, start no process, and use as much memory
and time an order as it was told.
"""

import ctypes
import math
import os
import sys
from typing import BinaryIO

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from kiosk.pdf.protocol import (
    BYTES_A_PIXEL,
    HEAD,
    MAX_ORDER,
    MAX_PAGES,
    Order,
    Outcome,
    Part,
    write_sizes,
)

try:
    import resource
except ImportError:  # not a Unix
    resource = None  # type: ignore[assignment]

POLITE = 5
"""Niceness: the screen comes first."""
WHITE = (255, 255, 255, 255)
_LOCKED = {pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY}
_FLAGS = pdfium_c.FPDF_ANNOT | pdfium_c.FPDF_REVERSE_BYTE_ORDER


def confine(megabytes: int) -> None:
    """Take away what reading a file does not need."""
    if hasattr(os, "nice"):
        os.nice(POLITE)
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def allow_seconds(seconds: int) -> None:
    """Let the kernel end this process when it has computed so much longer."""
    if resource is not None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        until = math.ceil(used.ru_utime + used.ru_stime) + seconds
        resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


class OpenFile:
    """One document, and the page that was drawn last."""

    def __init__(self) -> None:
        self._document: pdfium.PdfDocument | None = None
        self._page: tuple[int, pdfium.PdfPage] | None = None

    def open(self, number: int) -> tuple[Outcome, bytes]:
        """Open the file that this process has open as `number`; the sizes of its pages."""
        # Through this process's own number it is the same file whatever name it has, or none;
        # those of another process may be looked at by nobody when that one is not dumpable.
        opened = pdfium_c.FPDF_LoadDocument(f"/proc/self/fd/{number}\0".encode(), None)
        if not opened:
            problem = pdfium_c.FPDF_GetLastError()
            if problem == pdfium_c.FPDF_ERR_FILE:
                return Outcome.MISSING, b""
            return (Outcome.ENCRYPTED if problem in _LOCKED else Outcome.DAMAGED), b""
        document = pdfium.PdfDocument(opened)
        # Seals and signatures are fields of a form; without it they would not be drawn.
        document.init_forms()
        count = len(document)
        if count < 1:
            return Outcome.DAMAGED, b""
        if count > MAX_PAGES:
            return Outcome.TOO_LONG, b""
        self._document = document
        return Outcome.DONE, write_sizes([_size(document, page) for page in range(count)])

    def draw(self, part: Part) -> tuple[Outcome, bytes]:
        """Draw some rows of a page."""
        if self._document is None or part.page >= len(self._document):
            return Outcome.BAD_PAGE, b""
        try:
            page = self._load(self._document, part.page)
        except pdfium.PdfiumError:
            return Outcome.BAD_PAGE, b""
        pixels = (ctypes.c_ubyte * part.size)()
        bitmap = pdfium.PdfBitmap.new_native(
            part.width,
            part.rows,
            pdfium_c.FPDFBitmap_BGR,
            rev_byteorder=True,
            buffer=pixels,
            stride=part.width * BYTES_A_PIXEL,
        )
        bitmap.fill_rect(WHITE, 0, 0, part.width, part.rows)
        place = (0, -part.top, part.width, part.height, 0, _FLAGS)
        pdfium_c.FPDF_RenderPageBitmap(bitmap, page, *place)
        if self._document.formenv is not None:
            pdfium_c.FPDF_FFLDraw(self._document.formenv, bitmap, page, *place)
        bitmap.close()
        return Outcome.DONE, bytes(pixels)

    def _load(self, document: pdfium.PdfDocument, number: int) -> pdfium.PdfPage:
        """The page, kept until another one is asked for: its parts follow each other."""
        if self._page is not None and self._page[0] == number:
            return self._page[1]
        if self._page is not None:
            self._page[1].close()
            self._page = None
        page = document.get_page(number)
        self._page = (number, page)
        return page


def _size(document: pdfium.PdfDocument, page: int) -> tuple[float, float]:
    try:
        width, height = document.get_page_size(page)
    except pdfium.PdfiumError:
        return 0.0, 0.0
    return width, height


def answer(orders: BinaryIO, answers: BinaryIO, seconds: int, number: int) -> None:
    """Do what is ordered until the orders end."""
    file = OpenFile()
    while head := orders.read(HEAD.size):
        order, length = HEAD.unpack(head)
        if length > MAX_ORDER:
            raise ValueError(f"an order of {length} bytes")
        data = orders.read(length)
        allow_seconds(seconds)
        if Order(order) is Order.OPEN:
            outcome, said = file.open(number)
        else:
            outcome, said = file.draw(Part.from_bytes(data))
        answers.write(HEAD.pack(outcome, len(said)))
        answers.write(said)
        answers.flush()


def main() -> int:
    """Serve one reader."""
    megabytes, seconds, number = map(int, sys.argv[1:])
    confine(megabytes)
    answer(sys.stdin.buffer, sys.stdout.buffer, seconds, number)
    return 0


if __name__ == "__main__":
    # What pypdfium2 closes at exit ends with the process anyway, and may hang on a bad file.
    code = main()
    sys.stdout.flush()
    os._exit(code)
