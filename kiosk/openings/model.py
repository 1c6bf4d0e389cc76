"""今日开标: the day's openings as their rows say them, without a window.

A row comes from official notices alone, and the gate is asked about each of them first. Opening
records name bidders, so that none of them ever counts here.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, ListProperty, ObjectProperty, OptionProperty

from display.local_time import SHANGHAI
from display.notice import Notice, NoticeKind
from display.openings import openings_of
from display.release import Channel, Known, Verdict, release
from kiosk.sync.site import Building, Room, way_to
from kiosk.words import Words, clock, day, weekday

SOON = timedelta(hours=2)
"""Within it, a row counts the minutes."""
LOOK_AHEAD = timedelta(days=60)
"""How far the next day with an opening is looked for."""
NOON = 12


class State(StrEnum):
    """How an opening stands at a moment."""

    RUNNING = "running"
    SOON = "soon"
    MORNING = "morning"
    AFTERNOON = "afternoon"
    OVER = "over"
    MOVED = "moved"
    CANCELLED = "cancelled"


TONES = {
    State.RUNNING: "good",
    State.SOON: "brand",
    State.MORNING: "brand",
    State.AFTERNOON: "brand",
    State.OVER: "muted",
    State.MOVED: "attention",
    State.CANCELLED: "attention",
}


@dataclass(frozen=True, slots=True)
class Opening:
    """One project's opening (开标) on the day that is shown."""

    notice: Notice
    """The newest word on it, which the row opens."""
    at: datetime
    """When it is or would have been."""
    state: State
    room: str = ""
    way: str = ""
    before: datetime | None = None
    """The time on the same day that it had before."""
    moved_to: datetime | None = None
    minutes: int = 0
    """Until it begins, when it is soon."""

    @property
    def holds(self) -> bool:
        """Whether it takes place at its time."""
        return self.state is not State.CANCELLED and self.moved_to in (None, self.at)

    def state_text(self, words: Words) -> str:
        """What stands in the last column."""
        text = words[f"openings.{self.state}"]
        if self.moved_to is not None and self.state is State.MOVED:
            same_day = _day_of(self.moved_to) == _day_of(self.at)
            when = clock(self.moved_to)
            if not same_day:
                when = f"{day(words, self.moved_to, self.at)} {when}"
            return text.format(time=when)
        return text.format(minutes=self.minutes)


def released(notices: Iterable[Notice], at: datetime, known: Known) -> list[Notice]:
    """What may be shown of these; opening records are left out altogether."""
    return [
        notice
        for notice in notices
        if notice.kind is not NoticeKind.OPENING_RECORD
        and release(notice, channel=Channel.DETAIL, at=at, known=known) is Verdict.RELEASED
    ]


def openings_on(
    when: date, notices: Iterable[Notice], at: datetime, building: Building, rooms: tuple[Room, ...]
) -> list[Opening]:
    """The openings of a Shanghai day, in order of time; cancelled and moved ones among them.

    `notices`: all released ones of the projects in question, in any order.
    """
    projects: dict[str, list[Notice]] = {}
    for notice in sorted(notices, key=lambda notice: notice.published_at):
        if notice.kind is NoticeKind.CANCELLATION or notice.opens_at is not None:
            projects.setdefault(notice.tender_no or notice.id, []).append(notice)
    found = (_opening(when, words_on_it, at, building) for words_on_it in projects.values())
    placed = (_placed(opening, projects, rooms) for opening in found if opening is not None)
    return sorted(placed, key=lambda opening: (opening.at, opening.notice.id))


def next_day(notices: Sequence[Notice], after: date) -> tuple[date, int] | None:
    """The first Shanghai day after `after` with openings, and how many there are.

    `notices` as in `openings_on`; a day further than `LOOK_AHEAD` is not found.
    """
    days = sorted({_day_of(n.opens_at) for n in notices if n.opens_at is not None})
    for each in days:
        count = len(openings_of(each, notices)) if each > after else 0
        if count:
            return each, count
    return None


