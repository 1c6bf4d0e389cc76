"""What can go wrong with the terminal's database, named by what happens next."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


class StoreError(Exception):
    """The database did not do as asked, and is as it was before; the subclass says what to do."""


class Busy(StoreError):
    """Another process is writing: try again soon."""


class DiskTrouble(StoreError):
    """The disk is full, read-only or failing: tell staff, try again later; nothing is lost."""


class Damaged(StoreError):
    """The file is not a sound database: stop and tell staff; the public data can be pulled anew."""


class NotReady(StoreError):
    """There is no database of this version yet: start the sync process, try again soon."""


# Result codes of SQLite (sqlite.org/rescode.html); sqlcipher3 names only a few of them.
_BUSY = {5, 6}
_DISK = {3, 8, 10, 13, 14}
_DAMAGE = {11, 26}


def is_busy(problem: Exception) -> bool:
    """Whether SQLite says that another connection is in the way."""
    return _code(problem) in _BUSY


def _code(problem: Exception) -> int:
    code: int = getattr(problem, "sqlite_errorcode", 0)
    return code & 0xFF


@dataclass(frozen=True)
class Naming:
    """How the errors of one database are told."""

    driver: type[Exception]
    database: str
    """Begins the sentence."""
    damaged: str
    """What to do then."""

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Turn SQLite's result codes into the errors above; programming errors pass as they are."""
        try:
            yield
        except self.driver as problem:
            code = _code(problem)
            name = getattr(problem, "sqlite_errorname", "SQLite error")
            # Without the cause: SQLite's own words may hold values.
            if code in _BUSY:
                raise Busy(f"{self.database} is busy ({name}); try again") from None
            if code in _DISK:
                raise DiskTrouble(
                    f"{self.database} cannot be read or written ({name}); free space on the disk "
                    "and check its rights"
                ) from None
            if code in _DAMAGE:
                raise Damaged(f"{self.database} is damaged ({name}); {self.damaged}") from None
            raise


named_errors = Naming(sqlite3.Error, "the database", "move the file away and start again")
