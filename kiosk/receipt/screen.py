"""The screen of a receipt: what was received, its code, printing, the end of the visit."""

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
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.screenmanager import Screen

from kiosk.notice.actions import PrintDialog
from kiosk.notice.model import spelling
from kiosk.private.store import PrivateStore
from kiosk.receipt.model import LEAVE_S, ReceiptModel, facts, file_lines, received_text
from kiosk.receipt.paper import receipt_printout
from kiosk.store.terminal import TerminalStore
from kiosk.sync.rating import Service
from kiosk.sync.receipt import read_receipt
from kiosk.sync.signatures import BadSignature, KeySet
from kiosk.sync.submission import Receipt, SignedReceipt
from kiosk.upload.source import Kind, State
from kiosk.widgets import footer, passage, qr, scrolled  # noqa: F401  registers their rules
from kiosk.widgets.fade import Fade  # noqa: F401  named in the rules
from kiosk.widgets.glyphs import has_glyph

ENTER = frozenset({13, 271})


class FactLine(BoxLayout):
    """A name and its value."""

    name = StringProperty("")
    value = StringProperty("")


class ReceivedFile(BoxLayout):
    """A file and the beginning and end of its digest."""

    name = StringProperty("")
    digest = StringProperty("")


def proven(store: TerminalStore, signed: SignedReceipt) -> Receipt | None:
    """The receipt, if the centre's keys prove it; in a worker."""
    try:
        return read_receipt(signed.token, KeySet(keys=store.site().keys))
    except BadSignature:
        return None


