"""Opening the encrypted database, and writing to it in one transaction."""

import sqlite3
from contextlib import AbstractContextManager
from pathlib import Path
from typing import cast

from sqlcipher3 import dbapi2
from sqlite_utils import Database

from kiosk.private.errors import NotReady, WrongKey, named_errors
from kiosk.private.key import StoreKey
from kiosk.private.migrations import migrations
from kiosk.store.connection import BUSY_TIMEOUT_S, prepare
from kiosk.store.connection import writing as writing_to

MARK_NAME = "private.mark"
"""Beside the database: the mark of its key, so that another key is told from damage."""

TRUNCATE_MS = 500
"""How long readers are waited for."""

_PRAGMAS = (
    # Else SQLCipher writes to standard error by itself.
    "PRAGMA cipher_log_level = NONE",
    "PRAGMA cipher_memory_security = ON",
    "PRAGMA temp_store = MEMORY",
    # A confirmed submission must outlive a power cut.
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA journal_size_limit = 4194304",
    "PRAGMA foreign_keys = ON",
)


def open_database(path: Path, key: StoreKey, *, create: bool) -> Database:
    """Open the file at `path`, made and brought to the newest schema if `create`.

    Without `create` a missing or older database raises NotReady. Raises StoreError.
    """
    if not is_there(path):
        if not create:
            raise NotReady(f"{path}: there is no encrypted database yet; start mingtang sync first")
        _keep_mark(path, key)
    elif (mark := _mark(path)) and mark != key.mark:
        raise WrongKey(
            f"{path}: made with another key: put that key back, or move private.db, "
            f"{MARK_NAME} and the folder staged away and give up what they hold"
        )
    with named_errors():
        connection = dbapi2.connect(str(path), timeout=BUSY_TIMEOUT_S, isolation_level=None)
        try:
            # A raw key: 64 hexadecimal digits, no derivation (SQLCipher API, PRAGMA key).
            connection.execute(f"PRAGMA key = \"x'{key.value.hex()}'\"")
            for pragma in _PRAGMAS:
                connection.execute(pragma)
            # It offers what sqlite3's connection does; only the type's name is another.
            database = Database(cast(sqlite3.Connection, connection))
            if create:
                prepare(database, migrations, named_errors)
            elif migrations.pending(database):
                raise NotReady(f"{path}: the encrypted database is older than this program")
        except BaseException:
            connection.close()
            raise
    path.chmod(0o600)
    return database


def writing(database: Database) -> AbstractContextManager[None]:
    """Hold one write transaction; all of it is kept or none. Raises StoreError."""
    return writing_to(database, named_errors)


def truncate(database: Database) -> bool:
    """Cut off the write-ahead log; False: a reader is in the way, try again later."""
    with named_errors():
        # Somebody may stand before the screen that asks for this.
        database.conn.execute(f"PRAGMA busy_timeout = {TRUNCATE_MS}")
        try:
            busy: int = database.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        finally:
            database.conn.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}")
    return not busy


def is_there(path: Path) -> bool:
    """Whether there is such a file; one that may not be looked at is there, opening tells why."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _mark(path: Path) -> str:
    """The kept mark of the database's key; empty: none that can be read."""
    try:
        return path.with_name(MARK_NAME).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _keep_mark(path: Path, key: StoreKey) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_name(MARK_NAME).write_text(key.mark + "\n", encoding="ascii")
    except OSError as problem:
        raise NotReady(f"{path.parent}: cannot be written: {problem.strerror}") from None
