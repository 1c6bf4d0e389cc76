"""授权码 that the centre gave: which there are, and which are withdrawn before their time."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from devices.idcard.identity import masked_name
from kiosk.central.database import CentralDatabase
from kiosk.central.schema import authorisations
from kiosk.central.site import publish
from kiosk.sync.authorisation import MAX_WITHDRAWN, Authorisation, WithdrawnCode, WithdrawnCodes
from kiosk.sync.instant import from_microseconds, to_microseconds
from kiosk.sync.submission import Role


class UnknownCode(LookupError):
    """No code of this id was given here: look at the list, or say until when it is valid."""


class TooManyWithdrawn(Exception):
    """More codes are withdrawn than the feed carries: turn the centre's keys instead."""


@dataclass(frozen=True, slots=True)
class Given:
    """A code as the centre remembers it."""

    id: str
    unit: str
    credit_code: str
    name: str
    """Masked."""
    role: Role | None
    """None: it was withdrawn by its id alone, the centre does not know for whom it was."""
    expires_at: datetime
    withdrawn_at: datetime | None


def note_given(database: CentralDatabase, given: Authorisation) -> None:
    """Remember that a code was given."""
    with database.writing() as connection:
        connection.execute(
            insert(authorisations).values(
                id=given.id,
                unit=given.unit,
                credit_code=given.credit_code,
                name=masked_name(given.name),
                role=given.role.value,
                expires_at=to_microseconds(given.expires_at),
            )
        )


def codes_given(database: CentralDatabase, now: datetime) -> tuple[Given, ...]:
    """The codes that are not expired, by unit."""
    with database.reading() as connection:
        rows = connection.execute(
            select(authorisations)
            .where(authorisations.c.expires_at > to_microseconds(now))
            .order_by(authorisations.c.unit, authorisations.c.id)
        ).all()
    return tuple(
        Given(
            row.id,
            row.unit,
            row.credit_code,
            row.name,
            Role(row.role) if row.role else None,
            from_microseconds(row.expires_at),
            None if row.withdrawn_at is None else from_microseconds(row.withdrawn_at),
        )
        for row in rows
    )


def withdraw_code(
    database: CentralDatabase, channel: str, id: str, now: datetime, until: datetime | None = None
) -> None:
    """Withdraw a code at once; one that is withdrawn already stays so.

    `until` is needed for one that was not given here: when it expires. Raises UnknownCode,
    TooManyWithdrawn, `feeds.UnknownChannel`, and ValidationError for what is no id.
    """
    with database.writing() as connection:
        known = connection.scalar(select(authorisations.c.id).where(authorisations.c.id == id))
        if known is None:
            if until is None:
                raise UnknownCode(id)
            WithdrawnCode(id=id, until=until)
            connection.execute(
                insert(authorisations).values(
                    id=id, unit="", credit_code="", name="", role="",
                    expires_at=to_microseconds(until),
                )
            )  # fmt: skip
        connection.execute(
            update(authorisations)
            .where(authorisations.c.id == id, authorisations.c.withdrawn_at.is_(None))
            .values(withdrawn_at=to_microseconds(now))
        )
        publish(connection, channel, WithdrawnCodes(codes=_withdrawn(connection, now)))


def is_withdrawn(connection: Connection, id: str) -> bool:
    """Tell whether a code was withdrawn."""
    found = connection.scalar(
        select(authorisations.c.id).where(
            authorisations.c.id == id, authorisations.c.withdrawn_at.is_not(None)
        )
    )
    return found is not None


def _withdrawn(connection: Connection, now: datetime) -> tuple[WithdrawnCode, ...]:
    rows = connection.execute(
        select(authorisations.c.id, authorisations.c.expires_at)
        .where(
            authorisations.c.withdrawn_at.is_not(None),
            authorisations.c.expires_at > to_microseconds(now),
        )
        .order_by(authorisations.c.id)
    ).all()
    if len(rows) > MAX_WITHDRAWN:
        raise TooManyWithdrawn
    return tuple(WithdrawnCode(id=row.id, until=from_microseconds(row.expires_at)) for row in rows)
