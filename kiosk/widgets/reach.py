"""What the arrow keys stand on: a ring around it, and steps from one to the next."""

from collections.abc import Sequence
from typing import Any

from kivy.app import App
from kivy.graphics import Color, InstructionGroup, Rectangle
from kivy.properties import BooleanProperty
from kivy.uix.widget import Widget


class Reached(Widget):
    """Mixed into widgets that act on keys; the ring is drawn while the keys stand on it."""

    reached = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        self._ring = InstructionGroup()
        self._sides = [Rectangle() for _ in range(4)]
        super().__init__(**kwargs)
        self.bind(reached=self._show_ring, pos=self._place_ring, size=self._place_ring)

    @property
    def in_sight(self) -> Any:
        """The part of it that the keys must be seen on."""
        return self

    def turn(self, step: int) -> None:
        """Left (-1) or right (1) was pressed."""

    def climb(self, step: int) -> bool:
        """Up (-1) or down (1) was pressed; False: there is nothing on that side within it."""
        return False

    def enter(self) -> None:
        """Enter was pressed."""

    def _show_ring(self, *_: object) -> None:
        self.canvas.after.remove(self._ring)
        self._ring.clear()
        if self.reached:
            self._ring.add(Color(*App.get_running_app().theme.brand))
            for side in self._sides:
                self._ring.add(side)
            self._place_ring()
            self.canvas.after.add(self._ring)

    def _place_ring(self, *_: object) -> None:
        if not self.reached:
            return
        theme = App.get_running_app().theme
        thick, out = theme.line * 1.5, theme.line * 3
        x, y = self.x - out, self.y - out
        width, height = self.width + 2 * out, self.height + 2 * out
        low, high, left, right = self._sides
        low.pos, low.size = (x, y), (width, thick)
        high.pos, high.size = (x, y + height - thick), (width, thick)
        left.pos, left.size = (x, y), (thick, height)
        right.pos, right.size = (x + width - thick, y), (thick, height)


class Reach:
    """The one of several widgets on which the keys stand."""

    def __init__(self) -> None:
        self.at: Any = None

    def move(self, stops: Sequence[Any], step: int) -> Any:
        """To the next one or the one before, at first to the first or last; None: there is none."""
        if not stops:
            self.leave()
            return None
        if self.at in stops:
            place = (list(stops).index(self.at) + step) % len(stops)
        else:
            place = 0 if step > 0 else len(stops) - 1
        return self.stand(stops[place])

    def stand(self, stop: Any) -> Any:
        """On this one."""
        self.leave()
        self.at = stop
        stop.reached = True
        return stop

    def leave(self) -> None:
        """On none."""
        if self.at is not None:
            self.at.reached = False
        self.at = None
