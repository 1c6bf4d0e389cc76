"""A field that is typed into by two keyboards, and shows what is being composed."""

from typing import Any

from kivy.clock import Clock
from kivy.core.text import Label as CoreLabel
from kivy.graphics import BorderImage, Color, Rectangle
from kivy.properties import (
    BooleanProperty,
    ColorProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
)
from kivy.uix.textinput import TextInput

from kiosk.input.composer import Composer, Mode
from kiosk.widgets.key_layouts import Kind, kept

ENTER, ARROWS = {"enter", "numpadenter"}, {"left", "right", "home", "end"}
PAGE_KEYS = {"pageup": -1, "up": -1, "pagedown": 1, "down": 1}


class KeyField(TextInput):
    """One line of text. What is composed stands in it, underlined, and is no text yet."""

    kind = ObjectProperty(Kind.TEXT)
    physical = BooleanProperty(False)
    """Whether the last key was one of the keyboard on the desk."""
    query = StringProperty("")
    """The text, with as much of the composition as a search can use."""
    ink = ColorProperty("#000000")
    """Colour of what is composed."""
    ground = ColorProperty("#FFFFFF")
    line = NumericProperty(2)
    """Width of the line below it."""
    guide = StringProperty("")
    """What to enter; stands in the keyboard's strip while nothing is composed."""

    def __init__(self, **kwargs: Any) -> None:
        self._composer: Composer | None = None
        self._preedit, self._start, self._arranging = "", 0, False
        self.pieces: list[str] = []
        """Words that were put in one after the other."""
        super().__init__(**kwargs)
        self.multiline = self.unfocus_on_touch = self.text_validate_unfocus = False
        # A colour of its own: the text below is drawn by the input itself, in one colour.
        with self.canvas.after:
            self._ground = Color(1, 1, 1, 0)
            self._cover = Rectangle()
            self._ink = Color(1, 1, 1, 0)
            self._letters = Rectangle()
            self._underline = Rectangle()
        self._redraw = Clock.create_trigger(lambda _dt: self._draw_letters(), -1)
        self.bind(pos=self._redraw, size=self._redraw, font_size=self._redraw)
        self.bind(ink=self._redraw, ground=self._redraw, cursor=self._redraw)

    def on_kv_post(self, base: object) -> None:
        """The card below it is its background."""
        before = self.canvas.before
        for picture in [each for each in before.children if isinstance(each, BorderImage)]:
            before.remove(picture)

    def attach(self, composer: Composer) -> None:
        """Type through this composer, which several fields may share."""
        self._composer = composer
        composer.watch(self._composed)

    def put(self, text: str) -> None:
        """A key of a keyboard that types something."""
        if self._selection:
            self.delete_selection()
        self.insert_text(text)

    def delete(self) -> None:
        """The key that takes back."""
        if self._composer is None or not self._composer.backspace():
            self.do_backspace()

    def insert(self, text: str) -> None:
        """Put chosen text where the cursor is."""
        if not text:
            return
        self.pieces.append(text)
        at = self.cursor_index()
        self._arrange(self.text[:at] + text + self.text[at:], at + len(text))
        self._tell()

    def insert_text(self, substring: str, from_undo: bool = False) -> None:
        """Compose, or put in what the field takes; there is no undo on a public terminal."""
        if from_undo:
            return
        text = kept(self.kind, substring.replace("\n", " "))
        if self._composer is not None and self.kind is Kind.TEXT:
            text = self._composer.type(text, shortcuts=self.physical)
        if text:
            self.insert(text)

    def do_backspace(self, from_undo: bool = False, mode: str = "bkspc") -> None:
        """Take back a key or a choice, or the character before the cursor."""
        if self._composer is not None and self._composer.backspace():
            return
        if self._selection:
            self.delete_selection()
        else:
            super().do_backspace(from_undo, mode)
        self.reset_undo()

    def keyboard_on_textinput(self, window: Any, text: str) -> None:
        self.physical = True
        self.put(text)

    def keyboard_on_key_down(self, window: Any, keycode: Any, text: str, modifiers: Any) -> bool:
        composer = self._composer
        if composer is not None and composer.composition:
            name = keycode[1]
            if name in ENTER:
                self.insert(composer.as_typed())
                return True
            if name in PAGE_KEYS:
                composer.page(PAGE_KEYS[name])
                return True
            if name in ARROWS:
                return True
        return bool(super().keyboard_on_key_down(window, keycode, text, modifiers))

    def on_touch_down(self, touch: Any) -> bool:
        if self.collide_point(*touch.pos) and self._composer is not None:
            # The cursor is about to move away from what is composed.
            self.insert(self._composer.choose_all())
        return bool(super().on_touch_down(touch))

    def on_text(self, *_: object) -> None:
        """Changed from elsewhere: what was composed is gone with the old text."""
        if not self._arranging:
            self._preedit = ""
            if not self.text:
                self.pieces.clear()
            if self._composer is not None:
                self._composer.give_up()
            self._tell()

    def clear(self) -> None:
        """Empty the field, with everything that could bring its text back."""
        self.text = ""
        self.pieces.clear()
        self.reset_undo()
        self._letters.texture = None

    def _composed(self) -> None:
        if self._composer is None or not self.focus:
            return
        preedit = self._composer.composition.preedit
        if preedit != self._preedit:
            if not self._preedit:
                self._start = self.cursor_index()
            before, after = self.text[: self._start], self.text[self._start + len(self._preedit) :]
            self._preedit = preedit
            self._arrange(before + preedit + after, self._start + len(preedit))
        self._tell()

    def _arrange(self, text: str, cursor: int) -> None:
        self._arranging = True
        self.text = text
        self._arranging = False
        self.cursor = self.get_cursor_from_index(cursor)
        self.reset_undo()
        self._redraw()

    def _tell(self) -> None:
        """Say what can be searched for."""
        text, end = self.text, self._start + len(self._preedit)
        if self._preedit and self._composer is not None:
            query = self._composer.query
            apart = " " if query and self._composer.mode is Mode.PINYIN else ""
            text = text[: self._start] + apart + query + apart + text[end:]
        self.query = text.strip() if self._preedit else text

    def _draw_letters(self) -> None:
        shown = bool(self._preedit)
        self._ground.rgba = self.ground if shown else (0, 0, 0, 0)
        self._ink.rgba = self.ink if shown else (0, 0, 0, 0)
        if not shown:
            self._letters.texture = None
            return
        label = CoreLabel(text=self._preedit, font_name=self.font_name, font_size=self.font_size)
        label.refresh()
        right, top = self.cursor_pos
        left = max(self.x, right - label.texture.width)
        room = right - left, label.texture.height
        self._letters.texture = label.texture.get_region(
            label.texture.width - room[0], 0, room[0], room[1]
        )
        self._letters.pos = left, top - (self.line_height + room[1]) / 2
        self._letters.size = room
        self._cover.pos = left, top - self.line_height
        self._cover.size = room[0], self.line_height
        self._underline.pos = left, top - self.line_height - self.line
        self._underline.size = room[0], self.line
