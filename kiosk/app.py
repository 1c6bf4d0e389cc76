"""The self-service terminal's window: assemble, navigate, forget."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.core.text import LabelBase
from kivy.core.window import Window
from kivy.properties import BooleanProperty, DictProperty, ObjectProperty, StringProperty
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.screenmanager import NoTransition, Screen, ScreenManager

from display.edition import SHANGHAI
from display.trusted_time import trusted_time
from kiosk import fonts, words
from kiosk.jobs import Jobs
from kiosk.settings import Settings
from kiosk.store.terminal import TerminalStore
from kiosk.theme import Theme

log = logging.getLogger(__name__)

STALE_AFTER = timedelta(minutes=3)
"""Without contact for this long, the screen says that the connection is gone."""


def register_fonts(cache: Path) -> None:
    """Give Kivy the Chinese face, under the name of its default, and the icons."""
    regular, bold = (str(fonts.ui_face(weight, cache)) for weight in ("Regular", "Bold"))
    LabelBase.register("Roboto", regular, fn_bold=bold)
    LabelBase.register("icons", str(fonts.icon_face()))


class KioskApp(App):
    """Screens, clock, language, look; and the way home, which wipes everything."""

    theme = ObjectProperty()
    words = DictProperty()
    language = StringProperty("zh")
    portrait = BooleanProperty(False)
    centre_name = StringProperty("")
    clock_text = StringProperty("")
    date_text = StringProperty("")
    as_of_text = StringProperty("")
    terminal_text = StringProperty("")
    telephone_text = StringProperty("")
    online = BooleanProperty(False)
    lookup_model = ObjectProperty()

    use_kivy_settings = False
    title = "Mingtang"

    def __init__(
        self,
        settings: Settings,
        store_path: Path,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__()
        if settings.terminal is None:
            raise ValueError("settings without [terminal]")
        self._settings, self._terminal, self._now = settings, settings.terminal, now
        self._store_path = store_path
        self._store = TerminalStore(store_path)
        self._version: int | None = None
        self._last_touch = Clock.get_boottime()
        self._idle_dialog: Any = None
        self._desk_dialog: Any = None
        self.jobs = Jobs(lambda: TerminalStore(store_path))
        self.theme = Theme()

    def build(self) -> FloatLayout:
        from kiosk.home.screen import HomeScreen
        from kiosk.lookup.screen import LookupScreen
        from kiosk.notice.screen import NoticeScreen
        from kiosk.widgets import header  # noqa: F401  registers the header's rules

        screens = (HomeScreen, LookupScreen, NoticeScreen)
        self.theme.fit(*Window.size)
        self.portrait = Window.height > Window.width
        self.centre_name = self._settings.centre.name
        self._speak(self._settings.screen.language)
        self._screens = ScreenManager(transition=NoTransition())
        for screen in screens:
            self._screens.add_widget(screen())
        self._trail: list[str] = []
        root = FloatLayout()
        root.add_widget(self._screens)
        Window.bind(
            on_resize=self._fit,
            on_key_down=self._key,
            on_textinput=self._typed,
            on_touch_down=self._touched,
            on_touch_move=self._touched,
        )
        self.theme.bind(contrast=lambda *_: setattr(Window, "clearcolor", self.theme.page))
        Window.clearcolor = self.theme.page
        Clock.schedule_interval(lambda _dt: self._tick(), 1.0)
        self._tick()
        return root

    def on_stop(self) -> None:
        self.jobs.stop()

    def moment(self) -> datetime:
        """The moment to hand to the release gate."""
        contact = self._store.contact()
        offset = timedelta(seconds=contact.offset_s) if contact is not None else None
        trusted = trusted_time(self._now(), offset=offset, last=self._store.last_moment())
        return trusted.at if trusted is not None else datetime.min.replace(tzinfo=UTC)

    def screen_named(self, name: str) -> Screen:
        return self._screens.get_screen(name)

    def open_lookup(self, *, openings: bool = False, query: str = "") -> None:
        self.screen_named("lookup").open(openings=openings, query=query)
        self._go("lookup")

    def open_notice(self, notice_id: str) -> None:
        self.screen_named("notice").open(notice_id)
        self._go("notice")

    def back(self) -> None:
        """One screen back; from the first one back is the end of the visit."""
        if not self._trail:
            return
        previous = self._trail.pop()
        if previous == "home":
            self.home()
        else:
            self.screen_named(self._screens.current).forget()
            self._screens.current = previous

    def home(self) -> None:
        """End the visit: nothing of it stays."""
        self._trail.clear()
        for name in ("lookup", "notice"):
            self.screen_named(name).forget()
        self._screens.current = "home"
        self.screen_named("home").refresh(self.moment())

    def end_visit(self) -> None:
        """Home, and the look and language that the terminal was set to."""
        self.theme.large = self.theme.contrast = False
        self._speak(self._settings.screen.language)
        self.home()

    def change_language(self) -> None:
        self._speak("en" if self.language == "zh" else "zh")

    def point_to_desk(self, service: str) -> None:
        """Say where a service is offered that this terminal does not offer."""
        from kiosk.widgets.controls import Dialog

        text = self.words["home.at_desk_text"]
        if self._settings.centre.telephone:
            text += self.words["home.at_desk_telephone"].format(
                number=self._settings.centre.telephone
            )
        self._desk_dialog = Dialog(
            title=self.words["home.at_desk_title"].format(service=service),
            text=text,
            yes=self.words["shell.close"],
        )
        self._desk_dialog.bind(on_yes=lambda dialog: dialog.dismiss())
        self._desk_dialog.open()

    def _speak(self, language: str) -> None:
        self.language = language
        self.words = words.load(language)
        self._say_state()

    def _go(self, name: str) -> None:
        if self._screens.current != name:
            self._trail.append(self._screens.current)
            self._screens.current = name

    def _fit(self, _window: object, width: float, height: float) -> None:
        self.theme.fit(width, height)
        self.portrait = height > width

    def _tick(self) -> None:
        self._say_state()
        version = self._store.data_version()
        at = self.moment()
        current = self._screens.current_screen
        if version != self._version:
            self._version = version
            if current is not None:
                current.refresh(at)
        if current is not None and current.name == "notice":
            current.tick(at)
        elif current is not None and current.name == "home" and at.second == 0:
            current.refresh(at)
        self._watch_idle()

    def _say_state(self) -> None:
        now = self._now()
        contact = self._store.contact()
        shown = now + timedelta(seconds=contact.offset_s) if contact is not None else now
        local = shown.astimezone(SHANGHAI)
        self.clock_text = f"{local:%H:%M}"
        self.date_text = (
            f"{words.day(self.words, shown, shown, 'shell')}\n"
            f"{words.weekday(self.words, local.date())}"
        )
        self.online = contact is not None and abs(now - contact.at) < STALE_AFTER
        if contact is None:
            self.as_of_text = self.words["shell.no_data_yet"]
        else:
            heard = contact.at + timedelta(seconds=contact.offset_s)
            same_day = heard.astimezone(SHANGHAI).date() == local.date()
            key = "shell.as_of" if same_day else "shell.as_of_date"
            self.as_of_text = self.words[key].format(
                time=words.clock(heard), date=words.day(self.words, heard, shown)
            )
            if not self.online:
                self.as_of_text += "  ·  " + self.words["shell.offline"]
        self.terminal_text = self.words["shell.this_terminal"].format(name=self._terminal.name)
        telephone = self._settings.centre.telephone
        self.telephone_text = (
            self.words["shell.telephone"].format(number=telephone) if telephone else ""
        )

    def _touched(self, *_: object) -> None:
        self._last_touch = Clock.get_boottime()

    def _typed(self, _window: object, text: str) -> None:
        """Typing on the first screen begins a lookup with it."""
        self._touched()
        if self._screens.current == "home" and text.strip() and self._idle_dialog is None:
            self.open_lookup(query=text)

    def _key(
        self, _window: object, key: int, _code: int, _text: str | None, _modifiers: list[str]
    ) -> bool:
        self._touched()
        if self._idle_dialog is not None:
            self._stay()
            return True
        escape, enter, numpad_enter, space, down, up = 27, 13, 271, 32, 274, 273
        page_down, page_up = 281, 280
        if key == escape:
            self.back()
            return True
        if self._screens.current == "home" and key in {enter, numpad_enter}:
            self.open_lookup()
            return True
        if self._screens.current == "notice":
            pages = {down: 0.15, up: -0.15, page_down: 1.0, page_up: -1.0, space: 1.0}.get(key)
            if pages is not None:
                self.screen_named("notice").scroll(pages)
                return True
        return False

    def _watch_idle(self) -> None:
        """Anonymous visitors: back to home after a silence and a countdown."""
        changed = (
            self._screens.current != "home"
            or self.theme.large
            or self.theme.contrast
            or self.language != self._settings.screen.language
        )
        idle = Clock.get_boottime() - self._last_touch
        left = self._settings.screen.idle_s + self._settings.screen.countdown_s - idle
        if not changed or left > self._settings.screen.countdown_s:
            return
        if left <= 0:
            self._leave()
            return
        if self._idle_dialog is None:
            from kiosk.widgets.controls import Dialog

            self._idle_dialog = Dialog(
                title=self.words["shell.still_here"],
                yes=self.words["shell.stay"],
                no=self.words["shell.leave"],
            )
            self._idle_dialog.bind(
                on_yes=lambda _dialog: self._stay(), on_no=lambda _dialog: self._leave()
            )
            self._idle_dialog.open()
        self._idle_dialog.text = self.words["shell.still_here_text"].format(seconds=round(left))

    def _stay(self) -> None:
        self._touched()
        if self._idle_dialog is not None:
            self._idle_dialog.dismiss(animation=False)
            self._idle_dialog = None

    def _leave(self) -> None:
        self._stay()
        if self._desk_dialog is not None:
            self._desk_dialog.dismiss(animation=False)
            self._desk_dialog = None
        self.end_visit()

