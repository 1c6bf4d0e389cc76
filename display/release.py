"""The release gate: the one place that decides whether something may be shown (pure).

Every channel asks it before it shows an item; see the domain rules 1, 3, 7, 8 and 10.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from display.notice import Notice, NoticeKind, Zone


class Channel(StrEnum):
    """A way in which an item reaches a person."""

    SEARCH = "search"
    DETAIL = "detail"
    PRINT = "print"
    QR = "qr"
    SPEECH = "speech"
    BOARD = "board"
    PREVIEW = "preview"
    LOG = "log"


class Verdict(StrEnum):
    """The gate's answer: RELEASED is yes, everything else is no with its reason."""

    RELEASED = "released"
    NOT_YET = "not_yet"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    OTHER_ZONE = "other_zone"
    OPENING_NOT_STARTED = "opening_not_started"


@dataclass(frozen=True, slots=True)
class Known:
    """The events that the gate must respect."""

    withdrawn: Mapping[str, datetime] = field(default_factory=dict)
    """Notice id → the moment at which this terminal learned of the withdrawal (撤回)."""
    openings_started: frozenset[str] = frozenset()
    """Project numbers whose signed opening-started event has arrived."""


CURRENT_ONLY = frozenset({Channel.BOARD, Channel.PREVIEW})
"""Channels that an expired item leaves; the others mark it as expired."""


def release(
    notice: Notice, *, channel: Channel, at: datetime, known: Known, zone: Zone | None = None
) -> Verdict:
    """Tell whether `notice` may be shown through `channel` in `zone` at the moment `at`.

    `at` is trusted time (see `display.trusted_time`), not the bare clock of the PC.
    A zone of None means a self-service terminal, which shows the items of every zone.
    """
    if notice.id in known.withdrawn:
        return Verdict.WITHDRAWN
    if at < notice.published_at:
        return Verdict.NOT_YET
    if notice.kind is NoticeKind.OPENING_RECORD and notice.tender_no not in known.openings_started:
        return Verdict.OPENING_NOT_STARTED
    if zone is not None and notice.zones and zone not in notice.zones:
        return Verdict.OTHER_ZONE
    if channel in CURRENT_ONLY and notice.valid_until is not None and at >= notice.valid_until:
        return Verdict.EXPIRED
    return Verdict.RELEASED


def is_released(notice: Notice, *, channel: Channel, at: datetime, known: Known) -> bool:
    """Tell whether a self-service terminal may show `notice` through `channel` at `at`."""
    return release(notice, channel=channel, at=at, known=known) is Verdict.RELEASED
