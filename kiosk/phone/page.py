"""The page for phones, opened and closed by the session; nothing here blocks the screen."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from kiosk.phone.door import listen
from kiosk.phone.receiving import PIECE_S, Receiving
from kiosk.phone.serving import HEAD_S, Serving
from kiosk.phone.visit import Arrival, Limits, Visit
from kiosk.private.store import PrivateStore

log = logging.getLogger(__name__)

ADDRESS_FREE_S = 5.0
"""Given to the page of before to leave the address."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the page is served."""

    host: str
    """Address of the terminal in the network of the phones."""
    port: int
    name: str = ""
    """Name that the certificate is made out to, instead of the address."""
    certificate: Path | None = None
    key: Path | None = None
    network: str = ""
    """Name of the radio network, for the visitor."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """What the visitor needs to reach the page."""

    url: str = field(repr=False)
    """For the QR code; good once, and never to be logged."""
    network: str
    """Name of the radio network to be in; may be empty."""
    seconds_left: float


class PhonePage:
    """One at a terminal; every method may be called in any thread and returns at once."""

    def __init__(
        self,
        place: Place,
        limits: Limits,
        open_store: Callable[[], PrivateStore],
        *,
        changed: Callable[[], None] = lambda: None,
        head_s: float = HEAD_S,
        piece_s: float = PIECE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`changed` is called in threads of the page; the store is opened in one of them."""
        self.changed = changed
        self._place, self._limits, self._open_store = place, limits, open_store
        self._head_s, self._piece_s, self._clock = head_s, piece_s, clock
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._visit: Visit | None = None
        self._url = ""
        self._serving: Serving | None = None
        self.failed = False
        """The address cannot be served on: the network is missing, or the certificate is bad."""

    def open(self) -> None:
        """Open the page anew, at a new address; `invitation` tells it when it can be reached."""
        visit = Visit(self._limits, lambda: self.changed(), self._clock)
        with self._lock:
            before = self._visit
            self._visit, self._url, self.failed = visit, "", False
        if before is not None:
            before.close()
        threading.Thread(
            target=self._open, args=(visit,), name="phone-opening", daemon=True
        ).start()

    def close(self) -> None:
        """End the page, and what it is just receiving."""
        with self._lock:
            visit, self._visit, self._url, self.failed = self._visit, None, "", False
        if visit is not None:
            visit.close()

    def stop(self, seconds: float = 3.0) -> None:
        """Close the page and wait until its address is free."""
        self.close()
        with self._lock:
            serving = self._serving
        if serving is not None:
            serving.join(seconds)

    def invitation(self) -> Invitation | None:
        """How to reach the page; None: it is not open (yet, any more)."""
        with self._lock:
            visit, url = self._visit, self._url
        if visit is None or visit.closed or not url:
            return None
        return Invitation(url, self._place.network, visit.seconds_left())

    @property
    def opened(self) -> bool:
        """Whether the page was asked for and not closed again."""
        return self._visit is not None

    @property
    def over(self) -> bool:
        """Whether it was open and its time has passed."""
        visit = self._visit
        return visit is not None and visit.closed

    @property
    def called(self) -> bool:
        """Whether a phone has opened the page."""
        visit = self._visit
        return visit is not None and visit.called

    def arrivals(self) -> tuple[Arrival, ...]:
        """What came and comes, as long as the page was not closed."""
        visit = self._visit
        return () if visit is None else visit.arrivals()

    def _open(self, visit: Visit) -> None:
        with self._turn:
            if self._serving is not None:
                self._serving.join(ADDRESS_FREE_S)
            if self._visit is visit:
                self._serve(visit)
        self.changed()

    def _serve(self, visit: Visit) -> None:
        place = self._place
        try:
            listener = listen(place.host, place.port, visit.is_guest)
            port = listener.getsockname()[1]
            secure = place.certificate is not None
            scheme, usual = ("https", 443) if secure else ("http", 80)
            authority = place.name or place.host
            if port != usual:
                authority = f"{authority}:{port}"
            origin = f"{scheme}://{authority.lower()}"
            receiving = Receiving(
                visit, origin, self._open_store, piece_s=self._piece_s, clock=self._clock
            )
            try:
                serving = Serving(
                    listener,
                    visit,
                    receiving,
                    certificate=place.certificate,
                    key=place.key,
                    ended=lambda: self._end(receiving),
                    head_s=self._head_s,
                )
            except OSError:
                listener.close()
                receiving.close()
                raise
        except OSError as problem:
            log.warning("the page for phones cannot be opened: %s", problem.strerror or "network")
            with self._lock:
                self.failed = self._visit is visit
        else:
            serving.start()
            with self._lock:
                self._serving = serving
                if self._visit is visit:
                    self._url = f"{origin}/{visit.token}/"

    def _end(self, receiving: Receiving) -> None:
        receiving.close()
        self.changed()
