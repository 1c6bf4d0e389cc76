"""What can be done with a notice: print it, find its room, open its files, have it read aloud."""

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.factory import Factory
from kivy.lang import Builder
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty
from kivy.uix.boxlayout import BoxLayout

from display.notice import Notice
from display.release import Channel, Verdict, release
from kiosk import words
from kiosk.notice.route_dialog import RouteDialog
from kiosk.speech.script import script
from kiosk.store.terminal import TerminalStore
from kiosk.sync.rating import Service
from kiosk.widgets.controls import Dialog, PressButton

ENTER = frozenset({13, 271})
ESCAPE = 27


def may_be_printed(notice: Notice, store: TerminalStore, at: datetime) -> bool:
    """Whether the store has a notice as it is here, and the gate lets it be printed."""
    if store.notice(notice.id) != notice:
        return False
    verdict = release(notice, channel=Channel.PRINT, at=at, known=store.known())
    return verdict is Verdict.RELEASED


class SideButton(PressButton):
    """An action beside the main one."""


class PrintDialog(Dialog):
    """Pages, start, progress, cancel: says what the model says."""

    def __init__(self, model: Any, **kwargs: object) -> None:
        self._model = model
        super().__init__(**kwargs)
        watched = ("state", "progress", "trouble", "pages", "outdated")
        self._watched = dict.fromkeys(watched, self._say)
        model.bind(**self._watched)
        App.get_running_app().bind(words=self._say)
        self._say()

    def on_yes(self) -> None:
        if self._model.state == "ready":
            self._model.print()
        else:
            self.dismiss(animation=False)

    def on_no(self) -> None:
        if self._model.running:
            self._model.cancel()
            return
        done = self._model.done
        self.dismiss(animation=False)
        if done:
            App.get_running_app().open_rating(Service.PRINT)

    def takes(self, key: int) -> None:
        """Enter says yes, Escape goes away; nothing behind the dialog hears a key."""
        if key in ENTER:
            self.on_yes()
        elif key == ESCAPE:
            self.dismiss(animation=False)

    def on_dismiss(self) -> None:
        self._model.unbind(**self._watched)
        App.get_running_app().unbind(words=self._say)
        self._model.close()

    def _say(self, *_: object) -> None:
        if self._model.state != "idle":
            app = App.get_running_app()
            said = self._model.said(app.words, rated=app.rated)
            self.title, self.text = said.title, said.text
            self.yes_text, self.no_text = said.yes, said.no


