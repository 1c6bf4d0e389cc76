"""A strip of text and lines, drawn without a widget for each word."""

from collections.abc import Iterator
from typing import Any

from kivy.app import App
from kivy.core.text import Label as CoreLabel
from kivy.graphics import Color, PopMatrix, PushMatrix, Rectangle, Translate
from kivy.properties import ColorProperty, NumericProperty, ObjectProperty
from kivy.uix.widget import Widget

TONES = ("rail", "tint")
"""Colours of the theme that boxes may have."""


class StripRow(Widget):
    """Draws a `kiosk.notice.strips.Strip` from its top left corner, `inset` from the left."""

    strip = ObjectProperty(None, allownone=True)
    inset = NumericProperty(0)
    ink = ColorProperty("#000000")

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        with self.canvas:
            PushMatrix()
            self._place = Translate(0, 0)
        with self.canvas.after:
            PopMatrix()
        self._drawn: list[Any] = []
        theme = App.get_running_app().theme
        for name in (*TONES, "ink"):
            theme.bind(**{name: self._repaint})
        self.bind(pos=self._move, size=self._move, strip=self._draw, inset=self._move)
        self._draw()

    def texts(self) -> Iterator[tuple[float, float, str]]:
        """What can be read: left, middle and words of each piece, in the window's pixels."""
        if self.strip is None:
            return
        for piece in self.strip.pieces:
            x, y = self.to_window(
                self.x + self.inset + piece.x, self.top - piece.y - piece.height / 2
            )
            yield x, y, piece.text

    def _move(self, *_: object) -> None:
        self._place.xy = (round(self.x + self.inset), round(self.top))

    def _repaint(self, *_: object) -> None:
        self._draw()

    def _draw(self, *_: object) -> None:
        for instruction in self._drawn:
            self.canvas.remove(instruction)
        self._drawn = []
        if self.strip is None:
            return
        theme = App.get_running_app().theme
        for box in self.strip.boxes:
            self._drawn += [
                Color(*getattr(theme, box.tone)),
                Rectangle(pos=(box.x, -box.y - box.height), size=(box.width, box.height)),
            ]
        self._drawn.append(Color(*theme.ink))
        for piece in self.strip.pieces:
            label = CoreLabel(
                text=piece.text,
                font_name="Roboto",
                font_size=piece.size,
                bold=piece.bold,
                strikethrough=piece.struck,
            )
            label.refresh()
            width, height = label.texture.size
            middle = -piece.y - piece.height / 2
            self._drawn.append(
                Rectangle(
                    texture=label.texture,
                    pos=(round(piece.x), round(middle - height / 2)),
                    size=(width, height),
                )
            )
        for instruction in self._drawn:
            self.canvas.add(instruction)
        self._move()
