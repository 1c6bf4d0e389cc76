"""What a submission belongs to: a published notice, its deadline and its opening.

An amendment of the same tender that was published later moves the deadline and the opening.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from display.notice import NoticeKind
from kiosk.central.database import CentralDatabase
from kiosk.central.schema import amendments, changes, facts, notices
from kiosk.sync.contract import UnreadableDocument, read_notice
from kiosk.sync.instant import from_microseconds, to_microseconds

_CAUGHT_UP = "amendments"
_MAX_TENDER_NO = 300


@dataclass(frozen=True, slots=True)
class Project:
    """项目, as far as handing in depends on it."""

    notice_id: str
    tender_no: str
    title: str
    closes_at: datetime | None
    opens_at: datetime | None

    @property
    def secret_until(self) -> datetime | None:
        """Before it nobody may learn who handed in, nor how many (domain rule 2); None: nothing
        is opened."""
        known = [moment for moment in (self.closes_at, self.opens_at) if moment is not None]
        return max(known, default=None)


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
        notice = read_notice(json.loads(row.doc))
    except UnreadableDocument:
        return None
    closes_at, opens_at = notice.closes_at, notice.opens_at
    if notice.tender_no:
        later = connection.execute(
            select(amendments.c.closes_at, amendments.c.opens_at)
            .where(
                amendments.c.tender_no == notice.tender_no[:_MAX_TENDER_NO],
                amendments.c.published_at >= to_microseconds(notice.published_at),
                amendments.c.notice_id != notice_id,
            )
            .order_by(amendments.c.published_at, amendments.c.notice_id)
        )
        for amendment in later:
            if amendment.closes_at is not None:
                closes_at = from_microseconds(amendment.closes_at)
            if amendment.opens_at is not None:
                opens_at = from_microseconds(amendment.opens_at)
    return Project(notice_id, notice.tender_no, notice.title, closes_at, opens_at)


def note_change(connection: Connection, notice_id: str, doc: Mapping[str, Any] | None) -> None:
    """Keep the table of amendments with a document that enters or leaves a feed."""
    if doc is None or doc.get("type") == "notice":
        connection.execute(delete(amendments).where(amendments.c.notice_id == notice_id))
    if doc is None or doc.get("kind") != NoticeKind.AMENDMENT:
        return
    try:
        notice = read_notice({**doc, "_id": notice_id})
    except UnreadableDocument:
        return
    if not notice.tender_no or (notice.closes_at is None and notice.opens_at is None):
        return
    connection.execute(
        insert(amendments).values(
            notice_id=notice_id,
            tender_no=notice.tender_no[:_MAX_TENDER_NO],
            published_at=to_microseconds(notice.published_at),
            closes_at=None if notice.closes_at is None else to_microseconds(notice.closes_at),
            opens_at=None if notice.opens_at is None else to_microseconds(notice.opens_at),
        )
    )


def catch_up(database: CentralDatabase) -> None:
    """Note the amendments of a database from before they were noted; once."""
    with database.reading() as connection:
        if connection.scalar(select(facts.c.name).where(facts.c.name == _CAUGHT_UP)):
            return
    with database.writing() as connection:
        rows = connection.execute(
            select(changes.c.id, changes.c.doc).where(
                changes.c.doc.like(f'%"kind": "{NoticeKind.AMENDMENT.value}"%')
            )
        )
        for row in rows.all():
            note_change(connection, row.id, json.loads(row.doc))
        connection.execute(delete(facts).where(facts.c.name == _CAUGHT_UP))
        connection.execute(insert(facts).values(name=_CAUGHT_UP, value="1"))
