"""The self-service terminal's window: assemble, navigate, forget."""

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
from display.trusted_time import Reading
from kiosk import fonts, words
from kiosk.clocks import read_clocks
from kiosk.desk_keys import DeskKeys
from kiosk.input.composer import Composer
from kiosk.input.method import InputMethod
from kiosk.input_loading import Loading
from kiosk.jobs import Jobs
from kiosk.presence import Presence
from kiosk.printing.opening import open_printing
from kiosk.printing.printout import Printout, notice_printout
from kiosk.session import Silence
from kiosk.settings import Settings
from kiosk.speech.model import ReadAloud
from kiosk.status import status
from kiosk.store.terminal import TerminalStore
from kiosk.store_watch import StoreWatch
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
        self._minute: datetime | None = None
        self._trail: list[str] = []
        self.jobs = Jobs(lambda: TerminalStore(store_path))
        self._watch = StoreWatch(self.jobs, self._heard, self._unheard)
        silence = Silence(settings.screen.idle_s, settings.screen.countdown_s, elapsed)
        self._presence = Presence(self, silence)
        self._keys = DeskKeys(self, self._presence)
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
        trusted = self._watch.trusted(self._now())
        return trusted.at if trusted is not None else NEVER

    @property
    def in_use(self) -> bool:
        """Whether a visitor has changed anything since the end of the last visit."""
        return bool(
            self.shown != "home"
            or self._presence.asks
            or self.theme.large
            or self.theme.contrast
            or self.language != self._settings.screen.language
        )

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
        self._presence.close()
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
        self._presence.say(
            title=self.words["home.at_desk_title"].format(service=service),
            text=text,
            yes_text=self.words["shell.close"],
        )

    def _window_events(self) -> dict[str, Callable[..., Any]]:
        return {
            "on_resize": self._fit,
            "on_key_down": self._keys.pressed,
            "on_textinput": self._keys.typed,
            "on_touch_down": self._presence.felt,
            "on_touch_move": self._presence.felt,
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
        self._watch.ask()
        at = self.moment()
        minute = at.replace(second=0, microsecond=0)
        if minute != self._minute:
            self._minute = minute
            self._screens.current_screen.refresh(at)
            if self._loading is not None and self._loading.facts is not None:
                self._tell("keyboard", self._loading.facts)
            self._tell("speech", self.voice.facts)
        self._presence.watch()

    def _heard(self, changed: bool) -> None:
        current = self._screens.current_screen
        changed = changed or self.trouble
        self.trouble = False
        if changed:
            self._say_state()
        if changed or current.in_trouble:
            current.refresh(self.moment())

    def _unheard(self) -> None:
        self.trouble = True
        self._say_state()

    def _say_state(self) -> None:
        now = self._now()
        trusted = self._watch.trusted(now)
        shown = trusted.at if trusted is not None and trusted.proven else now.wall
        contact = self._watch.contact
        heard = contact.server_time if contact is not None else None
        said = status(self.words, shown, heard, trouble=self.trouble)
        self.clock_text, self.date_text = said.clock, said.date
        self.as_of_text, self.online = said.as_of, said.online
        self.terminal_text = self.words["shell.this_terminal"].format(name=self._terminal.name)
        telephone = self._settings.centre.telephone
        self.telephone_text = (
            self.words["shell.telephone"].format(number=telephone) if telephone else ""
        )

    def _tell_of_printer(self, facts: Mapping[str, Any]) -> None:
        self._tell("printer", facts)

    def _tell(self, component: str, facts: Mapping[str, Any]) -> None:
        self._watch.tell(component, self._now().wall, facts)

    def _watch_printer(self, _elapsed: float) -> None:
        self.printing.start()
