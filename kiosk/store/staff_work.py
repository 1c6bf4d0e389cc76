"""What staff do at a terminal itself: its settings, and the test card on its boards."""

from sqlite_utils import Database

from display.evidence import TERMINAL_RECORD, Facts, Kind
from display.testing import TestState, TestWish
from kiosk.adjustments import KeptAdjustments
from kiosk.store import adjustments, board_tests
from kiosk.store.board_tests import TestAnswer
from kiosk.store.connection import writing
from kiosk.store.errors import named_errors
from kiosk.store.evidence import append


class StaffWork:
    """Every method raises `kiosk.store.errors.StoreError` when the database cannot do as asked."""

    _database: Database

    def adjustments(self) -> KeptAdjustments | None:
        """What staff set at this terminal itself; None: nothing ever."""
        with named_errors():
            return adjustments.newest(self._database)

    def keep_adjustments(self, kept: KeptAdjustments, noted: Facts) -> None:
        """Save what staff set, and note it in the terminal's own record, both or neither."""
        with writing(self._database):
            adjustments.keep(self._database, kept)
            append(self._database, TERMINAL_RECORD, kept.at, Kind.TECHNICIAN, noted)

    def ask_board_test(self, board: str, wish: TestWish) -> None:
        """Ask a board of this terminal for the test card, in place of an earlier wish."""
        with writing(self._database):
            board_tests.ask(self._database, board, wish)

    def board_test_asked(self, board: str) -> TestWish | None:
        """The wish that the board's station has not answered yet."""
        with named_errors():
            return board_tests.asked(self._database, board)

    def answer_board_test(self, board: str, id: str, state: TestState, why: str) -> None:
        """Say what became of a wish; a newer one stays."""
        with writing(self._database):
            board_tests.answer(self._database, board, id, state, why)

    def board_test(self, board: str) -> TestAnswer | None:
        """How the newest wish for a board is; None: there was none."""
        with named_errors():
            return board_tests.answered(self._database, board)

    def take_back_board_test(self, board: str, id: str) -> None:
        """Nobody waits for this wish any more, unless the station has taken it."""
        with writing(self._database):
            board_tests.take_back(self._database, board, id)
