"""How often one address may ask in vain, so that nobody tries names and numbers (pure)."""

from collections import OrderedDict, deque
from datetime import datetime, timedelta

MOST = 30
"""In vain, within `WITHIN`; a terminal on a busy day has fewer visitors without any matter."""
WITHIN = timedelta(minutes=10)
_ADDRESSES = 4096
"""Remembered at a time; of more, those that asked longest ago are forgotten."""


class TooMany(Exception):
    """This address has asked in vain too often: it may ask again later."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__("too many requests in vain")
        self.wait = wait
        """Until it may."""


class Tries:
    """What was asked in vain, by address; for one thread."""

    def __init__(self) -> None:
        self._failed: OrderedDict[str, deque[datetime]] = OrderedDict()

    def check(self, address: str, now: datetime) -> None:
        """Raises TooMany."""
        failed = self._failed.get(address)
        if failed is None:
            return
        while failed and failed[0] <= now - WITHIN:
            failed.popleft()
        if len(failed) >= MOST:
            raise TooMany(failed[0] + WITHIN - now)

    def in_vain(self, address: str, now: datetime) -> None:
        """Count a request that found nobody."""
        self._failed.setdefault(address, deque()).append(now)
        self._failed.move_to_end(address)
        while len(self._failed) > _ADDRESSES:
            self._failed.popitem(last=False)
