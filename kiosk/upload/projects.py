"""Projects that take documents now, and how long they still do (no window).

The server alone decides whether something came in time; this says beforehand what it will say,
by the same rule (`kiosk.sync.project`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from display.local_time import SHANGHAI
from display.notice import Notice
from display.release import Channel, Known, Verdict, release
from kiosk import words as wording
from kiosk.store.filters import Filters
from kiosk.store.terminal import TerminalStore
from kiosk.sync.project import invitations
from kiosk.words import Words

HITS = 50
"""Notices looked at for one query; who finds more types more."""


@dataclass(frozen=True, slots=True)
class OpenProject:
    """项目 that takes documents until its deadline."""

    notice_id: str
    """The notice whose deadline holds."""
    tender_no: str
    title: str
    """As its notice says."""
    buyer: str
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Found:
    """What a query found, the next deadline first."""

    projects: tuple[OpenProject, ...]
    cut: bool = False
    """There may be more."""


def open_project(notice: Notice, project: Iterable[Notice], at: datetime) -> OpenProject | None:
    """The project of a notice while it takes documents; `project` are its released notices."""
    known = {each.id: each for each in (notice, *project)}
    for each in reversed(invitations(known.values())):
        if each.takes_at(at) and each.closes_at is not None:
            said = known[each.notice_id]
            return OpenProject(said.id, said.tender_no, said.title, said.buyer, each.closes_at)
    return None


def find(store: TerminalStore, query: str, at: datetime) -> Found:
    """Ask the store for open projects; in a worker."""
    hits = store.search(query, Filters(at, open_now=True), limit=HITS)
    known = store.known()
    found = {}
    for notice in hits.notices:
        project = _with_its_project(store, notice, at, known)
        if project is not None:
            found[project.notice_id] = project
    listed = sorted(found.values(), key=lambda each: (each.closes_at, each.notice_id))
    return Found(tuple(listed), hits.next is not None)


def look_again(store: TerminalStore, notice_id: str, at: datetime) -> OpenProject | None:
    """The project of a notice as it is now; None: it takes nothing any more."""
    notice, known = store.notice(notice_id), store.known()
    if notice is None or not _released(notice, at, known):
        return None
    return _with_its_project(store, notice, at, known)


def _with_its_project(
    store: TerminalStore, notice: Notice, at: datetime, known: Known
) -> OpenProject | None:
    project = store.project(notice.tender_no)
    return open_project(notice, [each for each in project if _released(each, at, known)], at)


def _released(notice: Notice, at: datetime, known: Known) -> bool:
    return release(notice, channel=Channel.DETAIL, at=at, known=known) is Verdict.RELEASED


def closes_text(words: Words, closes_at: datetime, at: datetime) -> str:
    """When the deadline is, to the second, by the server's clock."""
    local = closes_at.astimezone(SHANGHAI)
    if local.date() == at.astimezone(SHANGHAI).date():
        return words["upload.closes_today"].format(time=f"{local:%H:%M:%S}")
    day = wording.day(words, closes_at, at)
    return words["upload.closes"].format(day=day, time=f"{local:%H:%M:%S}")


def countdown(words: Words, closes_at: datetime, at: datetime) -> str:
    """How long it is until the deadline."""
    seconds = int((closes_at - at).total_seconds())
    if closes_at <= at:
        return words["upload.closed"]
    minutes, seconds = divmod(seconds, 60)
    hours, minutes_left = divmod(minutes, 60)
    days, hours_left = divmod(hours, 24)
    if days:
        return words["upload.left_days"].format(days=days, hours=hours_left)
    if hours:
        return words["upload.left_hours"].format(hours=hours, minutes=minutes_left)
    return words["upload.left"].format(time=f"{minutes:02}:{seconds:02}")
