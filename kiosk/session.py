"""One visitor's use of the terminal (本次服务): when it ends by itself (pure)."""

import math
from collections.abc import Callable


class Silence:
    """Measures how long nobody has touched anything; `elapsed` counts seconds, never back."""

    def __init__(self, idle_s: float, countdown_s: float, elapsed: Callable[[], float]) -> None:
        self._idle_s, self._countdown_s, self._elapsed = idle_s, countdown_s, elapsed
        self._since = elapsed()

    def broken(self) -> None:
        """Somebody is there."""
        self._since = self._elapsed()

    def seconds_left(self) -> int | None:
        """Seconds until the visit ends, 0 when it is over; None before the countdown."""
        silent = self._elapsed() - self._since
        if silent < self._idle_s:
            return None
        return max(0, math.ceil(self._idle_s + self._countdown_s - silent))
