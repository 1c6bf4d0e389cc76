"""The first screen."""

from datetime import datetime
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.gridlayout import GridLayout
from kivy.uix.screenmanager import Screen

from kiosk.home.model import HomeModel, today
from kiosk.widgets import footer  # noqa: F401  registers the rules of the line at the foot
from kiosk.widgets.controls import Card


class Tile(ButtonBehavior, Card):
    """A service: icon, name, and what it is for."""

    icon = StringProperty("")
    title = StringProperty("")
    text = StringProperty("")
    main = BooleanProperty(False)
    """The one in brand colour."""
    crowded = BooleanProperty(False)
    """Large text beside five others: a smaller title, and no text below it."""
    here = BooleanProperty(True)
    """False: this terminal does not offer it, and says where to go instead."""


class ServiceTile(Tile):
    """A service for which one says who one is."""

    service = StringProperty("")
    """Name of its screen."""
    only_personal = BooleanProperty(False)
    """Not shown at all where there are no personal services."""


class TileGrid(GridLayout):
    """Tiles of equal size; those that this terminal has no room in its services for stay out."""

    def on_kv_post(self, base: object) -> None:
        if not App.get_running_app().personal:
            for tile in [each for each in self.children if getattr(each, "only_personal", False)]:
                self.remove_widget(tile)


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

        def question(store: Any) -> Any:
            from display.openings import openings_of
            from kiosk.openings.model import released

            opening = released(store.projects_opening(begins, ends), at, store.known())
            return openings_of(begins.date(), opening)

        App.get_running_app().jobs.ask(
            "home", question, lambda opening: self.model.show(opening, at), self.model.fail
        )


Builder.load_file(str(Path(__file__).with_name("home.kv")), encoding="utf-8")
