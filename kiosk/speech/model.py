"""Reading a notice aloud, without a window: begin, stop, say whether it can be heard."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty

from kiosk.speech.voice import Reading, arguments, find_voice


class ReadAloud(EventDispatcher):
    """One reading at a time."""

    available = BooleanProperty(False)
    """Whether this terminal has a voice."""
    reading = BooleanProperty(False)
    failed = BooleanProperty(False)
    """Whether the last reading could not be heard."""

    def __init__(
        self,
        deliver: Callable[[Callable[[], None]], None],
        voice: Callable[[], str | None] = find_voice,
    ) -> None:
        """`deliver` has something called on the UI thread; `voice` names the program."""
        super().__init__()
        self._deliver, self._voice = deliver, voice()
        self.pace = self.volume = 100
        """Percent of the usual."""
        self._current: Reading | None = None
        self._run = 0
        self.available = self._voice is not None

    @property
    def facts(self) -> Mapping[str, Any]:
        """For health: whether there is a voice, and whether it was heard when last used."""
        return {"voice": self.available, "program": self._voice, "heard": not self.failed}

    def begin(self, breaths: Iterable[str]) -> None:
        """Say these, one after the other; they are asked for in the voice's thread."""
        self.stop()
        if self._voice is None:
            return
        self._run += 1
        run = self._run
        self.failed, self.reading = False, True
        self._current = Reading(
            self._voice,
            breaths,
            lambda said: self._deliver(lambda: self._ended(run, said)),
            arguments(self._voice, self.pace, self.volume),
        )

    def stop(self) -> None:
        """Fall silent."""
        current, self._current = self._current, None
        self._run += 1
        self.reading = False
        if current is not None:
            current.stop()

    def close(self) -> None:
        """End of the program: nothing is shown any more."""
        self._run += 1
        if self._current is not None:
            self._current.stop()

    def _ended(self, run: int, said: bool) -> None:
        if run == self._run:
            self._current = None
            self.reading, self.failed = False, not said
