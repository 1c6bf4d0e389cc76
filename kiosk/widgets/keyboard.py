"""The keyboard on screen, and the candidates of both keyboards."""

from collections.abc import Sequence
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.graphics import Color, Rectangle, RoundedRectangle
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.widget import Widget

from kiosk.input.composer import Composer, Mode
from kiosk.widgets.candidates import CandidateStrip
from kiosk.widgets.icons import Sign
from kiosk.widgets.key import Key
from kiosk.widgets.key_field import KeyField
from kiosk.widgets.key_layouts import Act, Face, Kind, rows
from kiosk.widgets.measure import measure
from kiosk.widgets.solid import Solid

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
        self._colour, self._area = Color(), Rectangle()
        self._strip_colour, self._strip = Color(), RoundedRectangle()
        self._ground = Solid()
        self._ground.put(self._colour, self._area, self._strip_colour, self._strip)
        self.canvas.before.add(self._ground)
        self.candidates = CandidateStrip(self, self._pressed, self._ground)
        self._repeating: Any = None
        self._layout: tuple[Any, ...] = ()
        app = App.get_running_app()
        draw = self._redraw = Clock.create_trigger(lambda _dt: self.draw(), -1)
        self.bind(pos=draw, size=draw, raised=draw, digits=draw, shifted=draw, done_text=draw)
        app.bind(words=self._anew, portrait=draw)
        app.theme.bind(unit=self._anew, large=self._anew, key_face=self._anew)

    def attach(self, composer: Composer) -> None:
        """Show what this composer composes."""
        self._composer = self.candidates.composer = composer
        composer.room = self.candidates.room
        composer.watch(self._composed)

    def _composed(self) -> None:
        # One composer serves the keyboards of several screens: only the one that is seen draws
        # each key, while all of them forget.
        if self._composer is None or not self._composer.composition or self.get_root_window():
            self._redraw()

    def lead(self) -> None:
        """Of several keyboards with one composer, this is the one in use."""
        if self._composer is not None:
            self._composer.room = self.candidates.room
        self._redraw()

    def on_field(self, _keyboard: object, field: KeyField | None) -> None:
        if field is not None:
            field.bind(physical=self._redraw, kind=self._redraw, guide=self._redraw)
            self.digits = self.shifted = False
            self._redraw()

    def on_done(self) -> None:
        """The primary key was touched."""

    def on_raised(self, *_: object) -> None:
        self._let_go()
        self.digits = self.shifted = False
        if self._composer is not None:
            self._composer.expand(False)
        if self.raised:
            self.lead()

    def forget(self) -> None:
        """Take the words of this visitor off the keys."""
        self._let_go()
        self.raised = self.digits = self.shifted = False
        self.candidates.forget()
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
            # What is composed stays: a digit makes a code of it, a touched candidate Chinese.
            self.digits = not self.digits
        else:
            wanted = Mode.LATIN if face.act is Act.LANGUAGE else Mode.STROKE
            field.insert(composer.leave_for(Mode.PINYIN if composer.mode is wanted else wanted))
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
    def theme(self) -> Any:
        return App.get_running_app().theme

    @property
    def key_height(self) -> float:
        tall = App.get_running_app().portrait
        return float(self.theme.key_tall if tall else self.theme.key)

    def _unit(self) -> float:
        """Width of a letter's key."""
        theme = self.theme
        room = (self.width - 2 * theme.pad - 9 * theme.key_gap) / 10
        return float(min(theme.key_width, room))

    def rows_width(self) -> float:
        return 10 * self._unit() + 9 * float(self.theme.key_gap)

    def strip_box(self) -> tuple[float, float, float, float]:
        """Left, foot, width and height of the candidates' strip."""
        theme = self.theme
        width = min(self.width - 2 * theme.pad, self.rows_width() + theme.margin)
        foot = self.top - theme.key_gap - theme.strip
        return self.center_x - width / 2, foot, width, float(theme.strip)

    def _wanted_height(self) -> float:
        theme, composer = self.theme, self._composer
        strip = theme.strip + 2 * theme.key_gap
        if self.raised:
            return float(strip + 4 * (self.key_height + theme.key_gap))
        return float(strip) if composer is not None and composer.composition else 0.0

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
            self._area.size = (0, 0)
            # A rounded rectangle without a size keeps its last one: off the window with it.
            self._strip.pos = (0, -2 * self._strip.size[1])
            self._layout = ()
            self.clear_widgets()
            return
        self._draw_ground()
        self._draw_keys(composer)
        self.candidates.draw(composer)

    def _draw_ground(self) -> None:
        theme = self.theme
        self._colour.rgba, self._strip_colour.rgba = theme.keyboard, theme.card
        self._area.pos, self._area.size = self.pos, self.size
        left, foot, width, height = self.strip_box()
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
        gap, unit = self.theme.key_gap, self._unit()
        height = self.key_height
        top = self.strip_box()[1] - gap
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
        gap, full = self.theme.key_gap, self.rows_width()
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
        theme = self.theme
        if number == len(self._keys):
            self._keys.append(Key(self._pressed, self._ground))
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
