"""撤回: taking a notice back, in its own channel and in the control channel at once."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from kiosk.central.blob_links import drop_unreferenced, forget
from kiosk.central.database import CentralDatabase
from kiosk.central.feeds import is_listed, write_change
from kiosk.central.schema import notices
from kiosk.sync.contract import CONTROL, withdrawal_id
from kiosk.sync.instant import from_microseconds, to_microseconds


class UnknownNotice(LookupError):
    """No notice with this id was ever imported: check the id."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What came of a withdrawal."""

    notice_id: str
    at: datetime
    """When it was withdrawn; of a repeated withdrawal, the first time."""
    was_public: bool
    """False: it was still withheld and will never appear."""


def withdraw(database: CentralDatabase, notice_id: str, *, now: datetime) -> Withdrawn:
    """Withdraw a notice; repeating it changes nothing. Raises UnknownNotice."""
    with database.writing() as connection:
        withdrawn = withdraw_within(connection, notice_id, now=now)
    drop_unreferenced(database)
    return withdrawn


def withdraw_within(connection: Connection, notice_id: str, *, now: datetime) -> Withdrawn:
    """Withdraw a notice inside a transaction of the caller's, who then drops its files."""
    row = connection.execute(select(notices).where(notices.c.id == notice_id)).one_or_none()
    if row is None:
        raise UnknownNotice(f"{notice_id}: no notice with this id was imported")
    public = is_listed(connection, row.channel, notice_id)
    if row.withdrawn_at is not None:
        return Withdrawn(notice_id, from_microseconds(row.withdrawn_at), public)
    number = row.number + 1
    connection.execute(
        update(notices)
        .where(notices.c.id == notice_id)
        .values(withdrawn_at=to_microseconds(now), held=False, doc=None, number=number)
    )
    forget(connection, notice_id)
    if public:
        tombstone = f"{number}-{_digest('tombstone', notice_id, str(number))}"
        write_change(connection, row.channel, notice_id, tombstone, None)
        document_id = withdrawal_id(notice_id)
        write_change(
            connection,
            CONTROL,
            document_id,
            f"1-{_digest('withdrawal', notice_id, now.isoformat())}",
            {
                "_id": document_id,
                "type": "withdrawal",
                "notice_id": notice_id,
                "notice_rev": f"{row.number}-{row.digest[:32]}",
                "withdrawn_at": now.isoformat(),
                "valid_until": None
                if row.valid_until is None
                else from_microseconds(row.valid_until).isoformat(),
            },
        )
    return Withdrawn(notice_id, now, public)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
