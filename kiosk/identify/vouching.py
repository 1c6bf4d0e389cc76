"""The page on which a member of staff enters who the visitor is."""

import time
from datetime import date
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout

from display.local_time import SHANGHAI
from kiosk import words
from kiosk.entry.box import FieldBox, Tools
from kiosk.entry.fields import field_box
from kiosk.entry.inputs import EntryInput, Inputs
from kiosk.entry.model import EntryModel, Tone
from kiosk.entry.stops import PrimaryStop  # noqa: F401  named in the rules
from kiosk.identify.assist import DOCUMENTS, GUIDES, AssistModel, Entered
from kiosk.identify.signs import role_in
from kiosk.input.composer import Mode
from kiosk.sync.form import FieldKind, FormField, Hints, Said
from kiosk.widgets.keyboard import Keyboard  # noqa: F401  named in the rules

LIMIT_S = 180.0
"""From the card to the confirmation; whoever laid it may have gone away."""
TELL_S = 60
"""The time that is left is told from here on."""
KINDS = {
    Entered.DOCUMENT: FieldKind.CHOICE,
    Entered.NAME: FieldKind.TEXT,
    Entered.NUMBER: FieldKind.ID_NUMBER,
    Entered.ROLE: FieldKind.CHOICE,
    Entered.SEEN: FieldKind.STATEMENT,
}
ESCAPE = 27
PAGE_KEYS = {280: -1, 281: 1}


