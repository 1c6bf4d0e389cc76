"""The screen on which staff say who they are: card, then PIN."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, NumericProperty, ObjectProperty
from kivy.uix.anchorlayout import AnchorLayout
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.screenmanager import Screen

from devices.idcard.identity import Identity
from kiosk.identify import screen as identify_screen  # noqa: F401  registers MarkupPassage
from kiosk.identify.reading import CardReading, Told
from kiosk.staff import keypad  # noqa: F401  registers its rules
from kiosk.staff.accounts import StaffRefused
from kiosk.staff.sign_in.lockout import Watch
from kiosk.staff.sign_in.model import SignInModel
from kiosk.staff.sign_in.signing_in import (
    Locked,
    NoAccounts,
    Refused,
    SignedIn,
    recognised,
    try_pin,
    watch_of,
)
from kiosk.store.terminal import TerminalStore
from kiosk.sync.staff import StaffAccount
from kiosk.widgets import footer, passage  # noqa: F401  registers their rules

NOTICE_S = 1.5
"""For a look at what is read and why, before the reader is asked."""
ENTER, BACKSPACE = {13, 271}, 8
COUNT_S = 1.0

Found = StaffAccount | SignedIn | Locked | Refused | Exception


class PinDots(BoxLayout):
    """How much of the PIN was typed."""

    count = NumericProperty(0)


class CardPage(BoxLayout):
    """What is read and why, and the reader."""

    model = ObjectProperty(None, rebind=True)


class PinPage(AnchorLayout):
    """The pad for the PIN."""

    model = ObjectProperty(None, rebind=True)


class SignInScreen(Screen):
    """What is read and why, the reader, then the pad for the PIN."""

    model = ObjectProperty()
    backs = BooleanProperty(True)
    """Whether there is a screen before this one."""
    in_trouble = False
    """It asks the store only for a card that was laid."""

    def __init__(self, **kwargs: Any) -> None:
        app = App.get_running_app()
        self._reading: CardReading | None = app.visit.card_reading(self._told)
        self.model = SignInModel(has_reader=self._reading is not None)
        self.backs = app.first != "sign_in"
        self._begin = Clock.create_trigger(lambda _dt: self._poll(), NOTICE_S)
        self._counted = 0.0
        self._counting = Clock.create_trigger(lambda _dt: self._count(), COUNT_S, interval=True)
        super().__init__(name="sign_in", **kwargs)
        self.model.bind(page=lambda *_: self._show_page())
        self._show_page()

    def open(self) -> None:
        """Ask who it is."""
        self.forget()
        self._begin()

    def refresh(self, _at: datetime) -> None:
        """Where this is the first screen, it asks whenever nobody is signed in."""
        if self._asking and self.model.said == "preparing":
            self._begin()

    def on_leave(self, *_: object) -> None:
        """The reader is asked only while this screen is shown."""
        self._rest()
        self._counting.cancel()

    def scroll(self, pages: float) -> None:
        """Page keys: it all fits."""

    def forget(self) -> None:
        """Nothing of anybody stays."""
        self._rest()
        self._counting.cancel()
        if self._reading is not None:
            self._reading.forget()
        App.get_running_app().file_jobs.forget("staff card", "staff PIN")
        self.model.forget()

    def step_back(self) -> bool:
        """From the PIN back to the card."""
        if self.model.page != "pin":
            return False
        self.open()
        return True

    def takes(self, key: int) -> bool:
        """Keys of the keyboard on the desk."""
        if self.model.page != "pin":
            return False
        if key in ENTER:
            self.confirm()
        elif key == BACKSPACE:
            self.model.delete()
        return key in ENTER or key == BACKSPACE

    def typed(self, text: str) -> bool:
        """Digits of the desk's keyboard; other characters do nothing."""
        if self.model.page == "pin":
            for character in text:
                if character in "0123456789":
                    self.model.type(character)
        return True

    def confirm(self) -> None:
        """Try the PIN."""
        model = self.model
        account = model.account
        if account is None or not model.can_try:
            return
        app, number, pin = App.get_running_app(), model.number, model.pin
        proven, now = app.proven(), self._watch()
        model.checking = True
        self._ask("staff PIN", lambda store: try_pin(store, account, number, pin, proven, now))

    def _show_page(self) -> None:
        page = self.ids.page
        page.clear_widgets()
        kind = PinPage if self.model.page == "pin" else CardPage
        page.add_widget(kind(model=self.model))

    def _told(self, what: Told | Identity) -> None:
        if not self._asking:
            return
        if isinstance(what, Told):
            self.model.told(what)
            return
        app, number = App.get_running_app(), what.number
        app.visit.staff_card = True
        proven, now = app.proven(), self._watch()
        self.model.card(number)
        self._ask("staff card", lambda store: recognised(store, number, proven, now))

    def _ask(self, name: str, question: Callable[[TerminalStore], Found]) -> None:
        """Ask in a worker: it computes for an eighth of a second."""
        app = App.get_running_app()
        visit = app.visit.session.number

        def asked(store: TerminalStore) -> Found:
            try:
                return question(store)
            except (StaffRefused, NoAccounts) as refusal:
                return refusal

        def known(found: Found) -> None:
            if app.visit.session.is_now(visit) and app.shown == self.name:
                self._take(found)

        app.file_jobs.ask(name, asked, known, self._fail)

    def _take(self, found: Found) -> None:
        match found:
            case SignedIn(account, key):
                App.get_running_app().signed_in(account, key)
            case StaffAccount():
                self.model.ask_pin(found)
            case Locked():
                self.model.lock(found)
                self._wait()
            case Refused():
                self.model.wrong(found)
                self._wait()
            case Exception():
                self.model.refuse(found)
        if self.model.page == "card" and self._asking:
            # At once, so that the reader notices when this card is taken away.
            self._poll()

    def _fail(self) -> None:
        self.model.fail()
        if self._asking:
            self._poll()

    def _wait(self) -> None:
        self._counted = App.get_running_app().seconds()
        self._counting()

    def _count(self) -> None:
        now = App.get_running_app().seconds()
        self.model.wait(now - self._counted)
        self._counted = now
        if self.model.left_s <= 0:
            self._counting.cancel()

    def _watch(self) -> Watch:
        app = App.get_running_app()
        return watch_of(app.look_at_clocks(), app.seconds(), app.proven())

    def _poll(self) -> None:
        if self._reading is not None and self._asking:
            self._reading.begin()

    @property
    def _asking(self) -> bool:
        app = App.get_running_app()
        return bool(app.shown == self.name and self.model.page == "card")

    def _rest(self) -> None:
        self._begin.cancel()
        if self._reading is not None:
            self._reading.pause()


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
