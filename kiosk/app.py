"""The self-service terminal's window: assemble, navigate, forget."""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.core.clipboard import Clipboard
from kivy.core.text import LabelBase
from kivy.core.window import Window
from kivy.properties import BooleanProperty, DictProperty, ObjectProperty, StringProperty
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.screenmanager import NoTransition, Screen, ScreenManager

from display.notice import Notice
from display.trusted_time import Contact, Reading, TrustedTime, trusted_time
from kiosk import fonts, words
from kiosk.clocks import read_clocks
from kiosk.input.composer import Composer
from kiosk.input.method import InputMethod
from kiosk.input_loading import Loading
from kiosk.jobs import Jobs
from kiosk.printing.opening import open_printing
from kiosk.printing.printout import Printout, notice_printout
from kiosk.session import Silence
from kiosk.settings import Settings
from kiosk.speech.model import ReadAloud
from kiosk.status import status
from kiosk.store.terminal import TerminalStore
from kiosk.sync.rating import Service
from kiosk.theme import Theme

TICK_S = 1.0
PRINTER_AFTER_S = 3.0
"""From the start: the first screen comes first."""
NEVER = datetime.min.replace(tzinfo=UTC)


def register_fonts(cache: Path) -> None:
    """Give Kivy the Chinese face, under the name of its default, and the icons."""
    regular, bold = (str(fonts.ui_face(weight, cache)) for weight in ("Regular", "Bold"))
    LabelBase.register("Roboto", regular, fn_bold=bold)
    LabelBase.register("icons", str(fonts.icon_face()))


