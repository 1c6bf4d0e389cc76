"""The virtual reader of ID cards in a window with buttons: a hand that lays made-up cards.

The same hand plugs a simulated stick in and pulls it out, where one runs.
"""

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

WIDTH, ROW = 600, 84
"""Pixels; of the window, and of a row of buttons with the gap below."""
TOP, LEFT = 30, 1300
"""Pixels; beside the demo's other windows, which a desktop of 1920 pixels has room for."""
LAID = (
    *("resident", "resident-2", "hong-kong", "foreigner-2023", "no-content", "no-identity-card"),
    *("editor", "approver", "supervisor"),
)
"""Cards that have a button; orders know more."""
STICK = ("plug", "pull")
"""Orders to a simulated stick that have a button."""


def run_window(reader: dict[str, Any], stick: Path | None = None) -> None:
    """Serve the reader in a thread, as `devices.idcard.virtual.server.serve` would.

    `stick` is where a simulated stick takes orders. Closing the window stops the reader.
    Raises what `serve` raises.
    """
    from kiosk import window

    cache = Path.home() / ".cache" / "mingtang"
    rows = (len(LAID) + 3) // 2 + (1 if stick is not None else 0)
    window.prepare(
        cache,
        width=WIDTH,
        height=ROW * rows,
        fullscreen=False,
        headless=False,
        top=TOP,
        left=LEFT,
    )
    from kivy.app import App
    from kivy.clock import Clock
    from kivy.core.window import Window
    from kivy.uix.button import Button
    from kivy.uix.gridlayout import GridLayout
    from kivy.uix.label import Label

    from devices.idcard.virtual.server import Bench, serve
    from devices.led.virtual.control import tell
    from kiosk import words
    from kiosk.fonts import register_fonts
    from kiosk.theme import NORMAL

    register_fonts(cache / "fonts")
    stop, bench = reader["stop"], Bench()
    said = words.section(words.load("zh"), "virtual_reader")

    class ReaderWindow(App):
        title = said["title"]

        def build(self) -> GridLayout:
            Window.clearcolor = NORMAL["page"]
            grid = GridLayout(cols=2, padding=16, spacing=12)
            for card in LAID:
                name = card.replace("-", "_")
                grid.add_widget(self._button(name, lambda card=card: bench.lay(card)))
            grid.add_widget(self._button("lift", bench.lift))
            self._state = Label(font_size=20, color=NORMAL["ink"])
            grid.add_widget(self._state)
            if stick is not None:
                for order in STICK:
                    give = partial(self._order, stick, order)
                    grid.add_widget(self._button(f"stick_{order}", give))
            Clock.schedule_interval(lambda _dt: self.stop() if stop.is_set() else None, 0.2)
            return grid

        def _button(self, name: str, act: Callable[[], object]) -> Button:
            def released(_button: Button) -> None:
                self._state.text = said["done"].format(what=said[name])
                act()

            taking_away = name in ("lift", "stick_pull")
            button = Button(
                text=said[name],
                font_size=22,
                background_normal="",
                background_color=NORMAL["secondary" if taking_away else "brand"],
            )
            button.bind(on_release=released)
            return button

        def _order(self, at: Path, order: str) -> None:
            try:
                tell(at, order)
            except OSError:
                self._state.text = said["no_stick"]

    failures: list[ValueError | OSError] = []

    def serving() -> None:
        try:
            serve(**reader, bench=bench)
        except (ValueError, OSError) as problem:
            failures.append(problem)
            stop.set()

    thread = threading.Thread(target=serving)
    thread.start()
    try:
        ReaderWindow().run()
    finally:
        stop.set()
        thread.join()
    if failures:
        raise failures[0]
