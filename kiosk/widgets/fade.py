"""The lower edge of a list that goes on: its text fades, where it would be cut through a line."""

from kivy.app import App
from kivy.graphics import Color, Rectangle
from kivy.graphics.texture import Texture
from kivy.uix.widget import Widget

STEPS = 16


class Fade(Widget):
    """From nothing above to the card's colour below; takes no touches."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        texture = Texture.create(size=(1, STEPS), colorfmt="rgba")
        alphas = [255 * (STEPS - 1 - step) // (STEPS - 1) for step in range(STEPS)]
        pixels = bytes(value for alpha in alphas for value in (255, 255, 255, alpha))
        texture.blit_buffer(pixels, colorfmt="rgba", bufferfmt="ubyte")
        theme = App.get_running_app().theme
        with self.canvas:
            self._colour = Color(*theme.card)
            self._area = Rectangle(texture=texture, pos=self.pos, size=self.size)
        self.bind(pos=self._place, size=self._place)
        theme.bind(card=self._paint)

    def _place(self, *_: object) -> None:
        self._area.pos, self._area.size = self.pos, self.size

    def _paint(self, *_: object) -> None:
        self._colour.rgba = App.get_running_app().theme.card
