"""A visit without a visitor: taps through what a terminal offers, and takes pictures."""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.base import EventLoop
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.graphics.opengl import GL_RGB, GL_UNSIGNED_BYTE, glReadPixels
from kivy.input.motionevent import MotionEvent
from kivy.uix.widget import Widget
from PIL import Image

from devices.led.virtual.control import tell
from kiosk.tour_end import told, why_stuck

log = logging.getLogger(__name__)

LOOK_S = 0.1
PATIENCE_S = 30.0
SETTLE_FRAMES = 4
SYLLABLES = "zbgg"
"""Of 招标公告: what the picture of the keyboard composes."""
ROW_FRAMES = 2
"""For a list that has only moved."""
ENTER = 13


class Tap(MotionEvent):
    """A finger at a point of the window."""

    def __init__(self, x: float, y: float) -> None:
        place = (x / max(1, Window.width - 1), y / max(1, Window.height - 1))
        super().__init__("tour", "tap", place, is_touch=True, type_id="touch")

    def depack(self, args: tuple[float, float]) -> None:
        """Take the place, as parts of the window's width and height."""
        self.profile = ["pos"]
        self.sx, self.sy = args
        super().depack(args)


def tap(widget: Widget) -> None:
    """Put a finger on the middle of `widget` and lift it."""
    touch = Tap(*widget.to_window(*widget.center))
    EventLoop.post_dispatch_input("begin", touch)
    EventLoop.post_dispatch_input("end", touch)


def type_text(text: str) -> None:
    """Type on a keyboard, character by character."""
    for character in text:
        Window.dispatch("on_textinput", character)


def pixels() -> Image.Image:
    """What the window shows."""
    width, height = (int(side) for side in Window.size)
    shown = glReadPixels(0, 0, width, height, GL_RGB, GL_UNSIGNED_BYTE)
    return Image.frombytes("RGB", (width, height), shown).transpose(Image.Transpose.FLIP_TOP_BOTTOM)


def picture(path: Path) -> None:
    """Write what the window shows as PNG."""
    pixels().save(path)


def find(kind: str, matches: Callable[[Any], bool] = lambda _widget: True) -> Any:
    """The first widget of class `kind` on the current screen that `matches`, or None."""
    app = App.get_running_app()
    screen = app.screen_named(app.shown)
    found = (w for w in screen.walk() if type(w).__name__ == kind and matches(w))
    return next(found, None)


