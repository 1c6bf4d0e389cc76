"""The screen that asks who somebody is."""

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import ObjectProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.label import Label
from kivy.uix.screenmanager import Screen

from devices.idcard.identity import Identity
from kiosk.identify.marking import marked_lines
from kiosk.identify.model import IdentifyModel
from kiosk.identify.reading import CardReading, Told
from kiosk.identify.wedge import Wedge
from kiosk.session import Visitor
from kiosk.sync.signatures import KeySet
from kiosk.sync.submission import Role
from kiosk.widgets import passage  # noqa: F401  registers its rules
from kiosk.widgets.controls import Card, OutlineButton
from kiosk.widgets.lines import break_lines
from kiosk.widgets.measure import measure

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
    """Card and notice, code, staff."""

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
        self._begin = Clock.create_trigger(lambda _dt: self._poll(), NOTICE_S)
        super().__init__(name="identify", **kwargs)
        self.model.bind(page=lambda *_: self._show_page())
        app.visit.bind(ready=self._look_at_store, trouble=self._look_at_store)
        self._show_page()

    def open(self, following: Callable[[], None], title: str) -> None:
        """Ask who somebody is, then do what follows; `title` names it."""
        self.forget()
        self._following = following
        self.model.begin()
        self._look_at_store()
        App.get_running_app().visit.begin()
        self._begin()

    def on_leave(self, *_: object) -> None:
        """The reader is asked only while this screen is shown."""
        self._rest()

    def refresh(self, _at: datetime) -> None:
        """Nothing here changes with the data."""

    def scroll(self, pages: float) -> None:
        """Page keys: it all fits."""

    def forget(self) -> None:
        """Nothing of anybody stays."""
        self._rest()
        self._following = None
        self._wedge.forget()
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

    def takes(self, key: int) -> bool:
        """Keys of the keyboard on the desk, and the one that ends a scanned code."""
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

    def typed(self, text: str) -> None:
        """Characters of the desk's keyboard, or of a scanner that types."""
        self._wedge.typed(text, time.monotonic())

    def _scanned(self, code: str) -> None:
        app = App.get_running_app()
        if self.model.page != "ways" or self.model.said == "unavailable":
            return
        self._rest()
        visit = app.visit.session.number

        def known(keys: tuple[Any, ...]) -> None:
            if app.visit.session.is_now(visit) and app.shown == self.name:
                self._end(self.model.scanned(code, KeySet(keys=keys), app.proven()))

        app.jobs.ask(
            "identify keys", lambda store: store.site().keys, known, lambda: self.model.fail()
        )

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
        else:
            page.add_widget(Ways(model=self.model))


Builder.load_file(str(Path(__file__).with_name("identify.kv")), encoding="utf-8")