def _opening(when: date, told: list[Notice], at: datetime, building: Building) -> Opening | None:
    """What the words on one project, oldest first, make of the day; None: nothing."""
    newest = told[-1]
    times = [n.opens_at for n in told if n.opens_at is not None]
    on_day = [time for time in times if _day_of(time) == when]
    if not on_day:
        return None
    if newest.kind is NoticeKind.CANCELLATION:
        # Also where it had been moved away before: who comes for the first time learns of the end.
        return Opening(newest, on_day[-1], State.CANCELLED)
    in_force = times[-1]
    if _day_of(in_force) != when:
        return Opening(newest, on_day[-1], State.MOVED, moved_to=in_force)
    before = next((time for time in reversed(on_day) if time != in_force), None)
    moved_to = None if before is None else in_force
    state = _state(in_force, at, building)
    if moved_to is not None and state in (State.SOON, State.MORNING, State.AFTERNOON):
        state = State.MOVED
    return Opening(
        newest,
        in_force,
        state,
        before=before,
        moved_to=moved_to,
        minutes=max(0, math.ceil((in_force - at) / timedelta(minutes=1))),
    )


def _state(opens_at: datetime, at: datetime, building: Building) -> State:
    if at >= opens_at + timedelta(minutes=building.opening_minutes):
        return State.OVER
    if at >= opens_at:
        return State.RUNNING
    if opens_at - at <= SOON:
        return State.SOON
    return State.MORNING if opens_at.astimezone(SHANGHAI).hour < NOON else State.AFTERNOON


def _placed(
    opening: Opening, projects: dict[str, list[Notice]], rooms: tuple[Room, ...]
) -> Opening:
    """With its room, from the newest notice that names one, and the way to it."""
    if not opening.holds:
        return opening
    told = projects[opening.notice.tender_no or opening.notice.id]
    room = next((notice.room for notice in reversed(told) if notice.room), "")
    return Opening(
        opening.notice,
        opening.at,
        opening.state,
        room,
        way_to(rooms, room),
        opening.before,
        opening.moved_to,
        opening.minutes,
    )


def _day_of(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()


class OpeningsModel(EventDispatcher):
    """What the screen of the day's openings shows."""

    state = OptionProperty("waiting", options=["waiting", "known", "trouble"])
    openings = ListProperty()
    following = ObjectProperty(None, allownone=True)
    """The next day with openings, and how many; while today has none."""
    building = ObjectProperty(Building())
    has_data = BooleanProperty(True)
    """False: nothing was ever heard from the centre."""

    def show(
        self,
        openings: list[Opening],
        building: Building,
        following: tuple[date, int] | None,
        *,
        has_data: bool = True,
    ) -> None:
        """Take what the store said."""
        self.building, self.following, self.has_data = building, following, has_data
        self.openings = openings
        self.state = "known"

    def fail(self) -> None:
        """The store cannot say what opens today."""
        self.openings, self.following = [], None
        self.state = "trouble"

    def forget(self) -> None:
        """As before the first answer."""
        self.openings, self.following = [], None
        self.state = "waiting"

    def nothing_texts(self, words: Words) -> tuple[str, str]:
        """Why the list is empty, and what comes next; empty texts while it is not."""
        if self.state == "trouble":
            return words["lookup.trouble"], words["lookup.trouble_text"]
        if self.state == "waiting" or self.openings:
            return "", ""
        if not self.has_data:
            return words["openings.no_data"], words["openings.no_data_text"]
        if self.following is None:
            return words["openings.nothing"], words["openings.nothing_later"]
        when, count = self.following
        text = words["openings.next_day"].format(
            day=words["openings.day_of"].format(
                day=_day_text(words, when), weekday=weekday(words, when)
            ),
            count=count,
        )
        return words["openings.nothing"], text

    def note(self, words: Words) -> str:
        """What stands at the foot."""
        foot = words["openings.foot"]
        return foot.format(
            secrecy=words["openings.secrecy"], note=self.building.openings_note
        ).strip()


def _day_text(words: Words, when: date) -> str:
    moment = datetime(when.year, when.month, when.day, NOON, tzinfo=SHANGHAI)
    return day(words, moment, moment)
