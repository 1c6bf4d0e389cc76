"""The screen on which a form is filled in, looked through and handed in."""

import logging
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from kivy.app import App
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout
from kivy.uix.recycleview.views import RecycleDataViewBehavior
from kivy.uix.screenmanager import Screen
from kivy.uix.widget import Widget

from display.local_time import SHANGHAI
from kiosk import words as said
from kiosk.entry.checks import Path
from kiosk.entry.desk import Desk, FilePicker, SavedDraft, Staged
from kiosk.entry.fields import FieldBox, RepeatedBox, Stop, Tools, field_box, is_wide
from kiosk.entry.inputs import EntryInput, Inputs
from kiosk.entry.model import EntryModel
from kiosk.entry.reviewing import rows_of
from kiosk.input.composer import Mode
from kiosk.private.wording import in_words
from kiosk.sync.form import FieldKind, Form, FormField, Prefill
from kiosk.widgets import rows  # noqa: F401  registers the list's rules
from kiosk.widgets.controls import PrimaryButton
from kiosk.widgets.icons import Sign
from kiosk.widgets.keyboard import Keyboard  # noqa: F401  named in the rules
from kiosk.widgets.measure import measure

if TYPE_CHECKING:
    from kiosk.private.transfer import Transfer

log = logging.getLogger(__name__)

PAUSE_S = 2.0
"""Without a key; then what was typed so far is saved too."""
LOOK_S = 1.0
SETTLED_AFTER = 24
"""Frames; boxes within boxes hand sizes on to each other from one frame to the next."""
ESCAPE = 27
PAGE_KEYS = {281: 0.9, 280: -0.9}
PROVEN_YEAR = 2000
"""The app's moment lies before it while no clock is proven."""


class StepTab(ButtonBehavior, BoxLayout):
    """A step in the bar at the top; a tap goes there."""

    text = StringProperty("")
    number = NumericProperty(0)
    current = BooleanProperty(False)
    passed = BooleanProperty(False)
    faulty = BooleanProperty(False)
    """Whether something in it must be put right."""


class DraftLine(BoxLayout):
    """Whether the draft is kept, and who can see it."""

    text = StringProperty("")
    more = StringProperty("")
    bad = BooleanProperty(False)
    stacked = BooleanProperty(False)


class PrimaryStop(Stop, PrimaryButton):
    """The one main action, which Tab reaches."""

    def entered(self) -> None:
        self.act()

    def act(self) -> None:
        if not self.disabled:
            self.dispatch("on_release")


class ReviewHeading(RecycleDataViewBehavior, BoxLayout):
    """The name of a step, above its values."""

    title = StringProperty("")


class ReviewRow(RecycleDataViewBehavior, ButtonBehavior, BoxLayout):
    """A value in the list before handing in; a tap changes it."""

    path = ObjectProperty(())
    label = StringProperty("")
    text = StringProperty("")
    fault = StringProperty("")
    stacked = BooleanProperty(False)

    def on_release(self) -> None:
        App.get_running_app().screen_named("form").edit(self.path)


