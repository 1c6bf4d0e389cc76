"""The first screen of staff: what this person may do here."""

from datetime import datetime
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.lang import Builder
from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.screenmanager import Screen

from kiosk.staff.accounts import Action, may
from kiosk.sync.staff import StaffAccount
from kiosk.widgets import footer  # noqa: F401  registers its rules
from kiosk.widgets.controls import Card
from kiosk.widgets.icons import Sign

SERVICES = {
    "staff_health": (Action.VIEW_HEALTH, "health", Sign.GEAR),
    "evidence": (Action.VIEW_EVIDENCE, "journal", Sign.ARCHIVE),
}
"""Name of the screen → the right it needs, its section of the words, its sign."""
STEPS = {274: 1, 273: -1, 275: 1, 276: -1}
ENTER = {13, 271}


def offered(account: StaffAccount) -> list[str]:
    """Names of the screens that the account has the right to, in their order."""
    return [name for name, (action, _, _) in SERVICES.items() if may(account, action)]


class StaffTile(ButtonBehavior, Card):
    """One screen: its sign, its name, what it is for."""

    icon = StringProperty("")
    service = StringProperty("")
    section = StringProperty("")
    reached = BooleanProperty(False)
    """The arrow keys stand on it."""


class StaffScreen(Screen):
    """Tiles by rights; what the account may not do is not there."""

    in_trouble = False

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(name="staff", **kwargs)

    def open(self) -> None:
        """For whoever has signed in."""
        tiles = self.ids.tiles
        tiles.clear_widgets()
        account = App.get_running_app().visit.session.staff
        for name in [] if account is None else offered(account):
            _, section, sign = SERVICES[name]
            tiles.add_widget(StaffTile(service=name, section=section, icon=sign.value))

    def refresh(self, _at: datetime) -> None:
        """The account may have been taken away: that ends it."""
        App.get_running_app().look_at_account()

    def scroll(self, pages: float) -> None:
        """Page keys: it all fits."""

    def forget(self) -> None:
        """Nothing of anybody stays."""
        self.ids.tiles.clear_widgets()

    def takes(self, key: int) -> bool:
        """Arrow keys step over the tiles, Enter opens."""
        tiles = list(reversed(self.ids.tiles.children))
        at = next((number for number, each in enumerate(tiles) if each.reached), None)
        if key in STEPS and tiles:
            to = 0 if at is None else (at + STEPS[key]) % len(tiles)
            for number, each in enumerate(tiles):
                each.reached = number == to
            return True
        if key in ENTER and at is not None:
            App.get_running_app().open_staff(tiles[at].service)
            return True
        return False


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
