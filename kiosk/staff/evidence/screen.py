"""The screen of what boards showed, and its proof."""

import threading
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.core.image import Image as CoreImage
from kivy.lang import Builder
from kivy.properties import (
    BooleanProperty,
    ListProperty,
    NumericProperty,
    ObjectProperty,
    StringProperty,
)
from kivy.uix.screenmanager import Screen

from display.evidence import TERMINAL_RECORD, NotAnEntry
from display.local_time import SHANGHAI
from kiosk.staff import keypad  # noqa: F401  registers the pad's rules
from kiosk.staff.accounts import Action, may
from kiosk.staff.acts import SHOWN_DIGITS
from kiosk.staff.evidence import journal
from kiosk.staff.evidence import model as evidence_model
from kiosk.staff.evidence.chain import Chain, Stopped, check_chain
from kiosk.staff.evidence.exporting import Taken, take_out
from kiosk.staff.evidence.model import Day, lines_of, read_day, typed_moment, typed_text
from kiosk.staff.evidence.shown import Shown, shown_at
from kiosk.staff.naming import board_called
from kiosk.store.terminal import TerminalStore
from kiosk.widgets import footer, passage, scrolled  # noqa: F401  registers their rules
from kiosk.widgets import rows as row_widgets  # noqa: F401  registers their rules
from kiosk.widgets.lines import break_lines
from kiosk.widgets.measure import measure
from kiosk.widgets.pressed_row import PressedRow
from kiosk.widgets.row_cursor import RowCursor

ENTER, BACKSPACE, ESCAPE = {13, 271}, 8, 27
STEPS = {274: 1, 273: -1}
SIDES = {276: "before", 275: "after"}


class JournalRow(PressedRow):
    """One entry of the record."""

    stands_for = ("number",)
    number = NumericProperty(0)
    time = StringProperty("")
    event = StringProperty("")
    by = StringProperty("")
    result = StringProperty("")
    tone = StringProperty("muted")
    time_width = NumericProperty(0)
    result_width = NumericProperty(0)
    """Of these columns, the same in every row."""
    reached = BooleanProperty(False)

    def tapped(self) -> None:
        """What the board showed then."""
        App.get_running_app().screen_named("evidence").choose(int(self.number))


