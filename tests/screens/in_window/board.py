"""Looks at the virtual board's window, in a process of its own: where a bar is, and when.

``python -m tests.screens.in_window.board FILE`` writes JSON: samples of a bar that scrolls, for
each drawn frame the second and the board's column of its leftmost lit dot; and every colour that
the middle of a dot had.
"""

import json
import sys
import threading
import time
from pathlib import Path

from devices.led.board import Message, Motion, TextArea
from devices.led.bx_k import BxK
from devices.led.fonts import installed
from devices.led.virtual import picture
from devices.led.virtual.speeds import VIRTUAL_SPEEDS
from devices.line import Line
from kiosk.board_window import SCALE, run_window

WIDTH, HEIGHT = 192, 32
PIXELS_PER_SECOND = 64.0
BAR = "一"


def bar_row() -> int:
    """The row of the board that the bar lies in."""
    rows = installed().glyph(BAR.encode("gbk"), 16)
    return 16 + max(range(16), key=lambda row: sum(rows[row]))


def main(out: Path) -> None:
    stop, drawn = threading.Event(), threading.Event()
    samples: list[tuple[float, int]] = []
    colours: set[tuple[int, ...]] = set()
    ready: list[Path] = []

    def look(window: object) -> None:
        from kivy.graphics.opengl import GL_RGB, GL_UNSIGNED_BYTE, glReadPixels

        size = ((WIDTH + 2 * picture.MARGIN) * SCALE, (HEIGHT + 2 * picture.MARGIN) * SCALE)
        assert tuple(window.size) == size
        middle = (picture.MARGIN + bar_row()) * SCALE + SCALE // 2
        # OpenGL counts rows from the bottom.
        row = glReadPixels(0, size[1] - 1 - middle, size[0], 1, GL_RGB, GL_UNSIGNED_BYTE)
        first = picture.MARGIN * SCALE + SCALE // 2
        places = range(first * 3, (first + WIDTH * SCALE) * 3, SCALE * 3)
        dots = [tuple(row[at : at + 3]) for at in places]
        colours.update(dots)
        if picture.LIT[1] in dots:
            samples.append((time.monotonic(), dots.index(picture.LIT[1])))
        drawn.set()

    def watch(_dt: float) -> None:
        from kivy.core.window import Window

        # Before a frame is handed to the screen, it can be read.
        Window.bind(on_flip=look)

    def operate() -> None:
        assert drawn.wait(20)
        with Line(str(ready[0]), baud=57600) as line:
            driver = BxK(line, width=WIDTH, height=HEIGHT, speeds=VIRTUAL_SPEEDS)
            moving = {"motion": Motion.LEFT, "pixels_per_second": PIXELS_PER_SECOND}
            driver.show(Message((TextArea(0, 16, WIDTH, 16, BAR, **moving),), 60))
            time.sleep(WIDTH / PIXELS_PER_SECOND)
        stop.set()

    def on_ready(path: Path) -> None:
        from kivy.clock import Clock

        ready.append(path)
        # The window belongs to the thread that opens it, and this one serves the board.
        Clock.schedule_once(watch)
        threading.Thread(target=operate, daemon=True).start()

    board = {"width": WIDTH, "height": HEIGHT, "stop": stop, "on_ready": on_ready}
    run_window(board)
    out.write_text(json.dumps({"samples": samples, "colours": sorted(colours)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
