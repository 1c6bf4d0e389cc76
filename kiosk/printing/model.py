"""A visitor's printing, without a window: make pages, tell how many, send, follow, forget."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol

from kivy.event import EventDispatcher
from kivy.properties import (
    BooleanProperty,
    NumericProperty,
    ObjectProperty,
    OptionProperty,
    StringProperty,
)

from devices.printer.reports import Trouble
from kiosk.printing.printout import Pdf, Printout
from kiosk.printing.progress import Progress, Stage
from kiosk.printing.texts import Said, said
from kiosk.words import Words


class Setting(Protocol):
    """Pages in the making; see `kiosk.printing.typesetting.Typesetting`."""

    def cancel(self) -> None: ...


class Desk(Protocol):
    """See `kiosk.printing.desk.PrintDesk`."""

    def start(self) -> None: ...

    def print(self, document: bytes) -> int: ...

    def cancel(self) -> None: ...

    def end_session(self) -> None: ...

    def look(self) -> None: ...

    def check(self) -> None: ...

    def stop(self) -> None: ...


STALLED_AFTER_S = 120.0
"""Without news of a job: the visit is held open no longer. A sheet takes seconds, and a printer
that is cold a minute."""
Holds = Callable[[Any, datetime], bool]
"""Whether the store still says at a moment what was typeset, and it may still be printed."""
Deliver = Callable[[Callable[[], None]], None]
"""Has something called on the UI thread."""


class PrintModel(EventDispatcher):
    """One printout at a time, from the first tap to the printer's last word."""

    subject = StringProperty("")
    """What it is of, such as a notice's id."""
    state = OptionProperty(
        "idle", options=["idle", "setting", "ready", "too_long", "failed", "outdated", "sent"]
    )
    pages = NumericProperty(0)
    progress = ObjectProperty(None, allownone=True)
    outdated = BooleanProperty(False)
    """Whether what was sent has changed since, or was withdrawn."""
    trouble = ObjectProperty(None, allownone=True)
    """What keeps the printer from printing, as it said last."""

    def __init__(
        self,
        *,
        limit: int,
        deliver: Deliver,
        typeset: Callable[[Printout, Callable[[Pdf | None], None]], Setting],
        open_desk: Callable[
            [Callable[[int, Progress], None], Callable[[Mapping[str, Any]], None]], Desk
        ],
        health: Callable[[Mapping[str, Any]], None],
    ) -> None:
        """`typeset` begins to make pages; `open_desk` gets whom to tell of tickets and health."""
        super().__init__()
        self.limit = limit
        self._deliver, self._typeset, self._health = deliver, typeset, health
        self._setting: Setting | None = None
        self._run = 0
        self._ticket = 0
        self._document = b""
        self._seen: Progress | None = None
        self._since = 0.0
        self.holds: Holds | None = None
        """Of the subject; None where nothing can change."""
        self._desk = open_desk(
            lambda ticket, now: deliver(lambda: self._heard(ticket, now)),
            lambda facts: deliver(lambda: self._told(facts)),
        )

    def start(self) -> None:
        """Begin to watch the printer."""
        self._desk.start()

    def stop(self) -> None:
        """End of the program: what is not printed is cancelled; nothing is shown any more."""
        if self._setting is not None:
            self._setting.cancel()
        self._desk.stop()

    @property
    def running(self) -> bool:
        """Whether the printer still has something of this visitor to do."""
        return bool(self.state == "sent" and self.progress and not self.progress.stage.over)

    @property
    def moving(self) -> bool:
        """Whether the visitor waits for this machine: no reason to ask whether they are there."""
        sent = self.state == "sent" and self.progress and self.progress.stage.moving
        return bool(self.state == "setting" or sent)

    def watch(self, now: float) -> None:
        """Once a second; `now` counts seconds and never goes back.

        Raises DeskDied when the thread of the printer has ended by an error.
        """
        self._desk.check()
        progress = self.progress
        if progress is not self._seen:
            self._seen, self._since = progress, now
            return
        waits = progress is not None and progress.stage.moving
        if waits and now - self._since >= STALLED_AFTER_S:
            self.progress = Progress(Stage.STALLED, progress.trouble, progress.sheets)

    def prepare(self, subject: str, what: Printout, holds: Holds | None = None) -> None:
        """Make the pages of something, unless another one is still being printed.

        `holds` is asked of the store as long as it is not printed; see `recheck`.
        """
        if self.running:
            return
        self._drop()
        self.holds = holds
        self.subject, self.state = subject, "setting"
        self._run += 1
        run = self._run
        self._desk.look()
        self._setting = self._typeset(what, lambda pdf: self._deliver(lambda: self._set(run, pdf)))

    def print(self) -> None:
        """Send what is ready."""
        if self.state != "ready":
            return
        document, self._document = self._document, b""
        self.progress, self.state = Progress(Stage.SENDING), "sent"
        self._ticket = self._desk.print(document)

    def cancel(self) -> None:
        """Stop the printer; it says itself when it has."""
        if self.running:
            self._desk.cancel()
            if self.progress.stage is Stage.STALLED:
                # The desk says CANCELLING only once.
                self.progress = Progress(Stage.CANCELLING)

    def outdate(self) -> None:
        """What was typeset is not so any more: what is not printed yet is not to be."""
        if self.running:
            self.outdated, self.holds = True, None
            self._desk.cancel()
        elif self.state not in ("idle", "sent"):
            self._let_pages_go()
            self.state = "outdated"

    def close(self) -> None:
        """The dialog was closed: what runs runs on, everything else is forgotten."""
        if not self.running:
            self._drop()

    def forget(self) -> None:
        """End of the session: nothing of it stays, here or in the printer."""
        self._drop()
        self._desk.end_session()

    @property
    def done(self) -> bool:
        """Whether the printer said that it has printed everything."""
        return bool(self.state == "sent" and self.progress and self.progress.stage is Stage.DONE)

    def said(self, words: Words, *, rated: bool) -> Said:
        """What the dialog says; a visit that was not `rated` yet is asked to at the end."""
        return said(
            self.state,
            words,
            pages=int(self.pages),
            limit=self.limit,
            progress=self.progress,
            trouble=self.trouble,
            outdated=self.outdated,
            rated=rated,
        )

    def _let_pages_go(self) -> None:
        if self._setting is not None:
            self._setting.cancel()
        self._setting, self._document, self.holds = None, b"", None
        self._run += 1

    def _drop(self) -> None:
        self._let_pages_go()
        self._ticket, self.outdated = 0, False
        self.state, self.subject, self.pages, self.progress = "idle", "", 0, None

    def _set(self, run: int, pdf: Pdf | None) -> None:
        if run != self._run:
            return
        self._setting = None
        if pdf is None:
            self.state = "failed"
            return
        self.pages = pdf.pages
        if pdf.pages > self.limit or not pdf.content:
            self.state = "too_long"
            return
        self._document, self.state = pdf.content, "ready"

    def _heard(self, ticket: int, now: Progress) -> None:
        if ticket == self._ticket:
            self.progress = now

    def _told(self, facts: Mapping[str, Any]) -> None:
        trouble = Trouble.OFFLINE if facts["link"] == "lost" else facts.get("trouble")
        self.trouble = None if trouble is None else Trouble(trouble)
        self._health(facts)
