"""A centre whose only terminal has no server: what the centre says is made at that terminal.

It lies in a folder like that of a server's data, keys included. A server that comes later begins
with a copy of that folder: then the keys that the terminal trusts, and the accounts, go on.
"""

from datetime import datetime

from kiosk.central.database import CentralDatabase
from kiosk.central.feeds import CursorExpired, changes_since
from kiosk.store.terminal import TerminalStore
from kiosk.sync.contract import BEGINNING, Page

FOLDER = "centre"
"""In the terminal's data folder."""
PAGE = 100


def bring(database: CentralDatabase, store: TerminalStore, channel: str, now: datetime) -> None:
    """Bring the terminal's store to where its own feed is; no server's clock is heard by that.

    Raises `database.UnusableDatabase`, `feeds.UnknownChannel` and StoreError.
    """
    since = store.cursor(channel) or BEGINNING
    while True:
        page = _page(database, store, channel, since, now)
        store.apply_page(channel, page, now=now)
        if page.pending == 0:
            return
        since = page.last_seq


def _page(
    database: CentralDatabase, store: TerminalStore, channel: str, since: str, now: datetime
) -> Page:
    try:
        return changes_since(database, channel, since, limit=PAGE, include_docs=True, now=now)
    except CursorExpired:
        # A copy of before was put back, or the folder made anew.
        store.expire_cursor(channel)
        return changes_since(database, channel, BEGINNING, limit=PAGE, include_docs=True, now=now)
