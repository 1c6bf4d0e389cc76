"""The screen on which a form is filled in, looked through and handed in."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path as FilePath
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout
from kivy.uix.screenmanager import Screen
from kivy.uix.widget import Widget

from display.local_time import SHANGHAI
from kiosk import words as said
from kiosk.entry.box import FieldBox, Tools
from kiosk.entry.checks import Path
from kiosk.entry.cursor import Cursor
from kiosk.entry.desk import Desk, SavedDraft
from kiosk.entry.fields import field_box, is_wide
from kiosk.entry.inputs import Inputs
from kiosk.entry.model import EntryModel
from kiosk.entry.reviewing import rows_of
from kiosk.entry.step_tabs import fill_tabs
from kiosk.private.files import StagedFile
from kiosk.sync.form import FieldKind, Form, FormField, Prefill
from kiosk.upload.attaching import Attaching
from kiosk.widgets.keyboard import Keyboard  # noqa: F401  named in the rules

PAUSE_S = 2.0
"""Without a key; then what was typed so far is saved too."""
TAB, ESCAPE = 9, 27
PAGE_KEYS = {281: 0.9, 280: -0.9}
PROVEN_YEAR = 2000
"""The app's moment lies before it while no clock is proven."""


class DraftLine(BoxLayout):
    """Whether the draft is kept, and who can see it."""

    text = StringProperty("")
    more = StringProperty("")
    bad = BooleanProperty(False)
    stacked = BooleanProperty(False)


