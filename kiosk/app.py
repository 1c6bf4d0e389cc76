"""The self-service terminal's window: assemble, navigate, forget."""

import gc
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kivy.app import App
from kivy.clock import Clock
from kivy.core.clipboard import Clipboard
from kivy.core.text import LabelBase
from kivy.core.window import Window
from kivy.properties import BooleanProperty, DictProperty, ObjectProperty, StringProperty
from kivy.uix.floatlayout import FloatLayout
from kivy.uix.screenmanager import NoTransition, Screen, ScreenManager

from display.trusted_time import Reading
from kiosk import fonts, traceless, words
from kiosk.clocks import read_clocks
from kiosk.desk_keys import DeskKeys
from kiosk.input.composer import Composer
from kiosk.input.method import InputMethod
from kiosk.input_loading import Loading
from kiosk.jobs import Jobs
from kiosk.presence import Presence
from kiosk.settings import Settings
from kiosk.speech.model import ReadAloud
from kiosk.status import status
from kiosk.store_watch import StoreWatch
from kiosk.theme import Theme
from kiosk.upload.opening import watch_sources
from kiosk.visit import Visit

if TYPE_CHECKING:
    from display.notice import Attachment, Notice, Zone
    from kiosk.entry.desk import Desk, SavedDraft
    from kiosk.examination.policy import Policy
    from kiosk.printing.printout import Printout
    from kiosk.session import Visitor
    from kiosk.store.terminal import TerminalStore
    from kiosk.sync.form import Form
    from kiosk.sync.rating import Service
    from kiosk.sync.submission import SignedReceipt
    from kiosk.upload.projects import OpenProject

traceless.keep_no_lines()

TICK_S = 1.0
PRINTER_AFTER_S = 3.0
"""From the start: the first screen comes first."""
BUILD_EVERY_S, QUIET_S = 0.1, 1.5
"""Screens are built ahead step by step, and only while nobody has touched anything for so long:
a step takes up to a third of a second."""
SCREENS = {
    "home": "kiosk.home.screen:HomeScreen",
    "lookup": "kiosk.lookup.screen:LookupScreen",
    "notice": "kiosk.notice.screen:NoticeScreen",
    "openings": "kiosk.openings.screen:OpeningsScreen",
    "guides": "kiosk.guides.screen:GuidesScreen",
    "guide": "kiosk.guides.screen:GuideScreen",
    "rating": "kiosk.rating.screen:RatingScreen",
    "attachments": "kiosk.attachments.screen:AttachmentsScreen",
    "document": "kiosk.attachments.document:DocumentScreen",
    "identify": "kiosk.identify.screen:IdentifyScreen",
    "entry": "kiosk.entry.listing:EntryScreen",
    "form": "kiosk.entry.screen:FormScreen",
    "check_in": "kiosk.identify.check_in_screen:CheckInScreen",
    "upload": "kiosk.upload.screen:UploadScreen",
    "receipt": "kiosk.receipt.screen:ReceiptScreen",
    "matters": "kiosk.matters.screen:MattersScreen",
}
"""Name → module and class; the first one is shown first, the rest is built in this order.

Each has a method `forget`, which the end of a visit calls.
"""
HOME_QUIET_S = 30.0
"""Silence on the first screen after which somebody who is identified is asked: many just leave."""
NEVER = datetime.min.replace(tzinfo=UTC)


def register_fonts(cache: Path) -> None:
    """Give Kivy the Chinese face, under the name of its default, and the icons."""
    regular, bold = (str(fonts.ui_face(weight, cache)) for weight in ("Regular", "Bold"))
    LabelBase.register("Roboto", regular, fn_bold=bold)
    LabelBase.register("icons", str(fonts.icon_face()))


def wait_with_collecting() -> None:
    """Until `keep_for_good` hardly anything is let go of; looking for it took half the start."""
    gc.disable()


def keep_for_good() -> None:
    """Spare the collector what was built: it took a tenth of a second to look it all through."""
    gc.collect()
    gc.freeze()
    gc.enable()


def _empty_clipboard() -> None:
    for kind in Clipboard.get_types():
        Clipboard.put("", kind)


def _on_screen(act: Callable[[], None]) -> None:
    """Have something done on the UI thread."""
    Clock.schedule_once(lambda _dt: act())


class AtOnce(NoTransition):
    """The other screen within the same call: while a transition runs, the screens drop touches."""

    def start(self, manager: ScreenManager) -> None:
        """Begin, and be done."""
        super().start(manager)
        self.stop()


