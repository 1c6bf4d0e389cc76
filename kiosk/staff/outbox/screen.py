"""The screen of what this terminal owes the server, and of what the server does not take."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ListProperty, StringProperty
from kivy.uix.screenmanager import Screen

from display.evidence import TERMINAL_RECORD
from display.evidence import Kind as Record
from display.local_time import SHANGHAI
from kiosk.private.store import PrivateStore
from kiosk.private.taking_out import NotTakenOut
from kiosk.private.transfer import Waiting
from kiosk.staff import acts
from kiosk.staff.evidence.exporting import exports_folder
from kiosk.staff.outbox.model import Act, Line, Owed, acts_of, advice, facts, owed, title
from kiosk.store.terminal import TerminalStore
from kiosk.sync.events import KeptEvents
from kiosk.widgets import footer, passage, scrolled  # noqa: F401  registers their rules
from kiosk.widgets import rows as row_widgets  # noqa: F401  registers their rules
from kiosk.widgets.controls import Dialog
from kiosk.widgets.icons import Sign
from kiosk.widgets.lines import break_lines
from kiosk.widgets.measure import measure
from kiosk.widgets.pressed_row import PressedRow
from kiosk.widgets.row_cursor import RowCursor

LOOK_S = 3.0
"""Between two looks while the screen is shown."""
STEP = 1.45
ENTER = {13, 271}
STEPS = {274: 1, 273: -1}
KEYS = {"r": Act.RETRY, "b": Act.RETURN, "e": Act.EXPORT}
DONE = {Act.RETRY: acts.RETRIED, Act.RETURN: acts.RETURNED, Act.EXPORT: acts.EXPORTED}
KEPT = timedelta(days=8)
"""Longer than anything stays parked."""
Found = tuple[tuple[KeptEvents, ...], bool, bool, frozenset[str]]
"""Events, whether the server refuses this terminal or is away, and what was exported."""
TONES = {"parked": "attention", "sending": "good"}


class OwedRow(PressedRow):
    """One line."""

    stands_for = ("key",)
    key = StringProperty("")
    icon = StringProperty("")
    title = StringProperty("")
    text = StringProperty("")
    state_text = StringProperty("")
    tone = StringProperty("muted")
    chosen = BooleanProperty(False)
    reached = BooleanProperty(False)

    def tapped(self) -> None:
        """Show what can be done with it."""
        App.get_running_app().screen_named("staff_outbox").choose(self.key)


class OutboxScreen(Screen):
    """The list, and what can be done with the line that was chosen."""

    alarm = StringProperty("")
    """What stops everything, in one sentence."""
    summary = StringProperty("")
    nothing = ListProperty(["", ""])
    chosen_title = StringProperty("")
    chosen_text = StringProperty("")
    chosen_problem = StringProperty("")
    """Why it was not taken, or not sent."""
    chosen_advice = StringProperty("")
    can_retry = BooleanProperty(False)
    can_return = BooleanProperty(False)
    can_export = BooleanProperty(False)
    working = BooleanProperty(False)
    done_text = StringProperty("")
    done_tone = StringProperty("muted")
    done_name = StringProperty("")
    """Of the folder that was made."""

    def __init__(self, **kwargs: Any) -> None:
        self._owed: Owed | None = None
        self._exported: frozenset[str] = frozenset()
        self._state = "waiting"
        self._key = ""
        self._done: tuple[str, dict[str, object], bool] | None = None
        self._dialog: Dialog | None = None
        self._cursor = RowCursor()
        super().__init__(name="staff_outbox", **kwargs)
        app = App.get_running_app()
        draw = self._redraw = Clock.create_trigger(lambda _dt: self._draw(), -1)
        app.theme.bind(unit=draw, large=draw)
        app.bind(words=draw, portrait=draw)
        self.ids.results.bind(width=draw)
        self._look = Clock.create_trigger(lambda _dt: self._ask(), LOOK_S)

    @property
    def in_trouble(self) -> bool:
        """Whether a store could not answer the last question."""
        return self._state == "trouble"

    def open(self) -> None:
        """Look now."""
        self.forget()
        self._ask()

    def refresh(self, _at: datetime) -> None:
        """The account may have been taken away."""
        App.get_running_app().look_at_account()
        self._ask()

    def on_leave(self, *_: object) -> None:
        self._look.cancel()

    def scroll(self, pages: float) -> None:
        """Page keys."""
        self.ids.results.scroll_by(pages)

    def takes(self, key: int) -> bool:
        """Arrow keys and Enter over the lines; none reaches what lies behind a question."""
        if self._dialog is not None:
            return True
        if key in STEPS:
            self._cursor.move(self.ids.results, STEPS[key])
            return True
        row = self._cursor.row(self.ids.results)
        if key in ENTER and row is not None:
            self.choose(row["key"])
            return True
        return False

    def typed(self, text: str) -> bool:
        """r sends again, b gives back, e exports, as their buttons do."""
        act = KEYS.get(text)
        if act is not None and self._dialog is None and act in self._acts():
            self.do(act)
        return True

    def forget(self) -> None:
        """Nothing of what was looked at stays."""
        app = App.get_running_app()
        app.file_jobs.forget("staff outbox", "staff outbox act")
        if app.visit.private is not None:
            app.visit.private.forget("staff outbox", "staff outbox act")
        self._look.cancel()
        if self._dialog is not None:
            self._dialog.dismiss(animation=False)
        self._owed, self._state, self._key, self._done = None, "waiting", "", None
        self._cursor = RowCursor()
        self.working = False
        self.ids.results.to_top()
        self._draw()

    def choose(self, key: str) -> None:
        """What is told and done on the right is about this line."""
        self._key, self._done = key, None
        self.ids.pane.scroll_y = 1.0
        self._draw()

    # Looking

    def _ask(self) -> None:
        """First the encrypted store, then the other one; what comes late is void."""
        app = App.get_running_app()
        if app.visit.session.staff is None:
            return
        if app.visit.private is None:
            self._ask_public((), stopped=False, personal=False)
            return

        def question(store: PrivateStore) -> tuple[tuple[Waiting, ...], bool]:
            return store.outbox.waiting(), store.outbox.is_stopped()

        app.visit.private.ask(
            "staff outbox",
            question,
            lambda found: self._ask_public(found[0], stopped=found[1], personal=True),
            self._fail,
        )

    def _ask_public(self, waiting: tuple[Waiting, ...], *, stopped: bool, personal: bool) -> None:
        since = App.get_running_app().clock_moment() - KEPT

        def question(store: TerminalStore) -> Found:
            told = {part.component: part.facts for part in store.health()}.get("outbox", {})
            done = store.entries(TERMINAL_RECORD, since, kind=Record.TECHNICIAN)
            exported = frozenset(
                str(each.facts.get("subject")) for each in done if _is_export(each.facts)
            )
            stopped, away = bool(told.get("stopped")), bool(told.get("away"))
            return store.events_kept(), stopped, away, exported

        def show(found: Found) -> None:
            kept, refused, away, self._exported = found
            self._owed = owed(
                waiting, kept, stopped=stopped or refused, away=away, personal=personal
            )
            self._state = "shown"
            self._draw()
            if App.get_running_app().shown == self.name:
                self._look()

        App.get_running_app().file_jobs.ask("staff outbox", question, show, self._fail)

    def _fail(self) -> None:
        self._state = "trouble"
        self._draw()

    # Doing

    def do(self, act: Act) -> None:
        """Do it with the chosen line; giving back is asked about first."""
        line = self._line()
        if line is None or act not in self._acts() or self.working:
            return
        if act is Act.RETURN:
            self._confirm(line)
        elif act is Act.EXPORT:
            self._export(line)
        else:
            self._retry(line)

    def _retry(self, line: Line) -> None:
        key, kind, public = line.key, line.item, line.public
        if public:
            self._begin(False, Act.RETRY, line, lambda store: store.retry_events(public))
        elif line.parked:
            self._begin(True, Act.RETRY, line, lambda store: store.outbox.retry(key))
        elif kind is not None:
            self._begin(True, Act.RETRY, line, lambda store: store.outbox.retry_waiting(kind))

    def _confirm(self, line: Line) -> None:
        words = App.get_running_app().words
        copied = _subject(line) in self._exported
        told = words["owed.has_copy" if copied else "owed.has_no_copy"]
        dialog = Dialog(
            title=words["owed.return_title"],
            text=f"{words['owed.return_text']}\n{told}",
            yes_text=words["owed.return"],
            no_text=words["owed.keep"],
            grave=True,
        )
        dialog.bind(
            on_yes=lambda _dialog: self._give_back(line),
            on_no=lambda dialog: dialog.dismiss(animation=False),
            on_dismiss=lambda _dialog: setattr(self, "_dialog", None),
        )
        self._dialog = dialog
        dialog.open(animation=False)

    def _give_back(self, line: Line) -> None:
        if self._dialog is not None:
            self._dialog.dismiss(animation=False)
        self._begin(True, Act.RETURN, line, lambda store: store.outbox.give_back(line.key))

    def _export(self, line: Line) -> None:
        app = App.get_running_app()
        now, terminal = app.clock_moment(), app.terminal_name
        name = f"outbox-{now.astimezone(SHANGHAI):%Y%m%d-%H%M%S}-{line.mark}"
        out = exports_folder(app.settings) / name

        def question(store: PrivateStore) -> str | bool:
            try:
                missing = store.outbox.take_out(line.key, out, terminal=terminal, now=now)
            except NotTakenOut:
                return "not_exported"
            if missing is None:
                return False
            return "exported_without" if missing else "exported"

        told = {"folder": out, "parent": out.parent, "terminal": terminal}
        self._begin(True, Act.EXPORT, line, question, **told)

    def _begin(
        self,
        private: bool,
        act: Act,
        line: Line,
        question: Callable[[Any], str | bool],
        **told: object,
    ) -> None:
        """Have it done by the store it is in; then note it, say so, and look again."""
        app = App.get_running_app()
        account, visit = app.visit.session.staff, app.visit.session.number
        if account is None:
            return
        self.working, self._done = True, None

        def done(result: str | bool) -> None:
            said = result if isinstance(result, str) else (f"done_{act}" if result else "gone")
            now, proven = app.clock_moment(), app.proven() is not None
            noted = acts.act_facts(account, DONE[act], _subject(line), said, proven=proven)
            app.file_jobs.ask(
                f"note {act} {line.key}",
                lambda store: store.record(TERMINAL_RECORD, now, Record.TECHNICIAN, noted),
                lambda _entry: None,
                lambda: None,
            )
            if app.visit.session.is_now(visit):
                self._tell(said, told, good=said.startswith(("done", "exported")))
                self._ask()

        jobs = app.visit.private if private else app.file_jobs
        jobs.ask("staff outbox act", question, done, self._not_done)
        self._draw()

    def _not_done(self) -> None:
        self._tell("store_trouble", {}, good=False)

    def _tell(self, said: str, values: dict[str, object], *, good: bool) -> None:
        self.working, self._done = False, (said, values, good)
        self.ids.pane.scroll_y = 1.0
        self._draw()

    # Drawing

    def _line(self) -> Line | None:
        lines = () if self._owed is None else self._owed.lines
        return next((line for line in lines if line.key == self._key), None)

    def _acts(self) -> frozenset[Act]:
        line, account = self._line(), App.get_running_app().visit.session.staff
        return frozenset() if line is None or account is None else acts_of(line, account)

    def _draw(self) -> None:
        app = App.get_running_app()
        words, found, width = app.words, self._owed, self.ids.results.width
        lines = () if found is None else found.lines
        self.alarm = words["owed.stopped"] if found is not None and found.stopped else ""
        self.nothing = ["", ""]
        self.summary = self._summary(lines)
        if self._state == "trouble":
            self.nothing = [words["owed.store_trouble"], words["owed.store_trouble_text"]]
        elif found is not None and not lines:
            self.nothing = [words["owed.nothing"], self._where()]
        self._draw_chosen()
        if width >= 10 * app.theme.body:
            now = app.clock_moment()
            shown = () if self._state == "trouble" else lines
            stopped = found is not None and found.stopped
            self.ids.results.show(
                [
                    _row(line, width, now, chosen=line.key == self._key, stopped=stopped)
                    for line in shown
                ]
            )
            if self._cursor.at >= 0:
                self._cursor.mark(self.ids.results)

    def _summary(self, lines: tuple[Line, ...]) -> str:
        words, found = App.get_running_app().words, self._owed
        if self._state == "waiting":
            return words["owed.looking"]
        if found is None or self._state == "trouble":
            return ""
        if any(line.parked for line in lines):
            return words["owed.some_parked"]
        if found.away:
            return words["owed.away"]
        return words["owed.on_the_way" if lines else "owed.all_sent"]

    def _where(self) -> str:
        """Without an encrypted store of its own, a PC knows nothing of visitors' submissions."""
        found = self._owed
        personal = found is not None and found.personal
        return "" if personal else App.get_running_app().words["owed.not_here"]

    def _draw_chosen(self) -> None:
        app = App.get_running_app()
        words, line, can = app.words, self._line(), self._acts()
        self.can_retry, self.can_return = Act.RETRY in can, Act.RETURN in can
        self.can_export = Act.EXPORT in can
        self.chosen_problem = self.chosen_advice = ""
        if line is None:
            lines = () if self._owed is None else self._owed.lines
            self.chosen_title = ""
            self.chosen_text = words["owed.choose"] if lines else ""
        else:
            self.chosen_title = title(line, words)
            if line.problem:
                self.chosen_problem = words[f"owed.problem_{line.problem}"]
                self.chosen_advice = advice(line, words)
            parked = line.parked and not line.public
            self.chosen_text = words["owed.hint_parked" if parked else "owed.hint_waiting"]
        if self._done is None:
            self.done_text = words["owed.working"] if self.working else ""
            self.done_tone, self.done_name = "muted", ""
        else:
            said, values, good = self._done
            self.done_text = words[f"owed.{said}"].format(**values)
            folder = values.get("folder")
            named = said.startswith("exported") and isinstance(folder, Path)
            self.done_name = folder.name if named else ""
            self.done_tone = "good" if good else "bad"


