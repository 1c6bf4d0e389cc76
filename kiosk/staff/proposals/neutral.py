"""The screen with which one person puts the neutral page on a board at once, and ends it."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, StringProperty
from kivy.uix.screenmanager import Screen

from display.decisions import Decision
from display.standing import Judged
from kiosk.staff import wording
from kiosk.staff.confirming import Confirming, decide
from kiosk.staff.naming import board_called
from kiosk.staff.proposals.model import Seen
from kiosk.staff.proposals.neutral_model import Held, held_of
from kiosk.staff.proposals.pane import ProposalLine
from kiosk.staff.proposals.reading import boards_of, read_seen
from kiosk.staff.proposing import Deciding
from kiosk.store.terminal import TerminalStore
from kiosk.widgets import choices, footer, passage  # noqa: F401  registers their rules
from kiosk.widgets.controls import PressButton
from kiosk.widgets.reach import Reach, Reached

ENTER = {13, 271}
STEPS = {274: 1, 273: -1}
SIDES = {276: -1, 275: 1}
LOOK_S = 1.0
"""Between two looks at whether anything was decided, here or elsewhere."""


class NeutralAct(Reached, PressButton):
    """One of the two: the neutral page at once, or the edition again; hidden where it is neither.

    The main one is filled.
    """

    main = BooleanProperty(True)
    offered = BooleanProperty(True)


class NeutralShow(NeutralAct):
    """The neutral page, at once."""


class NeutralEnd(NeutralAct):
    """Go on with the edition."""


class NeutralScreen(Screen):
    """How a board stands, a reason, and two buttons."""

    in_trouble = BooleanProperty(False)
    board_text = StringProperty("")
    many_boards = BooleanProperty(False)
    """Whether a tap on the board's name leads to the next one."""
    title_text = StringProperty("")
    held = BooleanProperty(False)
    may_start = BooleanProperty(False)
    may_end = BooleanProperty(False)
    again = BooleanProperty(False)
    """Whether what was asked for has not reached the centre, and may be asked for once more."""
    denied = StringProperty("")
    said = StringProperty("")
    """What became of the last word given here."""
    said_tone = StringProperty("muted")
    deciding = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        self._confirming, self._reach = Confirming(), Reach()
        self._ending: frozenset[str] | None = None
        self._board = ""
        self._boards: tuple[str, ...] = ()
        self._seen: Seen | None = None
        self._outcome: tuple[str, str] = ("", "muted")
        self._version = -1
        self._proven: bool | None = None
        super().__init__(name="neutral", **kwargs)
        app = App.get_running_app()
        draw = self._redraw = Clock.create_trigger(lambda _dt: self._draw(), -1)
        app.bind(words=draw)
        self._looking = Clock.create_trigger(lambda _dt: self._look(), LOOK_S, interval=True)

    def open(self) -> None:
        """The first board, without a reason."""
        self.forget()
        self._ask()

    def on_pre_enter(self, *_: object) -> None:
        self._looking()

    def on_pre_leave(self, *_: object) -> None:
        self._looking.cancel()
        self._confirming.close()

    def refresh(self, _at: datetime) -> None:
        """It may have been decided elsewhere; the account may have been taken away."""
        App.get_running_app().look_at_account()
        self._ask()

    def scroll(self, pages: float) -> None:
        """Page keys."""
        self.ids.page.scroll_by(pages)

    def takes(self, key: int) -> bool:
        """Up and down over reasons and buttons, sideways over the reasons, Enter."""
        if self._confirming.takes(key):
            return True
        if key in STEPS:
            self._reach.move(self._stops(), STEPS[key])
        elif key in SIDES and self._reach.at is not None:
            self._reach.at.turn(SIDES[key])
        elif key in ENTER and self._reach.at in (self.ids.end, self.ids.show, self.ids.show_all):
            if not self._reach.at.disabled:
                self._reach.at.dispatch("on_release")
        else:
            return False
        return True

    def forget(self) -> None:
        """Nothing of what was looked at stays; what was decided is kept."""
        App.get_running_app().jobs.forget("neutral", "neutral version")
        self._confirming.close()
        self._reach.leave()
        self._board, self._boards, self._seen = "", (), None
        self._outcome, self._version = ("", "muted"), -1
        self.deciding = self.in_trouble = False
        self.ids.why.chosen = ""
        self._draw()

    # Reading

    def next_board(self) -> None:
        """The next board of those that are known."""
        if len(self._boards) < 2:
            return
        at = self._boards.index(self._board) if self._board in self._boards else -1
        self._board = self._boards[(at + 1) % len(self._boards)]
        App.get_running_app().choose_board(self._board)
        self._seen, self._outcome = None, ("", "muted")
        self._confirming.close()
        self._ask()

    def _look(self) -> None:
        app = App.get_running_app()
        if self.get_root_window() is None:
            self._looking.cancel()
            return
        if (app.proven() is not None) is not self._proven:
            self._redraw()
        app.jobs.ask(
            "neutral version", lambda store: store.decisions_version(), self._looked, lambda: None
        )

    def _looked(self, version: int) -> None:
        if version != self._version:
            self._ask()

    def _ask(self) -> None:
        app = App.get_running_app()
        settings, wanted = app.settings, self._board or app.chosen_board
        at = app.proven() or app.clock_moment()

        def question(store: TerminalStore) -> tuple[int, tuple[str, ...], Seen | None]:
            version, boards = store.decisions_version(), boards_of(store, settings)
            board = wanted if wanted in boards else next(iter(boards), "")
            if not board:
                return version, boards, None
            return version, boards, read_seen(store, settings, board, "", at, proven=False)

        app.jobs.ask("neutral", question, self._show, self._fail)

    def _show(self, found: tuple[int, tuple[str, ...], Seen | None]) -> None:
        self._version, self._boards, self._seen = found
        self.in_trouble = False
        if self._seen is not None:
            self._board = self._seen.board
        if self._confirming.asks and self._ending not in (None, self._held_words()):
            self._confirming.close()
            words = App.get_running_app().words
            self._outcome = words["proposals.changed_meanwhile"], "attention"
        self._draw()

    def _fail(self) -> None:
        self.in_trouble = True
        self._draw()

    # Deciding

    def choose_reason(self, name: str) -> None:
        """Why it is wanted."""
        self.ids.why.chosen = name
        self._outcome = "", "muted"
        self._draw()

    def ask_to_show(self, *, all_boards: bool = False) -> None:
        """The neutral page, after a question; on this board, or on all that are known."""
        words, reason = App.get_running_app().words, self.ids.why.chosen
        boards = self._boards if all_boards else (self._board,)
        self._ending = None
        if not reason:
            self._tell(words["neutral.choose_first"], "attention")
            return
        self._confirming.ask(
            words["neutral.show_title"],
            words["neutral.show_question"].format(
                board=words["staff.between"].join(self._called(board) for board in boards),
                reason=words[f"reason.{reason}"],
            ),
            words["neutral.show_yes"],
            words["proposals.not_now"],
            lambda: self._decide(
                lambda who, now: _show_on(who, boards, wording.reason_to_record(reason), now),
                "done_show",
            ),
        )

    def ask_to_end(self) -> None:
        """The edition again, after a question; nobody ends a word without having seen it."""
        words, board, ends = App.get_running_app().words, self._board, self._held_words()
        self._confirming.ask(
            words["neutral.end_title"],
            words["neutral.end_question"].format(board=self._called()),
            words["neutral.end"],
            words["proposals.not_now"],
            lambda: self._decide(lambda who, now: who.end_neutral(board, now, ends), "done_end"),
        )
        self._ending = ends

    def _held_words(self) -> frozenset[str]:
        """Ids of the words by which the page is held, as far as they are shown."""
        return (
            frozenset(one.id for one in self._seen.standing.neutral) if self._seen else frozenset()
        )

    def _called(self, board: str = "") -> str:
        """A board's name on screen; without one of the board that is shown."""
        app, name = App.get_running_app(), board or self._board
        return board_called(name, app.settings.boards, app.words) if name else ""

    def _decide(self, act: Callable[[Deciding, datetime], Decision], done: str) -> None:
        self.deciding = True
        self._tell(App.get_running_app().words["proposals.deciding"], "muted")
        decide(act, lambda found: self._decided(done, found), self._not_kept)

    def _decided(self, done: str, found: Decision | Judged | None) -> None:
        words = App.get_running_app().words
        self.deciding = False
        if found is None:
            self._outcome = words["proposals.no_time"], "attention"
        elif isinstance(found, Judged):
            why = wording.outcome(found, words)
            self._outcome = words["proposals.not_done"].format(why=why), "attention"
        else:
            self.ids.why.chosen = ""
            self._outcome = words[f"neutral.{done}"], "good"
        self._ask()

    def _not_kept(self) -> None:
        self.deciding = False
        self._tell(App.get_running_app().words["proposals.store_failed"], "attention")

    def _tell(self, said: str, tone: str) -> None:
        self._outcome = said, tone
        self._draw()

    def _stops(self) -> list[Any]:
        stops = [self.ids.why, self.ids.show_all, self.ids.show, self.ids.end]
        return [each for each in stops if not each.disabled]

    # Drawing

    def _draw(self) -> None:
        app, seen = App.get_running_app(), self._seen
        words, account = app.words, app.visit.session.staff
        self._proven = app.proven() is not None
        self.many_boards = len(self._boards) > 1
        self.board_text = self._called()
        self.said, self.said_tone = self._outcome
        self.ids.why.options = [(name, words[f"reason.{name}"]) for name in wording.NEUTRAL]
        found = None
        if seen is not None and account is not None:
            found = held_of(seen, account, words, proven=self._proven)
        self._draw_state(found)

    def _draw_state(self, found: Held | None) -> None:
        words, lines = App.get_running_app().words, self.ids.lines
        lines.clear_widgets()
        self.held = found is not None and found.held
        self.may_start = found is not None and found.may_start and not self.deciding
        self.may_end = found is not None and found.may_end and not self.deciding
        self.again = found is not None and found.held and found.may_start
        self.denied = "" if found is None else found.denied
        if self.in_trouble:
            self.title_text, self.denied = (
                words["proposals.trouble"],
                words["proposals.trouble_text"],
            )
        elif found is not None:
            self.title_text = found.title
        elif self._version < 0:
            self.title_text = words["proposals.waiting"]
        else:
            self.title_text, self.denied = (
                words["proposals.no_boards"],
                words["proposals.no_boards_text"],
            )
        for line in () if found is None else found.lines:
            lines.add_widget(ProposalLine(said=line.text, tone=line.tone))


def _show_on(who: Deciding, boards: tuple[str, ...], reason: str, now: datetime) -> Decision:
    """One word for each board; the last one of them."""
    *others, last = boards
    for board in others:
        who.neutral_now(board, reason, now)
    return who.neutral_now(last, reason, now)


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
