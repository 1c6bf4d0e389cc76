"""Decisions about boards on their way: events to the server, documents of a building's feed (pure).

A decision travels as it was made, signed by who made it (Ed25519, RFC 8032). The server examines
account and signature and answers 422 for what is not allowed; what it takes comes back to every
terminal as the document ``decision:<id>``, where both are examined again, by the same rule: the
account could decide so when it did, and still when the server took it, and signed with the key that
it had then. So whoever was removed, or has another PIN by then, decides nothing late.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from devices.idcard.identity import masked_name
from display.arrangement import NotAllowed, canonical
from display.decisions import Account, Decision, Right, fault_of, is_bound, right_for
from kiosk.sync.contract import UnreadableDocument, fields_at_fault
from kiosk.sync.events import SOURCE, Event
from kiosk.sync.staff import StaffAccount, StaffRole, public_at

DECISION_EVENT = "cn.mingtang.decision"
"""Type of the event."""
DECISION_TYPE = "decision"
"""Type of the document."""
NEWS_TYPE = "news"
"""Type of a document of the control channel: a building's feed has something that cannot wait."""

RIGHTS: Mapping[Right, frozenset[StaffRole]] = {
    Right.PROPOSE: frozenset({StaffRole.EDITOR}),
    Right.APPROVE: frozenset({StaffRole.APPROVER}),
    Right.NEUTRAL: frozenset(StaffRole) - {StaffRole.DESK},
    Right.END_NEUTRAL: frozenset({StaffRole.EDITOR, StaffRole.APPROVER, StaffRole.SUPERVISOR}),
}
"""Right → the roles of which one is enough."""


class Unacceptable(StrEnum):
    """Why the server takes a decision never; the answer begins with it."""

    IN_THE_FUTURE = "in_the_future"
    UNKNOWN_BUILDING = "unknown_building"
    UNKNOWN_ACCOUNT = "unknown_account"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    REMOVED = "removed"
    NO_RIGHT = "no_right"
    SIGNATURE = "signature"
    OTHER_NAME = "other_name"
    OWN_PROPOSAL = "own_proposal"
    UNKNOWN_SUBJECT = "unknown_subject"
    OTHER_CONTENT = "other_content"
    OUT_OF_ORDER = "out_of_order"
    """Its time does not fit its id, or what it is about is newer."""
    TOO_LATE = "too_late"
    """A word for the neutral page that is not of today any more."""
    BASE_NOT_IN_FORCE = "base_not_in_force"
    REPLACED = "replaced"
    ALREADY_DECIDED = "already_decided"
    ALREADY_IN_FORCE = "already_in_force"
    """As `display.standing.Outcome`: it would not count, by all that the server knows."""


Signature = Annotated[str, Field(pattern=r"^([0-9a-f]{128})?$")]
"""Empty: it was not signed."""
AnyDecision = Annotated[Decision, Field(discriminator="kind")]
Model = TypeVar("Model", bound=BaseModel)


class Sent(BaseModel):
    """A decision and the building whose board it is about."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    channel: str = Field(pattern=r"^site-[a-z0-9-]{1,40}$")
    """Of the building's feed."""
    decision: AnyDecision
    signature: Signature = ""
    board_here: bool = False
    """Whether the board is at the terminal where it was made, which goes by it since."""


class DecisionDocument(BaseModel):
    """A decision that the server took."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: Literal["decision"] = "decision"
    accepted_at: AwareDatetime
    """By the server's clock."""
    decision: AnyDecision
    signature: Signature = ""


def sign_decision(decision: Decision, channel: str, key: Ed25519PrivateKey) -> str:
    """The signature under a decision about a board of the building with this feed, in hex."""
    return key.sign(_signed_text(decision, channel)).hex()


