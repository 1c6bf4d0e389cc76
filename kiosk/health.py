"""What the parts of the terminal's window tell of themselves for health."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

Facts = Mapping[str, Any]


class HealthTeller:
    """Asks each part once a minute, and at once when something new is known."""

    def __init__(self, tell: Callable[[str, datetime, Facts], None]) -> None:
        """`tell` takes component, moment and facts."""
        self._tell = tell
        self._parts: dict[str, Callable[[], Facts | None]] = {}
        self._told: datetime | None = None

    def add(self, component: str, facts: Callable[[], Facts | None]) -> None:
        """Ask `facts` from now on; None while nothing is known."""
        self._parts[component] = facts

    def hurry(self, *_: object) -> None:
        """Something new is known."""
        self._told = None

    def watch(self, now: datetime) -> None:
        """Tell what is due at `now`, by this PC's clock."""
        minute = now.replace(second=0, microsecond=0)
        if minute == self._told:
            return
        self._told = minute
        for component, ask in self._parts.items():
            facts = ask()
            if facts is not None:
                self._tell(component, now, facts)
