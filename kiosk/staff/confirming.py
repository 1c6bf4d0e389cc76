"""A question before something is done, by tap or by key, and the doing off the UI thread."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from kivy.app import App
from kivy.lang import Builder
from kivy.properties import StringProperty
from kivy.uix.modalview import ModalView

from display.standing import Judged
from kiosk.staff.accounts import TimeNotProven
from kiosk.staff.proposing import Deciding, WithoutEffect
from kiosk.store.terminal import TerminalStore
from kiosk.widgets import passage, scrolled  # noqa: F401  registers their rules
from kiosk.widgets.controls import Dialog

ENTER, ESCAPE = {13, 271}, 27
PAGES = {281: 0.9, 280: -0.9, 274: 0.3, 273: -0.3}
JOB = "decide"
Answer = TypeVar("Answer")


class ConfirmChanges(ModalView):
    """What to beware of, what would change, line by line, and two buttons."""

    __events__ = ("on_yes", "on_no")
    title = StringProperty("")
    cautions = StringProperty("")
    said = StringProperty("")
    note = StringProperty("")
    yes_text = StringProperty("")
    no_text = StringProperty("")

    def on_yes(self) -> None:
        """It is to be done."""

    def on_no(self) -> None:
        """It is not."""


class Confirming:
    """One question at a time; Enter is yes, Escape is no."""

    def __init__(self) -> None:
        self._dialog: ModalView | None = None

    @property
    def asks(self) -> bool:
        """Whether a question waits for its answer."""
        return self._dialog is not None

    def ask(self, title: str, text: str, yes: str, no: str, then: Callable[[], None]) -> None:
        """`then` is called after yes."""
        self.put(Dialog(title=title, text=text, yes_text=yes, no_text=no), then)

    def put(self, dialog: ModalView, then: Callable[[], None]) -> None:
        """Another question than of one text; it has `on_yes` and `on_no`."""
        self.close()

        def answered(_dialog: Any) -> None:
            self.close()
            then()

        dialog.bind(
            on_yes=answered,
            on_no=lambda _dialog: self.close(),
            on_dismiss=self._closed,
        )
        self._dialog = dialog
        dialog.open(animation=False)

    def takes(self, key: int) -> bool:
        """While it asks, no key reaches what lies behind it; a long question is scrolled."""
        dialog = self._dialog
        if dialog is None:
            return False
        if key in ENTER:
            dialog.dispatch("on_yes")
        elif key == ESCAPE:
            self.close()
        elif key in PAGES and "place" in dialog.ids:
            dialog.ids.place.scroll_by(PAGES[key])
        return True

    def close(self) -> None:
        """Take the question away, unanswered."""
        dialog, self._dialog = self._dialog, None
        if dialog is not None:
            dialog.dismiss(animation=False)

    def _closed(self, dialog: ModalView) -> None:
        if dialog is self._dialog:
            self._dialog = None


def decide(
    act: Callable[[Deciding, datetime], Answer],
    done: Callable[[Answer | Judged | None], None],
    failed: Callable[[], None],
    job: str = JOB,
) -> None:
    """Let whoever is signed in decide, in the store's worker, by proven time.

    What was confirmed is decided, also where nobody waits for the answer any more. `done` is told
    the decision, why it would not count, or None where no time is proven or nobody is signed in by
    now; `failed`, that the store cannot keep it. `job` tells one screen's decisions from others'.
    """
    app = App.get_running_app()
    session, settings, proven = app.visit.session, app.settings, app.proven()
    account, key = session.staff, session.staff_key
    if account is None or key is None or proven is None:
        done(None)
        return

    def question(store: TerminalStore) -> Answer | Judged | None:
        try:
            return act(Deciding.at_terminal(store, settings, account, key), proven)
        except WithoutEffect as problem:
            return problem.judged
        except TimeNotProven:
            return None

    app.jobs.ask(job, question, done, failed, lasting=True)


Builder.load_file(str(Path(__file__).with_suffix(".kv")), encoding="utf-8")
