"""One of several chips, by tap or by the arrow keys."""

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import ListProperty, StringProperty
from kivy.uix.stacklayout import StackLayout

from kiosk.widgets.controls import Chip
from kiosk.widgets.reach import Reached


class ChoiceChip(Chip):
    """One choice."""

    value = StringProperty("")


class Choices(Reached, StackLayout):
    """Chips side by side, in further lines where there is no room."""

    __events__ = ("on_choose",)
    options = ListProperty()
    """(value, text) of each."""
    chosen = StringProperty("")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bind(options=self._fill, chosen=self._mark)
        self._fill()

    def on_choose(self, value: str) -> None:
        """Another one was chosen."""

    def choose(self, value: str) -> None:
        """By tap or key; what is chosen already is left alone."""
        if value != self.chosen and not self.disabled:
            self.dispatch("on_choose", value)

    def turn(self, step: int) -> None:
        """The choice before, or the next one."""
        values = [value for value, _ in self.options]
        if not values:
            return
        at = values.index(self.chosen) + step if self.chosen in values else 0
        if 0 <= at < len(values):
            self.choose(values[at])

    def _fill(self, *_: object) -> None:
        chips = list(reversed(self.children))
        for chip in chips[len(self.options) :]:
            self.remove_widget(chip)
        for _more in range(len(self.options) - len(chips)):
            chip = ChoiceChip()
            chip.bind(on_release=lambda one: self.choose(one.value))
            self.add_widget(chip)
        for chip, (value, text) in zip(reversed(self.children), self.options, strict=True):
            chip.value, chip.text = value, text
        self._mark()

    def _mark(self, *_: object) -> None:
        for chip in self.children:
            chip.chosen = chip.value == self.chosen


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
