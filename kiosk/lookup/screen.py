"""The lookup screen: field, choices, results."""

from datetime import datetime
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ListProperty, ObjectProperty
from kivy.uix.screenmanager import Screen

from kiosk.input.composer import Mode
from kiosk.jobs import LATE_AFTER_S
from kiosk.lookup.asking import Answer, ask, spans_of
from kiosk.lookup.count import Counting
from kiosk.lookup.filters import CATEGORIES, MENUS
from kiosk.lookup.menu import CategoryChip, ChoiceMenu, MenuChip, OpeningsChip, OpenNowChip, WayOut
from kiosk.lookup.model import (
    PAGE_OF_RESULTS,
    LookupModel,
    loosened,
    shortened,
)
from kiosk.lookup.results import LaidRows
from kiosk.widgets import rows  # noqa: F401  registers the list's rules
from kiosk.widgets.key_field import KeyField
from kiosk.widgets.keyboard import Keyboard  # noqa: F401  named in the rules

SAME_FRAME_S = 0.02
"""How long a frame may wait for the store, which mostly answers within half of it."""
NEAR_END = 0.15
"""Part of the list that is left when the next page is asked for."""


class SearchField(KeyField):
    """Arrow keys and Enter go to the list below it, unless something is composed."""

    def keyboard_on_key_down(self, window: Any, keycode: Any, text: str, modifiers: Any) -> bool:
        app = App.get_running_app()
        screen = app.screen_named("lookup")
        if not app.composer.composition:
            if keycode[1] in {"up", "down"}:
                screen.move(1 if keycode[1] == "down" else -1)
                return True
            if keycode[1] in {"enter", "numpadenter"}:
                screen.open_chosen()
                return True
            if keycode[1] == "escape":
                app.back()
                return True
        return bool(super().keyboard_on_key_down(window, keycode, text, modifiers))

    def on_touch_down(self, touch: Any) -> bool:
        if self.collide_point(*touch.pos):
            App.get_running_app().screen_named("lookup").ids.keyboard.raised = True
        return bool(super().on_touch_down(touch))


