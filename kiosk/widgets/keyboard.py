"""The keyboard on screen, and the candidates of both keyboards."""

from collections.abc import Sequence
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.graphics import Color, RoundedRectangle
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.label import Label
from kivy.uix.widget import Widget

from kiosk.input.composer import Composer, Mode
from kiosk.widgets.icons import Sign
from kiosk.widgets.key import Key
from kiosk.widgets.key_field import KeyField
from kiosk.widgets.key_layouts import Act, Face, Kind, rows
from kiosk.widgets.measure import measure

HELD_S, AGAIN_S = 0.45, 0.09
"""Delete begins to repeat after so long, and goes on at this pace."""
ICONS = {Act.DELETE: Sign.DELETE, Act.SHIFT: Sign.SHIFT}
SIDE = {Act.DELETE, Act.LANGUAGE, Act.STROKE, Act.DIGITS, Act.SHIFT}


class Keyboard(Widget):
    """Stands at the foot of a screen and types into `field`.

    Raised it shows candidates and keys; else only candidates, while a keyboard on the desk
    composes; else nothing.
    """

    field = ObjectProperty(None, allownone=True)
    raised = BooleanProperty(False)
    done_text = StringProperty("")
    """The word on the key that says the field is done."""
    digits = BooleanProperty(False)
    shifted = BooleanProperty(False)

    __events__ = ("on_done",)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size_hint_y, self.height = None, 0
        self._composer: Composer | None = None
        self._keys: list[Key] = []
        self._cells: list[Key] = []
        self._buttons: dict[str, Key] = {}
        self._preedit = Label(halign="left", valign="middle")
        self._repeating: Any = None
        self._layout: tuple[Any, ...] = ()
        with self.canvas.before:
            self._ground = Color()
            self._area = RoundedRectangle(radius=[0])
            self._strip_colour = Color()
            self._strip = RoundedRectangle()
        app = App.get_running_app()
        draw = self._redraw = Clock.create_trigger(lambda _dt: self.draw(), -1)
        self.bind(pos=draw, size=draw, raised=draw, digits=draw, shifted=draw, done_text=draw)
        app.bind(words=self._anew, portrait=draw)
        app.theme.bind(unit=self._anew, large=self._anew, key_face=self._anew)

    def attach(self, composer: Composer) -> None:
        """Show what this composer composes."""
        self._composer = composer
        composer.room = self._room
        composer.watch(self._redraw)

    def on_field(self, _keyboard: object, field: KeyField) -> None:
        field.bind(physical=self._redraw)

    def on_done(self) -> None:
        """The primary key was touched."""

    def on_raised(self, *_: object) -> None:
        self._let_go()
        self.digits = self.shifted = False
        if self._composer is not None:
            self._composer.expand(False)

    def forget(self) -> None:
        """Take the words of this visitor off the keys."""
        self._let_go()
        self.raised = self.digits = self.shifted = False
        self._preedit.text = ""
        for cell in self._cells:
            cell.text = ""
        self.draw()

    # What keys do

    def _pressed(self, key: Key) -> None:
        field, composer = self.field, self._composer
        face = key.face
        if field is None or composer is None:
            return
        field.physical = False
        if isinstance(face, int):
            field.insert(composer.choose(face))
        elif isinstance(face, str):
            self._strip_pressed(face, composer)
        elif face.act is Act.TYPE:
            field.put(face.text)
            self.shifted = False
        elif face.act is Act.DELETE:
            self._delete(key)
        elif face.act is Act.DONE:
            field.insert(composer.choose_all())
            self.dispatch("on_done")
        elif face.act is Act.SHIFT:
            self.shifted = not self.shifted
        elif face.act is Act.DIGITS:
            field.insert(composer.choose_all())
            self.digits = not self.digits
        else:
            field.insert(composer.choose_all())
            wanted = Mode.LATIN if face.act is Act.LANGUAGE else Mode.STROKE
            composer.switch(Mode.PINYIN if composer.mode is wanted else wanted)
            self.shifted = False
            self._redraw()

    def _strip_pressed(self, name: str, composer: Composer) -> None:
        if name == "hide":
            self.raised = False
        elif name == "more":
            composer.expand(not composer.expanded)
        else:
            composer.page(-1 if name == "previous" else 1)

    def _delete(self, key: Key) -> None:
        self.field.delete()
        self._let_go()

        def again(_elapsed: float) -> None:
            if key.state != "down":
                self._let_go()
                return
            self.field.delete()
            self._repeating = Clock.schedule_once(again, AGAIN_S)

        self._repeating = Clock.schedule_once(again, HELD_S)

    def _let_go(self) -> None:
        if self._repeating is not None:
            self._repeating.cancel()
            self._repeating = None

    # Where everything stands

    @property
    def _theme(self) -> Any:
        return App.get_running_app().theme

    @property
    def _key_height(self) -> float:
        tall = App.get_running_app().portrait
        return float(self._theme.key_tall if tall else self._theme.key)

    def _unit(self) -> float:
        """Width of a letter's key."""
        theme = self._theme
        room = (self.width - 2 * theme.pad - 9 * theme.key_gap) / 10
        return float(min(theme.key_width, room))

    def _rows_width(self) -> float:
        return 10 * self._unit() + 9 * float(self._theme.key_gap)

    def _strip_box(self) -> tuple[float, float, float, float]:
        """Left, foot, width and height of the candidates' strip."""
        theme = self._theme
        width = min(self.width - 2 * theme.pad, self._rows_width() + theme.margin)
        foot = self.top - theme.key_gap - theme.strip
        return self.center_x - width / 2, foot, width, float(theme.strip)

    def _wanted_height(self) -> float:
        theme, composer = self._theme, self._composer
        strip = theme.strip + 2 * theme.key_gap
        if self.raised:
            return float(strip + 4 * (self._key_height + theme.key_gap))
        return float(strip) if composer is not None and composer.composition else 0.0

    def _preedit_width(self) -> float:
        if self._composer is None or not self._composer.composition:
            return 0.0
        theme = self._theme
        text = self._composer.composition.preedit
        return float(measure(theme.candidate).text(text) + 1.5 * theme.gap)

    def _cell_width(self, number: int, text: str) -> float:
        theme = self._theme
        least = theme.key + (theme.key_gap if self._numbered else 0)
        width = measure(theme.candidate, bold=number == 0).text(self._cell_text(number, text))
        return float(max(least, width + 1.6 * theme.pad))

    def _cell_text(self, number: int, text: str) -> str:
        return f"{number + 1} {text}" if self._numbered and number < 9 else text

    @property
    def _numbered(self) -> bool:
        return self.field is not None and bool(self.field.physical)

    def _strip_room(self) -> float:
        theme = self._theme
        buttons = 3 if self.raised else 2
        return self._strip_box()[2] - self._preedit_width() - buttons * theme.strip - 2 * theme.pad

    def _room(self, found: Sequence[str]) -> int:
        """How many of these candidates have room; one at least, if there is one."""
        if self._composer is not None and self._composer.expanded:
            return sum(1 for _ in self._grid(found))
        left = self._strip_room()
        for number, text in enumerate(found):
            left -= self._cell_width(number, text)
            if left < 0 or (self._numbered and number == 9):
                return max(1, number)
        return len(found)

    def _grid(self, found: Sequence[str]) -> Any:
        """Places of candidates over the keys: x from the left, row, width."""
        theme = self._theme
        width = self._rows_width()
        x, row = 0.0, 0
        for number, text in enumerate(found):
            wide = min(width, self._cell_width(number, text))
            if x and x + wide > width:
                x, row = 0.0, row + 1
            if row == 4:
                return
            yield x, row, wide
            x += wide + theme.key_gap

    # Drawing

    def _anew(self, *_: object) -> None:
        self._layout = ()
        if self._composer is not None:
            self._composer.lay_out()
        self._redraw()

    def draw(self) -> None:
        """Put keys and candidates where they belong."""
        composer = self._composer
        if composer is None:
            return
        height = self._wanted_height()
        if height != self.height:
            # The parent places this widget first; its answer draws again.
            self.height = height
            self._layout = ()
        self.opacity = 1.0 if height else 0.0
        if not height:
            self._layout = ()
            self.clear_widgets()
            return
        self._draw_ground()
        self._draw_keys(composer)
        self._draw_strip(composer)

    def _draw_ground(self) -> None:
        theme = self._theme
        self._ground.rgba, self._strip_colour.rgba = theme.keyboard, theme.card
        self._area.pos, self._area.size = self.pos, self.size
        left, foot, width, height = self._strip_box()
        self._strip.pos, self._strip.size = (left, foot), (width, height)
        self._strip.radius = [theme.radius_button]

    def _draw_keys(self, composer: Composer) -> None:
        """The keys, unless they stand already; nothing where the grid stands."""
        shown = self.raised and not composer.expanded
        kind = self.field.kind if self.field is not None else Kind.TEXT
        look = (composer.mode, composer.chinese, self.digits, self.shifted, self.done_text)
        layout = (shown, kind, *look, *self.pos, *self.size)
        if layout == self._layout:
            return
        self._layout = layout
        for key in self._keys:
            self.remove_widget(key)
        if not shown:
            return
        lines = rows(
            kind,
            composer.mode,
            digits=self.digits,
            shifted=self.shifted,
            chinese=composer.chinese,
        )
        used = 0
        gap, unit = self._theme.key_gap, self._unit()
        height = self._key_height
        top = self._strip_box()[1] - gap
        stretch = (4 * height + 3 * gap - (len(lines) - 1) * gap) / len(lines)
        for number, line in enumerate(lines):
            # Where there are fewer rows, the first one is the taller for it.
            tall = 4 * height + 3 * gap - (len(lines) - 1) * (height + gap)
            high = tall if number == 0 and len(lines) < 4 else min(height, stretch)
            used = self._draw_row(line, used, top - high, unit, high)
            top -= high + gap

    def _draw_row(
        self, line: Sequence[Face], used: int, foot: float, unit: float, high: float
    ) -> int:
        gap, full = self._theme.key_gap, self._rows_width()
        fixed = sum(face.width * unit for face in line) + (len(line) - 1) * gap
        open_ = sum(1 for face in line if not face.width)
        spare = (full - fixed) / open_ if open_ else 0.0
        x = self.center_x - (full if open_ else fixed) / 2
        for face in line:
            wide = face.width * unit if face.width else spare
            if face.act is not Act.NOTHING or face.label:
                self._draw_key(used, face, x, foot, wide, high)
                used += 1
            x += wide + gap
        return used

    def _draw_key(
        self, number: int, face: Face, x: float, y: float, wide: float, high: float
    ) -> None:
        theme = self._theme
        if number == len(self._keys):
            self._keys.append(Key(self._pressed))
        key = self._keys[number]
        key.face, key.size, key.pos = face, (wide, high), (x, y)
        key.disabled = face.act is Act.NOTHING
        key.disabled_color = key.color = theme.brand_ink if face.act is Act.DONE else theme.ink
        key.bold = face.act is Act.DONE
        sign = ICONS.get(face.act)
        key.font_name = "icons" if sign else "Roboto"
        word = self._word(face)
        key.text = sign.value if sign else word
        key.font_size = theme.key_text if len(word) <= 1 or sign else theme.key_word
        needed = measure(key.font_size, bold=key.bold).text(word) + theme.pad
        if not sign and needed > wide:
            key.font_size = int(key.font_size * wide / needed)
        key.halign = "center"
        fill, down = theme.key_face, theme.key_down
        if face.act is Act.DONE:
            fill = theme.brand
        elif face.act in SIDE:
            fill = theme.brand if face.act is Act.SHIFT and self.shifted else theme.key_side
            if fill is theme.brand:
                key.color = theme.brand_ink
        elif face.act is Act.NOTHING:
            fill = down = (0, 0, 0, 0)
        edge = theme.key_edge if face.act is not Act.NOTHING else (0, 0, 0, 0)
        key.look(fill, down, edge, theme.radius_button * 0.75)
        self.add_widget(key)

    def _word(self, face: Face) -> str:
        words = App.get_running_app().words
        if face.act is Act.DONE:
            return self.done_text
        name = face.label
        if face.act is Act.LANGUAGE:
            name = "language"
        elif face.act is Act.DIGITS and not name:
            name = "digits"
        return str(words[f"keys.{name}"]) if name else face.text

    def _draw_strip(self, composer: Composer) -> None:
        theme = self._theme
        left, foot, width, high = self._strip_box()
        composing = bool(composer.composition)
        words = App.get_running_app().words
        if self._preedit.parent is None:
            self.add_widget(self._preedit)
        text = composer.composition.preedit if composing else self._hint(words, composer)
        self._preedit.text = text
        self._preedit.font_size = theme.candidate if composing else theme.least
        self._preedit.color = theme.secondary
        room = self._preedit_width() if composing else width - 3 * theme.strip - theme.gap
        self._preedit.size = self._preedit.text_size = (room, high)
        self._preedit.pos = (left + theme.gap, foot)
        self._draw_cells(composer, left + room + theme.pad, foot, high)
        buttons = self._wanted_buttons(composer)
        x = left + width - theme.pad * 0.5
        for name, sign, able in reversed(buttons):
            x -= high
            self._draw_button(name, sign, able, x, foot, high)
        for name, button in self._buttons.items():
            if name not in {each for each, _, _ in buttons} and button.parent:
                self.remove_widget(button)

    def _hint(self, words: Any, composer: Composer) -> str:
        if self.field is None or self.field.kind is not Kind.TEXT:
            return ""
        if not composer.chinese:
            return str(words["keys.hint_no_chinese"])
        return str(words[f"keys.hint_{composer.mode.name.lower()}"])

    def _wanted_buttons(self, composer: Composer) -> list[tuple[str, Sign, bool]]:
        if not composer.composition:
            return [("hide", Sign.HIDE_KEYS, True)] if self.raised else []
        page = composer.candidates
        buttons = [
            ("previous", Sign.PREVIOUS, page.has_previous),
            ("next", Sign.FORWARD, page.has_next),
        ]
        if self.raised:
            buttons.append(("more", Sign.LESS if composer.expanded else Sign.MORE, True))
        return buttons

    def _draw_button(
        self, name: str, sign: Sign, able: bool, x: float, y: float, side: float
    ) -> None:
        theme = self._theme
        button = self._buttons.get(name)
        if button is None:
            button = self._buttons[name] = Key(self._pressed, font_name="icons")
            button.face = name
        button.text, button.font_size = sign.value, theme.icon
        button.color, button.disabled_color = theme.ink, theme.rail
        button.disabled = not able
        button.size, button.pos = (side, side), (x, y)
        button.look((0, 0, 0, 0), theme.tint, (0, 0, 0, 0), theme.radius_button)
        if button.parent is None:
            self.add_widget(button)

    def _draw_cells(self, composer: Composer, x: float, foot: float, high: float) -> None:
        theme, shown = self._theme, composer.candidates.shown
        places = list(self._grid(shown)) if composer.expanded else None
        grid_left = self.center_x - self._rows_width() / 2
        for number, text in enumerate(shown):
            if number == len(self._cells):
                self._cells.append(Key(self._pressed))
            cell = self._cells[number]
            first = number == 0
            cell.face, cell.bold = number, first
            cell.font_size, cell.color = theme.candidate, theme.brand if first else theme.ink
            cell.text = self._cell_text(number, text)
            if places is None:
                wide = self._cell_width(number, text)
                inset = theme.pad * 0.5
                cell.size, cell.pos = (wide, high - 2 * inset), (x, foot + inset)
                fill = theme.tint if first else theme.card
                x += wide
            else:
                across, row, wide = places[number]
                step = self._key_height + theme.key_gap
                cell.size = (wide, self._key_height)
                cell.pos = (grid_left + across, foot - (row + 1) * step)
                fill = theme.tint if first else theme.key_face
            cell.look(fill, theme.key_down, (0, 0, 0, 0), theme.radius_button * 0.75)
            if cell.parent is None:
                self.add_widget(cell)
        for cell in self._cells[len(shown) :]:
            if cell.parent is not None:
                self.remove_widget(cell)
                cell.text = ""
