"""The blue bar at the top of every screen."""

from pathlib import Path

from kivy.app import App
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.graphics import Color, Rectangle
from kivy.lang import Builder
from kivy.properties import BooleanProperty, NumericProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from kiosk.widgets.measure import measure
from kiosk.widgets.solid import Solid

SHARE = 0.26
"""Of the window's width that who is here may have in one line with everything else."""


class Header(BoxLayout):
    """The bar itself; screens use one of the two below."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self._edge, self._line = Color(), Rectangle()
        self._fill, self._area = Color(), Rectangle()
        solid = Solid()
        solid.put(self._edge, self._line, self._fill, self._area)
        self.canvas.before.add(solid)
        place = Clock.create_trigger(self._place, -1)
        self.bind(pos=place, size=place)
        App.get_running_app().theme.bind(header_fill=place, header_edge=place, line=place)
        place()

    def _place(self, _elapsed: float) -> None:
        theme = App.get_running_app().theme
        self._edge.rgba, self._fill.rgba = theme.header_edge, theme.header_fill
        self._line.pos, self._line.size = self.pos, (self.width, theme.line)
        self._area.pos = self.x, self.y + theme.line
        self._area.size = self.width, self.height - theme.line


class ScreenHeader(Header):
    """Back, title, who is here, text size and clock; upright, who is here has a line of its own."""

    title = StringProperty("")
    backs = BooleanProperty(True)
    """Whether there is a way back."""
    two_lines = BooleanProperty(False)
    cramped = BooleanProperty(False)
    """Whether the title has its line upright only if a button beside it shows its sign alone."""
    chip_room = NumericProperty(0)
    """How wide who is here may be drawn, so that the title keeps its line."""

    def on_kv_post(self, _base: object) -> None:
        fit = Clock.create_trigger(lambda _dt: self._fit(), -1)
        self.bind(width=fit, title=fit, two_lines=fit)
        App.get_running_app().theme.bind(large=fit, unit=fit)
        for id in ("back", "text_size", "time", "who", "who_below"):
            beside = self.ids[id].ids.end if id.startswith("who") else self.ids[id]
            beside.bind(width=fit)
        fit()

    def _fit(self) -> None:
        app, ids = App.get_running_app(), self.ids
        theme = app.theme
        # Its surroundings: the sign, the gaps beside it, and the button that ends the visit.
        room = self.width - 2 * theme.margin - theme.icon_small - theme.pad - 3 * theme.gap
        label = app.words["shell.normal_size" if theme.large else "shell.large"]
        hidden = measure(theme.small).text(label) if self.cramped else 0
        wide = measure(theme.heading, bold=True).text(self.title)
        taken = ids.back.width + ids.text_size.width + hidden + ids.time.width + 3 * theme.gap
        self.cramped = self.two_lines and wide > self.width - 2 * theme.margin - taken
        if self.two_lines:
            self.chip_room = max(1.0, room - ids.who_below.ids.end.width)
            return
        title = measure(theme.heading, bold=True).text(self.title) + theme.pad
        beside = ids.back.width + ids.text_size.width + ids.time.width + ids.who.ids.end.width
        self.chip_room = max(1.0, room - 3 * theme.gap - title - beside)


class HomeHeader(Header):
    """The centre's name, clock and date; in landscape also the choices of look and language."""


class WhoIsHere(BoxLayout):
    """As whom somebody is identified, and the button that ends the visit."""

    shown = BooleanProperty(False)
    tight = BooleanProperty(False)
    """Whether there is little room beside large text."""
    room = NumericProperty(0)
    """How wide the words may be; 0: a share of the window."""
    chip = StringProperty("")
    end_text = StringProperty("")

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        visit = App.get_running_app().visit
        visit.bind(chip=self._tell, end_text=self._tell_time)
        App.get_running_app().theme.bind(large=self._tell)
        self.bind(tight=self._tell, room=self._tell)
        self._tell()

    def _tell(self, *_: object) -> None:
        app = App.get_running_app()
        visit, theme = app.visit, app.theme
        small = measure(theme.small)
        if self.room:
            said = (visit.chip, visit.short_chip, visit.name_chip)
            fitting = (one for one in said if small.text(one) <= self.room)
            self.chip = next(fitting, visit.name_chip)
        else:
            wide = small.text(visit.chip) > SHARE * Window.width and not app.portrait
            self.chip = visit.short_chip if wide or (self.tight and theme.large) else visit.chip
        self.end_text = visit.end_text

    def _tell_time(self, *_: object) -> None:
        # Each screen has a header: only the one that is seen is drawn anew every second.
        visit = App.get_running_app().visit
        if self.get_root_window() is not None or not visit.somebody:
            self._tell()


class LookChoices(BoxLayout):
    """High contrast and language."""

    shown = BooleanProperty(True)


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
