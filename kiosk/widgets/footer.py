"""The line at the foot of a screen: how fresh the data are, who to call, rating."""

from pathlib import Path

from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, NumericProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.widgets.controls import PressButton


class FootLink(PressButton):
    """A word in the footer that can be tapped."""


HOLD_S = 1.5


class HoldLink(FootLink):
    """One that must be held, so that nobody gets there by a stray finger."""

    held = NumericProperty(0.0)
    """Share of the time that has passed."""

    __events__ = ("on_long_press",)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._since = 0.0
        # A finger that comes back at once is not taken for one that has just gone.
        self.min_state_time = 0
        self._holding = Clock.create_trigger(lambda _dt: self._hold(), 0, interval=True)

    def on_press(self) -> None:
        self._since = Clock.get_boottime()
        self._holding()

    def on_state(self, _link: object, state: str) -> None:
        """Lifted, or taken away."""
        if state == "normal":
            self._holding.cancel()
            self.held = 0.0

    def on_long_press(self) -> None:
        """It was held long enough."""

    def _hold(self) -> None:
        self.held = min(1.0, (Clock.get_boottime() - self._since) / HOLD_S)
        if self.held >= 1.0:
            self._holding.cancel()
            self.held = 0.0
            self.dispatch("on_long_press")


class Footer(BoxLayout):
    """State of the terminal on the left, the way to rate on the right."""

    rates = BooleanProperty(True)
    """Whether the way to rate is offered."""
    staff = BooleanProperty(False)
    """Whether staff get to their screens here."""


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
