"""How fast text moves and how long it stands, and what comes of it."""

import math
from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import BooleanProperty, ListProperty, NumericProperty, StringProperty

from display.arrangement import DwellPreset, Setting
from display.timing import MAX_CHARACTERS_PER_SECOND, MIN_CHARACTERS_PER_SECOND
from kiosk.staff import wording
from kiosk.staff.edition import preview_panel  # noqa: F401  registers its rules
from kiosk.staff.edition.making import Made
from kiosk.staff.schedule.forecast import Forecast
from kiosk.staff.schedule.model import SPEED_STEP
from kiosk.staff.schedule.parts import Pane, Seen, problem, was
from kiosk.widgets import choices  # noqa: F401  registers its rules
from kiosk.widgets.slider_row import SliderRow
from kiosk.words import Words


class SpeedSlider(SliderRow):
    """The arrow keys step over its ends too, so that the limit explains itself."""

    __events__ = ("on_turn",)
    least, most, step = MIN_CHARACTERS_PER_SECOND, MAX_CHARACTERS_PER_SECOND, SPEED_STEP

    def on_turn(self, step: int) -> None:
        """An arrow key was pressed."""

    def turn(self, step: int) -> None:
        """Left is slower."""
        if not self.disabled:
            self.dispatch("on_turn", step)

    def climb(self, step: int) -> bool:
        """Up and down lead on."""
        return False

    def enter(self) -> None:
        """There is nothing to do."""


class ScrollPane(Pane):
    """Speed, dwell, number of notices; loop, viewing distance, cautions."""

    speed = NumericProperty(MIN_CHARACTERS_PER_SECOND)
    speed_was = StringProperty("")
    speed_text = StringProperty("")
    speed_said = StringProperty("")
    speed_problem = StringProperty("")
    dwell_options = ListProperty()
    dwell = StringProperty("")
    dwell_was = StringProperty("")
    items_text = StringProperty("")
    items_was = StringProperty("")
    items_problem = StringProperty("")
    forecast_title = StringProperty("")
    good = StringProperty("")
    attention = StringProperty("")
    muted = StringProperty("")
    previewed = BooleanProperty(False)
    """Whether there is an edition to be looked at."""

    def __init__(self, **kwargs: Any) -> None:
        self._made: Made | None = None
        super().__init__(**kwargs)

    def show(self, seen: Seen, words: Words) -> None:
        """Draw what is seen now."""
        arrangement = seen.model.draft.arrangement
        self.speed = arrangement.characters_per_second
        self.speed_was = was(seen, Setting.SPEED, words)
        self.speed_problem = problem(seen, "characters_per_second", words)
        self.dwell_options = [
            (str(one), wording.value(Setting.DWELL_PRESET, one, words)) for one in DwellPreset
        ]
        self.dwell = str(arrangement.dwell)
        self.dwell_was = was(seen, Setting.DWELL_PRESET, words)
        self.items_text = wording.value(Setting.ITEMS, arrangement.items, words)
        self.items_was = was(seen, Setting.ITEMS, words)
        self.items_problem = problem(seen, "items", words)
        self._show_speed(seen, words)
        self._show_forecast(seen, words)

    def _show_speed(self, seen: Seen, words: Words) -> None:
        told = wording.value(Setting.SPEED, self.speed, words)
        found = seen.forecast
        if found is None:
            self.speed_text, self.speed_said = told, ""
            return
        dots = round(self.speed * found.cell)
        self.speed_text = words["timing.speed"].format(speed=told, dots=dots)
        taken = found.characters_per_second
        if taken is None:
            self.speed_said = words["timing.speed_none"]
        elif seen.waiting or round(found.wanted) != dots:
            # Told of another speed: the next forecast is on its way.
            self.speed_said = words["timing.reckoning"]
        elif math.isclose(taken, self.speed, rel_tol=0.02):
            self.speed_said = words["timing.speed_exact"]
        else:
            self.speed_said = words["timing.speed_taken"].format(
                speed=wording.value(Setting.SPEED, taken, words), dots=round(taken * found.cell)
            )

    def _show_made(self, made: Made | None) -> None:
        self.previewed = made is not None
        if made is None:
            return
        if made is not self._made:
            self.ids.preview.load(made)
            self._made = made
        self.ids.preview.start()

    def scroll_at(self, speed: float) -> None:
        """Another speed; the preview shows a page that moves at it."""
        self.ids.preview.show_moving()
        self.screen.do("scroll_at", speed)

    def forget(self) -> None:
        """Nothing of what was looked at stays."""
        self._made = None
        self.previewed = False
        self.ids.preview.stop()
        self.ids.preview.forget()

    def _show_forecast(self, seen: Seen, words: Words) -> None:
        found = seen.forecast
        self._show_made(None if found is None else found.made)
        self.good = self.attention = self.muted = ""
        self.forecast_title = words["timing.forecast"]
        if found is None:
            name = "reckoning" if seen.waiting else "no_forecast"
            self.muted = seen.trouble or words[f"timing.{name}"]
            return
        self.forecast_title = words["timing.forecast_of"].format(day=found.day.isoformat())
        if not found.pages:
            self.muted = words["timing.loop_empty"]
            return
        told = [_loop(found, words)]
        if found.outlook.viewing_distance_m is None:
            self.muted = words["timing.no_distance"]
        else:
            distance = wording.metres(found.outlook.viewing_distance_m)
            told.append(words["timing.distance"].format(distance=distance))
        self.good = "\n".join(told)
        self.attention = "\n".join(
            wording.caution(warned, words) for warned in found.outlook.cautions
        )

    @property
    def stops(self) -> list[Any]:
        """What the arrow keys reach."""
        return [self.ids.speed, self.ids.dwell, self.ids.notices]

    def choose_dwell(self, value: str) -> None:
        """How long standing pages stay."""
        self.screen.do("choose_dwell", DwellPreset(value))


def _loop(found: Forecast, words: Words) -> str:
    minutes, seconds = divmod(round(found.outlook.loop_s), 60)
    values = {"pages": found.pages, "notices": found.notices, "seconds": seconds}
    if minutes:
        return words["timing.loop_minutes"].format(minutes=minutes, **values)
    return words["timing.loop_seconds"].format(**values)


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
