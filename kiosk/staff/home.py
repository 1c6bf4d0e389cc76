"""The first screen of staff: what this person may do here."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kivy.app import App
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.screenmanager import Screen

from kiosk.staff.accounts import Action, ends_soon, may
from kiosk.staff.awaiting import Awaiting, calls, warnings
from kiosk.sync.staff import StaffAccount
from kiosk.widgets import footer, passage, scrolled  # noqa: F401  registers their rules
from kiosk.widgets.controls import Card
from kiosk.widgets.icons import Sign

if TYPE_CHECKING:
    from kiosk.private.store import PrivateStore
    from kiosk.staff.proposals.reading import Summary
    from kiosk.store.terminal import TerminalStore

SERVICES = {
    "edition": (Action.VIEW_ARRANGEMENT, "edition", Sign.PICTURE),
    "schedule": (Action.VIEW_ARRANGEMENT, "timing", Sign.TIME),
    "proposals": (Action.VIEW_ARRANGEMENT, "proposals", Sign.PROVEN),
    "neutral": (Action.NEUTRAL, "neutral", Sign.PAUSE),
    "staff_health": (Action.VIEW_HEALTH, "health", Sign.GEAR),
    "evidence": (Action.VIEW_EVIDENCE, "journal", Sign.ARCHIVE),
    "staff_outbox": (Action.VIEW_OUTBOX, "owed", Sign.UPLOAD),
    "adjusting": (Action.ADJUST_TERMINAL, "adjust", Sign.EDIT),
}
"""Name of the screen → the right it needs, its section of the words, its sign."""
STEPS = {274: 1, 273: -1, 275: 1, 276: -1}
ENTER = {13, 271}


def offered(account: StaffAccount) -> list[str]:
    """Names of the screens that the account has the right to, in their order."""
    return [name for name, (action, _, _) in SERVICES.items() if may(account, action)]


class StaffTile(ButtonBehavior, Card):
    """One screen: its sign, its name, what it is for."""

    icon = StringProperty("")
    service = StringProperty("")
    section = StringProperty("")
    reached = BooleanProperty(False)
    """The arrow keys stand on it."""
    calls = StringProperty("")
    """What waits there for this person, in place of what it is for."""
    needs = NumericProperty(0)
    """Height of its texts."""


class StaffScreen(Screen):
    """Tiles by rights; what the account may not do is not there."""

    in_trouble = False
    warned = StringProperty("")
    """What everybody has to know, one to a line."""
    row_height = NumericProperty(0)

    def __init__(self, **kwargs: Any) -> None:
        self._found = Awaiting()
        self._summary: Summary | None = None
        super().__init__(name="staff", **kwargs)
        app = App.get_running_app()
        self._fit = Clock.create_trigger(lambda _dt: self._fit_rows(), -1)
        draw = Clock.create_trigger(lambda _dt: self._draw(), -1)
        app.bind(words=draw, portrait=draw)
        app.theme.bind(unit=self._fit, large=self._fit)

    def open(self) -> None:
        """For whoever has signed in."""
        self.forget()
        account = App.get_running_app().visit.session.staff
        for name in [] if account is None else offered(account):
            _, section, sign = SERVICES[name]
            tile = StaffTile(service=name, section=section, icon=sign.value)
            tile.bind(needs=self._fit)
            self.ids.tiles.add_widget(tile)
        self._draw()
        self._ask()

    def refresh(self, _at: datetime) -> None:
        """The account may have been taken away: that ends it."""
        App.get_running_app().look_at_account()
        self._ask()

    def scroll(self, pages: float) -> None:
        """Page keys."""
        self.ids.page.scroll_by(pages)

    def forget(self) -> None:
        """Nothing of anybody stays."""
        app = App.get_running_app()
        app.jobs.forget("staff summary")
        app.file_jobs.forget("staff home")
        if app.visit.private is not None:
            app.visit.private.forget("staff home")
        self._found, self._summary = Awaiting(), None
        self.ids.tiles.clear_widgets()
        self.ids.page.scroll_y = 1.0
        self._draw()

    def _ask(self) -> None:
        """Each store what it knows; what comes late is void."""
        app = App.get_running_app()
        account, settings, at = app.visit.session.staff, app.settings, app.clock_moment()
        if account is None:
            return
        if may(account, Action.NEUTRAL):

            def summary(store: "TerminalStore") -> "Summary":
                from kiosk.staff.proposals.reading import read_summary

                return read_summary(store, settings, account, at)

            app.jobs.ask("staff summary", summary, self._show_summary, lambda: None)
        self._ask_parts(outbox=may(account, Action.VIEW_OUTBOX))

    def _ask_parts(self, *, outbox: bool) -> None:
        app = App.get_running_app()
        settings, reading, private = app.settings, app.look_at_clocks(), app.visit.private

        def parts(store: "TerminalStore") -> tuple[int, int]:
            from kiosk.staff.health.reading import rows_at

            wrong = sum(bool(row.wrong) for row in rows_at(settings, reading)(store))
            return wrong, sum(one.parked for one in store.events_kept()) if outbox else 0

        def parked(store: "PrivateStore") -> int:
            from kiosk.private.transfer import State

            return sum(one.state is State.PARKED for one in store.outbox.waiting())

        def show(found: tuple[int, int], parked: int = 0) -> None:
            self._found = replace(self._found, wrong=found[0], parked=found[1] + parked)
            self._draw()

        def go_on(found: tuple[int, int]) -> None:
            if not outbox or private is None:
                show(found)
                return
            private.ask("staff home", parked, lambda count: show(found, count), lambda: show(found))

        app.file_jobs.ask("staff home", parts, go_on, lambda: None)

    def _show_summary(self, found: "Summary") -> None:
        self._summary = found
        self._draw()

    def _draw(self) -> None:
        app = App.get_running_app()
        account, proven, words = app.visit.session.staff, app.proven(), app.words
        summary = self._summary
        found = replace(
            self._found,
            proposals=0 if summary is None else summary.awaiting,
            neutral={} if summary is None else summary.neutral,
            unsubmitted=app.unsubmitted() if account is not None else 0,
            proven=account is None or proven is not None,
        )
        ends_at = None if account is None else ends_soon(account, (), proven)
        self.warned = "\n".join(warnings(found, app.settings.boards, ends_at, words))
        told = calls(found, words)
        for tile in self.ids.tiles.children:
            tile.calls = told.get(tile.service, "")

    def _fit_rows(self) -> None:
        """All rows as high as the one that needs most."""
        theme = App.get_running_app().theme
        needs = max((tile.needs for tile in self.ids.tiles.children), default=0)
        self.row_height = max(needs, theme.tile_box) + 2 * theme.gap

    def takes(self, key: int) -> bool:
        """Arrow keys step over the tiles, Enter opens."""
        tiles = list(reversed(self.ids.tiles.children))
        at = next((number for number, each in enumerate(tiles) if each.reached), None)
        if key in STEPS and tiles:
            to = 0 if at is None else (at + STEPS[key]) % len(tiles)
            for number, each in enumerate(tiles):
                each.reached = number == to
            self.ids.page.scroll_to(tiles[to], animate=False)
            return True
        if key in ENTER and at is not None:
            App.get_running_app().open_staff(tiles[at].service)
            return True
        return False


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
