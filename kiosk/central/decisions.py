"""Decisions about boards at the centre: examined, kept as events, given to every terminal.

What follows from them is reckoned by `display.standing`, here and at the terminals alike. Here it
is examined who decided and signed, and whether that counts by all that is known now, however late
it comes: what does not is not taken, and its maker is told. The order in which decisions are taken
is theirs for good.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

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
    milliseconds_of,
)
from display.standing import Outcome, standing
from kiosk.central.feeds import write_change
from kiosk.central.schema import changes, channels
from kiosk.central.staff import account_ever, accounts_ever
from kiosk.sync.contract import CONTROL, UnreadableDocument, revision_number
from kiosk.sync.decision import (
    NEWS_TYPE,
    DecisionDocument,
    Sent,
    Unacceptable,
    account_of,
    decision_document,
    decision_document_id,
    problem_of,
    read_decision_document,
)

TOLERANCE = timedelta(minutes=2)
"""How far a terminal's clock, corrected by this server's, may be ahead of it."""
NEUTRAL_FOR = timedelta(hours=12)
"""A word for the neutral page of another terminal's board is not for the moment any more when it
comes later."""
SAID: Mapping[Unacceptable, str] = {
    Unacceptable.SIGNATURE: "not signed with the key that the account has now",
    Unacceptable.OTHER_NAME: "the account has another name",
    Unacceptable.OUT_OF_ORDER: "its time does not fit its id",
}


class NotAccepted(Exception):
    """A decision that is never taken: the terminal parks it and tells staff."""

    def __init__(self, code: Unacceptable, what: str) -> None:
        super().__init__(f"{code}: {what}")
        self.code = code


def take_decision(connection: Connection, sent: Sent, now: datetime) -> None:
    """Examine a decision and publish it, in the caller's transaction. Raises NotAccepted.

    One that another terminal sent before, as after a disk was copied, stays as it is.
    """
    id = sent.decision.id
    known = _of_board(connection, sent.channel, sent.decision.board)
    before = known.get(id) or _found(connection, sent.channel, id)
    if before is not None:
        if before.decision.digest != sent.decision.digest:
            raise NotAccepted(Unacceptable.OTHER_CONTENT, f"{id} has another content")
        return
    last = max((one.accepted_at for one in known.values()), default=None)
    # A clock that was set back, or stands, changes no order.
    taken_at = now if last is None else max(now, last + timedelta.resolution)
    examine(connection, sent, known, taken_at, now)
    publish(connection, sent, taken_at)


def examine(
    connection: Connection,
    sent: Sent,
    known: Mapping[str, DecisionDocument],
    taken_at: datetime,
    now: datetime,
) -> None:
    """`known`: all decisions about this board, by id. Raises NotAccepted."""
    decision = sent.decision
    latest = now + TOLERANCE
    if decision.at > latest or milliseconds_of(decision.id) > latest.timestamp() * 1000:
        raise NotAccepted(Unacceptable.IN_THE_FUTURE, "the time lies after the server's")
    owned = select(channels.c.name).where(channels.c.name == sent.channel)
    if connection.scalar(owned) is None:
        raise NotAccepted(Unacceptable.UNKNOWN_BUILDING, "this server does not have its feed")
    person = account_ever(connection, decision.by)
    problem = problem_of(decision, sent.channel, sent.signature, person, taken_at)
    if problem is not None:
        raise NotAccepted(problem, SAID.get(problem, f"the account {decision.by}"))
    late = now - decision.at > NEUTRAL_FOR
    if isinstance(decision, NeutralNow) and late and not sent.board_here:
        raise NotAccepted(Unacceptable.TOO_LATE, f"it was made at {decision.at.isoformat()}")
    newer = next((id for id in _subjects(decision) if id in known and id >= decision.id), None)
    if newer is not None:
        raise NotAccepted(Unacceptable.OUT_OF_ORDER, f"{newer} is not older than the decision")
    people = {one.key: account_of(one) for one in accounts_ever(connection)}
    _examine_effect(decision, known, people, taken_at)


def _examine_effect(
    decision: Decision,
    known: Mapping[str, DecisionDocument],
    people: Mapping[str, Account],
    taken_at: datetime,
) -> None:
    """Nothing is taken that would not count now."""
    decisions = [one.decision for one in known.values()]
    accepted = {id: one.accepted_at for id, one in known.items()} | {decision.id: taken_at}
    found = standing(
        decision.board, [*decisions, decision], people, taken_at, accepted=accepted
    ).judged[decision.id]
    if found.outcome is not Outcome.COUNTED:
        code = Unacceptable(found.outcome.value)
        raise NotAccepted(code, found.because or "by what the server knows")


def publish(connection: Connection, sent: Sent, taken_at: datetime) -> None:
    """Write a decision into the building's feed, and wake the terminals by the control channel."""
    decision = sent.decision
    document = decision_document(decision, sent.signature, taken_at)
    rev = f"1-{decision.digest[:32]}"
    write_change(connection, sent.channel, decision_document_id(decision.id), rev, document)
    id = f"{NEWS_TYPE}:{sent.channel}"
    last = connection.scalar(
        select(changes.c.rev).where(changes.c.channel == CONTROL, changes.c.id == id)
    )
    number = 1 if last is None else revision_number(last) + 1
    news = {"_id": id, "type": NEWS_TYPE, "channel": sent.channel}
    write_change(connection, CONTROL, id, f"{number}-{decision.digest[:32]}", news)


def _subjects(decision: Decision) -> tuple[str, ...]:
    match decision:
        case Approved() | ProposalWithdrawn() | Refused():
            return (decision.proposal,)
        case ApprovalWithdrawn():
            return (decision.approval,)
        case NeutralEnded():
            return decision.ends
        case Proposed() | NeutralNow():
            return ()


def _of_board(connection: Connection, channel: str, board: str) -> dict[str, DecisionDocument]:
    texts = connection.scalars(
        select(changes.c.doc).where(
            changes.c.channel == channel,
            changes.c.id.startswith(decision_document_id("")),
            changes.c.doc.is_not(None),
        )
    )
    found = (_read(text) for text in texts)
    return {
        one.decision.id: one for one in found if one is not None and one.decision.board == board
    }


def _found(connection: Connection, channel: str, id: str) -> DecisionDocument | None:
    text = connection.scalar(
        select(changes.c.doc).where(
            changes.c.channel == channel, changes.c.id == decision_document_id(id)
        )
    )
    return None if text is None else _read(text)


def _read(text: str) -> DecisionDocument | None:
    try:
        return read_decision_document(json.loads(text))
    except UnreadableDocument:
        return None
