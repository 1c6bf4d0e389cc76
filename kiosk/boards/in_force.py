"""What the decisions that this terminal knows come to for its boards."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from display.decisions import Account, Decision
from display.local_time import SHANGHAI
from display.schedule import cut_over_at
from display.standing import Proposal, Standing, standing
from display.working_days import NoWorkingDay, WorkingCalendar
from kiosk.store.decisions import BoardDecisions, KeptDecisions


@dataclass(frozen=True, slots=True)
class Read:
    """The decisions about a board and the accounts, as the store held them at one version."""

    kept: KeptDecisions
    accounts: dict[str, Account]

    def standing(self, board: str, now: datetime, *more: Decision) -> Standing:
        """What counts at `now`, if `more` was decided too."""
        decisions = (*self.kept.decisions, *more)
        return standing(board, decisions, self.accounts, now, accepted=self.kept.accepted)

    def neutral_at(self, board: str, moment: datetime) -> bool:
        """Whether staff held the neutral page at `moment`, or do so until it is ended."""
        until_then = [one for one in self.kept.decisions if one.at <= moment]
        accepted = self.kept.accepted
        found = standing(board, until_then, self.accounts, moment, accepted=accepted)
        return bool(found.neutral)


_NEVER = datetime.max.replace(tzinfo=UTC)


class Decided:
    """Reads the store again only when what was decided has changed; for one thread.

    Every method raises `kiosk.store.errors.StoreError`.
    """

    def __init__(self, store: BoardDecisions, channel: str) -> None:
        """`channel` is that of the building's feed."""
        self._store = store
        self._channel = channel
        self._version: int | None = None
        self._read: dict[str, Read] = {}
        self._reckoned: dict[str, _Reckoned] = {}

    def read(self, board: str) -> Read:
        """The decisions about a board; the same object as before when nothing has changed."""
        version = self._store.decisions_version()
        if version != self._version:
            self._version, self._read, self._reckoned = version, {}, {}
        if board not in self._read:
            kept = self._store.decisions(self._channel, board)
            self._read[board] = Read(kept, self._store.accounts())
        return self._read[board]

    def standing(self, board: str, now: datetime) -> Standing:
        """What counts for a board at `now`; the same object as before when nothing has changed."""
        read = self.read(board)
        kept = self._reckoned.get(board)
        if kept is None or not kept.since <= now < kept.until:
            found = read.standing(board, now)
            until = min((one.since for one in found.times if one.since > now), default=_NEVER)
            self._reckoned[board] = kept = _Reckoned(found, now, until)
        return kept.standing


@dataclass(frozen=True, slots=True)
class _Reckoned:
    """A standing and the time in which it holds, unless something else is decided."""

    standing: Standing
    since: datetime
    until: datetime


def first_edition_day(
    proposal: Proposal, calendar: Callable[[Proposal], WorkingCalendar | None]
) -> date | None:
    """The day whose edition is the first under an approved proposal.

    `calendar` tells the one that the proposal makes; None: every day is worked. None for a
    proposal that is not approved, and if no working day is in sight.
    """
    if proposal.effective_at is None:
        return None
    day = proposal.effective_at.astimezone(SHANGHAI).date()
    if proposal.effective_at > cut_over_at(day, proposal.proposed.before.cut_over):
        # It was taken late: that day's edition was made under the one before.
        day += timedelta(days=1)
    days = calendar(proposal)
    if days is None or days.day(day).working:
        return day
    try:
        return days.next(day).day
    except NoWorkingDay:
        return None
