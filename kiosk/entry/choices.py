"""Fields that are chosen: one value, several, or a statement to confirm."""

from collections.abc import Callable
from typing import Any

from kivy.app import App
from kivy.properties import BooleanProperty, ListProperty, NumericProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.stacklayout import StackLayout

from kiosk.entry.box import FieldBox, Tools
from kiosk.entry.checks import Path
from kiosk.entry.stops import Stop
from kiosk.sync.form import FieldKind, FormField
from kiosk.widgets import passage  # noqa: F401  registers its rules
from kiosk.widgets.controls import Chip, Surface


class OptionChip(Chip):
    """One value of a choice."""

    value = StringProperty("")
    several = BooleanProperty(False)
    reached = BooleanProperty(False)
    """Whether the arrow keys stand on it."""


class ChoiceBox(Stop, StackLayout):
    """Values to choose one of, or several."""

    chosen = ListProperty()
    at = NumericProperty(-1)

    def __init__(self, field: FormField, chosen: list[str], **kwargs: Any) -> None:
        self.several = field.kind is FieldKind.CHOICES
        self.edited: Callable[[Any], None] = lambda _value: None
        super().__init__(**kwargs)
        language = App.get_running_app().language
        for value in field.options:
            chip = OptionChip(
                value=value,
                text=field.hints.options[value].in_language(language),
                several=self.several,
            )
            chip.bind(on_release=lambda chip: self.choose(chip.value))
            self.add_widget(chip)
        self.chosen = chosen
        if chosen and not self.several:
            self.at = field.options.index(chosen[0])
        self._paint()
        self.bind(chosen=self._paint, at=self._paint, focus=self._paint)

    @property
    def chips(self) -> list[OptionChip]:
        return list(reversed(self.children))

    def choose(self, value: str) -> None:
        """Take a value, or give it back where several are possible."""
        self.at = [chip.value for chip in self.chips].index(value)
        if not self.several:
            self.chosen = [value]
            self.edited(value)
            return
        order = [chip.value for chip in self.chips]
        kept = set(self.chosen) ^ {value}
        self.chosen = [each for each in order if each in kept]
        self.edited(list(self.chosen))

    def act(self) -> None:
        self.choose(self.chips[max(0, int(self.at))].value)

    def turn(self, step: int) -> None:
        at = self.at + step
        if 0 <= at < len(self.chips):
            self.at = at
            if not self.several:
                self.choose(self.chips[int(at)].value)

    def _paint(self, *_: object) -> None:
        if self.focus and self.at < 0:
            self.at = 0
        for number, chip in enumerate(self.chips):
            chip.chosen = chip.value in self.chosen
            chip.reached = bool(self.focus) and number == self.at


class ChosenBox(FieldBox):
    """A choice with its label."""

    def __init__(self, path: Path, field: FormField, value: Any, tools: Tools) -> None:
        super().__init__(path)
        chosen = value if isinstance(value, list) else [value] if value else []
        box = ChoiceBox(field, chosen)
        box.edited = lambda value: tools.edited(path, value)
        self.add_stop(box, tools)
        self.ids.slot.add_widget(box)


class StatementBox(Stop, ButtonBehavior, Surface, BoxLayout):
    """A sentence with a box to tick."""

    text = StringProperty("")
    ticked = BooleanProperty(False)
    tone = StringProperty("plain")

    def __init__(self, **kwargs: Any) -> None:
        self.edited: Callable[[bool], None] = lambda _value: None
        super().__init__(**kwargs)

    def on_release(self) -> None:
        self.act()

    def act(self) -> None:
        self.ticked = not self.ticked
        self.edited(self.ticked)


class ConfirmBox(FieldBox):
    """A statement; its sentence is its label."""

    def __init__(self, path: Path, field: FormField, value: Any, tools: Tools) -> None:
        super().__init__(path)
        language = App.get_running_app().language
        box = StatementBox(text=field.hints.label.in_language(language), ticked=bool(value))
        box.edited = lambda value: tools.edited(path, value)
        self.add_stop(box, tools)
        self.bind(tone=box.setter("tone"))
        self.ids.slot.add_widget(box)
