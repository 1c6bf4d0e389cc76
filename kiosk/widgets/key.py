"""One key of the keyboard on screen."""

from collections.abc import Callable
from typing import Any

from kivy.graphics import Color, Line, RoundedRectangle
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.label import Label

from kiosk.widgets.solid import Solid


class Key(ButtonBehavior, Label):
    """A key, or a candidate: a face with a word or a sign on it; it acts when touched."""

    def __init__(self, press: Callable[[Any], None], ground: Solid, **kwargs: Any) -> None:
        """Its face is drawn on `ground`, together with those of the other keys."""
        super().__init__(**kwargs)
        self.face: Any = None
        """A Face, the place of a candidate, or a button of the strip."""
        self._press = press
        self._colours = ((1, 1, 1, 1),) * 3
        self._ground, self._laid = ground, False
        self._fill, self._box = Color(), RoundedRectangle()
        # Only drawn while it is to be seen: a transparent line is drawn through a stencil.
        self._edge, self._line = Color(1, 1, 1, 1), Line(width=1.2)
        self._edged = False
        self.bind(pos=self._place, size=self._place, state=self._paint, parent=self._lay)

    def look(self, fill: Any, down: Any, edge: Any, radius: float) -> None:
        """Colours and corners; `edge` is drawn where it is not transparent."""
        self._colours, self._box.radius = (fill, down, edge), [radius]
        self._paint()
        self._place()

    def on_press(self) -> None:
        self._press(self)

    def _paint(self, *_: object) -> None:
        fill, down, edge = self._colours
        self._fill.rgba = down if self.state == "down" else fill
        self._lay()
        if bool(edge[3]) is not self._edged:
            self._edged = bool(edge[3])
            draw = self.canvas.before.add if self._edged else self.canvas.before.remove
            draw(self._edge)
            draw(self._line)
        self._edge.rgba = edge

    def _lay(self, *_: object) -> None:
        """Put the face on the ground, or take it off: transparent faces are none."""
        seen = self.parent is not None and self._fill.a > 0
        if seen is not self._laid:
            self._laid = seen
            (self._ground.put if seen else self._ground.take)(self._fill, self._box)

    def _place(self, *_: object) -> None:
        self._box.pos, self._box.size = self.pos, self.size
        self._line.rounded_rectangle = (*self.pos, *self.size, self._box.radius[0][0])
