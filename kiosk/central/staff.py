"""Staff accounts at the centre: made, changed and taken back here, read by terminals in the feed.

A number is never kept, only what `kiosk.sync.staff` makes of it. A removed account stays known,
also in the feed, because records name it and its signatures are looked at; nothing that a card or
a PIN fits is left of it there. Only here the mark of its card stays, so that a new account of the
same card is known to be the same person's: nobody approves what they proposed with another account.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, delete, insert, select, update

from kiosk.central.database import CentralDatabase
from kiosk.central.keyring import keyring_of
from kiosk.central.schema import facts, staff, staff_cards, staff_history
from kiosk.central.site import publish, publish_keys
from kiosk.sync.instant import from_microseconds, to_microseconds
from kiosk.sync.staff import (
    MOST_FORMER,
    FormerKey,
    FormerRoles,
    StaffAccount,
    StaffKey,
    StaffRole,
    StaffSalt,
    card_mark,
    new_key,
    new_salt,
    vouched,
)

_SALT = "staff_salt"
_KEY_BYTES = 4
_FORMER: TypeAdapter[tuple[FormerKey, ...]] = TypeAdapter(tuple[FormerKey, ...])
_FORMER_ROLES: TypeAdapter[tuple[FormerRoles, ...]] = TypeAdapter(tuple[FormerRoles, ...])
_ALL = select(staff, staff_history.c.person, staff_history.c.roles.label("former_roles")).outerjoin(
    staff_history, staff_history.c.key == staff.c.key
)


class AccountExists(Exception):
    """The card has an account already: change that one, or remove it first."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class UnknownAccount(LookupError):
    """There is no such account, or it was removed: look at the list."""


class AnotherCard(Exception):
    """The number is not that of this account's card: nothing was changed."""


class TooManyChanges(Exception):
    """The account's roles were changed too often: remove it, and make the card a new one."""


class TooManyPins(Exception):
    """The account had as many as are remembered: remove it, and make the card a new one."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An account as staff see it in a list."""

    key: str
    name: str
    roles: tuple[StaffRole, ...]
    valid_from: datetime
    expires_at: datetime
    removed_at: datetime | None


def add_account(
    database: CentralDatabase,
    channel: str,
    *,
    name: str,
    roles: tuple[StaffRole, ...],
    number: str,
    pin: str,
    valid_from: datetime,
    expires_at: datetime,
    now: datetime,
) -> StaffAccount:
    """Make an account and publish it; takes about 0.3 s.

    Raises AccountExists, `sync.staff.WeakPin`, pydantic's ValidationError for what is no account,
    `keyring.UnusableKeys` and `feeds.UnknownChannel`.
    """
    signs = new_key(number, pin)
    mark = card_mark(number, _salt(database, channel))
    account = StaffAccount(
        key=secrets.token_hex(_KEY_BYTES),
        name=name,
        roles=roles,
        valid_from=valid_from,
        expires_at=expires_at,
        card=mark,
        signs=signs,
        changed_at=now,
    )
    centre = _centre_key(database, channel)
    with database.writing() as connection:
        other = connection.scalar(select(staff.c.key).where(staff.c.card == mark))
        if other is not None:
            raise AccountExists(other)
        gone = connection.scalar(select(staff_cards.c.person).where(staff_cards.c.mark == mark))
        if gone is not None:
            account = account.model_copy(update={"person": gone})
        return keep(connection, channel, account, centre)


