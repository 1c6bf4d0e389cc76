"""One line at the top of a screen that edits: whose proposal waits, and the ways to it."""

from pathlib import Path

from kivy.app import App
from kivy.lang import Builder
from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.widgets import passage  # noqa: F401  registers its rules
from kiosk.widgets.controls import OutlineButton, Surface
from kiosk.widgets.reach import Reached

PROPOSALS = "proposals"
"""Name of the screen on which it is approved or withdrawn."""


class StripButton(Reached, OutlineButton):
    """One of the ways; the arrow keys reach it."""

    shown = BooleanProperty(True)

    def enter(self) -> None:
        """As a tap."""
        if not self.disabled:
            self.dispatch("on_release")


class PendingStrip(Surface, BoxLayout):
    """Takes no room while nothing waits."""

    __events__ = ("on_take_up",)
    said = StringProperty("")
    can_take_up = BooleanProperty(False)
    """Whether editing may go on from it."""

    def on_take_up(self) -> None:
        """Somebody wants to go on from it."""

    @property
    def stops(self) -> list[StripButton]:
        """What the arrow keys reach."""
        return [self.ids.take_up, self.ids.see]

    def see(self) -> None:
        """To the proposals."""
        App.get_running_app().open_staff(PROPOSALS)


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
