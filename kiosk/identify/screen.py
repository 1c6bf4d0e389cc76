"""The screen that asks who somebody is."""

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from kivy.app import App
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import ObjectProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.label import Label
from kivy.uix.screenmanager import Screen

from devices.idcard.identity import Identity
from kiosk.identify.assist import AssistModel
from kiosk.identify.marking import marked_lines
from kiosk.identify.model import IdentifyModel, roles_at
from kiosk.identify.reading import CardReading, Told
from kiosk.identify.wedge import Wedge
from kiosk.session import Visitor
from kiosk.staff.accounts import Action, StaffRefused, recognise
from kiosk.sync.signatures import KeySet
from kiosk.sync.staff import StaffAccount
from kiosk.sync.submission import Role
from kiosk.widgets import passage  # noqa: F401  registers its rules
from kiosk.widgets.controls import Card, OutlineButton
from kiosk.widgets.lines import break_lines
from kiosk.widgets.measure import measure

if TYPE_CHECKING:
    from kiosk.identify.vouching import VouchPage
    from kiosk.store.site import Site

NOTICE_S = 2.0
"""For a look at what is read and why, before the reader is asked."""
ENTER = {13, 271}
STEPS = {274: 1, 273: -1, 275: 1, 276: -1}
"""Arrow keys."""


class MarkupPassage(Label):
    """Running text with bold words in it, whose lines break as Chinese is set."""

    said = StringProperty("")
    """The text; what stands between ``[b]`` and ``[/b]`` is bold."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(markup=True, **kwargs)
        self.bind(said=self._set, width=self._set, font_size=self._set)
        self._set()

    def _set(self, *_: object) -> None:
        # Bold Latin letters are wider: measured as if all were bold.
        bold = measure(self.font_size, bold=True)
        self.text = marked_lines(self.said, lambda text: break_lines(text, self.width - 1, bold))


class WayButton(ButtonBehavior, Card):
    """Another way to say who one is."""

    icon = StringProperty("")
    text = StringProperty("")


class RoleButton(OutlineButton):
    """As whom."""

    role = StringProperty("")
    model = ObjectProperty(None, rebind=True)


class ReaderCard(Card):
    """What to do at the reader, and how it goes."""

    model = ObjectProperty(None, rebind=True)


class Ways(BoxLayout):
    """Card and notice, code, a staff member's card."""

    model = ObjectProperty(None, rebind=True)


class Roles(BoxLayout):
    """As whom somebody is here."""

    model = ObjectProperty(None, rebind=True)


