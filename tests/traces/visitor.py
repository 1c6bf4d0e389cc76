"""A terminal in a process of its own, which a test makes do things without a mark of its own.

Run as ``python -m tests.traces.visitor FOLDER CACHE READER ORDERS ANSWERS``: orders come through
one pipe, a word and what follows it on a line, and each is answered with a line.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PATIENCE_S = 20.0


def orders(source: int) -> Iterator[tuple[str, str]]:
    """What to do; read without a buffer, which would keep it."""
    line = bytearray()
    while piece := os.read(source, 1):
        if piece != b"\n":
            line += piece
            continue
        verb, _, what = line.decode().partition(" ")
        line = bytearray()
        yield verb, what
        del verb, what


def main(folder: Path, cache: Path, reader: str, source: int, answers: int) -> None:
    os.environ["MINGTANG_TEST_CACHE"] = str(cache)
    from kiosk import window

    window.prepare(cache, width=1366, height=1366, fullscreen=False, headless=True)
    from kiosk.collecting import keep_for_good
    from kiosk.fonts import register_fonts

    register_fonts(cache / "fonts")
    from tests.screens.in_window.terminal import Terminal

    sections: dict[str, Any] = {
        "private": {"key": str(folder.parent / "private.key")},
        "id_reader": {"port": reader},
    }
    terminal = Terminal(folder, sections=sections)
    # What is not drawn yet is still held: an undrawn window would be another one.
    terminal.draws = True
    terminal.receive(*terminal.generated())
    terminal.start()
    app = terminal.app
    terminal.until(lambda: app.complete and app.visit.ready, PATIENCE_S)
    keep_for_good()
    acts = Acts(terminal)
    os.write(answers, b"ready\n")
    for verb, what in orders(source):
        getattr(acts, verb)(what)
        del what
        os.write(answers, b"done\n")
    terminal.close()


class Acts:
    """What a visitor does."""

    def __init__(self, terminal: Any) -> None:
        self._terminal, self._app = terminal, terminal.app

    def tap(self, what: str) -> None:
        self._terminal.tap(what)

    def wait(self, said: str) -> None:
        """Until the identify screen says so, or shows so."""
        model = self._terminal.screen("identify").model
        self._terminal.until(lambda: said in (model.said, model.page), PATIENCE_S)
        self._terminal.settle()

    def lookup(self, typed: str) -> None:
        """Type into the search field, key by key, as the desk's keyboard does."""
        self._app.open_lookup()
        self._terminal.settle()
        self._terminal.type(typed)
        self._terminal.settle()

    def pinyin(self, typed: str) -> None:
        """Compose Chinese, and take the first candidate."""
        self._terminal.type(typed)
        self._terminal.key("enter")
        self._terminal.settle()

    def leave(self, _nothing: str) -> None:
        """Go home without a word, and let the terminal stand for a while."""
        self._app.home()
        for _ in range(30):
            self._terminal.frame()
        self._terminal.pass_time(6)
        for _ in range(30):
            self._terminal.frame()

    def end(self, _nothing: str) -> None:
        self._app.end_visit()
        app = self._app
        self._terminal.until(lambda: app.visit.ready, PATIENCE_S)
        for _ in range(30):
            self._terminal.frame()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