class EvidenceScreen(Screen):
    """The record of a day, the board at a moment, the chain's check, the export."""

    in_trouble = BooleanProperty(False)
    day_text = StringProperty("")
    board_text = StringProperty("")
    many_boards = BooleanProperty(False)
    """Whether a tap on the board's name leads to the next one."""
    everything = BooleanProperty(False)
    has_before = BooleanProperty(False)
    has_after = BooleanProperty(False)
    nothing = ListProperty(["", ""])
    moment_text = StringProperty("")
    said = StringProperty("")
    """What is told of the moment."""
    leds = ObjectProperty(None, allownone=True)
    """Texture of the board at the moment."""
    typing = BooleanProperty(False)
    typed_text = StringProperty("")
    chain_text = StringProperty("")
    chain_tone = StringProperty("muted")
    can_export = BooleanProperty(False)
    working = BooleanProperty(False)
    """Whether a check or an export is under way."""
    export_text = StringProperty("")
    export_tone = StringProperty("muted")
    export_name = StringProperty("")
    """Of the folder into which it went."""
    time_width = NumericProperty(0)
    result_width = NumericProperty(0)
    """Of these columns."""

    def __init__(self, **kwargs: Any) -> None:
        self._day: Day | None = None
        self._shown: Shown | None = None
        self._wanted = ""
        self._digits = ""
        self._moment: datetime | None = None
        self._chain: Chain | None = None
        self._seen = 0
        self._checking = self._exporting = False
        self._taken: Taken | None = None
        self._stop = threading.Event()
        self._cursor = RowCursor()
        super().__init__(name="evidence", **kwargs)
        app = App.get_running_app()
        draw = self._redraw = Clock.create_trigger(lambda _dt: self._draw(), -1)
        app.theme.bind(unit=draw, large=draw)
        app.bind(words=draw, portrait=draw)
        self.ids.results.bind(width=draw)
        self.ids.told.bind(width=draw)

    def open(self) -> None:
        """The newest day of the board that was looked at last, or of the first one."""
        self.forget()
        self._wanted = App.get_running_app().chosen_board
        account = App.get_running_app().visit.session.staff
        self.can_export = account is not None and may(account, Action.EXPORT_EVIDENCE)
        self._ask_day(None)

    def refresh(self, _at: datetime) -> None:
        """Once a minute; the account may have been taken away."""
        App.get_running_app().look_at_account()
        self._ask_day(None if self._day is None else self._day.day)

    def scroll(self, pages: float) -> None:
        """Page keys."""
        self.ids.results.scroll_by(pages)

    def step_back(self) -> bool:
        """From typing a time, back to the picture."""
        if not self.typing:
            return False
        self.end_typing()
        return True

    def takes(self, key: int) -> bool:
        """Arrow keys over rows and days, Enter, and what is typed into the time."""
        if self.typing:
            if key in ENTER:
                self.look()
            elif key == BACKSPACE:
                self.delete()
            return key in ENTER or key == BACKSPACE
        if key in STEPS:
            self._cursor.move(self.ids.results, STEPS[key])
        elif key in SIDES:
            self.step_day(SIDES[key])
        elif key in ENTER:
            row = self._cursor.row(self.ids.results)
            if row is not None:
                self.choose(row["number"])
        else:
            return False
        return True

    def typed(self, text: str) -> bool:
        """Digits are a time; c checks, e exports, a shows everything."""
        for character in text:
            if character in "0123456789":
                self.type(character)
            elif character == "c" and not self.typing:
                self.check()
            elif character == "e" and not self.typing:
                self.export()
            elif character == "a" and not self.typing:
                self.show_everything(not self.everything)
        return True

    def forget(self) -> None:
        """Nothing of what was looked at stays; a check that runs is given up."""
        app = App.get_running_app()
        app.jobs.forget("evidence day", "evidence shown")
        app.file_jobs.forget("evidence chain", "evidence export")
        self._stop.set()
        self._stop = threading.Event()
        self._day = self._shown = self._moment = self._chain = self._taken = None
        self._wanted = self._digits = ""
        self._checking = self._exporting = False
        self._cursor = RowCursor()
        self.everything = self.typing = self.in_trouble = self.can_export = False
        self.ids.results.to_top()
        self._draw()

    # The day's record

    def step_day(self, side: str) -> None:
        """The day before or after on which something was recorded."""
        day = None if self._day is None else getattr(self._day, side)
        if day is not None:
            self._cursor = RowCursor()
            self.ids.results.to_top()
            self._ask_day(day)

    def next_board(self) -> None:
        """The next board of those that have a record."""
        if self._day is None or len(self._day.boards) < 2:
            return
        boards = self._day.boards
        self._wanted = boards[(boards.index(self._day.board) + 1) % len(boards)]
        if self._wanted != TERMINAL_RECORD:
            App.get_running_app().choose_board(self._wanted)
        self._moment = self._shown = self._chain = self._taken = None
        self._ask_day(None)

    def show_everything(self, everything: bool) -> None:
        """With every page that was shown, or without."""
        self.everything = everything
        self._cursor = RowCursor()
        self.ids.results.to_top()
        self._draw()

    def choose(self, number: int) -> None:
        """What the board showed when this was noted."""
        found = () if self._day is None else self._day.entries
        entry = next((each for each in found if each.number == number), None)
        if entry is not None:
            self._look_at(entry.at)

    def _ask_day(self, day: date | None) -> None:
        app, board = App.get_running_app(), self._wanted

        def question(store: TerminalStore) -> Day | None:
            try:
                return read_day(store, board, day)
            except NotAnEntry:
                return None

        app.jobs.ask("evidence day", question, self._show_day, self._fail)

    def _show_day(self, found: Day | None) -> None:
        self.in_trouble = found is None
        self._day = found
        if found is not None:
            self._wanted = found.board
            if found.entries and self._moment is None:
                self._look_at(found.entries[-1].at)
        self._draw()

    def _fail(self) -> None:
        self.in_trouble = True
        self._draw()

    # A moment

    def type(self, digit: str) -> None:
        """One more digit of the time."""
        if self._day is None or self._day.day is None:
            return
        if not self.typing:
            self.begin_typing()
        if len(self._digits) < evidence_model.DIGITS:
            self._digits += digit
        self._draw()

    def begin_typing(self) -> None:
        """The pad takes the picture's place."""
        if self._day is not None and self._day.day is not None:
            self._digits, self.typing = "", True
            self._draw()

    def delete(self) -> None:
        """The last digit."""
        self._digits = self._digits[:-1]
        self._draw()

    def clear(self) -> None:
        """All digits."""
        self._digits = ""
        self._draw()

    def end_typing(self) -> None:
        """The picture again."""
        self._digits, self.typing = "", False
        self._draw()

    def look(self) -> None:
        """What the board showed at the time that was typed."""
        day = None if self._day is None else self._day.day
        moment = None if day is None else typed_moment(day, self._digits)
        if moment is not None:
            self.end_typing()
            self._look_at(moment)

    def _look_at(self, moment: datetime) -> None:
        """Only the past: what comes is not released."""
        app = App.get_running_app()
        now, settings, board = app.moment(), app.settings, self._wanted
        own = board == TERMINAL_RECORD
        self._moment, self._shown = None if own else moment, None
        self._draw()
        if moment > now or own:
            return

        def question(store: TerminalStore) -> Shown | None:
            try:
                return shown_at(store, settings, board, moment, now)
            except NotAnEntry:
                return None

        app.jobs.ask("evidence shown", question, self._show_moment, self._fail)

    def _show_moment(self, found: Shown | None) -> None:
        self._shown = found
        self._draw()

    # Check and export

    def check(self) -> None:
        """Look at the whole chain, off the UI thread."""
        if self._day is None or self._day.day is None or self.working:
            return
        app, board, stop = App.get_running_app(), self._wanted, self._stop

        def tell(count: int) -> None:
            def hand_over() -> None:
                if not stop.is_set():
                    self._seen = count
                    self._draw()

            app.deliver(hand_over)

        def question(store: TerminalStore) -> Chain | None:
            try:
                return check_chain(store, board, tell, stop.is_set)
            except Stopped:
                return None

        self._checking, self._seen, self._chain = True, 0, None
        app.file_jobs.ask("evidence chain", question, self._checked, self._gave_up)
        self._draw()

    def _checked(self, found: Chain | None) -> None:
        self._chain, self._checking = found, False
        self._draw()

    def export(self) -> None:
        """The day that is shown, into a new folder."""
        day = None if self._day is None else self._day.day
        if day is None or not self.can_export or self.working:
            return
        app, board = App.get_running_app(), self._wanted
        settings, now, account = app.settings, app.moment(), app.visit.session.staff
        if account is None:
            return
        since, until = evidence_model.bounds(day)
        proven = app.proven() is not None
        self._exporting, self._taken = True, None
        app.file_jobs.ask(
            "evidence export",
            lambda store: take_out(
                store, settings, board, since, until, now, account=account, proven=proven
            ),
            self._exported,
            self._gave_up,
        )
        self._draw()

    def _exported(self, taken: Taken) -> None:
        self._taken, self._exporting = taken, False
        self._draw()

    def _gave_up(self) -> None:
        self._checking = self._exporting = False
        self._fail()

    # Drawing

    def _draw(self) -> None:
        self.working = self._checking or self._exporting
        self.typed_text = typed_text(self._digits)
        self._draw_day()
        self._draw_moment()
        self._draw_work()

    def _draw_day(self) -> None:
        app, found = App.get_running_app(), self._day
        words, theme, width = app.words, app.theme, self.ids.results.width
        day = None if found is None else found.day
        self.day_text = "" if day is None else f"{day:%Y-%m-%d}"
        self.board_text = (
            board_called(self._wanted, app.settings.boards, words) if self._wanted else ""
        )
        if self._wanted == TERMINAL_RECORD:
            self.board_text = words["journal.terminal"]
        self.many_boards = found is not None and len(found.boards) > 1
        self.has_before = found is not None and found.before is not None
        self.has_after = found is not None and found.after is not None
        listed = (
            []
            if found is None
            else journal.rows(
                found.entries, words, everything=self.everything, boards=app.settings.boards
            )
        )
        if self.in_trouble:
            self.nothing = [words["journal.trouble"], words["journal.trouble_text"]]
        elif found is None:
            self.nothing = [words["journal.waiting"], ""]
        elif day is None:
            self.nothing = [words["journal.no_record"], words["journal.no_record_text"]]
        elif not listed:
            self.nothing = [words["journal.nothing"], words["journal.nothing_text"]]
        else:
            self.nothing = ["", ""]
        high = theme.row if app.portrait else theme.chip
        badge = measure(theme.least, bold=True)
        self.result_width = 2 * theme.pad + max(
            (
                badge.text(text)
                for text in (*(row.result for row in listed), words["journal.result"])
            ),
            default=0,
        )
        self.time_width = measure(theme.small).text("00:00:00") + 2
        self.ids.results.show(
            [
                {
                    "number": row.number,
                    "time": f"{row.at.astimezone(SHANGHAI):%H:%M:%S}",
                    "event": row.event,
                    "by": row.by,
                    "result": row.result,
                    "tone": row.tone,
                    "time_width": self.time_width,
                    "result_width": self.result_width,
                    "reached": False,
                    "size": (width, high),
                }
                for row in listed
            ]
        )
        if self._cursor.at >= 0:
            self._cursor.mark(self.ids.results)

    def _draw_moment(self) -> None:
        app = App.get_running_app()
        words, theme, moment, shown = app.words, app.theme, self._moment, self._shown
        self.leds = None if shown is None or not shown.drawn else _texture(shown)
        self.moment_text = ""
        lines: list[str] = []
        if moment is not None:
            local = f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
            self.moment_text = words["journal.shown_at"].format(moment=local)
            if moment > app.moment():
                lines = [words["journal.not_yet"]]
            elif shown is not None:
                lines = lines_of(shown, words)
        room, small = self.ids.told.width, measure(theme.small)
        if room > 10 * theme.small:
            lines = [
                line[start:end].strip()
                for line in lines
                for start, end in break_lines(line, room - 2, small)
            ]
        self.said = "\n".join(lines)

    def _draw_work(self) -> None:
        words, chain, taken = App.get_running_app().words, self._chain, self._taken
        self.chain_tone = self.export_tone = "muted"
        self.export_name = ""
        if self._checking:
            self.chain_text = words["journal.checking"].format(count=self._seen)
        elif chain is None:
            self.chain_text = words["journal.unchecked"]
        elif chain.whole:
            self.chain_text = words["journal.chain_whole"].format(count=f"{chain.count:,}")
            self.chain_tone = "good"
        elif chain.broken is not None:
            self.chain_text = words["journal.chain_broken"].format(number=chain.broken)
            self.chain_tone = "bad"
        else:
            self.chain_text = words["journal.chain_flaws"].format(count=len(chain.flaws))
            self.chain_tone = "bad"
        if self._exporting:
            self.export_text = words["journal.exporting"]
        elif taken is None:
            self.export_text = ""
        else:
            self.export_text = words[f"journal.{taken.outcome}"].format(
                count=taken.count,
                folder=taken.folder,
                problem=taken.problem,
                parent=taken.folder.parent,
                terminal=App.get_running_app().terminal_name,
                sums=taken.sums[:SHOWN_DIGITS],
            )
            if taken.outcome == "exported":
                self.export_name = taken.folder.name
            self.export_tone = "good" if taken.outcome == "exported" else "bad"


def _texture(shown: Shown) -> Any:
    texture = CoreImage(BytesIO(shown.drawn), ext="png", nocache=True).texture
    texture.min_filter = texture.mag_filter = "linear"
    return texture


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