class FormScreen(Screen):
    """One form of one visitor."""

    model = ObjectProperty()
    title = StringProperty("")
    reviewing = BooleanProperty(False)
    faulty = BooleanProperty(False)
    narrow = BooleanProperty(False)
    """Whether there is room for one column only."""
    has_previous = BooleanProperty(False)
    primary_text = StringProperty("")
    asked_text = StringProperty("")
    draft_text = StringProperty("")
    draft_bad = BooleanProperty(False)
    in_trouble = False
    """The store of notices has no part in it."""

    def __init__(self, **kwargs: Any) -> None:
        app = App.get_running_app()
        self.model = EntryModel()
        self._desk: Desk | None = None
        self._inputs = Inputs()
        self.cursor = Cursor(self)
        self._tools = tools = Tools(self.model, self._inputs)
        tools.edited, tools.focused, tools.moved = self._edited, self._focused, self.cursor.move
        tools.stand, tools.pick, tools.detach = self.cursor.stand, self._pick, self._detach
        self._reviewed = False
        """Whether the visitor came back from the review to put something right."""
        self._build = Clock.create_trigger(lambda _dt: self._build_step(), -1)
        self._look = Clock.create_trigger(lambda _dt: self._refresh_looks(), -1)
        self._pause = Clock.create_trigger(lambda _dt: self._save(), PAUSE_S)
        super().__init__(name="form", **kwargs)
        self.model.bind(form=self._build, step=self._build, shape=self._build)
        self.model.bind(touched=self._look, saved=self._look, state=self._look)
        app.theme.bind(unit=self._fit, large=self._fit)
        app.bind(words=self._build, portrait=self._fit)
        self._fit()

    def on_kv_post(self, base: object) -> None:
        ids, reveal = self.ids, self.cursor.reveal
        ids.keyboard.attach(App.get_running_app().composer)
        ids.keyboard.bind(height=reveal)
        ids.pages.bind(size=reveal)
        ids.content.bind(height=reveal)
        for stop in (ids.previous, ids.primary, ids.review):
            stop.moved = lambda step, stop=stop: self.cursor.move(stop, step)
        self.bind(width=lambda *_: self._build())

    # Beginning and ending

    def begin(self, desk: Desk, form: Form, draft: SavedDraft | None) -> None:
        """Open an empty form, or go on with a draft of this version."""
        self._desk = desk
        self._reviewed = False
        self.cursor.begin()
        if draft is None:
            identity = desk.visitor.identity
            self.model.begin(form, {Prefill.NAME: identity.name, Prefill.NUMBER: identity.number})
        else:
            self.model.resume(form, draft.step, draft.values, draft.files)
            if draft.files:
                desk.take_up(form.key, self.model.lose, lambda: self.model.lose(()))
        self._build_step()

    def forget(self) -> None:
        """Nothing of this visitor stays; a change that was not saved yet is saved for its owner."""
        if self._desk is not None:
            self.cursor.settle()
            if self._pause.is_triggered:
                self._save()
            self._desk.forget()
        self._pause.cancel()
        self._desk = None
        self.cursor.begin()
        self.model.forget()
        App.get_running_app().composer.forget()
        self._inputs.rest()
        self.ids.content.clear_widgets()
        self.ids.review.show([])
        self.ids.review.to_top()
        self.ids.keyboard.forget()
        self.title = self.asked_text = self.primary_text = ""
        self._build.cancel()

    def on_pre_enter(self, *_: object) -> None:
        self.ids.keyboard.lead()
        self.cursor.first()

    def on_pre_leave(self, *_: object) -> None:
        for box in self.cursor.boxes:
            for stop in box.stops:
                stop.focus = False

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
        if key == TAB:
            return self.cursor.enter()
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
        if model.reviewing:
            faults = model.faults(self._today())
            if faults:
                self.edit(faults[0].path)
            else:
                self._hand_in()
            return
        self.cursor.settle()
        faults = model.next(self._today())
        if faults:
            self.cursor.go_to(faults[0].path)
        elif self._reviewed:
            model.go(len(model.form.steps))
        self._save()

    def previous(self) -> None:
        """One step back."""
        self.go(max(0, int(self.model.step) - 1))

    def go(self, step: int) -> None:
        """A tap on the bar of steps."""
        self.cursor.settle()
        self.model.go(step)
        self._save()

    def edit(self, path: Path) -> None:
        """Change one value of the review, and come back from there."""
        self._reviewed = True
        self.model.go(self.model.step_of(path))
        self._build_step()
        self.cursor.go_to(path)

    def keys_done(self) -> None:
        """The keyboard's primary key: on to the next field."""
        if self.cursor.stop is not None:
            self.cursor.move(self.cursor.stop, 1)

    def keys_changed(self) -> None:
        """The keyboard came or went, by its own key too."""
        App.get_running_app().keys_raised = self.ids.keyboard.raised
        self.cursor.keys_changed(self.ids.keyboard.raised)

    # Building a step

    def _fit(self, *_: object) -> None:
        app = App.get_running_app()
        self.narrow = app.portrait or app.theme.large
        self._build()

    def _build_step(self) -> None:
        """Show the step, or the review; the cursor stays where it was, if that is still there."""
        self._build.cancel()
        app, model = App.get_running_app(), self.model
        self._inputs.rest()
        self.cursor.boxes = []
        content = self.ids.content
        content.clear_widgets()
        self.reviewing = model.reviewing
        if model.form is None:
            return
        name = model.form.title.in_language(app.language)
        # Beside the visitor's chip a narrow header has room for the form's name only.
        self.title = name if self.narrow else app.words["entry.title_of"].format(form=name)
        self.has_previous = model.step > 0
        faulty = {model.step_of(fault.path) for fault in model.faults(self._today())}
        fill_tabs(self.ids.tabs, model, faulty, self.width)
        self._tools.columns = 1 if self.narrow else 2
        grid: GridLayout | None = None
        for each in model.fields:
            made = field_box((each.name,), each, model.value((each.name,)), self._tools)
            made.note_lines = 2 if self.narrow and each.kind is FieldKind.AMOUNT else 1
            self.cursor.boxes.append(made)
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
        self.cursor.built(shown=app.shown == self.name)

    def _refresh_looks(self) -> None:
        """Ticks, red edges, words below, and what the main button does."""
        self._look.cancel()
        app, model = App.get_running_app(), self.model
        if model.form is None:
            return
        today = self._today()
        for box in self.cursor.all_boxes:
            look = model.look(box.path, app.words, today)
            box.refresh(look.tone, look.text, look.remark)
        self.draft_text = model.saved_text(app.words)
        self.draft_bad = model.saved == "failed" or model.lost_files
        self.reviewing = model.reviewing
        if model.reviewing:
            self._show_review(today)
        self._say_primary()

    def _show_review(self, today: date | None) -> None:
        app, model = App.get_running_app(), self.model
        steps = model.review(app.words, app.language, today)
        count = sum(bool(line.fault) for lines in steps for line in lines)
        self.faulty = bool(count) or model.state == "refused"
        self.asked_text = (
            app.words["entry.refused"]
            if model.state == "refused"
            else app.words["entry.faults"].format(count=count)
            if count
            else app.words["entry.look"]
        )
        titles = [step.title.in_language(app.language) for step in model.form.steps]
        room = self.width - 2 * app.theme.margin
        self.ids.review.show(rows_of(titles, steps, app.theme, room, stacked=self.narrow))

    def _say_primary(self) -> None:
        words, model = App.get_running_app().words, self.model
        if model.state == "handing_in":
            self.primary_text = ""
        elif not model.reviewing:
            self.primary_text = words["entry.back_to_review" if self._reviewed else "entry.next"]
        elif self.faulty and model.state != "refused":
            self.primary_text = words["entry.first_fault"]
        else:
            self.primary_text = words["entry.hand_in"]

    def _focused(self, box: FieldBox, stop: Any, focus: bool) -> None:
        """A field got or lost the cursor, by a finger too."""
        if self._desk is None:
            return
        if focus:
            self.cursor.came(box, stop)
            return
        self.model.leave(box.path)
        if self._pause.is_triggered:
            self._save()

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
        at = App.get_running_app().clock_moment()

        def saved() -> None:
            if desk is self._desk:
                model.saved_clock = said.clock(at)
                model.saved = "saved"
                self._look()

        def failed() -> None:
            if desk is self._desk:
                model.saved = "failed"

        values, files = model.draft()
        desk.save(model.form, int(model.step), values, files, at, saved, failed)

    def _pick(self, field: FormField, room: int) -> None:
        """Let the visitor choose up to `room` files for a field."""
        app, desk, model = App.get_running_app(), self._desk, self.model
        if desk is None:
            return

        def taken(files: Sequence[StagedFile]) -> None:
            if desk is self._desk:
                desk.unstage(model.attach(field.name, files))
                self._save()

        form = model.form.title.in_language(app.language)
        label = field.hints.label.in_language(app.language)
        self._save()
        app.attach_files(Attaching(form, label, room, model.files(field.name), taken))

    def _detach(self, name: str, sha256: str) -> None:
        spare = self.model.detach(name, sha256)
        if self._desk is not None:
            self._desk.unstage(spare)
        self._save()

    def _hand_in(self) -> None:
        desk, model = self._desk, self.model
        if desk is None or model.state == "handing_in":
            return
        app = App.get_running_app()
        values, files = model.content()
        title = model.form.title.in_language(app.language)
        self._pause.cancel()
        model.state = "handing_in"

        def handed(submission: str) -> None:
            if desk is self._desk:
                app.follow_form(submission, title)

        def failed() -> None:
            if desk is self._desk:
                model.state = "refused"

        desk.hand_in(model.form, app.language, values, files, app.clock_moment(), handed, failed)

    def _today(self) -> date | None:
        moment = App.get_running_app().moment()
        return moment.astimezone(SHANGHAI).date() if moment.year >= PROVEN_YEAR else None


def _pair(between: float) -> GridLayout:
    grid = GridLayout(cols=2, spacing=(between, 0), size_hint_y=None)
    follow: Callable[..., None] = grid.setter("height")
    grid.bind(minimum_height=follow)
    return grid


Builder.load_file(str(FilePath(__file__).with_name("form.kv")), encoding="utf-8")