class NoticeActions(BoxLayout):
    """The buttons beside a notice; what cannot be done with it has no button."""

    notice = ObjectProperty(None, allownone=True)
    printable = BooleanProperty(False)
    """Whether the gate lets it be printed, and there is a printer."""
    speakable = BooleanProperty(False)
    scan = BooleanProperty(False)
    """Whether the code of its official address is shown."""
    route = ObjectProperty(None, allownone=True)
    """The way to its opening; None: there is none to tell."""
    button = NumericProperty(0)
    """Height of one, in pixels."""
    columns = NumericProperty(1)
    count = NumericProperty(0)

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._dialog: PrintDialog | RouteDialog | None = None
        self._print_button = Factory.PrintButton()
        self._route_button = Factory.RouteButton()
        self._attachments_button = Factory.AttachmentsButton()
        self._read_button = Factory.ReadButton()
        self._print_button.bind(on_release=lambda _button: self.print())
        self._route_button.bind(on_release=lambda _button: self.show_route())
        self._attachments_button.bind(on_release=lambda _button: self.open_attachments())
        self._read_button.bind(on_release=lambda _button: self.read())
        self._arrange = Clock.create_trigger(lambda _dt: self._set_buttons(), -1)
        self.bind(notice=self._arrange, printable=self._arrange, speakable=self._arrange)
        self.bind(route=self._arrange, button=self._arrange, columns=self._arrange)
        self.bind(notice=self._say)
        app = App.get_running_app()
        app.bind(words=self._say)
        if app.printing is not None:
            app.printing.bind(progress=self._say, state=self._say)
        app.voice.bind(reading=self._say, failed=self._say)
        self._say()

    def print(self) -> None:
        """Open the dialog: how many pages, or how the job is that still runs."""
        app = App.get_running_app()
        if not self.printable or self.notice is None or self._dialog is not None:
            return
        app.voice.stop()
        if not app.printing.running:
            holds = partial(may_be_printed, self.notice)
            app.printing.prepare(self.notice.id, app.printout(self.notice), holds)
            # A change that the screen has not heard of yet.
            app.recheck_printing()
        self._show(PrintDialog(app.printing))

    def read(self) -> None:
        """Begin to read aloud, or stop."""
        app = App.get_running_app()
        if app.voice.reading:
            app.voice.stop()
        elif self.speakable and self.notice is not None:
            app.voice.begin(script(self.notice, words.load("zh"), scan=self.scan))

    def show_route(self) -> None:
        """Open the dialog with the way to the opening."""
        if self.route is not None and self._dialog is None:
            self._show(RouteDialog(route=self.route))

    def open_attachments(self) -> None:
        """Go to the list of its files."""
        if self.notice is not None and self.notice.attachments:
            app = App.get_running_app()
            app.voice.stop()
            app.open_attachments(self.notice.id)

    def takes(self, key: int) -> bool:
        """Keys: what the dialog answers; p prints, w tells the way, a lists files, r reads."""
        if self._dialog is not None:
            self._dialog.takes(key)
            return True
        acts = {
            ord("p"): (self.printable, self.print),
            ord("w"): (self.route is not None, self.show_route),
            ord("a"): (bool(self.notice and self.notice.attachments), self.open_attachments),
            ord("r"): (self.speakable, self.read),
        }
        can, act = acts.get(key, (False, self.print))
        if can:
            act()
        return can

    def renew(self) -> None:
        """The notice says something else from now on: nothing of before is read or shown on.

        Of printing the model hears by itself; see `kiosk.printing.recheck`.
        """
        App.get_running_app().voice.stop()
        if isinstance(self._dialog, RouteDialog):
            self._dialog.dismiss(animation=False)

    def leave(self) -> None:
        """Another screen or notice comes."""
        App.get_running_app().voice.stop()
        if self._dialog is not None:
            self._dialog.dismiss(animation=False)

    def _show(self, dialog: PrintDialog | RouteDialog) -> None:
        self._dialog = dialog
        dialog.bind(on_dismiss=self._closed)
        dialog.open(animation=False)

    def _closed(self, *_: object) -> None:
        self._dialog = None

    def _set_buttons(self) -> None:
        """Buttons in rows; the last row is filled by those it has."""
        files = bool(self.notice is not None and self.notice.attachments)
        wanted = [
            button
            for button, shown in (
                (self._print_button, self.printable),
                (self._route_button, self.route is not None and self.notice is not None),
                (self._attachments_button, files),
                (self._read_button, self.speakable),
            )
            if shown
        ]
        for row in self.children:
            row.clear_widgets()
        self.clear_widgets()
        self.count = len(wanted)
        columns = int(self.columns)
        for first in range(0, len(wanted), columns):
            row = BoxLayout(size_hint_y=None, height=self.button, spacing=self.spacing)
            for button in wanted[first : first + columns]:
                row.add_widget(button)
            self.add_widget(row)

    def _say(self, *_: object) -> None:
        app = App.get_running_app()
        running = app.printing is not None and app.printing.running
        self._print_button.text = app.words["print.printing_now" if running else "print.print"]
        count = len(self.notice.attachments) if self.notice is not None else 0
        self._attachments_button.text = app.words["attachments.button"].format(count=count)
        said = "read"
        if app.voice.reading:
            said = "stop"
        elif app.voice.failed:
            said = "failed"
        self._read_button.text = app.words[f"speech.{said}"]


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
