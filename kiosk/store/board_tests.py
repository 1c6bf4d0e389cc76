"""Wishes for the test card on a board of this terminal, and what its station answered."""

from dataclasses import dataclass

from sqlite_utils import Database

from display.testing import TestState, TestWish
from kiosk.sync.instant import from_microseconds, to_microseconds


@dataclass(frozen=True, slots=True)
class TestAnswer:
    """What became of the newest wish for a board."""

    __test__ = False

    id: str
    state: TestState
    why: str
    """One of `display.testing.Hindrance`, or empty."""


def ask(database: Database, board: str, wish: TestWish) -> None:
    """Keep a wish in the place of the one before."""
    database.conn.execute(
        "INSERT OR REPLACE INTO board_tests (board, id, asked_at, by_name, account, state, why)"
        " VALUES (?, ?, ?, ?, ?, ?, '')",
        [board, wish.id, to_microseconds(wish.asked_at), wish.by, wish.account, TestState.ASKED],
    )


def asked(database: Database, board: str) -> TestWish | None:
    """The wish that nobody has answered yet."""
    row = database.conn.execute(
        "SELECT id, asked_at, by_name, account FROM board_tests WHERE board = ? AND state = ?",
        [board, TestState.ASKED],
    ).fetchone()
    return None if row is None else TestWish(row[0], from_microseconds(row[1]), row[2], row[3])


def answer(database: Database, board: str, id: str, state: TestState, why: str) -> None:
    """Say what became of a wish; a newer one stays."""
    database.conn.execute(
        "UPDATE board_tests SET state = ?, why = ? WHERE board = ? AND id = ?",
        [state, why, board, id],
    )


def answered(database: Database, board: str) -> TestAnswer | None:
    """How the newest wish is; None: there was none."""
    row = database.conn.execute(
        "SELECT id, state, why FROM board_tests WHERE board = ?", [board]
    ).fetchone()
    return None if row is None else TestAnswer(row[0], TestState(row[1]), row[2])


def take_back(database: Database, board: str, id: str) -> None:
    """Nobody waits for this wish any more, unless the station has it already."""
    database.conn.execute(
        "DELETE FROM board_tests WHERE board = ? AND id = ? AND state = ?",
        [board, id, TestState.ASKED],
    )
