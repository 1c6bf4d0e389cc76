"""附件 on this terminal: what a visitor wants to open, what is coming and what is here.

The kiosk asks, the sync process fetches, and both meet in one table. A complete file stands under
its digest in the folder ``files`` beside the database, an incomplete one there too with ``.part``.
A file is wanted and kept only for a notice that the store holds and that names it. The table
knows the order in which files were asked for, and no time of day.
"""

import hashlib
import logging
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from sqlite_utils import Database

from display.notice import Attachment
from kiosk.store.connection import writing
from kiosk.store.errors import DiskTrouble, named_errors

_log = logging.getLogger(__name__)

FILES_FOLDER = "files"
_PART = ".part"
_PIECE = 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")

_IS_NAMED = (
    "EXISTS (SELECT 1 FROM notices, json_each(notices.doc, '$.attachments') AS named"
    " WHERE notices.id = ? AND json_extract(named.value, '$.sha256') = ?)"
)
_UNNAMED = (
    "NOT EXISTS (SELECT 1 FROM notices, json_each(notices.doc, '$.attachments') AS named"
    " WHERE notices.id = files.notice_id"
    " AND json_extract(named.value, '$.sha256') = files.sha256)"
)
_NEXT = "(SELECT coalesce(max(used), 0) + 1 FROM files)"
_FETCHED = ("wanted", "coming")
_TO_FETCH = "state IN ('wanted', 'coming')"


class FileProblem(StrEnum):
    """Why a file did not come."""

    OFFLINE = "offline"
    """The server does not answer; what has come stays for the next try."""
    GONE = "gone"
    """The server has it no more: the notice was withdrawn or changed."""
    SPOILED = "spoiled"
    """What came, twice, is not what was published."""
    NO_ROOM = "no_room"
    """The disk is full, or the file is larger than the room for files."""


@dataclass(frozen=True, slots=True)
class FileState:
    """How far a file is that was asked for."""

    state: Literal["wanted", "coming", "here", "failed"]
    received: int
    """Bytes."""
    size: int
    """Bytes of the whole."""
    problem: str = ""
    """One of `FileProblem` when it failed, else empty."""


@dataclass(frozen=True, slots=True)
class WantedFile:
    """A file that sync is to fetch."""

    sha256: str
    size: int