class IdentifyScreen(Screen):
    """The notice first, then the reader, then the role."""

    model = ObjectProperty()
    in_trouble = False
    """It asks the store nothing that it would have to ask again."""

    def __init__(self, **kwargs: object) -> None:
        app = App.get_running_app()
        self._following: Callable[[], None] | None = None
        self._wedge = Wedge()
        self._reading: CardReading | None = app.visit.card_reading(self._told)
        self.model = IdentifyModel(app.zone, has_reader=self._reading is not None)
        self._assist = AssistModel(roles_at(app.zone))
        self._vouch: VouchPage | None = None
        self._scanning = app.visit.code_scanning(self._scanned, self.model.told_scanner)
        self._begin = Clock.create_trigger(lambda _dt: self._poll(), NOTICE_S)
        super().__init__(name="identify", **kwargs)
        self.model.bind(page=lambda *_: self._show_page())
        app.visit.bind(ready=self._look_at_store, trouble=self._look_at_store)
        self._show_page()

    def open(self, following: Callable[[], None], title: str, *, service: str = "") -> None:
        """Ask who somebody is, then do what follows; `title` names it, for visitors."""
        self.forget()
        self._following = following
        self.model.begin(service)
        self._look_at_store()
        App.get_running_app().visit.begin()
        self._begin()
        if self._scanning is not None:
            self._scanning.begin()

    def on_leave(self, *_: object) -> None:
        """Reader and scanner are asked only while this screen is shown."""
        self._rest()
        if self._scanning is not None:
            self._scanning.pause()

    def refresh(self, _at: datetime) -> None:
        """Nothing here changes with the data."""

    def scroll(self, pages: float) -> None:
        """Page keys: it all fits."""

    def forget(self) -> None:
        """Nothing of anybody stays."""
        self._begin.cancel()
        if self._reading is not None:
            self._reading.forget()
        if self._scanning is not None:
            self._scanning.pause()
        self._following = None
        self._wedge.forget()
        App.get_running_app().file_jobs.forget("staff card")
        self._assist.forget()
        if self._vouch is not None:
            self._vouch.forget()
        self.model.forget()

    def choose_way(self, way: str) -> None:
        """The buttons beside the reader."""
        if self.model.said == "unavailable":
            return
        self.model.choose_way(way)
        self._rest()
        if way != "code":
            self._begin()

    def choose(self, role: str) -> None:
        """As whom: the last thing to know."""
        self._end(self.model.choose(Role(role)))

    def step_back(self) -> bool:
        """From what a staff member enters, back to the ways."""
        if self.model.page != "vouch":
            return False
        self._end_vouching(late=False)
        return True

    def takes(self, key: int) -> bool:
        """Keys of the keyboard on the desk, and the one that ends a scanned code."""
        if self.model.page == "vouch" and self._vouch is not None:
            return self._vouch.takes(key)
        if key in ENTER:
            code = self._wedge.entered(time.monotonic())
            if code is not None:
                self._scanned(code)
            elif self.model.page == "roles" and self.model.marked:
                self.choose(self.model.marked)
            return True
        if self.model.page == "roles" and key in STEPS:
            self.model.move(STEPS[key])
            return True
        return False

    def typed(self, text: str) -> bool:
        """Characters of the desk's keyboard, or of a scanner that types; False: for a field."""
        if self.model.page == "vouch":
            return False
        self._wedge.typed(text, time.monotonic())
        return True

    def _scanned(self, code: str) -> None:
        app = App.get_running_app()
        if self.model.page != "ways" or self.model.said == "unavailable":
            return
        self._rest()
        visit = app.visit.session.number

        def known(site: "Site") -> None:
            if app.visit.session.is_now(visit) and app.shown == self.name:
                keys = KeySet(keys=site.keys)
                given = self.model.scanned(code, keys, app.proven(), site.withdrawn_codes)
                self._end(given)

        app.jobs.ask("identify keys", lambda store: store.site(), known, self.model.fail)

    def _check_staff(self, card: Identity) -> None:
        """Whose card it is that a staff member laid; computed off the UI thread."""
        app, number = App.get_running_app(), card.number
        visit, now = app.visit.session.number, app.proven()
        self.model.check_staff()

        def question(store: Any) -> StaffAccount | StaffRefused:
            site = store.site()
            try:
                return recognise(site.staff, site.staff_salt, number, Action.ASSIST, now)
            except StaffRefused as refusal:
                return refusal

        def known(found: StaffAccount | StaffRefused) -> None:
            if not (app.visit.session.is_now(visit) and self._asking and self.model.way == "staff"):
                return
            if isinstance(found, StaffAccount):
                self._assist.begin(found, number)
                self.model.vouch()
            else:
                self.model.refuse_staff(found)
                # At once, so that the reader notices when this card is taken away.
                self._poll()

        app.file_jobs.ask("staff card", question, known, self.model.fail)

    def _confirmed(self, page: "VouchPage") -> None:
        """First the record that somebody vouched, then the visit."""
        app, assist = App.get_running_app(), self._assist
        private = app.visit.private
        if private is None or not app.visit.ready:
            self._end_vouching(late=False)
            self.model.fail()
            return
        visitor, event = assist.confirmed(app.moment(), app.terminal_name, uuid4())
        visit = app.visit.session.number

        def kept(_nothing: None) -> None:
            if app.visit.session.is_now(visit) and assist.begun:
                self._end(visitor)

        def failed() -> None:
            assist.trouble, page.keeping = "not_kept", False

        private.ask("assist", lambda store: store.owe_event(event), kept, failed)

    def _end_vouching(self, *, late: bool) -> None:
        self._assist.forget()
        if self._vouch is not None:
            self._vouch.forget()
        self.model.end_vouching(late=late)
        if late:
            self._poll()
        else:
            self._begin()

    def _end(self, visitor: Visitor | None) -> None:
        following = self._following
        if visitor is None or following is None:
            return
        app = App.get_running_app()
        if app.visit.ready:
            app.identified(visitor, following)
        else:
            self.model.forget()
            self.model.fail()

    def _poll(self) -> None:
        if self._reading is not None and self._asking:
            self._reading.begin()

    @property
    def _asking(self) -> bool:
        shown = App.get_running_app().shown == self.name
        return shown and self.model.page == "ways" and self.model.way != "code"

    def _rest(self) -> None:
        self._begin.cancel()
        if self._reading is not None:
            self._reading.pause()

    def _told(self, what: Told | Identity) -> None:
        if not self._asking:
            return
        if isinstance(what, Told):
            self.model.told(what)
        elif self.model.way == "staff":
            self._check_staff(what)
        else:
            self.model.read(what)

    def _look_at_store(self, *_: object) -> None:
        """Personal services need the encrypted store, and say so when it does not open."""
        visit = App.get_running_app().visit
        if visit.trouble and self.model.page == "ways":
            self._rest()
            self.model.fail()
        elif visit.ready and self.model.said == "unavailable":
            self.choose_way("card")

    def _show_page(self) -> None:
        page = self.ids.page
        page.clear_widgets()
        if self.model.page == "roles":
            roles = Roles(model=self.model)
            for role in self.model.roles:
                roles.ids.roles.add_widget(RoleButton(role=role, model=self.model))
            page.add_widget(roles)
        elif self.model.page == "vouch":
            page.add_widget(self._vouching())
            self._vouching().begin()
        else:
            page.add_widget(Ways(model=self.model))

    def _vouching(self) -> "VouchPage":
        """The page is built when the first staff member lays a card, and kept."""
        if self._vouch is None:
            from kiosk.identify.vouching import VouchPage

            self._vouch = VouchPage(self._assist)
            self._vouch.bind(
                on_confirmed=self._confirmed, on_late=lambda _page: self._end_vouching(late=True)
            )
        return self._vouch


Builder.load_file(str(Path(__file__).with_name("identify.kv")), encoding="utf-8")
