"""大屏节目单: the next edition as a list, its live preview, and what staff may choose in it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import (
    BooleanProperty,
    ListProperty,
    NumericProperty,
    StringProperty,
)
from kivy.uix.screenmanager import Screen

from devices.led.fonts import FontMissing
from kiosk.screens import SCREENS
from kiosk.settings import BoardSettings, SettingsError
from kiosk.staff.accounts import Action, may
from kiosk.staff.draft import Draft
from kiosk.staff.edition import pending_strip, preview_panel  # noqa: F401  register their rules
from kiosk.staff.edition.choices import EditionChoices
from kiosk.staff.edition.drawing import EditionDrawing
from kiosk.staff.edition.ground import Ground, read_ground
from kiosk.staff.edition.keys import PRESET, SPEED, SUBMIT, EditionKeys
from kiosk.staff.edition.making import Made, make
from kiosk.staff.edition.rows import titles
from kiosk.staff.edition.submitting import Submitting
from kiosk.store.terminal import TerminalStore
from kiosk.widgets import footer, passage, scrolled  # noqa: F401  registers their rules
from kiosk.widgets import rows as row_widgets  # noqa: F401  registers their rules
from kiosk.widgets.pressed_row import PressedRow
from kiosk.widgets.row_cursor import RowCursor

NEVER = datetime.min.replace(tzinfo=UTC)
"""The moment of a terminal that does not know the time."""
SCHEDULE = "schedule"
"""Name of the screen that sets times and days, where there is one."""
SETTLED_AFTER = 4
"""Frames until a text that has changed is as high as it needs."""
LOOK_S = 1.0
"""Between two looks at whether somebody decided something."""
_GROUND, _LOOK, _MAKE = "edition ground", "edition look", "edition made"


class EditionRow(PressedRow):
    """One notice in the list."""

    stands_for = ("notice_id", "template")
    notice_id = StringProperty("")
    template = StringProperty("")
    number = StringProperty("")
    content = StringProperty("")
    published = StringProperty("")
    duration = StringProperty("")
    state_text = StringProperty("")
    tone = StringProperty("muted")
    on_board = BooleanProperty(True)
    chosen = BooleanProperty(False)
    reached = BooleanProperty(False)
    stacked = BooleanProperty(False)

    def tapped(self) -> None:
        """It is the one that buttons act on."""
        App.get_running_app().screen_named("edition").choose(self.notice_id, self.template)


class EditionScreen(EditionKeys, EditionChoices, EditionDrawing, Screen):
    """List, preview, choices, and the way to a second person."""

    in_trouble = BooleanProperty(False)
    nothing = ListProperty(["", ""])
    board_text = StringProperty("")
    many_boards = BooleanProperty(False)
    empty = BooleanProperty(True)
    """Whether there is no edition to be worked on."""
    whole = BooleanProperty(False)
    """Whether the page scrolls as a whole, and not its parts."""
    bare = BooleanProperty(True)
    """Whether the list has no rows at all."""
    parts = ListProperty(["", "", ""])
    """Of `model.PARTS`: name and number."""
    part = StringProperty("")
    """Which of them is looked at alone; empty: all."""
    chosen_title = StringProperty("")
    stacked = BooleanProperty(False)
    """Whether there is room for one column only."""
    can_edit = BooleanProperty(False)
    """Whether this person may propose; else everything is there to be read."""
    chosen_text = StringProperty("")
    """What is to be known of the chosen row, or why something was refused."""
    refused = BooleanProperty(False)
    acts = BooleanProperty(False)
    """Whether there is a row that buttons act on."""
    can_pin = BooleanProperty(False)
    pinned = BooleanProperty(False)
    can_rise = BooleanProperty(False)
    can_sink = BooleanProperty(False)
    can_leave_out = BooleanProperty(False)
    left_out = BooleanProperty(False)
    can_dwell = BooleanProperty(False)
    has_dwell = BooleanProperty(False)
    dwell_text = StringProperty("")
    update_text = StringProperty("")
    hours_text = StringProperty("")
    to_schedule = BooleanProperty(False)
    speed = NumericProperty(4.0)
    speed_text = StringProperty("")
    moves = BooleanProperty(False)
    slow = BooleanProperty(False)
    outlook_text = StringProperty("")
    caution_text = StringProperty("")
    beware_text = StringProperty("")
    """The same in a few words, always in sight."""
    pending_text = StringProperty("")
    """Whose proposal waits, or is approved."""
    standing_text = StringProperty("")
    overtaken = BooleanProperty(False)
    can_take_up = BooleanProperty(False)
    stale_text = StringProperty("")
    """How many choices are about notices that are not current any more."""
    changed = BooleanProperty(False)
    can_submit = BooleanProperty(False)
    told = StringProperty("")
    told_good = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        self._board: BoardSettings | None = None
        self._ground: Ground | None = None
        self._made: Made | None = None
        self._trouble = ""
        self._limit = ""
        self._timeless = False
        self._revealed: int | None = None
        self._frames_left = 0
        self._chosen: tuple[str, str] | None = None
        self._cursor = RowCursor()
        self._submitting = Submitting(self._submitted)
        super().__init__(name="edition", **kwargs)
        app = App.get_running_app()
        draw = self._redraw = Clock.create_trigger(lambda _dt: self._draw(), -1)
        app.theme.bind(unit=draw, large=draw)
        app.bind(words=draw, portrait=draw)
        self.ids.results.bind(width=draw)
        self._revealing = Clock.create_trigger(lambda _dt: self._show_choices(), 0)
        app.theme.bind(large=self._lay)
        app.bind(portrait=self._lay)
        moved = self._moved
        self.ids.page.bind(scroll_y=moved, size=moved)
        self.ids.body.bind(height=moved)
        self._lay()
        self._looking = Clock.create_trigger(lambda _dt: self._look(), LOOK_S, interval=True)

    @property
    def submitting(self) -> Submitting:
        """What is asked before a proposal, and what came of it."""
        return self._submitting

    @property
    def draft(self) -> Draft | None:
        """What is being edited; None until the store has answered."""
        ground = self._ground
        if ground is None:
            return None
        draft: Draft = App.get_running_app().staff_draft(
            ground.board.name, ground.in_force, ground.pending
        )
        return draft

    @property
    def made(self) -> Made | None:
        """The edition that is shown."""
        return self._made

    def open(self) -> None:
        """The board of this terminal, or the first of several."""
        self.forget()
        app = App.get_running_app()
        account = app.visit.session.staff
        self.can_edit = account is not None and may(account, Action.PROPOSE)
        self.to_schedule = SCHEDULE in SCREENS
        boards = app.settings.boards
        self._board = app.staff_board()
        self.many_boards = len(boards) > 1
        self._ask()
        self._draw()

    def on_pre_enter(self, *_: object) -> None:
        """The preview plays."""
        self.ids.preview.start()
        self._looking()

    def on_pre_leave(self, *_: object) -> None:
        """Nobody sees it."""
        self.ids.preview.stop()
        self._looking.cancel()

    def refresh(self, _at: datetime) -> None:
        """Once a minute, when something changed, and on the way back from another screen."""
        App.get_running_app().look_at_account()
        self._ask()

    def step_back(self) -> bool:
        """From the question to the list."""
        if self._submitting.asks:
            self._submitting.close()
            return True
        return False

    def scroll(self, pages: float) -> None:
        """Page keys."""
        (self.ids.page if self.whole else self.ids.results).scroll_by(pages)

    def forget(self) -> None:
        """Nothing of what was looked at stays; the draft belongs to the session."""
        App.get_running_app().jobs.forget(_GROUND, _LOOK, _MAKE)
        self._submitting.forget()
        self._board = self._ground = self._made = self._chosen = None
        self._limit = self._trouble = self.part = ""
        self._cursor = RowCursor()
        self.zone = 0
        self.ids.page.scroll_y = 1.0
        self.in_trouble = self.can_edit = False
        self.ids.preview.forget()
        self.ids.results.to_top()
        self._draw()

    def next_board(self) -> None:
        """The next of several boards."""
        boards = App.get_running_app().settings.boards
        if self._board is None or len(boards) < 2:
            return
        self._board = boards[(boards.index(self._board) + 1) % len(boards)]
        self._ground = self._made = self._chosen = None
        self._limit = ""
        self._submitting.forget()
        self.ids.preview.forget()
        self.ids.results.to_top()
        self._ask()
        self._draw()

    def open_schedule(self) -> None:
        """Times, days and hours are set on a screen of their own."""
        if self.to_schedule:
            App.get_running_app().open_staff(SCHEDULE)

    def show_part(self, part: str) -> None:
        """Only some of the rows; the same once more: all."""
        self.part = "" if part == self.part else part
        self._cursor, self._revealed = RowCursor(), None
        self.ids.results.to_top()
        self._draw()

    def _moved(self, *_: object) -> None:
        self.ids.results.moved()

    def _lay(self, *_: object) -> None:
        """Large text, or one column, has no room for everything: the page scrolls as a whole."""
        app, body = App.get_running_app(), self.ids.body
        whole = bool(app.theme.large or app.portrait)
        if whole is not self.whole:
            self.whole = whole
            body.parent.remove_widget(body)
            (self.ids.page if whole else self.ids.still).add_widget(body)
            self.ids.page.scroll_y = 1.0

    def _reveal_choices(self) -> None:
        """What can be done with the chosen row is in sight."""
        if self.whole:
            self._frames_left = SETTLED_AFTER
            self._revealing()

    def _show_choices(self) -> None:
        self.ids.page.scroll_to(self.ids.chosen, animate=False)
        self._frames_left -= 1
        if self._frames_left > 0:
            self._revealing()

    def on_zone(self, *_: object) -> None:
        """What the tabulator leads to is in sight."""
        ids = self.ids
        if self.whole:
            stop = {SPEED: ids.speed, PRESET: ids.presets, SUBMIT: ids.submit}.get(self.zone)
            if stop is None:
                ids.page.scroll_y = 1.0
            else:
                ids.page.scroll_to(stop, animate=False)

    def see_pending(self) -> None:
        """Where what waits is approved or withdrawn."""
        if self.pending_text:
            self.ids.pending.see()

    # From the store to the list

    def _ask(self) -> None:
        app, board = App.get_running_app(), self._board
        if board is None:
            return
        settings, now = app.settings, app.moment()
        if now == NEVER:
            # Nothing is released, and there is no edition to be made, while nobody knows the day.
            self._timeless = True
            self._draw()
            return
        self._timeless = False

        def question(store: TerminalStore) -> Ground | SettingsError:
            try:
                return read_ground(store, settings, board, now)
            except SettingsError as problem:
                return problem

        app.jobs.ask(_GROUND, question, self._read, self._fail)

    def _look(self) -> None:
        ground = self._ground
        if self.get_root_window() is None:
            # The program ends, and takes its screens down.
            self._looking.cancel()
            return

        def looked(version: int) -> None:
            if self._timeless or (ground is not None and version != ground.decisions_version):
                self._ask()

        App.get_running_app().jobs.ask(
            _LOOK, lambda store: store.decisions_version(), looked, lambda: None
        )

    def _read(self, found: Ground | SettingsError) -> None:
        if isinstance(found, SettingsError):
            self._trouble = str(found)
            self._draw()
            return
        self._ground = found
        self._make()

    def _make(self) -> None:
        """Compose, off the UI thread; of several wishes the newest is shown."""
        ground, draft = self._ground, self.draft
        if ground is None or draft is None:
            return
        wanted = draft.arrangement

        def question(_store: TerminalStore) -> Made | Exception:
            try:
                return make(ground, wanted)
            except (SettingsError, FontMissing, ValueError) as problem:
                return problem

        App.get_running_app().jobs.ask(_MAKE, question, self._show, self._fail)

    def _show(self, found: Made | Exception) -> None:
        self.in_trouble = False
        if isinstance(found, Exception):
            self._trouble, self._made = str(found), None
            self.ids.preview.forget()
        else:
            self._trouble, self._made = "", found
            self.ids.preview.load(found)
        self._draw()

    def _fail(self) -> None:
        self.in_trouble = True
        self._draw()

    # The way to a second person

    def submit(self) -> None:
        """Show the difference, and ask."""
        draft, made = self.draft, self._made
        if self.can_submit and draft is not None and made is not None and made.edition is not None:
            self._submitting.ask(draft, made.edition, titles(made.rows), self._cautions())

    def _submitted(self) -> None:
        if self._submitting.proposed:
            self._ask()
        self._draw()


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
