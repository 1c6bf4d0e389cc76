"""What narrows a lookup down: chips, menus, and the ways out of an empty list."""

from typing import Any

from kivy.app import App
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.modalview import ModalView

from kiosk.lookup.filters import choices
from kiosk.widgets.controls import Chip, OutlineButton, Surface


class CategoryChip(Chip):
    """One category, or all."""

    category = StringProperty("")
    name = StringProperty("")
    count = StringProperty("")
    """How many notices it would find; empty while that is not shown."""


class OpenNowChip(Chip):
    """Only what one can still take part in."""


class OpeningsChip(Chip):
    """Only what opens today."""


class MenuChip(ButtonBehavior, Surface, BoxLayout):
    """Opens the choices of a filter; says which is in force."""

    menu = StringProperty("")
    text = StringProperty("")
    chosen = BooleanProperty(False)


class WayOut(OutlineButton):
    """What could be changed when nothing was found."""

    name = StringProperty("")


class ChoiceLine(ButtonBehavior, BoxLayout):
    """One choice of a menu, with how many it would find."""

    text = StringProperty("")
    count = StringProperty("")
    chosen = BooleanProperty(False)


class ChoiceMenu(ModalView):
    """The choices of a filter, below the chip that opened it."""

    model = ObjectProperty()

    def __init__(self, chip: MenuChip, model: Any, **kwargs: object) -> None:
        self._chip = chip
        super().__init__(model=model, **kwargs)
        self._fill()
        model.bind(counts=self._fill)

    def on_dismiss(self) -> None:
        self.model.unbind(counts=self._fill)

    def choose(self, value: str) -> None:
        """Take a choice and close."""
        self.model.choose(self._chip.menu, value)
        self.dismiss(animation=False)

    def _align_center(self, *_: object) -> None:
        """Stand below the chip, within the window."""
        window = self._window
        if window is None:
            return
        x, y = self._chip.to_window(*self._chip.pos)
        gap = App.get_running_app().theme.pad * 0.5
        self.x = max(gap, min(x, window.width - gap - self.width))
        self.top = max(self.height + gap, y - gap)

    def _fill(self, *_: object) -> None:
        app = App.get_running_app()
        self.ids.lines.clear_widgets()
        for choice in choices(self._chip.menu, self.model.chosen, self.model.counts, app.words):
            line = ChoiceLine(text=choice.text, count=choice.count, chosen=choice.chosen)
            line.bind(on_release=lambda _line, value=choice.value: self.choose(value))
            self.ids.lines.add_widget(line)