class KioskApp(App):
    """Screens, clock, language, look; and the way home, which wipes everything."""

    theme = ObjectProperty()
    visit = ObjectProperty()
    """Who is identified, and the end of the visit: a `kiosk.visit.Visit`."""
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
    complete = BooleanProperty(False)
    """Whether every screen is built."""
    rated = BooleanProperty(False)
    """Whether this visit was rated."""
    keys_raised = BooleanProperty(False)
    """Whether the keyboard on screen takes room."""
    sources = ObjectProperty(None, allownone=True)
    """Where visitors' files come from: a `kiosk.upload.sources.Sources`, once it is open."""
    sources_changed = BooleanProperty(False)
    """Says nothing; whoever binds to it hears when a stick or phone comes or goes."""

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
        self._elapsed = elapsed
        self._minute: datetime | None = None
        self._told: datetime | None = None
        self._trail: list[str] = []

        def opened() -> "TerminalStore":
            # What the store needs takes longer to load than all that the first screen needs.
            from kiosk.store.terminal import TerminalStore

            return TerminalStore(store_path)

        self.jobs = Jobs(opened)
        # Reading a file of 500 MB takes a second, in which everything else would wait.
        self.file_jobs = Jobs(opened)
        self.deliver = _on_screen
        self._watch = StoreWatch(self.jobs, self._heard, self._unheard)
        self.visit = Visit(
            settings,
            clocks=now,
            elapsed=elapsed,
            trusted=lambda: self._watch.trusted(now()),
            deliver=_on_screen,
        )
        self._presence = Presence(self, self.visit.session)
        self._touched_at = -QUIET_S
        self._keys = DeskKeys(self, self._presence)
        self.composer = Composer()
        self._loading = None if load_input is None else Loading(load_input)
        self.theme = Theme()
        self.voice = ReadAloud(_on_screen)
        self.printing = None
        if settings.printer is not None:
            from kiosk.printing.opening import open_printing

            fonts = store_path.parent / "cache" / "fonts"
            name = self._terminal.name
            self.printing = open_printing(
                settings.printer, name, fonts, _on_screen, self._tell_of_printer
            )
        self._make_forgetting()

    def build(self) -> FloatLayout:
        from kiosk.widgets import header  # noqa: F401  registers the header's rules
        from kiosk.widgets.solid import look_up_plainly

        look_up_plainly()
        self._fit(Window, *Window.size)
        self.centre_name = self._settings.centre.name
        self._speak(self._settings.screen.language)
        self._screens = ScreenManager(transition=AtOnce())
        # Nothing reaches over the window's edge: no stencil, which every pixel would pay for.
        self._screens.canvas.before.clear()
        self._screens.canvas.after.clear()
        self.screen_named("home")
        root = FloatLayout()
        root.add_widget(self._screens)
        Window.bind(**self._window_events())
        self.theme.bind(contrast=self._paint_window)
        self._paint_window()
        if self.printing is not None:
            Clock.schedule_once(self._watch_printer, PRINTER_AFTER_S)
        self._building = Clock.schedule_once(self._begin_building, 0)
        self._ticking = Clock.schedule_interval(self._tick, TICK_S)
        return root

    def on_stop(self) -> None:
        """Let go of window, clock and store."""
        self._ticking.cancel()
        self._building.cancel()
        self.voice.close()
        if self.printing is not None:
            Clock.unschedule(self._watch_printer)
            self.printing.stop()
        Window.unbind(**self._window_events())
        if self._screens.has_screen("upload"):
            self.screen_named("upload").stop()
        self.visit.stop()
        self.file_jobs.stop()
        if self.sources is not None:
            self.sources.stop()
        self.jobs.stop()

    @property
    def terminal_name(self) -> str:
        """Name of this terminal, as staff gave it."""
        return self._terminal.name

    @property
    def data_folder(self) -> Path:
        """Where this terminal keeps its data."""
        return Path(self._terminal.data)

    @property
    def upload_policy(self) -> "Policy":
        """What may be handed in here."""
        return self._settings.upload

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

    def proven(self) -> datetime | None:
        """The moment, where the clock is proven."""
        trusted = self._watch.trusted(self._now())
        return trusted.at if trusted is not None and trusted.proven else None

    @property
    def zone(self) -> "Zone":
        """Where this terminal stands."""
        return self._terminal.zone

    def clock_moment(self) -> datetime:
        """What the clock in the header shows; for words about the visitor's own doings."""
        trusted = self._watch.trusted(self._now())
        return trusted.at if trusted is not None and trusted.proven else self._now().wall

    @property
    def in_use(self) -> bool:
        """Whether a visitor has changed anything since the end of the last visit."""
        return bool(
            self.shown != "home"
            or self.visit.identified
            or self._presence.asks
            or self.theme.large
            or self.theme.contrast
            or self.language != self._settings.screen.language
        )

    def screen_named(self, name: str) -> Screen:
        """A screen, built when it is asked for or its turn has come."""
        if not self._screens.has_screen(name):
            module, screen = SCREENS[name].split(":")
            self._screens.add_widget(getattr(import_module(module), screen)())
        return self._screens.get_screen(name)

    def _begin_building(self, _elapsed: float) -> None:
        # The first frame is drawn right after this, and no step belongs before it.
        Clock.schedule_once(self._tick, 0)
        if self._loading is not None:
            # Nobody types before seeing where.
            Clock.schedule_once(lambda _dt: self._load_input(), 0)
        self._building = Clock.schedule_interval(self._build_ahead, BUILD_EVERY_S)

    def _load_input(self) -> None:
        def missed() -> None:
            self.composer.await_method(False)
            self._told = None

        def equip(method: InputMethod) -> None:
            self.composer.equip(method)
            self._told = None

        self.composer.await_method(True)
        self._loading.begin(equip, missed)

    def _build_ahead(self, _elapsed: float) -> None:
        """After the first frame one step after the other, so that no touch waits for a screen."""
        if Clock.get_boottime() - self._touched_at < QUIET_S:
            return
        missing = next((name for name in SCREENS if not self._screens.has_screen(name)), None)
        if missing is not None:
            module = SCREENS[missing].split(":")[0]
            if module in sys.modules:
                self.screen_named(missing)
            else:
                import_module(module)
        else:
            self._building.cancel()
            self.complete = True
            watch_sources(self, self._settings)
            self.visit.begin()

    def open_service(self, name: str, title: str) -> None:
        """A personal service: its screen opens for whoever is identified by then.

        `name` is that of a screen with a method `open()`; `title` is for visitors.
        """
        if not self.offers(name):
            self.point_to_desk(title)
            return

        def begin() -> None:
            self._go(name)
            self.screen_named(name).open()

        self.with_identity(begin, title)

    @property
    def personal(self) -> bool:
        """Whether this terminal has personal services."""
        return self.visit.private is not None

    def offers(self, name: str) -> bool:
        """Whether this terminal has this personal service."""
        return self.personal and name in SCREENS

    def with_identity(self, following: Callable[[], None], title: str = "") -> None:
        """Call `following` once somebody is identified; at once, if somebody is."""
        if self.visit.visitor is not None:
            following()
            return
        if not self.complete:
            self.visit.begin()
        self.screen_named("identify").open(following, title)
        self._go("identify")

    def identified(self, visitor: "Visitor", following: Callable[[], None]) -> None:
        """The identify screen has done its part; the way back leads past it."""
        self.visit.identify(visitor, self.words)
        self.screen_named("identify").forget()
        self._screens.current = self._trail.pop() if self._trail else "home"
        following()

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

    def open_rating(self, service: "Service | None" = None) -> None:
        """Ask how the service was, or else the visit; once a visit."""
        from kiosk.sync.rating import Service

        if not self.rated:
            self.screen_named("rating").open(service or Service.VISIT)
            self._go("rating")

    def open_attachments(self, notice_id: str) -> None:
        self.screen_named("attachments").open(notice_id)
        self._go("attachments")

    def open_document(self, notice_id: str, attachment: "Attachment", *, scan: bool) -> None:
        """Show a file that is here; `scan`: the screen before shows a code to scan."""
        self.screen_named("document").open(notice_id, attachment, scan=scan)
        self._go("document")

    def open_form(self, desk: "Desk", form: "Form", draft: "SavedDraft | None") -> None:
        """Fill in a form, or go on with a draft of this version of it."""
        self.screen_named("form").begin(desk, form, draft)
        self._go("form")

    def open_notice(self, notice_id: str) -> None:
        self.screen_named("notice").open(notice_id)
        self._go("notice")

    def show_receipt(self, submission: str) -> None:
        """What was handed in has arrived: its receipt takes the place of what is shown."""
        upload, receipt = self.screen_named("upload"), self.screen_named("receipt")
        receipt.open(submission)
        receipt.let_sticks_go()
        self._screens.current = "receipt"
        upload.forget()

    def open_receipt(self, submission: str, signed: "SignedReceipt | None" = None) -> None:
        """Show a receipt of before."""
        self.screen_named("receipt").open(submission, signed)
        self._go("receipt")

    def follow_upload(self, submission: str, project: "OpenProject | None") -> None:
        """Show how a submission is that is still on its way."""
        self.screen_named("upload").follow(submission, project)
        self._go("upload")

    def back(self) -> None:
        """One screen back; from the first one back is the end of the visit."""
        stepping = getattr(self._screens.current_screen, "step_back", None)
        if not self._trail or (stepping is not None and stepping()):
            return
        previous = self._trail.pop()
        if previous == "home":
            self.home()
        else:
            self.screen_named(self.shown).forget()
            self._screens.current = previous
            self.screen_named(previous).refresh(self.moment())

    def printout(self, notice: "Notice") -> "Printout":
        """A notice as this terminal prints it now."""
        from kiosk.printing.printout import notice_printout

        return notice_printout(
            notice,
            self.words,
            self.moment(),
            centre=self.centre_name,
            terminal=self._terminal.name,
        )

    def recheck_printing(self) -> None:
        """What is being printed may have changed, whatever screen is shown."""
        if self.printing is not None:
            from kiosk.printing.recheck import recheck

            recheck(self.printing, self.jobs, self.moment())

    def home(self) -> None:
        """The first screen. Nothing of an anonymous visit stays; of another one, who it is."""
        if self.visit.identified:
            self._forget_screens()
            self._show_home()
            self.visit.session.close_soon(HOME_QUIET_S, ask=True)
        else:
            self.visit.end()
            self._show_home()

    def _show_home(self) -> None:
        self._trail.clear()
        self._screens.current = "home"
        self.screen_named("home").refresh(self.moment())

    def _make_forgetting(self) -> None:
        """Name all that keeps something of a visitor; memory comes last, when nothing uses it."""
        add = self.visit.forgetting.add
        add("dialog", self._presence.close)
        add("screens", self._forget_screens)
        add("voice", self.voice.stop)
        if self.printing is not None:
            add("printing", self.printing.forget)
        add("composer", self.composer.forget)
        add("store", self.jobs.let_go)
        add("clipboard", _empty_clipboard)

    def _forget_screens(self) -> None:
        for screen in self._screens.screens:
            if screen.name != "home":
                screen.forget()

    def end_visit(self) -> None:
        """Home, and the look and language that the terminal was set to."""
        self.visit.end()
        self.theme.large = self.theme.contrast = self.rated = False
        self._speak(self._settings.screen.language)
        self._show_home()

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
            "on_key_down": self._pressed,
            "on_textinput": self._typed,
            "on_touch_down": self._felt,
            "on_touch_move": self._felt,
        }

    def _felt(self, *_: object) -> None:
        self._touched_at = Clock.get_boottime()
        self._presence.felt()

    def _pressed(self, *key: Any) -> bool:
        self._touched_at = Clock.get_boottime()
        return self._keys.pressed(*key)

    def _typed(self, *text: Any) -> bool:
        self._touched_at = Clock.get_boottime()
        return self._keys.typed(*text)

    def _speak(self, language: str) -> None:
        self.language = language
        self.words = words.load(language)
        self._say_state()
        self.visit.say(self.words)

    def _go(self, name: str) -> None:
        if self.shown == "home" and name != "rating":
            # The next service begins, and with it perhaps the next visitor.
            self.rated = False
        if self.shown == "home":
            self.visit.session.take_time()
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
            self.recheck_printing()
        self._tell_health()
        self.visit.say(self.words)
        if self.printing is not None:
            self.printing.watch(self._elapsed())
        self._presence.watch()

    def _tell_health(self) -> None:
        """Once a minute of this PC's clock, and when something new is known."""
        minute = self._now().wall.replace(second=0, microsecond=0)
        if minute == self._told:
            return
        self._told = minute
        if self._loading is not None and self._loading.facts is not None:
            self._tell("keyboard", self._loading.facts)
        self._tell("speech", self.voice.facts)
        if self.sources is not None:
            self._tell("sources", self.sources.facts())
        self._tell("memory", {"overwrites": traceless.is_prepared()})

    def _heard(self, changed: bool) -> None:
        current = self._screens.current_screen
        changed = changed or self.trouble
        self.trouble = False
        if changed:
            self._say_state()
            self.recheck_printing()
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
