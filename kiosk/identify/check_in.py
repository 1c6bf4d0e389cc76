"""签到: the state of one check-in, without a window."""

from datetime import datetime
from uuid import UUID

from kivy.event import EventDispatcher
from kivy.properties import OptionProperty, StringProperty

from kiosk.session import Visitor
from kiosk.sync.check_in import Presence, presence_event
from kiosk.sync.events import Event
from kiosk.sync.submission import Role
from kiosk.words import Words, clock, day


class CheckInModel(EventDispatcher):
    """Says only that one is checked in, when, and where to go; never who else, nor how many."""

    state = OptionProperty("keeping", options=["keeping", "done", "failed"])
    title = StringProperty("")
    text = StringProperty("")
    where = StringProperty("")

    def begin(self, visitor: Visitor, at: datetime, terminal: str, id: UUID, words: Words) -> Event:
        """The event to keep."""
        self._say(words, "keeping", "")
        self._role, self._at = visitor.role, at
        presence = Presence(who=visitor.submitter, role=visitor.role, at=at)
        return presence_event(presence, terminal, id)

    def kept(self, words: Words) -> None:
        """The terminal's store has it, and sends it on."""
        at = self._at
        said = words["check_in.done_text"].format(
            time=clock(at), day=day(words, at, at, "shell.day")
        )
        self._say(words, "done", said)
        expert = self._role is Role.EXPERT
        self.where = words["check_in.where_expert" if expert else "check_in.where"]

    def fail(self, words: Words) -> None:
        """The terminal's store did not take it."""
        self._say(words, "failed", words["check_in.failed_text"])

    def forget(self) -> None:
        """Nothing of this visitor stays."""
        self.state, self.title, self.text, self.where = "keeping", "", "", ""

    def _say(self, words: Words, state: str, text: str) -> None:
        self.state, self.title, self.text = state, words[f"check_in.{state}"], text
        self.where = ""
