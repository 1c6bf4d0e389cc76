"""The folder of attachments: each file once, under its digest (``ab/ab12…``).

A file gets its name when all of it is on the disk; whether anything refers to it is in the
database (see `kiosk.central.blob_links`).
"""

import errno
import fcntl
import hashlib
import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from display.notice import Attachment
from kiosk.central.attachments import NamedFile
from kiosk.central.fields import RefusedRecord
from kiosk.central.media_type import media_type

FOLDER = "blobs"
"""Name of the folder in the server's data folder."""
MAX_BYTES = 500 * 1024 * 1024

_PIECE = 1024 * 1024
_INCOMING = "incoming-"
_DIGEST = re.compile(r"[0-9a-f]{64}")


def is_digest(text: str) -> bool:
    """Tell whether a text is written as a SHA-256 digest."""
    return _DIGEST.fullmatch(text) is not None


class BlobFolder:
    """Files named by their SHA-256; several processes may use one folder at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, sha256: str) -> Path:
        """Where a file of this digest stands. ValueError for what is no digest."""
        if not is_digest(sha256):
            raise ValueError("no SHA-256 digest")
        return self._folder / sha256[:2] / sha256

    def has(self, attachment: Attachment) -> bool:
        """Tell whether a file of this digest and size is here."""
        try:
            return self.path(attachment.sha256).stat().st_size == attachment.size
        except FileNotFoundError:
            return False

    def take(self, beside: Path, named: NamedFile) -> Attachment:
        """Keep a copy of a file below the folder `beside`; one that is kept already stays.

        Raises RefusedRecord, which names the field and the remedy; then nothing is left behind.
        """
        with _opened(beside, named) as source:
            try:
                kind = media_type(source)
                digest, size = self._copied(source, named)
            except OSError as problem:
                raise RefusedRecord(
                    f"{named.label}: cannot be read: {problem.strerror}; mend the file and "
                    "import it again"
                ) from problem
        return Attachment(name=named.name, size=size, sha256=digest, media_type=kind)

    def drop(self, sha256: str) -> None:
        """Delete a file, if it is here. Raises OSError."""
        self.path(sha256).unlink(missing_ok=True)

    def kept(self) -> Iterator[str]:
        """Name the files that are here, by digest."""
        for folder in self._folders():
            yield from (path.name for path in folder.iterdir() if is_digest(path.name))

    def clear_unfinished(self) -> None:
        """Delete what an interrupted import left half copied."""
        if not self._folder.is_dir():
            return
        # As long as somebody copies, nothing tells a dead copy from a living one.
        with suppress(BlockingIOError), _locked(self._folder, fcntl.LOCK_EX | fcntl.LOCK_NB):
            for path in self._folder.glob(f"{_INCOMING}*"):
                path.unlink()

    def _folders(self) -> Iterator[Path]:
        if self._folder.is_dir():
            yield from (path for path in self._folder.iterdir() if path.is_dir())

    def _copied(self, source: BinaryIO, named: NamedFile) -> tuple[str, int]:
        digest, size = _digest(source)
        if self._is_sound(digest, size):
            return digest, size
        try:
            return self._copy(source)
        except OSError as problem:
            remedy = "see to the disk of the server"
            if problem.errno in (errno.ENOSPC, errno.EDQUOT):
                remedy = "free space on the disk of the server"
            raise RefusedRecord(
                f"{named.label}: cannot be kept: {problem.strerror}; {remedy} and import it again"
            ) from problem

    def _is_sound(self, digest: str, size: int) -> bool:
        """A file that the disk spoilt is mended by importing it again."""
        try:
            with self.path(digest).open("rb") as file:
                return _digest(file) == (digest, size)
        except OSError:
            return False

    def _copy(self, source: BinaryIO) -> tuple[str, int]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with _locked(self._folder, fcntl.LOCK_SH):
            partial = self._folder / f"{_INCOMING}{secrets.token_hex(8)}"
            try:
                with partial.open("xb") as target:
                    # The file may have changed since it was read first: this copy counts.
                    digest, size = _digest(source, target)
                    target.flush()
                    os.fsync(target.fileno())
                path = self.path(digest)
                path.parent.mkdir(exist_ok=True)
                partial.replace(path)
            except BaseException:
                partial.unlink(missing_ok=True)
                raise
            for folder in (path.parent, self._folder):
                _sync_folder(folder)
        return digest, size


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    """Hold a lock on a folder; it ends with the process at the latest."""
    number = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(number, how)
        yield
    finally:
        os.close(number)


@contextmanager
def _opened(beside: Path, named: NamedFile) -> Iterator[BinaryIO]:
    """Open a named file for reading, if it may be taken. Raises RefusedRecord."""
    refused = f"{named.label}: "
    try:
        folder = beside.resolve()
        path = (folder / named.file).resolve(strict=True)
        if not path.is_relative_to(folder):
            raise RefusedRecord(
                refused
                + "leads out of the folder of the imported file; put a copy of the file there"
            )
        # What is no file must not be waited for, and nobody may put a link there meanwhile.
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise RefusedRecord(
            refused + "there is no such file beside the imported one; put it there"
        ) from None
    except (OSError, RuntimeError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "links that lead in a circle"
        raise RefusedRecord(f"{refused}cannot be opened: {reason}; mend it") from None
    try:
        _check(os.fstat(number), named)
    except RefusedRecord:
        os.close(number)
        raise
    with os.fdopen(number, "rb") as file:
        yield file


def _check(status: os.stat_result, named: NamedFile) -> None:
    refused = f"{named.label}: "
    if not stat.S_ISREG(status.st_mode):
        raise RefusedRecord(refused + "is no ordinary file; put the file itself there")
    if status.st_size == 0:
        raise RefusedRecord(refused + "is empty; put the complete file there")
    if status.st_size > MAX_BYTES:
        raise RefusedRecord(f"{refused}is larger than {MAX_BYTES // 1024**2} MB; split the file")


def _digest(file: BinaryIO, copy: BinaryIO | None = None) -> tuple[str, int]:
    """Read a file from its beginning: its SHA-256 and its bytes, copied on the way."""
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    while piece := file.read(_PIECE):
        digest.update(piece)
        size += len(piece)
        if size > MAX_BYTES:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        if copy is not None:
            copy.write(piece)
    return digest.hexdigest(), size


def _sync_folder(folder: Path) -> None:
    """A new name is on the disk only when its folder is."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
