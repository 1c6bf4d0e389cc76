"""The steps of a service at the top of its screens: what is done, what is on, what follows."""

from pathlib import Path

from kivy.app import App
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import ColorProperty, ListProperty, NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.widgets.measure import measure


class StepName(BoxLayout):
    """One step: number, name, and a line below."""

    text = StringProperty("")
    ink = ColorProperty("#000000")
    state = StringProperty("later")
    """done, now or later"""


class StepBar(BoxLayout):
    """All steps beside each other; where names have no room, only the present one keeps its."""

    names = ListProperty()
    at = NumericProperty(1)
    """The present step, from 1."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        fill = Clock.create_trigger(lambda _dt: self._fill(), -1)
        self.bind(names=fill, at=fill, width=fill)
        App.get_running_app().theme.bind(unit=fill, large=fill)
        fill()

    def _fill(self) -> None:
        theme = App.get_running_app().theme
        texts = [f"{number} {name}" for number, name in enumerate(self.names, start=1)]
        if not texts:
            return
        width_of = measure(theme.small, bold=True)
        room = (self.width - (len(texts) - 1) * self.spacing) / len(texts)
        whole = all(width_of.text(text) <= room for text in texts)
        self.clear_widgets()
        for number, text in enumerate(texts, start=1):
            now = number == self.at
            state = "now" if now else "done" if number < self.at else "later"
            shown = text if whole or now else str(number)
            self.add_widget(
                StepName(text=shown, state=state, size_hint_x=2.5 if now and not whole else 1)
            )


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
