"""What the panes of the schedule screen share: what they are told, and their parts."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from display.arrangement import Setting
from kiosk.staff import wording
from kiosk.staff.schedule.forecast import Forecast
from kiosk.staff.schedule.model import ScheduleModel
from kiosk.staff.schedule.month import Days
from kiosk.widgets import passage, stepper  # noqa: F401  registers their rules
from kiosk.widgets.controls import Card, OutlineButton
from kiosk.widgets.reach import Reached
from kiosk.words import Words


@dataclass(frozen=True, slots=True)
class Seen:
    """All that a pane shows."""

    model: ScheduleModel
    days: Days
    today: date
    earliest: date
    """The first day that can still be changed."""
    next: date | None
    """Whose edition is the first under the draft; None: none is in sight."""
    forecast: Forecast | None
    waiting: bool
    """Whether another forecast is on its way."""
    trouble: str
    """Why there is no forecast, where that is a technician's to mend."""


class PaneCard(Card):
    """A card that is as high as its place, and at least as what is in it."""


class FieldHead(BoxLayout):
    """The name of a field, and what is in force where that is something else."""

    title = StringProperty("")
    was = StringProperty("")


class StopChip(Reached, OutlineButton):
    """A second action that the arrow keys reach."""

    def enter(self) -> None:
        """As a tap."""
        if not self.disabled:
            self.dispatch("on_release")


class Pane(BoxLayout):
    """One part of the screen."""

    screen = ObjectProperty(None)
    may_change = BooleanProperty(False)

    def show(self, seen: Seen, words: Words) -> None:
        """Draw what is seen now."""
        raise NotImplementedError

    @property
    def stops(self) -> list[Any]:
        """What the arrow keys reach, from top to bottom."""
        raise NotImplementedError

    def turn_page(self, step: int) -> bool:
        """Page keys; False: the whole pane scrolls."""
        return False

    def forget(self) -> None:
        """Nothing of what was looked at stays."""


def was(seen: Seen, setting: Setting, words: Words, item: str = "") -> str:
    """What is in force, if that is something else."""
    found = (one for one in seen.model.differences(setting) if not item or one.item == item)
    one = next(found, None)
    if one is None:
        return ""
    return words["timing.was"].format(value=wording.value(setting, one.before, words))


def problem(seen: Seen, field: str, words: Words) -> str:
    """Why the last step was not done, if it was about this field."""
    return "\n".join(wording.limit(one, words) for one in seen.model.refused_of(field))


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
