"""One process carries between a terminal and the server."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devices.ownership import Owner, owner_of
from kiosk.settings import SettingsError

LOCK_NAME = "sync.lock"


class AlreadyCarried(Exception):
    """Another process carries for this terminal: end that one first."""

    def __init__(self, owner: Owner | None) -> None:
        super().__init__(f"this terminal's sync is run by {owner or 'another process'}")


@contextmanager
def only_one(data: Path) -> Iterator[None]:
    """Hold the right to carry for the terminal whose folder is `data`, as one process.

    Two would send the same items twice, and each write over what the other found out. The lock
    ends with the process, however it dies. Raises AlreadyCarried, and SettingsError where the
    folder cannot be written.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        file = (data / LOCK_NAME).open("w")
    except OSError as problem:
        raise SettingsError(f"terminal.data: {data}: {problem.strerror}") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyCarried(owner_of(str(data / LOCK_NAME))) from None
        yield
