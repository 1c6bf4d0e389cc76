"""The screen on which staff set what concerns this terminal alone."""

from datetime import datetime
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.recycleview.views import RecycleDataViewBehavior
from kivy.uix.screenmanager import Screen

from kiosk.adjustments import (
    Adjustments,
    KeptAdjustments,
    Name,
    Value,
    changed,
    choices_of,
    offered,
)
from kiosk.staff.acts import ADJUSTED, act_facts
from kiosk.staff.confirming import Confirming
from kiosk.staff.health.model import moment
from kiosk.sync.decision import shown_name
from kiosk.widgets import footer, passage  # noqa: F401  registers their rules
from kiosk.widgets import rows as row_widgets  # noqa: F401  registers their rules
from kiosk.widgets.lines import break_lines
from kiosk.widgets.measure import measure
from kiosk.widgets.row_cursor import RowCursor
from kiosk.words import Words

STEP = 1.45
UPDOWN = {274: 1, 273: -1}
SIDES = {276: -1, 275: 1}
UNITS = {
    Name.IDLE: "seconds",
    Name.IDENTIFIED_IDLE: "seconds",
    Name.COUNTDOWN: "seconds",
    Name.STAFF_IDLE: "seconds",
    Name.SPEECH_PACE: "percent",
    Name.SPEECH_VOLUME: "percent",
}


class AdjustRow(RecycleDataViewBehavior, BoxLayout):
    """One setting, and a step to either side."""

    name = StringProperty("")
    title = StringProperty("")
    text = StringProperty("")
    value_text = StringProperty("")
    value_width = NumericProperty(0)
    adjusted = BooleanProperty(False)
    """Whether it differs from the settings file."""
    has_less = BooleanProperty(False)
    has_more = BooleanProperty(False)
    reached = BooleanProperty(False)

    def step(self, by: int) -> None:
        """The next choice, or the one before."""
        App.get_running_app().screen_named("adjusting").step(self.name, by)


class AdjustingScreen(Screen):
    """All that can be set here; nothing counts before it is saved."""

    in_trouble = False
    summary = StringProperty("")
    dirty = BooleanProperty(False)
    adjusted = BooleanProperty(False)
    """Whether anything differs from the settings file."""
    saving = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        self._adjustments = Adjustments()
        self._said = ""
        self._cursor, self._confirming = RowCursor(), Confirming()
        super().__init__(name="adjusting", **kwargs)
        app = App.get_running_app()
        draw = self._redraw = Clock.create_trigger(lambda _dt: self._draw(), -1)
        app.theme.bind(unit=draw, large=draw)
        app.bind(words=draw, portrait=draw)
        self.ids.results.bind(width=draw)

    def open(self) -> None:
        """What counts now."""
        self.forget()
        self._adjustments = App.get_running_app().adjusted.adjustments
        self._draw()

    def refresh(self, _at: datetime) -> None:
        """The account may have been taken away."""
        App.get_running_app().look_at_account()

    def scroll(self, pages: float) -> None:
        """Page keys."""
        self.ids.results.scroll_by(pages)

    def takes(self, key: int) -> bool:
        """Up and down over the settings, left and right for their values."""
        if self._confirming.takes(key):
            return True
        if key in UPDOWN:
            self._cursor.move(self.ids.results, UPDOWN[key])
            return True
        row = self._cursor.row(self.ids.results)
        if key in SIDES and row is not None:
            self.step(row["name"], SIDES[key])
            return True
        return False

    def step_back(self) -> bool:
        """Nothing that was changed goes without a question."""
        if not self.dirty or self._confirming.asks:
            return False
        app = App.get_running_app()
        words, known = app.words, app.adjusted
        count = len(changed(known.adjustments, self._adjustments, known.defaults))
        self._confirming.ask(
            words["adjust.leave_title"].format(count=count),
            words["adjust.leave_text"],
            words["adjust.leave"],
            words["adjust.stay"],
            app.leave,
        )
        return True

    def forget(self) -> None:
        """What was not saved is dropped."""
        self._confirming.close()
        App.get_running_app().file_jobs.forget("keep adjustments")
        self._adjustments, self._said, self.saving = Adjustments(), "", False
        self._cursor = RowCursor()
        self.ids.results.to_top()
        self._draw()

    def step(self, name: str, by: int) -> None:
        """Another value, not yet in force."""
        if self.saving:
            return
        defaults = App.get_running_app().adjusted.defaults
        self._adjustments, self._said = self._adjustments.stepped(Name(name), by, defaults), ""
        self._draw()

    def reset(self) -> None:
        """As the settings file says; counts once it is saved."""
        if not self.saving:
            self._adjustments, self._said = Adjustments(), ""
            self._draw()

    def save(self) -> None:
        """Keep it, with who and when, and put it into force."""
        app = App.get_running_app()
        account = app.visit.session.staff
        if account is None or not self.dirty or self.saving:
            return
        before, after = app.adjusted.adjustments, self._adjustments
        names = changed(before, after, app.adjusted.defaults)
        then, now = (each.in_force(app.adjusted.defaults) for each in (before, after))
        kept = KeptAdjustments(app.clock_moment(), shown_name(account.name), account.key, after)
        noted = act_facts(
            account,
            ADJUSTED,
            "、".join(names),
            "saved",
            proven=app.proven() is not None,
            before={str(name): then[name] for name in names},
            after={str(name): now[name] for name in names},
        )

        def saved(_none: None) -> None:
            app.adjusted.take(app, kept)
            self.saving, self._said = False, "saved"
            self._draw()

        self.saving = True
        app.file_jobs.ask(
            "keep adjustments",
            lambda store: store.keep_adjustments(kept, noted),
            saved,
            self._not_saved,
        )
        self._draw()

    def _not_saved(self) -> None:
        self.saving, self._said = False, "not_saved"
        self._draw()

    def _draw(self) -> None:
        app = App.get_running_app()
        words, width, known = app.words, self.ids.results.width, app.adjusted
        self.dirty = self._adjustments.in_force(known.defaults) != known.adjustments.in_force(
            known.defaults
        )
        self.adjusted = bool(self._adjustments.values)
        if self._said:
            self.summary = words[f"adjust.{self._said}"]
        elif self.dirty:
            self.summary = words["adjust.unsaved"]
        elif known.kept is None:
            self.summary = words["adjust.never"]
        else:
            self.summary = words["adjust.last"].format(time=moment(known.kept.at), by=known.kept.by)
        if width < 10 * app.theme.body:
            return
        names = offered(
            Name, staff_only=app.staff_only, personal=app.personal, speaks=app.voice.available
        )
        widest = max(_widest(name) for name in names)
        self.ids.results.show([_row(name, self._adjustments, width, widest) for name in names])
        if self._cursor.at >= 0:
            self._cursor.mark(self.ids.results)


