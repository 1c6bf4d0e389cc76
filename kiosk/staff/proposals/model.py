"""The proposals for a board as staff read them, and what a person may do about each (pure)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from display.arrangement import Setting, differences
from display.decisions import (
    ApprovalWithdrawn,
    Approved,
    Decision,
    Fault,
    ProposalWithdrawn,
    Proposed,
    Refused,
    Right,
    fault_of,
)
from display.local_time import SHANGHAI
from display.schedule import cut_over_at
from display.standing import Judged, Outcome, Proposal, Standing, State, effective_at
from display.timing import Warned
from kiosk.staff import wording
from kiosk.staff.accounts import Action, may
from kiosk.staff.wording import Changed
from kiosk.sync.decision import account_of
from kiosk.sync.staff import StaffAccount
from kiosk.words import Words, weekday

MOST_ROWS = 50
NAMED = 3
"""Settings that a row names before it only counts them."""
MOST_TOLD = 5
"""Differences that a question repeats; the screen behind it shows all."""
TONES = {
    State.WAITING: "attention",
    State.APPROVED: "brand",
    State.IN_FORCE: "good",
}
PLAIN = "muted"
OF_NOTICES = frozenset({Setting.PIN, Setting.LEFT_OUT, Setting.DWELL})


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A decision made here that the centre does not take."""

    decision: Decision
    reason: str
    """As it answered; see `kiosk.sync.decision.code_of`."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The proposals for one board at a moment."""

    board: str
    at: datetime
    standing: Standing
    confirmed: frozenset[str] = frozenset()
    """Ids of decisions that the centre took; another one is known only here."""
    refused: tuple[NotTaken, ...] = ()
    """Made here and not taken by the centre, newest first."""
    opened: str = ""
    """Id of the proposal whose content was read."""
    first_day: date | None = None
    """Of the first edition under the pending proposal, if it were approved now or is."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """Of released notices that the opened proposal names, by id."""
    cautions: tuple[Warned, ...] | None = None
    """Of the first edition under the opened proposal, while it is pending; None: none can be
    made here."""


class Act(StrEnum):
    """What somebody may do about a proposal."""

    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    WITHDRAW_APPROVAL = "withdraw_approval"


ASKED = {
    Act.APPROVE: "approve_title",
    Act.REFUSE: "refuse_title",
    Act.WITHDRAW: "withdraw_title",
    Act.WITHDRAW_APPROVAL: "withdraw_approval_title",
}
"""How somebody is asked whether to do it, in section proposals."""
DONE = {
    Act.APPROVE: "done_approve",
    Act.REFUSE: "done_refuse",
    Act.WITHDRAW: "done_withdraw",
    Act.WITHDRAW_APPROVAL: "done_withdraw_approval",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One proposal of the list."""

    id: str
    at: datetime
    what: str
    by: str
    state: str
    tone: str
    unconfirmed: bool
    """The centre has not taken it yet."""


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence of a proposal's story."""

    text: str
    tone: str = PLAIN


@dataclass(frozen=True, slots=True)
class Detail:
    """An opened proposal."""

    id: str
    state: str
    tone: str
    story: tuple[Line, ...]
    changes: tuple[Changed, ...]
    cautions: tuple[str, ...]
    told: tuple[str, ...]
    """What follows from its state, and when."""
    acts: tuple[Act, ...]
    denied: str
    """Why it cannot be approved here by this person; empty where nothing has to be said."""


def as_if_approved(proposal: Proposal, at: datetime) -> Proposal:
    """With the time from which it would be in force if it were approved now."""
    if proposal.effective_at is not None:
        return proposal
    made = proposal.proposed
    return replace(proposal, effective_at=effective_at(at, made.before, made.arrangement))


def proposal_of(seen: Seen, id: str) -> Proposal | None:
    """A proposal by its id, also one that the centre did not take."""
    return next((one for one in _all(seen) if one.proposed.id == id), None)


def rows(seen: Seen, words: Words) -> list[Row]:
    """Newest first."""
    return [_row(one, seen, words) for one in _all(seen)[:MOST_ROWS]]


def opened_first(seen: Seen) -> str:
    """Id of the proposal to open unasked: the one that is pending, else the newest; or empty."""
    pending = seen.standing.pending
    if pending is not None:
        return pending.proposed.id
    found = _all(seen)
    return found[0].proposed.id if found else ""


def is_own(proposal: Proposal, account: StaffAccount) -> bool:
    """Whether this person proposed it, be it with the first account of the same card."""
    return proposal.proposed.by in (account.key, account.person)


