"""Whether somebody is there: the countdown after a silence, and what is said over a screen."""

from typing import TYPE_CHECKING, Any

from kiosk.session import Busy, Hold, Session

if TYPE_CHECKING:
    from kiosk.app import KioskApp


class Presence:
    """Ends the visit of a visitor who has left; shows one dialog at a time."""

    def __init__(self, app: "KioskApp", session: Session) -> None:
        self._app, self._session = app, session
        self._dialog: Any = None
        self._counting = False
        self._printing: Hold | None = None

    @property
    def asks(self) -> bool:
        """Whether a dialog waits for an answer."""
        return self._dialog is not None

    def felt(self, *_: object) -> None:
        """Somebody touched the screen; while the countdown asks, only an answer to it counts."""
        if not self._counting:
            self._session.broken()

    def typed(self) -> None:
        """Somebody pressed a key."""
        self._session.broken()

    def watch(self) -> None:
        """Once a second: back to home after a silence and a countdown."""
        app = self._app
        self._wait_for_printer(app.printing is not None and app.printing.moving)
        left = self._session.seconds_left()
        if left is None:
            return
        if not app.in_use:
            app.rated = False
            return
        if left == 0:
            app.end_visit()
            return
        if not self._counting:
            self.say(
                title=app.words["shell.still_here"],
                text=_what_ends(app),
                yes_text=app.words["shell.stay"],
                no_text=app.words["shell.leave"],
            )
            self._counting = True
        self._dialog.number = str(left)

    def ask_to_leave(self, count: int) -> None:
        """Somebody wants to leave, and so many changes would be lost."""
        words = self._app.words
        self.say(
            title=words["staff.unsubmitted"].format(count=count),
            text=words["staff.unsubmitted_text"],
            yes_text=words["edition.go_on_editing"],
            no_text=words["staff.leave"],
        )

    def _wait_for_printer(self, moving: bool) -> None:
        held = Busy.PRINTING in self._session.busy
        if moving and not held:
            self._printing = self._session.keep_open(Busy.PRINTING)
        elif not moving and self._printing is not None:
            self._printing.release()
            self._printing = None

    def say(self, **texts: str) -> None:
        """Open a dialog in place of the one that is open."""
        from kiosk.widgets.controls import Dialog

        self.close()
        self._dialog = Dialog(**texts)
        self._dialog.bind(
            on_yes=lambda _dialog: self.stay(),
            on_no=lambda _dialog: self._app.end_visit(),
            on_dismiss=lambda dialog: self.stay() if dialog is self._dialog else None,
        )
        self._dialog.open(animation=False)

    def stay(self) -> None:
        """Somebody answered, or read what was said."""
        self._session.broken()
        self.close()

    def close(self) -> None:
        """Take the dialog away."""
        dialog, self._dialog, self._counting = self._dialog, None, False
        if dialog is not None:
            dialog.dismiss(animation=False)


def _what_ends(app: "KioskApp") -> str:
    words = app.words
    if app.visit.staffed:
        count = app.unsubmitted()
        if count:
            return words["staff.still_here_unsubmitted"].format(count=count)
        return words["staff.still_here"]
    return words["shell.still_here_personal" if app.visit.identified else "shell.still_here_text"]
