"""The notice screen: rows of text that scroll, and what can be taken away."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import segno
from kivy.app import App
from kivy.clock import Clock
from kivy.graphics.texture import Texture
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.screenmanager import Screen
from kivy.uix.widget import Widget

from display.notice import Notice
from display.release import Channel, Verdict, release
from kiosk.lookup.model import TONES
from kiosk.notice.model import Field, expired, fields, paragraphs, stages, text_lines
from kiosk.widgets.lines import break_lines
from kiosk.widgets.measure import measure

SLICE_S = 0.015
"""Time for laying out text in one frame; long notices go on in the next ones."""


class QrCode(Widget):
    """The official address as a QR code (二维码), drawn dot by dot."""

    address = StringProperty("")
    texture = ObjectProperty(None, allownone=True)

    def on_address(self, *_: object) -> None:
        if not self.address:
            self.texture = None
            return
        rows = [
            bytes(0 if dark else 255 for dark in row)
            for row in segno.make(self.address, error="m", micro=False).matrix_iter(border=2)
        ]
        texture = Texture.create(size=(len(rows[0]), len(rows)), colorfmt="luminance")
        texture.blit_buffer(b"".join(reversed(rows)), colorfmt="luminance", bufferfmt="ubyte")
        texture.mag_filter = texture.min_filter = "nearest"
        self.texture = texture


class TagRow(BoxLayout):
    """The kind of the notice, and whether it is out of date."""

    kind = StringProperty("")
    tone = StringProperty("brand")
    note = StringProperty("")


class TextRow(BoxLayout):
    """One line of the title or of the body."""

    text = StringProperty("")
    title = BooleanProperty(False)


class FieldRow(BoxLayout):
    """A field's name, one line of its value, and a note."""

    name = StringProperty("")
    text = StringProperty("")
    note = StringProperty("")
    strong = BooleanProperty(False)


class RuleRow(Widget):
    """A line between fields and text."""


class StageBox(BoxLayout):
    """One station of the timeline."""

    name = StringProperty("")
    date = StringProperty("")
    reached = BooleanProperty(False)
    here = BooleanProperty(False)


class StagesRow(BoxLayout):
    """The project's timeline."""

    stages = ListProperty()

    def on_stages(self, *_: object) -> None:
        self.clear_widgets()
        for stage in self.stages:
            self.add_widget(
                StageBox(name=stage.name, date=stage.date, reached=stage.reached, here=stage.here)
            )


