"""Shows the test card on a board when a technician asks for it, and gives the board back."""

import logging
from collections.abc import Callable
from datetime import datetime

from devices.errors import DeviceError, Refused, TryAgain
from devices.led.board import Board
from display.evidence import Proof
from display.journal import Journal
from display.source import Source
from display.testing import (
    PAUSE_S,
    SHOWN_S,
    Hindrance,
    TestState,
    TestWish,
    is_fresh,
    test_message,
)
from display.todays_edition import Plan
from display.trusted_time import Reading

log = logging.getLogger(__name__)


class Tester:
    """Of one board. What is told to the store may raise SourceTrouble: `ask` deals with it."""

    def __init__(
        self,
        board: str,
        source: Source,
        journal: Journal,
        ask: Callable[[Callable[[], object]], object],
    ) -> None:
        self._name, self._source, self._journal, self._ask = board, source, journal, ask
        self._wish: TestWish | None = None
        self._done = ""
        self._on_air: tuple[TestWish, float] | None = None
        self._again_at_s = 0.0

    def look(self) -> None:
        """Read whether somebody asks. Raises SourceTrouble."""
        wish = self._source.test_asked(self._name)
        if wish is not None and wish.id != self._done and self._on_air is None:
            self._wish = wish

    @property
    def is_busy(self) -> bool:
        """Whether somebody waits for the test card, or it is on the board."""
        return self._wish is not None or self._on_air is not None

    def holds(
        self,
        hindered: Hindrance | None,
        board: Board,
        plan: Plan,
        at: tuple[datetime, bool],
        reading: Reading,
        light: Callable[[Board], None],
    ) -> bool:
        """Begin, go on or end; tell whether the board is the test card's.

        `at` is the moment, and whether it is proven: then the picture tells it. Raises DeviceError
        as `Board.show` does.
        """
        if self._on_air is not None:
            _, until_s = self._on_air
            if hindered is None and reading.uptime_s < until_s:
                return True
            self.end(hindered)
            return False
        wish, self._wish = self._wish, None
        if wish is None:
            return False
        if not is_fresh(wish, reading.wall):
            hindered = Hindrance.LATE
        elif hindered is None and reading.uptime_s < self._again_at_s:
            hindered = Hindrance.PAUSE
        if hindered is not None:
            self._refuse(wish, hindered)
            return False
        return self._begin(wish, board, plan, at, reading, light)

    def _begin(
        self,
        wish: TestWish,
        board: Board,
        plan: Plan,
        at: tuple[datetime, bool],
        reading: Reading,
        light: Callable[[Board], None],
    ) -> bool:
        moment, proven = at
        self._journal.tested(Proof.SENT, wish)
        try:
            light(board)
            title = plan.words["test_card"]
            proof = board.show(test_message(plan.surface, title, moment, proven=proven))
        except (Refused, ValueError) as problem:
            if isinstance(problem, TryAgain):
                self._refuse(wish, Hindrance.CARD)
                raise
            log.error("board %s: test card: %s", self._name, problem)
            self._journal.tested(Proof.REFUSED, wish, str(problem))
            self._refuse(wish, Hindrance.CARD)
            return False
        except DeviceError:
            self._refuse(wish, Hindrance.NO_LINK)
            raise
        self._journal.tested(Proof(proof), wish)
        self._journal.departures.acknowledged(None)
        self._on_air = wish, reading.uptime_s + SHOWN_S
        # From its beginning, so that one that was cut short is no way around it.
        self._again_at_s = reading.uptime_s + SHOWN_S + PAUSE_S
        self._answer(wish, TestState.SHOWN)
        return True

    def end(self, why: Hindrance | None = None) -> None:
        """The board shows something else from now on."""
        if self._on_air is not None:
            (wish, _), self._on_air = self._on_air, None
            self._journal.test_ended(wish)
            self._answer(wish, TestState.ENDED, why)

    def no_link(self) -> None:
        """There is no line to the card: nobody gets the test card, and who had it has it not."""
        wish, self._wish = self._wish, None
        if wish is not None:
            self._refuse(wish, Hindrance.NO_LINK)
        self.end(Hindrance.NO_LINK)

    def _refuse(self, wish: TestWish, why: Hindrance) -> None:
        log.info("board %s: no test card: %s", self._name, why)
        self._answer(wish, TestState.REFUSED, why)

    def _answer(self, wish: TestWish, state: TestState, why: Hindrance | None = None) -> None:
        self._done = wish.id
        self._ask(
            lambda: self._source.answer_test(self._name, wish.id, state, "" if why is None else why)
        )
