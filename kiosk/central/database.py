"""Opening the central server's database and its transactions."""

import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, insert, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from kiosk.central.schema import channels, facts, metadata
from kiosk.settings import Settings, SettingsError
from kiosk.sync.contract import CONTROL, is_channel, public_channel, site_channel

DATABASE_NAME = "central.db"
"""Name of the file in the server's data folder."""

_WRITING = "mingtang_writing"
_BUSY_TIMEOUT_S = 10.0


class UnusableDatabase(Exception):
    """The database cannot be opened: the message says which; stop and tell staff."""


class CentralDatabase:
    """The engine, the epoch and the two kinds of transaction; shared by threads."""

    def __init__(self, engine: Engine, epoch: str) -> None:
        self._engine = engine
        self.epoch = epoch
        """Random name of this database's history."""

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Hold a transaction that only reads: one consistent moment."""
        with self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Hold a transaction that writes; all of it is kept or none."""
        engine = self._engine.execution_options(**{_WRITING: True})
        with engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def open_database(folder: Path, owned: Iterable[str]) -> CentralDatabase:
    """Open the SQLite database in `folder`, making it if needed, with the `owned` channels.

    Raises UnusableDatabase.
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
        return CentralDatabase(engine, _prepare(engine, names))
    except SQLAlchemyError as problem:
        engine.dispose()
        raise UnusableDatabase(f"{path}: cannot be used: {problem}") from problem


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
        writing = connection.get_execution_options().get(_WRITING, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
