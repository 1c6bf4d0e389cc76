"""The screen of proposals for boards: what is proposed, its difference, approval and refusal."""

from datetime import datetime
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.clock import Clock
from kivy.lang import Builder
from kivy.properties import BooleanProperty, ListProperty, StringProperty
from kivy.uix.screenmanager import Screen

from display.decisions import Decision, Proposed
from display.standing import Judged, Proposal, State
from kiosk.staff import wording
from kiosk.staff.confirming import ConfirmChanges, Confirming, decide
from kiosk.staff.naming import board_called
from kiosk.staff.proposals import model
from kiosk.staff.proposals import pane as proposals_pane  # noqa: F401  registers its rules
from kiosk.staff.proposals.acting import decision_of
from kiosk.staff.proposals.model import Act, Seen
from kiosk.staff.proposals.reading import boards_of, read_seen
from kiosk.staff.proposing import Deciding
from kiosk.store.terminal import TerminalStore
from kiosk.widgets import footer  # noqa: F401  registers its rules
from kiosk.widgets import rows as row_widgets  # noqa: F401  registers their rules
from kiosk.widgets.pressed_row import PressedRow
from kiosk.widgets.row_cursor import RowCursor

ENTER = {13, 271}
STEPS = {274: 1, 273: -1}
SIDES = {276: -1, 275: 1}
LOOK_S = 1.0
"""Between two looks at whether anything was decided, here or elsewhere."""


class ProposalRow(PressedRow):
    """One proposal."""

    stands_for = ("id",)
    id = StringProperty("")
    what = StringProperty("")
    under = StringProperty("")
    badge = StringProperty("")
    tone = StringProperty("muted")
    chosen = BooleanProperty(False)
    reached = BooleanProperty(False)

    def tapped(self) -> None:
        """Open it."""
        App.get_running_app().screen_named("proposals").choose(self.id)


