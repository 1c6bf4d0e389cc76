"""公开: letting withheld notices into their feeds at their moment, and ending cancelled ones."""

import json
from datetime import datetime

from sqlalchemy import Connection, select, update

from kiosk.central.blob_links import drop_unreferenced, list_held
from kiosk.central.database import CentralDatabase
from kiosk.central.feeds import write_change
from kiosk.central.schema import cancellations, notices
from kiosk.central.withdrawal import withdraw_within
from kiosk.sync.instant import to_microseconds

_BATCH = 500


def release_due(database: CentralDatabase, now: datetime) -> int:
    """Let in what is due at `now`; tell how many notices. Cheap when there is nothing to do."""
    moment = to_microseconds(now)
    released = 0
    while _is_anything_due(database, moment):
        with database.writing() as connection:
            released += release_batch(connection, now)
        drop_unreferenced(database)
    return released


def release_batch(connection: Connection, now: datetime) -> int:
    """Let in up to 500 due notices inside a transaction of the caller's; tell how many."""
    moment = to_microseconds(now)
    _end_cancelled(connection, now)
    due = connection.execute(
        select(notices)
        .where(notices.c.held, notices.c.published_at <= moment)
        .order_by(notices.c.published_at, notices.c.id)
        .limit(_BATCH)
    ).all()
    for row in due:
        connection.execute(update(notices).where(notices.c.id == row.id).values(held=False))
        rev = f"{row.number}-{row.digest[:32]}"
        write_change(connection, row.channel, row.id, rev, json.loads(row.doc))
        list_held(connection, row.id)
    return len(due)


def _is_anything_due(database: CentralDatabase, moment: int) -> bool:
    held = select(notices.c.id).where(notices.c.held, notices.c.published_at <= moment)
    ended = select(cancellations.c.id).where(
        cancellations.c.done.is_(False), cancellations.c.due_at <= moment
    )
    with database.reading() as connection:
        return any(connection.scalar(look.limit(1)) is not None for look in (held, ended))


def _end_cancelled(connection: Connection, now: datetime) -> None:
    ends = connection.execute(
        select(cancellations)
        .where(cancellations.c.done.is_(False), cancellations.c.due_at <= to_microseconds(now))
        .order_by(cancellations.c.due_at)
    ).all()
    for end in ends:
        earlier = connection.scalars(
            select(notices.c.id).where(
                notices.c.ocid == end.ocid,
                notices.c.published_at <= end.due_at,
                notices.c.withdrawn_at.is_(None),
            )
        ).all()
        for notice_id in earlier:
            withdraw_within(connection, notice_id, now=now)
        connection.execute(
            update(cancellations).where(cancellations.c.id == end.id).values(done=True)
        )