class VouchPage(BoxLayout):
    """Document, name, number, role, and that the original was seen."""

    model = ObjectProperty(None, rebind=True)
    left_text = StringProperty("")
    keeping = BooleanProperty(False)
    """Whether the record is being kept."""

    __events__ = ("on_confirmed", "on_late")

    def __init__(self, model: AssistModel, **kwargs: Any) -> None:
        self._inputs = Inputs()
        self._tools = Tools(EntryModel(), self._inputs)
        self._tools.edited, self._tools.focused = self._edited, self._focused
        self._tools.moved = self._move
        self._boxes: dict[Entered, FieldBox] = {}
        self._at: Any = None
        self._wants_keys = True
        """Whether the keyboard on screen is up for what is typed into."""
        self._until = 0.0
        self._counting: Any = None
        self._build = Clock.create_trigger(lambda _dt: self._build_fields(), -1)
        self._reveal = Clock.create_trigger(lambda _dt: self._reveal_field(), 0)
        super().__init__(model=model, **kwargs)
        app = App.get_running_app()
        app.bind(words=self._build, portrait=self._build)
        app.theme.bind(large=self._build)
        model.bind(touched=self._look, trouble=self._look)

    def on_kv_post(self, base: object) -> None:
        ids = self.ids
        ids.keyboard.attach(App.get_running_app().composer)
        ids.keyboard.bind(height=self._reveal)
        ids.pages.bind(size=self._reveal)
        ids.content.bind(height=self._reveal)
        ids.confirm.moved = lambda step: self._move(ids.confirm, step)

    def on_confirmed(self) -> None:
        """Everything is entered and confirmed."""

    def on_late(self) -> None:
        """The staff member's card was laid too long ago."""

    def begin(self) -> None:
        """The model has begun."""
        self.keeping, self._wants_keys = False, True
        self._until = time.monotonic() + LIMIT_S
        self._counting = Clock.schedule_interval(lambda _dt: self._count(), 1.0)
        self.ids.keyboard.lead()
        self._build_fields()
        self._focus(self._boxes[Entered.NAME].stops[0])

    def forget(self) -> None:
        """Nothing of anybody stays."""
        if self._counting is not None:
            self._counting.cancel()
            self._counting = None
        self._build.cancel()
        self._reveal.cancel()
        self._at = None
        for box in self._boxes.values():
            for stop in box.stops:
                stop.focus = False
        self.ids.confirm.focus = False
        self._inputs.rest()
        self._boxes = {}
        self.ids.content.clear_widgets()
        App.get_running_app().composer.forget()
        self.ids.keyboard.forget()
        self.left_text, self.keeping = "", False

    def takes(self, key: int) -> bool:
        """Escape gives up what is composed, then puts the keys away."""
        composer = App.get_running_app().composer
        if key == ESCAPE:
            if composer.give_up():
                return True
            if self.ids.keyboard.raised:
                self.ids.keyboard.raised = False
                return True
        elif key in PAGE_KEYS and composer.composition:
            composer.page(PAGE_KEYS[key])
            return True
        return False

    def confirm(self) -> None:
        """The main button: to what must be put right, or on."""
        if self.keeping:
            return
        self._settle()
        fault = self.model.first_fault(self._today())
        if fault is None:
            self.keeping = True
            self.dispatch("on_confirmed")
        else:
            self._focus(self._boxes[fault].stops[0])

    def keys_changed(self) -> None:
        """The keyboard came or went, by its own key too."""
        App.get_running_app().keys_raised = self.ids.keyboard.raised
        if isinstance(self._at, EntryInput) and self._at.focus:
            self._wants_keys = self.ids.keyboard.raised

    def keys_done(self) -> None:
        """The keyboard's primary key: on to the next field."""
        if self._at is not None:
            self._move(self._at, 1)

    # Fields

    def _build_fields(self) -> None:
        self._build.cancel()
        at = self._boxes_at()
        self._inputs.rest()
        self._boxes = {}
        content = self.ids.content
        content.clear_widgets()
        if not self.model.begun:
            return
        app = App.get_running_app()
        pair = None
        for entered in Entered:
            field = self._field(entered)
            value = self.model.value(entered)
            box = field_box((entered.value,), field, value, self._tools)
            self._boxes[entered] = box
            if entered in GUIDES and not (app.portrait or app.theme.large):
                if pair is None:
                    pair = _pair(app.theme.gap * 1.5)
                    content.add_widget(pair)
                pair.add_widget(box)
            else:
                content.add_widget(box)
        self._look()
        if at is not None:
            self._focus(self._boxes[at].stops[0])

    def _field(self, entered: Entered) -> FormField:
        options: dict[str, Said] = {}
        if entered is Entered.DOCUMENT:
            options = {each.value: _said(name) for each, name in DOCUMENTS.items()}
        elif entered is Entered.ROLE:
            zh, en = words.load("zh"), words.load("en")
            options = {
                role.value: Said(zh=role_in(zh, role), en=role_in(en, role))
                for role in self.model.roles
            }
        hint = _said(GUIDES[entered]) if entered in GUIDES else None
        hints = Hints(label=_said(entered.value), hint=hint, options=options)
        return FormField(entered.value, KINDS[entered], hints, options=tuple(options))

    def _look(self, *_: object) -> None:
        said, today = App.get_running_app().words, self._today()
        for entered, box in self._boxes.items():
            tone, note = self.model.look(entered, today)
            box.refresh(Tone(tone), said[f"assist.{note}"] if note else "", False)

    def _today(self) -> date | None:
        proven = App.get_running_app().proven()
        return None if proven is None else proven.astimezone(SHANGHAI).date()

    def _edited(self, path: tuple[str | int, ...], value: Any) -> None:
        self.model.put(Entered(str(path[0])), value)

    # Where the cursor is

    def _stops(self) -> list[Any]:
        return [*(stop for box in self._boxes.values() for stop in box.stops), self.ids.confirm]

    def _boxes_at(self) -> Entered | None:
        found = (each for each, box in self._boxes.items() if self._at in box.stops)
        return next(found, None)

    def _focus(self, stop: Any) -> None:
        stop.focus = True
        if isinstance(stop, EntryInput):
            stop.cursor = stop.get_cursor_from_index(len(stop.text))
        self._reveal()

    def _focused(self, box: FieldBox, stop: Any, focus: bool) -> None:
        """A field got or lost the cursor, by a finger too."""
        if not self.model.begun:
            return
        if not focus:
            self.model.leave(Entered(str(box.path[0])))
            return
        keyboard, app = self.ids.keyboard, App.get_running_app()
        self._at = stop
        if isinstance(stop, EntryInput):
            chinese = stop.of is FieldKind.TEXT and app.language != "en"
            app.composer.switch(Mode.PINYIN if chinese else Mode.LATIN)
            keyboard.field = stop
            keyboard.raised = self._wants_keys
        else:
            keyboard.raised = False
        self._reveal()

    def _move(self, stop: Any, step: int) -> None:
        """Tab and Enter: the next stop, or the one before."""
        self._settle()
        stops = self._stops()
        at = stops.index(stop) + step if stop in stops else 0
        if 0 <= at < len(stops):
            stop.focus = False
            if stops[at] is self.ids.confirm:
                self._at = None
                self.ids.keyboard.raised = False
            self._focus(stops[at])

    def _settle(self) -> None:
        if isinstance(self._at, EntryInput):
            self._at.settle()

    def _reveal_field(self) -> None:
        at = self._boxes_at()
        view, content = self.ids.pages, self.ids.content
        if content.height <= view.height:
            view.scroll_y = 1.0
        elif at is not None:
            view.scroll_to(self._boxes[at], padding=0, animate=False)

    def _count(self) -> None:
        left = self._until - time.monotonic()
        if left <= 0:
            if not self.keeping:
                self.dispatch("on_late")
            return
        said = App.get_running_app().words["assist.left"]
        self.left_text = said.format(seconds=round(left)) if left <= TELL_S else ""


def _said(name: str) -> Said:
    """The word of section assist, in both languages."""
    return Said(zh=words.load("zh")[f"assist.{name}"], en=words.load("en")[f"assist.{name}"])


def _pair(spacing: float) -> GridLayout:
    grid = GridLayout(cols=2, spacing=(spacing, 0), size_hint_y=None)
    grid.bind(minimum_height=grid.setter("height"))
    return grid


Builder.load_file(str(Path(__file__).with_name("vouch.kv")), encoding="utf-8")
