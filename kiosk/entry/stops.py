"""What Tab reaches on a form and is not typed into."""

from collections.abc import Callable
from typing import Any

from kivy.uix.behaviors import FocusBehavior

from kiosk.widgets.controls import OutlineButton, PressButton, PrimaryButton

ENTER = {"enter", "numpadenter"}


class Stop(FocusBehavior):
    """Something to act on with Space and the arrow keys; Tab and Enter move on."""

    def __init__(self, **kwargs: Any) -> None:
        self.moved: Callable[[int], None] = lambda _step: None
        super().__init__(**kwargs)
        self.unfocus_on_touch = False

    def act(self) -> None:
        """Space was pressed."""

    def turn(self, step: int) -> None:
        """An arrow key was pressed."""

    def keyboard_on_key_down(self, window: Any, keycode: Any, text: str, modifiers: Any) -> bool:
        name = keycode[1]
        if name == "tab":
            self.moved(-1 if "shift" in modifiers else 1)
        elif name in ENTER:
            self.entered()
        elif name == "spacebar":
            self.act()
        elif name in {"left", "up", "right", "down"}:
            self.turn(-1 if name in {"left", "up"} else 1)
        else:
            return False
        return True

    def entered(self) -> None:
        """Enter goes on, as in a field that is typed into."""
        self.moved(1)


class _Button(Stop):
    """Enter does what a tap does."""

    def entered(self) -> None:
        self.act()

    def act(self) -> None:
        if not self.disabled:
            self.dispatch("on_release")


class StopButton(_Button, OutlineButton):
    """A button that Tab reaches."""


class PlainStop(_Button, PressButton):
    """A word to tap, without an edge."""


class PrimaryStop(_Button, PrimaryButton):
    """The one main action."""
