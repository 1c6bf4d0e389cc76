"""The screen of today's openings."""

from dataclasses import dataclass
from datetime import date, datetime
from math import inf
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
from kivy.uix.screenmanager import Screen

from kiosk.home.model import today
from kiosk.openings.model import (
    LOOK_AHEAD,
    TONES,
    Opening,
    OpeningsModel,
    State,
    next_day,
    openings_on,
    released,
)
from kiosk.store.terminal import TerminalStore
from kiosk.sync.site import Building
from kiosk.widgets import footer, passage, rows  # noqa: F401  registers their rules
from kiosk.widgets.lines import shorten
from kiosk.widgets.measure import measure
from kiosk.widgets.pressed_row import PressedRow
from kiosk.words import clock

COLUMNS = 5
TITLE_LINES, ROOM_LINES, WAY_LINES = 3, 3, 3
ROOM_PART, WAY_PART = 0.24, 0.22
"""Of what time and state leave."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the store said of a day."""

    openings: list[Opening]
    building: Building
    following: tuple[date, int] | None
    has_data: bool


def ask(store: TerminalStore, at: datetime) -> Answer:
    """The openings of the day that holds `at`, or the next day that has any."""
    site, known = store.site(), store.known()
    begins, ends = today(at)
    told = released(store.projects_opening(begins, ends), at, known)
    found = openings_on(begins.date(), told, at, site.building, site.rooms)
    following = None
    if not found:
        later = released(store.projects_opening(ends, ends + LOOK_AHEAD), at, known)
        following = next_day(later, begins.date())
    return Answer(found, site.building, following, has_data=store.contact() is not None)


class OpeningRow(PressedRow):
    """One opening; a tap opens the newest notice on it."""

    stands_for = ("notice_id",)
    notice_id = StringProperty("")
    time = StringProperty("")
    before = StringProperty("")
    title = StringProperty("")
    room = StringProperty("")
    way = StringProperty("")
    state_text = StringProperty("")
    tone = StringProperty("brand")
    faded = BooleanProperty(False)
    """Whether it does not take place at this time."""
    over = BooleanProperty(False)
    columns = ListProperty([0] * COLUMNS)
    together = BooleanProperty(False)
    """Whether room and way share a line."""
    room_width = NumericProperty(0)

    def tapped(self) -> None:
        """Open the notice."""
        App.get_running_app().open_notice(self.notice_id)


class OpeningLine(OpeningRow):
    """A line of the table."""


class OpeningCard(OpeningRow):
    """Time and state above the project, where a table has no room."""


