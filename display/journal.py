"""What a station tells the chain of evidence: pages, neutral, dark, link, withdrawals, alarms."""

import logging
from collections import deque
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from display.departures import Departures
from display.edition import Edition
from display.evidence import Kind, Proof, moment_text, page_facts
from display.schedule import Showing, State
from display.source import Source

log = logging.getLogger(__name__)

MOST_UNWRITTEN = 5000
"""Entries that wait in memory while the store cannot be written."""


class Journal:
    """Of one board. Entries are kept in memory until `write` has stored them, in order."""

    def __init__(
        self, board: str, source: Source, now: Callable[[], datetime], uptime_s: float
    ) -> None:
        self._board = board
        self._source = source
        self._now = now
        self._unwritten: deque[tuple[datetime, Kind, dict[str, Any]]] = deque(maxlen=MOST_UNWRITTEN)
        self._last: State | None = None
        self._linked: bool | None = None
        self._departures_of: str | None = None
        self.departures = Departures(uptime_s)
        self.alarms: list[str] = []
        """Withdrawn notices that the board may still show."""

    def write(self) -> None:
        """Store what waits. Raises SourceTrouble; what was not stored goes on waiting."""
        while self._unwritten:
            self._source.record(self._board, *self._unwritten[0])
            self._unwritten.popleft()

    def connected(self) -> None:
        """A new connection: what the card shows is not known yet."""
        self._last = None
        self._linked = True
        self._note(Kind.LINK, {"state": "connected"})

    def lost(self, problem: Exception) -> None:
        """Told once until `connected`."""
        if self._linked is not False:
            self._note(Kind.LINK, {"state": "lost", "reason": type(problem).__name__})
        self._linked = False

    def told(
        self, showing: Showing, edition: Edition | None, state: Proof, reason: str = ""
    ) -> None:
        """What became of `showing` on its way to the card; the blanks between pages are left out.

        Neutral and dark are noted when they begin, not each time the card is told again.
        """
        facts: dict[str, Any]
        if showing.state is State.PAGE and edition is not None and showing.page is not None:
            notice_id = edition.pages[showing.page].notice_id
            facts = dict(page_facts(edition.id, showing.page, notice_id, showing.since, state))
        elif showing.state is State.BLANK or self._last is showing.state:
            return
        else:
            due = moment_text(self._now())
            facts = {"showing": str(showing.state), "state": state, "due": due}
        self._note(Kind.ON_AIR, facts | ({"reason": reason} if reason else {}))
        if state is not Proof.SENT:
            self._last = showing.state

    def follow_departures(
        self, edition: Edition, withdrawn: Mapping[str, datetime], uptime_s: float
    ) -> None:
        """Note which withdrawn notices have left the board, and raise the alarm for the others.

        Raises SourceTrouble.
        """
        if self._departures_of != edition.id:
            told: Collection[str] = self._source.withdrawals_recorded(
                self._board, edition.cut_over_at
            )
            self.departures.recorded |= set(told)
            self._departures_of = edition.id
        ids = {page.notice_id for page in edition.pages}
        for left in self.departures.settle(withdrawn, ids, uptime_s):
            facts = {"notice": left.notice_id, "learned_at": moment_text(left.learned_at)}
            self._note(Kind.WITHDRAWAL, facts | {"state": left.how})
            if left.notice_id in self.alarms:
                self.alarms.remove(left.notice_id)
        for notice_id in self.departures.overdue(uptime_s):
            log.error(
                "board %s: withdrawn notice %s may still be on the board: no acknowledgement",
                self._board,
                notice_id,
            )
            facts = {"what": "withdrawal not acknowledged", "notice": notice_id}
            self._note(Kind.ALARM, facts)
            self.alarms.append(notice_id)

    def _note(self, kind: Kind, facts: dict[str, Any]) -> None:
        self._unwritten.append((self._now(), kind, facts))
