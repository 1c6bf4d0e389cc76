"""What the first screen says, without a window."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from kivy.event import EventDispatcher
from kivy.properties import OptionProperty, StringProperty

from display.local_time import SHANGHAI
from display.notice import Notice
from kiosk.words import Words, clock


def today(at: datetime) -> tuple[datetime, datetime]:
    """The Shanghai day that holds `at`, as `[from, to)`."""
    midnight = at.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight, midnight + timedelta(days=1)


def next_opening(notices: Iterable[Notice], at: datetime) -> Notice | None:
    """The notice whose bid opening (开标) comes first after `at`."""
    coming = (notice for notice in notices if notice.opens_at is not None and notice.opens_at > at)
    return min(coming, key=lambda notice: (notice.opens_at, notice.id), default=None)


class HomeModel(EventDispatcher):
    """The line about the next opening; empty while there is none."""

    state = OptionProperty("waiting", options=["waiting", "known", "trouble"])
    opening_time = StringProperty("")
    opening_title = StringProperty("")
    opening_room = StringProperty("")

    def show(self, notices: Iterable[Notice], at: datetime) -> None:
        """Take the notices that open today."""
        notice = next_opening(notices, at)
        opens_at = notice.opens_at if notice is not None else None
        self.opening_time = clock(opens_at) if opens_at is not None else ""
        self.opening_title = notice.title if notice is not None else ""
        self.opening_room = notice.room if notice is not None else ""
        self.state = "known"

    def fail(self) -> None:
        """The store cannot say what opens today."""
        self.opening_time = self.opening_title = self.opening_room = ""
        self.state = "trouble"

    def said(self, words: Words) -> str:
        """What stands before the time, or in its place."""
        if self.opening_time:
            return words["home.next_opening"]
        return {"known": words["home.no_opening"], "trouble": words["lookup.trouble"]}.get(
            self.state, ""
        )
