"""签到: the state of one check-in, without a window."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from kivy.event import EventDispatcher
from kivy.properties import ListProperty, OptionProperty, StringProperty

from kiosk.openings.model import Opening, State
from kiosk.session import Visitor
from kiosk.sync.check_in import Presence, presence_event
from kiosk.sync.events import Event
from kiosk.sync.submission import Role
from kiosk.words import Words, clock, day

MOST = 3
"""Openings that are told; all of them are on the screen of the day's openings."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an opening takes place, as it is public."""

    when: str
    room: str
    way: str
    title: str
    running: bool = False
    """Whether it has begun already."""


def destinations(openings: Iterable[Opening]) -> list[Destination]:
    """The openings of today: those still to come, the next ones first, then those that run."""
    held = [one for one in openings if one.holds and one.state is not State.OVER and one.room]
    return [
        Destination(clock(one.at), one.room, one.way, one.notice.title, one.state is State.RUNNING)
        for one in sorted(held, key=lambda one: (one.state is State.RUNNING, one.at))
    ]


class CheckInModel(EventDispatcher):
    """Says only that one is checked in, when, and where to go; never who else, nor how many."""

    state = OptionProperty("keeping", options=["keeping", "done", "failed"])
    title = StringProperty("")
    text = StringProperty("")
    where = StringProperty("")
    openings = ListProperty()
    """`Destination`s among which the visitor knows the own one."""

    def begin(self, visitor: Visitor, at: datetime, terminal: str, id: UUID, words: Words) -> Event:
        """The event to keep."""
        self._say(words, "keeping", "")
        self._role, self._at, self._found = visitor.role, at, []
        presence = Presence(who=visitor.submitter, role=visitor.role, at=at)
        return presence_event(presence, terminal, id)

    def kept(self, words: Words) -> None:
        """The terminal's store has it, and sends it on."""
        at = self._at
        said = words["check_in.done_text"].format(
            time=clock(at), day=day(words, at, at, "shell.day")
        )
        self._say(words, "done", said)
        self._say_where(words)

    @property
    def wants_openings(self) -> bool:
        """Whether the day's openings are a destination; experts have their own."""
        return self._role is not Role.EXPERT

    def found(self, openings: list[Destination], words: Words) -> None:
        """What opens today; empty where nothing does, or nobody knows."""
        self._found = openings
        if self.state == "done":
            self._say_where(words)

    def fail(self, words: Words) -> None:
        """The terminal's store did not take it."""
        self._say(words, "failed", words["check_in.failed_text"])

    def forget(self) -> None:
        """Nothing of this visitor stays."""
        self.state, self.title, self.text, self.where = "keeping", "", "", ""
        self.openings, self._found = [], []

    def _say_where(self, words: Words) -> None:
        if not self.wants_openings:
            self.where = words["check_in.where_expert"]
            return
        self.openings = self._found[:MOST]
        more = len(self._found) > MOST
        name = "where_more" if more else "where" if self._found else "where_unknown"
        self.where = words[f"check_in.{name}"]

    def _say(self, words: Words, state: str, text: str) -> None:
        self.state, self.title, self.text = state, words[f"check_in.{state}"], text
        self.where, self.openings = "", []
