"""The screen that confirms a check-in, and nothing else."""

from datetime import datetime
from pathlib import Path
from uuid import uuid4

from kivy.app import App
from kivy.lang import Builder
from kivy.properties import ObjectProperty, StringProperty
from kivy.uix.screenmanager import Screen

from kiosk.identify.check_in import CheckInModel

QUIET_S = 30.0
"""Then the visit ends: nothing is left to do here."""
ENTER = {13, 271}


class CheckInScreen(Screen):
    """已签到, with time and where to go."""

    model = ObjectProperty()
    leave_text = StringProperty("")
    in_trouble = False
    """What it asks is asked once."""

    def __init__(self, **kwargs: object) -> None:
        self.model = CheckInModel()
        super().__init__(name="check_in", **kwargs)
        App.get_running_app().visit.bind(end_text=self._count)

    def open(self) -> None:
        """Check in whoever is identified."""
        app = App.get_running_app()
        visit = app.visit
        if visit.visitor is None or visit.private is None:
            return
        event = self.model.begin(visit.visitor, app.moment(), app.terminal_name, uuid4(), app.words)
        visit.session.close_soon(QUIET_S)
        visit.private.ask(
            "check in",
            lambda store: store.owe_event(event),
            lambda _nothing: self.model.kept(app.words),
            lambda: self.model.fail(app.words),
        )

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

    def _count(self, *_: object) -> None:
        app = App.get_running_app()
        if app.shown == self.name:
            left = app.visit.session.seconds_quiet()
            self.leave_text = app.words["check_in.leave_left"].format(seconds=left)


Builder.load_file(str(Path(__file__).with_name("check_in.kv")), encoding="utf-8")
