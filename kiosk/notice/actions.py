"""What can be done with a notice: print it, have it read aloud."""

from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk import words
from kiosk.speech.script import script
from kiosk.sync.rating import Service
from kiosk.widgets.controls import Dialog, PressButton

ENTER = frozenset({13, 271})
ESCAPE = 27


class SideButton(PressButton):
    """An action beside the main one."""


class PrintDialog(Dialog):
    """Pages, start, progress, cancel: says what the model says."""

    def __init__(self, model: Any, **kwargs: object) -> None:
        self._model = model
        super().__init__(**kwargs)
        self._watched = dict.fromkeys(("state", "progress", "trouble", "pages"), self._say)
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
    """The buttons beside a notice; without a printer or a voice there is no button for it."""

    notice = ObjectProperty(None, allownone=True)
    printable = BooleanProperty(False)
    """Whether the gate lets it be printed, and there is a printer."""
    speakable = BooleanProperty(False)
    print_text = StringProperty("")
    read_text = StringProperty("")

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._dialog: PrintDialog | None = None
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
            app.printing.prepare(self.notice.id, app.printout(self.notice))
        self._dialog = PrintDialog(app.printing)
        self._dialog.bind(on_dismiss=self._closed)
        self._dialog.open(animation=False)

    def read(self) -> None:
        """Begin to read aloud, or stop."""
        app = App.get_running_app()
        if app.voice.reading:
            app.voice.stop()
        elif self.speakable and self.notice is not None:
            app.voice.begin(script(self.notice, words.load("zh")))

    def takes(self, key: int) -> bool:
        """Keys: what the dialog answers, p to print, r to have it read."""
        if self._dialog is not None:
            self._dialog.takes(key)
            return True
        if key == ord("p") and self.printable:
            self.print()
            return True
        if key == ord("r") and self.speakable:
            self.read()
            return True
        return False

    def leave(self, *, withdrawn: str = "") -> None:
        """Another screen or notice comes; of a `withdrawn` one printing ends as well."""
        app = App.get_running_app()
        app.voice.stop()
        if withdrawn and app.printing is not None and app.printing.subject == withdrawn:
            app.printing.cancel()
        if self._dialog is not None:
            self._dialog.dismiss(animation=False)

    def _closed(self, *_: object) -> None:
        self._dialog = None

    def _say(self, *_: object) -> None:
        app = App.get_running_app()
        running = app.printing is not None and app.printing.running
        self.print_text = app.words["print.printing_now" if running else "print.print"]
        said = "read"
        if app.voice.reading:
            said = "stop"
        elif app.voice.failed:
            said = "failed"
        self.read_text = app.words[f"speech.{said}"]


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
