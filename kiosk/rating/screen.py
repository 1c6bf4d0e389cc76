"""The screen that asks how the service was."""

from datetime import datetime
from pathlib import Path
from uuid import uuid4

from kivy.app import App
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import (
    BooleanProperty,
    ColorProperty,
    ListProperty,
    ObjectProperty,
    StringProperty,
)
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.screenmanager import Screen

from kiosk.rating.model import RatingModel
from kiosk.sync.rating import Grade, Reason, Service
from kiosk.widgets import footer, passage, scrolled  # noqa: F401  registers their rules
from kiosk.widgets.controls import Card, Chip
from kiosk.widgets.icons import Sign
from kiosk.widgets.measure import measure

SIGNS = {
    Grade.VERY_SATISFIED: Sign.VERY_SATISFIED,
    Grade.SATISFIED: Sign.SATISFIED,
    Grade.FAIR: Sign.FAIR,
    Grade.DISSATISFIED: Sign.DISSATISFIED,
    Grade.VERY_DISSATISFIED: Sign.VERY_DISSATISFIED,
}


class GradeCard(ButtonBehavior, Card):
    """One of the five grades: a face and its word."""

    model = ObjectProperty(None, rebind=True)
    grade = StringProperty("")
    icon = StringProperty("")
    ink = ColorProperty("#000000")
    chosen = BooleanProperty(False)


class ReasonChip(Chip):
    """One of the reasons."""

    model = ObjectProperty(None, rebind=True)
    reason = StringProperty("")


class ReasonLine(BoxLayout):
    """As many reasons as stand beside each other, in the middle."""


class RatingScreen(Screen):
    """Grade, reasons, thanks."""

    model = ObjectProperty()
    end = ListProperty(["", ""])
    in_trouble = False
    """It asks the store nothing."""

    def __init__(self, **kwargs: object) -> None:
        app = App.get_running_app()
        self.model = RatingModel()
        super().__init__(name="rating", **kwargs)
        lay = Clock.create_trigger(lambda _dt: self._lay_reasons(), -1)
        self.model.bind(grade=lay)
        app.theme.bind(unit=lay, large=lay)
        app.bind(words=lay)
        self.bind(width=lay)

    def on_kv_post(self, base: object) -> None:
        for grade in Grade:
            self.ids.grades.add_widget(
                GradeCard(model=self.model, grade=grade.value, icon=SIGNS[grade].value)
            )

    def open(self, service: Service) -> None:
        """Ask about a service."""
        self.model.begin(service)
        self.ids.scrolled.scroll_y = 1.0

    def refresh(self, _at: datetime) -> None:
        """Nothing here changes with the data."""

    def scroll(self, pages: float) -> None:
        """Page keys."""
        self.ids.scrolled.scroll_by(pages)

    def forget(self) -> None:
        """Nothing of this visitor stays; what was sent is kept by the store."""
        self.model.forget()

    def choose(self, grade: str) -> None:
        self.model.choose(Grade(grade))

    def toggle(self, reason: str) -> None:
        self.model.toggle(Reason(reason))

    def send(self) -> None:
        """Hand the rating to the store, which sync empties to the centre."""
        app = App.get_running_app()
        event = self.model.send(app.moment(), app.terminal_name, uuid4)
        if event is None:
            return

        def kept(_nothing: None) -> None:
            app.rated = True
            # Whoever has left in between is thanked no more.
            if self.model.state == "sending":
                self.model.kept()

        def failed() -> None:
            if self.model.state == "sending":
                self.model.fail()

        # A name of its own: a question of the same name would make this one void.
        app.jobs.ask(f"rating {event.id}", lambda store: store.keep_events([event]), kept, failed)

    def _lay_reasons(self) -> None:
        theme, words = App.get_running_app().theme, App.get_running_app().words
        lines = self.ids.reasons
        lines.clear_widgets()
        width_of = measure(theme.small + theme.line, bold=True)
        room = self.width - 2 * theme.margin
        left = 0.0
        for reason in self.model.offered():
            text = words[f"rating.{reason}"]
            wide = width_of.text(text) + 2 * theme.gap + theme.pad
            if not lines.children or wide > left:
                lines.add_widget(ReasonLine())
                left = room
            left -= wide
            lines.children[0].add_widget(
                ReasonChip(model=self.model, reason=reason.value, text=text)
            )
        # Where the choices are higher than the screen, the new ones are at the end.
        if lines.children:
            Clock.schedule_once(lambda _dt: setattr(self.ids.scrolled, "scroll_y", 0.0), 0)


Builder.load_file(str(Path(__file__).with_name("rating.kv")), encoding="utf-8")
