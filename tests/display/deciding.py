"""Decisions for the tests: a few people, one board, ids in order."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from display.arrangement import Arrangement, EditionDays
from display.decisions import (
    Account,
    ApprovalWithdrawn,
    Approved,
    Decision,
    NeutralEnded,
    NeutralNow,
    ProposalWithdrawn,
    Proposed,
    Refused,
    Right,
    new_id,
)

BOARD = "lobby"
NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
"""Of Shanghai, on a Monday."""
TOMORROW = datetime(2026, 11, 24, 0, 30, tzinfo=UTC)
"""The cut-over after NOON, 08:30 of Shanghai."""
START = Arrangement(
    cut_over=time(8, 30), days=EditionDays.WORKING, characters_per_second=4.0, items=30
)
FASTER = START.changed(characters_per_second=5.0)
FASTEST = START.changed(characters_per_second=6.0)
MANY = frozenset(Right)
YEAR = timedelta(days=365)


def account(key: str, *rights: Right, **more: Any) -> Account:
    given: dict[str, Any] = {"valid_from": NOON - YEAR, "expires_at": NOON + YEAR, **more}
    return Account(key, frozenset(rights) or MANY, **given)


ANNA = account("anna0001", Right.PROPOSE, Right.APPROVE)
BORIS = account("boris001", Right.PROPOSE, Right.APPROVE, Right.NEUTRAL, Right.END_NEUTRAL)
PEOPLE = {one.key: one for one in (ANNA, BORIS)}


class Maker:
    """Makes decisions, each with an id above those before."""

    def __init__(self) -> None:
        self.made: list[Decision] = []

    def _said(self, by: Account, at: datetime) -> dict[str, Any]:
        chance = len(self.made).to_bytes(10, "big")
        id = new_id(at, chance, (one.id for one in self.made))
        return {"id": id, "board": BOARD, "by": by.key, "by_name": f"{by.key[0]}**", "at": at}

    def _keep(self, decision: Decision) -> Any:
        self.made.append(decision)
        return decision

    def propose(
        self,
        by: Account = ANNA,
        at: datetime = NOON,
        after: Arrangement = FASTER,
        before: Arrangement = START,
    ) -> Proposed:
        return self._keep(Proposed(**self._said(by, at), before=before, arrangement=after))

    def approve(self, what: Proposed, by: Account = BORIS, at: datetime = NOON) -> Approved:
        said = self._said(by, at)
        return self._keep(Approved(**said, proposal=what.id, proposal_digest=what.digest))

    def unapprove(
        self, what: Approved, by: Account = BORIS, at: datetime = NOON
    ) -> ApprovalWithdrawn:
        said = self._said(by, at)
        return self._keep(ApprovalWithdrawn(**said, approval=what.id, approval_digest=what.digest))

    def take_back(
        self, what: Proposed, by: Account = ANNA, at: datetime = NOON
    ) -> ProposalWithdrawn:
        said = self._said(by, at)
        return self._keep(ProposalWithdrawn(**said, proposal=what.id, proposal_digest=what.digest))

    def refuse(self, what: Proposed, by: Account = BORIS, at: datetime = NOON) -> Refused:
        said = self._said(by, at)
        return self._keep(
            Refused(**said, proposal=what.id, proposal_digest=what.digest, reason="太快")
        )

    def neutral(self, by: Account = BORIS, at: datetime = NOON) -> NeutralNow:
        return self._keep(NeutralNow(**self._said(by, at), reason="误播"))

    def end(self, *what: NeutralNow, by: Account = BORIS, at: datetime = NOON) -> NeutralEnded:
        return self._keep(NeutralEnded(**self._said(by, at), ends=tuple(one.id for one in what)))
