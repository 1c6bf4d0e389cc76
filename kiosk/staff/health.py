"""The screen that tells how the parts of this terminal are, and tests some."""

from datetime import datetime
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ListProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.recycleview.views import RecycleDataViewBehavior
from kivy.uix.screenmanager import Screen

from devices.idcard.identity import Identity, masked_name
from display.trusted_time import trusted_time
from kiosk.identify.reading import Told
from kiosk.printing.printout import printout
from kiosk.staff.accounts import Action, may
from kiosk.staff.health_model import Looked, Row, rows
from kiosk.staff.looks import looks
from kiosk.store.terminal import TerminalStore
from kiosk.widgets import footer  # noqa: F401  registers its rules
from kiosk.widgets import rows as row_widgets  # noqa: F401  registers their rules
from kiosk.widgets.icons import Sign
from kiosk.widgets.lines import break_lines
from kiosk.widgets.measure import measure

STEP = 1.45
SUBJECT = "test page"
READER_TROUBLE = {Told.UNPLUGGED, Told.NO_ANSWER, Told.UNLICENSED, Told.GARBLED}
CARD_S = 20.0
"""Nobody lays a card: the reader is let go."""


class HealthRow(RecycleDataViewBehavior, BoxLayout):
    """One part: sign, name, state, what to do."""

    icon = StringProperty("")
    name = StringProperty("")
    when = StringProperty("")
    text = StringProperty("")
    good = BooleanProperty(True)


