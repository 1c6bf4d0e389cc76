"""A value with a button for less and one for more; a time of day in hours and minutes."""

from pathlib import Path
from typing import Any

from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ListProperty, NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.widgets.controls import PressButton
from kiosk.widgets.reach import Reached

HELD_S, AGAIN_S = 0.6, 0.15
"""Until a button that is held steps again, and from then on."""


class StepButton(PressButton):
    """Steps when it is tapped, and on and on while it is held."""

    __events__ = ("on_step",)

    def __init__(self, **kwargs: Any) -> None:
        self._stepped = False
        self._again = Clock.create_trigger(self._repeat, HELD_S)
        super().__init__(**kwargs)

    def on_step(self) -> None:
        """One step more."""

    def on_press(self) -> None:
        """It may be held."""
        self._stepped = False
        self._again.timeout = HELD_S
        self._again()

    def on_release(self) -> None:
        """A tap is one step."""
        if not self._stepped and not self.disabled:
            self.dispatch("on_step")

    def on_state(self, _button: object, state: str) -> None:
        """Lifted, or taken away."""
        if state == "normal":
            self._again.cancel()

    def _repeat(self, _elapsed: float) -> None:
        if self.state == "down" and not self.disabled:
            self._stepped = True
            self.dispatch("on_step")
            self._again.timeout = AGAIN_S
            self._again()


class Stepper(Reached, BoxLayout):
    """− value +, or the two buttons above and below the value."""

    __events__ = ("on_step",)
    text = StringProperty("")
    font_size = NumericProperty(20)
    signs = ListProperty(["", ""])
    """Icons of less and more."""
    upright = BooleanProperty(False)

    @property
    def less(self) -> StepButton:
        """The button for less."""
        button: StepButton = self.ids.last if self.upright else self.ids.first
        return button

    @property
    def more(self) -> StepButton:
        """The button for more."""
        button: StepButton = self.ids.first if self.upright else self.ids.last
        return button

    def on_step(self, step: int) -> None:
        """One step less (-1) or more (1)."""

    def turn(self, step: int) -> None:
        """Left is less, right is more."""
        if not self.disabled:
            self.dispatch("on_step", step)


class ClockStepper(BoxLayout):
    """Hours and minutes, each with its own buttons."""

    __events__ = ("on_step",)
    hour = StringProperty("")
    minute = StringProperty("")
    step_minutes = NumericProperty(5)
    """Of one step of the minutes."""
    font_size = NumericProperty(20)

    def on_step(self, minutes: int) -> None:
        """So many minutes later."""

    @property
    def stops(self) -> list[Any]:
        """What the keys reach, in order."""
        return [self.ids.hours, self.ids.minutes]


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
