"""What the decisions about a board come to: the arrangement in force, what waits, neutral (pure).

The answer is the same for any order and repetition of the same decisions. Rules:

- Decisions count in the order in which the centre took them; those that it has not taken yet come
  after, by their ids. So nothing that arrives late changes what went before: the centre asks this
  very reckoning, and takes only what counts (`kiosk.central.decisions`).
- An arrangement is in force from the first cut-over after its approval on: its own, or that of the
  arrangement before, whichever comes first in the day. If that has passed when the centre takes the
  approval, it is in force from then on, and the next edition is the first under it.
- Nobody approves their own proposal, with whatever account. A newer proposal takes the place of
  the one before, and with it its approval, until that is in force; an older one that arrives later
  does not. A proposal that began from what is not in force is void.
- A proposal can be refused or withdrawn, and an approval withdrawn, until it is in force. After an
  approval was withdrawn, only approvals made later than that count.
- The neutral page is held until each word for it is ended.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from display.arrangement import Arrangement
from display.decisions import (
    Account,
    ApprovalWithdrawn,
    Approved,
    Decision,
    Fault,
    NeutralEnded,
    NeutralNow,
    ProposalWithdrawn,
    Proposed,
    Refused,
    fault_of,
    right_for,
)
from display.local_time import SHANGHAI
from display.schedule import cut_over_at


class Outcome(StrEnum):
    """What became of a decision; everything but COUNTED says why it has no effect."""

    COUNTED = "counted"
    ACCOUNT = "account"
    """The account could not decide so; see `Judged.fault`."""
    OWN_PROPOSAL = "own_proposal"
    UNKNOWN_SUBJECT = "unknown_subject"
    """What it is about is not known here, newer, of another board, or did not count itself."""
    OTHER_CONTENT = "other_content"
    """What it is about has another content than its maker saw."""
    BASE_NOT_IN_FORCE = "base_not_in_force"
    """The proposal began from an arrangement that was not in force."""
    REPLACED = "replaced"
    """A newer proposal has taken the place."""
    ALREADY_DECIDED = "already_decided"
    """Approved, refused or withdrawn before."""
    ALREADY_IN_FORCE = "already_in_force"


class State(StrEnum):
    """Where a proposal stands."""

    WAITING = "waiting"
    APPROVED = "approved"
    """In force from `Proposal.effective_at` on."""
    IN_FORCE = "in_force"
    WAS_IN_FORCE = "was_in_force"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"
    VOID = "void"
    """It never counted; its outcome says why."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a decision, and which other one that is due to."""

    outcome: Outcome
    because: str = ""
    """Id of another decision."""
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal with all that was decided about it."""

    proposed: Proposed
    state: State
    approved: Approved | None = None
    """The first approval that counts."""
    effective_at: datetime | None = None
    """From when on it is in force, while it is approved."""
    because: str = ""
    """Id of the decision that replaced, withdrew, refused or voided it."""


@dataclass(frozen=True, slots=True)
class InForce:
    """An approved arrangement and its time."""

    since: datetime
    proposed: Proposed
    approved: Approved

    @property
    def arrangement(self) -> Arrangement:
        return self.proposed.arrangement


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts for a board at a moment."""

    in_force: InForce | None = None
    """None: what the terminal's settings say."""
    proposals: tuple[Proposal, ...] = ()
    """Newest first."""
    neutral: tuple[NeutralNow, ...] = ()
    """The words that hold the neutral page; empty: it is not held."""
    decisions: tuple[Decision, ...] = ()
    """All about this board, causes before effects."""
    judged: Mapping[str, Judged] = field(default_factory=dict)
    """Id of each decision → what became of it."""
    times: tuple[InForce, ...] = ()
    """All arrangements that were, are or will be in force, oldest first."""

    def in_force_at(self, moment: datetime) -> InForce | None:
        """What was, is or, unless something else is decided, will be in force then."""
        return next((one for one in reversed(self.times) if one.since <= moment), None)

    @property
    def pending(self) -> Proposal | None:
        """The proposal that is not in force yet and still can be."""
        return next(
            (one for one in self.proposals if one.state in (State.WAITING, State.APPROVED)), None
        )


NONE_ACCEPTED: Mapping[str, datetime] = MappingProxyType({})


def effective_at(approved_at: datetime, before: Arrangement, after: Arrangement) -> datetime:
    """When an approved arrangement follows the one before it.

    At the first time of day, from the approval on, that is the cut-over of either: the next edition
    is then made under the new one, at its cut-over, and none is made twice.
    """
    cut_over = min(before.cut_over, after.cut_over)
    day = approved_at.astimezone(SHANGHAI).date()
    moment = cut_over_at(day, cut_over)
    return moment if moment >= approved_at else cut_over_at(day + timedelta(days=1), cut_over)


