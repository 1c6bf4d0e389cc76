"""Files on their way in: space reserved, bytes made safe, digests known at the end.

An upload is a file of a random name and a row. The row's `offset` moves only when the bytes
before it are on the disk, so whatever kills the server, that much stands. What lies behind it is
written over. A power failure may take back the last moves of `offset`, or a new upload as a
whole: the client asks, and sends those bytes again.
"""

import contextlib
import errno
import hashlib
import logging
import os
import secrets
import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from kiosk.central.database import CentralDatabase
from kiosk.central.schema import uploads
from kiosk.central.upload_shares import Shares
from kiosk.central.upload_writing import FULL, Hashed, NoRoom, Writing, sync_folder
from kiosk.sync.instant import from_microseconds, to_microseconds

_log = logging.getLogger(__name__)

FOLDER = "uploads"
"""Name of the folder in the server's data folder."""
SUBMITTED_FOLDER = "submissions"
"""Name of the folder of files that belong to submissions, or are just becoming so."""
KEPT = timedelta(hours=48)
"""After the last byte, or after completion without a submission."""
EMPTY_KEPT = timedelta(hours=2)
"""Before the first byte: till then the space is only reserved, and nothing is lost with it."""
MARGIN_BYTES = 64 * 1024 * 1024
"""Stays free for the database, whose own deletions need room."""
SWEEP_STEP = 20
"""Expired uploads taken away at a time."""
STUCK = timedelta(hours=1)
"""One that the disk does not let go is tried again after that, so that others have their turn."""

_PIECE = 1024 * 1024
_KEPT_HASHES = 256
"""Digests half way kept in memory; of others the file is read again."""
_CANNOT_RESERVE = {errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS}


class UnknownUpload(LookupError):
    """Never made, expired or ended: the client makes a new one."""


class BusyUpload(Exception):
    """Another request is writing to it: try again in a moment."""


