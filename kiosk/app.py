"""The self-service terminal's window: assembles its parts, lets time pass, forgets."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kivy.app import App
from kivy.clock import Clock
from kivy.core.window import Window
from kivy.properties import BooleanProperty, DictProperty, ObjectProperty, StringProperty
from kivy.uix.floatlayout import FloatLayout

from display.trusted_time import Reading
from kiosk import traceless, words
from kiosk.adjusted import Adjusted
from kiosk.clocks import read_clocks
from kiosk.desk_keys import DeskKeys
from kiosk.health import HealthTeller
from kiosk.input.composer import Composer
from kiosk.input.method import InputMethod
from kiosk.input_loading import Loading
from kiosk.jobs import Jobs
from kiosk.navigation import Navigation
from kiosk.presence import Presence
from kiosk.screens import SCREENS, STAFF_SCREENS, BuildingAhead, Screens
from kiosk.settings import BoardSettings, Settings
from kiosk.speech.model import ReadAloud
from kiosk.status import status
from kiosk.store_watch import StoreWatch
from kiosk.theme import Theme
from kiosk.upload.opening import watch_sources
from kiosk.visit import Visit

if TYPE_CHECKING:
    from display.arrangement import Arrangement
    from display.notice import Notice, Zone
    from display.standing import Proposal
    from kiosk.examination.policy import Policy
    from kiosk.printing.printout import Printout
    from kiosk.staff.draft import Draft, Drafts
    from kiosk.store.terminal import TerminalStore
    from kiosk.sync.staff import StaffAccount

traceless.keep_no_lines()

TICK_S = 1.0
PRINTER_AFTER_S = 3.0
"""From the start: the first screen comes first."""
NEVER = datetime.min.replace(tzinfo=UTC)


def _on_screen(act: Callable[[], None]) -> None:
    """Have something done on the UI thread."""
    Clock.schedule_once(lambda _dt: act())


class KioskApp(Navigation, App):
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
        staff_only: bool = False,
    ) -> None:
        """`now` reads this PC's clocks; `elapsed` counts seconds and never goes back.

        `load_input` opens the Chinese input method in a thread of its own; without it, or where
        it raises RimeMissing, letters and digits can be typed. `staff_only`: a member of staff's
        own PC, which serves no visitors.
        """
        super().__init__()
        if settings.terminal is None:
            raise ValueError("settings without [terminal]")
        self._settings, self._terminal, self._now = settings, settings.terminal, now
        self._elapsed, self._staff_only = elapsed, staff_only
        self.adjusted = Adjusted(settings)
        if staff_only:
            self.first = STAFF_SCREENS[0]
        self._minute: datetime | None = None
        self._drafts: Drafts | None = None
        self._edited_board = ""

        def opened() -> "TerminalStore":
            # What the store needs takes longer to load than all that the first screen needs.
            from kiosk.store.terminal import TerminalStore

            return TerminalStore(store_path)

        self.jobs = Jobs(opened)
        # Reading a file of 500 MB takes a second, in which everything else would wait.
        self.file_jobs = Jobs(opened)
        self.deliver = _on_screen
        self._watch = StoreWatch(self.jobs, self._heard, self._unheard)
        # A terminal of visitors may run beside it: what that keeps of a visit is not touched.
        own = {"private": None, "scanner": None} if staff_only else {}
        self.visit = Visit(
            settings.model_copy(update=own),
            clocks=now,
            elapsed=elapsed,
            trusted=lambda: self._watch.trusted(now()),
            deliver=_on_screen,
        )
        self.visit.signed_out = self._note_sign_out
        self._presence = Presence(self, self.visit.session)
        self._keys = DeskKeys(self, self._presence)
        self.composer = Composer()
        self._loading = None if load_input is None else Loading(load_input)
        self.theme = Theme()
        self.voice = ReadAloud(_on_screen)
        self.printing = None
        if settings.printer is not None:
            from kiosk.printing.opening import open_printing

            fonts = store_path.parent / "cache" / "fonts"
            self.printing = open_printing(
                settings.printer, self._terminal.name, fonts, _on_screen, self._tell_of_printer
            )
        self._health = HealthTeller(self._watch.tell)
        self._make_health()
        self._make_forgetting()

    def build(self) -> FloatLayout:
        from kiosk.widgets import header  # noqa: F401  registers the header's rules
        from kiosk.widgets.solid import look_up_plainly

        look_up_plainly()
        self._fit(Window, *Window.size)
        self.centre_name = self._settings.centre.name
        self._speak(self.adjusted.language)
        self._screens = Screens(STAFF_SCREENS if self._staff_only else tuple(SCREENS))
        self.screen_named(self.first)
        self._building = BuildingAhead(self._screens, self._built)
        root = FloatLayout()
        root.add_widget(self._screens)
        Window.bind(**self._window_events())
        self.theme.bind(contrast=self._paint_window)
        self._paint_window()
        if self.printing is not None:
            Clock.schedule_once(self._watch_printer, PRINTER_AFTER_S)
        self._beginning = Clock.schedule_once(self._begin, 0)
        self._ticking = Clock.schedule_interval(self._tick, TICK_S)
        return root

    def on_stop(self) -> None:
        """Let go of window, clock and store."""
        self._ticking.cancel()
        self._beginning.cancel()
        self._building.stop()
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
    def settings(self) -> Settings:
        """What a technician set; for staff's screens."""
        return self._settings

    def staff_draft(
        self, board: str, before: "Arrangement", pending: "Proposal | None" = None
    ) -> "Draft":
        """What whoever is signed in has changed for a board; ends with the session.

        It is told what is in force, and what waits, by now; see `kiosk.staff.draft`.
        """
        if self._drafts is None:
            from kiosk.staff.draft import Drafts

            self._drafts = Drafts()
        self._edited_board = board
        return self._drafts.of(board, before, pending)

    def unsubmitted(self) -> int:
        """Changes of whoever is signed in that were not submitted, and end with the session."""
        return 0 if self._drafts is None else self._drafts.unsubmitted

    def staff_board(self) -> BoardSettings | None:
        """The board that this person looked at last, or else the first one; None: there is none."""
        boards = self._settings.boards
        first = boards[0] if boards else None
        return next((one for one in boards if one.name == self._edited_board), first)

    @property
    def chosen_board(self) -> str:
        """Name of the board that this person looked at last, on any screen; empty: none yet."""
        return self._edited_board

    def choose_board(self, name: str) -> None:
        """Every screen of this person begins with this board from now on."""
        self._edited_board = name

    @property
    def staff_only(self) -> bool:
        """Whether this is a member of staff's own PC, which serves no visitors."""
        return self._staff_only

    def look_at_clocks(self) -> Reading:
        """This PC's clocks, as they are."""
        return self._now()

    def seconds(self) -> float:
        """Counts on, whatever the clocks are set to."""
        return self._elapsed()

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
            self.shown != self.first
            or self.visit.somebody
            or self.visit.staff_card
            or self._presence.asks
            or self.theme.large != self.adjusted.large
            or self.theme.contrast != self.adjusted.contrast
            or self.language != self.adjusted.language
        )

    def _begin(self, _elapsed: float) -> None:
        # The first frame is drawn right after this, and no step belongs before it.
        Clock.schedule_once(self._tick, 0)
        self.adjusted.load(self)
        if self._loading is not None:
            # Nobody types before seeing where.
            Clock.schedule_once(lambda _dt: self._load_input(), 0)
        self._building.begin()

    def _load_input(self) -> None:
        def tried(method: InputMethod | None) -> None:
            if method is None:
                self.composer.await_method(False)
            else:
                self.composer.equip(method)
            self._health.hurry()

        self.composer.await_method(True)
        self._loading.begin(tried)

    def _built(self) -> None:
        self.complete = True
        if self._staff_only:
            return
        watch_sources(self, self._settings)
        self.visit.begin()

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

    def _make_health(self) -> None:
        add, loading = self._health.add, self._loading
        if loading is not None:
            add("keyboard", lambda: loading.facts)
        add("speech", lambda: self.voice.facts)
        add("sources", lambda: None if self.sources is None else self.sources.facts())
        add("memory", lambda: {"overwrites": traceless.is_prepared()})
        add("visits", self.visit.facts)
        add("ID reader", self.visit.reader_facts)
        add("scanner", self.visit.scanner_facts)
        self.visit.bind(trouble=self._health.hurry, ready=self._health.hurry)

    def _make_forgetting(self) -> None:
        """Name all that keeps something of a visitor; memory comes last, when nothing uses it."""
        add = self.visit.forgetting.add
        add("dialog", self._presence.close)
        add("drafts", self._drop_drafts)
        add("screens", lambda: self._screens.forget())
        add("voice", self.voice.stop)
        if self.printing is not None:
            add("printing", self.printing.forget)
        add("composer", self.composer.forget)
        add("store", self.jobs.let_go)
        add("clipboard", traceless.empty_clipboard)

    def _drop_drafts(self) -> None:
        self._drafts, self._edited_board = None, ""

    def ask_to_leave(self) -> None:
        """End the visit; what is not submitted is not lost without a question."""
        count = self.unsubmitted()
        if count:
            self._presence.ask_to_leave(count)
        else:
            self.end_visit()

    def end_visit(self) -> None:
        """Home, and the look and language that the terminal was set to."""
        self.visit.end()
        self.rated = False
        self.usual_look()
        self._show_home()

    def _note_sign_out(self, account: "StaffAccount") -> None:
        from kiosk.staff.sign_in.signing_in import note_sign_out

        at, proven = self.clock_moment(), self.proven() is not None
        self.file_jobs.ask(
            f"note sign-out {self.visit.session.number}",
            lambda store: note_sign_out(store, account, at, proven=proven),
            lambda _none: None,
            lambda: None,
        )

    def usual_look(self) -> None:
        """Text size, contrast and language with which every visit begins."""
        self.theme.large, self.theme.contrast = self.adjusted.large, self.adjusted.contrast
        self._speak(self.adjusted.language)

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

    def say_to_staff(self, what: str, **values: str) -> None:
        """Say something about whoever is, or was, signed in; `what` is of section staff."""
        self._presence.say(
            title=self.words[f"staff.{what}"].format(**values),
            text=self.words[f"staff.{what}_text"],
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
        self._building.felt()
        self._presence.felt()

    def _pressed(self, *key: Any) -> bool:
        self._building.felt()
        return self._keys.pressed(*key)

    def _typed(self, *text: Any) -> bool:
        self._building.felt()
        return self._keys.typed(*text)

    def _speak(self, language: str) -> None:
        self.language = language
        self.words = words.load(language)
        self._say_state()
        self.visit.say(self.words)

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
        self._health.watch(self._now().wall)
        self.visit.say(self.words)
        if self.printing is not None:
            self.printing.watch(self._elapsed())
        self._presence.watch()

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
        self._watch.tell("printer", self._now().wall, facts)

    def _watch_printer(self, _elapsed: float) -> None:
        self.printing.start()
