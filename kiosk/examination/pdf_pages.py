"""Counting the pages of a PDF through the PDF reader's child process."""

import logging
import threading
from collections.abc import Callable
from typing import Protocol

from kiosk.examination.verdict import Finding, Verdict
from kiosk.pdf.document import Document, Encrypted, Missing, PdfError, TooLong, TooSlow
from kiosk.pdf.reader import Limits, PdfReader

log = logging.getLogger(__name__)

MEGABYTES = 400
"""Address space of the child, which begins with 90 MB; only the list of pages is read."""
OPEN_S = 20.0
POLL_S = 0.05


class Reader(Protocol):
    """What is needed of a PDF reader; see `kiosk.pdf.reader.PdfReader`."""

    def open(self, file: int) -> Document: ...

    def close(self) -> None: ...


def open_reader() -> PdfReader:
    """A reader within the limits of an examination."""
    return PdfReader(Limits(megabytes=MEGABYTES, open_s=OPEN_S))


def count_pages(
    number: int, check: Callable[[], None], reader: Callable[[], Reader] = open_reader
) -> int | Finding:
    """Pages of the open PDF `number`, or why it cannot be read.

    What `check` raises ends it and goes on up.
    """
    found: list[int | Finding] = []
    opened = reader()

    def count() -> None:
        try:
            found.append(len(opened.open(number).pages))
        except PdfError as problem:
            found.append(Finding(*_told(problem)))
        except OSError as problem:
            log.warning("no process to read PDF files can be started: %s", problem.strerror)

    worker = threading.Thread(target=count, name="pdf-pages", daemon=True)
    worker.start()
    try:
        while worker.is_alive():
            worker.join(POLL_S)
            check()
    finally:
        opened.close()
        worker.join()
    return found[0] if found else Finding(Verdict.NOT_EXAMINABLE)


def _told(problem: PdfError) -> tuple[Verdict, dict[str, str | int]]:
    if isinstance(problem, Encrypted):
        return Verdict.ENCRYPTED, {"kind": "pdf"}
    if isinstance(problem, TooLong):
        return Verdict.TOO_MANY_PAGES, {}
    if isinstance(problem, TooSlow):
        return Verdict.TOO_SLOW, {}
    if isinstance(problem, Missing):
        return Verdict.UNREADABLE, {}
    return Verdict.DAMAGED, {"kind": "pdf"}
