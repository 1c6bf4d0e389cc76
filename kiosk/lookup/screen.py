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
from kiosk.widgets.controls import Chip
from kiosk.widgets.lines import shorten
from kiosk.widgets.measure import measure


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


class LookupScreen(Screen):
    """Asks the store at every change of the question."""

    model = ObjectProperty()

    def __init__(self, **kwargs: object) -> None:
        app = App.get_running_app()
        self.model = app.lookup_model = LookupModel()
        super().__init__(name="lookup", **kwargs)
        draw = Clock.create_trigger(lambda _dt: self._draw())
        self.model.bind(notices=draw, chosen=draw, state=draw)
        app.theme.bind(unit=draw, large=draw)
        app.bind(words=draw, portrait=draw)
        self.bind(width=draw)
        search = Clock.create_trigger(lambda _dt: self.search())
        self.model.bind(query=search, category=search, openings=search)

    def on_kv_post(self, base: object) -> None:
        for category in CATEGORIES:
            self.ids.categories.add_widget(CategoryChip(category=category.value))
        self.ids.categories.add_widget(OpeningsChip())

    def open(self, *, openings: bool = False, query: str = "") -> None:
        """Begin with an empty question, or with what was typed on the first screen."""
        self.model.reset(openings=openings, query=query)
        self.ids.field.text = query
        self.ids.results.scroll_y = 1.0
        self.search()

    def on_enter(self, *_: object) -> None:
        self.ids.field.focus = True

    def on_pre_leave(self, *_: object) -> None:
        self.ids.field.focus = False

    def refresh(self, at: datetime) -> None:
        """The store has changed: ask again, keeping place."""
        self.search(keep=True)

    def search(self, *, keep: bool = False) -> None:
        """Ask for the first page, or for as many as are shown; count apart, afterwards."""
        app, model = App.get_running_app(), self.model
        at = app.moment()
        query, filters = model.query, model.filters(at)
        limit = max(PAGE_OF_RESULTS, len(model.notices)) if keep else PAGE_OF_RESULTS
        if not keep:
            self.ids.results.scroll_y = 1.0

        def question(store: Any) -> Any:
            hits = store.search(query, limit=limit, **filters)
            return hits, store.count("", at=at, cap=1)

        def answer(result: Any) -> None:
            hits, stored = result
            chosen = model.chosen
            model.take(hits.notices, hits.next, stored)
            if keep:
                model.chosen = min(chosen, len(model.notices) - 1)
            app.jobs.ask(
                "count",
                lambda store: store.count(query, cap=COUNT_CAP + 1, **filters),
                lambda count: setattr(model, "count", count),
            )

        app.jobs.forget("more")
        app.jobs.ask("lookup", question, answer)

    def load_more(self) -> None:
        """Ask for the next page; the list calls this near its end."""
        app, model = App.get_running_app(), self.model
        if model.next is None:
            return
        query, filters, before = model.query, model.filters(app.moment()), model.next
        model.next = None
        app.jobs.ask(
            "more",
            lambda store: store.search(query, limit=PAGE_OF_RESULTS, before=before, **filters),
            lambda hits: model.take_more(hits.notices, hits.next),
        )

    def move(self, step: int) -> None:
        """Arrow keys."""
        self.model.move(step)
        self._scroll_to_chosen()

    def open_chosen(self) -> None:
        """Enter: the row of the arrow keys, or the first."""
        if self.model.notices:
            notice = self.model.notices[max(0, int(self.model.chosen))]
            App.get_running_app().open_notice(notice.id)

    def forget(self) -> None:
        """Nothing of this visitor stays."""
        App.get_running_app().jobs.forget("lookup")
        self.model.reset()
        self.ids.field.text = ""
        self.ids.field._undo = self.ids.field._redo = []

    def _draw(self) -> None:
        app = App.get_running_app()
        at = app.moment()
        width = self.width - 2 * app.theme.margin - 2 * app.theme.inset
        self.ids.results.data = [
            self._row(notice, number, width, at) for number, notice in enumerate(self.model.notices)
        ]

    def _row(self, notice: Notice, number: int, width: float, at: datetime) -> dict[str, object]:
        app = App.get_running_app()
        theme, words = app.theme, app.words
        due = due_tag(notice, words, at)
        advance = measure(theme.body, bold=True)
        beside = measure(theme.least, bold=True)
        kind = words[f"kind.{notice.kind}"]
        tags = [kind] + ([due.text] if due else [])
        badges = sum(beside.text(tag) + 3 * theme.pad for tag in tags) + theme.icon + theme.gap
        room = width - theme.icon if app.portrait else width - badges
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
            + (theme.badge + theme.pad * 0.5 if app.portrait else 0)
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
            "size": (width, max(round(height), theme.row)),
        }

    def _scroll_to_chosen(self) -> None:
        results = self.ids.results
        heights = [row["size"][1] for row in results.data]
        total = sum(heights)
        if total <= results.height or self.model.chosen < 0:
            return
        number = int(self.model.chosen)
        top = sum(heights[:number])
        bottom = top + heights[number]
        hidden = total - results.height
        offset = (1 - results.scroll_y) * hidden
        if top < offset:
            results.scroll_y = 1 - top / hidden
        elif bottom > offset + results.height:
            results.scroll_y = 1 - (bottom - results.height) / hidden


class CategoryChip(Chip):
    """One category; its word follows the language."""

    category = StringProperty("")


class OpeningsChip(Chip):
    """Only what opens today."""


Builder.load_file(str(Path(__file__).with_name("lookup.kv")), encoding="utf-8")
