"""The dialog with the way to an opening."""

from datetime import datetime
from pathlib import Path

from kivy.app import App
from kivy.lang import Builder
from kivy.properties import ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.modalview import ModalView

from display.local_time import SHANGHAI
from kiosk.notice.route import Route
from kiosk.widgets import passage  # noqa: F401  registers its rules
from kiosk.words import Words, clock, day, weekday


class RouteLine(BoxLayout):
    """A sign, and what it stands for; without `said` it takes no room."""

    icon = StringProperty("")
    said = StringProperty("")


class RouteDialog(ModalView):
    """Room, floor, way and time over the screen; one button closes it."""

    route = ObjectProperty()

    def takes(self, key: int) -> None:
        """Enter and Escape close it; nothing behind the dialog hears a key."""
        if key in {13, 271, 27}:
            self.dismiss(animation=False)

    def time_text(self, route: Route, words: Words) -> str:
        """When it opens."""
        now: datetime = App.get_running_app().moment()
        return words["way.opens"].format(
            day=day(words, route.opens_at, now),
            weekday=weekday(words, route.opens_at.astimezone(SHANGHAI).date()),
            time=clock(route.opens_at),
        )

    def floor_text(self, route: Route) -> str:
        """The floor, unless the room's name says it."""
        plain, room = "".join(route.floor.split()), "".join(route.room.split())
        return "" if plain in room else route.floor


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