class WrongOffset(ValueError):
    """The client thinks to be elsewhere: it asks for the offset."""


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload as it stands."""

    id: str
    submission: str
    sha256: str
    """As announced."""
    length: int
    offset: int
    found_sha256: str | None
    """Of the bytes received, once all are."""
    named: str
    """The Upload-Metadata, as it came."""
    expires_at: datetime
    claimed: bool

    @property
    def is_complete(self) -> bool:
        return self.found_sha256 is not None


class Uploads:
    """All uploads of one server; used by many threads of one process."""

    def __init__(self, database: CentralDatabase) -> None:
        self._database = database
        self._folder = database.folder / FOLDER
        self._lock = threading.Lock()
        self._busy: set[str] = set()
        self._hashes: OrderedDict[str, Hashed] = OrderedDict()
        self._shares = Shares(database)

    def path(self, id: str) -> Path:
        """Where the bytes of an upload are."""
        return self._folder / id

    def submitted_path(self, id: str) -> Path:
        """Where its bytes are once a submission has them."""
        return self._folder.parent / SUBMITTED_FOLDER / id[:2] / id

    def link(self, id: str) -> None:
        """Give a claimed upload's bytes their second name, on the disk; repeating is harmless."""
        path = self.submitted_path(id)
        if not path.parent.exists():
            path.parent.parent.mkdir(mode=0o700, exist_ok=True)
            path.parent.mkdir(mode=0o700, exist_ok=True)
            sync_folder(path.parent.parent)
            sync_folder(self._folder.parent)
        with contextlib.suppress(FileExistsError):
            os.link(self.path(id), path)
        sync_folder(path.parent)

    def create(
        self,
        submission: str,
        sha256: str,
        length: int,
        named: str,
        now: datetime,
        *,
        address: str = "",
    ) -> Upload:
        """Make an upload with its space reserved. Raises NoRoom, `upload_shares.TooMuch`.

        Asked again before the first byte, as after a lost answer, it is the same one; one that
        was begun and is announced anew is given up.
        """
        for former in self._of_file(submission, sha256):
            if former.claimed:
                continue
            fits = former.length == length and former.named == named
            if (
                fits
                and former.offset == 0
                and now < former.expires_at
                and self.path(former.id).exists()
            ):
                return former
            with contextlib.suppress(BusyUpload, UnknownUpload):
                self.drop(former.id)
        self._shares.check(submission, address, length)
        ends = now + EMPTY_KEPT
        upload = Upload(
            secrets.token_hex(16), submission, sha256, length, 0, None, named, ends, False
        )
        self._reserve(upload)
        try:
            with self._database.writing(safe=False) as connection:
                connection.execute(
                    insert(uploads).values(
                        id=upload.id,
                        submission=submission,
                        sha256=sha256,
                        length=length,
                        offset=0,
                        named=named,
                        expires_at=to_microseconds(upload.expires_at),
                        claimed=False,
                    )
                )
        except BaseException:
            self.path(upload.id).unlink(missing_ok=True)
            raise
        self._shares.begun(upload.id, address)
        return upload

    def get(self, id: str, now: datetime) -> Upload:
        """Look at an upload. Raises UnknownUpload."""
        with self._database.reading() as connection:
            row = connection.execute(select(uploads).where(uploads.c.id == id)).one_or_none()
        if row is None or from_microseconds(row.expires_at) <= now:
            raise UnknownUpload(id)
        upload = _upload(row)
        if not (upload.claimed or self.path(id).exists()):
            raise UnknownUpload(id)
        return upload

    @contextmanager
    def claim(self, *ids: str) -> Iterator[None]:
        """Keep everybody else from writing to, taking or dropping uploads. Raises BusyUpload."""
        with self._lock:
            if self._busy.intersection(ids):
                raise BusyUpload
            self._busy.update(ids)
        try:
            yield
        finally:
            with self._lock:
                self._busy.difference_update(ids)

    def begin(self, id: str, offset: int, now: datetime) -> Writing:
        """Go on at an offset, inside a claim. Raises UnknownUpload, WrongOffset."""
        upload = self.get(id, now)
        if upload.offset != offset or upload.claimed:
            raise WrongOffset(upload.offset)
        with self._lock:
            hashed = self._hashes.get(id)
        if hashed is None or hashed.length != offset:
            hashed = self._rehashed(upload)
            self._remember(id, hashed)
        # A copy: what is refused on the way leaves the one that is remembered as it was.
        return Writing(id, self.path(id), upload.length, hashed.copied())

    def drop(self, id: str) -> None:
        """End an upload; its bytes are gone. Raises BusyUpload, UnknownUpload."""
        with self.claim(id):
            if not self.take_away(id):
                raise UnknownUpload(id)

    def sweep(self, now: datetime) -> int:
        """Take away some of what has expired; tell how many. What cannot go now stays a while."""
        with self._database.reading() as connection:
            expired = connection.scalars(
                select(uploads.c.id)
                .where(uploads.c.expires_at <= to_microseconds(now))
                .order_by(uploads.c.expires_at)
                .limit(SWEEP_STEP)
            ).all()
        swept = 0
        for id in expired:
            with contextlib.suppress(BusyUpload), self.claim(id):
                try:
                    swept += self.take_away(id)
                except OSError as problem:
                    _log.error("an expired upload cannot be deleted: %s", problem.strerror)
                    self._postpone(id, now + STUCK)
        return swept

    def take_away(self, id: str) -> bool:
        """End an upload inside a claim; tell whether there was one."""
        with self._database.reading() as connection:
            claimed = connection.scalar(select(uploads.c.claimed).where(uploads.c.id == id))
        if claimed is None:
            return False
        # The bytes first: on a full disk a row cannot go before there is room again.
        self.path(id).unlink(missing_ok=True)
        if not claimed:
            self.submitted_path(id).unlink(missing_ok=True)
        with self._lock:
            self._hashes.pop(id, None)
        with self._database.writing(safe=False) as connection:
            return connection.execute(delete(uploads).where(uploads.c.id == id)).rowcount == 1

    def clear_leftovers(self) -> None:
        """Delete files that no upload has, as a kill may leave them; before serving."""
        if not self._folder.is_dir():
            return
        with self._database.reading() as connection:
            known = set(
                connection.scalars(select(uploads.c.id).where(uploads.c.claimed.is_(False)))
            )
        for path in self._folder.iterdir():
            if path.name in known:
                continue
            try:
                path.unlink(missing_ok=True)
            except OSError as problem:
                # Such as lost+found, where the folder is a file system of its own.
                _log.warning("%s: is no upload, and stays: %s", path, problem.strerror)

    def keep(self, writing: Writing, now: datetime) -> Upload:
        """Make safe what was written and note it, with the digest after the last byte.

        Raises NoRoom, UnknownUpload, OSError.
        """
        writing.make_safe()
        hashed = writing.hashed
        found = hashed.digest.hexdigest() if writing.room == 0 else None
        with self._database.writing(safe=False) as connection:
            row = connection.execute(
                update(uploads)
                .where(uploads.c.id == writing.id)
                .values(
                    offset=hashed.length,
                    found_sha256=found,
                    expires_at=to_microseconds(now + (KEPT if hashed.length else EMPTY_KEPT)),
                )
                .returning(uploads)
            ).one_or_none()
        if row is None:
            raise UnknownUpload(writing.id)
        if found is None:
            self._remember(writing.id, hashed.copied())
        else:
            with self._lock:
                self._hashes.pop(writing.id, None)
        return _upload(row)

    def _remember(self, id: str, hashed: Hashed) -> None:
        with self._lock:
            self._hashes[id] = hashed
            self._hashes.move_to_end(id)
            while len(self._hashes) > _KEPT_HASHES:
                self._hashes.popitem(last=False)

    def _postpone(self, id: str, until: datetime) -> None:
        with self._database.writing(safe=False) as connection:
            connection.execute(
                update(uploads).where(uploads.c.id == id).values(expires_at=to_microseconds(until))
            )

    def _of_file(self, submission: str, sha256: str) -> list[Upload]:
        with self._database.reading() as connection:
            rows = connection.execute(
                select(uploads).where(
                    uploads.c.submission == submission, uploads.c.sha256 == sha256
                )
            ).all()
        return [_upload(row) for row in rows]

    def _reserve(self, upload: Upload) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if shutil.disk_usage(self._folder).free < upload.length + MARGIN_BYTES:
            raise NoRoom
        path = self.path(upload.id)
        line = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            _allocate(line, upload.length)
        except OSError as problem:
            path.unlink(missing_ok=True)
            if problem.errno in FULL:
                raise NoRoom from None
            raise
        finally:
            os.close(line)

    def _rehashed(self, upload: Upload) -> Hashed:
        digest, left = hashlib.sha256(), upload.offset
        with self.path(upload.id).open("rb") as file:
            while left:
                piece = file.read(min(_PIECE, left))
                if not piece:
                    raise UnknownUpload(upload.id)
                digest.update(piece)
                left -= len(piece)
        return Hashed(digest, upload.offset)


def _allocate(line: int, length: int) -> None:
    try:
        os.posix_fallocate(line, 0, length)
    except OSError as problem:
        # Some file systems cannot; a disk that fills up is then met while writing.
        if problem.errno not in _CANNOT_RESERVE:
            raise
        os.ftruncate(line, length)


def _upload(row: Row[Any]) -> Upload:
    return Upload(
        row.id,
        row.submission,
        row.sha256,
        row.length,
        row.offset,
        row.found_sha256,
        row.named,
        from_microseconds(row.expires_at),
        row.claimed,
    )
