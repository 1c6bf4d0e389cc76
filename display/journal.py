"""What a station tells the chain of evidence: pages, neutral, dark, link, withdrawals, alarms,
and what staff decided."""

import logging
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from display.decisions import (
    ApprovalWithdrawn,
    Approved,
    Decision,
    NeutralEnded,
    NeutralNow,
    ProposalWithdrawn,
    Proposed,
    Refused,
)
from display.departures import Departures
from display.edition import Edition
from display.evidence import Kind, Proof, moment_text, page_facts
from display.schedule import Showing, State
from display.source import Source
from display.standing import Judged, Standing
from display.testing import TestWish

log = logging.getLogger(__name__)

MOST_UNWRITTEN = 5000
"""Entries that wait in memory while the store cannot be written."""

TEST_CARD = "test card"
"""What a TECHNICIAN entry of the test card has as its action."""

TAKEN_OFF = "not accepted by the centre"
"""What a DECISION entry says of one that counted here until the centre refused it."""


class Journal:
    """Of one board. Entries are kept in memory until `write` has stored them, in order."""

    def __init__(
        self,
        board: str,
        source: Source,
        now: Callable[[], tuple[datetime, bool]],
        uptime_s: float,
    ) -> None:
        """`now` tells the moment and whether it is proven."""
        self._board = board
        self._source = source
        self._now = now
        self._unwritten: deque[tuple[datetime, Kind, dict[str, Any]]] = deque()
        self._dropped = 0
        self._last: tuple[State, Proof] | None = None
        self._linked: bool | None = None
        self._proven: bool | None = None
        self._edition: str | None = None
        self._decided: dict[str, str] | None = None
        """Id of a decision → its outcome, as noted last."""
        self.departures = Departures(uptime_s)
        self.alarms: list[str] = []
        """Withdrawn notices that the board may still show."""
        self.pages_refused = 0
        """Of the edition on air."""

    def write(self) -> bool:
        """Store what waits; tell whether anything did.

        Raises SourceTrouble; what was not stored goes on waiting.
        """
        waited = bool(self._unwritten)
        while self._unwritten:
            self._source.record(self._board, *self._unwritten[0])
            self._unwritten.popleft()
            if self._dropped:
                self._unwritten.append(self._lost_entries())
        return waited

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

    def ended(self) -> None:
        """This process ends; the card falls back to its own page."""
        if self._linked:
            self._note(Kind.LINK, {"state": "lost", "reason": "Stopped"})
        self._linked = False

    def clock(self, *, proven: bool) -> None:
        """Told when it changes."""
        if proven is not self._proven:
            self._proven = proven
            self._note(Kind.CLOCK, {"state": "proven" if proven else "unproven"})

    def told(
        self, showing: Showing, edition: Edition | None, state: Proof, reason: str = ""
    ) -> None:
        """What became of `showing` on its way to the card; the blanks between pages are left out.

        Neutral and dark are noted when they begin or their answer changes, not each time the
        card is told again.
        """
        facts: dict[str, Any]
        if showing.state is State.PAGE and edition is not None and showing.page is not None:
            notice_id = edition.pages[showing.page].notice_id
            facts = dict(page_facts(edition.id, showing.page, notice_id, showing.since, state))
            self.pages_refused += state is Proof.REFUSED
        elif showing.state is State.BLANK or self._is_known(showing.state, state):
            return
        else:
            due = moment_text(self._now()[0])
            facts = {"showing": str(showing.state), "state": state, "due": due}
            log.info("board %s: %s: %s", self._board, showing.state, state)
        self._note(Kind.ON_AIR, facts | ({"reason": reason} if reason else {}))
        if state is not Proof.SENT:
            self._last = showing.state, state

    def _is_known(self, showing: State, state: Proof) -> bool:
        if self._last is None or self._last[0] is not showing:
            return False
        return state is Proof.SENT or self._last[1] is state

    def follow_departures(
        self, edition: Edition | None, withdrawn: Mapping[str, datetime], uptime_s: float
    ) -> None:
        """Note which withdrawn notices have left the board, and raise the alarm for the others.

        Raises SourceTrouble.
        """
        if edition is not None and self._edition != edition.id:
            told = self._source.withdrawals_recorded(self._board, edition.cut_over_at)
            self.departures.recorded = set(told)
            self._edition = edition.id
            self.pages_refused = 0
        ids = {page.notice_id for page in edition.pages} if edition is not None else set()
        for left in self.departures.settle(withdrawn, ids, uptime_s):
            facts = {"notice": left.notice_id, "learned_at": moment_text(left.learned_at)}
            self._note(Kind.WITHDRAWAL, facts | {"state": left.how})
            log.info("board %s: withdrawn %s left: %s", self._board, left.notice_id, left.how)
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

    def follow_decisions(self, standing: Standing) -> None:
        """Note what was decided, again when it counts otherwise by now, and what the centre took
        off. Raises SourceTrouble."""
        if self._decided is None:
            self._decided = dict(self._source.decisions_recorded(self._board))
        here = {}
        for decision in standing.decisions:
            facts = decision_facts(decision, standing.judged[decision.id])
            formerly = self._decided.get(decision.id)
            here[decision.id] = str(facts["outcome"])
            if formerly is None:
                self._note(Kind.DECISION, facts)
                log.info("board %s: %s by %s", self._board, decision.kind, decision.by)
            elif formerly != facts["outcome"]:
                self._note(Kind.DECISION, facts | {"formerly": formerly})
                log.warning(
                    "board %s: decision %s: %s, before %s",
                    self._board,
                    decision.id,
                    facts["outcome"],
                    formerly,
                )
        for gone in sorted(self._decided.keys() - here.keys()):
            self._note(Kind.DECISION, {"decision": gone, "what": TAKEN_OFF})
            log.warning("board %s: the centre does not take decision %s", self._board, gone)
        self._decided = here

    def tested(self, state: Proof, wish: TestWish, reason: str = "") -> None:
        """What became of the test card on its way to the board, and who asked for it."""
        facts = {"action": TEST_CARD, "state": state, "by": wish.by, "account": wish.account}
        self._note(Kind.TECHNICIAN, facts | ({"reason": reason} if reason else {}))
        log.info("board %s: test card: %s", self._board, state)

    def test_ended(self, wish: TestWish) -> None:
        """The board goes on; what it shows then is noted anew."""
        self._last = None
        facts = {"action": TEST_CARD, "state": "ended", "by": wish.by, "account": wish.account}
        self._note(Kind.TECHNICIAN, facts)

    def _note(self, kind: Kind, facts: dict[str, Any]) -> None:
        at, proven = self._now()
        if len(self._unwritten) >= MOST_UNWRITTEN:
            self._dropped += 1
        else:
            self._unwritten.append((at, kind, facts if proven else facts | {"unproven": True}))

    def _lost_entries(self) -> tuple[datetime, Kind, dict[str, Any]]:
        count, self._dropped = self._dropped, 0
        log.error("board %s: %d entries of its evidence were lost", self._board, count)
        return self._now()[0], Kind.ALARM, {"what": "entries lost", "count": count}


def decision_facts(decision: Decision, judged: Judged) -> dict[str, Any]:
    """What a DECISION entry tells: names as shown, an arrangement whole and by its digest."""
    facts: dict[str, Any] = {
        "decision": decision.id,
        "what": decision.kind,
        "by": decision.by_name,
        "account": decision.by,
        "made_at": moment_text(decision.at),
        "outcome": judged.outcome if judged.fault is None else judged.fault,
    }
    match decision:
        case Proposed():
            facts |= {"before": decision.base, "arrangement": decision.arrangement.digest}
            facts["content"] = decision.arrangement.model_dump(mode="json")
        case Approved() | ProposalWithdrawn():
            facts["proposal"] = decision.proposal
        case Refused():
            facts |= {"proposal": decision.proposal, "reason": decision.reason}
        case ApprovalWithdrawn():
            facts["approval"] = decision.approval
        case NeutralNow():
            facts["reason"] = decision.reason
        case NeutralEnded():
            facts["ends"] = list(decision.ends)
    return facts
