"""开标: that staff said it has started. No clock alone opens bids (domain rule 3)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from kiosk.central.database import CentralDatabase
from kiosk.central.projects import Project, project_of
from kiosk.central.schema import openings_started
from kiosk.sync.instant import from_microseconds, to_microseconds
from kiosk.sync.project import Invitation


class UnknownNotice(LookupError):
    """No such notice is public, or it belongs to no invitation: check its id."""


class NotYet(Exception):
    """Before the opening nobody may learn who handed in, nor how many (domain rule 2)."""

    def __init__(self, until: datetime) -> None:
        super().__init__("the bids are not opened yet")
        self.until = until


class NotStarted(Exception):
    """Its time has come, but nobody said that the opening has started: say so, then ask again."""


class NoOpening(Exception):
    """It was cancelled before, or never had a time: what was handed in stays closed."""


@dataclass(frozen=True, slots=True)
class Started:
    """An opening that has started."""

    invitation: Invitation
    title: str
    at: datetime


def start_opening(database: CentralDatabase, notice_id: str, now: datetime) -> Started:
    """Note that the opening of a notice's project has started; what was noted once stays.

    Raises UnknownNotice, NotYet and NoOpening.
    """
    with database.writing() as connection:
        project, invitation = _invited(connection, notice_id)
        known = _started_at(connection, invitation)
        if known is None:
            _check_time(project, invitation, now)
            connection.execute(
                insert(openings_started).values(
                    notice_id=invitation.notice_id,
                    tender_no=project.tender_no[:300],
                    started_at=to_microseconds(now),
                )
            )
    return Started(invitation, project.title, now if known is None else known)


def started_opening(connection: Connection, notice_id: str, now: datetime) -> Started:
    """The opening of a notice's project, which has started.

    Raises UnknownNotice, NotYet, NoOpening and NotStarted.
    """
    project, invitation = _invited(connection, notice_id)
    at = _started_at(connection, invitation)
    if at is None:
        _check_time(project, invitation, now)
        raise NotStarted
    return Started(invitation, project.title, at)


def may_be_told(connection: Connection, notice_id: str) -> bool:
    """Whether anybody may learn that something was handed in for a notice; empty: for none."""
    if not notice_id:
        return True
    project = project_of(connection, notice_id)
    if project is None:
        return False
    if all(each.secret_until is None for each in project.invitations):
        return True
    if project.invitation is None:
        return False
    return _started_at(connection, project.invitation) is not None


def _invited(connection: Connection, notice_id: str) -> tuple[Project, Invitation]:
    project = project_of(connection, notice_id)
    if project is None or project.invitation is None:
        raise UnknownNotice(notice_id)
    return project, project.invitation


def _check_time(project: Project, invitation: Invitation, now: datetime) -> None:
    until = project.secret_until
    if not invitation.is_opened or until is None:
        raise NoOpening
    if now < until:
        raise NotYet(until)


def _started_at(connection: Connection, invitation: Invitation) -> datetime | None:
    found = connection.scalar(
        select(openings_started.c.started_at).where(
            openings_started.c.notice_id.in_(invitation.notices)
        )
    )
    return None if found is None else from_microseconds(found)
