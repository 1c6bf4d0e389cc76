"""Asking the stations of this terminal's boards for the test card, and what they answer."""

import secrets
from collections.abc import Callable

from kivy.app import App
from kivy.clock import Clock

from display.evidence import TERMINAL_RECORD, Kind
from display.testing import Hindrance, TestState, TestWish
from kiosk.staff.acts import BOARD_TEST, act_facts
from kiosk.staff.health.findings import Finding
from kiosk.store.board_tests import TestAnswer
from kiosk.store.terminal import TerminalStore
from kiosk.sync.decision import shown_name

LOOK_S = 0.5
PATIENCE_S = 8.0
"""A station looks ten times a second; one that has not answered by then does not run."""
ID_BYTES = 8
WHY = {
    Hindrance.LATE: "board_test_late",
    Hindrance.NO_LINK: "board_test_no_link",
    Hindrance.DARK: "board_test_dark",
    Hindrance.NEUTRAL_HELD: "board_test_neutral",
    Hindrance.WITHDRAWAL: "board_test_withdrawal",
    Hindrance.CARD: "board_test_card",
    Hindrance.PAUSE: "board_test_pause",
}
"""Why not → its word in section health."""


class BoardTesting:
    """One wish at a time, for one board."""

    def __init__(self, changed: Callable[[], None]) -> None:
        """`changed` is called when there is something else to say."""
        self._boards: tuple[str, ...] = ()
        self._changed = changed
        self._wish: TestWish | None = None
        self._answers: dict[str, TestAnswer | None] = {}
        self._given_up = False
        self._waited_s = 0.0
        self._look = Clock.create_trigger(lambda _dt: self._ask(), LOOK_S)

    @property
    def is_open(self) -> bool:
        """Whether an answer is still to come, or the test card is on a board."""
        return self._wish is not None and any(self._pending(board) for board in self._boards)

    @property
    def said(self) -> list[Finding]:
        """How it goes, board by board."""
        if self._wish is None:
            return []
        return [self._said_of(board) for board in self._boards]

    def begin(self, board: str) -> None:
        """Ask its station now, in the name of whoever is signed in."""
        app = App.get_running_app()
        account = app.visit.session.staff
        if account is None or self.is_open:
            return
        now = app.look_at_clocks().wall
        wish = TestWish(secrets.token_hex(ID_BYTES), now, shown_name(account.name), account.key)
        self._boards = (board,)
        self._wish, self._answers = wish, dict.fromkeys(self._boards)
        self._given_up, self._waited_s = False, 0.0
        boards, at = self._boards, app.clock_moment()
        proven = app.proven() is not None
        facts = act_facts(account, BOARD_TEST, "、".join(boards), "asked", proven=proven)

        def question(store: TerminalStore) -> None:
            for board in boards:
                store.ask_board_test(board, wish)
            store.record(TERMINAL_RECORD, at, Kind.TECHNICIAN, facts)

        app.file_jobs.ask("board test", question, lambda _none: self._look(), self.forget)
        self._changed()

    def forget(self) -> None:
        """Nobody looks any more; what is on a board leaves it by itself."""
        App.get_running_app().file_jobs.forget("board test")
        self._look.cancel()
        self._wish, self._answers = None, {}
        self._changed()

    def _ask(self) -> None:
        boards, wish = self._boards, self._wish
        if wish is None:
            return
        self._waited_s += LOOK_S
        if self._waited_s >= PATIENCE_S:
            self._given_up = True
        give_up = [b for b in boards if self._given_up and self._state(b) is TestState.ASKED]

        def question(store: TerminalStore) -> dict[str, TestAnswer | None]:
            for board in give_up:
                store.take_back_board_test(board, wish.id)
            return {board: store.board_test(board) for board in boards}

        App.get_running_app().file_jobs.ask("board test", question, self._heard, self.forget)

    def _heard(self, answers: dict[str, TestAnswer | None]) -> None:
        self._answers = answers
        self._changed()
        if self.is_open:
            self._look()

    def _state(self, board: str) -> TestState:
        """Of this wish; nothing is known of it until the station has answered."""
        answer = self._answers.get(board)
        if answer is None or self._wish is None or answer.id != self._wish.id:
            return TestState.ASKED
        return answer.state

    def _pending(self, board: str) -> bool:
        state = self._state(board)
        return state is TestState.SHOWN or (state is TestState.ASKED and not self._given_up)

    def _said_of(self, board: str) -> Finding:
        state, answer = self._state(board), self._answers.get(board)
        values: dict[str, object] = {"board": board}
        if state is TestState.ASKED:
            return Finding("board_test_silent" if self._given_up else "board_test_asked", values)
        if state is TestState.REFUSED and answer is not None:
            return Finding(WHY.get(Hindrance(answer.why), "board_test_card"), values)
        return Finding(f"board_test_{state}", values)
