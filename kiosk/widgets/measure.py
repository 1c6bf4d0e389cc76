"""Widths of characters in the interface's font."""

from functools import cache

from kivy.core.text import Label as CoreLabel


class Measure:
    """Advance widths at one size and weight, in pixels, each character asked for once."""

    def __init__(self, size: float, *, bold: bool = False) -> None:
        self._label = CoreLabel(font_name="Roboto", font_size=size, bold=bold)
        self._frame = self._label.get_extents("中中")[0]
        self._widths: dict[str, float] = {}

    def __call__(self, character: str) -> float:
        width = self._widths.get(character)
        if width is None:
            framed = self._label.get_extents(f"中{character}中")[0]
            width = self._widths[character] = framed - self._frame
        return width

    def text(self, text: str) -> float:
        """Width of a whole text."""
        return sum(map(self, text))


@cache
def measure(size: float, *, bold: bool = False) -> Measure:
    """The shared measure of a size and weight."""
    return Measure(size, bold=bold)
