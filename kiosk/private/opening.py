"""Opening the encrypted store of a terminal with its key, as the settings say."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from display.trusted_time import Reading
from kiosk.private.ageing import Retention
from kiosk.private.connection import is_there
from kiosk.private.errors import KeyTrouble, NotReady
from kiosk.private.key import store_key
from kiosk.private.store import DATABASE_NAME, PrivateStore


def open_private(
    folder: Path,
    key: Path,
    *,
    clocks: Callable[[], Reading],
    create: bool = True,
    receipts_days: int = 30,
) -> PrivateStore:
    """Open the store in the terminal's data folder; the first to come makes key and database.

    Raises KeyTrouble, WrongKey, Damaged, DiskTrouble, NotReady: each names its remedy, and the
    terminal goes on without personal services.
    """
    try:
        found = store_key(key, may_make=create and not is_there(folder / DATABASE_NAME))
    except KeyTrouble:
        if not create and not is_there(folder / DATABASE_NAME):
            raise NotReady(
                f"{folder / DATABASE_NAME}: there is no encrypted database yet; "
                "start mingtang sync first"
            ) from None
        # Another process may have made both between the two looks.
        found = store_key(key, may_make=False)
    retention = Retention(keepsakes=timedelta(days=receipts_days))
    return PrivateStore(folder, found, clocks=clocks, create=create, retention=retention)
