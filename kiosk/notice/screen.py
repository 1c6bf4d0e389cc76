"""The notice screen: rows of text that scroll, and what can be taken away."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import (
    BooleanProperty,
    ListProperty,
    ObjectProperty,
    OptionProperty,
    StringProperty,
)
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout
from kivy.uix.screenmanager import Screen
from kivy.uix.widget import Widget

from display.body import paragraph
from display.notice import Notice
from display.release import Channel, Known, is_released
from kiosk.jobs import LATE_AFTER_S
from kiosk.lookup.model import TONES
from kiosk.notice import actions as notice_actions  # noqa: F401  registers the buttons
from kiosk.notice.address import host, in_code
from kiosk.notice.model import (
    Field,
    Stage,
    body_blocks,
    expired,
    fields,
    next_end,
    spelling,
    stages,
)
from kiosk.notice.route import route_to
from kiosk.notice.strips import Look, Strip, gathered, strips
from kiosk.sync.site import Room
from kiosk.widgets import fade, qr  # noqa: F401  named in the rules
from kiosk.widgets import rows as list_rows  # noqa: F401  registers the list's rules
from kiosk.widgets import strip as strip_row  # noqa: F401  the rows of the body
from kiosk.widgets.glyphs import has_glyph
from kiosk.widgets.lines import break_lines
from kiosk.widgets.measure import measure

SLICE_S = 0.015
"""Time for laying out text in one frame; long notices go on in the next ones."""
ROW_PART = 0.3
"""Of the height of the screen's text: the most that one row of the body is high."""


class TagRow(BoxLayout):
    """The kind of the notice, and whether it is out of date."""

    kind = StringProperty("")
    tone = StringProperty("brand")
    note = StringProperty("")


class TextRow(BoxLayout):
    """One line of the title."""

    text = StringProperty("")


class FieldRow(BoxLayout):
    """A field's name, one line of its value, and a note."""

    name = StringProperty("")
    text = StringProperty("")
    note = StringProperty("")
    strong = BooleanProperty(False)


class GapRow(Widget):
    """Room between title and timeline."""


class RuleRow(Widget):
    """A line between fields and text."""


class StageBox(BoxLayout):
    """One station of the timeline."""

    name = StringProperty("")
    date = StringProperty("")
    reached = BooleanProperty(False)
    here = BooleanProperty(False)
    notice_id = StringProperty("")


class StageLink(ButtonBehavior, StageBox):
    """A station with another notice: a tap opens it."""


class StagesRow(GridLayout):
    """The project's timeline, in as many columns as have room."""

    stages = ListProperty()

    def on_stages(self, *_: object) -> None:
        self.clear_widgets()
        for stage in self.stages:
            box = StageLink if stage.notice_id else StageBox
            self.add_widget(
                box(
                    name=stage.name,
                    date=stage.date,
                    reached=stage.reached,
                    here=stage.here,
                    notice_id=stage.notice_id,
                )
            )


