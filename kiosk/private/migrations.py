"""The schema of the encrypted database, step by step. Times are microseconds since 1970 UTC."""

import os

from sqlite_utils import Database, Migrations

migrations = Migrations("private")

SECRET_BYTES = 32


@migrations()
def beginnings(db: Database) -> None:
    db.conn.execute("CREATE TABLE secret (value BLOB NOT NULL)")
    db.conn.execute("INSERT INTO secret (value) VALUES (?)", [os.urandom(SECRET_BYTES)])
    db.conn.execute(
        "CREATE TABLE elapsed (id INTEGER PRIMARY KEY CHECK (id = 1), lived_s REAL NOT NULL,"
        " boot TEXT NOT NULL, uptime_s REAL NOT NULL, proven_at INTEGER)"
    )
    db.conn.execute("CREATE TABLE facts (name TEXT PRIMARY KEY, value NOT NULL)")


@migrations()
def drafts(db: Database) -> None:
    db.conn.execute(
        "CREATE TABLE drafts (owner BLOB NOT NULL, slot BLOB NOT NULL, lived_s REAL NOT NULL,"
        " proven_at INTEGER, content BLOB NOT NULL, PRIMARY KEY (owner, slot))"
    )


@migrations()
def outbox(db: Database) -> None:
    # `number` is the order of handing in; AUTOINCREMENT, so that it is never given twice.
    db.conn.execute(
        "CREATE TABLE items (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,"
        " kind TEXT NOT NULL CHECK (kind IN ('submission', 'event', 'matters')),"
        " quick INTEGER NOT NULL,"
        " state TEXT NOT NULL"
        " CHECK (state IN ('waiting', 'sending', 'parked', 'delivered', 'too_late')),"
        " session TEXT NOT NULL, owner BLOB, lived_s REAL NOT NULL, proven_at INTEGER,"
        " attempts INTEGER NOT NULL DEFAULT 0, failures INTEGER NOT NULL DEFAULT 0,"
        " next_s REAL NOT NULL DEFAULT 0, digest TEXT NOT NULL DEFAULT '',"
        " problem TEXT NOT NULL DEFAULT '', detail TEXT NOT NULL DEFAULT '',"
        " paused INTEGER NOT NULL DEFAULT 0, rate REAL, content BLOB, answer BLOB)"
    )
    db.conn.execute("CREATE INDEX items_by_state ON items (state, quick, number)")
    db.conn.execute(
        "CREATE TABLE files (id TEXT PRIMARY KEY, session TEXT NOT NULL, key BLOB NOT NULL,"
        " state TEXT NOT NULL CHECK (state IN ('copying', 'staged')), name TEXT NOT NULL,"
        " media_type TEXT NOT NULL, size INTEGER NOT NULL DEFAULT 0,"
        " sha256 TEXT NOT NULL DEFAULT '', item TEXT REFERENCES items (id), position INTEGER,"
        " upload TEXT NOT NULL DEFAULT '', sent INTEGER NOT NULL DEFAULT 0)"
    )
    db.conn.execute("CREATE INDEX files_by_item ON files (item, position)")


@migrations()
def kept_for_their_owners(db: Database) -> None:
    # A submission's receipt, or that it was not delivered; readable with the card only.
    db.conn.execute(
        "CREATE TABLE keepsakes (id TEXT PRIMARY KEY, owner BLOB NOT NULL, lived_s REAL NOT NULL,"
        " proven_at INTEGER, content BLOB NOT NULL)"
    )
    db.conn.execute("CREATE INDEX keepsakes_by_owner ON keepsakes (owner)")


@migrations()
def files_of_drafts(db: Database) -> None:
    # Slot of the draft that a staged file is kept with. After the visit key, name, type and
    # digest are empty here and stand in the draft, which only its owner's card opens.
    db.conn.execute("ALTER TABLE files ADD COLUMN draft BLOB")
