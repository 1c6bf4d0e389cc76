"""Keys of the keyboard on the desk that no field takes for itself."""

import math
from typing import TYPE_CHECKING

from kiosk.presence import Presence

if TYPE_CHECKING:
    from kiosk.app import KioskApp

ESCAPE, SPACE = 27, 32
ENTER = {13, 271}
"""The second one is the number pad's."""
TAKING = {"lookup", "notice", "guide", "attachments", "document", "identify", "check_in", "form",
          "upload", "receipt", "matters", "sign_in", "staff", "staff_health",
          "evidence", "staff_outbox", "proposals", "neutral", "schedule", "edition",
          "adjusting"}  # fmt: skip
"""Screens that have keys of their own; these get each key first."""
TYPING = {"identify", "sign_in", "evidence", "staff_outbox", "edition"}
"""Screens that take what is typed without a field."""
STAFF = 291
"""F10 on the first screen is the way of the keyboard to what 工作人员 opens when held."""
PAGES = {281: 0.9, 280: -0.9}
"""Page down and up, in shares of what is seen."""
READING = {274: 0.15, 273: -0.15, SPACE: 0.9, 278: -math.inf, 279: math.inf}
"""Arrows, space, first and last, where there is only text to scroll."""


class DeskKeys:
    """Hands keys to the screen that is shown, and knows the way back and the ways to scroll."""

    def __init__(self, app: "KioskApp", presence: Presence) -> None:
        self._app, self._presence = app, presence

    def typed(self, _window: object, text: str) -> bool:
        """Typing on the first screen begins a lookup with it."""
        self._presence.typed()
        if self._presence.asks:
            self._presence.stay()
            return True
        if self._app.shown in TYPING:
            return bool(self._app.screen_named(self._app.shown).typed(text))
        if self._app.shown == "home" and text.strip():
            self._app.open_lookup(keys=text)
            return True
        return False

    def pressed(
        self, _window: object, key: int, _code: int, text: str | None, _modifiers: list[str]
    ) -> bool:
        """Whether the key did something."""
        app = self._app
        if self._presence.asks:
            # The text of any other key follows, and closes it too, without being typed.
            if not text or key == ESCAPE or key in ENTER:
                self._presence.stay()
            return True
        self._presence.typed()
        if app.shown in TAKING and app.screen_named(app.shown).takes(key):
            return True
        if key == ESCAPE:
            app.back()
            return True
        if app.shown == "home":
            if key == STAFF:
                app.open_sign_in()
            elif key in ENTER:
                app.open_lookup()
            return key in ENTER or key == STAFF
        step = (PAGES | READING if app.shown == "notice" else PAGES).get(key)
        if step is None:
            return False
        app.screen_named(app.shown).scroll(step)
        return True
