"""The screen with the list of a notice's files."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import (
    BooleanProperty,
    ListProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
)
from kivy.uix.screenmanager import Screen

from display.notice import Attachment, Notice
from display.release import Channel, is_released
from kiosk.attachments.model import AttachmentsModel, Line, is_openable
from kiosk.jobs import LATE_AFTER_S
from kiosk.notice.address import host, in_code
from kiosk.notice.model import spelling
from kiosk.store.files import FileState
from kiosk.store.terminal import TerminalStore
from kiosk.widgets import footer, passage, qr, rows  # noqa: F401  registers their rules
from kiosk.widgets.glyphs import has_glyph
from kiosk.widgets.lines import break_lines
from kiosk.widgets.measure import measure
from kiosk.widgets.pressed_row import PressedRow

STEP = 1.45
"""Height of a line in sizes of its type."""
STOP_AGAIN_S = 5.0
"""Until a store that could not stop the fetching is told again."""
LOOK_S = 0.25
"""How often is asked how far a file is."""
UP, DOWN, ENTER, DELETE = 273, 274, frozenset({13, 271}), frozenset({8, 127})


class AttachmentRow(PressedRow):
    """One file; a tap opens it, or has it fetched first."""

    stands_for = ("sha256",)
    sha256 = StringProperty("")
    name = StringProperty("")
    under = StringProperty("")
    action = StringProperty("")
    tone = StringProperty("secondary")
    part = NumericProperty(-1)
    """How much has come, 0 to 1; -1: no bar."""
    cancels = BooleanProperty(False)
    chosen = BooleanProperty(False)
    action_width = NumericProperty(0)
    """The same for all lines, so that their buttons stand in a column."""

    def tapped(self) -> None:
        """Do what the line says, unless that is to stop: this has a button of its own."""
        if not self.cancels:
            App.get_running_app().screen_named("attachments").act(self.sha256)

    def on_button(self) -> None:
        """Do what the button says."""
        screen = App.get_running_app().screen_named("attachments")
        if self.is_same and self.cancels:
            screen.give_up(self.sha256)
        elif self.is_same:
            screen.act(self.sha256)


def ask(store: TerminalStore, notice_id: str, at: datetime) -> tuple[Notice | None, bool]:
    """The notice, if it may be shown now, and whether its address may be told."""
    notice, known = store.notice(notice_id), store.known()
    if notice is None or not is_released(notice, channel=Channel.DETAIL, at=at, known=known):
        return None, False
    return notice, is_released(notice, channel=Channel.QR, at=at, known=known)


class AttachmentsScreen(Screen):
    """Lists files, has them fetched, opens them."""

    model = ObjectProperty()
    nothing = ListProperty(["", ""])
    host = StringProperty("")

    def __init__(self, **kwargs: object) -> None:
        self._notice_id = ""
        self._stopping: frozenset[str] = frozenset()
        self._left_over = True
        """Whether files may still be fetched for a visitor of an earlier run."""
        self.model = AttachmentsModel()
        super().__init__(name="attachments", **kwargs)
        app = App.get_running_app()
        draw = Clock.create_trigger(lambda _dt: self._draw(), -1)
        self._say_late = Clock.create_trigger(lambda _dt: self._set_late(), LATE_AFTER_S)
        self._look = Clock.create_trigger(lambda _dt: self._look_again(), LOOK_S)
        self.model.bind(
            attachments=draw, told=draw, late=draw, waited_s=draw, chosen=draw, address=draw
        )
        app.theme.bind(unit=draw, large=draw)
        app.bind(words=draw, portrait=draw)
        self.ids.results.bind(width=draw)
        self._stop_again = Clock.create_trigger(lambda _dt: self._stop_fetching(), STOP_AGAIN_S)
        self._stop_fetching()

    @property
    def in_trouble(self) -> bool:
        """Whether the store could not answer the last question."""
        return bool(self.model.state == "trouble")

    def open(self, notice_id: str) -> None:
        """List the files of this notice."""
        self.forget()
        self._notice_id = notice_id
        self.ids.results.to_top()
        self.refresh(App.get_running_app().moment())

    def refresh(self, at: datetime) -> None:
        """Ask anew whether the notice may be shown, and for its files."""
        notice_id = self._notice_id
        if notice_id:
            App.get_running_app().jobs.ask(
                "attachments",
                lambda store: ask(store, notice_id, at),
                lambda answer: self._take(*answer),
                self.model.fail,
            )

    def forget(self) -> None:
        """Nothing of this visitor stays; nothing is fetched for them any more."""
        App.get_running_app().jobs.forget("attachments")
        self._leave_files()
        self._notice_id, self.host = "", ""
        self.model.forget()
        self.ids.results.to_top()

    def scroll(self, pages: float) -> None:
        """Page keys."""
        self.ids.results.scroll_by(pages)

    def takes(self, key: int) -> bool:
        """Keys: arrows choose, Enter does what the line says, Delete stops."""
        model = self.model
        if key in {UP, DOWN}:
            model.choose(1 if key == DOWN else -1)
            if model.chosen >= 0:
                self.ids.results.reveal(int(model.chosen))
            return True
        if model.attachments and key in ENTER | DELETE:
            chosen = model.attachments[max(0, int(model.chosen))]
            moving = chosen.sha256 in model.moving and model.late
            if key in DELETE and moving:
                self.give_up(chosen.sha256)
            elif key in ENTER and not moving:
                model.chosen = max(0, model.chosen)
                self.act(chosen.sha256)
            return True
        return False

    def act(self, sha256: str) -> None:
        """Have a file fetched and opened as soon as it is here."""
        attachment = self._attachment(sha256)
        if attachment is None or not is_openable(attachment) or sha256 in self.model.moving:
            return
        self.model.ask(sha256)
        self._stopping -= {sha256}
        self._say_late()
        self._ask_files()

    def give_up(self, sha256: str) -> None:
        """The visitor does not wait any longer."""
        self.model.give_up(sha256)
        self._stop_fetching((sha256,))

    def _take(self, notice: Notice | None, linked: bool) -> None:
        if notice is None:
            self._leave_files()
            self.model.forget()
            self.model.state = "gone"
            return
        address = notice.official_url if linked else ""
        self.host = host(address)
        self.model.show(notice.attachments, in_code(address))

    def _attachment(self, sha256: str) -> Attachment | None:
        return next((each for each in self.model.attachments if each.sha256 == sha256), None)

    def _hear(self, states: dict[str, FileState | None]) -> None:
        app = App.get_running_app()
        opens = self.model.hear(states)
        if opens:
            attachment = self._attachment(opens)
            if attachment is not None and app.shown == "attachments":
                # Back from the document, its line offers it as at the beginning.
                self.model.give_up(opens)
                app.open_document(self._notice_id, attachment, scan=bool(self.model.address))
        if self.model.moving:
            self._look()
        else:
            self._say_late.cancel()

    def _unheard(self) -> None:
        """The store did not answer: what is shown stays, and it is asked again."""
        if self.model.moving:
            self._look()

    def _look_again(self) -> None:
        self.model.waited_s += LOOK_S
        self._ask_files()

    def _ask_files(self) -> None:
        """Ask how far the files are that move; those of which nothing was heard, want them."""
        notice_id, model = self._notice_id, self.model
        moving = [each for each in model.attachments if each.sha256 in model.moving]
        unheard = [each for each in moving if model.told[each.sha256] is None]

        def question(store: TerminalStore) -> dict[str, FileState | None]:
            for each in unheard:
                store.want_file(each, notice_id)
            return {each.sha256: store.file_state(each.sha256) for each in moving}

        App.get_running_app().file_jobs.ask("files", question, self._hear, self._unheard)

    def _leave_files(self) -> None:
        self._say_late.cancel()
        self._look.cancel()
        App.get_running_app().file_jobs.forget("files")
        if self.model.told:
            self._stop_fetching(self.model.told)

    def _stop_fetching(self, digests: Iterable[str] = ()) -> None:
        # A question that another one makes void, or that fails, would leave its files to be
        # fetched: what was asked before is asked again.
        self._stopping |= set(digests)
        stopping, left_over, in_use = self._stopping, self._left_over, set(self.model.told)

        def stop(store: TerminalStore) -> None:
            old = {file.sha256 for file in store.files_wanted()} - in_use if left_over else set()
            for sha256 in stopping | old:
                store.forget_wanted(sha256)

        def stopped(_nothing: None) -> None:
            self._stop_again.cancel()
            self._stopping -= stopping
            self._left_over = False

        App.get_running_app().file_jobs.ask("stop files", stop, stopped, self._stop_again)

    def _set_late(self) -> None:
        self.model.late = True

    def _draw(self) -> None:
        app = App.get_running_app()
        theme, words = app.theme, app.words
        width = self.ids.results.width
        if width < 10 * theme.body:
            return
        lines = self.model.lines(words)
        button = measure(theme.body, bold=True)
        widest = max((button.text(said.action) for _, said in lines), default=0)
        room = width - 2 * theme.gap - 2 * theme.pad - theme.icon
        button_width = widest + 2 * theme.inset if widest else 0
        drawn = [
            self._row(number, each, said, room - button_width, width)
            for number, (each, said) in enumerate(lines)
        ]
        self.ids.results.show([{**row, "action_width": button_width} for row in drawn])

    def _row(
        self, number: int, attachment: Attachment, said: Line, room: float, width: float
    ) -> dict[str, Any]:
        theme = App.get_running_app().theme
        spell = spelling(App.get_running_app().words, has_glyph)
        name = _broken(spell(attachment.name), room, measure(theme.body, bold=True))
        under = _broken(said.under, room, measure(theme.small))
        height = len(name) * theme.body * STEP + len(under) * theme.small * STEP
        height += theme.pad * 1.5 if said.part is not None else 0
        least = theme.button + 2 * theme.pad
        return {
            "viewclass": "AttachmentRow",
            "sha256": attachment.sha256,
            "name": "\n".join(name),
            "under": "\n".join(under),
            "action": said.action,
            "tone": said.tone,
            "part": -1 if said.part is None else said.part,
            "cancels": said.cancels,
            "chosen": number == self.model.chosen,
            "size": (width, max(round(height + 2 * theme.pad), round(least))),
        }


def _broken(text: str, width: float, advance: Any) -> list[str]:
    # A pixel less, so that the label does not break it once more.
    plain = " ".join(text.split("\n"))
    return [plain[start:end] for start, end in break_lines(plain, width - 1, advance)]


Builder.load_file(str(Path(__file__).with_name("attachments.kv")), encoding="utf-8")
