"""How fast bytes go, of late (pure)."""

from collections import deque

WINDOW_S = 5.0
"""Short enough to follow a change, long enough to be read."""
_SHORTEST_S = 0.2


class Rate:
    """Bytes/s over the last few seconds."""

    def __init__(self) -> None:
        self._points: deque[tuple[float, int]] = deque()

    def add(self, at_s: float, total: int) -> float | None:
        """Add that `total` bytes were sent at `at_s`; the rate, or None: too early to say."""
        if self._points and (total < self._points[-1][1] or at_s < self._points[-1][0]):
            # Sent anew from an earlier place.
            self._points.clear()
        self._points.append((at_s, total))
        while len(self._points) > 2 and at_s - self._points[1][0] >= WINDOW_S:
            self._points.popleft()
        (first_s, first), (last_s, last) = self._points[0], self._points[-1]
        if last_s - first_s < _SHORTEST_S:
            return None
        return (last - first) / (last_s - first_s)
