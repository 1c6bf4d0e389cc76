"""The rows of the result list."""

from dataclasses import dataclass
from datetime import datetime

from kivy.app import App
from kivy.properties import BooleanProperty, ListProperty, NumericProperty, StringProperty

from display.notice import Notice
from kiosk.lookup.model import TONES, LookupModel, due_tag, under_title
from kiosk.widgets.lines import shorten
from kiosk.widgets.measure import measure
from kiosk.widgets.pressed_row import PressedRow


class ResultRow(PressedRow):
    """One notice: title with its hits marked, number, buyer, date, kind, what is due."""

    stands_for = ("notice_id",)
    notice_id = StringProperty("")
    title_lines = ListProperty()
    under = StringProperty("")
    kind = StringProperty("")
    kind_tone = StringProperty("brand")
    due = StringProperty("")
    due_tone = StringProperty("attention")
    number = NumericProperty(-1)
    """Place in the list, from 0 on."""
    chosen = BooleanProperty(False)
    """Whether the arrow keys stand on it."""
    stacked = BooleanProperty(False)
    """True: the badges stand below the title, not beside it."""

    def tapped(self) -> None:
        """Open the notice."""
        App.get_running_app().open_notice(self.notice_id)


@dataclass(frozen=True, slots=True)
class _Laid:
    """A row, and what it was laid out from."""

    notice: Notice
    spans: list[tuple[int, int]]
    row: dict[str, object]


class LaidRows:
    """The rows of the list; one is laid out anew only where something of it changed."""

    def __init__(self) -> None:
        self._look: tuple[object, ...] = ()
        self._laid: dict[str, _Laid] = {}

    def of(self, model: LookupModel, width: float, at: datetime) -> list[dict[str, object]]:
        """What the list shows at this moment; `width` in pixels."""
        app = App.get_running_app()
        minute = at.replace(second=0, microsecond=0)
        look = (width, minute, app.theme.unit, app.theme.large, app.portrait, app.words)
        before = self._laid if look == self._look else {}
        self._look, self._laid = look, {}
        found = model.notices if model.state == "found" else []
        return [
            self._row(model, before.get(notice.id), notice, number, width, at)
            for number, notice in enumerate(found)
        ]

    def _row(
        self,
        model: LookupModel,
        laid: _Laid | None,
        notice: Notice,
        number: int,
        width: float,
        at: datetime,
    ) -> dict[str, object]:
        spans = model.spans.get(notice.id, [])
        if laid is None or (laid.notice, laid.spans) != (notice, spans):
            row = row_of(model, notice, number, width, at)
        else:
            row = laid.row if laid.row["number"] == number else {**laid.row, "number": number}
        self._laid[notice.id] = _Laid(notice, spans, row)
        return row


def row_of(
    model: LookupModel, notice: Notice, number: int, width: float, at: datetime
) -> dict[str, object]:
    """What row `number` shows at this moment; `width` in pixels."""
    app = App.get_running_app()
    theme, words = app.theme, app.words
    due = due_tag(notice, words, at)
    advance = measure(theme.body, bold=True)
    beside = measure(theme.least, bold=True)
    kind = words[f"kind.{notice.kind}"]
    tags = [kind] + ([due.text] if due else [])
    badges = sum(beside.text(tag) + 3 * theme.pad for tag in tags) + theme.icon + theme.gap
    stacked = app.portrait or theme.large
    room = width - theme.icon if stacked else width - badges
    parts = shorten(notice.title, room, 2, advance)
    spans = model.spans.get(notice.id, [])
    lines = [
        (
            notice.title[start:end].replace("\n", " ") + ("…" if cut else ""),
            [
                (max(left, start) - start, min(right, end) - start)
                for left, right in spans
                if left < end and right > start
            ],
        )
        for start, end, cut in parts
    ]
    height = (
        len(lines) * theme.body * 1.3
        + theme.small * 1.4
        + (theme.badge + theme.pad * 0.5 if stacked else 0)
        + 2 * theme.pad
    )
    return {
        "notice_id": notice.id,
        "number": number,
        "title_lines": lines,
        "under": under_title(notice, words, at),
        "kind": kind,
        "kind_tone": TONES[notice.kind],
        "due": due.text if due else "",
        "due_tone": due.tone if due else "muted",
        "stacked": stacked,
        "size": (width, max(round(height), theme.row)),
    }
