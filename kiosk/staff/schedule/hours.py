"""When the board is lit on each weekday."""

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import BooleanProperty, ListProperty, NumericProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout

from display.arrangement import ALWAYS, Setting
from display.screen import DAYS
from kiosk.staff import wording
from kiosk.staff.schedule.parts import Pane, Seen, problem, was
from kiosk.staff.schedule.week import is_whole_day
from kiosk.widgets import choices  # noqa: F401  registers its rules
from kiosk.widgets.controls import Surface
from kiosk.widgets.reach import Reached
from kiosk.words import Words

ALWAYS_LIT, BY_WEEKDAY = "always", "weekday"
LIT, DARK = "lit", "dark"


class WeekdayRow(ButtonBehavior, Surface, BoxLayout):
    """One weekday and its hours."""

    day = NumericProperty(0)
    name = StringProperty("")
    hours = StringProperty("")
    chosen = BooleanProperty(False)
    changed = BooleanProperty(False)
    """Not as in what is in force."""


class WeekdayList(Reached, BoxLayout):
    """Seven rows; the arrow keys choose one."""

    __events__ = ("on_choose",)
    chosen = NumericProperty(0)

    def on_kv_post(self, base_widget: Any) -> None:
        """The rows are there from the beginning."""
        super().on_kv_post(base_widget)
        for day in range(DAYS):
            row = WeekdayRow(day=day)
            row.bind(on_release=lambda one: self.dispatch("on_choose", int(one.day)))
            self.add_widget(row)

    def on_choose(self, day: int) -> None:
        """Another weekday was chosen."""

    def climb(self, step: int) -> bool:
        """Over the rows."""
        to = int(self.chosen) + step
        if not 0 <= to < DAYS:
            return False
        self.dispatch("on_choose", to)
        return True

    @property
    def in_sight(self) -> Any:
        """The chosen row."""
        return next(row for row in self.children if int(row.day) == int(self.chosen))

    def show(self, names: list[str], hours: list[str], changed: set[int]) -> None:
        """What each row says."""
        for row in self.children:
            day = int(row.day)
            row.name, row.hours, row.changed = names[day], hours[day], day in changed
            row.chosen = day == self.chosen


class HoursPane(Pane):
    """Always lit, or by weekday: the list, and the hours of the chosen day."""

    day = NumericProperty(0)
    way_options = ListProperty()
    way = StringProperty("")
    by_weekday = BooleanProperty(False)
    day_name = StringProperty("")
    day_was = StringProperty("")
    lit_options = ListProperty()
    lit = StringProperty("")
    is_lit = BooleanProperty(False)
    begins = ListProperty(["", ""])
    """Hour and minute."""
    ends = ListProperty(["", ""])
    said = StringProperty("")
    problem = StringProperty("")

    def show(self, seen: Seen, words: Words) -> None:
        """Draw what is seen now."""
        week = seen.model.draft.arrangement.screen_hours
        self.way_options = [
            (ALWAYS_LIT, words["setting.lit_all_day"]),
            (BY_WEEKDAY, words["timing.by_weekday"]),
        ]
        self.by_weekday = bool(week)
        self.way = BY_WEEKDAY if week else ALWAYS_LIT
        self._show_week(seen, words)
        self._show_day(seen, words)
        self.problem = problem(seen, "screen_hours", words)

    def _show_week(self, seen: Seen, words: Words) -> None:
        week = seen.model.draft.arrangement.screen_hours
        told = week or (ALWAYS,) * DAYS
        hours = [wording.value(Setting.SCREEN_HOURS, one, words) for one in told]
        changed = {int(one.item) for one in seen.model.differences(Setting.SCREEN_HOURS)}
        self.ids.list.chosen = self.day
        self.ids.list.show(words["shell.weekdays"].split("\n"), hours, changed)

    def _show_day(self, seen: Seen, words: Words) -> None:
        day, week = int(self.day), seen.model.draft.arrangement.screen_hours
        hours = week[day] if week else None
        self.day_name = words["shell.weekdays"].split("\n")[day]
        self.day_was = was(seen, Setting.SCREEN_HOURS, words, str(day))
        self.lit_options = [(LIT, words["timing.lit"]), (DARK, words["timing.dark"])]
        self.is_lit = hours is not None
        self.lit = LIT if hours is not None else DARK
        if not week:
            self.day_name = words["setting.lit_all_day"]
            self.said = words["timing.always_said"]
        elif hours is None:
            self.said = words["timing.dark_said"]
        else:
            self.begins = [f"{hours.on:%H}", f"{hours.on:%M}"]
            self.ends = [f"{hours.off:%H}", f"{hours.off:%M}"]
            name = "past_midnight" if hours.past_midnight else "same_day"
            self.said = words["timing.whole_day" if is_whole_day(hours) else f"timing.{name}"]

    def choose_way(self, value: str) -> None:
        """Always lit, or not."""
        self.screen.do("always_lit", value == ALWAYS_LIT)

    def choose_day(self, day: int) -> None:
        """Whose hours are seen."""
        self.day = day
        self.screen.look_on()

    @property
    def stops(self) -> list[Any]:
        """What the arrow keys reach."""
        ids = self.ids
        if not self.by_weekday:
            return [ids.way]
        clocks = [*ids.on_clock.stops, *ids.off_clock.stops] if self.is_lit else []
        return [ids.way, ids.list, ids.lit, ids.same, *clocks]

    def forget(self) -> None:
        """Monday again."""
        self.day = 0


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
