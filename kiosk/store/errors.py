"""What can go wrong with the terminal's database, named by what happens next."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


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


_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DISK = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PERM,
}
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


@contextmanager
def named_errors() -> Iterator[None]:
    """Turn SQLite's result codes into the errors above; programming errors pass as they are."""
    try:
        yield
    except sqlite3.Error as problem:
        code = getattr(problem, "sqlite_errorcode", 0) & 0xFF
        name = getattr(problem, "sqlite_errorname", "SQLite error")
        if code in _BUSY:
            raise Busy(f"the database is busy ({name}); try again") from problem
        if code in _DISK:
            raise DiskTrouble(
                f"the database cannot be read or written ({name}); free space on the disk "
                "and check its rights"
            ) from problem
        if code in _DAMAGE:
            raise Damaged(
                f"the database is damaged ({name}); move the file away and start again"
            ) from problem
        raise
