"""How long the screen stands still while files are examined and copied: prints milliseconds.

Run as a process, with a folder of files; the window, the worker and its children are the real
ones.
"""

import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk import window
from kiosk.private.identity import Identity
from kiosk.session import Visitor
from kiosk.sync.submission import Role, Way

QUIET_FRAMES = 60
PATIENCE_S = 60.0
WHO = Identity("张明远", "210402198001011238")


def main(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        data = Path(name)
        os.environ["MINGTANG_TEST_CACHE"] = name
        os.environ.setdefault("LP_NUM_THREADS", "1")
        window.prepare(data, width=1920, height=1920, fullscreen=False, headless=True)
        from kiosk.fonts import register_fonts

        register_fonts(data / "fonts")
        print(json.dumps(_frames(data, folder)))


def _frames(data: Path, folder: Path) -> dict[str, float]:
    from kiosk.collecting import keep_for_good
    from kiosk.upload.source import Candidate
    from tests.screens.in_window.terminal import Terminal

    sections = {"private": {"key": str(data / "private.key")}}
    terminal = Terminal(data, size=(1920, 1080), chinese=False, sections=sections)
    terminal.start()
    app = terminal.app
    terminal.until(lambda: app.complete and app.visit.ready, PATIENCE_S)
    keep_for_good()
    app.visit.identify(Visitor(WHO, Role.BIDDER, Way.CARD), app.words)
    app.open_service("upload", "")
    screen = terminal.screen("upload")
    screen.understood()
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    for path in sorted(folder.iterdir()):
        opening, reading = _ways_in(number, os.fsencode(path.name))
        size = path.stat().st_size
        screen.model.tick(Candidate((opening.name,), path.name, size, opening, reading))
    terminal.settle()
    drawing = _drawing_threads()
    quiet = [_frame(terminal, drawing) for _ in range(QUIET_FRAMES)]
    began = time.perf_counter()
    screen.take_ticked()
    frames = []
    while screen.model.examining:
        frames.append(_frame(terminal, drawing))
        if time.perf_counter() - began > PATIENCE_S:
            raise TimeoutError("the examination did not end")
    took = time.perf_counter() - began
    accepted = [each.staged is not None for each in screen.model.files]
    if not accepted or not all(accepted):
        raise RuntimeError("a file was not taken")
    terminal.close()
    return {
        "quiet_frame_max_ms": max(each.wall for each in quiet),
        "examination_frame_max_ms": max(each.wall for each in frames),
        "examination_frame_max_drawing_ms": max(each.drawing for each in frames),
        "examination_frames": len(frames),
        "examination_with_copying_s": took,
    }


def _ways_in(folder: int, name: bytes) -> tuple[Any, Callable[[], Any]]:
    """As of a file on a stick."""
    from kiosk.examination.opening import InFolder
    from kiosk.upload.stick import StickReading

    opening = InFolder(folder, name)
    return opening, lambda: StickReading(opening.open())


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame, in milliseconds."""

    wall: float
    drawing: float
    """On a core, for this thread and what draws for it: neighbours on the machine count in
    `wall` only."""


def _frame(terminal: Any, drawing: list[Path]) -> Frame:
    before, began = _run_ns(drawing), time.perf_counter()
    terminal.frame()
    wall = (time.perf_counter() - began) * 1000
    return Frame(wall, (_run_ns(drawing) - before) / 1e6)


def _drawing_threads() -> list[Path]:
    """This thread, and those of the software renderer."""
    tasks = Path("/proc/self/task")
    names = {each: (each / "comm").read_text(encoding="ascii") for each in tasks.iterdir()}
    renderer = [each for each, name in names.items() if name.startswith("llvmpipe")]
    return [tasks / str(threading.get_native_id()), *renderer]


def _run_ns(threads: list[Path]) -> int:
    return sum(int((each / "schedstat").read_text(encoding="ascii").split()[0]) for each in threads)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
