"""What a submission belongs to: a published notice, and what its tender's notices say of it.

The rule is that of `kiosk.sync.project`; here the notices that it counts are found.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import Connection, Row, delete, insert, or_, select

from display.notice import NoticeKind
from kiosk.central.database import CentralDatabase
from kiosk.central.schema import changes, facts, notices, project_notices
from kiosk.sync.instant import from_microseconds, to_microseconds
from kiosk.sync.project import DECIDING, Invitation, invitation_of, invitations, secret_until

_CAUGHT_UP = "project-notices"
_MAX_TENDER_NO = 300
_STEP = 500


class _Said(BaseModel):
    """What counts here of a notice's document."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = Field(alias="_id")
    kind: NoticeKind
    published_at: AwareDatetime
    tender_no: str = ""
    title: str = ""
    closes_at: AwareDatetime | None = None
    opens_at: AwareDatetime | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """项目, as far as handing in depends on it."""

    notice_id: str
    tender_no: str
    title: str
    invitation: Invitation | None
    """That which the notice is, or follows; None: the tender invites nobody as far as known."""
    invitations: tuple[Invitation, ...]
    """All of the tender, the oldest first."""

    @property
    def invites(self) -> Invitation | None:
        """The invitation under whose deadline documents may be handed in for this notice."""
        found = self.invitation
        if found is None or found.closes_at is None or self.notice_id not in found.notices:
            return None
        return found

    @property
    def secret_until(self) -> datetime | None:
        """Before it nobody may learn who handed in to the tender, nor how many (domain rule 2)."""
        return secret_until(self.invitations)


def project_of(connection: Connection, notice_id: str) -> Project | None:
    """The project of a notice that is public and not withdrawn, or None."""
    row = connection.execute(
        select(changes.c.doc, notices.c.withdrawn_at)
        .join(notices, (notices.c.id == changes.c.id) & (notices.c.channel == changes.c.channel))
        .where(notices.c.id == notice_id, notices.c.held.is_(False))
    ).one_or_none()
    if row is None or row.doc is None or row.withdrawn_at is not None:
        return None
    try:
        notice = _Said.model_validate(json.loads(row.doc))
    except ValidationError:
        return None
    listed = [notice]
    if notice.tender_no:
        rows = connection.execute(
            select(project_notices).where(
                project_notices.c.tender_no == notice.tender_no[:_MAX_TENDER_NO],
                project_notices.c.notice_id != notice_id,
            )
        )
        listed += [_said(each) for each in rows]
    known = invitations(listed)
    return Project(notice_id, notice.tender_no, notice.title, invitation_of(notice, known), known)


def note_change(connection: Connection, notice_id: str, doc: Mapping[str, Any] | None) -> None:
    """Keep the table of such notices with a document that enters or leaves a feed."""
    if doc is None or doc.get("type") == "notice":
        connection.execute(delete(project_notices).where(project_notices.c.notice_id == notice_id))
    if doc is None or doc.get("kind") not in DECIDING or not doc.get("tender_no"):
        return
    try:
        notice = _Said.model_validate({**doc, "_id": notice_id})
    except ValidationError:
        return
    connection.execute(
        insert(project_notices).values(
            notice_id=notice_id,
            tender_no=notice.tender_no[:_MAX_TENDER_NO],
            kind=notice.kind.value,
            published_at=to_microseconds(notice.published_at),
            closes_at=None if notice.closes_at is None else to_microseconds(notice.closes_at),
            opens_at=None if notice.opens_at is None else to_microseconds(notice.opens_at),
        )
    )


def catch_up(database: CentralDatabase) -> None:
    """Note the notices of a database from before they were noted; once."""
    with database.reading() as connection:
        if connection.scalar(select(facts.c.name).where(facts.c.name == _CAUGHT_UP)):
            return
    with database.writing() as connection:
        wanted = or_(*(changes.c.doc.like(f'%"kind": "{kind.value}"%') for kind in DECIDING))
        rows = connection.execute(
            select(changes.c.id, changes.c.doc).where(wanted),
            execution_options={"yield_per": _STEP},
        )
        for row in rows:
            note_change(connection, row.id, json.loads(row.doc))
        connection.execute(delete(facts).where(facts.c.name == _CAUGHT_UP))
        connection.execute(insert(facts).values(name=_CAUGHT_UP, value="1"))


def _said(row: Row[Any]) -> _Said:
    return _Said(
        _id=row.notice_id,
        kind=NoticeKind(row.kind),
        published_at=from_microseconds(row.published_at),
        tender_no=row.tender_no,
        closes_at=None if row.closes_at is None else from_microseconds(row.closes_at),
        opens_at=None if row.opens_at is None else from_microseconds(row.opens_at),
    )