def acts(proposal: Proposal, account: StaffAccount) -> tuple[Act, ...]:
    """What this person may do about it, whatever the time; `proposing.Deciding` examines it."""
    if proposal.state not in (State.WAITING, State.APPROVED):
        return ()
    own = is_own(proposal, account)
    found: list[Act] = []
    if may(account, Action.APPROVE):
        if proposal.approved is not None and proposal.approved.by == account.key:
            found.append(Act.WITHDRAW_APPROVAL)
        elif not own:
            found.append(Act.REFUSE)
            if proposal.state is State.WAITING:
                found.append(Act.APPROVE)
    if own and may(account, Action.PROPOSE):
        found.append(Act.WITHDRAW)
    return tuple(found)


def denied(proposal: Proposal, account: StaffAccount, proven: datetime | None, words: Words) -> str:
    """Why this person cannot approve what waits, told before anything is tapped."""
    if proposal.state not in (State.WAITING, State.APPROVED):
        return ""
    if proven is None:
        return words["proposals.no_time"]
    if proposal.state is State.WAITING:
        if is_own(proposal, account):
            return wording.outcome(Judged(Outcome.OWN_PROPOSAL), words)
        if not may(account, Action.APPROVE):
            return words["proposals.no_right"]
    right = Right.APPROVE if may(account, Action.APPROVE) else Right.PROPOSE
    fault = fault_of(account_of(account), right, proven)
    return "" if fault in (None, Fault.NO_RIGHT) else wording.fault(fault, words)


def detail(
    seen: Seen, proposal: Proposal, account: StaffAccount, proven: datetime | None, words: Words
) -> Detail:
    """An opened proposal for this person."""
    made = proposal.proposed
    refused = _not_accepted(seen, made.id)
    state, tone = _state(proposal, seen, words)
    may_do = acts(proposal, account)
    return Detail(
        id=made.id,
        state=state,
        tone=tone,
        story=tuple(_story(proposal, seen, words)),
        changes=wording.changes(differences(made.before, made.arrangement), words, seen.titles),
        cautions=tuple(wording.caution(one, words) for one in seen.cautions or ()),
        told=tuple(_told(proposal, seen, proven, words, mine=Act.APPROVE in may_do)),
        acts=may_do if proven is not None and refused is None else (),
        denied="" if refused is not None else denied(proposal, account, proven, words),
    )


def question(act: Act, proposal: Proposal, seen: Seen, proven: datetime, words: Words) -> str:
    """What somebody is asked to confirm: what comes into force when, or what follows."""
    changes = wording.changes(
        differences(proposal.proposed.before, proposal.proposed.arrangement), words, seen.titles
    )
    lines = [said(changes[:MOST_TOLD], words)]
    if len(changes) > MOST_TOLD:
        lines.append(words["proposals.more_changes"].format(count=len(changes) - MOST_TOLD))
    if act is Act.APPROVE:
        lines += _when(as_if_approved(proposal, proven), seen, words)
    else:
        lines.append(words[f"proposals.{act}_text"])
    return "\n".join(lines)


def beware(act: Act, seen: Seen, words: Words) -> str:
    """What somebody who approves is told before anything else; empty: nothing."""
    cautions = seen.cautions or () if act is Act.APPROVE else ()
    return "\n".join(wording.caution(one, words) for one in cautions)


def said(changes: Iterable[Changed], words: Words) -> str:
    """Differences, one on each line."""
    return "\n".join(words["proposals.change"].format(**_values(one)) for one in changes)


def summary(proposed: Proposed, words: Words) -> str:
    """What a proposal is about, on one line."""
    found = differences(proposed.before, proposed.arrangement)
    if len(found) == 1 and found[0].setting not in OF_NOTICES:
        (only,) = wording.changes(found, words)
        return words["proposals.change"].format(**_values(only))
    names = list(dict.fromkeys(wording.what(one.setting, "", words) for one in found))
    told = words["staff.between"].join(names[:NAMED])
    if len(found) > 1:
        return words["proposals.several"].format(what=told, count=len(found))
    return told


def still_counts(decision: str, seen: Seen, words: Words) -> str:
    """Why what was decided here has no effect by now; empty while it has."""
    gone = _not_accepted(seen, decision)
    if gone is not None:
        return wording.not_accepted(gone, words)
    judged = seen.standing.judged.get(decision)
    if judged is None or judged.outcome is Outcome.COUNTED:
        return ""
    return wording.outcome(judged, words)


def short(at: datetime) -> str:
    """11-24 08:30 in Shanghai."""
    return f"{at.astimezone(SHANGHAI):%m-%d %H:%M}"


