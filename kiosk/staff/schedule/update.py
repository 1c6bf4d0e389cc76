"""When and on which days an edition is made."""

from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import ListProperty, StringProperty

from display.arrangement import EditionDays, RestDays, Setting
from kiosk.staff import wording
from kiosk.staff.schedule.parts import Pane, Seen, problem, was
from kiosk.widgets import choices  # noqa: F401  registers its rules
from kiosk.words import Words, weekday


class UpdatePane(Pane):
    """The daily update, the days, and what the board shows on the others."""

    hour = StringProperty("")
    minute = StringProperty("")
    cut_over_was = StringProperty("")
    cut_over_problem = StringProperty("")
    happens = StringProperty("")
    days_options = ListProperty()
    days_chosen = StringProperty("")
    days_was = StringProperty("")
    days_said = StringProperty("")
    rest_options = ListProperty()
    rest_chosen = StringProperty("")
    rest_was = StringProperty("")
    next_said = StringProperty("")

    def show(self, seen: Seen, words: Words) -> None:
        """Draw what is seen now."""
        arrangement = seen.model.draft.arrangement
        cut_over = arrangement.cut_over
        self.hour, self.minute = f"{cut_over:%H}", f"{cut_over:%M}"
        self.cut_over_was = was(seen, Setting.CUT_OVER, words)
        self.cut_over_problem = problem(seen, "cut_over", words)
        clock = wording.value(Setting.CUT_OVER, cut_over, words)
        self.happens = words["timing.happens"].format(time=clock)
        self.days_options = [
            (str(one), wording.value(Setting.DAYS, one, words)) for one in EditionDays
        ]
        self.days_chosen = str(arrangement.days)
        self.days_was = was(seen, Setting.DAYS, words)
        self.days_said = words[
            "timing.days_every" if arrangement.days is EditionDays.EVERY else "timing.days_working"
        ]
        self.rest_options = [
            (str(one), wording.value(Setting.REST_DAYS, one, words)) for one in RestDays
        ]
        self.rest_chosen = str(arrangement.rest_days)
        self.rest_was = was(seen, Setting.REST_DAYS, words)
        if seen.next is None:
            self.next_said = words["timing.no_next"]
        else:
            self.next_said = words["timing.next"].format(
                day=seen.next.isoformat(), weekday=weekday(words, seen.next), time=clock
            )

    def choose_days(self, value: str) -> None:
        """On which days."""
        self.screen.do("choose_days", EditionDays(value))

    def choose_rest(self, value: str) -> None:
        """And on the others."""
        self.screen.do("choose_rest", RestDays(value))

    @property
    def stops(self) -> list[Any]:
        """What the arrow keys reach."""
        return [*self.ids.clock.stops, self.ids.days, self.ids.rest]


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