def problem_of(
    decision: Decision,
    channel: str,
    signature: str,
    account: StaffAccount | None,
    taken_at: datetime,
) -> Unacceptable | None:
    """Why a decision cannot be this account's, as the server takes it at `taken_at`."""
    if not is_bound(decision):
        return Unacceptable.OUT_OF_ORDER
    seen = None if account is None else account_of(account)
    for at in (decision.at, taken_at):
        fault = fault_of(seen, right_for(decision), at)
        if fault is not None:
            return Unacceptable(fault.value)
    if account is None or not is_signed(decision, channel, signature, account, taken_at):
        return Unacceptable.SIGNATURE
    return None if decision.by_name == shown_name(account.name) else Unacceptable.OTHER_NAME


def is_signed(
    decision: Decision, channel: str, signature: str, account: StaffAccount, at: datetime
) -> bool:
    """Tell whether it was signed with the key that the account had at that moment."""
    public = public_at(account, at)
    if decision.by != account.key or public is None:
        return False
    half = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
    try:
        half.verify(bytes.fromhex(signature), _signed_text(decision, channel))
    except InvalidSignature:
        return False
    return True


def _signed_text(decision: Decision, channel: str) -> bytes:
    return f"{DECISION_EVENT}\n{channel}\n{canonical(decision)}".encode()


def decision_event(
    decision: Decision, channel: str, terminal: str, signature: str, *, board_here: bool = False
) -> Event:
    """Wrap a decision for its way; the event has the decision's id."""
    data: dict[str, Any] = {
        "channel": channel,
        "decision": decision.model_dump(mode="json"),
        "signature": signature,
    }
    if board_here:
        data["board_here"] = True
    return Event(id=decision.id, source=SOURCE + terminal, type=DECISION_EVENT, data=data)


def read_decision(event: Event) -> Sent:
    """Read such an event. Raises UnreadableDocument, which names the fields at fault."""
    sent = _read(Sent, event.data)
    if sent.decision.id != event.id:
        raise UnreadableDocument("decision.id: differs from the event's")
    return sent


def decision_document_id(id: str) -> str:
    """Name the document of a decision."""
    return f"{DECISION_TYPE}:{id}"


def decision_document(decision: Decision, signature: str, accepted_at: datetime) -> dict[str, Any]:
    """Write the document, still without its revision."""
    document = DecisionDocument(accepted_at=accepted_at, decision=decision, signature=signature)
    return {"_id": decision_document_id(decision.id), **document.model_dump(mode="json")}


def read_decision_document(document: Mapping[str, Any]) -> DecisionDocument:
    """Read a document. Raises UnreadableDocument, which names the fields at fault."""
    read = _read(DecisionDocument, document)
    if document.get("_id") != decision_document_id(read.decision.id):
        raise UnreadableDocument("decision.id: does not fit _id")
    return read


def account_of(staff: StaffAccount) -> Account:
    """An account of the feed as deciding sees it."""
    return Account(
        staff.key,
        rights_of(staff.roles),
        staff.valid_from,
        staff.expires_at,
        staff.removed_at,
        tuple((rights_of(former.roles), former.until) for former in staff.former_roles),
        staff.person,
    )


def rights_of(roles: tuple[StaffRole, ...]) -> frozenset[Right]:
    """What these roles may decide."""
    return frozenset(right for right, enough in RIGHTS.items() if not enough.isdisjoint(roles))


def shown_name(name: str) -> str:
    """A staff member's name as records and screens show it."""
    return masked_name(name)


def code_of(reason: str) -> Unacceptable | None:
    """The code with which the server's answer begins; None: another reason."""
    code = reason.partition(":")[0]
    return Unacceptable(code) if code in list(Unacceptable) else None


def _read(model: type[Model], value: Mapping[str, Any]) -> Model:
    try:
        return model.model_validate(dict(value))
    except ValidationError as problem:
        raise UnreadableDocument(fields_at_fault(problem)) from None
    except NotAllowed as problem:
        raise UnreadableDocument(f"arrangement: {problem}"[:500]) from None
