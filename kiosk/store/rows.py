"""One notice in the tables: its place in time, its row, its body and its index entry.

Places are in the order of publication, so that newest first is the order of the table and of the
index. A place counts 16 seconds of publication where that is free: numbers that lie
close together make a small index.
"""

import json
import zlib
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from display.body import Block, from_json, to_json
from display.notice import Notice
from kiosk.store.question import is_plain, number_key
from kiosk.store.search_index import IndexChanges
from kiosk.sync.instant import to_microseconds

_UNIT = 16_000_000
"""Microseconds of publication to a place."""
_COLUMNS = (
    "place, id, channel, epoch, number, kind, category, tender_no, number_key, region,"
    " published_at, valid_until, opens_at, closes_at, doc, is_plain"
)


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a notice stands and which revision it is."""

    place: int
    channel: str
    epoch: str
    number: int


def first_place_after(database: Database, moment: int) -> int | None:
    """The lowest place of what was published after `moment` (µs); None when there is nothing."""
    row = database.conn.execute(
        "SELECT place FROM notices WHERE published_at > ? ORDER BY published_at, place LIMIT 1",
        (moment,),
    ).fetchone()
    return None if row is None else int(row[0])


def find(database: Database, notice_id: str) -> Stored | None:
    """Look a stored notice up by its id."""
    row = database.conn.execute(
        "SELECT place, channel, epoch, number FROM notices WHERE id = ?", [notice_id]
    ).fetchone()
    return None if row is None else Stored(*row)


def put(
    database: Database,
    index: IndexChanges,
    notice: Notice,
    *,
    channel: str,
    epoch: str,
    number: int,
) -> None:
    """Store a notice of which no revision is stored."""
    place = free_place(database, index, to_microseconds(notice.published_at))
    insert(database, place, notice, channel=channel, epoch=epoch, number=number)
    if notice.body:
        database.conn.execute(
            "INSERT INTO bodies (place, body, blocks) VALUES (?, ?, ?)",
            (place, notice.body, packed(notice.blocks)),
        )
    index.add(place, notice, notice.body)


def insert(
    database: Database, place: int, notice: Notice, *, channel: str, epoch: str, number: int
) -> None:
    """Write the row of a notice, without its body and its index entry."""
    doc = notice.model_dump_json(exclude={"body", "blocks"}, exclude_defaults=True)
    database.conn.execute(
        f"INSERT INTO notices ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            place,
            notice.id,
            channel,
            epoch,
            number,
            notice.kind.value,
            notice.category.value,
            notice.tender_no,
            number_key(notice.tender_no) or None,
            notice.region,
            to_microseconds(notice.published_at),
            _optional(notice.valid_until),
            _optional(notice.opens_at),
            _optional(notice.closes_at),
            doc,
            is_plain(doc),
        ),
    )


def packed(blocks: tuple[Block, ...]) -> bytes | None:
    """Write the blocks of a body small; None when there are none."""
    if not blocks:
        return None
    text = json.dumps(to_json(blocks), ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode())


def unpacked(blocks: bytes | None) -> tuple[Block, ...]:
    """Read what `packed` wrote."""
    return () if blocks is None else from_json(json.loads(zlib.decompress(blocks)))


def remove(database: Database, index: IndexChanges, notice_id: str) -> bool:
    """Take a notice out of every table; tell whether it was there."""
    row = database.conn.execute(
        "SELECT place, doc FROM notices WHERE id = ?", (notice_id,)
    ).fetchone()
    if row is None:
        return False
    place, doc = row
    index.remove(place, Notice.model_validate_json(doc))
    database.conn.execute("DELETE FROM bodies WHERE place = ?", (place,))
    database.conn.execute("DELETE FROM notices WHERE place = ?", (place,))
    return True


def free_place(database: Database, index: IndexChanges, published_at: int) -> int:
    """Find a place between what was published before and after `published_at` (µs).

    Where there is none, the notices that follow move up by one.
    """
    row = database.conn.execute(
        "SELECT place, published_at FROM notices WHERE published_at <= ?"
        " ORDER BY published_at DESC, place DESC LIMIT 1",
        (published_at,),
    ).fetchone()
    after = first_place_after(database, published_at)
    place = place_between(published_at, row, after)
    if place == after:
        _move_up(database, index, place)
    return place


def place_between(published_at: int, before: tuple[int, int] | None, after: int | None) -> int:
    """The place for a moment (µs), above that of `before` (place, moment) and below `after`.

    Returns `after` when nothing is free in between.
    """
    natural = published_at // _UNIT
    if before is None:
        return natural if after is None else min(natural, after - 1)
    place, moment = before
    if natural <= place:
        # Half the distance in time, so that what a crowded moment pushed up comes level again.
        natural = place + max(1, (published_at - moment) // _UNIT // 2)
    if after is None or natural < after:
        return natural
    return max(place + 1, (place + after) // 2)


def _optional(moment: datetime | None) -> int | None:
    return None if moment is None else to_microseconds(moment)


def _move_up(database: Database, index: IndexChanges, place: int) -> None:
    """Make `place` free."""
    last = place
    while _is_taken(database, last + 1):
        last += 1
    for old in range(last, place - 1, -1):
        doc, body = database.conn.execute(
            "SELECT doc, coalesce(body, '') FROM notices LEFT JOIN bodies USING (place)"
            " WHERE place = ?",
            (old,),
        ).fetchone()
        notice = Notice.model_validate_json(doc)
        index.remove(old, notice)
        for table in ("notices", "bodies"):
            database.conn.execute(f"UPDATE {table} SET place = ? WHERE place = ?", (old + 1, old))
        index.add(old + 1, notice, body)


def _is_taken(database: Database, place: int) -> bool:
    row = database.conn.execute("SELECT 1 FROM notices WHERE place = ?", (place,)).fetchone()
    return row is not None
