"""Opaque areas drawn cheaply: software drawing pays for each pixel's texture and blending."""

from typing import Any

from kivy.graphics import BindTexture, Callback, InstructionGroup, RenderContext
from kivy.graphics.opengl import GL_BLEND, glDisable, glEnable

PLAIN = """
$HEADER$
void main(void) {
    gl_FragColor = frag_color;
}
"""
"""Kivy's own shader looks every pixel of a plain colour up in a white picture."""


def look_up_plainly() -> None:
    """Have that picture read without smoothing, which takes a quarter off every other area."""
    white = BindTexture().texture
    white.min_filter = white.mag_filter = "nearest"


class Solid(RenderContext):
    """What is in here shows its colour as it is; nothing below shines through.

    The opacity of widgets and of colours has no effect: what is not to be seen is taken out.
    """

    def __init__(self) -> None:
        super().__init__(fs=PLAIN, use_parent_projection=True, use_parent_modelview=True)
        self._inside = InstructionGroup()
        self.add(Callback(lambda _instruction: glDisable(GL_BLEND)))
        self.add(self._inside)
        self.add(Callback(lambda _instruction: glEnable(GL_BLEND)))

    def put(self, *instructions: Any) -> None:
        """Add instructions on top of what is here."""
        for each in instructions:
            self._inside.add(each)

    def take(self, *instructions: Any) -> None:
        """Remove instructions."""
        for each in instructions:
            self._inside.remove(each)
