"""Opening a terminal's database, and writing to it in one transaction."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database, Migrations

from kiosk.store.errors import Naming, NotReady, is_busy, named_errors
from kiosk.store.migrations import migrations

BUSY_TIMEOUT_S = 5.0

_PRAGMAS = (
    # Editions and chains are evidence, so a commit must outlive a power cut: FULL, not
    # NORMAL. Sync commits whole pages and the board a row every few seconds, so it costs little.
    "PRAGMA synchronous = FULL",
    # Not stored in the file: every connection that deletes must overwrite what it deletes.
    "PRAGMA secure_delete = ON",
    "PRAGMA journal_size_limit = 16777216",
    # The index is read all over; a page of it that is mapped needs no call and no copy.
    "PRAGMA mmap_size = 2147418112",
)


def open_database(path: Path, *, create: bool, busy_timeout_s: float | None = None) -> Database:
    """Open the file at `path`, bringing it to the newest schema if `create`.

    `busy_timeout_s` is how long a call waits for another process's write transaction;
    None: `BUSY_TIMEOUT_S`.

    Without `create` a missing or older database raises NotReady. Raises StoreError.
    """
    if not create and not path.exists():
        raise NotReady(f"{path}: there is no database yet; start mingtang sync first")
    with named_errors():
        if create:
            _make_folder(path.parent)
        connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        try:
            for pragma in _PRAGMAS:
                connection.execute(pragma)
            database = Database(connection)
            if create:
                prepare(database, migrations)
            elif migrations.pending(database):
                raise NotReady(f"{path}: the database is older than this program")
            if busy_timeout_s is not None:
                connection.execute(f"PRAGMA busy_timeout = {int(busy_timeout_s * 1000)}")
        except BaseException:
            connection.close()
            raise
    return database


@contextmanager
def writing(database: Database, naming: Naming = named_errors) -> Iterator[None]:
    """Hold one write transaction; all of it is kept or none. Raises StoreError.

    It begins IMMEDIATE: a transaction that begins by reading and then wants to write gets
    SQLITE_BUSY at once, without any waiting, when another process wrote in between.
    """
    with naming():
        database.conn.execute("BEGIN IMMEDIATE")
        try:
            yield
            database.conn.execute("COMMIT")
        except BaseException:
            if database.conn.in_transaction:
                database.conn.execute("ROLLBACK")
            raise


def prepare(database: Database, migrations: Migrations, naming: Naming = named_errors) -> None:
    """Bring a database to the newest schema. Raises StoreError.

    Several processes may open a new file at once: whoever comes later waits and looks again.
    """
    until = time.monotonic() + BUSY_TIMEOUT_S
    while migrations.pending(database):
        try:
            # Changing the journal mode does not wait for a lock as other statements do.
            database.conn.execute("PRAGMA journal_mode = WAL")
        except naming.driver as problem:
            if not is_busy(problem) or time.monotonic() > until:
                raise
            time.sleep(0.02)
            continue
        with writing(database, naming):
            migrations.apply(database)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise NotReady(f"{folder}: the folder cannot be made: {problem.strerror}") from problem
