"""The first screen."""

from datetime import datetime
from pathlib import Path

from kivy.app import App
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.screenmanager import Screen

from display.openings import openings_of
from kiosk.home.model import HomeModel, today
from kiosk.openings.model import released
from kiosk.widgets import footer  # noqa: F401  registers the rules of the line at the foot
from kiosk.widgets.controls import Card


class Tile(ButtonBehavior, Card):
    """A service: icon, name, and what it is for."""

    icon = StringProperty("")
    title = StringProperty("")
    text = StringProperty("")
    main = BooleanProperty(False)
    """The one in brand colour."""
    here = BooleanProperty(True)
    """False: this terminal does not offer it, and says where to go instead."""


class OpeningBar(Card):
    """The next bid opening, and the way to all of them."""

    model = ObjectProperty(None, rebind=True)


class HomeScreen(Screen):
    """Tiles, the next opening, and the state of the terminal."""

    model = ObjectProperty()

    def __init__(self, **kwargs: object) -> None:
        self.model = HomeModel()
        super().__init__(name="home", **kwargs)

    @property
    def in_trouble(self) -> bool:
        """Whether the store could not answer the last question."""
        return bool(self.model.state == "trouble")

    def refresh(self, at: datetime) -> None:
        """Ask the store for today's openings."""
        begins, ends = today(at)
        App.get_running_app().jobs.ask(
            "home",
            lambda store: openings_of(
                begins.date(), released(store.projects_opening(begins, ends), at, store.known())
            ),
            lambda opening: self.model.show(opening, at),
            self.model.fail,
        )


Builder.load_file(str(Path(__file__).with_name("home.kv")), encoding="utf-8")
