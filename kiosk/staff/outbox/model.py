"""What this terminal owes the server, as the outbox screen lists it (pure).

What visitors handed in and is still on its way is told as one line, without a number: who counts
it would know how many handed in (domain rule 2). What was parked needs a look, one by one; it is
told apart by the end of its random id. No name, number or file name is in any of this.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from display.local_time import SHANGHAI
from kiosk.private.transfer import Kind, State, Trouble, Waiting
from kiosk.staff.accounts import Action, may
from kiosk.sync.decision import DECISION_EVENT
from kiosk.sync.events import KeptEvents
from kiosk.sync.rating import RATING
from kiosk.sync.staff import StaffAccount
from kiosk.words import Words

TOLD_APART = 6
"""Characters of the end of an id."""
_KINDS = {Kind.SUBMISSION: "submission", Kind.EVENT: "event"}
_TYPES = {RATING: "rating", DECISION_EVENT: "decision"}
_PROBLEMS = {
    Trouble.OFFLINE: "offline",
    Trouble.REFUSED: "refused",
    Trouble.REJECTED: "rejected",
    Trouble.TOO_LATE: "too_late",
    Trouble.DAMAGED: "damaged",
    Trouble.RECEIPT: "receipt",
    Trouble.DISK: "disk",
}


class Act(StrEnum):
    """What staff can do with a line."""

    RETRY = "retry"
    RETURN = "return"
    EXPORT = "export"


RIGHTS = {
    Act.RETRY: Action.RETRY_OUTBOX,
    Act.RETURN: Action.RETURN_OUTBOX,
    Act.EXPORT: Action.EXPORT_OUTBOX,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list."""

    key: str
    """Id of a parked item; else a name of what the line stands for."""
    kind: str
    """Of section owed of the words, as are state and problem."""
    state: str
    problem: str = ""
    """Empty: none is known."""
    since: datetime | None = None
    waited_s: float | None = None
    """How long this terminal has run since then; None: not known, for privacy."""
    attempts: int | None = None
    """None: not counted."""
    next_s: float | None = None
    """Until the next try; None: by itself there is none, or it is not known."""
    parked: bool = False
    public: str = ""
    """Type of the events that it stands for, which are not in the encrypted store."""
    item: Kind | None = None
    """What it is in the encrypted store."""

    @property
    def acts(self) -> frozenset[Act]:
        """What can be done with it, whoever does it."""
        if self.public:
            return frozenset({Act.RETRY} if self.parked else ())
        if not self.parked:
            return frozenset({Act.RETRY} if self.state == "waiting" else ())
        # Too late is too late: asking again brings the same answer.
        found = {Act.EXPORT} | ({Act.RETRY} if self.problem != "too_late" else set())
        return frozenset(found | ({Act.RETURN} if self.item is Kind.SUBMISSION else set()))

    @property
    def mark(self) -> str:
        """Tells parked ones apart."""
        return self.key[-TOLD_APART:] if self.parked and not self.public else ""


@dataclass(frozen=True, slots=True)
class Owed:
    """Everything that is owed, as it was found at one look."""

    lines: tuple[Line, ...] = ()
    """Parked ones first."""
    stopped: bool = False
    """The server does not accept this terminal: nothing is sent."""
    away: bool = False
    """The server does not answer."""
    personal: bool = True
    """Whether this terminal has an encrypted store that could be read."""


def owed(
    waiting: Iterable[Waiting],
    events: Iterable[KeptEvents],
    *,
    stopped: bool,
    away: bool,
    personal: bool = True,
) -> Owed:
    """Lines for what the encrypted outbox and the other one hold."""
    # A visitor's question ends with the visit.
    items = [each for each in waiting if each.kind is not Kind.MATTERS]
    parked = [_parked(each) for each in items if each.state is State.PARKED]
    kept = [_event(each) for each in events]
    lines = [
        *parked,
        *(line for line in kept if line.parked),
        *_under_way([each for each in items if each.state is not State.PARKED]),
        *(line for line in kept if not line.parked),
    ]
    return Owed(tuple(lines), stopped, away, personal)


