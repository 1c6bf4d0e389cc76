"""The pages of a document in a window that scrolls: what is seen is drawn, little else is kept."""

from collections.abc import Callable
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.effects.scroll import ScrollEffect
from kivy.graphics import Color, InstructionGroup, Rectangle
from kivy.graphics.texture import Texture
from kivy.properties import BooleanProperty, NumericProperty
from kivy.uix.label import Label
from kivy.uix.stencilview import StencilView

from kiosk.attachments.pages import Column, nearest_zoom, to_drop
from kiosk.jobs import LATE_AFTER_S
from kiosk.pdf.document import PageSize, PdfError, Picture
from kiosk.pdf.protocol import Part

ARROW = 0.15
"""Of the window: how far an arrow key moves."""
GRIP = 4
"""Widths of the bar that a finger may miss it by."""
LEAST_THUMB = 0.08
"""Of the window: the shortest bar."""
ALIGNED = 4
"""Pixels that a width is a multiple of: rows begin where the graphics card wants them."""


class PagesView(StencilView):
    """Shows the pages of one document; asks for parts of them one at a time."""

    page = NumericProperty(0)
    """The page that is read, counted from 1; 0 while there is none."""
    count = NumericProperty(0)
    zoom = NumericProperty(1.0)
    late = BooleanProperty(False)
    """Whether something that should be seen takes long."""

    def __init__(self, **kwargs: Any) -> None:
        self._sizes: tuple[PageSize, ...] = ()
        self._column: Column | None = None
        self._draw: Callable[[Part, Callable[[Part, Picture | PdfError], None]], None] | None
        self._draw = None
        self._asked: Part | None = None
        self._kept: dict[Part, Texture] = {}
        self._bad: set[int] = set()
        self._labels: list[Label] = []
        self._grip: float | None = None
        self._touch: Any = None
        self._down = ScrollEffect(min=0, max=0)
        self._across = ScrollEffect(min=0, max=0)
        super().__init__(**kwargs)
        self._group = InstructionGroup()
        self.canvas.add(self._group)
        self._paint = Clock.create_trigger(lambda _dt: self._repaint(), -1)
        self._say_late = Clock.create_trigger(lambda _dt: self._set_late(), LATE_AFTER_S)
        self._down.bind(scroll=self._paint)
        self._across.bind(scroll=self._paint)
        self.bind(pos=self._paint, size=self._lay_out)
        app = App.get_running_app()
        app.theme.bind(unit=self._lay_out, contrast=self._paint, large=self._paint)
        app.bind(words=self._paint)

    # What is shown

    def show(
        self,
        sizes: tuple[PageSize, ...],
        draw: Callable[[Part, Callable[[Part, Picture | PdfError], None]], None],
    ) -> None:
        """Show a document from its first page, the whole width; `draw` draws a part of it."""
        self.forget()
        self._sizes, self._draw = sizes, draw
        self.count = len(sizes)
        self._lay_out()

    def forget(self) -> None:
        """Nothing of the document stays, pictures included."""
        self._sizes, self._draw, self._column, self._asked = (), None, None, None
        self._kept.clear()
        self._bad.clear()
        self._say_late.cancel()
        self.count, self.page, self.zoom, self.late = 0, 0, 1.0, False
        self._grip = self._touch = None
        for effect in (self._down, self._across):
            effect.velocity = 0
            effect.min = effect.max = 0
            effect.value = 0
        self._paint()

    @property
    def pixels_kept(self) -> int:
        """In all pictures that are kept."""
        return sum(part.pixels for part in self._kept)

    @property
    def sharp(self) -> bool:
        """Whether everything that is seen is drawn for this zoom."""
        column = self._column
        if column is None:
            return False
        seen = column.parts(self._top, self._top + self.height)
        return all(part in self._kept or part.page in self._bad for part in seen)

    @property
    def position(self) -> tuple[float, float]:
        """Pixels that are hidden above and left of the window."""
        return self._top, self._left

    # Moving

    def scroll_by(self, windows: float) -> None:
        """Down by heights of the window, or up."""
        self._move(self._top + windows * self.height, self._left)

    def pan_by(self, windows: float) -> None:
        """To the right by widths of the window, or left."""
        self._move(self._top, self._left + windows * self.width)

    def turn(self, pages: int) -> None:
        """To the top of a page so many further, or back."""
        if self._column is not None:
            self.go_to(int(self.page) + pages)

    def go_to(self, page: int) -> None:
        """To the top of a page, counted from 1."""
        if self._column is not None:
            number = min(len(self._sizes), max(1, page))
            self._move(self._column.place(number - 1)[0], self._left)

    def to_end(self) -> None:
        """To the foot of the last page."""
        if self._column is not None:
            self._move(self._column.height, self._left)

    def zoom_by(self, steps: int) -> None:
        """Larger, or smaller; what is at the top stays there, and so do the lines' beginnings."""
        zoom = nearest_zoom(self.zoom, steps)
        column = self._column
        if column is None or zoom == self.zoom:
            return
        top, left = self._top, self._left
        self.zoom = zoom
        self._column = self._new_column()
        self._bound()
        self._move(column.kept_place(top, self._column), left * self._column.width / column.width)

    @property
    def _top(self) -> float:
        return float(self._down.scroll)

    @property
    def _left(self) -> float:
        return -float(self._across.scroll)

    def _move(self, top: float, left: float) -> None:
        for effect, value in ((self._down, top), (self._across, -left)):
            effect.velocity = 0
            effect.value = min(effect.max, max(effect.min, round(value)))
        self._paint()

    def _bound(self) -> None:
        """Let nobody scroll further than the pages reach."""
        column = self._column
        hidden = max(0, column.height - self.height) if column is not None else 0
        aside = max(0, column.width - self.width) if column is not None else 0
        self._down.min, self._down.max = 0, hidden
        self._across.min, self._across.max = -aside, 0

    def _new_column(self) -> Column:
        gap = round(App.get_running_app().theme.gap)
        width = max(ALIGNED, int(self.width * self.zoom) // ALIGNED * ALIGNED)
        return Column(self._sizes, width, gap)

    def _lay_out(self, *_: object) -> None:
        if self._sizes and self.width > 1 and self.height > 1:
            before, top = self._column, self._top
            self._column = self._new_column()
            self._bound()
            self._move(before.kept_place(top, self._column) if before else 0, self._left)
        self._paint()

    # Touch

    def on_touch_down(self, touch: Any) -> bool:
        """Begin to scroll, with the bar or the page itself; a wheel scrolls at once."""
        if not self.collide_point(*touch.pos) or self._column is None:
            return bool(super().on_touch_down(touch))
        button = getattr(touch, "button", "") if touch.is_mouse_scrolling else ""
        if button in {"scrollup", "scrolldown"}:
            self.scroll_by(ARROW if button == "scrollup" else -ARROW)
            return True
        if self._touch is not None:
            # A second finger, or a palm, moves nothing.
            return True
        touch.grab(self)
        self._touch = touch
        if touch.x > self.right - GRIP * App.get_running_app().theme.bar_width:
            self._grip = touch.y
        else:
            self._down.start(touch.y)
            self._across.start(touch.x)
        return True

    def on_touch_move(self, touch: Any) -> bool:
        if touch.grab_current is not self:
            return bool(super().on_touch_move(touch))
        if self._grip is not None:
            moved = (self._grip - touch.y) / max(1.0, self.height * (1 - self._thumb()))
            self._grip = touch.y
            self._move(self._top + moved * self._down.max, self._left)
        else:
            self._down.update(touch.y)
            self._across.update(touch.x)
        return True

    def on_touch_up(self, touch: Any) -> bool:
        if touch.grab_current is not self:
            return bool(super().on_touch_up(touch))
        touch.ungrab(self)
        if self._grip is None:
            self._down.stop(touch.y)
            self._across.stop(touch.x)
        self._grip = self._touch = None
        return True

    # Drawing

    def _ask(self) -> None:
        """Have the most needed part drawn that is missing; one at a time."""
        column = self._column
        if column is None or self._draw is None or self._asked is not None:
            return
        for part in column.wanted(self._top, self.height):
            if part not in self._kept and part.page not in self._bad:
                self._asked = part
                self._draw(part, self._take)
                return

    def _take(self, part: Part, picture: Picture | PdfError) -> None:
        """A part was drawn, or its page cannot be."""
        if part is not self._asked:
            return
        self._asked = None
        if isinstance(picture, PdfError):
            self._bad.add(part.page)
        else:
            self._kept[part] = _texture(picture)
            self._drop()
        self._paint()

    def _drop(self) -> None:
        if self._column is None:
            return
        for part in to_drop(self._kept, self._column.wanted(self._top, self.height)):
            del self._kept[part]

    def _set_late(self) -> None:
        self.late = True
        self._paint()

    def _repaint(self) -> None:
        self._group.clear()
        column = self._column
        if column is None:
            self._label([])
            return
        self.page = column.read_at(self._top, self.height) + 1
        if self.sharp:
            self._say_late.cancel()
            self.late = False
        elif not self.late:
            self._say_late()
        theme = App.get_running_app().theme
        top, view = self._top, self.height
        places = []
        for number in column.between(top, top + view):
            start, height = column.place(number)
            self._box(start, height, theme.paper)
            places.append((number, max(start, top), min(start + height, top + view)))
        seen = [part for part in self._kept if _meets(column.box(part), top, top + view)]
        # Those that were drawn for another zoom come first, and below the sharp ones.
        for part in sorted(seen, key=lambda part: part.width == column.drawn_width):
            start, height = column.box(part)
            self._box(start, height, (1, 1, 1, 1), self._kept[part])
        self._label(self._said(column, seen, places))
        self._bar(theme)
        self._ask()

    def _said(
        self, column: Column, seen: list[Part], places: list[tuple[int, float, float]]
    ) -> list[tuple[str, float]]:
        """What stands in place of pages that are not there: text, and middle of its place."""
        words = App.get_running_app().words
        said = []
        there = {part.page for part in seen}
        for number, top, bottom in places:
            if number in self._bad or not column.pages[number].drawable:
                text = words["attachments.bad_page"].format(page=number + 1)
            elif self.late and number not in there:
                text = words["attachments.drawing"].format(page=number + 1)
            else:
                continue
            said.append((text, (top + bottom) / 2))
        return said

    def _label(self, said: list[tuple[str, float]]) -> None:
        theme = App.get_running_app().theme
        while len(self._labels) < len(said):
            label = Label(halign="center", valign="middle", size_hint=(None, None))
            self._labels.append(label)
        for number, label in enumerate(self._labels):
            shown = number < len(said)
            if shown is (label.parent is None):
                self.add_widget(label) if shown else self.remove_widget(label)
            if not shown:
                label.text = ""
                continue
            label.text, middle = said[number]
            label.font_size = theme.body
            label.color = theme.paper_ink
            label.size = label.text_size = (self.width * 0.8, theme.body * 3)
            label.center = (self.center_x, self._y(middle))

    def _box(
        self,
        start: float,
        height: float,
        colour: tuple[float, ...],
        texture: Texture | None = None,
    ) -> None:
        column = self._column
        if column is None:
            return
        left = self.x - self._left + max(0.0, (self.width - column.width) // 2)
        self._group.add(Color(*colour))
        self._group.add(
            Rectangle(
                pos=(round(left), round(self._y(start + height))),
                size=(column.width, round(self._y(start)) - round(self._y(start + height))),
                texture=texture,
            )
        )

    def _bar(self, theme: Any) -> None:
        """The bar on the right: where in the document this is."""
        if self._down.max <= 0:
            return
        width, length = theme.bar_width, self._thumb() * self.height
        place = (1 - self._top / self._down.max) * (self.height - length)
        self._group.add(Color(*theme.paper_bar))
        self._group.add(Rectangle(pos=(self.right - width, self.y + place), size=(width, length)))

    def _thumb(self) -> float:
        column = self._column
        if column is None:
            return 1.0
        return max(LEAST_THUMB, min(1.0, self.height / column.height))

    def _y(self, place: float) -> float:
        return self.top - (place - self._top)


def _meets(box: tuple[float, float], top: float, bottom: float) -> bool:
    start, height = box
    return start < bottom and start + height > top


def _texture(picture: Picture) -> Texture:
    texture = Texture.create(size=(picture.width, picture.height), colorfmt="rgb")
    texture.blit_buffer(picture.pixels, colorfmt="rgb", bufferfmt="ubyte")
    texture.flip_vertical()
    return texture
