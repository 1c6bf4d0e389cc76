"""What is on air at a moment, and until when (pure).

The answer depends only on the edition, the screen hours, the withdrawals and the moment, so a
station that was killed goes on exactly where it should be.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from display.edition import Edition
from display.local_time import SHANGHAI
from display.screen import Screen
from display.timing import GAP_S

GAP = timedelta(seconds=GAP_S)


class State(StrEnum):
    """What a board is to show."""

    PAGE = "page"
    BLANK = "blank"
    """The short darkness between pages."""
    NEUTRAL = "neutral"
    """The name of the centre and the clock."""
    DARK = "dark"
    """Outside the screen hours."""


@dataclass(frozen=True, slots=True)
class Showing:
    """One stretch of time on a board, `[since, until)`."""

    state: State
    since: datetime
    until: datetime
    page: int | None = None
    """Index into the edition's pages, for PAGE and for the BLANK before it."""


def cut_over_at(day: date, cut_over: time) -> datetime:
    """The moment at which the edition of `day` is made, `cut_over` being Shanghai time."""
    return datetime.combine(day, cut_over, SHANGHAI)


def end_of(day: date) -> datetime:
    """The moment from which the edition of `day` would be yesterday's."""
    return datetime.combine(day + timedelta(days=1), time(0), SHANGHAI)


@dataclass(frozen=True, slots=True)
class _Loop:
    """Pages in order, playing round and round since a moment."""

    since: datetime
    order: tuple[int, ...]

    def at(self, edition: Edition, moment: datetime) -> Showing:
        slots = [GAP + timedelta(seconds=edition.pages[page].seconds) for page in self.order]
        into = (moment - self.since) % sum(slots, timedelta())
        begins = moment - into
        for page, slot in zip(self.order, slots, strict=True):
            if moment < begins + GAP:
                return Showing(State.BLANK, begins, begins + GAP, page)
            if moment < begins + slot:
                return Showing(State.PAGE, begins + GAP, begins + slot, page)
            begins += slot
        return self.at(edition, begins)

    def without(self, edition: Edition, gone: frozenset[int], moment: datetime) -> "_Loop":
        """The loop from `moment` on, when the pages `gone` leave it.

        The page on air goes on undisturbed, unless it is one of them: then the next one
        starts at once.
        """
        now = self.at(edition, moment)
        place = self.order.index(now.page) if now.page is not None else 0
        turned = self.order[place:] + self.order[:place]
        left = tuple(page for page in turned if page not in gone)
        if now.page in gone:
            return _Loop(moment, left)
        return _Loop(now.since if now.state is State.BLANK else now.since - GAP, left)


def on_air(
    edition: Edition | None, screen: Screen, moment: datetime, withdrawn: Mapping[str, datetime]
) -> Showing:
    """What a board shows at `moment`, and until when.

    `withdrawn`: notice id → when this terminal learned of it; the page stops at that moment.
    Without an edition of the day, or outside `[cut-over, midnight)`, it is the neutral page;
    outside the screen hours the board is dark, and the edition's loop goes on unseen.
    """
    lit, change = screen.is_lit(moment)
    if not lit:
        return Showing(State.DARK, moment, change)
    showing = _lit(edition, moment, withdrawn)
    return replace(showing, until=min(showing.until, change))


def _lit(edition: Edition | None, moment: datetime, withdrawn: Mapping[str, datetime]) -> Showing:
    if edition is None:
        return _neutral(moment)
    end = end_of(edition.day)
    if not edition.cut_over_at <= moment < end:
        return _neutral(moment)
    loop = _Loop(edition.cut_over_at, tuple(range(len(edition.pages))))
    coming = end
    for leaves_at, gone in _departures(edition, withdrawn):
        if leaves_at > moment:
            coming = min(coming, leaves_at)
            break
        if not loop.order:
            break
        if leaves_at <= loop.since:
            loop = _Loop(loop.since, tuple(p for p in loop.order if p not in gone))
        else:
            loop = loop.without(edition, gone, leaves_at)
    if not loop.order:
        return _neutral(moment, end)
    showing = loop.at(edition, max(moment, loop.since))
    return Showing(showing.state, showing.since, min(showing.until, coming), showing.page)


def showings(
    edition: Edition | None,
    screen: Screen,
    since: datetime,
    until: datetime,
    withdrawn: Mapping[str, datetime],
) -> Iterator[Showing]:
    """All that a board shows in `[since, until)`, one after the other."""
    moment = since
    while moment < until:
        showing = on_air(edition, screen, moment, withdrawn)
        yield showing
        moment = showing.until


def _departures(
    edition: Edition, withdrawn: Mapping[str, datetime]
) -> list[tuple[datetime, frozenset[int]]]:
    """When which pages leave: withdrawn, or past their validity; in order of time."""
    leaving: dict[datetime, set[int]] = {}
    for index, page in enumerate(edition.pages):
        moments = [m for m in (withdrawn.get(page.notice_id), page.valid_until) if m is not None]
        if moments:
            leaving.setdefault(min(moments), set()).add(index)
    return [(moment, frozenset(pages)) for moment, pages in sorted(leaving.items())]


def _neutral(moment: datetime, until: datetime | None = None) -> Showing:
    return Showing(State.NEUTRAL, moment, until or moment + timedelta(minutes=1))
