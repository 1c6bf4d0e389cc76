"""开标室路线: where a project's opening is, when, and how to get there (pure)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from display.local_time import SHANGHAI
from display.notice import Notice, NoticeKind
from kiosk.sync.site import Room, room_named


@dataclass(frozen=True, slots=True)
class Route:
    """The way to an opening, from the newest notices that tell of it."""

    room: str
    """As the building's feed names it."""
    floor: str
    way: str
    opens_at: datetime
    changed: bool
    """Whether the notice that is read says something else."""


def opening_of(project: Iterable[Notice]) -> datetime | None:
    """When a project's bids are opened, by the newest word on it; None: not told, or cancelled."""
    told = _in_order(project)
    if told and told[-1].kind is NoticeKind.CANCELLATION:
        return None
    return next((each.opens_at for each in reversed(told) if each.opens_at is not None), None)


def route_to(
    notice: Notice, project: Iterable[Notice], rooms: tuple[Room, ...], at: datetime
) -> Route | None:
    """The way to the opening of the notice's project.

    `project`: its released notices. None when the opening is cancelled, its day is over, its time
    is not told, or the building's feed does not know its room.
    """
    project = {each.id: each for each in (*project, notice)}.values()
    opens_at = opening_of(project)
    written = next((each.room for each in reversed(_in_order(project)) if each.room), "")
    room = room_named(rooms, written)
    if opens_at is None or room is None:
        return None
    if opens_at.astimezone(SHANGHAI).date() < at.astimezone(SHANGHAI).date():
        return None
    changed = notice.opens_at not in (None, opens_at) or notice.room not in ("", written)
    return Route(room.name, room.floor, room.way, opens_at, changed)


def _in_order(project: Iterable[Notice]) -> list[Notice]:
    """Notices that can tell of an opening to come, the newest last."""
    told = (each for each in project if each.kind is not NoticeKind.OPENING_RECORD)
    return sorted(told, key=lambda each: (each.published_at, each.id))
