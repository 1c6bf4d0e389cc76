"""The screen that confirms a check-in, and nothing else."""

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from kivy.app import App
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.screenmanager import Screen

from kiosk.home.model import today
from kiosk.identify.check_in import CheckInModel, Destination, destinations

QUIET_S = 30.0
"""Then the visit ends: nothing is left to do here."""
ENTER = {13, 271}


class DestinationRow(BoxLayout):
    """One opening: when and where, and below it what for."""

    place = StringProperty("")
    title = StringProperty("")
    state = StringProperty("")
    """Says that it has begun; else empty."""


class CheckInScreen(Screen):
    """已签到, with time and where to go."""

    model = ObjectProperty()
    beside = BooleanProperty(False)
    """Whether where to go stands beside what was done."""
    leave_text = StringProperty("")
    in_trouble = False
    """What it asks is asked once."""

    def __init__(self, **kwargs: object) -> None:
        self.model = CheckInModel()
        super().__init__(name="check_in", **kwargs)
        self.model.bind(openings=lambda *_: self._show_openings())
        self._ticking = Clock.schedule_interval(lambda _dt: self._tick(), 1.0)
        self._ticking.cancel()
        self._tick()

    def open(self) -> None:
        """Check in whoever is identified."""
        app = App.get_running_app()
        visit = app.visit
        if visit.visitor is None or visit.private is None:
            return
        event = self.model.begin(visit.visitor, app.moment(), app.terminal_name, uuid4(), app.words)
        visit.session.close_soon(QUIET_S)
        visit.say(app.words)
        self._tick()
        if self.model.wants_openings:
            self._ask_where(app.moment())
        visit.private.ask(
            "check in",
            lambda store: store.owe_event(event),
            lambda _nothing: self.model.kept(app.words),
            lambda: self.model.fail(app.words),
        )

    def on_pre_enter(self, *_: object) -> None:
        self._ticking()
        self._tick()

    def on_pre_leave(self, *_: object) -> None:
        self._ticking.cancel()

    def refresh(self, _at: datetime) -> None:
        """Nothing here changes with the data."""

    def scroll(self, pages: float) -> None:
        """Page keys: it all fits."""

    def takes(self, key: int) -> bool:
        """Enter is the button."""
        if key in ENTER:
            App.get_running_app().end_visit()
        return key in ENTER

    def forget(self) -> None:
        """Nothing of this visitor stays."""
        self.model.forget()

    def _ask_where(self, at: datetime) -> None:
        """What opens today is public, and said in the words of the notices."""
        app = App.get_running_app()
        visit, (begins, ends) = app.visit.session.number, today(at)

        def question(store: Any) -> list[Destination]:
            from kiosk.openings.model import openings_on, released

            site = store.site()
            notices = released(store.projects_opening(begins, ends), at, store.known())
            return destinations(openings_on(begins.date(), notices, at, site.building, site.rooms))

        def answer(found: list[Destination]) -> None:
            if app.visit.session.is_now(visit):
                self.model.found(found, app.words)

        app.jobs.ask("check in openings", question, answer, lambda: answer([]))

    def _tick(self) -> None:
        app = App.get_running_app()
        seconds = app.visit.session.seconds_quiet()
        self.leave_text = app.words["check_in.leave"].format(seconds=seconds)

    def _show_openings(self) -> None:
        words = App.get_running_app().words
        box, form = self.ids.openings, words["check_in.opening"]
        box.clear_widgets()
        for one in self.model.openings:
            place = form.format(time=one.when, room=one.room, way=one.way).strip()
            state = words["openings.running"] if one.running else ""
            box.add_widget(DestinationRow(place=place, title=one.title, state=state))


Builder.load_file(str(Path(__file__).with_name("check_in.kv")), encoding="utf-8")
