"""A real terminal in a real window, stepped frame by frame, touched and looked at."""

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from kivy.base import EventLoop, runTouchApp
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.graphics.opengl import glFinish
from kivy.lang import Builder
from kivy.uix.label import Label
from kivy.uix.recycleview import views
from kivy.uix.textinput import TextInput
from kivy.uix.widget import Widget
from PIL import Image

from display.notice import Notice
from display.trusted_time import Reading
from kiosk.app import KioskApp
from kiosk.central.portal import portal_notice
from kiosk.demo.notices import generate
from kiosk.input.deploy import deployed, lexicons
from kiosk.input.rime import Rime
from kiosk.settings import Settings
from kiosk.store.terminal import TerminalStore
from kiosk.sync.contract import Change, Page, Revision, notice_document
from kiosk.sync.signatures import public_key
from kiosk.sync.site import Keys, SiteDocument, document_id, site_document
from kiosk.sync.staff import StaffAccount, vouched
from kiosk.tour import pixels, tap, type_text

MORNING = datetime(2026, 11, 23, 1, 12, tzinfo=UTC)
"""Monday, 09:12 in Shanghai."""
PATIENCE_S = 30.0
SETTLED_AFTER = 4
"""Frames; widgets hand sizes on to each other from one frame to the next."""

CENTRE_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
"""With which the centre vouches for the accounts of staff."""
KEYS = {"escape": 27, "enter": 13, "up": 273, "down": 274, "right": 275, "left": 276,
        "pageup": 280, "pagedown": 281,
        "home": 278, "end": 279, "backspace": 8, "tab": 9}  # fmt: skip


def load_input() -> Rime:
    """The Chinese input method; its dictionaries are built once for all modules."""
    cache = Path(os.environ["MINGTANG_TEST_CACHE"]) / "input"
    return Rime.load(deployed(cache, lexicons("210400", None)))


