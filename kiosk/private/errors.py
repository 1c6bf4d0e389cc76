"""What can go wrong with the encrypted store, named by what happens next."""

from sqlcipher3 import dbapi2

from kiosk.store.errors import Busy, Damaged, DiskTrouble, Naming, NotReady, StoreError


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

named_errors = Naming(
    dbapi2.Error,
    "the encrypted database",
    "move private.db and the folder staged away and start again: what was not delivered must be "
    "handed in anew",
)
