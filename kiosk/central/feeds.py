"""The feeds: numbering changes densely, and reading a stretch of them.

The counter row is updated first in the writing transaction and stays locked until its end, so
numbers have no holes and become visible in their order, on every SQL engine.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from kiosk.central.database import CentralDatabase
from kiosk.central.projects import note_change
from kiosk.central.schema import changes, channels
from kiosk.sync.contract import BEGINNING, Change, FeedInfo, Page, Revision


class UnknownChannel(LookupError):
    """This centre has no such channel: answer 404."""


class CursorExpired(Exception):
    """The cursor belongs to another history, or to a part that is gone: read from 0."""


class MalformedCursor(ValueError):
    """The cursor was not made by this server: answer 400."""


def write_change(
    connection: Connection, channel: str, document_id: str, rev: str, doc: Mapping[str, Any] | None
) -> int:
    """Move a document to the end of a channel in its new state; None is a tombstone."""
    seq = connection.scalar(
        update(channels)
        .where(channels.c.name == channel)
        .values(seq=channels.c.seq + 1)
        .returning(channels.c.seq)
    )
    if seq is None:
        raise UnknownChannel(channel)
    text = None if doc is None else json.dumps({**doc, "_rev": rev}, ensure_ascii=False)
    state = {"seq": seq, "rev": rev, "doc": text}
    moved = connection.execute(
        update(changes)
        .where(changes.c.channel == channel, changes.c.id == document_id)
        .values(**state)
    )
    if moved.rowcount == 0:
        connection.execute(insert(changes).values(channel=channel, id=document_id, **state))
    note_change(connection, document_id, doc)
    return int(seq)


def is_listed(connection: Connection, channel: str, document_id: str) -> bool:
    """Tell whether a channel has ever held a document, a tombstone included."""
    found = connection.scalar(
        select(changes.c.seq).where(changes.c.channel == channel, changes.c.id == document_id)
    )
    return found is not None


def last_numbers(database: CentralDatabase) -> dict[str, int]:
    """Read the number of every channel's last change."""
    with database.reading() as connection:
        rows = connection.execute(select(channels.c.name, channels.c.seq)).all()
    return {row.name: row.seq for row in rows}


def feed_info(database: CentralDatabase, channel: str) -> FeedInfo:
    """Read the state of a feed. Raises UnknownChannel."""
    with database.reading() as connection:
        seq, min_seq = _bounds(connection, channel)
    return FeedInfo(
        update_seq=write_cursor(seq, database.epoch),
        epoch=database.epoch,
        min_seq=write_cursor(min_seq, database.epoch),
    )


def changes_since(
    database: CentralDatabase,
    channel: str,
    since: str,
    *,
    limit: int,
    include_docs: bool,
    now: datetime,
) -> Page:
    """Read the changes behind a cursor. Raises UnknownChannel, CursorExpired, MalformedCursor."""
    with database.reading() as connection:
        last, min_seq = _bounds(connection, channel)
        start = read_cursor(since, database.epoch)
        if start > last or 0 < start < min_seq:
            raise CursorExpired(since)
        behind = (changes.c.channel == channel, changes.c.seq > start)
        rows = connection.execute(
            select(changes.c.seq, changes.c.id, changes.c.rev, changes.c.doc)
            .where(*behind)
            .order_by(changes.c.seq)
            .limit(limit)
        ).all()
        end = rows[-1].seq if rows else last
        pending = connection.scalar(
            select(func.count())
            .select_from(changes)
            .where(changes.c.channel == channel, changes.c.seq > end)
        )
    return Page(
        results=tuple(
            Change(
                seq=write_cursor(row.seq, database.epoch),
                id=row.id,
                changes=(Revision(rev=row.rev),),
                deleted=row.doc is None,
                doc=_document(row.id, row.rev, row.doc) if include_docs else None,
            )
            for row in rows
        ),
        last_seq=write_cursor(end, database.epoch),
        pending=pending or 0,
        epoch=database.epoch,
        server_time=now,
    )


def write_cursor(seq: int, epoch: str) -> str:
    """Write a place in a feed."""
    return f"{seq}-{epoch}"


def read_cursor(since: str, epoch: str) -> int:
    """Read a place in a feed. Raises CursorExpired, MalformedCursor."""
    if since == BEGINNING:
        return 0
    number, hyphen, of_epoch = since.partition("-")
    if not (hyphen and of_epoch and number.isascii() and number.isdigit() and len(number) < 19):
        raise MalformedCursor(since)
    if of_epoch != epoch:
        raise CursorExpired(since)
    return int(number)


def _bounds(connection: Connection, channel: str) -> tuple[int, int]:
    row = connection.execute(
        select(channels.c.seq, channels.c.min_seq).where(channels.c.name == channel)
    ).one_or_none()
    if row is None:
        raise UnknownChannel(channel)
    return row.seq, row.min_seq


def _document(document_id: str, rev: str, text: str | None) -> dict[str, Any]:
    if text is None:
        return {"_id": document_id, "_rev": rev, "_deleted": True}
    document: dict[str, Any] = json.loads(text)
    return document
