"""How bright the board is by time of day."""

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import BooleanProperty, ListProperty, NumericProperty, StringProperty

from display.arrangement import Setting
from display.screen import MAX_BRIGHTNESS
from kiosk.staff.schedule.levels import SLOTS, levels_of, slot_text, stretches
from kiosk.staff.schedule.parts import Pane, Seen, problem, was
from kiosk.widgets import choices, level_bar  # noqa: F401  registers their rules
from kiosk.words import Words

BY_CARD, BY_TIME = "card", "time"
MORNING, EVENING = 16, 36
"""Half hours: 08:00 and 18:00."""


class BrightnessPane(Pane):
    """A bar over the day; a stretch of it is picked and given a level."""

    most = MAX_BRIGHTNESS
    way_options = ListProperty()
    way = StringProperty("")
    by_time = BooleanProperty(False)
    brightness_was = StringProperty("")
    levels = ListProperty()
    begin = NumericProperty(MORNING)
    end = NumericProperty(EVENING)
    begin_text = StringProperty("")
    end_text = StringProperty("")
    level_text = StringProperty("")
    told = StringProperty("")
    problem = StringProperty("")

    def show(self, seen: Seen, words: Words) -> None:
        """Draw what is seen now."""
        runs = seen.model.draft.arrangement.brightness
        self.way_options = [
            (BY_CARD, words["setting.by_card"]),
            (BY_TIME, words["timing.by_time"]),
        ]
        self.by_time = bool(runs)
        self.way = BY_TIME if runs else BY_CARD
        self.brightness_was = was(seen, Setting.BRIGHTNESS, words)
        levels = levels_of(runs)
        self.levels = list(levels)
        self.begin_text, self.end_text = slot_text(int(self.begin)), slot_text(int(self.end))
        picked = sorted(set(levels[int(self.begin) : int(self.end)]))
        # Different levels are told as from the lowest to the highest.
        self.level_text = (
            "–".join(str(one) for one in dict.fromkeys((picked[0], picked[-1]))) if (picked) else ""
        )
        self.told = words["staff.between"].join(
            words["timing.stretch"].format(begin=slot_text(a), end=slot_text(b), level=level)
            for a, b, level in stretches(levels)
        )
        self.problem = problem(seen, "brightness", words)

    def choose_way(self, value: str) -> None:
        """By time of day, or as the card is set."""
        self.screen.do("dim_by_time", value == BY_TIME)

    def pick(self, begin: int, end: int) -> None:
        """Another stretch."""
        self.begin, self.end = begin, end
        self.screen.look_on()

    def step_begin(self, step: int) -> None:
        """The stretch begins a half hour later, or before."""
        begin = int(self.begin) + step
        if 0 <= begin < self.end:
            self.pick(begin, int(self.end))

    def step_end(self, step: int) -> None:
        """And ends."""
        end = int(self.end) + step
        if self.begin < end <= SLOTS:
            self.pick(int(self.begin), end)

    def step_level(self, step: int) -> None:
        """All of the stretch one level brighter than its first half hour, or darker."""
        if self.levels:
            level = int(self.levels[int(self.begin)]) + step
            self.screen.do("dim", int(self.begin), int(self.end), level)

    @property
    def stops(self) -> list[Any]:
        """What the arrow keys reach."""
        ids = self.ids
        return [ids.way, *([ids.begins, ids.ends, ids.level] if self.by_time else [])]

    def forget(self) -> None:
        """The day, from morning to evening."""
        self.begin, self.end = MORNING, EVENING


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