class FormScreen(Screen):
    """One form of one visitor."""

    model = ObjectProperty()
    title = StringProperty("")
    filling = BooleanProperty(True)
    """False once it is handed in."""
    reviewing = BooleanProperty(False)
    faulty = BooleanProperty(False)
    narrow = BooleanProperty(False)
    """Whether there is room for one column only."""
    has_previous = BooleanProperty(False)
    primary_text = StringProperty("")
    asked_text = StringProperty("")
    draft_text = StringProperty("")
    draft_bad = BooleanProperty(False)
    end_icon = StringProperty("")
    end_title = StringProperty("")
    end_text = StringProperty("")
    picker = ObjectProperty(None, allownone=True)
    """A `FilePicker`; without one, files are handed in at the desk."""

    def __init__(self, **kwargs: Any) -> None:
        app = App.get_running_app()
        self.model = EntryModel()
        self._desk: Desk | None = None
        self._inputs = Inputs()
        self._tools = Tools(self.model, self._inputs)
        self._tools.edited, self._tools.focused = self._edited, self._focused
        self._tools.moved, self._tools.pick = self._move, self._pick
        self._boxes: list[FieldBox] = []
        self._at: tuple[Path, int] | None = None
        """The field with the cursor, and which of its stops."""
        self._wants_keys = True
        """Whether the visitor has the keyboard on screen up."""
        self._reviewed = False
        """Whether the visitor came back from the review to put something right."""
        self._submission = ""
        self._transfer: Transfer | None = None
        self._build = Clock.create_trigger(lambda _dt: self._build_step(), -1)
        self._look = Clock.create_trigger(lambda _dt: self._refresh_looks(), -1)
        self._reveal = Clock.create_trigger(lambda _dt: self._reveal_field(), 0)
        self._unsettled = 0
        """Frames in which sizes may still be handed on from one widget to the next."""
        self._pause = Clock.create_trigger(lambda _dt: self._save(), PAUSE_S)
        self._following: Any = None
        super().__init__(name="form", **kwargs)
        self.model.bind(form=self._build, step=self._build, shape=self._build)
        self.model.bind(touched=self._look, saved=self._look, state=self._look)
        app.theme.bind(unit=self._fit, large=self._fit)
        app.bind(words=self._build, portrait=self._fit)
        self._fit()

    def on_kv_post(self, base: object) -> None:
        ids = self.ids
        ids.keyboard.attach(App.get_running_app().composer)
        ids.keyboard.bind(height=self._reveal)
        ids.pages.bind(size=self._reveal)
        ids.content.bind(height=self._reveal)
        for button in (ids.previous, ids.primary):
            button.moved = lambda step, button=button: self._move(button, step)
        self.bind(width=lambda *_: self._build())

    # Beginning and ending

    def begin(self, desk: Desk, form: Form, draft: SavedDraft | None) -> None:
        """Open an empty form, or go on with a draft of this version."""
        self._desk = desk
        self._wants_keys, self._reviewed, self._at = True, False, None
        self._submission, self._transfer = "", None
        if draft is None:
            identity = desk.visitor.identity
            self.model.begin(form, {Prefill.NAME: identity.name, Prefill.NUMBER: identity.number})
        else:
            self.model.resume(form, draft.step, draft.values)
        self._build_step()

    def forget(self) -> None:
        """Nothing of this visitor stays; a change that was not saved yet is saved for its owner."""
        if self._desk is not None:
            if self._pause.is_triggered:
                self._save()
            self._desk.forget()
        self._pause.cancel()
        self._stop_following()
        self._desk, self._at = None, None
        self._submission, self._transfer = "", None
        self.model.forget()
        App.get_running_app().composer.forget()
        self._inputs.rest()
        self._boxes = []
        self.ids.content.clear_widgets()
        self.ids.review.show([])
        self.ids.review.to_top()
        self.ids.keyboard.forget()
        self.title = self.asked_text = self.primary_text = ""
        self.end_icon = self.end_title = self.end_text = ""
        self._build.cancel()

    def on_pre_enter(self, *_: object) -> None:
        self.ids.keyboard.lead()
        self._focus_first()

    def on_pre_leave(self, *_: object) -> None:
        for box in self._boxes:
            for stop in box.stops:
                stop.focus = False

    @property
    def in_trouble(self) -> bool:
        """The store of notices has no part in it."""
        return False

    def refresh(self, _at: datetime) -> None:
        """A new minute may be a new day."""
        self._look()

    def scroll(self, pages: float) -> None:
        """Page keys."""
        if self.reviewing:
            self.ids.review.scroll_by(pages)
            return
        view = self.ids.pages
        hidden = self.ids.content.height - view.height
        if hidden > 0:
            view.scroll_y = min(1.0, max(0.0, view.scroll_y - pages * view.height / hidden))

    def takes(self, key: int) -> bool:
        """Escape gives up what is composed, then puts the keys away; page keys scroll."""
        composer = App.get_running_app().composer
        if key == ESCAPE:
            if composer.give_up():
                return True
            if self.ids.keyboard.raised:
                self.ids.keyboard.raised = False
                return True
            return False
        if key in PAGE_KEYS and composer.composition:
            composer.page(1 if PAGE_KEYS[key] > 0 else -1)
            return True
        return False

    # Buttons

    def primary(self) -> None:
        """The main button: on, back to the review, to the first error, or hand in."""
        model = self.model
        if model.state == "handed_in":
            App.get_running_app().home()
        elif model.reviewing:
            faults = model.faults(self._today())
            if faults:
                self.edit(faults[0].path)
            else:
                self._hand_in()
        else:
            self._settle()
            faults = model.next(self._today())
            if faults:
                self._go_to(faults[0].path)
            elif self._reviewed:
                model.go(len(model.form.steps))
            self._save()

    def previous(self) -> None:
        """One step back."""
        self._settle()
        self.model.go(max(0, int(self.model.step) - 1))
        self._save()

    def go(self, step: int) -> None:
        """A tap on the bar of steps."""
        self._settle()
        self.model.go(step)
        self._save()

    def edit(self, path: Path) -> None:
        """Change one value of the review, and come back from there."""
        self._reviewed = True
        self.model.go(self.model.step_of(path))
        self._build_step()
        self._go_to(path)

    def keys_done(self) -> None:
        """The keyboard's primary key: on to the next field."""
        stop = self._stop_at()
        if stop is not None:
            self._move(stop, 1)

    def keys_changed(self) -> None:
        """The keyboard came or went, by its own key too."""
        app = App.get_running_app()
        app.keys_raised = self.ids.keyboard.raised
        stop = self._stop_at()
        if isinstance(stop, EntryInput) and stop.focus:
            self._wants_keys = self.ids.keyboard.raised

    # Building a step

    def _fit(self, *_: object) -> None:
        app = App.get_running_app()
        self.narrow = app.portrait or app.theme.large
        self._build()

    def _build_step(self) -> None:
        """Show the step, or the review; the cursor stays where it was, if that is still there."""
        self._build.cancel()
        app, model = App.get_running_app(), self.model
        at = self._at
        self._inputs.rest()
        self._boxes = []
        content = self.ids.content
        content.clear_widgets()
        self.filling = model.state not in {"handed_in"}
        self.reviewing = model.reviewing
        if model.form is None:
            return
        name = model.form.title.in_language(app.language)
        # Beside the visitor's chip a narrow header has room for the form's name only.
        self.title = name if self.narrow else app.words["entry.title_of"].format(form=name)
        self.has_previous = model.step > 0
        self._build_tabs()
        self._tools.columns = 1 if self.narrow else 2
        grid: GridLayout | None = None
        for each in model.fields:
            made = field_box((each.name,), each, model.value((each.name,)), self._tools)
            made.note_lines = 2 if self.narrow and each.kind is FieldKind.AMOUNT else 1
            self._boxes.append(made)
            if is_wide(each) or self.narrow:
                content.add_widget(made)
                grid = None
                continue
            if grid is None or len(grid.children) == 2:
                grid = _pair(app.theme.gap * 1.5)
                content.add_widget(grid)
            grid.add_widget(made)
        for row in content.children:
            if isinstance(row, GridLayout) and len(row.children) == 1:
                row.add_widget(Widget(size_hint_y=None, height=0))
        self._refresh_looks()
        self._unsettled = SETTLED_AFTER
        if self.reviewing:
            self.ids.keyboard.raised = False
            self._at = None
        elif app.shown == self.name:
            self._at = at
            if self._stop_at() is None:
                self.ids.pages.scroll_y = 1.0
                self._focus_first()
            else:
                self._focus(self._stop_at())

    def _build_tabs(self) -> None:
        app, model, tabs = App.get_running_app(), self.model, self.ids.tabs
        names = [step.title.in_language(app.language) for step in model.form.steps]
        names.append(app.words["entry.review"])
        texts = [f"{number} {name}" for number, name in enumerate(names, start=1)]
        width_of = measure(app.theme.small, bold=True)
        room = (self.width - 2 * app.theme.margin) / len(texts) - app.theme.pad
        tight = any(width_of.text(f"{text} !") > room for text in texts)
        tabs.clear_widgets()
        faulty = {model.step_of(fault.path) for fault in model.faults(self._today())}
        for number, text in enumerate(texts):
            current = number == model.step
            reached = number < model.reached and not current
            tab = StepTab(
                text=text if current or not tight else str(number + 1),
                number=number,
                current=current,
                passed=reached and number not in faulty,
                faulty=reached and number in faulty,
                size_hint_x=1 if not tight else (len(texts) if current else 1),
            )
            tab.bind(on_release=lambda tab: self.go(int(tab.number)))
            tabs.add_widget(tab)

    def _refresh_looks(self) -> None:
        """Ticks, red edges, words below, and what the main button does."""
        self._look.cancel()
        app, model = App.get_running_app(), self.model
        if model.form is None:
            return
        today = self._today()
        for box in self._all_boxes():
            look = model.look(box.path, app.words, today)
            box.refresh(look.tone, look.text, look.remark)
        self.draft_text = model.saved_text(app.words)
        self.draft_bad = model.saved == "failed"
        self.reviewing = model.reviewing
        self.filling = model.state != "handed_in"
        if model.reviewing:
            self._show_review(today)
        self._say_primary()
        self._say_end()

    def _show_review(self, today: date | None) -> None:
        app, model = App.get_running_app(), self.model
        steps = model.review(app.words, app.language, today)
        count = sum(bool(line.fault) for lines in steps for line in lines)
        self.faulty = bool(count)
        text = app.words["entry.faults"].format(count=count) if count else app.words["entry.look"]
        if model.state == "refused":
            text = app.words["entry.refused"]
            self.faulty = True
        self.asked_text = text
        titles = [step.title.in_language(app.language) for step in model.form.steps]
        room = self.width - 2 * app.theme.margin
        self.ids.review.show(rows_of(titles, steps, app.theme, room, stacked=self.narrow))

    def _say_primary(self) -> None:
        words, model = App.get_running_app().words, self.model
        if model.state == "handing_in":
            self.primary_text = ""
        elif model.state == "handed_in":
            self.primary_text = words["entry.home"]
        elif not model.reviewing:
            self.primary_text = words["entry.back_to_review" if self._reviewed else "entry.next"]
        elif self.faulty and model.state != "refused":
            self.primary_text = words["entry.first_fault"]
        else:
            self.primary_text = words["entry.hand_in"]

    def _say_end(self) -> None:
        """What became of it, once it is handed in; nothing is called delivered too early."""
        words, model = App.get_running_app().words, self.model
        if model.state != "handed_in":
            self.end_icon = self.end_title = self.end_text = ""
            return
        transfer = self._transfer
        delivered = transfer is not None and transfer.state == "delivered"
        self.end_icon = Sign.DONE.value if delivered else Sign.WAIT.value
        self.end_title = words["outbox.waiting"] if transfer is None else in_words(words, transfer)
        self.end_text = words["entry.delivered_text" if delivered else "entry.handed_in_text"]

    # Where the cursor is

    def _all_boxes(self) -> list[FieldBox]:
        inner = [each for box in self._boxes if isinstance(box, RepeatedBox) for each in box.inner]
        return [*self._boxes, *inner]

    def _stops(self) -> list[Any]:
        buttons = [self.ids.primary]
        if self.has_previous:
            buttons.append(self.ids.previous)
        return [stop for box in self._boxes for stop in box.stops] + buttons

    def _stop_at(self) -> Any:
        if self._at is None:
            return None
        path, number = self._at
        for box in self._all_boxes():
            if box.path == path and number < len(box.stops):
                return box.stops[number]
        return None

    def _focus_first(self) -> None:
        """The first field that is empty, or the first one."""
        if self.model.form is None or self.reviewing or not self._boxes:
            return
        boxes = [box for box in self._all_boxes() if box.stops and box not in self._groups()]
        empty = [box for box in boxes if self.model.value(box.path) in (None, "", [])]
        if boxes:
            self._focus((empty or boxes)[0].stops[0])

    def _groups(self) -> list[FieldBox]:
        return [box for box in self._boxes if isinstance(box, RepeatedBox) and box.inner]

    def _go_to(self, path: Path) -> None:
        """The cursor into a field, whose fault is shown."""
        boxes = {box.path: box for box in self._all_boxes()}
        found = boxes.get(path) or boxes.get(path[:1])
        if found is not None and found.stops:
            self._focus(found.stops[0])

    def _focus(self, stop: Any) -> None:
        stop.focus = True
        if isinstance(stop, EntryInput):
            stop.cursor = stop.get_cursor_from_index(len(stop.text))
        self._reveal()

    def _focused(self, box: FieldBox, stop: Any, focus: bool) -> None:
        """A field got or lost the cursor, by a finger too."""
        if self._desk is None:
            return
        if not focus:
            self.model.leave(box.path)
            if self._pause.is_triggered:
                self._save()
            return
        keyboard, composer = self.ids.keyboard, App.get_running_app().composer
        self._at = (box.path, box.stops.index(stop))
        if isinstance(stop, EntryInput):
            chinese = stop.of in {FieldKind.TEXT, FieldKind.LONG_TEXT}
            english = App.get_running_app().language == "en"
            composer.switch(Mode.PINYIN if chinese and not english else Mode.LATIN)
            keyboard.field = stop
            keyboard.raised = self._wants_keys
        else:
            keyboard.raised = False
        self._reveal()

    def _move(self, stop: Any, step: int) -> None:
        """Tab and Enter: the next stop, or the one before."""
        self._settle()
        stops = self._stops()
        if stop not in stops:
            return
        at = stops.index(stop) + step
        if 0 <= at < len(stops):
            stop.focus = False
            self._focus(stops[at])

    def _settle(self) -> None:
        """What is composed is taken before the cursor leaves."""
        stop = self._stop_at()
        if isinstance(stop, EntryInput):
            stop.settle()

    def _reveal_field(self) -> None:
        """Scroll as little as needed to show the field with its label and its words."""
        path = self._at[0] if self._at is not None else None
        box = next((each for each in self._all_boxes() if each.path == path), None)
        self._unsettled = max(0, self._unsettled - 1)
        if self._unsettled:
            self._reveal()
        view, content = self.ids.pages, self.ids.content
        hidden = content.height - view.height
        if box is None or hidden <= 0:
            view.scroll_y = 1.0
            return
        foot = box.to_window(*box.pos)[1] - content.to_window(*content.pos)[1]
        top = content.height - (foot + box.height)
        offset = (1.0 - view.scroll_y) * hidden
        if foot + box.height > content.height - offset or box.height > view.height:
            offset = top - App.get_running_app().theme.pad * 0.5
        elif foot < hidden - offset:
            offset = hidden - foot
        view.scroll_y = 1.0 - min(1.0, max(0.0, offset / hidden))

    # What leaves the screen

    def _edited(self, path: Path, value: Any) -> None:
        self.model.put(path, value)
        self._pause()

    def _save(self) -> None:
        """Keep the draft, encrypted, for its owner only."""
        self._pause.cancel()
        desk, model = self._desk, self.model
        if desk is None or model.form is None or model.state != "filling":
            return
        app = App.get_running_app()
        at = app.clock_moment()

        def saved() -> None:
            model.saved_clock = said.clock(at)
            model.saved = "saved"
            self._look()

        desk.save(model.form, int(model.step), model.draft(), at, saved, self._not_saved)

    def _not_saved(self) -> None:
        self.model.saved = "failed"

    def _pick(self, field: FormField, most: int) -> None:
        """Let the visitor choose files for a field."""
        app = App.get_running_app()
        title = field.hints.label.in_language(app.language)
        picker: FilePicker | None = self.picker
        if picker is None:
            app.point_to_desk(title)
            return
        desk = self._desk

        def chosen(files: Sequence[Staged]) -> None:
            if desk is self._desk and files:
                self.model.attach(field.name, files)

        picker(title, most, chosen)

    def _hand_in(self) -> None:
        desk, model = self._desk, self.model
        if desk is None or model.state == "handing_in":
            return
        app = App.get_running_app()
        values, files = model.content()
        self._pause.cancel()
        model.state = "handing_in"

        def handed(submission: str) -> None:
            model.state = "handed_in"
            model.saved = "nothing"
            self._submission = submission
            self._follow()
            self._following = Clock.schedule_interval(lambda _dt: self._follow(), LOOK_S)

        def failed() -> None:
            model.state = "refused"
            self._look()

        desk.hand_in(model.form, app.language, values, files, app.clock_moment(), handed, failed)

    def _follow(self) -> None:
        """How the submission is by now."""
        if self._desk is None:
            return

        def answer(transfer: "Transfer | None") -> None:
            self._transfer = transfer
            self._look()

        self._desk.progress(self._submission, answer, lambda: None)

    def _stop_following(self) -> None:
        if self._following is not None:
            self._following.cancel()
            self._following = None

    def _today(self) -> date | None:
        moment = App.get_running_app().moment()
        return moment.astimezone(SHANGHAI).date() if moment.year >= PROVEN_YEAR else None


def _pair(between: float) -> GridLayout:
    grid = GridLayout(cols=2, spacing=(between, 0), size_hint_y=None)
    follow: Callable[..., None] = grid.setter("height")
    grid.bind(minimum_height=follow)
    return grid


Builder.load_file(str(FilePath(__file__).with_name("form.kv")), encoding="utf-8")
