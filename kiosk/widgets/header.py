"""The blue bar at the top of every screen."""

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout


class Header(BoxLayout):
    """The bar itself; screens use one of the two below."""


class ScreenHeader(Header):
    """Back, title, text size and clock."""

    title = StringProperty("")


class HomeHeader(Header):
    """The centre's name, clock and date; in landscape also the choices of look and language."""


class LookChoices(BoxLayout):
    """High contrast and language."""

    shown = BooleanProperty(True)


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
