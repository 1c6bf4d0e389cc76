"""Draws the pages of one document off the UI thread; used once."""

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from kiosk.pdf.document import Closed, Document, PdfError, Picture
from kiosk.pdf.protocol import Part
from kiosk.pdf.reader import PdfReader

Deliver = Callable[[Callable[[], None]], None]
"""Has something called on the UI thread."""


class Drawing:
    """One file on its way to pictures: a thread, and the process that has the file open."""

    def __init__(
        self,
        path: Path,
        deliver: Deliver,
        opened: Callable[[Document | PdfError], None],
        reader: PdfReader | None = None,
    ) -> None:
        """Begin to open; `opened` hears on the UI thread how it went, once, unless closed."""
        self._path, self._deliver = path, deliver
        self._reader = PdfReader() if reader is None else reader
        self._parts: queue.SimpleQueue[
            tuple[Part, Callable[[Part, Picture | PdfError], None]] | None
        ] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, args=(opened,), name="pages", daemon=True)
        self._thread.start()

    def draw(self, part: Part, done: Callable[[Part, Picture | PdfError], None]) -> None:
        """Draw a part; `done` hears of it on the UI thread, unless closed."""
        self._parts.put((part, done))

    def close(self) -> None:
        """End process and thread; nobody hears of anything any more."""
        self._closed = True
        self._parts.put(None)
        self._reader.close()
        self._thread.join()

    def _run(self, opened: Callable[[Document | PdfError], None]) -> None:
        with suppress(Closed):
            document: Document | PdfError
            try:
                document = self._reader.open(self._path)
            except Closed:
                raise
            except PdfError as problem:
                document = problem
            self._tell(lambda: opened(document))
            while (asked := self._parts.get()) is not None:
                self._draw(*asked)

    def _draw(self, part: Part, done: Callable[[Part, Picture | PdfError], None]) -> None:
        picture: Picture | PdfError
        try:
            if not self._reader.is_open:
                # A page before this one took the process with it.
                self._reader.open(self._path)
            picture = self._reader.render(part.page, part.width, top_px=part.top, rows_px=part.rows)
        except Closed:
            raise
        except PdfError as problem:
            picture = problem
        self._tell(lambda: done(part, picture))

    def _tell(self, act: Callable[[], None]) -> None:
        self._deliver(lambda: None if self._closed else act())
