"""Opening the central server's database and its transactions."""

import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, insert, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

from kiosk.central.schema import channels, facts, metadata
from kiosk.settings import Settings, SettingsError
from kiosk.sync.contract import CONTROL, is_channel, public_channel, site_channel

DATABASE_NAME = "central.db"
"""Name of the file in the server's data folder."""

_WRITING = "mingtang_writing"
_SAFE = "mingtang_safe"
_BUSY_TIMEOUT_S = 10.0


_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_REASONS = {
    sqlite3.SQLITE_FULL: "its disk is full; free space",
    sqlite3.SQLITE_IOERR: "its disk cannot be read or written; check the disk",
    sqlite3.SQLITE_READONLY: "it may only be read; check the rights of the file and its folder",
    sqlite3.SQLITE_PERM: "it may only be read; check the rights of the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; check the rights of the file and its folder",
    sqlite3.SQLITE_CORRUPT: "the file is damaged; put a copy of it back",
    sqlite3.SQLITE_NOTADB: "the file is no database; move it away or put a copy back",
}


class UnusableDatabase(Exception):
    """The database did not do as asked, the transaction left no trace: stop and tell staff.

    The message says which database and why, without SQL and without stored text.
    """


class BusyDatabase(UnusableDatabase):
    """Another process is writing: the same may go well a little later."""


class CentralDatabase:
    """The engine, the epoch and the two kinds of transaction; shared by threads.

    Both kinds raise UnusableDatabase and BusyDatabase.
    """

    def __init__(self, engine: Engine, epoch: str, folder: Path) -> None:
        self._engine = engine
        self.epoch = epoch
        """Random name of this database's history."""
        self.folder = folder
        """The server's data folder."""

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Hold a transaction that only reads: one consistent moment."""
        with _named_errors(self._engine), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self, *, safe: bool = True) -> Iterator[Connection]:
        """Hold a transaction that writes; all of it is kept or none.

        Not `safe`: a power failure, but nothing else, may undo it until the next safe one; for
        what its reader would notice and do again.
        """
        engine = self._engine.execution_options(**{_WRITING: True, _SAFE: safe})
        with _named_errors(engine), engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def open_database(folder: Path, owned: Iterable[str]) -> CentralDatabase:
    """Open the SQLite database in `folder`, making it if needed, with the `owned` channels.

    Raises UnusableDatabase and BusyDatabase.
    """
    names = sorted({CONTROL, *owned})
    for name in names:
        if not is_channel(name):
            raise ValueError(f"{name}: not the name of a channel")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise UnusableDatabase(f"{folder}: cannot be made: {problem.strerror}") from problem
    path = folder / DATABASE_NAME
    # Parameters hold the text of notices, which must not get into an error message.
    engine = create_engine(f"sqlite:///{path}", pool_size=20, max_overflow=20, hide_parameters=True)
    _set_up_sqlite(engine)
    try:
        with _named_errors(engine):
            epoch = _prepare(engine, names)
    except UnusableDatabase:
        engine.dispose()
        raise
    return CentralDatabase(engine, epoch, folder)


def open_for(settings: Settings) -> CentralDatabase:
    """Open the database of a centre's own server, with the channels that the centre owns.

    Raises SettingsError where there is no central section, and UnusableDatabase.
    """
    if settings.central is None:
        raise SettingsError("central: is missing; set central.data to a folder for the database")
    centre = settings.centre
    return open_database(
        settings.central.data, [public_channel(centre.region), site_channel(centre.site)]
    )


@contextmanager
def _named_errors(engine: Engine) -> Iterator[None]:
    """Turn the driver's errors into the two above; programming errors pass as they are."""
    name = engine.url.database
    try:
        yield
    except PoolTimeout:
        raise BusyDatabase(f"{name}: all its connections are in use; try again") from None
    except DatabaseError as problem:
        code = getattr(problem.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in _BUSY:
            raise BusyDatabase(
                f"{name}: another process is writing to it; try again"
            ) from problem.orig
        if code not in _REASONS and not isinstance(problem, OperationalError):
            raise
        reason = _REASONS.get(code, "it did not do as asked; tell staff")
        raise UnusableDatabase(f"{name}: {reason}") from problem.orig


def _prepare(engine: Engine, names: Iterable[str]) -> str:
    with engine.execution_options(**{_WRITING: True}).begin() as connection:
        metadata.create_all(connection)
        present = set(connection.scalars(select(channels.c.name)))
        missing = [{"name": name, "seq": 0, "min_seq": 0} for name in names if name not in present]
        if missing:
            connection.execute(insert(channels), missing)
        epoch = connection.scalar(select(facts.c.value).where(facts.c.name == "epoch"))
        if epoch is None:
            epoch = secrets.token_hex(8)
            connection.execute(insert(facts).values(name="epoch", value=epoch))
    return str(epoch)


def _set_up_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        # The driver must not begin transactions by itself; `begun` does.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {int(_BUSY_TIMEOUT_S * 1000)}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA secure_delete = ON")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        # A deferred transaction that reads and then writes fails at once, without waiting,
        # when another one wrote in between.
        options = connection.get_execution_options()
        writing = options.get(_WRITING, False)
        if writing:
            level = "FULL" if options.get(_SAFE, True) else "NORMAL"
            connection.exec_driver_sql(f"PRAGMA synchronous = {level}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
