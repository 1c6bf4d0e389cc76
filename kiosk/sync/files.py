"""Fetching the attachments that a visitor wants to open, one at a time, the last wanted first."""

import errno
import hashlib
import logging
import os
import random
import shutil
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Protocol

from kiosk.store.files import FileProblem, WantedFile
from kiosk.store.terminal import TerminalStore
from kiosk.sync.download import Download
from kiosk.sync.errors import Offline, Rejected, Unauthorised, Unsatisfiable
from kiosk.sync.retry import backoff

_log = logging.getLogger(__name__)

FREE_BYTES = 500 * 1024 * 1024
"""What stays free on the disk: the database and its log need room too."""
TRIES = 4
"""In a row without a byte: then the visitor is told, who may try again."""
LONGEST_WAIT_S = 5.0
"""Somebody stands before the screen."""
PROGRESS_S = 0.25
"""Each word of progress is a commit."""
_PIECE = 1024 * 1024
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class FileServer(Protocol):
    """Where files come from; `kiosk.sync.client.FeedClient` is one."""

    def download(self, sha256: str, offset: int = 0) -> AbstractContextManager[Download]:
        """Ask for a file from `offset` on."""


class _Spoiled(Exception):
    """What came is not the file: begin anew."""


class _NoRoom(Exception):
    """The disk is full or fails, or the file is too large: give it up."""


class _Left(Exception):
    """Nobody wants it any more, or another file is wanted more: leave it."""


class Fetcher:
    """Fetches what the store wants. Raises StoreError; what was received stays for the next try."""

    def __init__(
        self,
        store: TerminalStore,
        server: FileServer,
        stop: threading.Event,
        *,
        limit_bytes: int,
        free_bytes: int = FREE_BYTES,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        """`limit_bytes` bounds all files and parts; `free_bytes` stay free on the disk."""
        self._store, self._server, self._stop = store, server, stop
        self._limit, self._free, self._elapsed = limit_bytes, free_bytes, elapsed

    def fetch_wanted(self) -> None:
        """Fetch until nothing is wanted, or until `stop`."""
        while not self._stop.is_set() and (wanted := self._store.files_wanted()):
            self._fetch(wanted[0])

    def _fetch(self, file: WantedFile) -> None:
        """Fetch one file, or give it up."""
        try:
            self._go_on(file)
        except _NoRoom as problem:
            _log.warning("attachment %s: %s", file.sha256, problem)
            self._store.file_failed(file.sha256, FileProblem.NO_ROOM)

    def _go_on(self, file: WantedFile) -> None:
        """Try again what may go well the next time. Raises _NoRoom."""
        failures = spoiled = 0
        while not self._stop.is_set():
            before = self._received(file)
            try:
                self._attempt(file)
                return
            except _Left:
                self._store.clear_part(file.sha256)
                return
            except (_Spoiled, Unsatisfiable) as problem:
                spoiled += 1
                _log.warning("attachment %s: %s", file.sha256, problem)
                if spoiled > 1:
                    self._store.file_failed(file.sha256, FileProblem.SPOILED)
                    return
                self._drop_part(file)
            except Unauthorised as problem:
                _log.error("attachment %s: %s", file.sha256, problem)
                self._store.file_failed(file.sha256, FileProblem.OFFLINE)
                return
            except Rejected as problem:
                _log.info("attachment %s is gone: %s", file.sha256, problem)
                self._store.file_failed(file.sha256, FileProblem.GONE)
                return
            except Offline as problem:
                failures = 1 if self._received(file) > before else failures + 1
                if not self._wait(file, problem, failures):
                    return

    def _wait(self, file: WantedFile, problem: Offline, failures: int) -> bool:
        """Wait before another try; False when there is to be none."""
        wait_s = backoff(failures, random.random(), retry_after_s=problem.retry_after_s)
        if self._stop.is_set():
            return False
        if failures >= TRIES or wait_s > LONGEST_WAIT_S:
            _log.warning("attachment %s: %s", file.sha256, problem)
            self._store.file_failed(file.sha256, FileProblem.OFFLINE)
            return False
        _log.debug("attachment %s: %s; next try in %.1f s", file.sha256, problem, wait_s)
        self._stop.wait(wait_s)
        return self._is_first(file)

    def _attempt(self, file: WantedFile) -> None:
        """Fetch what lacks and give the file its name."""
        self._make_room(file)
        try:
            with self._store.part_path(file.sha256).open("a+b") as part:
                digest = self._complete(file, part)
                os.fsync(part.fileno())
        except OSError as problem:
            if problem.errno in _FULL:
                raise _NoRoom("the disk is full") from problem
            raise _NoRoom(f"the disk does not take it: {problem.strerror}") from problem
        if digest != file.sha256:
            raise _Spoiled("its bytes are not those that were published")
        if not self._store.file_here(file.sha256):
            raise _Left

    def _complete(self, file: WantedFile, part: BinaryIO) -> str:
        """Add the bytes that lack to a part; its digest."""
        digest, received = hashlib.sha256(), 0
        part.seek(0)
        while piece := part.read(_PIECE):
            digest.update(piece)
            received += len(piece)
        if received == file.size:
            return digest.hexdigest()
        if received > file.size:
            raise _Spoiled("the part that is here is longer than the file")
        with self._server.download(file.sha256, received) as download:
            if download.size not in (None, file.size):
                raise _Spoiled("it has another size than was published")
            if download.start not in (0, received):
                raise Offline("the answer begins at another place")
            if download.start != received:
                part.truncate(0)
                digest, received = hashlib.sha256(), 0
            told = self._tell(file, received)
            for piece in download.pieces():
                part.write(piece)
                digest.update(piece)
                received += len(piece)
                if received > file.size:
                    raise _Spoiled("it is longer than was published")
                if self._elapsed() - told >= PROGRESS_S:
                    told = self._tell(file, received)
        part.flush()
        if received < file.size:
            raise Offline("the answer ended too early")
        return digest.hexdigest()

    def _tell(self, file: WantedFile, received: int) -> float:
        """Tell how far it is, and hear whether to go on; returns when it was told."""
        if not self._store.file_progress(file.sha256, received) or not self._is_first(file):
            raise _Left
        return self._elapsed()

    def _is_first(self, file: WantedFile) -> bool:
        """Tell whether nothing is wanted more than this file."""
        return self._store.files_wanted()[:1] == (file,)

    def _received(self, file: WantedFile) -> int:
        try:
            return self._store.part_path(file.sha256).stat().st_size
        except FileNotFoundError:
            return 0
        except OSError as problem:
            raise _NoRoom(f"the disk cannot be read: {problem.strerror}") from problem

    def _drop_part(self, file: WantedFile) -> None:
        try:
            self._store.part_path(file.sha256).unlink(missing_ok=True)
        except OSError as problem:
            raise _NoRoom(f"the disk does not let it go: {problem.strerror}") from problem

    def _make_room(self, file: WantedFile) -> None:
        """Delete what was used longest ago until the file fits. Raises _NoRoom."""
        if file.size > self._limit:
            raise _NoRoom("it is larger than all room for files")
        lacking = file.size - self._received(file)
        folder = self._store.part_path(file.sha256).parent
        while not self._fits(lacking, folder):
            if not self._store.drop_oldest_file():
                raise _NoRoom("there is no room on the disk")

    def _fits(self, lacking: int, folder: Path) -> bool:
        try:
            free = shutil.disk_usage(folder).free
        except OSError as problem:
            raise _NoRoom(f"the disk cannot be read: {problem.strerror}") from problem
        return self._store.files_bytes() + lacking <= self._limit and free >= lacking + self._free