class TerminalFiles:
    """The part of a store that keeps attachments.

    Every method raises `kiosk.store.errors.StoreError` when database or disk cannot do as asked,
    and ValueError for what is not written as a SHA-256.
    """

    _database: Database
    _files: Path

    def want_file(self, attachment: Attachment, notice_id: str) -> None:
        """Ask for a file of a notice; asking again changes nothing, but a failed one is tried anew.

        One that the store's notice does not name (any more) fails at once, as gone.
        """
        sha256 = attachment.sha256
        row = self._row("state, notice_id, used = (SELECT max(used) FROM files)", sha256)
        known = row[0] if row is not None and row[1:] == (notice_id, 1) else ""
        if known in _FETCHED or (known == "here" and self._is_complete(attachment)):
            return
        with writing(self._database):
            conn = self._database.conn
            named = conn.execute(f"SELECT {_IS_NAMED}", [notice_id, sha256]).fetchone()[0]
            old, received = self._row("state, received", sha256) or ("", 0)
            if not named and old == "here":
                # It is another notice's, which goes on having it.
                return
            if not named:
                state = "failed"
            elif old == "coming" or (old == "here" and self._is_complete(attachment)):
                state = old
            else:
                state, received = "wanted", 0 if old == "here" else received
            conn.execute(
                "INSERT OR REPLACE INTO files"
                " (sha256, notice_id, size, state, received, problem, used)"
                f" VALUES (?, ?, ?, ?, ?, ?, {_NEXT})",
                [
                    sha256,
                    notice_id,
                    attachment.size,
                    state,
                    received,
                    "" if named else FileProblem.GONE.value,
                ],
            )

    def file_state(self, sha256: str) -> FileState | None:
        """How far a file is; None when nobody wants it and it is not here."""
        row = self._row("state, received, size, problem", sha256)
        return None if row is None or row[0] == "left" else FileState(*row)

    def file_path(self, sha256: str) -> Path:
        """Where the complete file stands once its state is ``here``."""
        if _DIGEST.fullmatch(sha256) is None:
            raise ValueError("no SHA-256 digest")
        return self._files / sha256

    def part_path(self, sha256: str) -> Path:
        """Where the file stands as long as it is incomplete."""
        return self.file_path(sha256).with_suffix(_PART)

    def forget_wanted(self, sha256: str) -> None:
        """The visitor went away: fetching stops, what has come may stay for the next one."""
        if self.file_state(sha256) is None:
            return
        received = _size(self.part_path(sha256))
        with writing(self._database):
            self._database.conn.execute(
                "DELETE FROM files WHERE sha256 = ? AND state <> 'here' AND ? = 0",
                [sha256, received],
            )
            self._database.conn.execute(
                "UPDATE files SET state = 'left', received = ?, problem = ''"
                " WHERE sha256 = ? AND state <> 'here'",
                [received, sha256],
            )

    def verify_file(self, sha256: str) -> bool:
        """Read a file that is here and tell whether it is what was published.

        One that is not is deleted and marked for fetching. Takes about a second for 500 MB.
        """
        row = self._row("state, used = (SELECT max(used) FROM files)", sha256)
        if row is None or row[0] != "here":
            return False
        is_sound = _digest(self.file_path(sha256)) == sha256
        if is_sound and row[1]:
            return True
        with writing(self._database):
            if is_sound:
                self._database.conn.execute(
                    f"UPDATE files SET used = {_NEXT} WHERE sha256 = ?", [sha256]
                )
            else:
                self._database.conn.execute(
                    "UPDATE files SET state = 'wanted', received = 0"
                    " WHERE sha256 = ? AND state = 'here'",
                    [sha256],
                )
                self._delete([sha256])
        return is_sound

    def files_wanted(self) -> tuple[WantedFile, ...]:
        """What is to be fetched, the last asked for first."""
        with named_errors():
            found = self._database.conn.execute(
                f"SELECT sha256, size FROM files WHERE {_TO_FETCH} ORDER BY used DESC"
            ).fetchall()
        return tuple(WantedFile(*row) for row in found)

    def file_progress(self, sha256: str, received: int) -> bool:
        """Note how many bytes are here; False when nobody wants the file any more."""
        with writing(self._database):
            changed = self._database.conn.execute(
                f"UPDATE files SET state = 'coming', received = ? WHERE sha256 = ? AND {_TO_FETCH}",
                [received, sha256],
            )
        return changed.rowcount > 0

    def file_here(self, sha256: str) -> bool:
        """Give a complete part, verified and on the disk, its name; False when it is not wanted."""
        with writing(self._database):
            changed = self._database.conn.execute(
                f"UPDATE files SET state = 'here', received = size, problem = '', used = {_NEXT}"
                f" WHERE sha256 = ? AND {_TO_FETCH}",
                [sha256],
            )
            if changed.rowcount == 0:
                return False
            try:
                self.part_path(sha256).replace(self.file_path(sha256))
                _sync_folder(self._files)
            except OSError as problem:
                raise DiskTrouble(f"{self._files}: {problem.strerror}") from problem
        return True

    def file_failed(self, sha256: str, problem: FileProblem) -> None:
        """Give a wanted file up; only of one that is offline stays what has come."""
        keeps = problem is FileProblem.OFFLINE
        received = _size(self.part_path(sha256)) if keeps else 0
        with writing(self._database):
            changed = self._database.conn.execute(
                "UPDATE files SET state = 'failed', problem = ?, received = ?"
                f" WHERE sha256 = ? AND {_TO_FETCH}",
                [problem.value, received, sha256],
            )
            if changed.rowcount and not keeps:
                self._delete([sha256])

    def clear_part(self, sha256: str) -> None:
        """Delete what has come of a file that the table no longer knows."""
        if self._row("1", sha256) is None:
            self._delete([sha256])

    def files_bytes(self) -> int:
        """Bytes of the files and parts that are here."""
        with named_errors():
            row = self._database.conn.execute("SELECT total(received) FROM files").fetchone()
        return int(row[0])

    def drop_oldest_file(self) -> bool:
        """Delete the file or part that was used longest ago; False when only wanted ones are left.

        Who has it open reads on.
        """
        with writing(self._database):
            row = self._database.conn.execute(
                "DELETE FROM files WHERE sha256 = (SELECT sha256 FROM files"
                f" WHERE NOT ({_TO_FETCH}) AND received > 0 ORDER BY used LIMIT 1)"
                " RETURNING sha256"
            ).fetchone()
            if row is not None:
                self._delete(row)
        return row is not None

    def prepare_files(self) -> None:
        """Make the folder and bring folder and table together, as a crash may have parted them."""
        try:
            self._files.mkdir(exist_ok=True)
            with writing(self._database):
                self._forget_missing()
                stray = set(self._files.iterdir()) - self._expected()
                for path in stray:
                    if not path.is_dir():
                        path.unlink()
        except OSError as problem:
            raise DiskTrouble(f"{self._files}: {problem.strerror}") from problem

    def _forget_missing(self) -> None:
        conn = self._database.conn
        for sha256, state, size in conn.execute("SELECT sha256, state, size FROM files").fetchall():
            if state == "here" and _size(self.file_path(sha256)) != size:
                conn.execute("DELETE FROM files WHERE sha256 = ?", [sha256])
            elif state != "here":
                received = _size(self.part_path(sha256))
                conn.execute("UPDATE files SET received = ? WHERE sha256 = ?", [received, sha256])
        conn.execute("DELETE FROM files WHERE state = 'left' AND received = 0")

    def _expected(self) -> set[Path]:
        rows = self._database.conn.execute("SELECT sha256, state FROM files").fetchall()
        return {
            self.file_path(sha256) if state == "here" else self.part_path(sha256)
            for sha256, state in rows
        }

    def _is_complete(self, attachment: Attachment) -> bool:
        return _size(self.file_path(attachment.sha256)) == attachment.size

    def _row(self, columns: str, sha256: str) -> tuple[Any, ...] | None:
        with named_errors():
            row: tuple[Any, ...] | None = self._database.conn.execute(
                f"SELECT {columns} FROM files WHERE sha256 = ?", [sha256]
            ).fetchone()
        return row

    def _delete(self, digests: Iterable[str]) -> None:
        """Delete files and parts; what the disk does not let go of, `prepare_files` tries again."""
        for sha256 in digests:
            for path in (self.file_path(sha256), self.part_path(sha256)):
                try:
                    path.unlink(missing_ok=True)
                except OSError as problem:
                    _log.error("%s cannot be deleted: %s", path.name, problem.strerror)


def forget_unnamed(database: Database) -> tuple[str, ...]:
    """Take off what no notice of the store names any more, and tell the digests.

    The caller holds the transaction, and deletes the files after it.
    """
    found = database.conn.execute(f"DELETE FROM files WHERE {_UNNAMED} RETURNING sha256").fetchall()
    return tuple(sha256 for (sha256,) in found)


def _size(path: Path) -> int:
    """Bytes of a file; 0 when it is not there. Raises DiskTrouble."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
    except OSError as problem:
        raise DiskTrouble(f"{path.parent}: {problem.strerror}") from problem


def _digest(path: Path) -> str:
    """SHA-256 of a file; empty when it cannot be read to its end."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
    except OSError:
        return ""
    return digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    """A new name is on the disk only when its folder is."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