class NoticeScreen(Screen):
    """Shows one notice; what the gate does not release is not shown."""

    notice = ObjectProperty(None, allownone=True)
    gone = BooleanProperty(False)
    """True when the notice was withdrawn or is not in the store."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(name="notice", **kwargs)
        self._notice_id = ""
        self._project: tuple[Notice, ...] = ()
        self._lines: Iterator[str] = iter(())
        self._minute: int | None = None
        app = App.get_running_app()
        self._redraw = Clock.create_trigger(lambda _dt: self._draw())
        self._continue = Clock.create_trigger(lambda _dt: self._add_lines())
        app.theme.bind(unit=self._redraw, large=self._redraw)
        app.bind(words=self._redraw, portrait=self._redraw)
        self.ids.rows.bind(width=self._redraw)

    def open(self, notice_id: str) -> None:
        """Show the notice of this id."""
        self._notice_id = notice_id
        self.notice, self.gone, self._project = None, False, ()
        self.ids.rows.data = []
        self.ids.rows.scroll_y = 1.0
        self.refresh(App.get_running_app().moment())

    def refresh(self, at: datetime) -> None:
        """Read it again: the store has changed."""
        if not self._notice_id:
            return
        notice_id = self._notice_id

        def question(store: Any) -> Any:
            notice = store.notice(notice_id)
            if notice is None:
                return None, (), store.known()
            project = store.project(notice.tender_no) if notice.tender_no else ()
            return notice, project, store.known()

        App.get_running_app().jobs.ask("notice", question, lambda found: self._take(*found, at))

    def tick(self, at: datetime) -> None:
        """Keep the countdown right."""
        if self.notice is not None and self._minute != int(at.timestamp() // 60):
            self._redraw()

    def forget(self) -> None:
        """Nothing of this visitor stays."""
        App.get_running_app().jobs.forget("notice")
        self._notice_id = ""
        self.notice, self._project = None, ()
        self._lines = iter(())
        self.ids.rows.data = []

    def scroll(self, pages: float) -> None:
        """Keys: a page or a part of one, down or up."""
        rows = self.ids.rows
        total = sum(row["size"][1] for row in rows.data)
        if total > rows.height:
            step = pages * rows.height * 0.9 / (total - rows.height)
            rows.scroll_y = min(1.0, max(0.0, rows.scroll_y - step))

    def _take(
        self, notice: Notice | None, project: tuple[Notice, ...], known: Any, at: datetime
    ) -> None:
        shown = (
            notice is not None
            and release(notice, channel=Channel.DETAIL, at=at, known=known) is Verdict.RELEASED
        )
        self.gone = not shown
        if not shown:
            self.notice, self._project = None, ()
            self._lines = iter(())
            self.ids.rows.data = []
        elif notice != self.notice or project != self._project:
            self.notice, self._project = notice, project
            self._redraw()

    def _draw(self) -> None:
        if self.notice is None or self.ids.rows.width < 10 * App.get_running_app().theme.body:
            return
        app = App.get_running_app()
        at = app.moment()
        self._minute = int(at.timestamp() // 60)
        head = self._head(self.notice, at)
        size = self.ids.rows.width - 2 * app.theme.inset
        layout = (size, app.theme.body, self.notice, app.language)
        if getattr(self, "_layout", None) == layout and self.ids.rows.data:
            body = [row for row in self.ids.rows.data if row.get("body")]
            self.ids.rows.data = head + body
            return
        self._layout = layout
        self.ids.rows.data = head
        self._lines = text_lines(paragraphs(self.notice, app.words), size, measure(app.theme.body))
        self._add_lines()

    def _add_lines(self) -> None:
        app = App.get_running_app()
        height = round(app.theme.body * 1.6)
        until = time.perf_counter() + SLICE_S
        rows: list[dict[str, object]] = []
        for line in self._lines:
            rows.append(
                {"viewclass": "TextRow", "text": line, "title": False, "body": True,
                 "size": (0, height)}
            )  # fmt: skip
            if time.perf_counter() > until:
                self._continue()
                break
        if rows:
            self.ids.rows.data = [*self.ids.rows.data, *rows]

    def _head(self, notice: Notice, at: datetime) -> list[dict[str, object]]:
        app = App.get_running_app()
        theme, words = app.theme, app.words
        width = self.ids.rows.width - 2 * theme.inset
        rows: list[dict[str, object]] = [
            {
                "viewclass": "TagRow",
                "kind": words[f"kind.{notice.kind}"],
                "tone": TONES[notice.kind],
                "note": words["notice.expired"] if expired(notice, at) else "",
                "size": (0, round(theme.badge + theme.pad)),
            }
        ]
        advance = measure(theme.title, bold=True)
        for start, end in break_lines(notice.title, width, advance):
            rows.append(
                {"viewclass": "TextRow", "text": notice.title[start:end], "title": True,
                 "size": (0, round(theme.title * 1.35))}
            )  # fmt: skip
        timeline = stages(notice, self._project, words, at)
        if timeline:
            rows.append(
                {"viewclass": "StagesRow", "stages": timeline,
                 "size": (0, round(theme.least * 3.9 + theme.pad))}
            )  # fmt: skip
        for field in fields(notice, words, at):
            rows += self._field_rows(field, width)
        rows.append({"viewclass": "RuleRow", "size": (0, theme.gap * 1.5)})
        return rows

    def _field_rows(self, field: Field, width: float) -> Iterator[dict[str, object]]:
        theme = App.get_running_app().theme
        room = width - theme.label
        lines = [
            field.value[start:end]
            for start, end in break_lines(field.value, room, measure(theme.body, bold=field.strong))
        ]
        for number, line in enumerate(lines):
            yield {
                "viewclass": "FieldRow",
                "name": field.name if number == 0 else "",
                "text": line,
                "note": field.note if number == len(lines) - 1 else "",
                "strong": field.strong,
                "size": (0, round(theme.body * 1.75)),
            }


Builder.load_file(str(Path(__file__).with_name("notice.kv")), encoding="utf-8")