class ProposalsScreen(Screen):
    """The proposals for a board on one side, the opened one on the other."""

    in_trouble = BooleanProperty(False)
    nothing = ListProperty(["", ""])
    board_text = StringProperty("")
    many_boards = BooleanProperty(False)
    """Whether a tap on the board's name leads to the next one."""
    deciding = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:
        self._confirming, self._cursor = Confirming(), RowCursor()
        self._board = self._opened = self._mine = ""
        self._boards: tuple[str, ...] = ()
        self._seen: Seen | None = None
        self._asked: tuple[Act, Proposal] | None = None
        self._outcome: tuple[str, str] = ("", "muted")
        self._version = -1
        self._proven: bool | None = None
        super().__init__(name="proposals", **kwargs)
        app = App.get_running_app()
        draw = self._redraw = Clock.create_trigger(lambda _dt: self._draw(), -1)
        app.theme.bind(unit=draw, large=draw)
        app.bind(words=draw, portrait=draw)
        self.ids.results.bind(width=draw)
        self._looking = Clock.create_trigger(lambda _dt: self._look(), LOOK_S, interval=True)

    def open(self) -> None:
        """What waits is opened, or the newest."""
        self.forget()
        self._ask()

    def on_pre_enter(self, *_: object) -> None:
        self._looking()

    def on_pre_leave(self, *_: object) -> None:
        self._looking.cancel()
        self._confirming.close()

    def refresh(self, _at: datetime) -> None:
        """Something may have been decided elsewhere; the account may have been taken away."""
        App.get_running_app().look_at_account()
        self._ask()

    def scroll(self, pages: float) -> None:
        """Page keys."""
        self.ids.pane.scroll_by(pages)

    def step_back(self) -> bool:
        """From the reasons back to the proposal."""
        if self.ids.pane.page == "detail":
            return False
        self.show_detail()
        return True

    def takes(self, key: int) -> bool:
        """Up and down over the proposals, sideways over the buttons, Enter."""
        pane = self.ids.pane
        if self._confirming.takes(key):
            return True
        if pane.page == "reasons" and key in STEPS:
            pane.step(STEPS[key])
        elif key in STEPS:
            pane.reach.leave()
            self._cursor.move(self.ids.results, STEPS[key])
        elif key in SIDES:
            pane.step(SIDES[key])
        elif key in ENTER and not pane.enter():
            row = self._cursor.row(self.ids.results)
            if row is not None:
                self.choose(row["id"])
        elif key not in ENTER:
            return False
        return True

    def typed(self, text: str) -> bool:
        """v shows the board as it would be."""
        if text == "v" and self.ids.pane.can_preview and not self._confirming.asks:
            self.preview()
        return True

    def preview(self) -> None:
        """The board as the opened proposal would have it."""
        App.get_running_app().open_staff("proposal_preview")

    def forget(self) -> None:
        """Nothing of what was looked at stays; what was decided is kept."""
        App.get_running_app().jobs.forget("proposals", "proposals version")
        self._confirming.close()
        self._cursor = RowCursor()
        self._board = self._opened = self._mine = ""
        self._boards, self._seen, self._asked = (), None, None
        self._outcome, self._version = ("", "muted"), -1
        self.deciding = self.in_trouble = False
        self.ids.pane.turn_to("detail")
        self.ids.results.to_top()
        self.ids.pane.to_top()
        self._draw()

    # Reading

    def next_board(self) -> None:
        """The next board of those that are known."""
        if len(self._boards) < 2:
            return
        at = self._boards.index(self._board) if self._board in self._boards else -1
        self._board = self._boards[(at + 1) % len(self._boards)]
        App.get_running_app().choose_board(self._board)
        self._opened, self._seen, self._cursor = "", None, RowCursor()
        self._confirming.close()
        self.ids.pane.turn_to("detail")
        self._ask()

    def choose(self, id: str) -> None:
        """Open a proposal."""
        if id != self._opened:
            self._opened = id
            self._confirming.close()
            self._outcome, self._mine = ("", "muted"), ""
            self.ids.pane.turn_to("detail")
            self.ids.pane.to_top()
            self._ask()

    def _look(self) -> None:
        app = App.get_running_app()
        if self.get_root_window() is None:
            self._looking.cancel()
            return
        if (app.proven() is not None) is not self._proven:
            self._redraw()
        app.jobs.ask(
            "proposals version",
            lambda store: store.decisions_version(),
            self._looked,
            lambda: None,
        )

    def _looked(self, version: int) -> None:
        if version != self._version:
            self._ask()

    def _ask(self) -> None:
        app = App.get_running_app()
        settings, wanted, opened = app.settings, self._board or app.chosen_board, self._opened
        proven = app.proven()
        at = proven or app.clock_moment()

        def question(store: TerminalStore) -> tuple[int, tuple[str, ...], Seen | None]:
            version, boards = store.decisions_version(), boards_of(store, settings)
            board = wanted if wanted in boards else next(iter(boards), "")
            if not board:
                return version, boards, None
            is_proven = proven is not None
            seen = read_seen(store, settings, board, opened, at, proven=is_proven)
            if model.proposal_of(seen, opened) is None and (first := model.opened_first(seen)):
                seen = read_seen(store, settings, board, first, at, proven=is_proven)
            return version, boards, seen

        app.jobs.ask("proposals", question, self._show, self._fail)

    def _show(self, found: tuple[int, tuple[str, ...], Seen | None]) -> None:
        self._version, self._boards, self._seen = found
        self.in_trouble = False
        seen = self._seen
        if seen is not None:
            self._board, self._opened = seen.board, seen.opened
            self._tell_if_void(seen)
            self._tell_if_changed(seen)
        self._draw()

    def _fail(self) -> None:
        self.in_trouble = True
        self._draw()

    def _tell_if_void(self, seen: Seen) -> None:
        """What was decided here may have lost its effect by what came from elsewhere."""
        if not self._mine:
            return
        words = App.get_running_app().words
        why = model.still_counts(self._mine, seen, words)
        if why:
            self._outcome = words["proposals.no_longer"].format(why=why), "attention"

    def _tell_if_changed(self, seen: Seen) -> None:
        """Nobody confirms what is not so any more."""
        if self._asked is None or not (self._confirming.asks or self.ids.pane.page == "reasons"):
            return
        _, asked = self._asked
        now = model.proposal_of(seen, asked.proposed.id)
        if now is None or (now.state, now.approved) != (asked.state, asked.approved):
            self._confirming.close()
            self._asked = None
            self.ids.pane.turn_to("detail")
            words = App.get_running_app().words
            self._outcome = words["proposals.changed_meanwhile"], "attention"

    # Deciding

    def act(self, act: Act) -> None:
        """Somebody wants to do this about the opened proposal."""
        proposal = self._proposal()
        if proposal is None or self.deciding:
            return
        self._asked = act, proposal
        self._outcome, self._mine = ("", "muted"), ""
        if act is Act.REFUSE:
            self.ids.pane.turn_to("reasons")
            self._draw()
        else:
            self._confirm()

    def give_reason(self, name: str) -> None:
        """Why it is refused."""
        self._confirm(name)

    def show_detail(self) -> None:
        """Not refused after all."""
        self._asked = None
        self.ids.pane.turn_to("detail")
        self._draw()

    def _confirm(self, reason: str = "") -> None:
        app, seen = App.get_running_app(), self._seen
        words, proven = app.words, app.proven()
        if self._asked is None or seen is None:
            return
        act, proposal = self._asked
        if proven is None:
            self._asked = None
            self.ids.pane.turn_to("detail")
            self._tell(words["proposals.no_time"], "attention")
            return
        text = model.question(act, proposal, seen, proven, words)
        if reason:
            told = words["proposals.reason"].format(reason=words[f"reason.{reason}"])
            text = f"{told}\n{text}"
        title, cautions = words[f"proposals.{model.ASKED[act]}"], model.beware(act, seen, words)
        yes, no = words[f"proposals.{act}"], words["proposals.not_now"]

        def then() -> None:
            self._decide(act, proposal, reason)

        if cautions:
            dialog = ConfirmChanges(
                title=title, cautions=cautions, said=text, yes_text=yes, no_text=no
            )
            self._confirming.put(dialog, then)
        else:
            self._confirming.ask(title, text, yes, no, then)
        self._draw()

    def _decide(self, act: Act, proposal: Proposal, reason: str) -> None:
        def made(who: Deciding, now: datetime) -> Decision:
            return decision_of(act, who, proposal, reason, now)

        self._asked, self.deciding = None, True
        self.ids.pane.turn_to("detail")
        self._tell(App.get_running_app().words["proposals.deciding"], "muted")
        decide(made, lambda found: self._decided(act, found), self._not_kept)

    def _decided(self, act: Act, found: Decision | Judged | None) -> None:
        words = App.get_running_app().words
        self.deciding = False
        if found is None:
            self._outcome = words["proposals.no_time"], "attention"
        elif isinstance(found, Judged):
            why = wording.outcome(found, words)
            self._outcome = words["proposals.not_done"].format(why=why), "attention"
        else:
            self._mine = found.id
            self._outcome = words[f"proposals.{model.DONE[act]}"], "good"
        self._ask()

    def _not_kept(self) -> None:
        self.deciding = False
        self._tell(App.get_running_app().words["proposals.store_failed"], "attention")

    def _tell(self, said: str, tone: str) -> None:
        self._outcome = said, tone
        self._draw()

    @property
    def opened(self) -> Proposed | None:
        """What the opened proposal says."""
        proposal = self._proposal()
        return None if proposal is None else proposal.proposed

    def _proposal(self) -> Proposal | None:
        return None if self._seen is None else model.proposal_of(self._seen, self._opened)

    # Drawing

    def _draw(self) -> None:
        app, seen, pane = App.get_running_app(), self._seen, self.ids.pane
        words, proven, account = app.words, app.proven(), app.visit.session.staff
        self._proven = proven is not None
        pane.said, pane.said_tone = self._outcome
        pane.busy = self.deciding
        self.many_boards = len(self._boards) > 1
        self.board_text = (
            board_called(self._board, app.settings.boards, words) if self._board else ""
        )
        listed = [] if seen is None else model.rows(seen, words)
        self._tell_nothing(bool(listed))
        self._draw_rows(listed)
        proposal = self._proposal()
        found = None
        if seen is not None and proposal is not None and account is not None:
            found = model.detail(seen, proposal, account, proven, words)
        pane.can_preview = (
            found is not None
            and proposal is not None
            and proposal.state in (State.WAITING, State.APPROVED)
            and any(board.name == self._board for board in app.settings.boards)
        )
        pane.show(found)

    def _tell_nothing(self, listed: bool) -> None:
        words = App.get_running_app().words
        if self.in_trouble:
            self.nothing = [words["proposals.trouble"], words["proposals.trouble_text"]]
        elif listed:
            self.nothing = ["", ""]
        elif self._version < 0:
            self.nothing = [words["proposals.waiting"], ""]
        elif not self._board:
            self.nothing = [words["proposals.no_boards"], words["proposals.no_boards_text"]]
        else:
            self.nothing = [words["proposals.nothing"], words["proposals.nothing_text"]]

    def _draw_rows(self, listed: list[model.Row]) -> None:
        app = App.get_running_app()
        words, theme, width = app.words, app.theme, self.ids.results.width

        def under(row: model.Row) -> str:
            said = words["proposals.by_at"].format(by=row.by, at=model.short(row.at))
            return f"{said}　{words['proposals.unconfirmed']}" if row.unconfirmed else said

        self.ids.results.show(
            []
            if self.in_trouble
            else [
                {
                    "id": row.id,
                    "what": row.what,
                    "under": under(row),
                    "badge": row.state,
                    "tone": row.tone,
                    "chosen": row.id == self._opened,
                    "reached": False,
                    "size": (width, theme.row),
                }
                for row in listed
            ]
        )
        if self._cursor.at >= 0:
            self._cursor.mark(self.ids.results)


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
