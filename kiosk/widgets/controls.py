"""Buttons, cards, badges and texts in the product's look; their rules are in controls.kv."""

from pathlib import Path

from kivy.lang import Builder
from kivy.properties import (
    BooleanProperty,
    ColorProperty,
    ListProperty,
    NumericProperty,
    StringProperty,
)
from kivy.uix.behaviors import ButtonBehavior
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.label import Label
from kivy.uix.modalview import ModalView
from kivy.uix.widget import Widget

from kiosk.widgets.measure import measure
from kiosk.widgets.panel import Panel  # noqa: F401  named in the rules


class Text(Label):
    """Text in the ink of its theme, aligned to its box."""


class Phrase(Label):
    """A text as wide as its words, on one line."""

    limit = NumericProperty(0)
    """No wider than this, when not 0; what does not fit is cut off with an ellipsis."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.shorten_from = "right"
        self.bind(text=self._fit, limit=self._fit, font_size=self._fit, bold=self._fit)
        self._fit()

    def _fit(self, *_: object) -> None:
        too_wide = self.limit and measure(self.font_size, bold=self.bold).text(self.text) > (
            self.limit
        )
        self.shorten = bool(too_wide)
        self.text_size = (self.limit if too_wide else None, None)


class Paragraph(Label):
    """A text that wraps at its width and is as high as it needs."""


class Icon(Label):
    """One sign of the icon font."""


class Surface(Widget):
    """A rounded background with an edge; mixed into cards and buttons."""

    fill = ColorProperty("#FFFFFF")
    edge = ColorProperty("#FFFFFF")
    edge_width = NumericProperty(1)
    corner = NumericProperty(0)


class Card(Surface, BoxLayout):
    """A white card."""


class PressButton(ButtonBehavior, Surface, BoxLayout):
    """Something to tap: an icon, a word, or both."""

    icon = StringProperty("")
    text = StringProperty("")
    ink = ColorProperty("#FFFFFF")
    font_size = NumericProperty(20)
    icon_size = NumericProperty(20)
    bold = BooleanProperty(False)


class HeaderButton(PressButton):
    """A button in the blue header."""


class PrimaryButton(PressButton):
    """The one main action of a screen."""


class OutlineButton(PressButton):
    """A second action."""


class Chip(PressButton):
    """A choice in a row of choices."""

    chosen = BooleanProperty(False)


class Badge(Surface, BoxLayout):
    """A word in a small coloured box; empty text takes no room."""

    text = StringProperty("")
    tone = StringProperty("brand")
    """brand, good, attention or muted"""


class MarkedText(Widget):
    """Lines of text with search hits marked, drawn at fixed size.

    `lines` holds `(text, [(start, end), …])`, each one line high.
    """

    lines = ListProperty()
    font_size = NumericProperty(20)
    bold = BooleanProperty(False)
    ink = ColorProperty("#000000")
    mark = ColorProperty("#FFFF00")
    line_height = NumericProperty(1.3)

    def __init__(self, **kwargs: object) -> None:
        self._labels: list[Label] = []
        super().__init__(**kwargs)
        redraw = self._redraw
        self.bind(lines=redraw, pos=redraw, size=redraw, font_size=redraw, ink=redraw, mark=redraw)

    def _redraw(self, *_: object) -> None:
        from kivy.graphics import Color, RoundedRectangle

        step = self.font_size * self.line_height
        while len(self._labels) < len(self.lines):
            label = Label(halign="left", valign="middle", size_hint=(None, None))
            self._labels.append(label)
            self.add_widget(label)
        self.canvas.before.clear()
        width_of = measure(self.font_size, bold=self.bold)
        for number, label in enumerate(self._labels):
            if number >= len(self.lines):
                label.text = ""
                continue
            text, spans = self.lines[number]
            top = self.top - number * step
            label.text = text
            label.font_size, label.bold, label.color = self.font_size, self.bold, self.ink
            # No wider than its words, with room to spare: drawing pays for empty pixels too.
            wide = min(self.width, width_of.text(text) + self.font_size)
            label.size = label.text_size = (wide, step)
            label.pos = (self.x, top - step)
            with self.canvas.before:
                Color(*self.mark)
                for start, end in spans:
                    left = self.x + width_of.text(text[:start])
                    RoundedRectangle(
                        pos=(left, top - step),
                        size=(width_of.text(text[start:end]), step),
                        radius=[step * 0.08],
                    )


class Dialog(ModalView):
    """A question or a message over the screen, with one or two buttons."""

    __events__ = ("on_yes", "on_no")
    title = StringProperty("")
    text = StringProperty("")
    number = StringProperty("")
    """A countdown above the title; empty for none."""
    yes_text = StringProperty("")
    no_text = StringProperty("")
    grave = BooleanProperty(False)
    """Whether yes destroys something for good."""

    def on_yes(self) -> None:
        """The main button was tapped."""

    def on_no(self) -> None:
        """The second button was tapped."""


class EmptyState(BoxLayout):
    """What a list says when there is nothing to show."""

    icon = StringProperty("")
    title = StringProperty("")
    text = StringProperty("")


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
