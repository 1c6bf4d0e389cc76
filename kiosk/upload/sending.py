"""Hands in, follows what was handed in, and keeps the visit open while something moves."""

from collections.abc import Callable
from typing import Any

from kivy.app import App
from kivy.clock import Clock

from kiosk.private.store import PrivateStore
from kiosk.private.transfer import Keepsake, State, Transfer
from kiosk.session import Busy, Hold
from kiosk.upload.chosen import manifest_of, ready
from kiosk.upload.model import HandingIn

LOOK_S = 0.25
"""Between two looks at a submission on its way."""
STILL_S = 60.0
"""Without a byte more for so long, silence counts as silence again."""


class Sending:
    """One submission of one visitor; everything of the store is asked in its worker."""

    def __init__(self, model: HandingIn, taken: Callable[[], None]) -> None:
        """`taken` is called once the files belong to a submission."""
        self._model, self._taken = model, taken
        self._hold: Hold | None = None
        self._moved: tuple[object, float] = (None, 0.0)
        self._forgotten = 0
        self.handing_over = False
        """Whether the encrypted store is being asked to keep it."""
        self.look = Clock.create_trigger(lambda _dt: self.ask(), LOOK_S)

    def hand_in(self) -> None:
        """Owe the files to the server."""
        app, model = App.get_running_app(), self._model
        visitor = app.visit.visitor
        if visitor is None or not model.can_hand_in or self.handing_over:
            return
        staged = [each.staged for each in ready(model.files) if each.staged is not None]
        manifest = manifest_of(visitor, app.terminal_name, model.project, staged)
        now = model.at
        self.handing_over, model.failed = True, False
        forgotten = self._forgotten

        def handed_in(submission: str) -> None:
            if forgotten == self._forgotten:
                self._handed_in(submission)

        def not_handed_in() -> None:
            if forgotten == self._forgotten:
                self._not_handed_in()

        app.visit.private.ask(
            "hand in",
            lambda store: store.hand_in(manifest, staged, now),
            handed_in,
            not_handed_in,
        )

    def pause_or_go_on(self) -> None:
        """The visitor's own pause."""
        transfer, submission = self._model.transfer, self._model.submission
        private = App.get_running_app().visit.private
        if transfer is None or private is None:
            return
        paused = transfer.paused
        private.ask(
            "pause",
            lambda store: store.resume(submission) if paused else store.pause(submission),
            lambda _done: self.ask(),
            lambda: None,
        )

    def ask(self) -> None:
        """Ask how the submission is."""
        app, submission = App.get_running_app(), self._model.submission
        visitor = app.visit.visitor
        if not submission or app.visit.private is None or visitor is None:
            return
        identity = visitor.identity

        def question(store: PrivateStore) -> Transfer | Keepsake | None:
            transfer = store.progress(submission)
            if transfer is not None:
                return transfer
            kept = store.keepsakes(identity)
            return next((each for each in kept if each.submission == submission), None)

        app.visit.private.ask("transfer", question, self._take, self._unheard)

    def keep_open(self) -> None:
        """Let the countdown stand still while something is examined or sent, or comes from a
        phone; called every second, and at each change."""
        app, model = App.get_running_app(), self._model
        arriving = () if app.sources is None else app.sources.arriving()
        moving = model.moving or arriving
        reason = Busy.EXAMINING if model.examining else Busy.UPLOADING if moving else None
        transfer = model.transfer
        mark = (
            [(each.ticket, each.stage, each.part) for each in model.files],
            None if transfer is None else (transfer.sent, transfer.state),
            arriving,
        )
        now = Clock.get_boottime()
        if mark != self._moved[0]:
            self._moved = mark, now
        if now - self._moved[1] > STILL_S:
            reason = None
        if self._hold is not None and self._hold.reason is not reason:
            self.let_go()
        if reason is not None and self._hold is None:
            self._hold = app.visit.session.keep_open(reason)

    def let_go(self) -> None:
        """Silence counts again."""
        if self._hold is not None:
            self._hold.release()
            self._hold = None

    def forget(self) -> None:
        """What was handed in, if only by the last tap, goes on; what is asked about it is void."""
        private = App.get_running_app().visit.private
        if private is not None:
            # Not "hand in": what is forgotten before its turn is not asked at all.
            private.forget("transfer")
        self._forgotten += 1
        self.look.cancel()
        self.let_go()
        self.handing_over = False

    def _handed_in(self, submission: str) -> None:
        self.handing_over = False
        self._taken()
        self._model.handed_in(submission, App.get_running_app().words)
        self.ask()

    def _not_handed_in(self) -> None:
        self.handing_over, self._model.failed = False, True

    def _take(self, told: Transfer | Keepsake | None) -> None:
        model = self._model
        if isinstance(told, Keepsake):
            # Handed in before the last start: its lines are gone, what became of it is kept.
            told = Transfer(told.submission, told.state, (), None)
        if told is None:
            self._unheard()
            return
        model.take_transfer(told)
        if told.state is State.DELIVERED:
            self.let_go()
            App.get_running_app().show_receipt(told.submission)
        elif not model.ended:
            self.look()

    def _unheard(self, *_: Any) -> None:
        self.let_go()
        self.look()
