"""Typesetting in a process of its own: `python -m kiosk.printing.typesetting`.

The faces alone take a second and 150 MB; a process gives both back, leaves the screen alone
meanwhile, and can be ended at any moment. Nothing is written to disk: the printout comes in
through a pipe and the pages leave through another.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from kiosk.fonts import FontMissing, ui_face
from kiosk.printing.printout import Pdf, Printout

LIMIT_S = 60.0
"""For the longest notice on the slowest machine."""
POLITE = 5
"""Niceness: the screen comes first."""


class Typesetting:
    """One printout on its way to pages; used once."""

    def __init__(
        self, what: Printout, fonts: Path, *, at_most: int, done: Callable[[Pdf | None], None]
    ) -> None:
        """Begin. `done` hears the pages, or None if they could not be made, from another thread;
        after `cancel` it hears nothing. `fonts` is where the extracted faces are kept.
        """
        order = json.dumps({"fonts": str(fonts), "at_most": at_most, "what": what.to_json()})
        self._done, self._cancelled = done, False
        self._process = subprocess.Popen(
            [sys.executable, "-m", "kiosk.printing.typesetting"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._thread = threading.Thread(
            target=self._wait, args=(order.encode(),), name="typesetting", daemon=True
        )
        self._thread.start()

    def cancel(self) -> None:
        """Stop it; nothing of it stays."""
        self._cancelled = True
        self._process.kill()

    def _wait(self, order: bytes) -> None:
        try:
            said, _ = self._process.communicate(order, timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            said, _ = self._process.communicate()
        if not self._cancelled:
            self._done(_read(said) if self._process.returncode == 0 else None)


def _read(said: bytes) -> Pdf:
    pages, _, content = said.partition(b"\n")
    return Pdf(int(pages), content)


def main() -> int:
    """Set the printout on standard input; write the number of pages, a line feed, and the PDF."""
    from kiosk.printing.pages import typeset

    if hasattr(os, "nice"):
        os.nice(POLITE)
    order = json.loads(sys.stdin.buffer.read())
    try:
        regular, bold = (ui_face(weight, Path(order["fonts"])) for weight in ("Regular", "Bold"))
    except FontMissing:
        return 1
    pdf = typeset(Printout.from_json(order["what"]), regular, bold, at_most=order["at_most"])
    sys.stdout.buffer.write(b"%d\n" % pdf.pages + pdf.content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
