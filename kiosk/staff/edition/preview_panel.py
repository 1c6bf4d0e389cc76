"""The board as it would look, at real speed: page by page, or at a moment of the time line."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from display.edition import Page
from display.local_time import SHANGHAI
from display.schedule import State
from kiosk.staff.edition import model as edition_model
from kiosk.staff.edition.making import Made
from kiosk.staff.edition.preview import Player, Seen, page_begins, pages_only
from kiosk.staff.edition.preview_view import BoardView  # noqa: F401  named in the rules
from kiosk.staff.edition.timeline import moment_of
from kiosk.store.terminal import TerminalStore
from kiosk.widgets import slider_row  # noqa: F401  registers its rules
from kiosk.words import weekday

FRAME_S = 1 / 30
MINUTES = 24 * 60
NUDGE_S = 10
_JOB = "edition of a day"


class PreviewPanel(BoxLayout):
    """Plays while its screen is shown."""

    caption = StringProperty("")
    page_text = StringProperty("")
    facts = StringProperty("")
    playing = BooleanProperty(True)
    ready = BooleanProperty(False)
    along = BooleanProperty(False)
    """Whether a moment of the time line is looked at, and not page by page."""
    day_text = StringProperty("")
    time_text = StringProperty("")
    minute = NumericProperty(0)
    """Of the day that is looked at."""
    has_before = BooleanProperty(False)
    has_after = BooleanProperty(False)
    line_reached = BooleanProperty(False)
    aspect = NumericProperty(1 / 6)
    """Of the board: its height by its width."""
    dots_high = NumericProperty(32)
    compact = BooleanProperty(False)
    """For a screen that has more to show than the board."""
    is_short = BooleanProperty(False)
    """Picture, one line, and one row of buttons."""
    most_high = NumericProperty(100)
    """Of the picture, in pixels."""

    def __init__(self, **kwargs: Any) -> None:
        self._made: Made | None = None
        self._player = Player()
        self._day: date | None = None
        self._seen: Seen | None = None
        super().__init__(**kwargs)
        self._frame = Clock.create_trigger(lambda _dt: self._play(), FRAME_S, interval=True)

    @property
    def seen(self) -> Seen | None:
        """What is shown now."""
        return self._seen

    def start(self) -> None:
        """The screen is shown."""
        self._frame()

    def stop(self) -> None:
        """The screen is left."""
        self._frame.cancel()

    def load(self, made: Made) -> None:
        """Another edition, or the same again: the page that is seen goes on if it is still there.

        The text of one that scrolls goes on from where it stands, at its new speed.
        """
        before, self._made = self._made, made
        if self.along:
            self._look_at(self._player.moment(self._now_s()))
        elif before is None or before.edition != made.edition or not self._player.ready:
            self._load_pages(self._place_in(made))
        self._told()
        self._draw()

    def forget(self) -> None:
        """Nothing to see."""
        App.get_running_app().jobs.forget(_JOB)
        self._made = self._day = self._seen = None
        self._player.clear()
        self.along = self.ready = self.line_reached = False
        self.caption = self.page_text = self.facts = ""
        self.ids.board.show(None)
        self.playing = True

    def toggle(self) -> None:
        """Pause, or go on."""
        now_s = self._now_s()
        if self._player.playing:
            self._player.pause(now_s)
        else:
            self._player.play(now_s)
        self.playing = self._player.playing

    def step(self, pages: int) -> None:
        """The next page from its beginning, or the one before."""
        if self._player.ready:
            self._player.step(pages, self._now_s())
            self._draw()

    def show_page(self, page: int) -> None:
        """One page of the edition, from its beginning."""
        if self._made is None or self._made.edition is None:
            return
        self.along = False
        self._load_pages(page_begins(self._made.edition, page))
        self._draw()

    def show_moving(self) -> None:
        """A page that scrolls, if the one that is seen stands."""
        edition = None if self._made is None else self._made.edition
        page = None if self._seen is None else self._seen.page
        if edition is None or (page is not None and edition.pages[page].scrolls):
            return
        moving = next((n for n, one in enumerate(edition.pages) if one.scrolls), None)
        if moving is not None:
            self.show_page(moving)

    # The time line

    def switch(self) -> None:
        """Between page by page and the time line, which begins at the moment that is now."""
        if self._made is None:
            return
        self.along = not self.along
        if self.along:
            self._look_at(self._made.timeline.first)
        else:
            self._load_pages(self._place_in(self._made))
            self._draw()
        self._told()

    def step_day(self, step: int) -> None:
        """The same time on another day."""
        if self._made is None or self._day is None:
            return
        days = self._made.timeline.days
        at = days.index(self._day) + step
        if 0 <= at < len(days):
            self._look_at(moment_of(days[at], self.minute))

    def choose_minute(self, minute: float) -> None:
        """A time of the day that is looked at."""
        if self._day is not None:
            self._look_at(moment_of(self._day, minute))

    def nudge(self, step: int) -> None:
        """Some seconds on, or back."""
        if self.along and self._player.ready:
            moved = self._player.moment(self._now_s()) + timedelta(seconds=step * NUDGE_S)
            self._look_at(moved)

    def _look_at(self, moment: datetime) -> None:
        """Nothing of the past: that is told by the record."""
        made = self._made
        if made is None:
            return
        line, app = made.timeline, App.get_running_app()
        moment = max(moment, line.first)
        day = min(moment.astimezone(SHANGHAI).date(), line.days[-1])
        self._day = day

        def ready(_nothing: object) -> None:
            if self._made is made and self.along:
                self._player.load(line.at, moment, self._now_s())
                self._told()
                self._draw()
                # The thumb may have been put where there is nothing to see any more.
                self.ids.line.value = self.minute

        def make(_store: TerminalStore) -> None:
            line.make(day)

        app.jobs.ask(_JOB, make, ready, lambda: None)

    # Drawing

    def _load_pages(self, moment: datetime | None) -> None:
        made = self._made
        if made is None or made.edition is None:
            self._player.clear()
            self.ids.board.show(None)
            return
        begins = moment if moment is not None else made.edition.cut_over_at
        self._player.load(pages_only(made.edition), begins, self._now_s())

    def _place_in(self, made: Made) -> datetime | None:
        """Where in another edition what is seen goes on; None: at its beginning."""
        seen, edition = self._seen, made.edition
        if seen is None or seen.page is None or seen.edition is None or edition is None:
            return None
        page = seen.edition.pages[seen.page]
        same = [n for n, one in enumerate(edition.pages) if _is_same(one, page)]
        if not same:
            return None
        begins = page_begins(edition, same[0])
        if seen.showing.state is not State.PAGE:
            return begins
        passed_s = (seen.moment - seen.showing.since).total_seconds()
        if page.scrolls and edition.pixels_per_second:
            passed_s *= seen.edition.pixels_per_second / edition.pixels_per_second
        left_s = edition.pages[same[0]].seconds
        return begins + timedelta(seconds=min(passed_s, max(0.0, left_s - FRAME_S)))

    def _play(self) -> None:
        if self.get_root_window() is None:
            # The program ends, and takes its screens down.
            self.stop()
        elif self._player.playing:
            self._draw()

    def _draw(self) -> None:
        made, player = self._made, self._player
        self.ready = made is not None and player.ready
        if made is None or not player.ready:
            return
        seen = self._seen = player.look(made.stage, self._now_s())
        self.ids.board.show(seen.picture)
        words = App.get_running_app().words
        pages = 0 if seen.edition is None else len(seen.edition.pages)
        self.page_text = edition_model.page_text(seen.showing, pages, words)
        if self.along:
            local = seen.moment.astimezone(SHANGHAI)
            self.time_text = f"{local:%H:%M:%S}"
            self.minute = local.hour * 60 + local.minute

    def _told(self) -> None:
        made, app = self._made, App.get_running_app()
        if made is None:
            return
        words, surface = app.words, made.plan.surface
        self.aspect, self.dots_high = surface.height / surface.width, surface.height
        self.facts = words["edition.facts"].format(width=surface.width, height=surface.height)
        self.caption = words["edition.along"] if self.along else edition_model.caption(made, words)
        if self._day is not None:
            day, days = self._day, made.timeline.days
            self.day_text = f"{day:%m-%d} {weekday(words, day)}"
            self.has_before, self.has_after = day != days[0], day != days[-1]

    def say(self) -> None:
        """In another language."""
        self._told()
        self._draw()

    def _now_s(self) -> float:
        return float(App.get_running_app().seconds())


def _is_same(one: Page, other: Page) -> bool:
    """Whether it says the same, however long it stands and however fast it moves."""
    return (one.notice_id, one.template, one.heading, one.line) == (
        other.notice_id,
        other.template,
        other.heading,
        other.line,
    )


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
