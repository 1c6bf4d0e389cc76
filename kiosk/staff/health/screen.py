"""The screen that tells how the parts of this terminal are, and tests some."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
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
from kiosk.identify.reading import Told
from kiosk.printing.printout import printout
from kiosk.staff.accounts import Action, may
from kiosk.staff.confirming import Confirming
from kiosk.staff.health.board_testing import BoardTesting
from kiosk.staff.health.model import Row
from kiosk.staff.health.reading import rows_at
from kiosk.staff.naming import board_called
from kiosk.sync.staff import StaffRole
from kiosk.widgets import footer, passage  # noqa: F401  registers their rules
from kiosk.widgets import rows as row_widgets  # noqa: F401  registers their rules
from kiosk.widgets.controls import OutlineButton
from kiosk.widgets.icons import Sign
from kiosk.widgets.lines import break_lines
from kiosk.widgets.measure import measure

STEP = 1.45
SUBJECT = "test page"
READER_TROUBLE = {Told.UNPLUGGED, Told.NO_ANSWER, Told.UNLICENSED, Told.GARBLED}
SIGNS = {"bad": Sign.WARNING, "attention": Sign.DESK, "good": Sign.DONE}
CARD_S = 20.0
"""Nobody lays a card: the reader is let go."""


class HealthRow(RecycleDataViewBehavior, BoxLayout):
    """One part: sign, name, state, what to do."""

    icon = StringProperty("")
    name = StringProperty("")
    when = StringProperty("")
    text = StringProperty("")
    tone = StringProperty("good")


class TestButton(OutlineButton):
    """One test."""

    __test__ = False


class HealthScreen(Screen):
    """Every part of this terminal, those that want a look first."""

    summary = StringProperty("")
    test_said = StringProperty("")
    """How a test goes."""
    nothing = ListProperty(["", ""])
    can_print = BooleanProperty(False)
    can_read = BooleanProperty(False)
    can_test_board = BooleanProperty(False)
    all_well = BooleanProperty(True)

    def __init__(self, **kwargs: Any) -> None:
        self._rows: list[Row] = []
        self._state = "waiting"
        self._card: str = ""
        self._test = ""
        app = App.get_running_app()
        self._reading = app.visit.card_reading(self._told)
        self._board_test = BoardTesting(lambda: self._redraw())
        self._confirming = Confirming()
        super().__init__(name="staff_health", **kwargs)
        draw = self._redraw = Clock.create_trigger(lambda _dt: self._draw(), -1)
        app.theme.bind(unit=draw, large=draw)
        app.bind(words=draw, portrait=draw)
        app.bind(words=self._show_tests)
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
        boards = account is not None and may(account, Action.TEST_BOARD)
        self.can_test_board = boards and bool(app.settings.boards)
        self._show_tests()
        self._ask()

    def refresh(self, _at: datetime) -> None:
        """Look again; and the account may have been taken away."""
        App.get_running_app().look_at_account()
        self._ask()

    def on_leave(self, *_: object) -> None:
        self._end_card()
        self._board_test.forget()
        self._confirming.close()

    def scroll(self, pages: float) -> None:
        """Page keys."""
        self.ids.results.scroll_by(pages)

    def takes(self, key: int) -> bool:
        """Page keys and Escape are enough here; p, c and b test, as their buttons do."""
        if self._confirming.takes(key):
            return True
        if key == ord("p") and self.can_print:
            self.print_page()
            return True
        if key == ord("c") and self.can_read:
            self.read_card()
            return True
        if key == ord("b") and self.can_test_board:
            self.ask_board_test(App.get_running_app().settings.boards[0].name)
            return True
        return False

    def forget(self) -> None:
        """Nothing of a test stays."""
        app = App.get_running_app()
        app.file_jobs.forget("staff health")
        self._board_test.forget()
        self._confirming.close()
        self._end_card()
        self._rows, self._state, self._card, self._test = [], "waiting", "", ""
        self.ids.results.to_top()
        self._draw()

    # Looking

    def _ask(self) -> None:
        app = App.get_running_app()
        settings, reading = app.settings, app.look_at_clocks()

        app.file_jobs.ask("staff health", rows_at(settings, reading), self._show, self._fail)

    def _show(self, found: list[Row]) -> None:
        self._rows, self._state = found, "shown"
        self._draw()

    def _fail(self) -> None:
        self._rows, self._state = [], "trouble"
        self._draw()

    # Testing

    def _show_tests(self, *_: object) -> None:
        """A button for each test that this person may make here."""
        app, tests = App.get_running_app(), self.ids.tests
        words, boards = app.words, app.settings.boards if self.can_test_board else ()
        tests.clear_widgets()
        offered: list[tuple[Sign, str, Callable[[], None]]] = []
        for board in boards:
            said = words["health.test_board"]
            if len(boards) > 1:
                called = board_called(board.name, boards, words)
                said = words["health.test_one_board"].format(board=called)
            offered.append((Sign.PICTURE, said, partial(self.ask_board_test, board.name)))
        if self.can_print:
            offered.append((Sign.PRINT, words["health.test_print"], self.print_page))
        if self.can_read:
            offered.append((Sign.BADGE, words["health.test_card"], self.read_card))
        for sign, said, act in offered:
            button = TestButton(icon=sign.value, text=said)
            button.bind(on_release=lambda _button, act=act: act())
            tests.add_widget(button)

    def ask_board_test(self, board: str) -> None:
        """The test card on a board, after a question: the public sees it."""
        app = App.get_running_app()
        if self._board_test.is_open:
            return
        words, called = app.words, board_called(board, app.settings.boards, app.words)
        self._confirming.ask(
            words["health.board_test_title"].format(board=called),
            words["health.board_test_text"],
            words["health.board_test_yes"],
            words["health.board_test_no"],
            lambda: self._test_board(board),
        )

    def _test_board(self, board: str) -> None:
        """If its station thinks fit."""
        self._test = "board"
        self._board_test.begin(board)

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
        tones = {row.tone for row in self._rows}
        self.all_well = tones == {"good"} and self._state == "shown"
        if self._state == "waiting":
            self.summary = words["health.waiting"]
        elif self._state == "trouble":
            self.summary, self.nothing = "", [words["health.store_trouble"], ""]
        elif wrong:
            self.summary = words["health.some_wrong"].format(count=wrong)
        else:
            self.summary = words["health.all_well" if self.all_well else "health.nothing_wrong"]
        if width >= 10 * app.theme.body:
            account = app.visit.session.staff
            technician = account is not None and StaffRole.TECHNICIAN in account.roles
            data = [_data(row, width, technician=technician) for row in self._rows]
            self.ids.results.show(data)

    def _test_text(self) -> str:
        words = App.get_running_app().words
        match self._test:
            case "":
                return ""
            case "board":
                boards = App.get_running_app().settings.boards
                return "\n".join(each.said(words, boards) for each in self._board_test.said)
            case "card_read":
                return words["health.card_read"].format(name=self._card)
            case "reader_said":
                return words[f"identify.{self._card}"]
            case _:
                return words[f"health.{self._test}"]


def _data(row: Row, width: float, *, technician: bool) -> dict[str, Any]:
    app = App.get_running_app()
    theme, words, boards = app.theme, app.words, app.settings.boards
    small = measure(theme.small)
    room = width - 2 * theme.gap - theme.icon - theme.pad
    found = (*row.wrong, *row.remarks)
    said = [finding.said(words, boards, technician=technician) for finding in found]
    lines = [line for text in said for line in _broken(text, room, small)]
    name = row.name(words, boards)
    names = _broken(name, room - small.text(row.when(words)) - theme.gap, measure(theme.body))
    height = len(names) * theme.body * STEP + len(lines) * theme.small * STEP
    return {
        "icon": SIGNS[row.tone].value,
        "name": "\n".join(names),
        "when": row.when(words),
        "text": "\n".join(lines),
        "tone": row.tone,
        "size": (width, max(round(height + 2 * theme.pad), theme.chip)),
    }


def _broken(text: str, width: float, advance: Any) -> list[str]:
    return [text[start:end].strip() for start, end in break_lines(text, width - 2, advance)]


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
