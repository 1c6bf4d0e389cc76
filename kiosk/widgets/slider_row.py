"""A slider in steps: a large thumb on a rail, for finger, mouse and arrow keys."""

from pathlib import Path

from kivy.input.motionevent import MotionEvent
from kivy.lang import Builder
from kivy.properties import BooleanProperty, NumericProperty
from kivy.uix.widget import Widget

LEFT, RIGHT, FIRST, LAST = 276, 275, 278, 279


class SliderRow(Widget):
    """Between `least` and `most`, in steps of `step` from `least` on.

    Only what is done to it dispatches `on_chosen`; setting `value` does not.
    """

    __events__ = ("on_chosen",)
    least = NumericProperty(0.0)
    most = NumericProperty(1.0)
    step = NumericProperty(0.1)
    value = NumericProperty(0.0)
    reached = BooleanProperty(False)
    """The arrow keys stand on it."""
    share = NumericProperty(0.0)
    """Of the rail, up to the thumb."""
    thumb = NumericProperty(44.0)
    """Its width in pixels."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        place = self._place
        self.bind(value=place, least=place, most=place)
        self._place()

    def on_chosen(self, value: float) -> None:
        """Somebody chose another value."""

    def takes(self, key: int) -> bool:
        """Left and right go a step, the keys for first and last to the ends."""
        to = {
            LEFT: self.value - self.step,
            RIGHT: self.value + self.step,
            FIRST: self.least,
            LAST: self.most,
        }.get(key)
        if to is None or self.disabled:
            return False
        self._choose(to)
        return True

    def on_touch_down(self, touch: MotionEvent) -> bool:
        """The thumb comes to the finger, wherever that meets the rail."""
        if self.disabled or not self.collide_point(*touch.pos) or touch.is_mouse_scrolling:
            return False
        touch.grab(self)
        self._follow(touch.x)
        return True

    def on_touch_move(self, touch: MotionEvent) -> bool:
        """The thumb follows."""
        if touch.grab_current is not self:
            return False
        self._follow(touch.x)
        return True

    def on_touch_up(self, touch: MotionEvent) -> bool:
        """It stays where it is."""
        if touch.grab_current is not self:
            return False
        touch.ungrab(self)
        return True

    def _follow(self, x: float) -> None:
        way = max(1.0, self.width - self.thumb)
        share = (x - self.x - self.thumb / 2) / way
        self._choose(self.least + share * (self.most - self.least))

    def _choose(self, value: float) -> None:
        """The nearest step within the ends."""
        steps = round((self.most - self.least) / self.step)
        number = min(max(round((value - self.least) / self.step), 0), steps)
        chosen = round(self.least + number * self.step, 6)
        if chosen != self.value:
            self.value = chosen
            self.dispatch("on_chosen", chosen)

    def _place(self, *_: object) -> None:
        way = self.most - self.least
        self.share = min(max((self.value - self.least) / way, 0.0), 1.0) if way > 0 else 0.0


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
