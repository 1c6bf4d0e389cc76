"""Opening the Chinese input method in the background: the window does not wait for it."""

import logging
import threading
from collections.abc import Callable

from kivy.clock import Clock

from kiosk.input.method import InputMethod
from kiosk.input.rime_api import RimeMissing

log = logging.getLogger(__name__)


class Loading:
    """Opens the method once, and remembers how that went for health."""

    def __init__(self, load: Callable[[], InputMethod]) -> None:
        self._load = load
        self.facts: dict[str, object] | None = None
        """None until it is known."""

    def begin(self, tried: Callable[[InputMethod | None], None]) -> threading.Thread:
        """Hand the method to `tried` in the UI thread; None if it is missing."""

        def run() -> None:
            try:
                method = self._load()
            except RimeMissing as missing:
                log.warning("no Chinese keyboard: %s", missing)
                self.facts = {"chinese": False, "problem": str(missing)}
                Clock.schedule_once(lambda _dt: tried(None))
                return
            self.facts = {"chinese": True}
            Clock.schedule_once(lambda _dt: tried(method))

        thread = threading.Thread(target=run, name="input method", daemon=True)
        thread.start()
        return thread