def _all(seen: Seen) -> list[Proposal]:
    """Newest first, with those that the centre did not take."""
    refused = (one.decision for one in seen.refused)
    lost = [Proposal(one, State.VOID) for one in refused if isinstance(one, Proposed)]
    return sorted([*seen.standing.proposals, *lost], key=lambda one: one.proposed.id, reverse=True)


def _row(proposal: Proposal, seen: Seen, words: Words) -> Row:
    made = proposal.proposed
    state, tone = _state(proposal, seen, words)
    unconfirmed = made.id not in seen.confirmed and _not_accepted(seen, made.id) is None
    return Row(made.id, made.at, summary(made, words), made.by_name, state, tone, unconfirmed)


def _state(proposal: Proposal, seen: Seen, words: Words) -> tuple[str, str]:
    if _not_accepted(seen, proposal.proposed.id) is not None:
        return words["proposals.not_accepted"], "attention"
    return wording.state(proposal.state, words), TONES.get(proposal.state, PLAIN)


def _not_accepted(seen: Seen, id: str) -> str | None:
    return next((one.reason for one in seen.refused if one.decision.id == id), None)


def _values(changed: Changed) -> dict[str, str]:
    return {"what": changed.what, "before": changed.before, "after": changed.after}


def _told(
    proposal: Proposal, seen: Seen, proven: datetime | None, words: Words, *, mine: bool
) -> Iterator[str]:
    """`mine`: whether it waits for the very person who reads."""
    made = proposal.proposed
    lost = _not_accepted(seen, made.id)
    if lost is not None:
        yield wording.not_accepted(lost, words)
        return
    since = next((one.since for one in seen.standing.times if one.proposed is made), None)
    match proposal.state:
        case State.WAITING:
            yield words["proposals.waiting_for_you" if mine else "proposals.waiting_text"]
            if proven is not None:
                yield from _when(as_if_approved(proposal, proven), seen, words, "if_approved")
        case State.APPROVED:
            yield from _when(proposal, seen, words)
            yield words["proposals.approved_text"]
        case State.IN_FORCE | State.WAS_IN_FORCE if since is not None:
            yield words[f"proposals.{proposal.state}_text"].format(since=wording.moment(since))
        case State.VOID:
            judged = seen.standing.judged.get(made.id)
            if judged is not None:
                yield words["proposals.void_text"].format(why=wording.outcome(judged, words))
        case State.REPLACED | State.REFUSED | State.WITHDRAWN:
            yield words[f"proposals.{proposal.state}_text"]


def _when(
    proposal: Proposal, seen: Seen, words: Words, name: str = "in_force_from"
) -> Iterator[str]:
    if proposal.effective_at is None:
        return
    yield words[f"proposals.{name}"].format(since=wording.moment(proposal.effective_at))
    day = seen.first_day
    if day is not None:
        cut_over = cut_over_at(day, proposal.proposed.arrangement.cut_over)
        yield words["proposals.first_edition"].format(
            day=_day(day, words), time=f"{cut_over.astimezone(SHANGHAI):%H:%M}"
        )


def _day(day: date, words: Words) -> str:
    return words["proposals.day"].format(date=f"{day:%Y-%m-%d}", weekday=weekday(words, day))


def _story(proposal: Proposal, seen: Seen, words: Words) -> Iterator[Line]:
    """Who decided what about it, oldest first, with what did not count and why."""
    id = proposal.proposed.id
    approvals = {one.id for one in _known(seen) if isinstance(one, Approved) and one.proposal == id}
    for one in _known(seen):
        match one:
            case Proposed() if one.id == id:
                name, reason = "told_proposed", ""
            case Approved() if one.proposal == id:
                name, reason = "told_approved", ""
            case Refused() if one.proposal == id:
                name, reason = "told_refused", wording.reason(one.reason, words)
            case ProposalWithdrawn() if one.proposal == id:
                name, reason = "told_withdrawn", ""
            case ApprovalWithdrawn() if one.approval in approvals:
                name, reason = "told_withdrawn_approval", ""
            case _:
                continue
        said = words[f"proposals.{name}"].format(at=short(one.at), by=one.by_name, reason=reason)
        without = still_counts(one.id, seen, words) if one.id != id else ""
        if without:
            yield Line(
                words["proposals.without_effect"].format(said=said, why=without), "attention"
            )
        elif one.id not in seen.confirmed and _not_accepted(seen, one.id) is None:
            yield Line(words["proposals.unconfirmed_line"].format(said=said), "attention")
        else:
            yield Line(said)


def _known(seen: Seen) -> list[Decision]:
    """Everything about the board, in order, with what the centre did not take."""
    return sorted(
        [*seen.standing.decisions, *(one.decision for one in seen.refused)],
        key=lambda one: one.id,
    )
