"""One notice in the tables: its place in time, its row, its body and its index entry."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from display.notice import Notice
from kiosk.store.search_index import add_to_index, remove_from_index
from kiosk.sync.instant import to_microseconds

SLOT_BITS = 20
"""2**20 notices may be published in one second; a day's first second is a crowded one."""

_SLOTS = 1 << SLOT_BITS
_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Stored:
    """Where a notice stands and which revision it is."""

    place: int
    channel: str
    epoch: str
    number: int


def first_place(moment: datetime) -> int:
    """The lowest place of the second that holds `moment`."""
    return to_microseconds(moment) // _SECOND << SLOT_BITS


def find(database: Database, notice_id: str) -> Stored | None:
    """Look a stored notice up by its id."""
    row = database.conn.execute(
        "SELECT place, channel, epoch, number FROM notices WHERE id = ?", [notice_id]
    ).fetchone()
    return None if row is None else Stored(*row)


def put(database: Database, notice: Notice, *, channel: str, epoch: str, number: int) -> None:
    """Store a notice in place of any earlier revision of it."""
    remove(database, notice.id)
    place = _free_place(database, notice)
    body = notice.body
    without_body = notice.model_copy(update={"body": ""})
    database.conn.execute(
        "INSERT INTO notices (place, id, channel, epoch, number, kind, category, tender_no,"
        " published_at, valid_until, opens_at, doc) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            place,
            notice.id,
            channel,
            epoch,
            number,
            notice.kind.value,
            notice.category.value,
            notice.tender_no,
            to_microseconds(notice.published_at),
            _optional(notice.valid_until),
            _optional(notice.opens_at),
            without_body.model_dump_json(exclude_defaults=True),
        ],
    )
    if body:
        database.conn.execute("INSERT INTO bodies (place, body) VALUES (?, ?)", [place, body])
    add_to_index(database, place, notice)


def remove(database: Database, notice_id: str) -> bool:
    """Take a notice out of every table; tell whether it was there."""
    row = database.conn.execute(
        "SELECT place, doc FROM notices WHERE id = ?", [notice_id]
    ).fetchone()
    if row is None:
        return False
    place, doc = row
    remove_from_index(database, place, Notice.model_validate_json(doc))
    database.conn.execute("DELETE FROM bodies WHERE place = ?", [place])
    database.conn.execute("DELETE FROM notices WHERE place = ?", [place])
    return True


def _optional(moment: datetime | None) -> int | None:
    return None if moment is None else to_microseconds(moment)


def _free_place(database: Database, notice: Notice) -> int:
    second = first_place(notice.published_at)
    digest = hashlib.blake2b(notice.id.encode(), digest_size=4).digest()
    slot = int.from_bytes(digest, "big") % _SLOTS
    for _ in range(_SLOTS):
        place = second | slot
        taken = database.conn.execute("SELECT 1 FROM notices WHERE place = ?", [place]).fetchone()
        if taken is None:
            return place
        slot = (slot + 1) % _SLOTS
    raise OverflowError(f"more than {_SLOTS} notices were published in one second")