def _on_screen(act: Callable[[], None]) -> None:
    """Have something done on the UI thread."""
    Clock.schedule_once(lambda _dt: act())


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
    trouble = BooleanProperty(False)
    """True while the store cannot be read."""
    lookup_model = ObjectProperty()
    rated = BooleanProperty(False)
    """Whether this visit was rated."""
    keys_raised = BooleanProperty(False)
    """Whether the keyboard on screen takes room."""

    use_kivy_settings = False
    title = "Mingtang"

    def __init__(
        self,
        settings: Settings,
        store_path: Path,
        now: Callable[[], Reading] = read_clocks,
        elapsed: Callable[[], float] = Clock.get_boottime,
        load_input: Callable[[], InputMethod] | None = None,
    ) -> None:
        """`now` reads this PC's clocks; `elapsed` counts seconds and never goes back.

        `load_input` opens the Chinese input method in a thread of its own; without it, or where
        it raises RimeMissing, letters and digits can be typed.
        """
        super().__init__()
        if settings.terminal is None:
            raise ValueError("settings without [terminal]")
        self._settings, self._terminal, self._now = settings, settings.terminal, now
        self._silence = Silence(settings.screen.idle_s, settings.screen.countdown_s, elapsed)
        self._version: int | None = None
        self._contact: Contact | None = None
        self._last_moment: datetime | None = None
        self._asking = False
        self._minute: datetime | None = None
        self._trail: list[str] = []
        self._dialog: Any = None
        self._counting = False
        self.jobs = Jobs(lambda: TerminalStore(store_path))
        self.composer = Composer()
        self._loading = None if load_input is None else Loading(load_input)
        self.theme = Theme()
        self.voice = ReadAloud(_on_screen)
        self.printing = None
        if settings.printer is not None:
            fonts = store_path.parent / "cache" / "fonts"
            name = self._terminal.name
            self.printing = open_printing(
                settings.printer, name, fonts, _on_screen, self._tell_of_printer
            )

    def build(self) -> FloatLayout:
        from kiosk.guides.screen import GuideScreen, GuidesScreen
        from kiosk.home.screen import HomeScreen
        from kiosk.lookup.screen import LookupScreen
        from kiosk.notice.screen import NoticeScreen
        from kiosk.openings.screen import OpeningsScreen
        from kiosk.rating.screen import RatingScreen
        from kiosk.widgets import header  # noqa: F401  registers the header's rules

        screens = (
            HomeScreen,
            LookupScreen,
            NoticeScreen,
            OpeningsScreen,
            GuidesScreen,
            GuideScreen,
            RatingScreen,
        )
        self._fit(Window, *Window.size)
        self.centre_name = self._settings.centre.name
        self._speak(self._settings.screen.language)
        self._screens = ScreenManager(transition=NoTransition())
        for screen in screens:
            self._screens.add_widget(screen())
        root = FloatLayout()
        root.add_widget(self._screens)
        Window.bind(**self._window_events())
        self.theme.bind(contrast=self._paint_window)
        self._paint_window()
        if self._loading is not None:
            # After the first frame: nobody types before seeing where.
            Clock.schedule_once(lambda _dt: self._loading.begin(self.composer.equip), 0)
        if self.printing is not None:
            Clock.schedule_once(self._watch_printer, PRINTER_AFTER_S)
        self._ticking = Clock.schedule_interval(self._tick, TICK_S)
        self._tick()
        return root

    def on_stop(self) -> None:
        """Let go of window, clock and store."""
        self._ticking.cancel()
        self.voice.close()
        if self.printing is not None:
            Clock.unschedule(self._watch_printer)
            self.printing.stop()
        Window.unbind(**self._window_events())
        self.jobs.stop()

    @property
    def terminal_name(self) -> str:
        """Name of this terminal, as staff gave it."""
        return self._terminal.name

    @property
    def telephone(self) -> str:
        """Of the service desk; may be empty."""
        return self._settings.centre.telephone

    @property
    def shown(self) -> str:
        """Name of the screen that is shown."""
        return str(self._screens.current)

    def moment(self) -> datetime:
        """The moment to hand to the release gate."""
        trusted = self._trusted(self._now())
        return trusted.at if trusted is not None else NEVER

    def _trusted(self, now: Reading) -> TrustedTime | None:
        return trusted_time(now, contact=self._contact, last=self._last_moment)

    def screen_named(self, name: str) -> Screen:
        return self._screens.get_screen(name)

    def open_lookup(self, *, openings: bool = False, query: str = "", keys: str = "") -> None:
        self.screen_named("lookup").open(openings=openings, query=query, keys=keys)
        self._go("lookup")

    def open_openings(self) -> None:
        self.screen_named("openings").open()
        self._go("openings")

    def open_guides(self) -> None:
        self.screen_named("guides").open()
        self._go("guides")

    def open_guide(self, key: str) -> None:
        self.screen_named("guide").open(key)
        self._go("guide")

    def open_rating(self, service: Service = Service.VISIT) -> None:
        """Ask how the service was; once a visit."""
        if not self.rated:
            self.screen_named("rating").open(service)
            self._go("rating")

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
            self.screen_named(self.shown).forget()
            self._screens.current = previous
            self.screen_named(previous).refresh(self.moment())

    def printout(self, notice: Notice) -> Printout:
        """A notice as this terminal prints it now."""
        return notice_printout(
            notice,
            self.words,
            self.moment(),
            centre=self.centre_name,
            terminal=self._terminal.name,
        )

    def home(self) -> None:
        """End the visit: nothing of it stays."""
        self._trail.clear()
        for screen in self._screens.screens:
            if screen.name != "home":
                screen.forget()
        self.voice.stop()
        if self.printing is not None:
            self.printing.forget()
        for kind in Clipboard.get_types():
            Clipboard.put("", kind)
        self._screens.current = "home"
        self.screen_named("home").refresh(self.moment())

    def end_visit(self) -> None:
        """Home, and the look and language that the terminal was set to."""
        self._close_dialog()
        self.theme.large = self.theme.contrast = self.rated = False
        self._speak(self._settings.screen.language)
        self.home()

    def change_language(self) -> None:
        self._speak("en" if self.language == "zh" else "zh")

    def point_to_desk(self, service: str) -> None:
        """Say where a service is offered that this terminal does not offer."""
        text = self.words["home.at_desk_text"]
        if self._settings.centre.telephone:
            text += self.words["home.at_desk_telephone"].format(
                number=self._settings.centre.telephone
            )
        self._open_dialog(
            title=self.words["home.at_desk_title"].format(service=service),
            text=text,
            yes_text=self.words["shell.close"],
        )

    def _window_events(self) -> dict[str, Callable[..., Any]]:
        return {
            "on_resize": self._fit,
            "on_key_down": self._key,
            "on_textinput": self._typed,
            "on_touch_down": self._touched,
            "on_touch_move": self._touched,
        }

    def _speak(self, language: str) -> None:
        self.language = language
        self.words = words.load(language)
        self._say_state()

    def _go(self, name: str) -> None:
        if self.shown == "home" and name != "rating":
            # The next service begins, and with it perhaps the next visitor.
            self.rated = False
        if self.shown != name:
            self._trail.append(self.shown)
            self._screens.current = name

    def _fit(self, _window: object, width: float, height: float) -> None:
        self.theme.fit(width, height)
        self.portrait = height > width

    def _paint_window(self, *_: object) -> None:
        Window.clearcolor = self.theme.page

    def _tick(self, _elapsed: float = 0.0) -> None:
        self._say_state()
        self._ask_state()
        at = self.moment()
        minute = at.replace(second=0, microsecond=0)
        if minute != self._minute:
            self._minute = minute
            self._screens.current_screen.refresh(at)
            self._tell_health()
            self._tell("speech", self.voice.facts)
        self._watch_idle()

    def _ask_state(self) -> None:
        """Ask whether the store has changed, unless it still owes the last answer."""
        if self._asking:
            return
        self._asking = True
        self.jobs.ask(
            "state",
            lambda store: (store.content_version(), store.contact(), store.last_moment()),
            self._heard,
            self._unheard,
        )

    def _heard(self, state: tuple[int, Contact | None, datetime | None]) -> None:
        self._asking = False
        version, self._contact, self._last_moment = state
        current = self._screens.current_screen
        changed = version != self._version or self.trouble
        self._version, self.trouble = version, False
        if changed:
            self._say_state()
        if changed or current.in_trouble:
            current.refresh(self.moment())

    def _unheard(self) -> None:
        self._asking = False
        self.trouble = True
        self._say_state()

    def _say_state(self) -> None:
        now = self._now()
        trusted = self._trusted(now)
        shown = trusted.at if trusted is not None and trusted.proven else now.wall
        heard = self._contact.server_time if self._contact is not None else None
        said = status(self.words, shown, heard, trouble=self.trouble)
        self.clock_text, self.date_text = said.clock, said.date
        self.as_of_text, self.online = said.as_of, said.online
        self.terminal_text = self.words["shell.this_terminal"].format(name=self._terminal.name)
        telephone = self._settings.centre.telephone
        self.telephone_text = (
            self.words["shell.telephone"].format(number=telephone) if telephone else ""
        )

    def _touched(self, *_: object) -> None:
        # While the countdown asks, only an answer to it counts.
        if not self._counting:
            self._silence.broken()

    def _typed(self, _window: object, text: str) -> bool:
        """Typing on the first screen begins a lookup with it."""
        self._silence.broken()
        if self._dialog is not None:
            self._stay()
            return True
        if self.shown == "home" and text.strip():
            self.open_lookup(keys=text)
            return True
        return False

    def _key(
        self, _window: object, key: int, _code: int, text: str | None, _modifiers: list[str]
    ) -> bool:
        escape, enter, numpad_enter, space, down, up = 27, 13, 271, 32, 274, 273
        page_down, page_up, first, last = 281, 280, 278, 279
        if self._dialog is not None:
            # The text of any other key follows, and closes it too, without being typed.
            if not text or key in {escape, enter, numpad_enter}:
                self._stay()
            return True
        self._silence.broken()
        if self.shown == "lookup" and self.screen_named("lookup").takes(key):
            return True
        if self.shown == "notice" and self.screen_named("notice").takes(key):
            return True
        if self.shown == "guide" and self.screen_named("guide").takes(key):
            return True
        if key == escape:
            self.back()
            return True
        if self.shown == "home" and key in {enter, numpad_enter}:
            self.open_lookup()
            return True
        pages = {page_down: 0.9, page_up: -0.9}
        if self.shown == "notice":
            ends = {first: -math.inf, last: math.inf}
            pages |= {down: 0.15, up: -0.15, space: 0.9} | ends
        if self.shown != "home" and key in pages:
            self._screens.current_screen.scroll(pages[key])
            return True
        return False

    def _tell_health(self) -> None:
        """Once a minute, what the keyboard can do."""
        facts, at = self._loading.facts if self._loading is not None else None, self._now().wall
        if facts is not None:
            self.jobs.ask(
                "health",
                lambda store: store.tell_health("keyboard", at, facts),
                lambda _nothing: None,
                lambda: None,
            )

    def _tell_of_printer(self, facts: Mapping[str, Any]) -> None:
        self._tell("printer", facts)

    def _tell(self, component: str, facts: Mapping[str, Any]) -> None:
        at = self._now().wall
        self.jobs.ask(
            f"health {component}",
            lambda store: store.tell_health(component, at, facts),
            lambda _nothing: None,
            lambda: None,
        )

    def _watch_printer(self, _elapsed: float) -> None:
        self.printing.start()

    def _watch_idle(self) -> None:
        """Anonymous visitors: back to home after a silence and a countdown."""
        if self.printing is not None and self.printing.moving:
            self._silence.broken()
        left = self._silence.seconds_left()
        if left is None:
            return
        if not self._in_use():
            self.rated = False
            return
        if left == 0:
            self.end_visit()
            return
        if not self._counting:
            self._open_dialog(
                title=self.words["shell.still_here"],
                text=self.words["shell.still_here_text"],
                yes_text=self.words["shell.stay"],
                no_text=self.words["shell.leave"],
            )
            self._counting = True
        self._dialog.number = str(left)

    def _in_use(self) -> bool:
        return bool(
            self.shown != "home"
            or self._dialog is not None
            or self.theme.large
            or self.theme.contrast
            or self.language != self._settings.screen.language
        )

    def _open_dialog(self, **texts: str) -> None:
        from kiosk.widgets.controls import Dialog

        self._close_dialog()
        self._dialog = Dialog(**texts)
        self._dialog.bind(
            on_yes=lambda _dialog: self._stay(),
            on_no=lambda _dialog: self.end_visit(),
            on_dismiss=lambda dialog: self._stay() if dialog is self._dialog else None,
        )
        self._dialog.open(animation=False)

    def _close_dialog(self) -> None:
        dialog, self._dialog, self._counting = self._dialog, None, False
        if dialog is not None:
            dialog.dismiss(animation=False)

    def _stay(self) -> None:
        self._silence.broken()
        self._close_dialog()
