"""Reads PDF files through a child process, so that a bad file harms nothing else."""

import math
import os
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from kiosk.pdf.document import (
    BadPage,
    Closed,
    Crashed,
    Damaged,
    Document,
    Encrypted,
    Missing,
    Picture,
    TooLong,
    TooSlow,
    height_px,
)
from kiosk.pdf.protocol import HEAD, Order, Outcome, Part, longest_answer, read_document

_ERRORS = {
    Outcome.MISSING: Missing,
    Outcome.ENCRYPTED: Encrypted,
    Outcome.DAMAGED: Damaged,
    Outcome.TOO_LONG: TooLong,
    Outcome.BAD_PAGE: BadPage,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a file may use up."""

    megabytes: int = 768
    """Address space of the child. It begins with 60; a page scanned at 600 dpi takes 100."""
    open_s: float = 15.0
    """With the start of the child, 0.1 s on an idle machine; 10,000 pages take 0.3 s."""
    draw_s: float = 20.0
    """For one part of a page. Text takes 0.02 s, a scan 0.2 s, 100,000 crossing lines 6 s."""


class PdfReader:
    """One file at a time, each in a child of its own; used from one thread, closed from any."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = Limits() if limits is None else limits
        self._process: subprocess.Popen[bytes] | None = None
        self._document: Document | None = None
        self._closed = False
        self._starting, self._calling = threading.Lock(), threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def child(self) -> int | None:
        """Number of the process that has the file open; None when there is none."""
        process = self._process
        return None if process is None else process.pid

    def open(self, file: Path | int) -> Document:
        """Open a file instead of the one before, by its path or by the number it is open as.

        Raises Missing, Encrypted, Damaged, TooLong, TooSlow, Crashed; or Closed.
        """
        with self._calling:
            self._end()
            self._start(file)
            said = self._ask(Order.OPEN, b"", None)
            try:
                document = read_document(said)
            except struct.error:
                self._end()
                raise Crashed("the answer was cut off") from None
            if not document.pages:
                self._end()
                raise Damaged("no pages")
            self._document = document
            return document

    def render(
        self, page: int, width_px: int, *, top_px: int = 0, rows_px: int | None = None
    ) -> Picture:
        """Draw a page at this width, or of it the rows from `top_px` on; pages count from 0.

        Raises BadPage, after which the file is still open; TooSlow, Crashed or Closed, after
        which it is not; ValueError for a part that is not there or larger than MAX_PIXELS.
        """
        with self._calling:
            if self._closed:
                raise Closed
            if self._document is None:
                raise ValueError("no file is open")
            size = self._document.pages[page]
            if not size.drawable:
                raise BadPage(f"a page of {size.width} by {size.height} points")
            height = height_px(size.width, size.height, width_px)
            rows = height - top_px if rows_px is None else rows_px
            part = Part(page, width_px, height, top_px, rows)
            pixels = self._ask(Order.DRAW, part.to_bytes(), part)
            if len(pixels) != part.size:
                self._end()
                raise Crashed("a picture of the wrong size")
            return Picture(part.width, part.rows, pixels)

    @property
    def is_open(self) -> bool:
        """Whether a file is open."""
        return self._document is not None

    def close(self) -> None:
        """End the child, also in the middle of a call, which raises Closed; nothing stays."""
        with self._starting:
            self._closed = True
            process = self._process
        if process is not None:
            process.kill()
        # Whoever waits for the child's answer hears at once that there is none.
        with self._calling:
            self._end()

    def _start(self, file: Path | int) -> None:
        if isinstance(file, int):
            self._start_for(file)
            return
        try:
            number = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as problem:
            raise Missing(problem.strerror) from None
        try:
            self._start_for(number)
        finally:
            os.close(number)

    def _start_for(self, number: int) -> None:
        seconds = math.ceil(max(self._limits.open_s, self._limits.draw_s))
        command = [sys.executable, "-m", "kiosk.pdf.child", str(self._limits.megabytes)]
        with self._starting:
            if self._closed:
                raise Closed
            self._process = subprocess.Popen(
                [*command, str(seconds), str(number)],
                pass_fds=(number,),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )

    def _ask(self, order: Order, data: bytes, part: Part | None) -> bytes:
        """Have the child do something; it is ended where it does not answer as it should."""
        process, late = self._process, threading.Event()
        if process is None or process.stdin is None or process.stdout is None:
            raise ValueError("no file is open")

        def give_up() -> None:
            late.set()
            process.kill()

        deadline = self._limits.open_s if part is None else self._limits.draw_s
        timer = threading.Timer(deadline, give_up)
        timer.daemon = True
        timer.start()
        said = None
        try:
            process.stdin.write(HEAD.pack(order, len(data)) + data)
            process.stdin.flush()
            head = process.stdout.read(HEAD.size)
            if len(head) == HEAD.size:
                code, length = HEAD.unpack(head)
                if length <= longest_answer(part):
                    said = process.stdout.read(length)
        except BrokenPipeError:
            pass
        finally:
            timer.cancel()
        if said is None or len(said) != length or code not in iter(Outcome):
            self._end()
            if self._closed:
                raise Closed
            raise TooSlow(f"no answer in {deadline} s") if late.is_set() else Crashed("no answer")
        outcome = Outcome(code)
        if outcome in _ERRORS:
            if outcome is not Outcome.BAD_PAGE:
                self._end()
            raise _ERRORS[outcome](outcome.name.lower())
        return said

    def _end(self) -> None:
        process, self._process, self._document = self._process, None, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            # An order that the child did not live to read is still in the pipe.
            with suppress(BrokenPipeError):
                if pipe is not None:
                    pipe.close()
