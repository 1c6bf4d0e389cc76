"""What the terminal hears from its store every second, and what it tells it of its health."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from display.trusted_time import Contact, Reading, TrustedTime, trusted_time
from kiosk.jobs import Jobs


class StoreWatch:
    """Knows the last contact with the centre, and when the store has changed."""

    def __init__(
        self, jobs: Jobs, heard: Callable[[bool], None], unheard: Callable[[], None]
    ) -> None:
        """`heard` is told whether the store has changed; `unheard`, that it cannot be read."""
        self._jobs, self._tell_heard, self._tell_unheard = jobs, heard, unheard
        self._version: int | None = None
        self._last_moment: datetime | None = None
        self._asking = False
        self.contact: Contact | None = None

    def ask(self) -> None:
        """Ask whether the store has changed, unless it still owes the last answer."""
        if self._asking:
            return
        self._asking = True
        self._jobs.ask(
            "state",
            lambda store: (store.content_version(), store.contact(), store.last_moment()),
            self._heard,
            self._unheard,
        )

    def trusted(self, now: Reading) -> TrustedTime | None:
        """The moment that this PC's clocks, the centre and the past agree on."""
        return trusted_time(now, contact=self.contact, last=self._last_moment)

    def tell(self, component: str, at: datetime, facts: Mapping[str, Any]) -> None:
        """Leave word in the store of how a part of the terminal is."""
        self._jobs.ask(
            f"health {component}",
            lambda store: store.tell_health(component, at, facts),
            lambda _nothing: None,
            lambda: None,
        )

    def _heard(self, state: tuple[int, Contact | None, datetime | None]) -> None:
        self._asking = False
        version, self.contact, self._last_moment = state
        changed, self._version = version != self._version, version
        self._tell_heard(changed)

    def _unheard(self) -> None:
        self._asking = False
        self._tell_unheard()
