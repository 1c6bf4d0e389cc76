"""The central server as a process with one project, whose disk is full while it is told so.

Usage: python -m tests.campaigns.central_process FOLDER PORT. The files FULL and CLOSED beside
FOLDER steer it: FULL holds "write", and the kernel refuses every byte to a file, SQLite's too; or
"sync", and what was written is lost and told of once, as delayed allocation does. From CLOSED on
the deadline of the project has passed.
"""

import asyncio
import errno
import json
import os
import resource
import socket
import sys
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from kiosk.central import upload_service, upload_writing
from kiosk.central.database import open_database
from kiosk.central.ingest import import_files
from kiosk.central.server import create_app, run_until
from kiosk.central.uploads import Uploads
from kiosk.sync.instant import utc_now
from tests.sync.handing_in import publish_form

FULL, CLOSED = "FULL", "CLOSED"
WRITE, SYNC = "write", "sync"
CHANNEL = "public-420500"
PROJECT = "r1"
_OPEN_FOR = timedelta(hours=36)
_AFTER = timedelta(hours=46)
"""Behind the deadline, and before the uploads expire."""


class _Forgetful:
    """Stands for the module `os` where uploads are written: fdatasync may lose what is new."""

    def __init__(self, mark: Path) -> None:
        self._mark = mark
        self._safe: dict[int, int] = {}
        self._lost: set[int] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def lseek(self, line: int, place: int, how: int) -> int:
        self._safe[line] = place
        self._lost.discard(line)
        return os.lseek(line, place, how)

    def fdatasync(self, line: int) -> None:
        reached = os.lseek(line, 0, os.SEEK_CUR)
        is_told = line in self._lost
        if not is_told and _told(self._mark) == SYNC and reached > self._safe[line]:
            self._lost.add(line)
            os.pwrite(line, bytes(reached - self._safe[line]), self._safe[line])
            raise OSError(errno.ENOSPC, "full")
        os.fdatasync(line)
        self._safe[line] = reached


def _told(mark: Path) -> str:
    try:
        return mark.read_text(encoding="ascii")
    except FileNotFoundError:
        return ""


def _keep_full(mark: Path) -> None:
    """Refuse writes, by the kernel, for as long as the mark says so."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    is_full = False
    while True:
        if (_told(mark) == WRITE) != is_full:
            is_full = not is_full
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 if is_full else hard, hard))
        time.sleep(0.002)


def _publish(folder: Path) -> None:
    """The database with one project, which has a deadline, and one form."""
    database = open_database(folder, [CHANNEL, "site-main"])
    publish_form(database)
    closes = utc_now() + _OPEN_FOR + timedelta(hours=8)
    record = {
        "record_id": PROJECT,
        "title": "东山路道路改造工程招标公告",
        "publish_date": "2026-03-17 09:00",
        "detail_url": "https://example.org/information/deal/html/a/420000/0101/20260317/x.html",
        "info_type": "招标/资审公告",
        "business_type": "工程建设",
        "closes_at": closes.strftime("%Y-%m-%d %H:%M"),
    }
    path = folder / "notices.ndjson"
    path.write_text(json.dumps(record, ensure_ascii=False) + "\n", encoding="utf-8")
    report = import_files(database, [path], channel=CHANNEL, now=utc_now())
    database.close()
    if report.refused:
        raise RuntimeError("the project is refused")


def main(folder: Path, port: int) -> None:
    ready = folder / "ready"
    if not ready.exists():
        _publish(folder)
        ready.touch()
    database = open_database(folder, [CHANNEL, "site-main"])
    Uploads(database).clear_leftovers()
    mark, closed = folder.parent / FULL, folder.parent / CLOSED

    def clock() -> datetime:
        return utc_now() + (_AFTER if closed.exists() else timedelta())

    disk: Any = _Forgetful(mark)
    upload_writing.os = disk  # type: ignore[attr-defined]
    # As small as the campaign's files are.
    upload_service._BLOCK = 50_000
    upload_service._PUSHED_EVERY, upload_service._KEPT_EVERY = 100_000, 300_000
    threading.Thread(target=_keep_full, args=(mark,), daemon=True).start()
    listener = socket.create_server(("127.0.0.1", port), backlog=512)
    asyncio.run(run_until(create_app(database, clock), listener, threading.Event()))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