class LookupScreen(Screen):
    """Asks the store at every change of the question."""

    model = ObjectProperty()
    nothing = ListProperty(["", ""])
    """Why there is nothing, and what to do."""
    roomy = BooleanProperty(True)
    """Whether the choices have room above the keyboard."""

    def __init__(self, **kwargs: object) -> None:
        app = App.get_running_app()
        self.model = app.lookup_model = LookupModel()
        self._open = False
        self._pending = False
        self._enter_waits = False
        self._counting = Counting(app.jobs, self.model)
        self._menu: ChoiceMenu | None = None
        self._laid = LaidRows()
        super().__init__(name="lookup", **kwargs)
        draw = self._redraw = Clock.create_trigger(lambda _dt: self._draw(), -1)
        self.model.bind(notices=draw, state=draw)
        app.theme.bind(unit=draw, large=draw)
        app.bind(words=draw, portrait=draw)
        self.bind(width=draw)
        search = Clock.create_trigger(lambda _dt: self.search(), -1)
        self.model.bind(query=search, chosen=search)
        ways = Clock.create_trigger(lambda _dt: self._show_ways_out(), -1)
        self.model.bind(state=ways, query=ways, chosen=ways, stored=ways)
        app.bind(words=ways)
        self._say_busy = Clock.create_trigger(lambda _dt: self._set_busy(), LATE_AFTER_S)

    def on_kv_post(self, base: object) -> None:
        app, ids = App.get_running_app(), self.ids
        for category in CATEGORIES:
            ids.choices.add_widget(CategoryChip(category=category.value))
        ids.choices.add_widget(OpenNowChip())
        ids.choices.add_widget(OpeningsChip())
        for menu in MENUS:
            ids.choices.add_widget(MenuChip(menu=menu))
        ids.results.bind(scroll_y=self._near_end, on_scroll_stop=self._put_keys_away)
        ids.field.attach(app.composer)
        ids.field.bind(query=lambda _field, query: setattr(self.model, "query", query))
        ids.keyboard.attach(app.composer)
        fit = Clock.create_trigger(lambda _dt: self._fit_choices(), -1)
        self.bind(size=fit)
        ids.keyboard.bind(height=fit, raised=fit)
        ids.choices.bind(minimum_height=fit)
        app.theme.bind(unit=fit, large=fit)

    def open(self, *, openings: bool = False, query: str = "", keys: str = "") -> None:
        """Begin with an empty question, or with keys that were typed on the first screen.

        Today's openings are for reading, so that the keyboard waits until it is asked for.
        """
        app = App.get_running_app()
        self._open = True
        self.model.reset(openings=openings, query=query)
        app.composer.switch(Mode.PINYIN if app.language == "zh" else Mode.LATIN)
        self.ids.field.text = query
        self.ids.keyboard.raised = not openings
        self.ids.field.focus = True
        if keys:
            self.ids.field.keyboard_on_textinput(None, keys)
        self.search()

    def on_pre_enter(self, *_: object) -> None:
        # on_enter comes a frame later; what is typed until then would be lost.
        self.ids.field.focus = True

    def on_pre_leave(self, *_: object) -> None:
        self.ids.field.focus = False

    def takes(self, key: int) -> bool:
        """Escape and page keys, while something is open or composed; see `KeyField`."""
        escape, page_down, page_up = 27, 281, 280
        composer = App.get_running_app().composer
        if key == escape and self._menu is not None:
            self.close_menu()
            return True
        if key == escape:
            return bool(composer.give_up())
        if composer.composition and key in {page_down, page_up}:
            composer.page(1 if key == page_down else -1)
            return True
        return False

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
        query, filters = model.query, model.chosen.filters(app.moment())
        loose = loosened(query, self.ids.field.pieces)
        limit = max(model.page, len(model.notices)) if keep else model.page
        self._counting.stop()
        if not keep:
            self.ids.results.to_top()
            self._enter_waits = False

        def answer(told: Answer) -> None:
            self._settled()
            model.by_sound = told.hits.by_sound
            model.spans, model.found_query = told.spans, told.query
            model.take(told.hits.notices, told.hits.next, told.stored, keep=keep)
            # The same notices may hold other hits.
            self._redraw()
            if keep:
                # A further page that was on its way was given up for this answer.
                self._near_end()
            self._counting.begin(told.query, filters)
            if self._enter_waits:
                self.open_chosen()

        def failed() -> None:
            self._settled()
            model.state = "trouble"

        app.jobs.forget("more")
        self._pending = True
        self._say_busy()
        app.jobs.ask(
            "lookup",
            lambda store: ask(store, query, loose, limit, filters),
            answer,
            failed,
            # So the same frame shows a key's candidates and its results.
            wait_s=0.0 if keep else SAME_FRAME_S,
        )

    def _near_end(self, *_: object) -> None:
        if self.ids.results.scroll_y < NEAR_END:
            self.load_more()

    def load_more(self) -> None:
        """Ask for the next page of results, if there is one."""
        app, model = App.get_running_app(), self.model
        if model.next is None or self._pending:
            return
        query, before = model.found_query, model.next
        filters = model.chosen.filters(app.moment())
        model.next = None

        def question(store: Any) -> Any:
            hits = store.search(query, filters, limit=PAGE_OF_RESULTS, before=before)
            return hits, spans_of(hits, query)

        def answer(told: Any) -> None:
            hits, spans = told
            model.spans.update(spans)
            model.take_more(hits.notices, hits.next)

        app.jobs.ask("more", question, answer, lambda: setattr(model, "next", before))

    def move(self, step: int) -> None:
        """Arrow keys."""
        self.model.move(step)
        if self.model.row >= 0 and self.ids.results.data:
            self.ids.results.reveal(int(self.model.row))

    def scroll(self, pages: float) -> None:
        """Page keys."""
        self.ids.results.scroll_by(pages)

    def open_chosen(self) -> None:
        """Enter: the row of the arrow keys, or the first; never one of the question before."""
        self._enter_waits = self._pending
        if self.model.notices and not self._pending:
            notice = self.model.notices[max(0, int(self.model.row))]
            App.get_running_app().open_notice(notice.id)

    def done(self) -> None:
        """The keyboard's primary key: the results take its room."""
        self.ids.keyboard.raised = False

    def _put_keys_away(self, results: Any, touch: Any) -> None:
        """Whoever scrolls the list reads it; a tap on the field brings the keys back."""
        scrolled = touch.is_mouse_scrolling or abs(touch.y - touch.oy) > results.scroll_distance
        if scrolled and self.model.notices:
            self.ids.keyboard.raised = False

    def open_menu(self, chip: MenuChip) -> None:
        """Offer the choices of a filter below its chip."""
        self.close_menu()
        self._menu = ChoiceMenu(chip, self.model)
        self._menu.bind(on_dismiss=lambda _menu: setattr(self, "_menu", None))
        self._menu.open(animation=False)

    def close_menu(self) -> None:
        if self._menu is not None:
            self._menu.dismiss(animation=False)

    def forget(self) -> None:
        """Nothing of this visitor stays."""
        self._open = False
        self._settled()
        self._enter_waits = False
        self._counting.stop()
        app = App.get_running_app()
        app.jobs.forget("lookup", "more")
        self.close_menu()
        app.composer.forget()
        self.ids.field.clear()
        self.ids.keyboard.forget()
        self.ids.results.to_top()
        self.model.reset()

    def take_way_out(self, name: str) -> None:
        """Change the question as the empty state offers."""
        if name == "query":
            self.ids.field.text = shortened(self.model.query)
        else:
            self.model.take_way_out(name)

    def _show_ways_out(self) -> None:
        wanted = self.model.ways_out(App.get_running_app().words)
        if wanted == [(way.name, way.text) for way in reversed(self.ids.ways.children)]:
            return
        self.ids.ways.clear_widgets()
        for name, text in wanted:
            self.ids.ways.add_widget(WayOut(name=name, text=text))

    def _fit_choices(self) -> None:
        """Choices give way where the keyboard would leave less than a row and a half."""
        theme, ids = App.get_running_app().theme, self.ids
        taken = theme.header + theme.field + ids.choices.minimum_height + ids.keyboard.height
        left = self.height - taken - 2 * theme.gap - 3 * theme.pad
        self.roomy = not ids.keyboard.raised or left >= 1.5 * theme.row

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
        self.ids.results.show(self._laid.of(self.model, width, at))


Builder.load_file(str(Path(__file__).with_name("lookup.kv")), encoding="utf-8")
