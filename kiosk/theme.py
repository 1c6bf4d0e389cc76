"""Sizes and colours of the visual language; every widget takes them from here.

Lengths are given for a screen of 1080 lines and scale with the window; large text scales
type further. Colours change with high contrast.
"""

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ColorProperty, NumericProperty

SHORT_SIDE, LONG_SIDE = 1080, 1920
LARGE_TEXT = 1.3

TYPE = {
    "title": 44,
    "heading": 36,
    "lead": 33,
    "body": 30,
    "small": 26,
    "least": 24,
    "hero": 72,
    "countdown": 120,
    "tile": 50,
    "clock": 44,
    "icon": 44,
    "icon_small": 34,
    "icon_tile": 56,
    "icon_hero": 88,
    "key_text": 40,
    "key_word": 34,
    "candidate": 42,
}
LENGTHS = {"margin": 48, "gap": 28, "inset": 38, "pad": 16, "radius": 20, "radius_button": 17,
           "button": 92, "header_button": 68, "field": 96, "chip": 72, "row": 122, "header": 104,
           "footer": 72, "bar": 154, "badge": 46, "line": 2, "qr": 264, "side": 520, "tile_box": 96,
           "hero_box": 144, "bar_width": 10, "dialog": 980, "label": 220, "key": 72, "key_tall": 92,
           "key_width": 150, "key_gap": 14, "strip": 84, "menu": 520, "entry": 88}  # fmt: skip
GROWING = {"row", "badge", "label", "chip", "header", "header_button", "footer", "button", "field",
           "entry"}  # fmt: skip
"""Lengths that hold a line of text, and grow with it."""
NORMAL = {
    "ink": "#14213D", "secondary": "#4A5878", "page": "#F3F5FA", "card": "#FFFFFF",
    "edge": "#DBE1EC", "brand": "#1450A3", "brand_ink": "#FFFFFF", "brand_ink_soft": "#E6EFFB",
    "brand_box": "#3A6BB2", "header_fill": "#0D3A7A", "header_edge": "#0D3A7A",
    "header_ink": "#FFFFFF", "header_ink_soft": "#D5E2F5", "header_line": "#6F8DB8",
    "tint": "#E6EFFB", "good": "#16794C", "good_tint": "#E2F4EA", "attention": "#9A5200",
    "attention_tint": "#FFF1DC", "bad": "#B3261E", "bad_tint": "#FDE7E5", "hit": "#FFE9A8",
    "rail": "#DBE1EC", "muted": "#5B6785", "shade": "#14213D99",
    "keyboard": "#D5DBE8", "key_face": "#FFFFFF", "key_side": "#B8C2D5", "key_down": "#A9C4EA",
    "key_edge": "#FFFFFF00", "pleased": "#28702D", "fair": "#7A6300",
    "paper": "#FFFFFF", "paper_ink": "#14213D", "paper_bar": "#4A5878",
}  # fmt: skip
CONTRAST = {
    "ink": "#FFFFFF", "secondary": "#FFFFFF", "page": "#000000", "card": "#000000",
    "edge": "#FFD54A", "brand": "#FFD54A", "brand_ink": "#000000", "brand_ink_soft": "#000000",
    "brand_box": "#DEB841", "header_fill": "#000000", "header_edge": "#FFD54A",
    "header_ink": "#FFFFFF", "header_ink_soft": "#FFFFFF", "header_line": "#FFFFFF",
    "tint": "#2B2B2B", "good": "#FFFFFF", "good_tint": "#2B2B2B", "attention": "#FFD54A",
    "attention_tint": "#2B2B2B", "bad": "#FFFFFF", "bad_tint": "#2B2B2B", "hit": "#7A5C00",
    "rail": "#4A4A4A", "muted": "#E0E0E0", "shade": "#000000CC",
    "keyboard": "#000000", "key_face": "#1A1A1A", "key_side": "#3A3A3A", "key_down": "#6B5A1E",
    "key_edge": "#FFD54A", "pleased": "#FFFFFF", "fair": "#FFFFFF",
    # What is on paper looks as it was published.
    "paper": "#FFFFFF", "paper_ink": "#14213D", "paper_bar": "#4A5878",
}  # fmt: skip


_Look = type(
    "_Look",
    (EventDispatcher,),
    {name: NumericProperty(value) for name, value in {**TYPE, **LENGTHS}.items()}
    | {name: ColorProperty(colour) for name, colour in NORMAL.items()},
)


class Theme(_Look):
    """The look in force; its properties are what kv rules bind to."""

    unit = NumericProperty(1.0)
    """Window pixels for one pixel of the design."""
    large = BooleanProperty(False)
    contrast = BooleanProperty(False)

    def fit(self, width: float, height: float) -> None:
        """Scale to a window of this size, in either orientation."""
        short, long = sorted((width, height))
        self.unit = min(short / SHORT_SIDE, long / LONG_SIDE)

    def on_unit(self, *_: object) -> None:
        self._size()

    def on_large(self, *_: object) -> None:
        self._size()

    def on_contrast(self, *_: object) -> None:
        for name, value in (CONTRAST if self.contrast else NORMAL).items():
            setattr(self, name, value)

    def _size(self) -> None:
        enlarged = LARGE_TEXT if self.large else 1.0
        for name, value in TYPE.items():
            setattr(self, name, round(value * self.unit * enlarged))
        for name, value in LENGTHS.items():
            setattr(self, name, round(value * self.unit * (enlarged if name in GROWING else 1.0)))
