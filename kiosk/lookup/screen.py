"""The lookup screen: field, choices, results."""

from datetime import datetime
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.recycleview.views import RecycleDataViewBehavior
from kivy.uix.screenmanager import Screen
from kivy.uix.textinput import TextInput

from display.notice import Notice
from kiosk.jobs import LATE_AFTER_S
from kiosk.lookup.model import (
    CATEGORIES,
    COUNT_CAP,
    PAGE_OF_RESULTS,
    TONES,
    LookupModel,
    due_tag,
    under_title,
)
from kiosk.store.bigrams import match_spans
from kiosk.widgets import rows  # noqa: F401  registers the list's rules
from kiosk.widgets.controls import Chip
from kiosk.widgets.lines import shorten
from kiosk.widgets.measure import measure

NEAR_END = 0.15
"""Part of the list that is left when the next page is asked for."""


class SearchField(TextInput):
    """One line of input; arrow keys and Enter go to the list below it."""

    def keyboard_on_key_down(self, window: Any, keycode: Any, text: str, modifiers: Any) -> bool:
        screen = App.get_running_app().screen_named("lookup")
        if keycode[1] in {"up", "down"}:
            screen.move(1 if keycode[1] == "down" else -1)
            return True
        if keycode[1] in {"enter", "numpadenter"}:
            screen.open_chosen()
            return True
        if keycode[1] == "escape":
            App.get_running_app().back()
            return True
        return bool(super().keyboard_on_key_down(window, keycode, text, modifiers))


class ResultRow(RecycleDataViewBehavior, ButtonBehavior, BoxLayout):
    """One notice: title with its hits marked, number, buyer, date, kind, what is due."""

    notice_id = StringProperty("")
    title_lines = ListProperty()
    under = StringProperty("")
    kind = StringProperty("")
    kind_tone = StringProperty("brand")
    due = StringProperty("")
    due_tone = StringProperty("attention")
    chosen = BooleanProperty(False)
    stacked = BooleanProperty(False)
    """True: the badges stand below the title, not beside it."""

    def on_press(self) -> None:
        """Remember what is under the finger: the list may move on before it lifts."""
        self._pressed = self.notice_id

    def on_release(self) -> None:
        """Open the notice that was pressed."""
        if self._pressed == self.notice_id:
            App.get_running_app().open_notice(self.notice_id)


