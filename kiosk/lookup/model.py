"""The query and what its results say, without a window."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from kivy.event import EventDispatcher
from kivy.properties import (
    BooleanProperty,
    ListProperty,
    NumericProperty,
    ObjectProperty,
    OptionProperty,
    StringProperty,
)

from display.notice import Notice, NoticeKind
from kiosk.home.model import today
from kiosk.lookup.filters import COUNT_CAP, Chosen, Counts, named
from kiosk.words import Words, clock, day

PAGE_OF_RESULTS = 50
MOST_RESULTS = 3000
"""The list goes no further: each row takes time at every change, and nobody reads so far."""
MOST_WAYS = 3
PAGE_OF_OPENINGS = 200
"""A day's openings come as one page, so that they can stand in the order of their times."""
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
    chosen = ObjectProperty(Chosen(), rebind=True)
    """The filters in force, a `Chosen`."""
    counts = ObjectProperty(Counts(), rebind=True)
    """How many each choice would find, a `Counts`."""
    by_sound = BooleanProperty(False)
    """Nothing holds the words; what is listed only sounds like them."""
    state = OptionProperty("waiting", options=["waiting", "found", "nothing", "trouble"])
    busy = BooleanProperty(False)
    """True while an answer is so late that the visitor must be told."""
    notices = ListProperty()
    count = NumericProperty(-1)
    """-1 while not counted; more than COUNT_CAP means "that many or more"."""
    more = BooleanProperty(False)
    row = NumericProperty(-1)
    """The row that the arrow keys stand on."""
    stored = NumericProperty(0)
    """How many notices this terminal holds at all."""

    def __init__(self) -> None:
        super().__init__()
        self.next: int | None = None
        self.spans: dict[str, list[tuple[int, int]]] = {}
        """Notice → where its title holds what was asked for."""
        self.found_query = ""
        """What the results were found by: the query, or its words apart."""

    def reset(self, *, openings: bool = False, query: str = "") -> None:
        """Forget the last visitor's question."""
        self.state, self.busy, self.more = "waiting", False, False
        self.notices, self.next, self.count, self.row = [], None, -1, -1
        self.counts, self.by_sound, self.spans, self.found_query = Counts(), False, {}, ""
        self.chosen, self.query = Chosen(openings=openings), query

    @property
    def openings(self) -> bool:
        """Whether only projects whose bids are opened today are asked for."""
        return bool(self.chosen.openings)

    def choose(self, name: str, value: object) -> None:
        """Change one filter."""
        self.chosen = replace(self.chosen, **{name: value})

    @property
    def page(self) -> int:
        """How many results to ask for at once."""
        return PAGE_OF_OPENINGS if self.openings else PAGE_OF_RESULTS

    def take(
        self, notices: Iterable[Notice], following: int | None, stored: int, *, keep: bool = False
    ) -> None:
        """The first page of results; `keep` leaves the arrow keys' row on its notice."""
        here = int(self.row)
        chosen = self.notices[here].id if keep and 0 <= here < len(self.notices) else None
        found = list(notices)
        if self.openings:
            found.sort(key=lambda notice: (notice.opens_at or notice.published_at, notice.id))
        self.notices = found
        self._go_on(following)
        if not keep:
            # The last question's number is not this one's; the whole list tells its own.
            self.count = len(found) if following is None else -1
        self.row = next((n for n, notice in enumerate(found) if notice.id == chosen), -1)
        self.stored = stored
        self.state = "found" if self.notices else "nothing"

    def take_more(self, notices: Iterable[Notice], following: int | None) -> None:
        """A further page."""
        self.notices.extend(notices)
        self._go_on(following)

    def _go_on(self, following: int | None) -> None:
        self.next = following if len(self.notices) < MOST_RESULTS else None
        self.more = self.next is not None

    def count_text(self, words: Words) -> str:
        """How many there are, or that the search is still going on."""
        if self.busy:
            return words["lookup.searching"]
        if self.state not in {"found", "nothing"} or self.count < 0:
            return ""
        name = "lookup.count_more" if self.count > COUNT_CAP else "lookup.count"
        told = words[name].format(count=min(COUNT_CAP, int(self.count)))
        return words["lookup.by_sound"].format(told=told) if self.by_sound else told

    def nothing_texts(self, words: Words) -> tuple[str, str]:
        """Why there is nothing, and what to do; empty while there is something."""
        if self.state not in {"nothing", "trouble"}:
            return "", ""
        if self.state == "trouble":
            key = "trouble"
        elif self.stored == 0:
            key = "no_data"
        elif self.query:
            title = words["lookup.nothing"].format(query=self.query)
            return title, words["lookup.nothing_text"]
        else:
            key = "no_openings" if self.chosen == Chosen(openings=True) else "nothing_here"
        return words[f"lookup.{key}"], words[f"lookup.{key}_text"]

    def ways_out(self, words: Words) -> list[tuple[str, str]]:
        """What could be changed when nothing is found: the name of a filter to lift, or `query`,
        each with what to say."""
        if self.state != "nothing" or self.stored == 0:
            return []
        ways = [
            (name, words["lookup.lift"].format(name=said))
            for name, said in named(self.chosen, words)
        ]
        shorter = shortened(self.query)
        if shorter:
            ways.insert(0, ("query", words["lookup.shorten"].format(query=shorter)))
        return ways[:MOST_WAYS]

    def take_way_out(self, name: str) -> None:
        """Lift a filter; `query` is the field's to change."""
        self.chosen = self.chosen.without(name)

    def move(self, step: int) -> None:
        """Move the arrow keys' row."""
        if self.notices:
            self.row = min(max(self.row + step, 0), len(self.notices) - 1)


def loosened(query: str, pieces: Iterable[str]) -> str:
    """A query whose words need not stand together; empty if it has none that do.

    `pieces` are the words that the visitor chose one after the other; where they tell nothing,
    four characters and more are taken in twos, as most Chinese words are.
    """
    known = sorted({piece for piece in pieces if len(piece) > 1}, key=len, reverse=True)
    loose = query
    if known:
        loose = re.sub("|".join(map(re.escape, known)), lambda found: f" {found[0]} ", query)
    if loose.split() == query.split():
        loose = re.sub(
            r"[\u4e00-\u9fff]{4,}",
            lambda run: " ".join(re.findall("..", run[0])) if len(run[0]) % 2 == 0 else run[0],
            query,
        )
    return "" if loose.split() == query.split() else " ".join(loose.split())


def shortened(query: str) -> str:
    """Less of a query, to try when the whole finds nothing; empty if there is no less."""
    words = query.split()
    if len(words) > 1:
        return " ".join(words[:-1])
    text = "".join(words)
    if text.isascii():
        return text[:-1] if len(text) > 3 else ""
    return text[: max(2, len(text) // 2)] if len(text) > 2 else ""
