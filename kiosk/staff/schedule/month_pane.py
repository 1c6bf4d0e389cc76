"""The working calendar as a month, and the exceptions of its days."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from kivy.lang import Builder
from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.gridlayout import GridLayout
from kivy.uix.label import Label

from display.arrangement import Arrangement, Setting
from display.working_days_table import YEARS, DayKind
from kiosk.staff import wording
from kiosk.staff.schedule.day_notes import CLOSED_FOR, OPEN_FOR, note_in, reason_of
from kiosk.staff.schedule.month import (
    WEEK,
    DayCell,
    Mark,
    Month,
    editions_every_day,
    exception_of,
    moved,
)
from kiosk.staff.schedule.parts import Pane, Seen, problem
from kiosk.widgets import choices  # noqa: F401  registers its rules
from kiosk.widgets.controls import Surface
from kiosk.widgets.reach import Reached
from kiosk.words import Words, weekday

WEEKS = 6
USUAL, NO_REASON = "usual", "none"
_DAY = timedelta(days=1)


class DayButton(ButtonBehavior, Surface, Label):
    """One day: its number and what it is, in a word."""

    day = ObjectProperty(None, allownone=True)
    """None: of another month, and not to be seen."""
    mark = StringProperty(Mark.WORKED.value)
    chosen = BooleanProperty(False)
    is_today = BooleanProperty(False)
    is_next = BooleanProperty(False)


class MonthGrid(Reached, GridLayout):
    """Weeks from Monday on; the arrow keys go from day to day."""

    __events__ = ("on_choose",)
    chosen = ObjectProperty(None, allownone=True)

    def on_kv_post(self, base_widget: Any) -> None:
        """The days are there from the beginning, and change with the month."""
        super().on_kv_post(base_widget)
        for _ in range(WEEKS * WEEK):
            one = DayButton()
            one.bind(on_release=lambda each: self.choose(each.day))
            self.add_widget(one)

    def on_choose(self, day: date) -> None:
        """Another day was chosen."""

    def choose(self, day: date | None) -> None:
        """By tap or key."""
        if day is not None:
            self.dispatch("on_choose", day)

    def turn(self, step: int) -> None:
        """The day before or after, in the next month too."""
        if self.chosen is not None and (self.chosen + step * _DAY).year in YEARS:
            self.choose(self.chosen + step * _DAY)

    def climb(self, step: int) -> bool:
        """A week, within the month."""
        to = None if self.chosen is None else self.chosen + step * WEEK * _DAY
        if to is None or to.month != self.chosen.month:
            return False
        self.choose(to)
        return True

    @property
    def in_sight(self) -> Any:
        """The chosen day."""
        return next((one for one in self.children if one.chosen and one.day is not None), self)

    def show(self, month: Month, chosen: date, words: Words) -> None:
        """The days of a month."""
        self.chosen = chosen
        cells = [cell for week in month.weeks for cell in week]
        cells += [None] * (WEEKS * WEEK - len(cells))
        for one, cell in zip(reversed(self.children), cells, strict=True):
            _paint(one, cell, chosen, words)


def _paint(one: DayButton, cell: DayCell | None, chosen: date, words: Words) -> None:
    one.day = None if cell is None else cell.day
    one.disabled = cell is None
    one.opacity = 0 if cell is None else 1
    if cell is None:
        one.text = ""
        return
    one.mark = str(cell.mark)
    one.chosen, one.is_today, one.is_next = cell.day == chosen, cell.is_today, cell.is_next
    word = words[f"timing.mark_{cell.mark}"] + ("" if cell.known else words["timing.unknown_sign"])
    changed = words["timing.changed_sign"] if cell.changed else ""
    one.text = f"{cell.day.day}{changed}\n{word}"


class CalendarPane(Pane):
    """A month to look at, and one of its days to make or end an exception."""

    month_text = StringProperty("")
    has_before = BooleanProperty(False)
    has_after = BooleanProperty(False)
    weekdays = ListProperty([""] * WEEK)
    unknown = StringProperty("")
    day_title = StringProperty("")
    day_said = StringProperty("")
    day_was = StringProperty("")
    kinds = ListProperty()
    kind = StringProperty("")
    reasons = ListProperty()
    reason = StringProperty("")
    fixed = BooleanProperty(False)
    """Whether this day cannot be changed any more."""
    problem = StringProperty("")
    legend = StringProperty("")

    def __init__(self, **kwargs: Any) -> None:
        self._chosen: date | None = None
        self._shown: tuple[int, int] | None = None
        super().__init__(**kwargs)

    def show(self, seen: Seen, words: Words) -> None:
        """Draw what is seen now."""
        chosen = self._chosen = self._chosen or seen.next or seen.today
        shown = self._shown = self._shown or (chosen.year, chosen.month)
        draft = seen.model.draft
        month = seen.days.month(
            *shown, draft.before, draft.arrangement, seen.today, seen.next or date.max
        )
        cell = month.cell(chosen) or seen.days.cell(
            chosen, draft.before, draft.arrangement, seen.today, seen.next or date.max
        )
        self.month_text = words["timing.month"].format(year=shown[0], month=f"{shown[1]:02}")
        self.has_before = moved(*shown, -1) is not None
        self.has_after = moved(*shown, 1) is not None
        self.weekdays = words["timing.weekdays"].split("\n")
        self.unknown = words["timing.unknown"].format(year=shown[0]) if month.unknown else ""
        self.ids.grid.show(month, chosen, words)
        self._show_day(cell, seen, words)
        self.problem = problem(seen, "exceptions", words)
        self.legend = words["timing.legend"]

    def _show_day(self, cell: DayCell, seen: Seen, words: Words) -> None:
        draft, day = seen.model.draft, cell.day
        exception = exception_of(draft.arrangement, day)
        self.day_title = f"{day.isoformat()} {weekday(words, day)}"
        self.day_said = "　".join(_said(cell, draft.arrangement, words))
        self.day_was = _was(draft.before, day, words) if cell.changed else ""
        self.fixed = day < seen.earliest
        usual = seen.days.calendar(draft.arrangement.changed(exceptions=()))
        made = usual is None or usual.day(day).working
        told = {True: words["setting.day_work"], False: words["setting.day_off"]}
        self.kinds = [
            (USUAL, words["timing.as_usual"].format(kind=told[made])),
            (DayKind.WORK.value, words["timing.always_work"]),
            (DayKind.OFF.value, words["timing.always_off"]),
        ]
        self.kind = USUAL if exception is None else exception.kind.value
        names = {None: (), DayKind.WORK: OPEN_FOR, DayKind.OFF: CLOSED_FOR}[
            None if exception is None else exception.kind
        ]
        reasons = [(name, words[f"timing.for_{name}"]) for name in names]
        if reasons:
            reasons.insert(0, (NO_REASON, words["timing.no_reason"]))
        self.reasons = reasons
        note = "" if exception is None else exception.note
        # Of a note that is none of ours, no choice is marked.
        self.reason = reason_of(note) if note else NO_REASON

    def choose_day(self, day: date) -> None:
        """Another day, perhaps of the next month."""
        self._chosen, self._shown = day, (day.year, day.month)
        self.screen.look_on()

    def step_month(self, step: int) -> None:
        """The next month, or the one before; the same day of it is chosen, or its last one."""
        if self._shown is None or self._chosen is None:
            return
        to = moved(*self._shown, step)
        if to is not None:
            after = moved(*to, 1)
            last = date(*to, 28) if after is None else date(*after, 1) - _DAY
            self._chosen = date(*to, min(self._chosen.day, last.day))
            self._shown = to
            self.screen.look_on()

    def choose_kind(self, value: str) -> None:
        """Make an exception, or end it."""
        if self._chosen is not None:
            kind = None if value == USUAL else DayKind(value)
            self.screen.do("make_exception", self._chosen, kind)

    def choose_reason(self, value: str) -> None:
        """Why."""
        if self._chosen is not None and self.kind != USUAL:
            reason = "" if value == NO_REASON else value
            self.screen.do("make_exception", self._chosen, DayKind(self.kind), reason)

    def turn_page(self, step: int) -> bool:
        """Page keys lead to other months."""
        self.step_month(step)
        return True

    @property
    def stops(self) -> list[Any]:
        """What the arrow keys reach."""
        ids = self.ids
        return [
            ids.before,
            ids.after,
            ids.grid,
            ids.kinds,
            *([ids.reasons] if self.reasons else []),
        ]

    def forget(self) -> None:
        """Back to the month of the next edition."""
        self._chosen = self._shown = None


def _said(cell: DayCell, arrangement: Arrangement, words: Words) -> list[str]:
    """What a day is, and why."""
    if editions_every_day(arrangement) and cell.mark is Mark.WORKED:
        lines = [words["timing.day_every"]]
    else:
        named = cell.holiday and cell.mark in (Mark.HOLIDAY, Mark.MAKE_UP)
        name = f"day_{cell.mark}_of" if named else f"day_{cell.mark}"
        holiday = words[f"timing.holiday_{cell.holiday}"] if named else ""
        lines = [words[f"timing.{name}"].format(holiday=holiday)]
    if cell.note:
        lines.append(words["timing.note"].format(note=note_in(cell.note, words)))
    if not cell.known:
        lines.append(words["timing.day_unknown"])
    if cell.is_today:
        lines.append(words["timing.is_today"])
    if cell.is_next:
        lines.append(words["timing.is_next"])
    return lines


def _was(before: Arrangement, day: date, words: Words) -> str:
    """The exception that is in force."""
    value = wording.value(Setting.EXCEPTION, exception_of(before, day), words)
    return words["timing.was"].format(value=value)


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
