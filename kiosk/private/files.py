"""The rows of staged files: each with its own key, so that deleting the row ends the file."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class StagedFile:
    """附件, copied whole into the terminal, encrypted."""

    id: str
    """Random; also its name on the disk."""
    name: str = field(repr=False)
    """As on the visitor's stick or phone."""
    media_type: str
    size: int
    """Bytes."""
    sha256: str = field(repr=False)
    """Of the plain bytes."""


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A staged file of a draft, with what opens it."""

    file: StagedFile
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file of a submission on its way."""

    file: StagedFile
    upload: str = field(repr=False)
    """Address of its upload; empty: none yet."""
    sent: int
    """Bytes that were sent so far; the server may have fewer."""


_COLUMNS = "id, name, media_type, size, sha256"


def begin(
    database: Database, id: str, key: bytes, *, session: str, name: str, media_type: str
) -> None:
    """Note a file before its first byte is written."""
    database.conn.execute(
        "INSERT INTO files (id, session, key, state, name, media_type)"
        " VALUES (?, ?, ?, 'copying', ?, ?)",
        [id, session, key, name, media_type],
    )


def finish(database: Database, file: StagedFile) -> bool:
    """The file is on the disk: from now on it counts as staged, unless it was given up."""
    return bool(
        database.conn.execute(
            "UPDATE files SET state = 'staged', size = ?, sha256 = ? WHERE id = ?",
            [file.size, file.sha256, file.id],
        ).rowcount
    )


def of_session(database: Database, session: str) -> tuple[StagedFile, ...]:
    """The staged files of a session that were not handed in, in the order of copying."""
    rows = database.conn.execute(
        f"SELECT {_COLUMNS} FROM files WHERE session = ? AND state = 'staged' AND item IS NULL"
        " ORDER BY rowid",
        [session],
    ).fetchall()
    return tuple(StagedFile(*row) for row in rows)


def key_and_size(database: Database, id: str) -> tuple[bytes, int] | None:
    """What is needed to read a staged file; None: there is no such file."""
    row = database.conn.execute(
        "SELECT key, size FROM files WHERE id = ? AND state = 'staged'", [id]
    ).fetchone()
    return None if row is None else (row[0], row[1])


def attach(database: Database, ids: Sequence[str], item: str) -> int:
    """Make staged files part of an item, in this order; tell how many were free to be."""
    return sum(
        database.conn.execute(
            "UPDATE files SET item = ?, position = ?, session = '', draft = NULL"
            " WHERE id = ? AND state = 'staged' AND item IS NULL",
            [item, position, id],
        ).rowcount
        for position, id in enumerate(ids)
    )


def outgoing(database: Database, item: str) -> tuple[OutgoingFile, ...]:
    """The files of an item, in order."""
    rows = database.conn.execute(
        f"SELECT {_COLUMNS}, upload, sent FROM files WHERE item = ? ORDER BY position", [item]
    ).fetchall()
    return tuple(OutgoingFile(StagedFile(*row[:5]), row[5], row[6]) for row in rows)


def sealed(database: Database, item: str) -> tuple[KeptFile, ...]:
    """The files of an item with what opens them, in order."""
    rows = database.conn.execute(
        f"SELECT {_COLUMNS}, key FROM files WHERE item = ? ORDER BY position", [item]
    ).fetchall()
    return tuple(KeptFile(StagedFile(*row[:5]), row[5]) for row in rows)


def sent(database: Database, id: str, upload: str, count: int) -> None:
    """Note how far a file got, and under which address."""
    database.conn.execute("UPDATE files SET upload = ?, sent = ? WHERE id = ?", [upload, count, id])


def drop(database: Database, where: str, values: Sequence[object]) -> list[str]:
    """Delete the rows, and with them the keys; the files' names are for the disk."""
    rows = database.conn.execute(
        f"DELETE FROM files WHERE {where} RETURNING id", list(values)
    ).fetchall()
    return [id for (id,) in rows]


def bind(database: Database, slot: bytes, ids: Sequence[str]) -> tuple[KeptFile, ...]:
    """Keep these files with a draft, and no others of it; give those that are there."""
    database.conn.execute("UPDATE files SET draft = NULL WHERE draft = ?", [slot])
    found = []
    for id in ids:
        row = database.conn.execute(
            "UPDATE files SET draft = ? WHERE id = ? AND state = 'staged' AND item IS NULL"
            f" AND session <> '' RETURNING {_COLUMNS}, key",
            [slot, id],
        ).fetchone()
        if row is not None:
            found.append(KeptFile(StagedFile(*row[:5]), row[5]))
    return tuple(found)


def lock(database: Database, where: str, values: Sequence[object]) -> None:
    """Files of drafts outlive their visit: what opens and names them stands in the draft only."""
    database.conn.execute(
        "UPDATE files SET session = '', key = zeroblob(0), name = '', media_type = '',"
        f" sha256 = '' WHERE draft IS NOT NULL AND item IS NULL AND {where}",
        list(values),
    )


def unlock(database: Database, slot: bytes, kept: KeptFile, session: str) -> bool:
    """Take up a file of a draft in this visit; tell whether it is still there."""
    file = kept.file
    return bool(
        database.conn.execute(
            "UPDATE files SET session = ?, key = ?, name = ?, media_type = ?, sha256 = ?"
            " WHERE id = ? AND draft = ? AND size = ? AND state = 'staged' AND item IS NULL",
            [session, kept.key, file.name, file.media_type, file.sha256, file.id, slot, file.size],
        ).rowcount
    )


def known(database: Database) -> set[str]:
    """Every file that has a row."""
    return {id for (id,) in database.conn.execute("SELECT id FROM files").fetchall()}
