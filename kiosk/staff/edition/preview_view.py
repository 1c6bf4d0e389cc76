"""A board's pixels as LEDs on the screen."""

from typing import Any

from kivy.clock import Clock
from kivy.graphics import Color, Rectangle
from kivy.graphics.texture import Texture
from kivy.uix.widget import Widget

from devices.led.board import Picture
from kiosk.staff.edition.preview import rgb

ROUND_FROM = 3
"""Pixels of the screen for one dot, from which on dots are drawn round."""
_SIDE = 32
_FINE = 4
"""Parts of a pixel, along each side, by which a dot's edge is smoothed."""


class BoardView(Widget):
    """As large as whole pixels a dot allow, in the middle of its place."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._picture: Picture | None = None
        self._dots: Any = None
        self._hole: Any = None
        with self.canvas:
            self._colour = Color(1, 1, 1, 0)
            self._leds = Rectangle(size=(0, 0))
            self._over = Color(1, 1, 1, 0)
            self._mask = Rectangle(size=(0, 0))
        place = Clock.create_trigger(lambda _dt: self._place(), -1)
        self.bind(pos=place, size=place)

    @property
    def shown(self) -> Picture | None:
        """What is drawn now."""
        return self._picture

    def show(self, picture: Picture | None) -> None:
        """Draw this from now on; None: nothing."""
        if picture is self._picture:
            return
        before, self._picture = self._picture, picture
        if picture is None:
            self._colour.a = self._over.a = 0
            return
        fits = before is not None and (before.width, before.height) == (
            picture.width,
            picture.height,
        )
        if self._dots is None or not fits:
            self._dots = Texture.create(size=(picture.width, picture.height), colorfmt="rgb")
            self._dots.flip_vertical()
            self._dots.mag_filter = "nearest"
            self._leds.texture = self._dots
            self._place()
        self._dots.blit_buffer(rgb(picture), colorfmt="rgb", bufferfmt="ubyte")
        self.canvas.ask_update()

    def _place(self) -> None:
        picture = self._picture
        if picture is None:
            return
        dot = min(self.width / picture.width, self.height / picture.height)
        dot = int(dot) if dot >= 1 else dot
        size = picture.width * dot, picture.height * dot
        left = round(self.center_x - size[0] / 2), round(self.center_y - size[1] / 2)
        for each in (self._leds, self._mask):
            each.pos, each.size = left, size
        self._colour.a = 1
        self._over.a = 1 if dot >= ROUND_FROM else 0
        if dot >= ROUND_FROM:
            if self._hole is None:
                self._hole = self._mask.texture = _round_dots()
            across, up = picture.width, picture.height
            self._mask.tex_coords = (0, 0, across, 0, across, up, 0, up)


def _round_dots() -> Any:
    """A dot's surroundings: black with a round hole, to be repeated."""
    # A power of two: small graphics chips repeat nothing else.
    texture = Texture.create(size=(_SIDE, _SIDE), colorfmt="rgba", mipmap=True)
    texture.wrap = "repeat"
    texture.min_filter, texture.mag_filter = "linear_mipmap_linear", "linear"
    texture.blit_buffer(_hole(), colorfmt="rgba", bufferfmt="ubyte")
    return texture


def _hole() -> bytes:
    middle, radius = _SIDE * _FINE / 2, _SIDE * _FINE * 0.47
    out = bytearray()
    for y in range(_SIDE):
        for x in range(_SIDE):
            outside = sum(
                (x * _FINE + i + 0.5 - middle) ** 2 + (y * _FINE + j + 0.5 - middle) ** 2
                > radius**2
                for i in range(_FINE)
                for j in range(_FINE)
            )
            out += bytes((0, 0, 0, 255 * outside // _FINE**2))
    return bytes(out)
