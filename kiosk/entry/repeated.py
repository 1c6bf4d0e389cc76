"""A repeated group: the same few fields several times."""

from collections.abc import Callable
from typing import Any

from kivy.app import App
from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.entry.box import FieldBox, Tools
from kiosk.entry.checks import Path
from kiosk.entry.stops import StopButton
from kiosk.sync.form import FormField
from kiosk.widgets.controls import Surface
from kiosk.widgets.icons import Sign

Make = Callable[[Path, FormField, Any, Tools], FieldBox]
"""Builds a field."""


class GroupEntry(Surface, BoxLayout):
    """One entry of a repeated group."""

    title = StringProperty("")
    removable = BooleanProperty(False)


class GroupBox(BoxLayout):
    """The entries, and the way to add one."""


class RepeatedBox(FieldBox):
    """A repeated group with its label."""

    def __init__(
        self, path: Path, field: FormField, value: Any, tools: Tools, *, make: Make
    ) -> None:
        super().__init__(path)
        words = App.get_running_app().words
        box, entries = GroupBox(), list(value or [])
        self.inner: list[FieldBox] = []
        for number, entry in enumerate(entries):
            box.add_widget(self._card(field, entry, number, len(entries), tools, make))
        if len(entries) < field.most:
            add = StopButton(icon=Sign.ADD.value, text=words["entry.add"])
            add.bind(on_release=lambda _button: self._add(field, len(entries), tools))
            self.add_stop(add, tools)
            box.add_widget(add)
        self.ids.slot.add_widget(box)

    def _card(
        self, field: FormField, entry: Any, number: int, count: int, tools: Tools, make: Make
    ) -> GroupEntry:
        app = App.get_running_app()
        name = field.hints.label.in_language(app.language)
        card = GroupEntry(
            title=app.words["entry.entry"].format(name=name, number=number + 1),
            removable=count > field.fewest,
        )
        card.ids.grid.cols = tools.columns
        for inner in field.fields:
            made = make((*self.path, number, inner.name), inner, entry.get(inner.name), tools)
            self.inner.append(made)
            self.stops += made.stops
            card.ids.grid.add_widget(made)
        if card.removable:
            card.ids.take_out.bind(
                on_release=lambda _button: self._remove(field, number, count, tools)
            )
            self.add_stop(card.ids.take_out, tools)
        return card

    def _add(self, field: FormField, number: int, tools: Tools) -> None:
        """One more entry; the cursor goes into it."""
        tools.stand((*self.path, number, field.fields[0].name), 0)
        tools.model.add_entry(str(self.path[0]))

    def _remove(self, field: FormField, number: int, count: int, tools: Tools) -> None:
        """One entry less; the cursor goes into the one that takes its place."""
        at = min(number, count - 2)
        tools.stand(self.path if at < 0 else (*self.path, at, field.fields[0].name), 0)
        tools.model.remove_entry(str(self.path[0]), number)
