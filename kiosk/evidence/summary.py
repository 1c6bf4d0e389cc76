"""What a stretch of a board's chain says, in a form that can be read (pure).

A day has thousands of showings: they are counted by page, and by how far each was proven.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from display.evidence import Entry, Kind, Proof

PAGE = "page"
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
    """A time in which no page was on the board, or in which the line was lost."""

    what: str
    """"neutral" or "dark"; "lost"."""
    since: datetime
    until: datetime | None
    """None: still so at the last entry."""
    state: str
    reason: str

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

    @property
    def seconds(self) -> float:
        return (self.at - self.learned_at).total_seconds()


class Summary:
    """Takes entries in the order of their numbers."""

    def __init__(self) -> None:
        self.editions: list[Entry] = []
        """Entries of kind EDITION."""
        self.pages: dict[tuple[str, int], PageSummary] = {}
        self.removals: list[Removal] = []
        self.blanks: list[Span] = []
        self.losses: list[Span] = []
        self.others: list[Entry] = []
        """Alarms, clock, technicians, wishes for another edition."""
        self.count = 0
        self._blank: Span | None = None
        self._loss: Span | None = None

    def add(self, entry: Entry) -> None:
        """Take the next entry; one that does not say what its kind should is among `others`."""
        self.count += 1
        try:
            self._take(entry)
        except (KeyError, ValueError, TypeError):
            self.others.append(entry)

    def _take(self, entry: Entry) -> None:
        match entry.kind:
            case Kind.ON_AIR:
                self._on_air(entry)
            case Kind.EDITION:
                self.editions.append(entry)
            case Kind.WITHDRAWAL:
                self._removal(entry)
            case Kind.LINK:
                self._link(entry)
            case _:
                self.others.append(entry)

    def _on_air(self, entry: Entry) -> None:
        facts, state = entry.facts, str(entry.facts.get("state", ""))
        showing = str(facts.get("showing", ""))
        if showing == PAGE:
            if state in PROVEN:
                self._end_blank(entry.at)
            key = (str(facts["edition"]), int(facts["page"]))
            page = self.pages.get(key)
            if page is None:
                page = PageSummary(*key, str(facts["notice"]), entry.at, entry.at)
                self.pages[key] = page
            page.add(entry.at, str(facts["due"]), Proof(state))
            return
        if self._blank is not None and self._blank.what == showing:
            self._blank.state = state
            return
        self._end_blank(entry.at)
        self._blank = Span(showing, entry.at, None, state, str(facts.get("reason", "")))
        self.blanks.append(self._blank)

    def _end_blank(self, at: datetime) -> None:
        if self._blank is not None:
            self._blank.until, self._blank = at, None

    def _removal(self, entry: Entry) -> None:
        facts = entry.facts
        learned_at = datetime.fromisoformat(facts["learned_at"])
        self.removals.append(
            Removal(str(facts["notice"]), learned_at, entry.at, str(facts["state"]))
        )

    def _link(self, entry: Entry) -> None:
        if entry.facts.get("state") == "lost":
            if self._loss is None:
                reason = str(entry.facts.get("reason", ""))
                self._loss = Span("lost", entry.at, None, "", reason)
                self.losses.append(self._loss)
        elif self._loss is not None:
            self._loss.until, self._loss = entry.at, None


def told(facts: Mapping[str, Any]) -> str:
    """The facts of an entry in one line."""
    return "；".join(f"{name}: {value}" for name, value in sorted(facts.items()))