def acts_of(line: Line, account: StaffAccount) -> frozenset[Act]:
    """What this person can do with it."""
    return frozenset(act for act in line.acts if may(account, RIGHTS[act]))


def _parked(item: Waiting) -> Line:
    return Line(
        key=item.id,
        kind=_KINDS[item.kind],
        state="parked",
        problem=_PROBLEMS.get(item.problem, ""),
        since=item.since,
        waited_s=item.waited_s,
        attempts=item.attempts,
        parked=True,
        item=item.kind,
    )


def _under_way(items: list[Waiting]) -> Iterator[Line]:
    """One line for each kind: its oldest one's time, its most tried one's tries."""
    for kind, name in _KINDS.items():
        found = [each for each in items if each.kind is kind]
        if not found:
            continue
        oldest = max(found, key=lambda each: each.waited_s)
        worst = max(found, key=lambda each: (each.problem is not Trouble.NONE, each.attempts))
        due = [each.next_s for each in found if each.state is State.WAITING and not each.paused]
        if any(each.state is State.SENDING for each in found):
            state = "sending"
        else:
            state = "waiting" if due else "paused"
        yield Line(
            key=f"under way {kind}",
            kind=name,
            state=state,
            problem=_PROBLEMS.get(worst.problem, ""),
            since=oldest.since,
            waited_s=oldest.waited_s,
            attempts=worst.attempts,
            next_s=min(due) if state == "waiting" else None,
            item=kind,
        )


def _event(kept: KeptEvents) -> Line:
    state = "parked" if kept.parked else "waiting"
    return Line(
        key=f"{state} {kept.type}",
        kind=_TYPES.get(kept.type, "record"),
        state=state,
        problem="rejected" if kept.parked else "",
        parked=kept.parked,
        public=kept.type,
    )


def title(line: Line, words: Words) -> str:
    """What it is."""
    said = words[f"owed.kind_{line.kind}"]
    return words["owed.marked"].format(what=said, mark=line.mark) if line.mark else said


def facts(line: Line, words: Words, now: datetime, *, stopped: bool = False) -> list[str]:
    """Since when, how often tried, when next, and what the last problem was.

    `stopped`: nothing is sent, whatever time was set for it.
    """
    told = [_since(line, words, now)]
    if line.attempts is not None:
        told.append(words["owed.attempts"].format(count=line.attempts))
    if line.next_s is not None and not stopped:
        told.append(_next(line.next_s, words, now))
    if line.problem:
        told.append(words[f"owed.problem_{line.problem}"])
    return told


def advice(line: Line, words: Words) -> str:
    """What to do about the last problem; empty where there is none."""
    return words[f"owed.advice_{line.problem}"] if line.problem else ""


def _since(line: Line, words: Words, now: datetime) -> str:
    name = "parked_since" if line.parked else "since"
    if line.since is not None:
        return words[f"owed.{name}"].format(time=_moment(line.since, now))
    if line.waited_s is None:
        return words["owed.since_unknown"]
    if line.waited_s < 60:
        return words["owed.since_just"]
    # The PC may have been switched off in between: it is at least so long.
    return words["owed.since_at_least"].format(minutes=int(line.waited_s // 60))


def _next(next_s: float, words: Words, now: datetime) -> str:
    if next_s <= 0:
        return words["owed.next_now"]
    return words["owed.next"].format(time=_moment(now + timedelta(seconds=next_s), now))


def _moment(at: datetime, now: datetime) -> str:
    local, today = at.astimezone(SHANGHAI), now.astimezone(SHANGHAI)
    return f"{local:%H:%M:%S}" if local.date() == today.date() else f"{local:%m-%d %H:%M}"