def _subject(line: Line) -> str:
    """As the record names it."""
    return f"{line.kind} {line.mark}".strip()


def _is_export(facts: Mapping[str, Any]) -> bool:
    done = str(facts.get("result")).startswith("exported")
    return facts.get("act") == acts.EXPORTED and done


def _row(line: Line, width: float, now: datetime, *, chosen: bool, stopped: bool) -> dict[str, Any]:
    app = App.get_running_app()
    theme, words = app.theme, app.words
    small, state = measure(theme.small), words[f"owed.state_{line.state}"]
    badge = measure(theme.least, bold=True).text(state) + 2 * theme.pad
    room = width - 2 * theme.gap - theme.icon - 2 * theme.pad - badge
    names = _broken(title(line, words), room, measure(theme.body, bold=True))
    told = _broken("　".join(facts(line, words, now, stopped=stopped)), room, small)
    height = len(names) * theme.body * STEP + len(told) * theme.small * STEP
    return {
        "key": line.key,
        "icon": (Sign.WARNING if line.parked else Sign.UPLOAD).value,
        "title": "\n".join(names),
        "text": "\n".join(told),
        "state_text": state,
        "tone": TONES.get(line.state, "muted"),
        "chosen": chosen,
        "reached": False,
        "size": (width, max(round(height + 2 * theme.pad), theme.row)),
    }


def _broken(text: str, width: float, advance: Any) -> list[str]:
    return [text[start:end].strip() for start, end in break_lines(text, width - 2, advance)]


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