def standing(
    board: str,
    decisions: Iterable[Decision],
    accounts: Mapping[str, Account],
    now: datetime,
    *,
    accepted: Mapping[str, datetime] = NONE_ACCEPTED,
) -> Standing:
    """Reckon what counts at `now`; decisions about other boards are left out.

    `accounts`: by key, as they are known here. `accepted`: id → when the centre took a decision.
    It examined the account then, which is not examined again: who leaves the house takes no
    approval along.
    """
    fold = _Fold(accounts, accepted)
    for decision in _in_order((one for one in decisions if one.board == board), accepted):
        fold.take(decision)
    return fold.result(now)


def _in_order(
    decisions: Iterable[Decision], accepted: Mapping[str, datetime]
) -> Iterator[Decision]:
    """Each once, as the centre took them, then by id; of two with one id always the same one."""
    found: dict[str, Decision] = {}
    for decision in decisions:
        other = found.get(decision.id)
        if other is None or decision.digest < other.digest:
            found[decision.id] = decision
    taken = sorted((at, id) for id, at in accepted.items() if id in found)
    for id in (*(id for _, id in taken), *sorted(found.keys() - accepted.keys())):
        yield found[id]


class _Fold:
    """Takes decisions in order; `_clock` is the latest time at which any of them was taken."""

    def __init__(self, accounts: Mapping[str, Account], accepted: Mapping[str, datetime]) -> None:
        self._accounts, self._accepted = accounts, accepted
        self._clock: datetime | None = None
        self._proposals: dict[str, Proposal] = {}
        self._approvals: dict[str, tuple[Approved, datetime]] = {}
        """Id → an approval that counted, and from when on it puts its proposal in force."""
        self._taken_back: dict[str, str] = {}
        """Id of a proposal → the latest id of a withdrawal of an approval of it."""
        self._pending: str | None = None
        self._times: list[InForce] = []
        self._neutral: dict[str, NeutralNow] = {}
        self._judged: dict[str, Judged] = {}
        self._taken: list[Decision] = []

    def take(self, decision: Decision) -> None:
        """Take the next decision."""
        taken = self._accepted.get(decision.id, decision.at)
        self._clock = taken if self._clock is None else max(self._clock, taken)
        self._settle(self._clock)
        self._taken.append(decision)
        fault = None
        if decision.id not in self._accepted:
            fault = fault_of(self._accounts.get(decision.by), right_for(decision), decision.at)
        if fault is not None:
            judged = Judged(Outcome.ACCOUNT, fault=fault)
        else:
            judged = self._judge(decision)
        self._judged[decision.id] = judged
        if isinstance(decision, Proposed) and judged.outcome is not Outcome.COUNTED:
            void = Proposal(decision, State.VOID, because=judged.because)
            self._proposals[decision.id] = void

    def result(self, now: datetime) -> Standing:
        """What all of it comes to at `now`."""
        self._settle(now)
        times = list(self._times)
        pending = self._pending and self._proposals[self._pending]
        if pending and pending.approved is not None and pending.effective_at is not None:
            times.append(InForce(pending.effective_at, pending.proposed, pending.approved))
        # A decision of a clock ahead of ours may have settled what begins later here.
        current = next((one for one in reversed(times) if one.since <= now), None)
        proposals = [self._shown(one, times, current) for one in self._proposals.values()]
        return Standing(
            in_force=current,
            proposals=tuple(reversed(proposals)),
            neutral=tuple(self._neutral.values()),
            decisions=tuple(self._taken),
            judged=self._judged,
            times=tuple(times),
        )

    def _shown(self, proposal: Proposal, times: list[InForce], current: InForce | None) -> Proposal:
        place = next((n for n, one in enumerate(times) if one.proposed is proposal.proposed), None)
        if place is None:
            return proposal
        if current is None or place > times.index(current):
            return replace(proposal, state=State.APPROVED)
        is_current = times[place] is current
        return replace(proposal, state=State.IN_FORCE if is_current else State.WAS_IN_FORCE)

    def _settle(self, moment: datetime) -> None:
        """The approved proposal is in force once its time has come."""
        if self._pending is None:
            return
        one = self._proposals[self._pending]
        if one.approved is None or one.effective_at is None or one.effective_at > moment:
            return
        self._times.append(InForce(one.effective_at, one.proposed, one.approved))
        self._proposals[self._pending] = replace(one, state=State.IN_FORCE)
        self._pending = None

    def _judge(self, decision: Decision) -> Judged:
        match decision:
            case Proposed():
                return self._propose(decision)
            case Approved():
                return self._approve(decision)
            case ApprovalWithdrawn():
                return self._withdraw_approval(decision)
            case ProposalWithdrawn():
                return self._end(decision, State.WITHDRAWN)
            case Refused():
                return self._end(decision, State.REFUSED)
            case NeutralNow():
                self._neutral[decision.id] = decision
                return Judged(Outcome.COUNTED)
            case NeutralEnded():
                return self._end_neutral(decision)

    def _propose(self, decision: Proposed) -> Judged:
        last = self._times[-1] if self._times else None
        if last is not None and decision.base != last.arrangement.digest:
            return Judged(Outcome.BASE_NOT_IN_FORCE, last.proposed.id)
        if self._pending is not None and decision.id < self._pending:
            return Judged(Outcome.REPLACED, self._pending)
        if self._pending is not None:
            replaced = replace(
                self._proposals[self._pending],
                state=State.REPLACED,
                approved=None,
                effective_at=None,
                because=decision.id,
            )
            self._proposals[self._pending] = replaced
        self._proposals[decision.id] = Proposal(decision, State.WAITING)
        self._pending = decision.id
        return Judged(Outcome.COUNTED)

    def _approve(self, decision: Approved) -> Judged:
        judged = self._subject(decision, decision.proposal, decision.proposal_digest)
        if judged.outcome is not Outcome.COUNTED:
            return judged
        one = self._proposals[decision.proposal]
        if self._person(one.proposed.by) == self._person(decision.by):
            return Judged(Outcome.OWN_PROPOSAL)
        taken_back = self._taken_back.get(decision.proposal, "")
        if decision.id < taken_back:
            return Judged(Outcome.ALREADY_DECIDED, taken_back)
        for other, _ in self._approvals_of(decision.proposal):
            if self._person(other.by) == self._person(decision.by):
                return Judged(Outcome.ALREADY_DECIDED, other.id)
        since = effective_at(decision.at, one.proposed.before, one.proposed.arrangement)
        taken = self._accepted.get(decision.id, decision.at)
        self._approvals[decision.id] = decision, max(since, taken)
        self._count_approvals(one)
        return Judged(Outcome.COUNTED)

    def _withdraw_approval(self, decision: ApprovalWithdrawn) -> Judged:
        approval, _ = self._approvals.get(decision.approval, (None, None))
        if approval is None or approval.id > decision.id:
            return Judged(Outcome.UNKNOWN_SUBJECT)
        if approval.digest != decision.approval_digest:
            return Judged(Outcome.OTHER_CONTENT)
        judged = self._subject(decision, approval.proposal, approval.proposal_digest)
        if judged.outcome is not Outcome.COUNTED:
            return judged
        taken_back = self._taken_back.get(approval.proposal, "")
        if approval.id < taken_back:
            return Judged(Outcome.ALREADY_DECIDED, taken_back)
        self._taken_back[approval.proposal] = max(taken_back, decision.id)
        self._count_approvals(replace(self._proposals[approval.proposal], because=decision.id))
        return Judged(Outcome.COUNTED)

    def _approvals_of(self, proposal: str) -> list[tuple[Approved, datetime]]:
        """Those that were not taken back, as they were taken."""
        taken_back = self._taken_back.get(proposal, "")
        return [
            (one, since)
            for one, since in self._approvals.values()
            if one.proposal == proposal and one.id > taken_back
        ]

    def _count_approvals(self, one: Proposal) -> None:
        """The pending proposal is approved by the first of them, or waits."""
        first, since = next(iter(self._approvals_of(one.proposed.id)), (None, None))
        state = State.WAITING if first is None else State.APPROVED
        counted = replace(one, state=state, approved=first, effective_at=since)
        self._proposals[one.proposed.id] = counted

    def _person(self, key: str) -> str:
        account = self._accounts.get(key)
        return key if account is None else account.person or key

    def _end(self, decision: ProposalWithdrawn | Refused, state: State) -> Judged:
        judged = self._subject(decision, decision.proposal, decision.proposal_digest)
        if judged.outcome is Outcome.COUNTED:
            self._proposals[decision.proposal] = replace(
                self._proposals[decision.proposal],
                state=state,
                approved=None,
                effective_at=None,
                because=decision.id,
            )
            self._pending = None
        return judged

    def _subject(self, decision: Decision, proposal: str, digest: str) -> Judged:
        """COUNTED if the proposal is the one that is pending, older, and with this content."""
        one = self._proposals.get(proposal)
        if one is None or one.state is State.VOID or proposal > decision.id:
            because = "" if one is None else one.because
            return Judged(Outcome.UNKNOWN_SUBJECT, because)
        if one.proposed.digest != digest:
            return Judged(Outcome.OTHER_CONTENT)
        if proposal == self._pending:
            return Judged(Outcome.COUNTED)
        match one.state:
            case State.REPLACED:
                return Judged(Outcome.REPLACED, one.because)
            case State.WITHDRAWN | State.REFUSED:
                return Judged(Outcome.ALREADY_DECIDED, one.because)
            case _:
                return Judged(Outcome.ALREADY_IN_FORCE)

    def _end_neutral(self, decision: NeutralEnded) -> Judged:
        ended = [id for id in decision.ends if id in self._neutral and id < decision.id]
        for id in ended:
            del self._neutral[id]
        return Judged(Outcome.COUNTED if ended else Outcome.UNKNOWN_SUBJECT)
