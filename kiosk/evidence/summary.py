"""What a stretch of a board's chain says, in a form that can be read (pure).

A day has thousands of showings: they are counted by page, and by how far each was proven.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from display.evidence import Entry, Kind, Proof

PAGE = "page"
ENTRIES_LOST = "entries lost"
"""What an ALARM says when entries could not be stored; with their `count`."""
PROVEN = (Proof.ACKNOWLEDGED, Proof.READ_BACK)
_RANK = {Proof.SENT: 0, Proof.REFUSED: 1, Proof.ACKNOWLEDGED: 2, Proof.READ_BACK: 3}


@dataclass(slots=True)
class PageSummary:
    """All showings of one page of one edition."""

    edition: str
    page: int
    notice: str
    first: datetime
    """When the page was first told to the board."""
    last: datetime
    proofs: Counter[str] = field(default_factory=Counter)
    """How many showings came how far; SENT: there was no answer."""
    unproven: bool = False
    """Some of its times were noted while the clock was not proven."""
    _due: str = ""
    _proof: Proof = Proof.SENT

    @property
    def times(self) -> int:
        return self.proofs.total()

    def add(self, at: datetime, due: str, proof: Proof) -> None:
        """One more entry; those of the same `due` are one showing, which counts by its best."""
        if due == self._due and self.proofs:
            if _RANK[proof] <= _RANK[self._proof]:
                return
            self.proofs[self._proof] -= 1
        self.proofs[proof] += 1
        self._due, self._proof = due, proof
        self.first, self.last = min(self.first, at), max(self.last, at)


@dataclass(slots=True)
class Span:
    """A time in which no page was on the board, or in which the line was lost.

    A neutral or dark one ends with the line too, see `ends_known`.
    """

    what: str
    """"neutral" or "dark"; "lost"."""
    since: datetime
    until: datetime | None
    """None: still so at the last entry."""
    state: str
    reason: str
    outside: bool = False
    """It began at a time outside the period, as a rule before."""
    restarted: bool = False
    """The program began anew at `until`: how long before that it ended is not known."""
    unproven: bool = False
    """It began while the clock was not proven."""

    @property
    def length(self) -> timedelta | None:
        """None while it lasts, or when the clock stepped back in it."""
        if self.until is None or self.until < self.since:
            return None
        return self.until - self.since


@dataclass(frozen=True, slots=True)
class Removal:
    """A withdrawal, as the board followed it."""

    notice: str
    learned_at: datetime
    at: datetime
    """When it was proven that the board does not show the notice any more."""
    state: str
    unproven: bool = False
    """`at` was noted while the clock was not proven."""

    @property
    def seconds(self) -> float | None:
        """None when `at` is not of the clock that told `learned_at`, or that clock stepped back."""
        seconds = (self.at - self.learned_at).total_seconds()
        return None if self.unproven or seconds < 0 else seconds


class Summary:
    """Takes entries in the order of their numbers, first those from before the period.

    What they say of the board and its line goes on into the period.
    """

    def __init__(self) -> None:
        self.editions: list[Entry] = []
        """Entries of kind EDITION."""
        self.pages: dict[tuple[str, int], PageSummary] = {}
        self.removals: list[Removal] = []
        self.blanks: list[Span] = []
        self.losses: list[Span] = []
        self.others: list[Entry] = []
        """Alarms, clock, technicians, wishes for another edition."""
        self.told_before: Entry | None = None
        """The last ON_AIR entry before the period."""
        self.linked_before: Entry | None = None
        """The last LINK entry before the period."""
        self.count = 0
        """Entries of the period."""
        self.elsewhen = 0
        """Entries among those of the period whose times lie outside it: the clock stepped."""
        self.unproven = 0
        """Entries of the period that were noted while the clock was not proven."""
        self.lost = 0
        """Entries that the program could not store and had to drop."""
        self._blank: Span | None = None
        self._loss: Span | None = None

    def add(self, entry: Entry) -> None:
        """Take the next entry; one that does not say what its kind should is among `others`."""
        self.count += 1
        self.unproven += _unproven(entry)
        try:
            self._take(entry)
        except (KeyError, ValueError, TypeError):
            self.others.append(entry)

    def before(self, entry: Entry) -> None:
        """Take an entry from before the period, for the state in which the period begins."""
        if entry.kind is Kind.ON_AIR:
            self.told_before = entry
        elif entry.kind is Kind.LINK:
            self.linked_before = entry
        self._outside(entry)

    def between(self, entry: Entry) -> None:
        """Take an entry that by its number belongs to the period, but not by its time."""
        self.elsewhen += 1
        self._outside(entry)

    def _outside(self, entry: Entry) -> None:
        spans = self._blank, self._loss
        if entry.kind is Kind.ON_AIR:
            showing = str(entry.facts.get("showing", ""))
            if showing == PAGE:
                if entry.facts.get("state") in PROVEN:
                    self._end_blank(entry.at)
            else:
                self._begin_blank(entry, showing)
        elif entry.kind is Kind.EDITION:
            self.editions.append(entry)
        elif ends_known(entry):
            self._link(entry)
        for span, now, all_spans in zip(
            spans, (self._blank, self._loss), (self.blanks, self.losses), strict=True
        ):
            if now is not None and now is not span:
                now.outside = True
            if span is not None and span is not now and span.outside:
                all_spans.remove(span)

    def _take(self, entry: Entry) -> None:
        match entry.kind:
            case Kind.ON_AIR:
                self._on_air(entry)
            case Kind.EDITION:
                self.editions.append(entry)
            case Kind.WITHDRAWAL:
                self._removal(entry)
            case _ if ends_known(entry):
                self._link(entry)
            case Kind.ALARM:
                if entry.facts["what"] == ENTRIES_LOST:
                    self.lost += int(entry.facts["count"])
                self.others.append(entry)
            case _:
                self.others.append(entry)

    def _on_air(self, entry: Entry) -> None:
        facts, state = entry.facts, str(entry.facts.get("state", ""))
        showing = str(facts.get("showing", ""))
        if showing != PAGE:
            self._begin_blank(entry, showing)
            return
        if state in PROVEN:
            self._end_blank(entry.at)
        key = (str(facts["edition"]), int(facts["page"]))
        page = self.pages.get(key)
        if page is None:
            page = PageSummary(*key, str(facts["notice"]), entry.at, entry.at)
            self.pages[key] = page
        page.add(entry.at, str(facts["due"]), Proof(state))
        page.unproven |= _unproven(entry)

    def _begin_blank(self, entry: Entry, showing: str) -> None:
        state = str(entry.facts.get("state", ""))
        if self._blank is not None and self._blank.what == showing:
            self._blank.state = state
            return
        self._end_blank(entry.at)
        reason, unproven = str(entry.facts.get("reason", "")), _unproven(entry)
        self._blank = Span(showing, entry.at, None, state, reason, unproven=unproven)
        self.blanks.append(self._blank)

    def _end_blank(self, at: datetime, *, restarted: bool = False) -> None:
        if self._blank is not None:
            self._blank.until, self._blank.restarted = at, restarted
            self._blank = None

    def _removal(self, entry: Entry) -> None:
        facts = entry.facts
        learned_at = datetime.fromisoformat(facts["learned_at"])
        notice, state = str(facts["notice"]), str(facts["state"])
        self.removals.append(Removal(notice, learned_at, entry.at, state, _unproven(entry)))

    def _link(self, entry: Entry) -> None:
        lost = entry.facts.get("state") == "lost"
        self._end_blank(entry.at, restarted=not lost and self._loss is None)
        if lost:
            if self._loss is None:
                reason, unproven = str(entry.facts.get("reason", "")), _unproven(entry)
                self._loss = Span("lost", entry.at, None, "", reason, unproven=unproven)
                self.losses.append(self._loss)
        elif self._loss is not None:
            self._loss.until, self._loss = entry.at, None


def ends_known(entry: Entry) -> bool:
    """Whether from this entry on it is not known any more what the board shows.

    What a board does that nobody reaches is not known, nor what it did before a restarted program
    reached it again.
    """
    return entry.kind is Kind.LINK


def known_until(told: Entry, later: Iterable[Entry]) -> Entry | None:
    """The entry with which it ended that it is known what the board shows; None: it is known.

    `told` is what the board was told last, `later` are entries in the order of their numbers.
    """
    return next((each for each in later if each.number > told.number and ends_known(each)), None)


def _unproven(entry: Entry) -> bool:
    return entry.facts.get("unproven") is True


def told(facts: Mapping[str, Any]) -> str:
    """The facts of an entry in one line."""
    return "；".join(f"{name}: {value}" for name, value in sorted(facts.items()))
