"""A list of rows that keeps its place when rows are added, changed or taken away."""

from math import ceil
from pathlib import Path
from typing import Any

from kivy.clock import Clock
from kivy.graphics import (
    BindTexture,
    ScissorPop,
    ScissorPush,
    StencilPop,
    StencilPush,
    StencilUnUse,
    StencilUse,
)
from kivy.lang import Builder
from kivy.properties import AliasProperty, NumericProperty
from kivy.uix.recycleview import RecycleView

STENCIL = (StencilPush, StencilUse, StencilUnUse, StencilPop)


def covered(start: float, length: float) -> tuple[int, int]:
    """First pixel and number of pixels whose middles lie in a stretch, as OpenGL counts them."""
    first = ceil(start - 0.5)
    return first, max(0, ceil(start + length - 0.5) - first)


class Rows(RecycleView):
    """Rows one below the other; each entry of `data` holds its `size`."""

    least_thumb = NumericProperty(44)
    """Pixels of the bar's thumb, however long the list is."""

    def _get_vbar(self) -> tuple[float, float]:
        _, share = super()._get_vbar()
        if share >= 1:
            return 0, 1.0
        share = min(1.0, max(share, self.least_thumb / max(1.0, self.height)))
        return (1 - share) * min(1.0, max(0.0, self.scroll_y)), share

    vbar = AliasProperty(
        _get_vbar,
        bind=("scroll_y", "_viewport", "viewport_size", "height", "least_thumb"),
        cache=True,
    )

    def on_kv_post(self, base: object) -> None:
        super().on_kv_post(base)
        # In place of the stencil, which is drawn twice and asked for every pixel.
        for canvas in (self.canvas.before, self.canvas.after):
            ends = [n for n, each in enumerate(canvas.children) if isinstance(each, STENCIL)]
            for each in canvas.children[ends[0] : ends[-1] + 1]:
                if not isinstance(each, BindTexture):
                    canvas.remove(each)  # and the texture's binding with it
        self._clip = ScissorPush()
        self.canvas.before.add(self._clip)
        self.canvas.after.insert(0, ScissorPop())
        cut = self._cut_soon = Clock.create_trigger(self._cut, -1)
        self._cut_again = Clock.create_trigger(self._cut, 0)
        self.bind(pos=cut, size=cut)
        cut()

    def moved(self) -> None:
        """A page around it was scrolled, or has grown: it is elsewhere in the window."""
        self._cut_soon()
        # Such a page may move what is in it only after this.
        self._cut_again()

    def _cut(self, _elapsed: float) -> None:
        left, foot = self.to_window(*self.pos)
        self._clip.x, self._clip.width = covered(left, self.width)
        self._clip.y, self._clip.height = covered(foot, self.height)

    def show(self, data: list[dict[str, Any]]) -> None:
        """Replace the rows; what stands at the top edge stays there."""
        offset = self._offset()
        self.data = data
        self._move_to(offset)

    def to_top(self) -> None:
        """Back to the first row, also when the list was still gliding."""
        self.effect_y.velocity = 0
        self.scroll_y = 1.0

    def scroll_by(self, pages: float) -> None:
        """Scroll by heights of the list, down when positive."""
        self._move_to(self._offset() + pages * self.height)

    def reveal(self, number: int) -> None:
        """Scroll as little as needed to show row `number`."""
        heights = [row["size"][1] for row in self.data]
        top = sum(heights[:number])
        bottom = top + heights[number]
        offset = self._offset()
        if top < offset:
            self._move_to(top)
        elif bottom > offset + self.height:
            self._move_to(bottom - self.height)

    def _hidden(self) -> float:
        return max(0.0, sum(row["size"][1] for row in self.data) - self.height)

    def _offset(self) -> float:
        return (1.0 - self.scroll_y) * self._hidden()

    def _move_to(self, offset: float) -> None:
        hidden = self._hidden()
        self.scroll_y = 1.0 - min(1.0, max(0.0, offset / hidden)) if hidden else 1.0


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
