"""Levels over a day as bars, of which a stretch can be picked with a finger."""

from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.graphics import Color, InstructionGroup, Rectangle
from kivy.lang import Builder
from kivy.properties import ListProperty, NumericProperty
from kivy.uix.widget import Widget


class LevelBar(Widget):
    """A bar for each part of the day; from left to right, as high as its level."""

    __events__ = ("on_pick",)
    levels = ListProperty()
    """One for each part; empty: none are set, and no bar is drawn."""
    parts = NumericProperty(48)
    most = NumericProperty(15)
    begin = NumericProperty(0)
    end = NumericProperty(0)
    """The stretch that is picked, `[begin, end)`."""

    def __init__(self, **kwargs: Any) -> None:
        self._drawn = InstructionGroup()
        self._from = 0
        super().__init__(**kwargs)
        self.canvas.add(self._drawn)
        draw = self._redraw = Clock.create_trigger(lambda _dt: self._draw(), -1)
        self.bind(pos=draw, size=draw, levels=draw, begin=draw, end=draw, disabled=draw)
        App.get_running_app().theme.bind(brand=draw)
        draw()

    def on_pick(self, begin: int, end: int) -> None:
        """A stretch was picked with a finger."""

    def on_touch_down(self, touch: Any) -> bool:
        """The stretch begins here."""
        if self.disabled or not self.collide_point(*touch.pos):
            return bool(super().on_touch_down(touch))
        touch.grab(self)
        # Where the finger came down: what scrolls around it waits to see which way it goes.
        self._from = self._part(touch.ox)
        self._pick(touch)
        return True

    def on_touch_move(self, touch: Any) -> bool:
        """And reaches to here."""
        if touch.grab_current is not self:
            return bool(super().on_touch_move(touch))
        self._pick(touch)
        return True

    def on_touch_up(self, touch: Any) -> bool:
        """It stays picked."""
        if touch.grab_current is not self:
            return bool(super().on_touch_up(touch))
        touch.ungrab(self)
        return True

    def _pick(self, touch: Any) -> None:
        at = self._part(touch.x)
        self.dispatch("on_pick", min(at, self._from), max(at, self._from) + 1)

    def _part(self, x: float) -> int:
        share = (x - self.x) / max(1.0, self.width)
        return min(int(self.parts) - 1, max(0, int(share * self.parts)))

    def _draw(self) -> None:
        theme = App.get_running_app().theme
        self._drawn.clear()
        step = self.width / self.parts
        self._box(theme.page, self.x, self.y, self.width, self.height)
        self._box(
            theme.tint, self.x + self.begin * step, self.y, (self.end - self.begin) * step,
            self.height,
        )  # fmt: skip
        gap = max(1.0, step * 0.12)
        for part, level in enumerate(self.levels):
            picked = self.begin <= part < self.end
            high = max(theme.line, self.height * 0.94 * level / self.most)
            colour = theme.brand if picked else theme.secondary
            self._box(colour, self.x + part * step + gap / 2, self.y, step - gap, high)
        self._box(theme.edge, self.x, self.y, self.width, theme.line)

    def _box(self, colour: Any, x: float, y: float, width: float, height: float) -> None:
        self._drawn.add(Color(*colour))
        self._drawn.add(Rectangle(pos=(round(x), round(y)), size=(round(width), round(height))))


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
