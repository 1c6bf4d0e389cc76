"""What stands on the upload screen at each of its steps; their rules are in upload.kv."""

from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.lang import Builder
from kivy.properties import (
    BooleanProperty,
    ColorProperty,
    ListProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
)
from kivy.uix.anchorlayout import AnchorLayout
from kivy.uix.boxlayout import BoxLayout
from kivy.uix.label import Label
from kivy.uix.recycleview.views import RecycleDataViewBehavior

from kiosk.widgets import footer, passage, qr, rows, step_bar  # noqa: F401  registers their rules
from kiosk.widgets.controls import Surface
from kiosk.widgets.fade import Fade  # noqa: F401  named in the rules
from kiosk.widgets.key_field import KeyField
from kiosk.widgets.keyboard import Keyboard  # noqa: F401  named in the rules
from kiosk.widgets.lines import break_lines
from kiosk.widgets.measure import measure
from kiosk.widgets.pressed_row import PressedRow

BOLD = ("[b]", "[/b]")


class MarkedPassage(Label):
    """Running text with bold parts between [b] and [/b], broken as Chinese is set."""

    said = StringProperty("")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(markup=True, **kwargs)
        self.bind(said=self._set, width=self._set, font_size=self._set)
        self._set()

    def _set(self, *_: object) -> None:
        plain, bold, last = "", [], False
        for number, part in enumerate(self.said.replace(BOLD[1], BOLD[0]).split(BOLD[0])):
            last = number % 2 == 1
            bold += [last] * len(part)
            plain += part
        lines = []
        # Bold letters may be wider; the width of bold serves for all of them.
        ranges = break_lines(plain, max(1.0, self.width - 1), measure(self.font_size, bold=True))
        for start, end in ranges:
            line, inside = "", False
            for at in range(start, end):
                if bold[at] != inside:
                    inside = bold[at]
                    line += BOLD[0] if inside else BOLD[1]
                line += plain[at]
            lines.append(line + (BOLD[1] if inside else ""))
        self.text = "\n".join(lines)


class StepPane(BoxLayout):
    """One step; `screen` does what is tapped."""

    screen = ObjectProperty(None, allownone=True)
    names = ListProperty()
    """Of the steps in the bar at the top."""


class WarningPane(AnchorLayout):
    """What to know about a shared terminal, before anything is chosen."""

    screen = ObjectProperty(None, allownone=True)


class ProjectField(KeyField):
    """Name or number of a project."""

    screen = ObjectProperty(None, allownone=True)

    def keyboard_on_key_down(self, window: Any, keycode: Any, text: str, modifiers: Any) -> bool:
        app = App.get_running_app()
        if not app.composer.composition:
            if keycode[1] == "escape":
                app.back()
                return True
            if keycode[1] in {"enter", "numpadenter"}:
                self.screen.choose_first()
                return True
        return bool(super().keyboard_on_key_down(window, keycode, text, modifiers))

    def on_touch_down(self, touch: Any) -> bool:
        if self.collide_point(*touch.pos):
            self.screen.raise_keys()
        return bool(super().on_touch_down(touch))


class ProjectPane(StepPane):
    """Open projects, and a field to find one."""

    nothing = ListProperty(["", ""])


class SourcePane(StepPane):
    """Sticks and phone."""

    address = StringProperty("")
    """Of the page for phones, as long as it is open."""
    list_text = StringProperty("")
    """The way to the files that are chosen already; empty: none are."""


class BrowsePane(StepPane):
    """Folders and files of a source."""

    icon = StringProperty("")
    crumbs = StringProperty("")
    nothing = ListProperty(["", ""])
    cut = StringProperty("")
    take_text = StringProperty("")
    can_take = BooleanProperty(False)


class FilesPane(StepPane):
    """The list of files, before and after the handing in."""

    at = NumericProperty(3)
    title = StringProperty("")
    tender_no = StringProperty("")
    closes = StringProperty("")
    left = StringProperty("")
    over = BooleanProperty(False)
    banner = StringProperty("")
    tone = StringProperty("brand")
    second_icon = StringProperty("")
    second_text = StringProperty("")
    main_text = StringProperty("")
    can_go = BooleanProperty(False)


class TonedBox(Surface, BoxLayout):
    """A box in the colour of what it says."""

    tone = StringProperty("brand")
    ink = ColorProperty("#000000")


class StateBadge(Surface, BoxLayout):
    """One of the honest states."""

    text = StringProperty("")
    tone = StringProperty("plain")


class ListRow(PressedRow):
    """A project, a source, a folder or a file to choose."""

    stands_for = ("pane", "key")
    pane = StringProperty("")
    key = StringProperty("")
    icon = StringProperty("")
    title = StringProperty("")
    under = StringProperty("")
    note = StringProperty("")
    bad = BooleanProperty(False)
    leads = BooleanProperty(False)
    """Whether a tap leads on."""
    tappable = BooleanProperty(True)
    reached = BooleanProperty(False)
    """Whether the arrow keys stand on it."""

    def tapped(self) -> None:
        """Do what the row says."""
        if self.tappable:
            App.get_running_app().screen_named("upload").tapped(self.pane, self.key)


class FileRow(RecycleDataViewBehavior, BoxLayout):
    """A chosen file and how far it is."""

    key = StringProperty("")
    icon = StringProperty("")
    name = StringProperty("")
    under = StringProperty("")
    badge = StringProperty("")
    tone = StringProperty("plain")
    part = NumericProperty(-1)
    whole = BooleanProperty(False)
    removable = BooleanProperty(False)
    remove_width = NumericProperty(0)
    top_height = NumericProperty(0)
    reached = BooleanProperty(False)

    def on_remove_press(self) -> None:
        """Remember whose button is under the finger."""
        self._pressed = self.key

    def on_remove(self) -> None:
        """Take the file out of the list."""
        if self._pressed == self.key and self.removable:
            App.get_running_app().screen_named("upload").remove(int(self.key))


Builder.load_file(str(Path(__file__).with_name("upload.kv")), encoding="utf-8")
