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

    def begin(
        self, equip: Callable[[InputMethod], None], missed: Callable[[], None]
    ) -> threading.Thread:
        """Hand the method to `equip` in the UI thread; call `missed` there if it is missing."""

        def run() -> None:
            try:
                method = self._load()
            except RimeMissing as missing:
                log.warning("no Chinese keyboard: %s", missing)
                self.facts = {"chinese": False, "problem": str(missing)}
                Clock.schedule_once(lambda _dt: missed())
                return
            self.facts = {"chinese": True}
            Clock.schedule_once(lambda _dt: equip(method))

        thread = threading.Thread(target=run, name="input method", daemon=True)
        thread.start()
        return thread
