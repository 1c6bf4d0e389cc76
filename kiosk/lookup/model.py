"""The query and what its results say, without a window."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from kivy.event import EventDispatcher
from kivy.properties import (
    BooleanProperty,
    ListProperty,
    NumericProperty,
    OptionProperty,
    StringProperty,
)

from display.notice import Category, Notice, NoticeKind
from kiosk.home.model import today
from kiosk.words import Words, clock, day

PAGE_OF_RESULTS = 50
PAGE_OF_OPENINGS = 200
"""A day's openings come as one page, so that they can stand in the order of their times."""
COUNT_CAP = 999
CATEGORIES = (
    Category.CONSTRUCTION,
    Category.PROCUREMENT,
    Category.LAND,
    Category.PROPERTY,
    Category.OTHER,
)
"""The categories that have a chip, in order."""

TONES = {
    NoticeKind.TENDER: "brand",
    NoticeKind.PREQUALIFICATION: "brand",
    NoticeKind.AMENDMENT: "attention",
    NoticeKind.CANCELLATION: "attention",
    NoticeKind.OPENING_RECORD: "muted",
    NoticeKind.CANDIDATES: "good",
    NoticeKind.AWARD: "good",
    NoticeKind.CONTRACT: "muted",
}


@dataclass(frozen=True, slots=True)
class Tag:
    """A word about a notice and its tone: brand, good, attention or muted."""

    text: str
    tone: str


def due_tag(notice: Notice, words: Words, at: datetime) -> Tag | None:
    """What is due next, if anything."""
    begins, ends = today(at)
    if notice.opens_at is not None and begins <= notice.opens_at < ends:
        text = words["lookup.opens_today"].format(time=clock(notice.opens_at))
        return Tag(text, "attention")
    if notice.valid_until is not None and at >= notice.valid_until:
        closed = notice.closes_at is not None and at >= notice.closes_at
        return Tag(words["lookup.closed" if closed else "lookup.expired"], "muted")
    if notice.closes_at is not None and at < notice.closes_at:
        key = "lookup.closes_today" if notice.closes_at < ends else "lookup.closes_at"
        text = words[key].format(
            date=day(words, notice.closes_at, at), time=clock(notice.closes_at)
        )
        return Tag(text, "attention")
    if notice.objections_until is not None and at < notice.objections_until:
        text = words["lookup.objections_until"].format(date=day(words, notice.objections_until, at))
        return Tag(text, "attention")
    return None


def under_title(notice: Notice, words: Words, at: datetime) -> str:
    """Number, buyer and date, as far as the notice names them."""
    parts = (notice.tender_no, notice.buyer or notice.region, day(words, notice.published_at, at))
    return "  ·  ".join(part for part in parts if part)


class LookupModel(EventDispatcher):
    """What the visitor asks for, and the results so far."""

    query = StringProperty("")
    category = StringProperty("")
    """A Category's value, or empty for all."""
    openings = BooleanProperty(False)
    """Only projects whose bids are opened today."""
    state = OptionProperty("waiting", options=["waiting", "found", "nothing", "trouble"])
    busy = BooleanProperty(False)
    """True while an answer is so late that the visitor must be told."""
    notices = ListProperty()
    count = NumericProperty(-1)
    """-1 while not counted; more than COUNT_CAP means "that many or more"."""
    more = BooleanProperty(False)
    chosen = NumericProperty(-1)
    """The row that the arrow keys stand on."""
    stored = NumericProperty(0)
    """How many notices this terminal holds at all."""

    def __init__(self) -> None:
        super().__init__()
        self.next: int | None = None

    def reset(self, *, openings: bool = False, query: str = "") -> None:
        """Forget the last visitor's question."""
        self.state, self.busy, self.more = "waiting", False, False
        self.notices, self.next, self.count, self.chosen = [], None, -1, -1
        self.category, self.openings, self.query = "", openings, query

    @property
    def page(self) -> int:
        """How many results to ask for at once."""
        return PAGE_OF_OPENINGS if self.openings else PAGE_OF_RESULTS

    def filters(self, at: datetime) -> dict[str, object]:
        """The store's arguments for this question."""
        return {
            "at": at,
            "category": Category(self.category) if self.category else None,
            "opens_between": today(at) if self.openings else None,
        }

    def take(
        self, notices: Iterable[Notice], following: int | None, stored: int, *, keep: bool = False
    ) -> None:
        """The first page of results; `keep` leaves the arrow keys' row on its notice."""
        here = int(self.chosen)
        chosen = self.notices[here].id if keep and 0 <= here < len(self.notices) else None
        found = list(notices)
        if self.openings:
            found.sort(key=lambda notice: (notice.opens_at or notice.published_at, notice.id))
        self.notices = found
        self.next, self.more = following, following is not None
        self.chosen = next((n for n, notice in enumerate(found) if notice.id == chosen), -1)
        self.stored = stored
        self.state = "found" if self.notices else "nothing"

    def take_more(self, notices: Iterable[Notice], following: int | None) -> None:
        """A further page."""
        self.next, self.more = following, following is not None
        self.notices.extend(notices)

    def count_text(self, words: Words) -> str:
        """How many there are, or that the search is still going on."""
        if self.busy:
            return words["lookup.searching"]
        if self.state not in {"found", "nothing"} or self.count < 0:
            return ""
        if self.count > COUNT_CAP:
            return words["lookup.count_more"].format(count=COUNT_CAP)
        return words["lookup.count"].format(count=int(self.count))

    def nothing_texts(self, words: Words) -> tuple[str, str]:
        """Why there is nothing, and what to do; empty while there is something."""
        if self.state not in {"nothing", "trouble"}:
            return "", ""
        if self.state == "trouble":
            key = "trouble"
        elif self.stored == 0:
            key = "no_data"
        elif self.openings and not self.query:
            key = "no_openings"
        elif self.query:
            title = words["lookup.nothing"].format(query=self.query)
            return title, words["lookup.nothing_text"]
        else:
            key = "nothing_here"
        return words[f"lookup.{key}"], words[f"lookup.{key}_text"]

    def move(self, step: int) -> None:
        """Move the arrow keys' row."""
        if self.notices:
            self.chosen = min(max(self.chosen + step, 0), len(self.notices) - 1)
