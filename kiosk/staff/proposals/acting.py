"""What somebody's wish about a proposal comes to as a decision."""

from datetime import datetime

from display.decisions import Decision
from display.standing import Judged, Outcome, Proposal
from kiosk.staff import wording
from kiosk.staff.proposals.model import Act
from kiosk.staff.proposing import Deciding, WithoutEffect


def decision_of(
    act: Act, who: Deciding, proposal: Proposal, reason: str, now: datetime
) -> Decision:
    """Have `who` decide it; `reason` is that of a refusal. Raises as `Deciding` does."""
    match act:
        case Act.APPROVE:
            return who.approve(proposal, now)
        case Act.REFUSE:
            return who.refuse(proposal, wording.reason_to_record(reason), now)
        case Act.WITHDRAW:
            return who.withdraw_proposal(proposal, now)
        case Act.WITHDRAW_APPROVAL:
            if proposal.approved is None:
                raise WithoutEffect(Judged(Outcome.UNKNOWN_SUBJECT))
            return who.withdraw_approval(proposal.approved, now)