class LookupScreen(Screen):
    """Asks the store at every change of the question."""

    model = ObjectProperty()
    nothing = ListProperty(["", ""])
    """Why there is nothing, and what to do."""

    def __init__(self, **kwargs: object) -> None:
        app = App.get_running_app()
        self.model = app.lookup_model = LookupModel()
        self._open = False
        self._pending = False
        self._enter_waits = False
        super().__init__(name="lookup", **kwargs)
        draw = self._redraw = Clock.create_trigger(lambda _dt: self._draw())
        self.model.bind(notices=draw, chosen=draw, state=draw)
        app.theme.bind(unit=draw, large=draw)
        app.bind(words=draw, portrait=draw)
        self.bind(width=draw)
        search = Clock.create_trigger(lambda _dt: self.search())
        self.model.bind(query=search, category=search, openings=search)
        self._say_busy = Clock.create_trigger(lambda _dt: self._set_busy(), LATE_AFTER_S)

    def on_kv_post(self, base: object) -> None:
        for category in CATEGORIES:
            self.ids.categories.add_widget(CategoryChip(category=category.value))
        self.ids.categories.add_widget(OpeningsChip())
        self.ids.results.bind(scroll_y=self._near_end)

    def open(self, *, openings: bool = False, query: str = "") -> None:
        """Begin with an empty question, or with what was typed on the first screen."""
        self._open = True
        self.model.reset(openings=openings, query=query)
        self.ids.field.text = query
        self.search()

    def on_pre_enter(self, *_: object) -> None:
        # on_enter comes a frame later; what is typed until then would be lost.
        self.ids.field.focus = True

    def on_pre_leave(self, *_: object) -> None:
        self.ids.field.focus = False

    @property
    def in_trouble(self) -> bool:
        """Whether the store could not answer the last question."""
        return bool(self.model.state == "trouble")

    def refresh(self, at: datetime) -> None:
        """The store has changed, or time has: ask again, keeping place."""
        # A question that is still open will be answered by the store as it is now.
        if not self._pending:
            self.search(keep=True)

    def search(self, *, keep: bool = False) -> None:
        """Ask for the first page, or for as many as are shown; count apart, afterwards."""
        if not self._open:
            return
        app, model = App.get_running_app(), self.model
        at = app.moment()
        query, filters = model.query, model.filters(at)
        limit = max(model.page, len(model.notices)) if keep else model.page
        if not keep:
            self.ids.results.to_top()
            self._enter_waits = False

        def question(store: Any) -> Any:
            hits = store.search(query, limit=limit, **filters)
            return hits, store.count("", at=at, cap=1)

        def answer(result: Any) -> None:
            hits, stored = result
            self._settled()
            model.take(hits.notices, hits.next, stored, keep=keep)
            # The same notices may hold other hits.
            self._redraw()
            if keep:
                # A further page that was on its way was given up for this answer.
                self._near_end()
            app.jobs.ask(
                "count",
                lambda store: store.count(query, cap=COUNT_CAP + 1, **filters),
                lambda count: setattr(model, "count", count),
                lambda: setattr(model, "count", -1),
            )
            if self._enter_waits:
                self.open_chosen()

        def failed() -> None:
            self._settled()
            model.state = "trouble"

        app.jobs.forget("more", "count")
        app.jobs.ask("lookup", question, answer, failed)
        self._pending = True
        self._say_busy()

    def _near_end(self, *_: object) -> None:
        if self.ids.results.scroll_y < NEAR_END:
            self.load_more()

    def load_more(self) -> None:
        """Ask for the next page of results, if there is one."""
        app, model = App.get_running_app(), self.model
        if model.next is None or self._pending:
            return
        query, filters, before = model.query, model.filters(app.moment()), model.next
        model.next = None
        app.jobs.ask(
            "more",
            lambda store: store.search(query, limit=PAGE_OF_RESULTS, before=before, **filters),
            lambda hits: model.take_more(hits.notices, hits.next),
            lambda: setattr(model, "next", before),
        )

    def move(self, step: int) -> None:
        """Arrow keys."""
        self.model.move(step)
        if self.model.chosen >= 0 and self.ids.results.data:
            self.ids.results.reveal(int(self.model.chosen))

    def scroll(self, pages: float) -> None:
        """Page keys."""
        self.ids.results.scroll_by(pages)

    def open_chosen(self) -> None:
        """Enter: the row of the arrow keys, or the first; never one of the question before."""
        self._enter_waits = self._pending
        if self.model.notices and not self._pending:
            notice = self.model.notices[max(0, int(self.model.chosen))]
            App.get_running_app().open_notice(notice.id)

    def forget(self) -> None:
        """Nothing of this visitor stays."""
        self._open = False
        self._settled()
        self._enter_waits = False
        App.get_running_app().jobs.forget("lookup", "count", "more")
        self.ids.field.text = ""
        self.ids.field.reset_undo()
        self.ids.results.to_top()
        self.model.reset()

    def _settled(self) -> None:
        self._pending = False
        self._say_busy.cancel()
        self.model.busy = False

    def _set_busy(self) -> None:
        self.model.busy = True

    def _draw(self) -> None:
        app = App.get_running_app()
        at = app.moment()
        width = self.width - 2 * app.theme.margin - 2 * app.theme.inset
        found = self.model.notices if self.model.state == "found" else []
        self.ids.results.show(
            [self._row(notice, number, width, at) for number, notice in enumerate(found)]
        )

    def _row(self, notice: Notice, number: int, width: float, at: datetime) -> dict[str, object]:
        app = App.get_running_app()
        theme, words = app.theme, app.words
        due = due_tag(notice, words, at)
        advance = measure(theme.body, bold=True)
        beside = measure(theme.least, bold=True)
        kind = words[f"kind.{notice.kind}"]
        tags = [kind] + ([due.text] if due else [])
        badges = sum(beside.text(tag) + 3 * theme.pad for tag in tags) + theme.icon + theme.gap
        stacked = app.portrait or theme.large
        room = width - theme.icon if stacked else width - badges
        parts = shorten(notice.title, room, 2, advance)
        spans = match_spans(notice.title, self.model.query)
        lines = [
            (
                notice.title[start:end].replace("\n", " ") + ("…" if cut else ""),
                [
                    (max(left, start) - start, min(right, end) - start)
                    for left, right in spans
                    if left < end and right > start
                ],
            )
            for start, end, cut in parts
        ]
        height = (
            len(lines) * theme.body * 1.3
            + theme.small * 1.4
            + (theme.badge + theme.pad * 0.5 if stacked else 0)
            + 2 * theme.pad
        )
        return {
            "notice_id": notice.id,
            "title_lines": lines,
            "under": under_title(notice, words, at),
            "kind": kind,
            "kind_tone": TONES[notice.kind],
            "due": due.text if due else "",
            "due_tone": due.tone if due else "muted",
            "chosen": number == self.model.chosen,
            "stacked": stacked,
            "size": (width, max(round(height), theme.row)),
        }


class CategoryChip(Chip):
    """One category; its word follows the language."""

    category = StringProperty("")


class OpeningsChip(Chip):
    """Only what opens today."""


Builder.load_file(str(Path(__file__).with_name("lookup.kv")), encoding="utf-8")