class Tour:
    """Runs `visit` step by step; a step is a condition to wait for."""

    def __init__(
        self, out: Path, query: str, reader: Path | None = None, stick: Path | None = None
    ) -> None:
        """`reader` and `stick` are where simulated ones take orders."""
        self._out, self._query, self._reader, self._stick = out, query, reader, stick
        self._report: dict[str, object] = {"finished": False}
        self._waited = 0.0
        self._steps = self._visit()
        self._step: Callable[[], Any] = lambda: True

    @property
    def finished(self) -> bool:
        """Whether it came to its end."""
        return bool(self._report["finished"])

    def said(self) -> str:
        """How it went, in a line for the person at the keyboard."""
        return told(self._report, self._out)

    def begin(self) -> None:
        """Start when the window is there. The clock keeps no reference: the caller must."""
        Clock.schedule_interval(self._look, LOOK_S)

    def _visit(self) -> Iterator[Callable[[], Any]]:
        app = App.get_running_app()
        yield lambda: app.online and find("Tile", lambda tile: tile.main) is not None
        yield from self._settled()
        picture(self._out / "home.png")
        tap(find("Tile", lambda tile: tile.main))
        lookup = app.lookup_model
        yield lambda: app.shown == "lookup" and lookup.state == "found"
        type_text(self._query)
        yield self._found
        yield lambda: not app.composer.preparing
        if app.composer.chinese:
            type_text(SYLLABLES)
            yield lambda: app.composer.candidates.shown and SYLLABLES in lookup.query
            yield lambda: lookup.state in {"found", "nothing"} and lookup.count >= 0
        yield from self._settled()
        picture(self._out / "lookup.png")
        app.composer.give_up()
        yield self._found
        yield from self._settled()
        self._report["search_hits"] = int(lookup.count)
        self._report["query"] = self._query
        first = lookup.notices[0]
        tap(find("ResultRow", lambda row: row.notice_id == first.id))
        notice = app.screen_named("notice")
        yield lambda: app.shown == "notice" and notice.notice is not None
        yield lambda: notice.notice.id == first.id and find("TextRow") is not None
        yield from self._settled()
        picture(self._out / "notice.png")
        self._report["notice"] = first.id
        if self._reader is not None:
            yield from self._check_in(self._reader)
            yield from self._fill_in(self._reader)
            if self._stick is not None:
                yield from self._hand_in(self._reader, self._stick)
                yield from self._look_back(self._reader)
        self._report["finished"] = True

    def _check_in(self, reader: Path) -> Iterator[Callable[[], Any]]:
        app = App.get_running_app()
        yield from self._identified("check_in", reader)
        yield lambda: app.shown == "check_in" and app.screen_named("check_in").model.state == "done"
        yield from self._settled()
        picture(self._out / "checked-in.png")
        app.end_visit()
        yield lambda: app.visit.visitor is None and app.visit.ready
        self._report["checked_in"] = True

    def _fill_in(self, reader: Path) -> Iterator[Callable[[], Any]]:
        """The first form that the visitor may fill in; nothing is written into it."""
        app = App.get_running_app()
        yield from self._identified("entry", reader)
        yield lambda: app.shown == "entry" and app.screen_named("entry").state == "known"
        yield lambda: find("FormRow") is not None or not app.screen_named("entry").offered
        yield from self._settled()
        if app.screen_named("entry").offered:
            tap(find("FormRow"))
            yield lambda: app.shown == "form"
            yield from self._settled()
        picture(self._out / "entry.png")
        app.end_visit()
        yield lambda: app.visit.visitor is None and app.visit.ready

    def _identified(self, service: str, reader: Path) -> Iterator[Callable[[], Any]]:
        """From home into a personal service, with a made-up card."""
        app = App.get_running_app()
        app.end_visit()
        yield lambda: app.shown == "home" and app.visit.ready
        # While one screen takes another's place, neither takes touches.
        yield from self._settled()
        tap(find("ServiceTile", lambda tile: tile.service == service))
        model = app.screen_named("identify").model
        yield lambda: model.said == "waiting"
        yield from self._settled()
        picture(self._out / "identify.png")
        tell(reader, "lay resident")
        yield lambda: model.page == "roles" and find("RoleButton") is not None
        tell(reader, "lift")
        yield from self._settled()
        tap(find("RoleButton"))

    def _hand_in(self, reader: Path, stick: Path) -> Iterator[Callable[[], Any]]:
        """All files of the stick's first folder, or those that lie outside of folders."""
        app = App.get_running_app()
        # What was open before is opened again only once it was pulled out.
        tell(stick, "pull")
        yield from self._identified("upload", reader)
        model = app.screen_named("upload").model
        yield lambda: app.shown == "upload" and model.step == "warning"
        yield from self._settled()
        tap(find("PrimaryButton"))
        yield lambda: self._row("project") is not None
        yield from self._settled()
        tap(self._row("project"))
        tell(stick, "plug")
        yield lambda: self._row("source", "stick-") is not None
        yield from self._settled()
        tap(self._row("source", "stick-"))
        yield lambda: model.listing is not None and self._row("browse") is not None
        yield from self._settled()
        if self._row("browse", "d") is not None:
            tap(self._row("browse", "d"))
            yield lambda: model.listing is not None and self._row("browse", "f") is not None
            yield from self._settled()
        for number in range(len(model.listing.files)):
            find("Rows").reveal(number + len(model.listing.folders))
            yield from self._settled(ROW_FRAMES)
            tap(self._row("browse", f"f{number}"))
        yield from self._settled()
        tap(find("PrimaryButton"))
        yield lambda: model.files and not model.examining and model.can_hand_in
        yield from self._settled()
        picture(self._out / "upload.png")
        chosen = len(model.files)
        tap(find("PrimaryButton"))
        receipt = app.screen_named("receipt")
        yield lambda: app.shown == "receipt" and receipt.model.receipt is not None
        yield lambda: receipt.stick_closed
        yield from self._settled()
        picture(self._out / "receipt.png")
        (self._out / "receipt.txt").write_text(receipt.model.signed.token + "\n", encoding="ascii")
        delivered = len(receipt.model.receipt.files)
        self._report |= {"delivered": delivered, "refused": chosen - delivered}
        if app.printing is not None:
            yield from self._printed(receipt)
        app.end_visit()
        yield lambda: app.visit.visitor is None and app.visit.ready

    def _look_back(self, reader: Path) -> Iterator[Callable[[], Any]]:
        """What the same person handed in, as the server says it."""
        app = App.get_running_app()
        yield from self._identified("matters", reader)
        model = app.screen_named("matters").model
        yield lambda: app.shown == "matters" and model.asked == "answered" and model.receipts
        yield from self._settled()
        picture(self._out / "matters.png")
        app.end_visit()
        yield lambda: app.visit.visitor is None and app.visit.ready

    def _printed(self, receipt: Any) -> Iterator[Callable[[], Any]]:
        """On paper, as far as the printer goes."""
        printing = App.get_running_app().printing
        receipt.takes(ord("p"))
        yield lambda: printing.state not in ("idle", "setting")
        yield from self._settled()
        receipt.takes(ENTER)
        yield lambda: printing.state != "ready" and not printing.running
        self._report["printed"] = bool(printing.done)

    def _row(self, pane: str, key: str = "") -> Any:
        return find(
            "ListRow",
            lambda row: row.pane == pane and row.key.startswith(key) and row.leads | row.tappable,
        )

    def _found(self) -> bool:
        """Whether the list shows what was looked up, with its words marked."""
        lookup = App.get_running_app().lookup_model
        if lookup.query != self._query or lookup.state != "found" or lookup.count < 0:
            return False
        return find("ResultRow", lambda row: any(each[1] for each in row.title_lines)) is not None

    def _settled(self, looks: int = SETTLE_FRAMES) -> Iterator[Callable[[], Any]]:
        for _ in range(looks):
            yield lambda: True

    def _look(self, elapsed: float) -> bool | None:
        self._waited += elapsed
        if self._step():
            self._waited = 0.0
            following = next(self._steps, None)
            if following is None:
                return self._end()
            self._step = following
        elif self._waited > PATIENCE_S:
            app = App.get_running_app()
            self._report |= {"stuck_on": app.shown, "why": why_stuck(app)}
            picture(self._out / "stuck.png")
            return self._end()
        return None

    def _end(self) -> bool:
        (self._out / "tour.json").write_text(
            json.dumps(self._report, ensure_ascii=False), encoding="utf-8"
        )
        App.get_running_app().stop()
        return False
