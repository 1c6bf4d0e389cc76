"""Ten large digits, one to delete and one to clear."""

from pathlib import Path

from kivy.lang import Builder
from kivy.uix.gridlayout import GridLayout

from kiosk.widgets.controls import PressButton


class PadKey(PressButton):
    """One key of the pad."""


class Keypad(GridLayout):
    """Digits from the top left to the right; see `Keyboard` for letters."""

    __events__ = ("on_digit", "on_delete", "on_clear")

    def on_digit(self, digit: str) -> None:
        """A digit was tapped."""

    def on_delete(self) -> None:
        """The last one shall go."""

    def on_clear(self) -> None:
        """All shall go."""


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
