"""The screen on which whoever approves sees the board as a proposal would have it; read only."""

from datetime import datetime
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ListProperty, StringProperty
from kivy.uix.screenmanager import Screen

from devices.led.fonts import FontMissing
from display.decisions import Proposed
from kiosk.settings import SettingsError
from kiosk.staff import wording
from kiosk.staff.edition import preview_panel  # noqa: F401  registers its rules
from kiosk.staff.edition.ground import read_ground
from kiosk.staff.edition.making import Made, make
from kiosk.staff.naming import board_called
from kiosk.staff.proposals.model import summary
from kiosk.store.terminal import TerminalStore
from kiosk.widgets import footer, passage, scrolled  # noqa: F401  registers their rules
from kiosk.widgets import rows as row_widgets  # noqa: F401  registers EmptyState

_JOB = "proposal preview"
SPACE, SIDES = 32, {276: -1, 275: 1}


class ProposalPreviewScreen(Screen):
    """The next edition under a proposal, drawn as the board is told it."""

    in_trouble = BooleanProperty(False)
    said = StringProperty("")
    """Whose proposal it is, and what it is about."""
    nothing = ListProperty(["", ""])

    def __init__(self, **kwargs: Any) -> None:
        self._proposed: Proposed | None = None
        self._made: Made | None = None
        super().__init__(name="proposal_preview", **kwargs)
        draw = Clock.create_trigger(lambda _dt: self._draw(), -1)
        App.get_running_app().bind(words=draw)

    def open(self) -> None:
        """The proposal that is opened on the screen of proposals."""
        self.forget()
        self._proposed = App.get_running_app().screen_named("proposals").opened
        self._draw()
        self._ask()

    def on_pre_enter(self, *_: object) -> None:
        self.ids.preview.start()

    def on_pre_leave(self, *_: object) -> None:
        self.ids.preview.stop()

    def refresh(self, _at: datetime) -> None:
        """The account may have been taken away; what is released may have changed."""
        App.get_running_app().look_at_account()
        self._ask()

    def scroll(self, pages: float) -> None:
        """Page keys."""
        self.ids.page.scroll_by(pages)

    def takes(self, key: int) -> bool:
        """Left and right over the pages, space for a pause."""
        if key in SIDES:
            self.ids.preview.step(SIDES[key])
        elif key == SPACE:
            self.ids.preview.toggle()
        else:
            return False
        return True

    def forget(self) -> None:
        """Nothing of what was looked at stays."""
        App.get_running_app().jobs.forget(_JOB)
        self._proposed = self._made = None
        self.in_trouble = False
        self.ids.preview.forget()
        self._draw()

    def _ask(self) -> None:
        """Only what is released by proven time is shown."""
        app, proposed, proven = (
            App.get_running_app(),
            self._proposed,
            App.get_running_app().proven(),
        )
        boards = app.settings.boards
        board = next((b for b in boards if proposed and b.name == proposed.board), None)
        settings = app.settings
        if proposed is None or board is None or proven is None:
            return

        def question(store: TerminalStore) -> Made | None:
            try:
                return make(read_ground(store, settings, board, proven), proposed.arrangement)
            except (SettingsError, FontMissing, ValueError):
                # Another size, or nothing to draw with: health tells of it.
                return None

        app.jobs.ask(_JOB, question, self._show, self._fail)

    def _show(self, made: Made | None) -> None:
        self._made, self.in_trouble = made, made is None
        if made is not None and made.edition is not None:
            self.ids.preview.load(made)
        self._draw()

    def _fail(self) -> None:
        self.in_trouble = True
        self._draw()

    def _draw(self) -> None:
        app, proposed, made = App.get_running_app(), self._proposed, self._made
        words, self.said = app.words, ""
        if proposed is not None:
            called = board_called(proposed.board, app.settings.boards, words)
            by = words["proposals.by_at"].format(
                by=proposed.by_name, at=wording.moment(proposed.at)
            )
            self.said = f"{called}　{by}\n{summary(proposed, words)}"
        if self.in_trouble:
            self.nothing = [words["proposals.trouble"], words["proposals.trouble_text"]]
        elif app.proven() is None:
            self.nothing = [words["proposals.no_time"], ""]
        elif made is None:
            self.nothing = [words["proposals.waiting"], ""]
        elif made.edition is None or not made.edition.pages:
            self.nothing = [words["timing.loop_empty"], ""]
        else:
            self.nothing = ["", ""]
        self.ids.preview.say()


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