class ReceiptScreen(Screen):
    """Shown once the server's receipt is here; with it the visit is over."""

    model = ObjectProperty()
    nothing = ListProperty(["", ""])
    number = StringProperty("")
    received = StringProperty("")
    code = StringProperty("")
    """What the QR code holds."""
    printable = BooleanProperty(False)
    leave_text = StringProperty("")
    stick_text = StringProperty("")
    stick_closed = BooleanProperty(False)
    button = NumericProperty(0)
    """Height of one, in pixels."""
    below = NumericProperty(0)
    """Height of all of them with the space between, in pixels."""

    def __init__(self, **kwargs: Any) -> None:
        self.model = ReceiptModel()
        self._submission = ""
        self._keys: tuple[str, ...] = ()
        """Of the sticks that were open."""
        self._dialog: PrintDialog | None = None
        super().__init__(name="receipt", **kwargs)
        app = App.get_running_app()
        fill = Clock.create_trigger(lambda _dt: self._fill(), -1)
        self.model.bind(receipt=fill, state=fill)
        app.bind(words=fill, portrait=fill, sources_changed=self._look_at_sticks)
        app.theme.bind(unit=fill, large=fill)
        self._ticking = Clock.schedule_interval(lambda _dt: self._tick(), 1.0)
        self._ticking.cancel()
        self.printable = app.printing is not None
        self._tick()

    @property
    def in_trouble(self) -> bool:
        """Whether the receipt could not be had yet."""
        return bool(self.model.state == "trouble")

    def open(self, submission: str, signed: SignedReceipt | None = None) -> None:
        """Show the receipt of a submission, fetched from the encrypted store if not given."""
        self.model.forget()
        self._submission, self.model.signed = submission, signed
        self.ids.pages.scroll_y = 1.0
        self.refresh(App.get_running_app().moment())

    def let_sticks_go(self) -> None:
        """Close what the visitor plugged in, and say when it can be pulled out."""
        app = App.get_running_app()
        if app.sources is None:
            return
        sticks = [each for each in app.sources.sources() if each.kind is Kind.STICK]
        open_ones = [each for each in sticks if each.state is State.READY]
        self._keys = self._keys or tuple(each.key for each in open_ones)
        for stick in open_ones:
            app.sources.eject(stick)
        self._look_at_sticks()

    def on_pre_enter(self, *_: object) -> None:
        app = App.get_running_app()
        app.visit.session.close_soon(LEAVE_S)
        app.visit.say(app.words)
        self._ticking()
        self._tick()

    def on_pre_leave(self, *_: object) -> None:
        self._ticking.cancel()
        App.get_running_app().visit.session.take_time()

    def refresh(self, _at: datetime) -> None:
        """Ask for the receipt, or for the key that proves it."""
        if self.model.receipt is not None or not self._submission:
            return
        if self.model.signed is not None:
            self._prove(self.model.signed)
            return
        app, submission = App.get_running_app(), self._submission
        visitor = app.visit.visitor
        if app.visit.private is None or visitor is None:
            self.model.fail()
            return
        identity = visitor.identity

        def question(store: PrivateStore) -> SignedReceipt | None:
            signed = store.receipt(submission)
            if signed is not None:
                return signed
            kept = store.keepsakes(identity)
            found = (each.receipt for each in kept if each.submission == submission)
            return next(found, None)

        app.visit.private.ask("receipt", question, self._take, self.model.fail)

    def forget(self) -> None:
        """Nothing of it stays on this screen."""
        app = App.get_running_app()
        app.jobs.forget("receipt")
        if app.visit.private is not None:
            app.visit.private.forget("receipt")
        if self._dialog is not None:
            self._dialog.dismiss(animation=False)
        self._submission, self._keys, self.stick_text = "", (), ""
        self.model.forget()
        self._fill()

    def scroll(self, pages: float) -> None:
        """Page keys."""
        self.ids.pages.scroll_by(pages)

    def takes(self, key: int) -> bool:
        """Keys: what the dialog answers, p to print, Enter to leave."""
        if self._dialog is not None:
            self._dialog.takes(key)
            return True
        if key == ord("p") and self.printable:
            self.print()
            return True
        if key in ENTER:
            self.leave()
            return True
        return False

    def print(self) -> None:
        """Open the dialog: how many pages, or how the job is that still runs."""
        app, model = App.get_running_app(), self.model
        if app.printing is None or model.receipt is None or self._dialog is not None:
            return
        if not app.printing.running:
            made = receipt_printout(
                model.receipt,
                model.signed,
                app.words,
                app.moment(),
                centre=app.centre_name,
                terminal=app.terminal_name,
            )
            app.printing.prepare("receipt", made)
        self._dialog = PrintDialog(app.printing)
        self._dialog.bind(on_dismiss=lambda _dialog: setattr(self, "_dialog", None))
        self._dialog.open(animation=False)

    def leave(self) -> None:
        """End the visit, and ask how it was."""
        app = App.get_running_app()
        app.end_visit()
        app.open_rating(Service.VISIT)

    def eject_again(self) -> None:
        """A stick that could not be closed: try once more."""
        if not self.stick_closed:
            self.let_sticks_go()

    def _take(self, signed: SignedReceipt | None) -> None:
        if signed is None:
            self.model.fail()
            return
        self.model.signed = signed
        self._prove(signed)

    def _prove(self, signed: SignedReceipt) -> None:
        def answer(receipt: Receipt | None) -> None:
            if receipt is None:
                self.model.fail()
            else:
                self.model.show(receipt)

        App.get_running_app().jobs.ask(
            "receipt", lambda store: proven(store, signed), answer, self.model.fail
        )

    def _look_at_sticks(self, *_: object) -> None:
        app = App.get_running_app()
        if app.sources is None or not self._keys:
            self.stick_text = ""
            return
        mine = [each for each in app.sources.sources() if each.key in self._keys]
        self.stick_closed = all(each.state is State.REMOVABLE for each in mine)
        refused = any(each.trouble is not None for each in mine)
        name = "ejected" if self.stick_closed else "eject_failed" if refused else "ejecting"
        self.stick_text = app.words[f"receipt.{name}"]

    def _tick(self) -> None:
        app = App.get_running_app()
        seconds = app.visit.session.seconds_quiet()
        self.leave_text = app.words["receipt.leave"].format(seconds=seconds)

    def _fill(self) -> None:
        words, receipt = App.get_running_app().words, self.model.receipt
        self.nothing = self.model.nothing_texts(words)
        self.ids.facts.clear_widgets()
        self.ids.files.clear_widgets()
        self._look_at_sticks()
        if receipt is None:
            self.number = self.received = self.code = ""
            return
        spell = spelling(words, has_glyph)
        self.number, self.received = receipt.number, received_text(receipt, words)
        self.code = self.model.signed.short
        for name, value in facts(receipt, words):
            self.ids.facts.add_widget(FactLine(name=name, value=spell(value)))
        for line in file_lines(receipt.files, words):
            self.ids.files.add_widget(ReceivedFile(name=spell(line.name), digest=line.digest))


Builder.load_file(str(Path(__file__).with_name("receipt.kv")), encoding="utf-8")