class Terminal:
    """A terminal whose clocks stand still unless `pass_time` moves them."""

    draws = False
    """Whether a picture is drawn whenever things have settled, as for a visitor's eyes."""

    def __init__(
        self,
        folder: Path,
        *,
        size: tuple[int, int] = (1366, 768),
        language: str = "zh",
        centre: str = "抚顺市公共资源交易中心",
        contact: bool = True,
        chinese: bool = True,
        sections: dict[str, Any] | None = None,
    ) -> None:
        """`sections` are further ones of the settings."""
        self._chinese = chinese
        self.now = MORNING
        self.elapsed = 0.0
        self.path = folder / "terminal.db"
        self.settings = Settings.model_validate(
            {
                "centre": {
                    "name": centre,
                    "region": "210400",
                    "site": "fushun",
                    "telephone": "53910026",
                },
                "terminal": {"name": "FS-02", "data": str(folder)},
                "screen": {"language": language},
                **(sections or {}),
            }
        )
        self.store = TerminalStore(self.path)
        if contact:
            self.hear_server()
        self._seq = 0
        self._revisions: dict[str, int] = {}
        self._size = size
        self.app: Any = None

    # What arrives from the centre

    def generated(self) -> list[Notice]:
        return [portal_notice(record) for record in generate(self.now)]

    def receive(self, *notices: Notice) -> None:
        """Store notices as sync would, from another connection."""
        self._apply(*(self._change(notice.id, notice) for notice in notices))

    def withdraw(self, notice_id: str) -> None:
        """Store a withdrawal as sync would."""
        self._apply(self._change(notice_id, None))

    def receive_site(self, *documents: SiteDocument) -> None:
        """Store what the building's feed says, as sync would; the centre vouches for accounts."""
        if any(isinstance(each, StaffAccount) for each in documents):
            keys = Keys(keys=(public_key(CENTRE_KEY),))
            documents = (
                keys,
                *(
                    vouched(each, CENTRE_KEY) if isinstance(each, StaffAccount) else each
                    for each in documents
                ),
            )
        changes = [self._change(document_id(each), site_document(each)) for each in documents]
        self._apply(*changes, channel="site-fushun")

    def remove_site(self, id: str) -> None:
        """Take a document of the building's feed back, as sync would."""
        self._apply(self._change(id, None), channel="site-fushun")

    def _change(self, notice_id: str, notice: Notice | dict[str, Any] | None) -> Change:
        self._seq += 1
        number = self._revisions[notice_id] = self._revisions.get(notice_id, 0) + 1
        rev = f"{number}-{'a' * 32}"
        more: dict[str, Any] = {"deleted": True}
        if notice is not None:
            doc = notice_document(notice) if isinstance(notice, Notice) else notice
            more = {"doc": {**doc, "_rev": rev}}
        revisions = (Revision(rev=rev),)
        return Change(seq=f"{self._seq}-e1", id=notice_id, changes=revisions, **more)

    def _apply(self, *changes: Change, channel: str = "public-210400") -> None:
        page = Page(
            results=changes,
            last_seq=f"{self._seq}-e1",
            pending=0,
            epoch="e1",
            server_time=self.now,
        )
        self.store.apply_page(channel, page, now=self.now)

    def hear_server(self) -> None:
        """Record a contact, as sync does every few seconds."""
        self.store.heard_server(Reading(self.now), self.now)

    # The window

    def start(self, *, wait: bool = True, ahead: bool = False) -> None:
        """Open the screens; with `wait`, until home has heard from the store.

        Screens are built as they are asked for; `ahead`: all of them, as in the real program.
        """
        Window.size = self._size
        self.app = KioskApp(
            self.settings,
            self.path,
            now=lambda: Reading(self.now),
            elapsed=lambda: self.elapsed,
            load_input=load_input if self._chinese else None,
        )
        self.app._run_prepare()
        if EventLoop.status != "started":
            runTouchApp(embedded=True)
        if wait:
            self.until(lambda: self.screen("home").model.state != "waiting")
            self.until(lambda: self.app.composer.chinese is self._chinese)
            if not ahead and not self.app.complete:
                self.app._building.stop()
                self.app._built()
            self.settle()
        # What the terminal before this one still had to do has laid by rows of its look.
        views._cached_views.clear()

    def close(self) -> None:
        """Take the screens down, as the end of the program would."""
        if self.app is not None:
            self.app.dispatch("on_stop")
            for child in list(Window.children):
                Window.remove_widget(child)
            # Rows that scrolled away are kept for all lists of the process, with their app.
            views._cached_views.clear()
            self.app = None
        self.store.close()

    def resize(self, width: int, height: int) -> None:
        Window.size = (width, height)
        self.settle()

    def frame(self, *, draw: bool = True) -> None:
        """Let one frame happen; undrawn, everything but the pixels is done."""
        if not draw:
            Clock.tick()
            EventLoop.dispatch_input()
            Builder.sync()
            Clock.tick_draw()
            Builder.sync()
            return
        EventLoop.idle()
        # Software drawing puts frames off and would charge one frame with all of them.
        glFinish()

    def until(self, condition: Callable[[], Any], patience_s: float = PATIENCE_S) -> Any:
        """Let frames happen, undrawn, until `condition()` holds; give what it said."""
        deadline = time.monotonic() + patience_s
        while not (said := condition()):
            assert time.monotonic() < deadline, f"waited {patience_s} s; shown: {self.texts()}"
            self.frame(draw=False)
        if self.draws:
            self.frame()
        return said

    def settle(self) -> None:
        for _ in range(SETTLED_AFTER):
            self.frame(draw=False)
        if self.draws:
            self.frame()

    def pass_time(self, seconds: float) -> None:
        """Move both clocks, and let the terminal notice."""
        self.now += timedelta(seconds=seconds)
        self.elapsed += seconds
        self.app._tick()
        self.settle()

    def pixels(self) -> Image.Image:
        """Draw what is there now; drawing every frame was a third of the tests' time."""
        self.frame()
        return pixels()

    def picture(self, path: Path) -> None:
        self.pixels().save(path)

    # Looking

    @property
    def shown(self) -> str:
        return self.app.shown

    def screen(self, name: str) -> Any:
        return self.app.screen_named(name)

    def widgets(self, kind: str | type | None = None) -> Iterator[Any]:
        """Widgets that can be seen, the front ones last."""
        for child in reversed(Window.children):
            yield from (each for each in _seen(child) if _is(each, kind))

    def texts(self) -> list[str]:
        """What can be read, from top to bottom and left to right."""
        found = []
        for label in self.widgets(Label):
            if label.text and label.font_name != "icons":
                x, y = label.to_window(label.x, label.center_y)
                found.append((-round(y), x, label.text))
        for strip in self.widgets("StripRow"):
            found += [(-round(y), x, text) for x, y, text in strip.texts()]
        field = [each.text for each in self.widgets(TextInput) if each.text]
        return field + [text for _, _, text in sorted(found)]

    def says(self, part: str) -> bool:
        return any(part in text for text in self.texts())

    def find(self, text: str, kind: str | None = None) -> Any:
        """The foremost thing to tap that shows `text`."""
        found = [
            each
            for each in self.widgets()
            if hasattr(each, "on_release") and not each.disabled
            if _is(each, kind) and any(text in said for said in _said(each))
        ]
        assert found, f"nothing to tap says {text!r}; shown: {self.texts()}"
        return found[-1]

    def rows(self) -> list[Any]:
        """Result rows that can be seen, from the top."""
        return sorted(self.widgets("ResultRow"), key=lambda row: -row.to_window(*row.pos)[1])

    def titles(self) -> list[str]:
        """Titles of the notices in the result list, seen or not."""
        return [notice.title for notice in self.screen("lookup").model.notices]

    # Touching

    def tap(self, text: str, kind: str | None = None) -> None:
        tap(self.find(text, kind))
        self.settle()

    def tap_widget(self, widget: Widget) -> None:
        tap(widget)
        self.settle()

    def type(self, text: str) -> None:
        type_text(text)
        self.settle()

    def key(self, name: str, modifiers: tuple[str, ...] = ()) -> None:
        """Press a key that types nothing, as the window hands it on; or a letter with Ctrl."""
        code = KEYS.get(name) or ord(name)
        text = chr(code) if code < 128 else None
        Window.dispatch("on_key_down", code, 0, text, list(modifiers))
        Window.dispatch("on_key_up", code, 0)
        self.settle()

    # Ways that many tests go

    def look_up(self, query: str = "") -> None:
        """From home to the results of a query."""
        self.tap("信息查询" if self.app.language == "zh" else "Look up", "Tile")
        self.type(query)
        self.found(query)

    def found(self, query: str) -> None:
        """Wait until the results are those of `query`."""
        model = self.app.lookup_model
        self.until(
            lambda: model.query == query and model.state != "waiting" and model.count >= 0
            and not self.screen("lookup")._pending
        )  # fmt: skip
        self.settle()

    def read(self, notice_id: str) -> None:
        """Open a notice of the result list and wait for its text."""
        self.until(lambda: any(row.notice_id == notice_id for row in self.rows()))
        self.tap_widget(next(row for row in self.rows() if row.notice_id == notice_id))
        self.until(lambda: self.shown == "notice" and any(self.widgets("TextRow")))
        self.settle()


def _seen(widget: Widget) -> Iterator[Widget]:
    if widget.opacity == 0 or (widget.width <= 0 and widget.height <= 0):
        return
    yield widget
    for child in reversed(widget.children):
        yield from _seen(child)


def _is(widget: Widget, kind: str | type | None) -> bool:
    if isinstance(kind, str):
        return type(widget).__name__ == kind
    return kind is None or isinstance(widget, kind)


def _said(widget: Widget) -> list[str]:
    return [each.text for each in _seen(widget) if isinstance(each, Label) and each.text]