class NoticeScreen(Screen):
    """Shows one notice; what the gate does not release is not shown."""

    notice = ObjectProperty(None, allownone=True)
    address = StringProperty("")
    """What the QR code holds."""
    host = StringProperty("")
    """Where it leads, short enough to stand beside it."""
    printable = BooleanProperty(False)
    speakable = BooleanProperty(False)
    """Whether the gate releases it to the printer, and to be read aloud."""
    route = ObjectProperty(None, allownone=True)
    """The way to its opening."""
    state = OptionProperty("waiting", options=["waiting", "late", "shown", "gone", "trouble"])
    """late: the visitor must be told to wait. gone: withdrawn, or not in the store."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(name="notice", **kwargs)
        self._notice_id = ""
        self._project: tuple[Notice, ...] = ()
        self._layout: tuple[object, ...] = ()
        self._strips: Iterator[Strip | None] = iter(())
        self._laid: list[dict[str, object]] = []
        app = App.get_running_app()
        self._redraw = Clock.create_trigger(lambda _dt: self._draw())
        self._continue = Clock.create_trigger(lambda _dt: self._lay_strips())
        self._ending: Any = None
        self._say_late = Clock.create_trigger(lambda _dt: self._set_late(), LATE_AFTER_S)
        app.theme.bind(unit=self._redraw, large=self._redraw)
        app.bind(words=self._redraw, portrait=self._redraw)
        self.ids.rows.bind(width=self._redraw)

    def open(self, notice_id: str) -> None:
        """Show the notice of this id."""
        self.forget()
        self._notice_id = notice_id
        self.state = "waiting"
        self._say_late()
        self.refresh(App.get_running_app().moment())

    @property
    def in_trouble(self) -> bool:
        """Whether the store could not answer the last question."""
        return bool(self.state == "trouble")

    def refresh(self, at: datetime) -> None:
        """Read it again: the store has changed, or time has."""
        if not self._notice_id:
            return
        notice_id = self._notice_id

        def question(store: Any) -> Any:
            notice = store.notice(notice_id)
            project = store.project(notice.tender_no) if notice is not None else ()
            return notice, project, store.known(), store.site().rooms

        def failed() -> None:
            self._clear("trouble")

        ask = App.get_running_app().jobs.ask
        ask("notice", question, lambda found: self._take(found, at), failed)
        if self.notice is not None:
            self._redraw()

    def forget(self) -> None:
        """Nothing of this visitor stays."""
        App.get_running_app().jobs.forget("notice")
        self._notice_id = ""
        self._clear("waiting")

    def takes(self, key: int) -> bool:
        """Keys of the buttons and of their dialogs."""
        return bool(self.ids.actions.takes(key))

    def scroll(self, pages: float) -> None:
        """Keys: heights of the text, down or up."""
        self.ids.rows.scroll_by(pages)

    def _take(
        self,
        found: tuple[Notice | None, tuple[Notice, ...], Known, tuple[Room, ...]],
        at: datetime,
    ) -> None:
        notice, project, known, rooms = found
        if notice is None or not is_released(notice, channel=Channel.DETAIL, at=at, known=known):
            self._clear("gone")
            return
        project = tuple(
            each
            for each in project
            if is_released(each, channel=Channel.DETAIL, at=at, known=known)
        )
        linked = is_released(notice, channel=Channel.QR, at=at, known=known)
        address = notice.official_url if linked else ""
        changed = (notice, project, address) != (self.notice, self._project, self.address)
        self.address = address
        self.host = host(self.address)
        self.printable = is_released(notice, channel=Channel.PRINT, at=at, known=known)
        self.speakable = is_released(notice, channel=Channel.SPEECH, at=at, known=known)
        route = route_to(notice, project, rooms, at)
        if (notice, route) != (self.notice, self.route) or not self.speakable:
            self.ids.actions.renew()
        self.route = route
        self._say_late.cancel()
        self.state = "shown"
        if changed:
            self.notice, self._project = notice, project
            self._redraw()

    def _clear(self, state: str) -> None:
        self._say_late.cancel()
        self._forget_end()
        self.ids.actions.leave()
        self.state, self.address, self.host = state, "", ""
        self.printable = self.speakable = False
        self.notice, self.route, self._project, self._layout = None, None, (), ()
        self._strips, self._laid = iter(()), []
        self.ids.rows.data = []
        self.ids.rows.to_top()

    def _set_late(self) -> None:
        self.state = "late"

    def _draw(self) -> None:
        rows, app = self.ids.rows, App.get_running_app()
        if self.notice is None or rows.width < 10 * app.theme.body:
            return
        at = app.moment()
        self._wake_at_end(self.notice, at)
        head = self._head(self.notice, at)
        size = rows.width - 2 * app.theme.inset
        layout = (size, app.theme.body, self.notice, self.address, app.language)
        if self._layout == layout:
            rows.show(head + [row for row in rows.data if row.get("body")])
            return
        self._layout = layout
        self._laid = []
        rows.show(head)
        theme = app.theme
        look = Look(
            width=size,
            size=theme.body,
            small=theme.small,
            lead=theme.lead,
            pad=theme.pad,
            line=theme.line,
            advance=lambda size, bold: measure(size, bold=bold),
            spell=spelling(app.words, has_glyph),
        )
        blocks = body_blocks(self.notice, app.words, scan=bool(in_code(self.address)))
        if self.address:
            blocks.append(paragraph(f"{app.words['notice.address']}　{self.address}"))
        self._strips = gathered(strips(blocks, look), rows.height * ROW_PART)
        self._lay_strips()

    def _wake_at_end(self, notice: Notice, at: datetime) -> None:
        """The terminal draws anew each minute; a time that runs out within it is told at once."""
        self._forget_end()
        end = next_end(notice, at)
        if end is not None and end - at < timedelta(minutes=1):
            self._ending = Clock.schedule_once(
                lambda _dt: self._redraw(), (end - at).total_seconds()
            )

    def _forget_end(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None

    def _lay_strips(self) -> None:
        """Lay out for the time of one slice; hand it over in ever larger parts.

        Handing over costs as much as all rows together, so equal parts would make a long
        text cost the square of its length.
        """
        inset = App.get_running_app().theme.inset
        until = time.perf_counter() + SLICE_S
        more = False
        for strip in self._strips:
            if strip is not None:
                self._laid.append(
                    {"viewclass": "StripRow", "strip": strip, "inset": inset, "body": True,
                     "text": strip.text, "size": (0, strip.height)}
                )  # fmt: skip
            more = time.perf_counter() > until
            if more:
                self._continue()
                break
        rows = self.ids.rows
        if self._laid and (not more or len(self._laid) >= len(rows.data)):
            rows.show([*rows.data, *self._laid])
            self._laid = []

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
                {"viewclass": "TextRow", "text": notice.title[start:end],
                 "size": (0, round(theme.title * 1.35))}
            )  # fmt: skip
        rows.append({"viewclass": "GapRow", "size": (0, theme.pad)})
        timeline = stages(notice, self._project, words, at)
        if timeline:
            rows.append(self._stages_row(timeline, width))
        for field in fields(notice, words, at):
            rows += self._field_rows(field, width)
        rows.append({"viewclass": "RuleRow", "size": (0, theme.gap * 1.5)})
        return rows

    def _stages_row(self, timeline: list[Stage], width: float) -> dict[str, object]:
        theme = App.get_running_app().theme
        advance = measure(theme.least, bold=True)
        widest = max(advance.text(text) for stage in timeline for text in (stage.name, stage.date))
        one_line = widest + theme.pad <= width / len(timeline)
        height = round(theme.least * 3.2 + theme.pad)
        return {
            "viewclass": "StagesRow",
            "stages": timeline,
            "cols": len(timeline) if one_line else len(timeline) // 2,
            "size": (0, round(height * (1 if one_line else 2) + 1.5 * theme.pad)),
        }

    def _field_rows(self, field: Field, width: float) -> Iterator[dict[str, object]]:
        theme = App.get_running_app().theme
        room = width - theme.label
        lines = [
            field.value[start:end]
            for start, end in break_lines(field.value, room, measure(theme.body, bold=field.strong))
        ]
        used = measure(theme.body, bold=field.strong).text(lines[-1])
        noted = measure(theme.least, bold=True).text(field.note) + 4 * theme.pad
        own_line = bool(field.note) and used + noted > room
        notes = [""] * (len(lines) - 1) + (["", field.note] if own_line else [field.note])
        for number, note in enumerate(notes):
            yield {
                "viewclass": "FieldRow",
                "name": field.name if number == 0 else "",
                "text": lines[number] if number < len(lines) else "",
                "note": note,
                "strong": field.strong,
                "size": (0, round(theme.body * 1.75)),
            }


Builder.load_file(str(Path(__file__).with_name("notice.kv")), encoding="utf-8")
