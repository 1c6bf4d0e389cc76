"""A large card, drawn without a pixel that another layer covers."""

from typing import Any

from kivy.clock import Clock
from kivy.graphics import Color, Ellipse, Rectangle
from kivy.properties import ColorProperty, NumericProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.widgets.solid import Solid

SEGMENTS = 40
"""Of a circle; Kivy's rounded rectangles have as many."""


class Panel(BoxLayout):
    """Looks like a card; software drawing pays for each pixel, and a card fills twice."""

    fill = ColorProperty("#FFFFFF")
    edge = ColorProperty("#FFFFFF")
    edge_width = NumericProperty(1)
    corner = NumericProperty(0)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._edge_colour, self._fill_colour = Color(), Color()
        self._edge_corners = [Ellipse(segments=SEGMENTS) for _ in range(4)]
        self._fill_corners = [Ellipse(segments=SEGMENTS) for _ in range(4)]
        self._sides = [Rectangle() for _ in range(4)]
        self._middle = [Rectangle() for _ in range(3)]
        solid = Solid()
        solid.put(self._edge_colour, *self._edge_corners, *self._sides)
        solid.put(self._fill_colour, *self._fill_corners, *self._middle)
        self.canvas.before.add(solid)
        place = Clock.create_trigger(self._place, -1)
        self.bind(pos=place, size=place, edge_width=place, corner=place, fill=place, edge=place)
        place()

    def _place(self, _elapsed: float) -> None:
        self._edge_colour.rgba, self._fill_colour.rgba = self.edge, self.fill
        x, y, right, top = self.x, self.y, self.right, self.top
        corner = min(self.corner, self.width / 2, self.height / 2)
        thick = min(self.edge_width, corner)
        across, up = self.width - 2 * corner, self.height - 2 * corner
        middles = [(left, foot) for left in (x + corner, right - corner)
                   for foot in (y + corner, top - corner)]  # fmt: skip
        for circles, radius in ((self._edge_corners, corner), (self._fill_corners, corner - thick)):
            for circle, (left, foot) in zip(circles, middles, strict=True):
                circle.pos, circle.size = (left - radius, foot - radius), (2 * radius, 2 * radius)
        boxes = (
            (x, y + corner, thick, up),
            (right - thick, y + corner, thick, up),
            (x + corner, y, across, thick),
            (x + corner, top - thick, across, thick),
            (x + thick, y + corner, self.width - 2 * thick, up),
            (x + corner, y + thick, across, corner - thick),
            (x + corner, top - corner, across, corner - thick),
        )
        for box, (left, foot, wide, high) in zip(self._sides + self._middle, boxes, strict=True):
            box.pos, box.size = (left, foot), (wide, high)
