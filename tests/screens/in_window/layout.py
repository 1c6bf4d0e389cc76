"""What a designer checks with a ruler: nothing cut off, covered, too small or too pale."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from fontTools.ttLib import TTFont
from kivy.app import App
from kivy.core.text import Label as CoreLabel
from kivy.core.text import LabelBase
from kivy.core.window import Window
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.gridlayout import GridLayout
from kivy.uix.label import Label
from kivy.uix.modalview import ModalView
from kivy.uix.scrollview import ScrollView
from kivy.uix.stacklayout import StackLayout

from tests.screens.in_window.terminal import Terminal

TARGET = 60
"""Pixels of the smallest thing to tap, at 1080 lines."""
SLACK = 1.5
"""Pixels lost to rounding."""

Box = tuple[float, float, float, float]


def faults(terminal: Terminal) -> list[str]:
    """Everything wrong with what is shown, one line each."""
    return [
        *_outside(terminal),
        *_cut_off(terminal),
        *_overlapping(terminal),
        *_small_targets(terminal),
        *_pale(terminal),
        *_boxes_for_characters(terminal),
    ]


def box_of(widget: Any) -> Box:
    x, y = widget.to_window(widget.x, widget.y)
    return x, y, x + widget.width, y + widget.height


def clip_of(widget: Any) -> Box:
    """The part of the window in which `widget` can be seen."""
    x0, y0, x1, y1 = 0.0, 0.0, float(Window.width), float(Window.height)
    parent = widget.parent
    while parent is not None and parent is not Window:
        if isinstance(parent, ScrollView):
            left, low, right, high = box_of(parent)
            x0, y0, x1, y1 = max(x0, left), max(y0, low), min(x1, right), min(y1, high)
        parent = parent.parent
    return x0, y0, x1, y1


def _labels(terminal: Terminal) -> Iterator[Any]:
    for label in terminal.widgets(Label):
        if label.text:
            x0, y0, x1, y1 = clip_of(label)
            left, low, right, high = box_of(label)
            if right > x0 and left < x1 and high > y0 and low < y1:
                yield label


def _outside(terminal: Terminal) -> Iterator[str]:
    for label in _labels(terminal):
        x0, y0, x1, y1 = clip_of(label)
        left, low, right, high = box_of(label)
        scrolls = (x0, y0, x1, y1) != (0, 0, Window.width, Window.height)
        if left < x0 - SLACK or right > x1 + SLACK:
            yield f"{label.text!r} reaches out sideways: {left:.0f}–{right:.0f}"
        if not scrolls and (low < y0 - SLACK or high > y1 + SLACK):
            yield f"{label.text!r} reaches out of the window: {low:.0f}–{high:.0f}"


def _cut_off(terminal: Terminal) -> Iterator[str]:
    """Compares with the room that the text takes when nothing limits its height."""
    for label in _labels(terminal):
        wrap = label.text_size[0] if label.text_size[0] else None
        free = CoreLabel(
            text=label.text,
            font_name=label.font_name,
            font_size=label.font_size,
            bold=label.bold,
            line_height=label.line_height,
            text_size=(None, None) if label.shorten else (wrap, None),
        )
        free.refresh()
        width, height = free.texture.size
        if label.shorten:
            if width > label.width + SLACK and not _may_be_shortened(label):
                yield f"{label.text!r} is shortened: {width} in {label.width:.0f}"
        elif width > label.width + SLACK:
            yield f"{label.text!r} is cut off: {width} wide in {label.width:.0f}"
        # The glyphs of a line fill less than three quarters of its height.
        if height * 0.75 > label.height + SLACK:
            yield f"{label.text!r} is cut off: {height} high in {label.height:.0f}"
        if wrap and not label.shorten and height > label.height * 1.4:
            yield f"{label.text!r} loses a line: {height} high in {label.height:.0f}"


def _may_be_shortened(label: Any) -> bool:
    app = App.get_running_app()
    model = app.screen_named("home").model
    allowed = {model.opening_title, model.opening_room}
    rows = {row.under for row in app.screen_named("lookup").walk() if hasattr(row, "under")}
    return label.text in allowed | rows


def _overlapping(terminal: Terminal) -> Iterator[str]:
    for parent in terminal.widgets():
        if not isinstance(parent, BoxLayout | GridLayout | StackLayout):
            continue
        seen = [
            child
            for child in parent.children
            if child.opacity and child.width > SLACK and child.height > SLACK
        ]
        for number, one in enumerate(seen):
            for other in seen[:number]:
                if _meet(box_of(one), box_of(other)):
                    yield f"{_name(one)} overlaps {_name(other)} in {_name(parent)}"
    # Icon and title of a tile are in a box of their own each; the text must not climb into it.
    for tile in terminal.widgets("Tile"):
        icon = next(each for each in tile.walk() if type(each).__name__ == "Surface")
        title = next(each for each in tile.walk() if getattr(each, "text", "") == tile.title
                     and isinstance(each, Label))  # fmt: skip
        if _meet(box_of(icon), box_of(title)) or icon.height < TARGET / 2 * _unit(terminal):
            yield f"no room for the icon of {tile.title!r}"


def _small_targets(terminal: Terminal) -> Iterator[str]:
    least = TARGET * _unit(terminal) - SLACK
    for target in terminal.widgets(ButtonBehavior):
        if not target.disabled and min(target.width, target.height) < least:
            yield f"{_name(target)} is only {target.width:.0f}×{target.height:.0f}"


def _pale(terminal: Terminal) -> Iterator[str]:
    """Takes the ground from the pixels: the most frequent colour around the text."""
    shown = terminal.pixels()
    dialog = next(iter(terminal.widgets(ModalView)), None)
    for label in _labels(terminal):
        if dialog is not None and label not in set(dialog.walk()):
            continue
        x0, y0, x1, y1 = clip_of(label)
        left, low, right, high = box_of(label)
        corners = max(left, x0), max(low, y0), min(right, x1), min(high, y1)
        area = _pixels(corners)
        # What only peeks in at the edge of a page that scrolls shows its box, not its letters.
        if area[2] - area[0] < 2 or area[3] - area[1] < max(2, label.height * 0.2):
            continue
        counted = shown.crop(area).getcolors((area[2] - area[0]) * (area[3] - area[1]))
        ground = max(counted)[1]
        ink = tuple(round(255 * part) for part in label.color[:3])
        ratio = contrast(ink, ground)
        body = label.color[:3] == App.get_running_app().theme.ink[:3]
        if ratio < (7.0 if body else 4.5):
            yield f"{label.text!r}: contrast {ratio:.1f} of {ink} on {ground}"


def _pixels(box: Box) -> tuple[int, int, int, int]:
    left, low, right, high = box
    return round(left), round(Window.height - high), round(right), round(Window.height - low)


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """Ratio of two colours as WCAG 2 defines it."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: tuple[int, ...]) -> float:
    parts = [part / 255 for part in colour]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _boxes_for_characters(terminal: Terminal) -> Iterator[str]:
    for label in _labels(terminal):
        missing = set(label.text) - characters(label.font_name) - {"\n"}
        if missing:
            yield f"{label.text!r}: the font lacks {missing}"


@cache
def characters(font_name: str) -> frozenset[str]:
    """The characters of a registered font's regular face."""
    regular = LabelBase._fonts[font_name][0]
    with TTFont(regular, lazy=True) as font:
        return frozenset(map(chr, font.getBestCmap()))


def _meet(one: Box, other: Box) -> bool:
    across = min(one[2], other[2]) - max(one[0], other[0])
    along = min(one[3], other[3]) - max(one[1], other[1])
    return across > SLACK and along > SLACK


def _unit(terminal: Terminal) -> float:
    return float(terminal.app.theme.unit)


def _name(widget: Any) -> str:
    text = getattr(widget, "text", "") or getattr(widget, "title", "")
    return f"{type(widget).__name__}({text!r})"