def keep(
    connection: Connection, channel: str, account: StaffAccount, centre: Ed25519PrivateKey
) -> StaffAccount:
    """Keep a new or a changed account and publish it, vouched for with the centre's key."""
    values = {
        "name": account.name,
        "roles": ",".join(account.roles),
        "valid_from": to_microseconds(account.valid_from),
        "expires_at": to_microseconds(account.expires_at),
        "card": account.card,
        "signs": None if account.signs is None else account.signs.model_dump_json(),
        "former": _FORMER.dump_json(account.former).decode(),
        "changed_at": to_microseconds(account.changed_at),
        "removed_at": None if account.removed_at is None else to_microseconds(account.removed_at),
    }
    changed = connection.execute(update(staff).where(staff.c.key == account.key).values(values))
    if not changed.rowcount:
        connection.execute(insert(staff).values(key=account.key, **values))
    connection.execute(delete(staff_history).where(staff_history.c.key == account.key))
    if account.person or account.former_roles:
        roles = _FORMER_ROLES.dump_json(account.former_roles).decode()
        connection.execute(
            insert(staff_history).values(key=account.key, person=account.person, roles=roles)
        )
    account = vouched(account, centre)
    publish(connection, channel, account)
    return account


def vouch_again(database: CentralDatabase, channel: str) -> None:
    """Publish every account under the key that the centre signs with now.

    Raises `keyring.UnusableKeys` and `feeds.UnknownChannel`.
    """
    centre = keyring_of(database).signing_key()
    with database.writing() as connection:
        for account in accounts_ever(connection):
            publish(connection, channel, vouched(account, centre))


def account_ever(connection: Connection, key: str) -> StaffAccount | None:
    """The account of this key, also a removed one; None: there never was one."""
    row = connection.execute(_ALL.where(staff.c.key == key)).one_or_none()
    return None if row is None else _read(row)


def accounts_ever(connection: Connection) -> tuple[StaffAccount, ...]:
    """All accounts, also removed ones."""
    return tuple(_read(row) for row in connection.execute(_ALL))


def accounts(database: CentralDatabase) -> tuple[Listed, ...]:
    """All accounts, by name, those that were removed last."""
    with database.reading() as connection:
        rows = connection.execute(select(staff).order_by(staff.c.name, staff.c.key)).all()
    listed = [
        Listed(
            row.key,
            row.name,
            _roles(row),
            from_microseconds(row.valid_from),
            from_microseconds(row.expires_at),
            None if row.removed_at is None else from_microseconds(row.removed_at),
        )
        for row in rows
    ]
    return tuple(sorted(listed, key=lambda one: one.removed_at is not None))


def remove_account(database: CentralDatabase, channel: str, key: str, now: datetime) -> str:
    """Take an account back, and tell whose it was.

    Raises UnknownAccount, `keyring.UnusableKeys` and `feeds.UnknownChannel`.
    """
    centre = _centre_key(database, channel)
    with database.writing() as connection:
        account = _account(connection, key)
        _remember_card(connection, account)
        gone = {"card": None, "signs": None, "former": _ended(account, now), "removed_at": now}
        keep(connection, channel, _changed(account, now, gone), centre)
    return account.name


def prolong_account(
    database: CentralDatabase, channel: str, key: str, expires_at: datetime, now: datetime
) -> StaffAccount:
    """Let an account expire at another moment, which lies after `now`; key, card and PIN stay.

    Raises UnknownAccount, pydantic's ValidationError for an end before the account's beginning,
    `keyring.UnusableKeys` and `feeds.UnknownChannel`.
    """
    if expires_at <= now:
        raise ValueError("an account is ended by its removal")
    centre = _centre_key(database, channel)
    with database.writing() as connection:
        account = _changed(_account(connection, key), now, {"expires_at": expires_at})
        return keep(connection, channel, account, centre)


def change_roles(
    database: CentralDatabase, channel: str, key: str, roles: tuple[StaffRole, ...], now: datetime
) -> StaffAccount:
    """Give an account other roles; what was decided with the former ones stays decided.

    Raises UnknownAccount, TooManyChanges, pydantic's ValidationError for no role at all,
    `keyring.UnusableKeys` and `feeds.UnknownChannel`.
    """
    centre = _centre_key(database, channel)
    with database.writing() as connection:
        account = _account(connection, key)
        if len(account.former_roles) >= MOST_FORMER:
            raise TooManyChanges
        until = max((now, *(one.until for one in account.former_roles)))
        former = (*account.former_roles, FormerRoles(roles=account.roles, until=until))
        account = _changed(account, now, {"roles": roles, "former_roles": former})
        return keep(connection, channel, account, centre)


