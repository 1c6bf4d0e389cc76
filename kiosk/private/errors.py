"""What can go wrong with the encrypted store, named by what happens next."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlcipher3 import dbapi2

from kiosk.store.errors import Busy, Damaged, DiskTrouble, NotReady, StoreError


class KeyTrouble(StoreError):
    """The key cannot be had: go on without personal services, tell staff, look again later."""


class WrongKey(StoreError):
    """The database was made with another key: go on without personal services, tell staff."""


class NoRoom(StoreError):
    """The disk has no room for the file: tell the visitor and staff; nothing was kept."""


class SourceVanished(StoreError):
    """The file cannot be read to its end, as from a pulled stick: ask for it again."""


class Stopped(StoreError):
    """The copying was stopped as asked; nothing was kept."""


class DamagedFile(StoreError):
    """A staged file is not what was written: it can never be sent; tell the visitor or staff."""


class Unsuitable(StoreError):
    """What was handed in is not what is staged: a mistake of the program; nothing was kept."""


__all__ = [
    "Busy",
    "Damaged",
    "DamagedFile",
    "DiskTrouble",
    "KeyTrouble",
    "NoRoom",
    "NotReady",
    "SourceVanished",
    "Stopped",
    "StoreError",
    "Unsuitable",
    "WrongKey",
    "named_errors",
]

# Result codes of SQLite (sqlite.org/rescode.html); sqlcipher3 names only a few of them.
_BUSY = {5, 6}
_DISK = {3, 8, 10, 13, 14}
_DAMAGE = {11, 26}


@contextmanager
def named_errors() -> Iterator[None]:
    """Turn SQLite's result codes into the errors above; programming errors pass as they are."""
    try:
        yield
    except dbapi2.Error as problem:
        code = getattr(problem, "sqlite_errorcode", 0) & 0xFF
        name = getattr(problem, "sqlite_errorname", "SQLite error")
        # Without the cause: SQLite's own words may hold values.
        if code in _BUSY:
            raise Busy(f"the encrypted database is busy ({name}); try again") from None
        if code in _DISK:
            raise DiskTrouble(
                f"the encrypted database cannot be read or written ({name}); free space on the "
                "disk and check its rights"
            ) from None
        if code in _DAMAGE:
            raise Damaged(
                f"the encrypted database is damaged ({name}); move private.db and the folder "
                "staged away and start again: what was not delivered must be handed in anew"
            ) from None
        raise
