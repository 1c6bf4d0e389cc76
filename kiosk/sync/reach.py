"""Whether the server answers, as the threads of one sync process tell each other."""

import threading


class Reach:
    """Counts how often the server answered again; before its first answer it counts as away."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._away = True
        self._regained = 0

    @property
    def regained(self) -> int:
        """Goes up by one each time."""
        with self._lock:
            return self._regained

    def answered(self) -> None:
        """The server gave an answer of its own, whatever it said."""
        with self._lock:
            self._regained += self._away
            self._away = False

    def lost(self) -> None:
        """The server cannot be reached, or does not answer as it should."""
        with self._lock:
            self._away = True
