"""The virtual reader of ID cards in a window with buttons: a hand that lays made-up cards."""

import threading
from pathlib import Path
from typing import Any

WIDTH, HEIGHT = 720, 420
BELOW_THE_BOARD = 290
LAID = ("resident", "resident-2", "hong-kong", "foreigner-2023", "no-content", "no-identity-card")
"""Cards that have a button; orders know more."""


def run_window(reader: dict[str, Any]) -> None:
    """Serve the reader in a thread, as `devices.idcard.virtual.server.serve` would.

    Closing the window stops the reader.
    """
    from kiosk import window

    cache = Path.home() / ".cache" / "mingtang"
    window.prepare(
        cache, width=WIDTH, height=HEIGHT, fullscreen=False, headless=False, top=BELOW_THE_BOARD
    )
    from kivy.app import App
    from kivy.clock import Clock
    from kivy.uix.button import Button
    from kivy.uix.gridlayout import GridLayout

    from devices.idcard.virtual.server import Bench, serve
    from kiosk import words
    from kiosk.app import register_fonts

    register_fonts(cache / "fonts")
    stop, bench = reader["stop"], Bench()
    said = words.section(words.load("zh"), "virtual_reader")

    class ReaderWindow(App):
        title = said["title"]

        def build(self) -> GridLayout:
            grid = GridLayout(cols=2, padding=16, spacing=12)
            for card in LAID:
                grid.add_widget(self._button(said[card.replace("-", "_")], card))
            grid.add_widget(self._button(said["lift"], None))
            Clock.schedule_interval(lambda _dt: self.stop() if stop.is_set() else None, 0.2)
            return grid

        def _button(self, text: str, card: str | None) -> Button:
            button = Button(text=text, font_size=26)
            button.bind(on_release=lambda _b: bench.lift() if card is None else bench.lay(card))
            return button

    thread = threading.Thread(target=serve, kwargs={**reader, "bench": bench})
    thread.start()
    try:
        ReaderWindow().run()
    finally:
        stop.set()
        thread.join()