class OpeningsScreen(Screen):
    """Asks the store at every change, and every minute."""

    model = ObjectProperty()
    nothing = ListProperty(["", ""])
    columns = ListProperty([0] * COLUMNS)
    """Widths, in pixels."""
    stacked = BooleanProperty(False)
    rows_height = NumericProperty(0)

    def __init__(self, **kwargs: object) -> None:
        app = App.get_running_app()
        self.model = OpeningsModel()
        self._begins = False
        super().__init__(name="openings", **kwargs)
        # The list finds its height a frame after it has its rows.
        self._to_first = Clock.create_trigger(lambda _dt: self._reveal_first(), -1)
        self.ids.results.bind(height=self._to_first, on_scroll_start=self._scrolled)
        draw = Clock.create_trigger(lambda _dt: self._draw(), -1)
        self.model.bind(openings=draw, state=draw)
        app.theme.bind(unit=draw, large=draw)
        app.bind(words=draw, portrait=draw)
        self.bind(width=draw)

    @property
    def in_trouble(self) -> bool:
        """Whether the store could not answer the last question."""
        return bool(self.model.state == "trouble")

    def open(self) -> None:
        """From the first opening that is not over."""
        self._begins = True
        self.refresh(App.get_running_app().moment())

    def refresh(self, at: datetime) -> None:
        """Ask the store for the day's openings."""
        App.get_running_app().jobs.ask(
            "openings",
            lambda store: ask(store, at),
            lambda told: self.model.show(
                told.openings, told.building, told.following, has_data=told.has_data
            ),
            self.model.fail,
        )

    def scroll(self, pages: float) -> None:
        """Page keys."""
        self._begins = False
        self.ids.results.scroll_by(pages)

    def _scrolled(self, *_: object) -> None:
        self._begins = False

    def forget(self) -> None:
        """Nothing of this visitor stays."""
        App.get_running_app().jobs.forget("openings")
        self.ids.results.to_top()
        self.model.forget()

    def _draw(self) -> None:
        app = App.get_running_app()
        theme = app.theme
        self.stacked = app.portrait or theme.large
        width = self.width - 2 * theme.margin
        texts = [opening.state_text(app.words) for opening in self.model.openings]
        self.columns = self._columns(width - 2 * theme.gap, texts)
        data = [self._row(opening, width) for opening in self.model.openings]
        self.rows_height = sum(row["size"][1] for row in data)
        self.ids.results.show(data)
        self._to_first()

    def _reveal_first(self) -> None:
        """Put the first opening that is not over at the top, until the visitor scrolls."""
        if not self._begins or not self.ids.results.data:
            return
        openings = self.model.openings
        waiting = (n for n, opening in enumerate(openings) if opening.state is not State.OVER)
        self.ids.results.reveal(len(openings) - 1)
        self.ids.results.reveal(next(waiting, len(openings) - 1))

    def _columns(self, width: float, states: list[str]) -> list[float]:
        app = App.get_running_app()
        theme, words = app.theme, app.words
        badge, name = measure(theme.least, bold=True), measure(theme.small)
        state = max(
            name.text(words["openings.state"]) + theme.pad,
            *(badge.text(text) + 2.5 * theme.pad for text in states),
            0,
        )
        time = max(
            measure(theme.title, bold=True).text("00:00") + theme.pad,
            measure(theme.least).text(words["openings.before"].format(time="00:00")) + theme.pad,
        )
        left = width - time - state - (COLUMNS - 1) * theme.gap
        room, way = left * ROOM_PART, left * WAY_PART
        return [time, left - room - way, room, way, state]

    def _row(self, opening: Opening, width: float) -> dict[str, Any]:
        app = App.get_running_app()
        theme, words = app.theme, app.words
        body, lead = measure(theme.body), measure(theme.lead, bold=True)
        columns = [width - 2 * theme.gap] * COLUMNS if self.stacked else self.columns
        title = _lines(opening.notice.title, columns[1], TITLE_LINES, body)
        room = _lines(opening.room, columns[2], ROOM_LINES, lead)
        way = _lines(opening.way, columns[3], WAY_LINES, body)
        before = opening.before
        step = 1.36
        beside = [lead.text(line) + theme.gap for line in room] if len(room) == 1 else [inf]
        beside += [body.text(line) for line in way] if len(way) == 1 else [inf]
        together = self.stacked and sum(beside) < columns[2]
        heights = [
            len(title) * theme.body * step,
            len(room) * theme.lead * step,
            0 if together else len(way) * theme.body * step,
        ]
        time = theme.title * 1.3
        if self.stacked:
            height = time + sum(heights) + 2 * theme.pad + theme.pad
        else:
            time += theme.least * 1.4 if before is not None else 0
            height = max(time, *heights) + 2 * theme.pad
        return {
            "notice_id": opening.notice.id,
            "time": clock(opening.at),
            "before": words["openings.before"].format(time=clock(before)) if before else "",
            "title": "\n".join(title),
            "room": "\n".join(room),
            "way": "\n".join(way),
            "state_text": opening.state_text(words),
            "tone": TONES[opening.state],
            "faded": not opening.holds,
            "over": opening.state is State.OVER,
            "together": together,
            "room_width": beside[0] if together else 0,
            "columns": self.columns,
            "size": (width, max(round(height), theme.row)),
        }


def _lines(text: str, width: float, most: int, advance: Any) -> list[str]:
    """The lines of a cell; the last one says with an ellipsis that there is more."""
    if not text:
        return []
    plain = text.replace("\n", " ")
    # A pixel less, so that the label does not break it once more.
    parts = shorten(plain, width - 1, most, advance)
    return [plain[start:end].strip() + ("…" if cut else "") for start, end, cut in parts]


Builder.load_file(str(Path(__file__).with_name("openings.kv")), encoding="utf-8")