def told(name: Name, value: Value, words: Words) -> str:
    """A value as people read it."""
    if name in UNITS:
        return words[f"adjust.{UNITS[name]}"].format(count=value)
    if name is Name.LANGUAGE:
        return words["adjust.chinese" if value == "zh" else "adjust.english"]
    if name is Name.LARGE:
        return words["adjust.size_large" if value else "adjust.size_normal"]
    return words["adjust.on" if value else "adjust.off"]


def _widest(name: Name) -> float:
    """Of its values, so that all of them stand one below the other."""
    app = App.get_running_app()
    body = measure(app.theme.body, bold=True)
    choices = choices_of(name, app.adjusted.defaults)
    return max(body.text(told(name, each, app.words)) for each in choices) + app.theme.pad


def _row(name: Name, adjustments: Adjustments, width: float, widest: float) -> dict[str, Any]:
    app = App.get_running_app()
    theme, words, defaults = app.theme, app.words, app.adjusted.defaults
    choices = choices_of(name, defaults)
    value = adjustments.values.get(name, defaults[name])
    body = measure(theme.body, bold=True)
    room = width - 2 * theme.gap - widest - 2 * theme.chip - 4 * theme.pad
    titles = _broken(words[f"adjust.{name}"], room, body)
    text = words[f"adjust.{name}_text"]
    if name in adjustments.values:
        text += words["adjust.file_says"].format(value=told(name, defaults[name], words))
    texts = _broken(text, room, measure(theme.small))
    height = len(titles) * theme.body * STEP + len(texts) * theme.small * STEP
    at = choices.index(value)
    return {
        "name": str(name),
        "title": "\n".join(titles),
        "text": "\n".join(texts),
        "value_text": told(name, value, words),
        "value_width": widest,
        "adjusted": name in adjustments.values,
        "has_less": at > 0,
        "has_more": at < len(choices) - 1,
        "reached": False,
        "size": (width, max(round(height + 2 * theme.pad), theme.row)),
    }


def _broken(text: str, width: float, advance: Any) -> list[str]:
    return [text[start:end].strip() for start, end in break_lines(text, width - 2, advance)]


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
