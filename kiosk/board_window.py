"""The virtual board in a window that looks like an LED board."""

import threading
from pathlib import Path
from typing import Any

SCALE = 6
FRAMES_PER_SECOND = 30
TITLE_BAR = 30
"""Room for the desktop's frame above the window."""


def run_window(board: dict[str, Any]) -> None:
    """Serve the board in a thread, as `devices.led.virtual.server.serve` would, and show it.

    Closing the window stops the board. Raises what `serve` raises.
    """
    from devices.led.virtual import picture
    from kiosk import window

    width, height, stop = board["width"], board["height"], board["stop"]
    edge = 2 * picture.MARGIN
    full = ((width + edge) * SCALE, (height + edge) * SCALE)
    cache = Path.home() / ".cache" / "mingtang"
    window.prepare(
        cache,
        width=full[0],
        height=full[1],
        fullscreen=False,
        headless=False,
        top=TITLE_BAR,
    )
    from kivy.app import App
    from kivy.clock import Clock
    from kivy.graphics import Color, Rectangle
    from kivy.graphics.texture import Texture
    from kivy.uix.widget import Widget

    from devices.led.fonts import FontMissing
    from devices.led.virtual.server import serve
    from kiosk import words

    seen: dict[str, Any] = {}

    class BoardWindow(App):
        title = words.load("zh")["virtual_board.title"]

        def build(self) -> Widget:
            self.root_widget = Widget()
            self.texture = Texture.create(size=full, colorfmt="rgb")
            self.texture.flip_vertical()
            with self.root_widget.canvas:
                Color(1, 1, 1, 1)
                self.area = Rectangle(texture=self.texture, size=full)
            self.root_widget.bind(size=lambda _w, size: setattr(self.area, "size", size))
            Clock.schedule_interval(self._draw, 1 / FRAMES_PER_SECOND)
            return self.root_widget

        def _draw(self, _dt: float) -> None:
            if stop.is_set():
                self.stop()
                return
            pixels = seen["look"]() if "look" in seen else None
            if pixels is None or pixels == seen.get("drawn"):
                return
            seen["drawn"] = pixels
            image = picture.draw(pixels, width, height, SCALE)
            self.texture.blit_buffer(image.tobytes(), colorfmt="rgb", bufferfmt="ubyte")
            self.root_widget.canvas.ask_update()

    failures: list[FontMissing | ValueError | OSError] = []

    def serving() -> None:
        try:
            serve(**board, on_card=lambda look: seen.update(look=look))
        except (FontMissing, ValueError, OSError) as problem:
            failures.append(problem)
            stop.set()

    thread = threading.Thread(target=serving)
    thread.start()
    try:
        BoardWindow().run()
    finally:
        stop.set()
        thread.join()
    if failures:
        raise failures[0]
