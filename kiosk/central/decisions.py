"""Decisions about boards at the centre: examined, kept as events, given to every terminal.

What follows from them is reckoned at the terminals (`display.standing`), everywhere alike. Here it
is examined who decided and signed, that it is not their own proposal, and that it is about what is
known.
"""

import json
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from display.decisions import (
    ApprovalWithdrawn,
    Approved,
    Decision,
    NeutralEnded,
    NeutralNow,
    ProposalWithdrawn,
    Proposed,
    Refused,
    fault_of,
    milliseconds_of,
    right_for,
)
from kiosk.central.feeds import write_change
from kiosk.central.schema import changes, channels
from kiosk.central.staff import account_ever
from kiosk.sync.contract import CONTROL, UnreadableDocument, revision_number
from kiosk.sync.decision import (
    NEWS_TYPE,
    Sent,
    Unacceptable,
    account_of,
    decision_document,
    decision_document_id,
    is_signed,
    read_decision_document,
    shown_name,
)

TOLERANCE = timedelta(minutes=2)
"""How far a terminal's clock, corrected by this server's, may be ahead of it."""


class NotAccepted(Exception):
    """A decision that is never taken: the terminal parks it and tells staff."""

    def __init__(self, code: Unacceptable, what: str) -> None:
        super().__init__(f"{code}: {what}")
        self.code = code


def take_decision(connection: Connection, sent: Sent, now: datetime) -> None:
    """Examine a decision and publish it, in the caller's transaction. Raises NotAccepted.

    One that another terminal sent before, as after a disk was copied, stays as it is.
    """
    known = _found(connection, sent.channel, sent.decision.id)
    if known is not None:
        _same(known, type(sent.decision), sent.decision.digest)
        return
    examine(connection, sent, now)
    publish(connection, sent, now)


def examine(connection: Connection, sent: Sent, now: datetime) -> None:
    """Raises NotAccepted."""
    decision = sent.decision
    latest = now + TOLERANCE
    if decision.at > latest or milliseconds_of(decision.id) > latest.timestamp() * 1000:
        raise NotAccepted(Unacceptable.IN_THE_FUTURE, "the time lies after the server's")
    owned = select(channels.c.name).where(channels.c.name == sent.channel)
    if connection.scalar(owned) is None:
        raise NotAccepted(Unacceptable.UNKNOWN_BUILDING, "this server does not have its feed")
    person = account_ever(connection, decision.by)
    account = None if person is None else account_of(person)
    fault = fault_of(account, right_for(decision), decision.at)
    if fault is not None:
        raise NotAccepted(Unacceptable(fault.value), f"the account {decision.by}")
    if person is None or not is_signed(decision, sent.channel, sent.signature, person):
        raise NotAccepted(
            Unacceptable.SIGNATURE, f"not signed with the key of {decision.by} at that time"
        )
    if decision.by_name != shown_name(person.name):
        raise NotAccepted(Unacceptable.OTHER_NAME, "the account has another name")
    _examine_subjects(connection, sent.channel, decision)


def publish(connection: Connection, sent: Sent, now: datetime) -> None:
    """Write a decision into the building's feed, and wake the terminals by the control channel."""
    decision = sent.decision
    document = decision_document(decision, sent.signature, now)
    rev = f"1-{decision.digest[:32]}"
    write_change(connection, sent.channel, decision_document_id(decision.id), rev, document)
    id = f"{NEWS_TYPE}:{sent.channel}"
    last = connection.scalar(
        select(changes.c.rev).where(changes.c.channel == CONTROL, changes.c.id == id)
    )
    number = 1 if last is None else revision_number(last) + 1
    news = {"_id": id, "type": NEWS_TYPE, "channel": sent.channel}
    write_change(connection, CONTROL, id, f"{number}-{decision.digest[:32]}", news)


def _examine_subjects(connection: Connection, channel: str, decision: Decision) -> None:
    match decision:
        case Approved() | ProposalWithdrawn() | Refused():
            proposed = _subject(connection, channel, decision, decision.proposal)
            _same(proposed, Proposed, decision.proposal_digest)
            if isinstance(decision, Approved) and proposed.by == decision.by:
                raise NotAccepted(Unacceptable.OWN_PROPOSAL, "nobody approves their own proposal")
        case ApprovalWithdrawn():
            approved = _subject(connection, channel, decision, decision.approval)
            _same(approved, Approved, decision.approval_digest)
        case NeutralEnded():
            for id in decision.ends:
                _same(_subject(connection, channel, decision, id), NeutralNow, None)
        case Proposed() | NeutralNow():
            pass


def _subject(connection: Connection, channel: str, decision: Decision, id: str) -> Decision:
    found = _found(connection, channel, id)
    if found is None or found.board != decision.board:
        raise NotAccepted(Unacceptable.UNKNOWN_SUBJECT, f"{id} is not known for this board")
    if id >= decision.id:
        raise NotAccepted(Unacceptable.OUT_OF_ORDER, f"{id} is not older than the decision on it")
    return found


def _found(connection: Connection, channel: str, id: str) -> Decision | None:
    text = connection.scalar(
        select(changes.c.doc).where(
            changes.c.channel == channel, changes.c.id == decision_document_id(id)
        )
    )
    try:
        return None if text is None else read_decision_document(json.loads(text)).decision
    except UnreadableDocument:
        return None


def _same(found: Decision, kind: type[Decision], digest: str | None) -> None:
    if not isinstance(found, kind):
        raise NotAccepted(Unacceptable.UNKNOWN_SUBJECT, f"{found.id} is none of that kind")
    if digest is not None and found.digest != digest:
        raise NotAccepted(Unacceptable.OTHER_CONTENT, f"{found.id} has another content")
