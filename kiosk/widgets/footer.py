"""The line at the foot of a screen: how fresh the data are, who to call, rating."""

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import BooleanProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.widgets.controls import PressButton


class FootLink(PressButton):
    """A word in the footer that can be tapped."""


class Footer(BoxLayout):
    """State of the terminal on the left, the way to rate on the right."""

    rates = BooleanProperty(True)
    """Whether the way to rate is offered."""


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
