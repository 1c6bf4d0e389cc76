"""What the notices of one tender make of handing in: what invites, until when, what ended (pure).

The one rule of both ends: the server decides by it, a terminal says beforehand what the server
will say. Only a tender notice (招标公告) or a prequalification (资格预审公告) invites; an amendment
(变更公告) moves the newest invitation before it, a cancellation (终止公告) ends all before it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from display.notice import NoticeKind

INVITING = frozenset({NoticeKind.TENDER, NoticeKind.PREQUALIFICATION})
"""Kinds that invite documents."""
DECIDING = INVITING | {NoticeKind.AMENDMENT, NoticeKind.CANCELLATION}
"""Kinds that have a say in it; the others change nothing."""


class Announced(Protocol):
    """What counts of a notice; `display.notice.Notice` is one."""

    @property
    def id(self) -> str: ...
    @property
    def kind(self) -> NoticeKind: ...
    @property
    def published_at(self) -> datetime: ...
    @property
    def closes_at(self) -> datetime | None: ...
    @property
    def opens_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation as the notices after it left it."""

    notice_id: str
    published_at: datetime
    closes_at: datetime | None
    """投标截止; None: it takes nothing."""
    opens_at: datetime | None
    """开标时间"""
    notices: tuple[str, ...]
    """Ids of the invitation and of its amendments."""
    ended_at: datetime | None = None
    """When it was cancelled."""

    def takes_at(self, moment: datetime) -> bool:
        """Whether documents come in time then."""
        return self.ended_at is None and self.closes_at is not None and moment < self.closes_at

    @property
    def secret_until(self) -> datetime | None:
        """Before it nobody may learn who handed in, nor how many (domain rule 2)."""
        known = [moment for moment in (self.closes_at, self.opens_at) if moment is not None]
        return max(known, default=None)

    @property
    def is_opened(self) -> bool:
        """Whether there is an opening: not where it was cancelled before."""
        until = self.secret_until
        return until is not None and (self.ended_at is None or self.ended_at >= until)


def invitations(project: Iterable[Announced]) -> tuple[Invitation, ...]:
    """The invitations among the notices of one tender, the oldest first.

    Where none is known, the oldest amendment stands for it.
    """
    known = {each.id: each for each in project if each.kind in DECIDING}
    ordered = sorted(known.values(), key=_order)
    amendments = [each for each in ordered if each.kind is NoticeKind.AMENDMENT]
    heads = [each for each in ordered if each.kind in INVITING] or amendments[:1]
    ends = [each.published_at for each in ordered if each.kind is NoticeKind.CANCELLATION]
    found = []
    for place, head in enumerate(heads):
        following = heads[place + 1] if place + 1 < len(heads) else None
        own = [
            each
            for each in amendments
            if each.id != head.id
            and each.published_at >= head.published_at
            and (following is None or each.published_at < following.published_at)
        ]
        closes_at, opens_at = head.closes_at, head.opens_at
        for each in own:
            closes_at = closes_at if each.closes_at is None else each.closes_at
            opens_at = opens_at if each.opens_at is None else each.opens_at
        found.append(
            Invitation(
                head.id,
                head.published_at,
                closes_at,
                opens_at,
                (head.id, *(each.id for each in own)),
                next((end for end in ends if end >= head.published_at), None),
            )
        )
    return tuple(found)


def invitation_of(notice: Announced, known: Iterable[Invitation]) -> Invitation | None:
    """The invitation that a notice is, or follows; `known` are all of its tender, in order."""
    listed = tuple(known)
    for each in listed:
        if notice.id in each.notices:
            return each
    before = [each for each in listed if each.published_at <= notice.published_at]
    return before[-1] if before else None


def secret_until(known: Iterable[Invitation]) -> datetime | None:
    """Until when a tender as a whole is secret: over all invitations that come to an opening."""
    moments = (each.secret_until for each in known if each.is_opened)
    return max((moment for moment in moments if moment is not None), default=None)


def _order(notice: Announced) -> tuple[datetime, str]:
    return notice.published_at, notice.id
