"""How much one submission, one address and all together may have on its way."""

import threading
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from kiosk.central.database import CentralDatabase
from kiosk.central.schema import uploads
from kiosk.sync.submission import MAX_FILES

SUBMISSION_BYTES = 24 * 1024**3
"""Of one submission's files; a project's drawings on a stick have some 2 GB."""
ADDRESS_BYTES = 2 * SUBMISSION_BYTES
"""From one address: a terminal sends one submission at a time, and one may be left behind."""
ADDRESS_UPLOADS = 4 * MAX_FILES
ALL_UPLOADS = 10_000
"""Rows, names in the folder, and steps of the sweeper."""


class TooMuch(Exception):
    """Too much is on its way: the client may ask again once some of it was handed in or ended."""


class Shares:
    """The uploads that no submission has yet; used by many threads of one process.

    Addresses are known since the process began. Two that ask at the same moment may pass
    together: the bounds are there against thousands.
    """

    def __init__(self, database: CentralDatabase) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._begun: dict[str, set[str]] = {}
        """Address → uploads that were begun from it, some of which may be ended."""

    def check(self, submission: str, address: str, length: int) -> None:
        """Whether one more of `length` may be begun. Raises TooMuch."""
        with self._database.reading() as connection:
            everything = _on_its_way(connection)
            of_submission = _on_its_way(connection, uploads.c.submission == submission)
            of_address = self._of_address(connection, address)
        _check("this submission", of_submission, length, MAX_FILES, SUBMISSION_BYTES)
        _check("this address", of_address, length, ADDRESS_UPLOADS, ADDRESS_BYTES)
        _check("all", everything, 0, ALL_UPLOADS, everything.bytes)

    def begun(self, id: str, address: str) -> None:
        """An upload was begun."""
        with self._lock:
            self._begun.setdefault(address, set()).add(id)

    def _of_address(self, connection: Connection, address: str) -> "_OnItsWay":
        with self._lock:
            begun = set(self._begun.get(address, ()))
        found = connection.execute(
            select(uploads.c.id, uploads.c.length).where(
                uploads.c.claimed.is_(False), uploads.c.id.in_(begun)
            )
        ).all()
        with self._lock:
            left = self._begun.get(address, set()) - begun | {row.id for row in found}
            if left:
                self._begun[address] = left
            else:
                self._begun.pop(address, None)
        return _OnItsWay(len(found), sum(row.length for row in found))


@dataclass(frozen=True, slots=True)
class _OnItsWay:
    count: int
    bytes: int
    """As announced: that much is reserved on the disk."""


def _on_its_way(connection: Connection, *which: Any) -> _OnItsWay:
    count, total = connection.execute(
        select(func.count(), func.coalesce(func.sum(uploads.c.length), 0)).where(
            uploads.c.claimed.is_(False), *which
        )
    ).one()
    return _OnItsWay(count, total)


def _check(whose: str, there: _OnItsWay, length: int, most: int, most_bytes: int) -> None:
    if there.count >= most or there.bytes + length > most_bytes:
        raise TooMuch(f"too many files of {whose} are on their way")