class HealthScreen(Screen):
    """Every part of this terminal, those that want a look first."""

    summary = StringProperty("")
    test_said = StringProperty("")
    """How a test goes."""
    nothing = ListProperty(["", ""])
    can_print = BooleanProperty(False)
    can_read = BooleanProperty(False)
    all_well = BooleanProperty(True)

    def __init__(self, **kwargs: Any) -> None:
        self._rows: list[Row] = []
        self._state = "waiting"
        self._card: str = ""
        self._test = ""
        app = App.get_running_app()
        self._reading = app.visit.card_reading(self._told)
        super().__init__(name="staff_health", **kwargs)
        draw = self._redraw = Clock.create_trigger(lambda _dt: self._draw(), -1)
        app.theme.bind(unit=draw, large=draw)
        app.bind(words=draw, portrait=draw)
        self.ids.results.bind(width=draw)
        self._give_up = Clock.create_trigger(lambda _dt: self._end_card(), CARD_S)
        if app.printing is not None:
            app.printing.bind(state=self._print_moved, progress=self._print_moved)

    @property
    def in_trouble(self) -> bool:
        """Whether the store could not answer the last question."""
        return self._state == "trouble"

    def open(self) -> None:
        """Look at everything now."""
        self.forget()
        app = App.get_running_app()
        account = app.visit.session.staff
        tests = account is not None and may(account, Action.TEST_DEVICES)
        self.can_print = tests and app.printing is not None
        self.can_read = tests and self._reading is not None
        self._ask()

    def refresh(self, _at: datetime) -> None:
        """Look again; and the account may have been taken away."""
        App.get_running_app().look_at_account()
        self._ask()

    def on_leave(self, *_: object) -> None:
        self._end_card()

    def scroll(self, pages: float) -> None:
        """Page keys."""
        self.ids.results.scroll_by(pages)

    def takes(self, key: int) -> bool:
        """Page keys and Escape are enough here; p and c test, as their buttons do."""
        if key == ord("p") and self.can_print:
            self.print_page()
            return True
        if key == ord("c") and self.can_read:
            self.read_card()
            return True
        return False

    def forget(self) -> None:
        """Nothing of a test stays."""
        app = App.get_running_app()
        app.file_jobs.forget("staff health")
        self._end_card()
        self._rows, self._state, self._card, self._test = [], "waiting", "", ""
        self.ids.results.to_top()
        self._draw()

    # Looking

    def _ask(self) -> None:
        app = App.get_running_app()
        settings, reading = app.settings, app.look_at_clocks()

        def question(store: TerminalStore) -> list[Row]:
            contact = store.contact()
            trusted = trusted_time(reading, contact=contact, last=store.last_moment())
            looked = Looked(store.health(), tuple(looks(settings)), contact, reading, trusted)
            return rows(settings, looked)

        app.file_jobs.ask("staff health", question, self._show, self._fail)

    def _show(self, found: list[Row]) -> None:
        self._rows, self._state = found, "shown"
        self._draw()

    def _fail(self) -> None:
        self._rows, self._state = [], "trouble"
        self._draw()

    # Testing

    def print_page(self) -> None:
        """A page of words, through the same way as visitors' pages."""
        app = App.get_running_app()
        if app.printing is None or app.printing.running:
            return
        from display.body import paragraph

        words = app.words
        page = printout(
            words,
            app.clock_moment(),
            centre=app.centre_name,
            terminal=app.terminal_name,
            title=words["health.test_title"],
            blocks=(paragraph(words["health.test_text"]),),
        )
        self._test = "printing"
        app.printing.prepare(SUBJECT, page)
        self._draw()

    def _print_moved(self, *_: object) -> None:
        app = App.get_running_app()
        printing = app.printing
        if printing.subject != SUBJECT:
            return
        if printing.state == "ready":
            self._test = "print_sent"
            printing.print()
        elif printing.done:
            self._test = "print_done"
        elif printing.state == "failed" or (
            printing.state == "sent" and printing.progress and printing.progress.stage.over
        ):
            self._test = "print_failed"
        self._draw()

    def read_card(self) -> None:
        """Ask for a card, of which only the masked name is told."""
        if self._reading is not None and self._test != "lay_card":
            self._test, self._card = "lay_card", ""
            self._reading.forget()
            self._reading.begin()
            self._give_up()
            self._draw()

    def _told(self, what: Told | Identity) -> None:
        app = App.get_running_app()
        if app.shown != self.name or self._test not in ("lay_card", "reading", "reader_said"):
            return
        if isinstance(what, Identity):
            self._test, self._card = "card_read", masked_name(what.name)
            self._give_up.cancel()
        elif what is Told.FOUND:
            self._test = "reading"
        elif what is Told.WAITING:
            self._test = "lay_card"
        else:
            self._test, self._card = "reader_said", what.value
        self._draw()

    def _end_card(self) -> None:
        self._give_up.cancel()
        if self._reading is not None and self._test in ("lay_card", "reading", "reader_said"):
            self._reading.forget()
            self._test = ""
            self._draw()

    # Drawing

    def _draw(self) -> None:
        app = App.get_running_app()
        words, width = app.words, self.ids.results.width
        self.test_said = self._test_text()
        self.nothing = ["", ""]
        wrong = sum(bool(row.wrong) for row in self._rows)
        self.all_well = not wrong and self._state == "shown"
        if self._state == "waiting":
            self.summary = words["health.waiting"]
        elif self._state == "trouble":
            self.summary, self.nothing = "", [words["health.store_trouble"], ""]
        elif wrong:
            self.summary = words["health.some_wrong"].format(count=wrong)
        else:
            self.summary = words["health.all_well"]
        if width >= 10 * app.theme.body:
            self.ids.results.show([_data(row, width) for row in self._rows])

    def _test_text(self) -> str:
        words = App.get_running_app().words
        match self._test:
            case "":
                return ""
            case "card_read":
                return words["health.card_read"].format(name=self._card)
            case "reader_said":
                return words[f"identify.{self._card}"]
            case _:
                return words[f"health.{self._test}"]


def _data(row: Row, width: float) -> dict[str, Any]:
    app = App.get_running_app()
    theme, words = app.theme, app.words
    small = measure(theme.small)
    room = width - 2 * theme.gap - theme.icon - theme.pad
    said = [finding.said(words) for finding in (*row.wrong, *row.remarks)]
    lines = [line for text in said for line in _broken(text, room, small)]
    name = row.name(words)
    names = _broken(name, room - small.text(row.when(words)) - theme.gap, measure(theme.body))
    height = len(names) * theme.body * STEP + len(lines) * theme.small * STEP
    return {
        "icon": (Sign.WARNING if row.wrong else Sign.DONE).value,
        "name": "\n".join(names),
        "when": row.when(words),
        "text": "\n".join(lines),
        "good": not row.wrong,
        "size": (width, max(round(height + 2 * theme.pad), theme.chip)),
    }


def _broken(text: str, width: float, advance: Any) -> list[str]:
    return [text[start:end].strip() for start, end in break_lines(text, width - 2, advance)]


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
