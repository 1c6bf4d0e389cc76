"""What a technician measured on each board: pixels per second by speed code."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from kiosk.sync.instant import from_microseconds, to_microseconds


@dataclass(frozen=True, slots=True)
class Calibration:
    """The measured speeds of one board."""

    board: str
    measured_at: datetime
    speeds: tuple[float, ...]
    """Pixels per second; the index is the card's speed code, each below the one before."""


def read(database: Database, board: str) -> Calibration | None:
    """A board's calibration; None if it was never measured."""
    row = database.conn.execute(
        "SELECT measured_at, speeds FROM calibrations WHERE board = ?", [board]
    ).fetchone()
    if row is None:
        return None
    return Calibration(board, from_microseconds(row[0]), tuple(json.loads(row[1])))


def replace(database: Database, calibration: Calibration) -> None:
    """Keep a calibration in place of the board's earlier one."""
    database.conn.execute(
        "INSERT OR REPLACE INTO calibrations (board, measured_at, speeds) VALUES (?, ?, ?)",
        [
            calibration.board,
            to_microseconds(calibration.measured_at),
            json.dumps(calibration.speeds),
        ],
    )


def delete(database: Database, board: str) -> bool:
    """Remove a board's calibration; tell whether there was one."""
    found = database.conn.execute("DELETE FROM calibrations WHERE board = ?", [board])
    return bool(found.rowcount)
