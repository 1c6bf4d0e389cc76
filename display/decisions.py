"""决定: who proposed, approved, refused or took back what for a board (pure).

Decisions are only ever added. Each is named by a UUID of version 7 (RFC 9562, section 5.7) that is
higher than that of all its maker knew, so the order of the ids holds causes before effects, also
where clocks differ a little; what a decision is about is named with its digest. What follows from
them is reckoned in `display.standing`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from display.arrangement import Arrangement, digest_of

RANDOM_BYTES = 10
_MILLISECONDS = 1 << 48
MOST_ENDED = 100
"""Words for the neutral page that one decision ends."""
DRIFT = timedelta(minutes=10)
"""How far the time in an id may lie after that of the decision: the clocks of what its maker knew
may have been ahead."""


def _version_7(text: str) -> str:
    try:
        id = UUID(text)
    except ValueError:
        raise ValueError("is no UUID") from None
    if id.version != 7 or str(id) != text:
        raise ValueError("is no UUID of version 7 in its usual spelling")
    return text


DecisionId = Annotated[str, AfterValidator(_version_7)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Reason = Annotated[str, Field(max_length=200)]


class _Made(BaseModel):
    """What every decision says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: DecisionId
    board: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    by: str = Field(pattern=r"^[0-9a-z]{6,40}$")
    """Key of the account."""
    by_name: str = Field(min_length=1, max_length=60)
    """As it is shown; never the number of a card."""
    at: AwareDatetime
    """Proven time."""

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical text, hex."""
        return digest_of(self)


class Proposed(_Made):
    """提请: another arrangement is wanted. It counts once somebody else has approved it."""

    kind: Literal["proposed"] = "proposed"
    before: Arrangement
    """What it began from and is compared with."""
    arrangement: Arrangement

    @property
    def base(self) -> str:
        """Digest of what it began from."""
        return self.before.digest


class Approved(_Made):
    """批准: a second person wants it too."""

    kind: Literal["approved"] = "approved"
    proposal: DecisionId
    proposal_digest: Digest


class ApprovalWithdrawn(_Made):
    """撤销批准, until the arrangement is in force."""

    kind: Literal["approval-withdrawn"] = "approval-withdrawn"
    approval: DecisionId
    approval_digest: Digest


class ProposalWithdrawn(_Made):
    """撤回提请, by whoever may propose."""

    kind: Literal["proposal-withdrawn"] = "proposal-withdrawn"
    proposal: DecisionId
    proposal_digest: Digest


class Refused(_Made):
    """退回, with the reason in the words of whoever may approve."""

    kind: Literal["refused"] = "refused"
    proposal: DecisionId
    proposal_digest: Digest
    reason: Reason


class NeutralNow(_Made):
    """立即中性页: the neutral page at once, on one person's word."""

    kind: Literal["neutral-now"] = "neutral-now"
    reason: Reason = ""


class NeutralEnded(_Made):
    """恢复播出. Names each word that it ends: one that its maker did not know goes on."""

    kind: Literal["neutral-ended"] = "neutral-ended"
    ends: tuple[DecisionId, ...] = Field(min_length=1, max_length=MOST_ENDED)


Decision = (
    Proposed
    | Approved
    | ApprovalWithdrawn
    | ProposalWithdrawn
    | Refused
    | NeutralNow
    | NeutralEnded
)
DECISION: TypeAdapter[Decision] = TypeAdapter(Annotated[Decision, Field(discriminator="kind")])
"""Reading one raises pydantic's ValidationError and `arrangement.NotAllowed`."""


class Right(StrEnum):
    """What an account may decide."""

    PROPOSE = "propose"
    APPROVE = "approve"
    NEUTRAL = "neutral"
    END_NEUTRAL = "end_neutral"


def right_for(decision: Decision) -> Right:
    """The right that a decision needs."""
    match decision:
        case Proposed() | ProposalWithdrawn():
            return Right.PROPOSE
        case Approved() | ApprovalWithdrawn() | Refused():
            return Right.APPROVE
        case NeutralNow():
            return Right.NEUTRAL
        case NeutralEnded():
            return Right.END_NEUTRAL


class Fault(StrEnum):
    """Why an account may not decide."""

    UNKNOWN_ACCOUNT = "unknown_account"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    REMOVED = "removed"
    NO_RIGHT = "no_right"


@dataclass(frozen=True, slots=True)
class Account:
    """What deciding must know about a person's account."""

    key: str
    rights: frozenset[Right]
    valid_from: datetime
    expires_at: datetime
    """Valid until, not at, this moment."""
    removed_at: datetime | None = None
    former_rights: tuple[tuple[frozenset[Right], datetime], ...] = ()
    """Those that it had until, not at, each moment; oldest first."""
    person: str = ""
    """Key of the first account that was made for the same card; empty: this one."""

    def rights_at(self, at: datetime) -> frozenset[Right]:
        """The rights that it had at that moment."""
        return next((rights for rights, until in self.former_rights if at < until), self.rights)


def fault_of(account: Account | None, right: Right, at: datetime) -> Fault | None:
    """Why the account could not decide so at that moment; None: it could."""
    if account is None:
        return Fault.UNKNOWN_ACCOUNT
    if at < account.valid_from:
        return Fault.NOT_YET_VALID
    if at >= account.expires_at:
        return Fault.EXPIRED
    if account.removed_at is not None and at >= account.removed_at:
        return Fault.REMOVED
    return None if right in account.rights_at(at) else Fault.NO_RIGHT


def is_bound(decision: Decision) -> bool:
    """Whether the time in the id is that of the decision, or up to DRIFT later.

    Else it could be put before what it comes after, or be said to be older than its maker's end.
    """
    earliest = int(decision.at.timestamp() * 1000)
    latest = int((decision.at + DRIFT).timestamp() * 1000)
    return earliest <= milliseconds_of(decision.id) <= latest


def new_id(at: datetime, chance: bytes, known: Iterable[str]) -> str:
    """An id above all `known` ones; `chance`: RANDOM_BYTES random bytes.

    Its time is that of `at`, or a millisecond after the latest known one. ValueError for another
    number of bytes.
    """
    if len(chance) != RANDOM_BYTES:
        raise ValueError(f"{RANDOM_BYTES} random bytes are needed")
    latest = max((milliseconds_of(id) for id in known), default=-1)
    count = max(int(at.timestamp() * 1000), latest + 1) % _MILLISECONDS
    rest = int.from_bytes(chance, "big")
    number = (
        count << 80 | 0x7 << 76 | (rest >> 68 & 0xFFF) << 64 | 0b10 << 62 | rest & (1 << 62) - 1
    )
    return str(UUID(int=number))


def milliseconds_of(id: str) -> int:
    """The time in an id, in milliseconds since 1970 UTC."""
    return UUID(id).int >> 80
