"""The serial scanner in a thread of its own; what it reads while nobody asks is dropped there."""

import logging
import threading
from collections.abc import Callable
from typing import Any

from devices.errors import Unplugged
from devices.scanner.scanner import Scanner

log = logging.getLogger(__name__)

LOOK_S = 1.0
"""Of one wait for a code."""
AGAIN_S = 2.0
"""Until a scanner that is gone is looked for again."""


class CodeScanning:
    """One scanner for the program's life; its line stays open, so that health knows of it."""

    def __init__(
        self,
        open_scanner: Callable[[], Scanner],
        deliver: Callable[[Callable[[], None]], None],
        tell: Callable[[str], None],
        told_link: Callable[[bool], None],
    ) -> None:
        """`tell` gets codes, `told_link` whether the scanner is there; both are called by way of
        `deliver`, which hands a call over to the UI thread."""
        self._open, self._deliver = open_scanner, deliver
        self._tell, self._told_link = tell, told_link
        self._scanner: Scanner | None = None
        self._wish: object | None = None
        self._closing = threading.Event()
        self._problem: str | None = None
        self._known = False
        self._thread = threading.Thread(target=self._run, name="scanner", daemon=True)
        self._thread.start()

    @property
    def lost(self) -> bool:
        """Whether the scanner cannot be reached."""
        return self._known and self._problem is not None

    def begin(self) -> None:
        """Tell codes from now on, until `pause`."""
        if self._wish is None:
            self._wish = object()

    def pause(self) -> None:
        """What is scanned from now on is told to nobody."""
        self._wish = None

    def stop(self) -> None:
        """The program ends."""
        self.pause()
        self._closing.set()
        self._thread.join(timeout=5.0)

    def facts(self) -> dict[str, Any] | None:
        """For health; None while nothing is known yet."""
        if not self._known:
            return None
        return {"link": "lost" if self.lost else "up", "problem": self._problem or ""}

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self._look()
            except Unplugged as problem:
                self._lose(problem)
                self._closing.wait(AGAIN_S)
        self._close()

    def _look(self) -> None:
        if self._scanner is None:
            self._scanner = self._open()
            self._is(None)
        code = self._scanner.read(wait_s=LOOK_S, stop=self._closing)
        wish = self._wish
        if code is None or wish is None:
            return

        def hand_over() -> None:
            if self._wish is wish:
                self._tell(code)

        self._deliver(hand_over)

    def _lose(self, problem: Unplugged) -> None:
        level = logging.DEBUG if self.lost else logging.WARNING
        log.log(level, "scanner: %s", problem)
        self._close()
        self._is(str(problem))

    def _is(self, problem: str | None) -> None:
        changed = not self._known or (problem is None) != (self._problem is None)
        self._problem, self._known = problem, True
        if changed:
            self._deliver(lambda: self._told_link(problem is None))

    def _close(self) -> None:
        scanner, self._scanner = self._scanner, None
        if scanner is not None:
            try:
                scanner.close()
            except Unplugged as problem:
                log.debug("scanner: %s", problem)