def change_pin(
    database: CentralDatabase, channel: str, key: str, number: str, pin: str, now: datetime
) -> str:
    """Give an account another PIN, and tell whose it is; takes about 0.3 s.

    What was signed with the former one stays signed. Raises UnknownAccount, AnotherCard,
    TooManyPins, `sync.staff.WeakPin`, `keyring.UnusableKeys` and `feeds.UnknownChannel`.
    """
    signs = new_key(number, pin)
    mark = card_mark(number, _salt(database, channel))
    centre = _centre_key(database, channel)
    with database.writing() as connection:
        account = _account(connection, key)
        if account.card != mark:
            raise AnotherCard
        # One place is left for the removal.
        if len(account.former) >= MOST_FORMER - 1:
            raise TooManyPins
        other = {"signs": signs, "former": _ended(account, now)}
        keep(connection, channel, _changed(account, now, other), centre)
    return account.name


def _remember_card(connection: Connection, account: StaffAccount) -> None:
    known = select(staff_cards.c.person).where(staff_cards.c.mark == account.card)
    if account.card is not None and connection.scalar(known) is None:
        person = account.person or account.key
        connection.execute(insert(staff_cards).values(mark=account.card, person=person))


def _changed(account: StaffAccount, now: datetime, fields: Mapping[str, object]) -> StaffAccount:
    # A clock that was set back makes no change look older than the one before.
    at = max(now, account.changed_at)
    return StaffAccount.model_validate({**dict(account), **fields, "changed_at": at})


def _ended(account: StaffAccount, now: datetime) -> tuple[FormerKey, ...]:
    if account.signs is None:
        return account.former
    until = max((now, *(one.until for one in account.former)))
    return (*account.former, FormerKey(public=account.signs.public, until=until))


def _account(connection: Connection, key: str) -> StaffAccount:
    account = account_ever(connection, key)
    if account is None or account.removed_at is not None:
        raise UnknownAccount(key)
    return account


def _read(row: Row[tuple[object, ...]]) -> StaffAccount:
    return StaffAccount(
        key=row.key,
        name=row.name,
        roles=_roles(row),
        valid_from=from_microseconds(row.valid_from),
        expires_at=from_microseconds(row.expires_at),
        card=row.card,
        signs=None if row.signs is None else StaffKey.model_validate_json(row.signs),
        former=_FORMER.validate_json(row.former),
        former_roles=()
        if row.former_roles is None
        else _FORMER_ROLES.validate_json(row.former_roles),
        person=row.person or "",
        changed_at=from_microseconds(row.changed_at),
        removed_at=None if row.removed_at is None else from_microseconds(row.removed_at),
    )


def _centre_key(database: CentralDatabase, channel: str) -> Ed25519PrivateKey:
    """The key with which the centre vouches; terminals are told of it."""
    keyring = keyring_of(database)
    publish_keys(database, channel, keyring.public_keys())
    return keyring.signing_key()


def _roles(row: Row[tuple[object, ...]]) -> tuple[StaffRole, ...]:
    return tuple(StaffRole(role) for role in row.roles.split(","))


def _salt(database: CentralDatabase, channel: str) -> StaffSalt:
    """The centre's salt, made and published where there is none."""
    with database.writing() as connection:
        kept = connection.scalar(select(facts.c.value).where(facts.c.name == _SALT))
        if kept is None:
            salt = new_salt()
            connection.execute(insert(facts).values(name=_SALT, value=salt.model_dump_json()))
        else:
            salt = StaffSalt.model_validate_json(kept)
        publish(connection, channel, salt)
    return salt
