"""The central server as a process whose disk is full while a file named FULL is in its folder.

Usage: python -m tests.campaigns.central_process FOLDER PORT
"""

import asyncio
import errno
import os
import socket
import sys
import threading
from pathlib import Path
from typing import Any

from kiosk.central import upload_writing, uploads
from kiosk.central.database import open_database
from kiosk.central.server import create_app, run_until
from kiosk.central.uploads import Uploads
from kiosk.sync.instant import utc_now

FULL = "FULL"


class _Disk:
    """Stands for the module `os` where uploads are written."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def _check(self) -> None:
        if self._mark.exists():
            raise OSError(errno.ENOSPC, "full")

    def write(self, line: int, data: bytes) -> int:
        self._check()
        return os.write(line, data)

    def posix_fallocate(self, line: int, start: int, length: int) -> None:
        self._check()
        os.posix_fallocate(line, start, length)


def main(folder: Path, port: int) -> None:
    database = open_database(folder, ["public-420500", "site-main"])
    Uploads(database).clear_leftovers()
    disk: Any = _Disk(folder.parent / FULL)
    upload_writing.os = uploads.os = disk  # type: ignore[attr-defined]
    listener = socket.create_server(("127.0.0.1", port), backlog=512)
    asyncio.run(run_until(create_app(database, utc_now), listener, threading.Event()))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
