import asyncio
import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from display.trusted_time import Reading
from kiosk.central.database import CentralDatabase, open_database
from kiosk.central.ingest import Report, import_files
from kiosk.central.server import create_app, run_until

# Before anything imports Kivy, which would take over the root logger.
os.environ["KIVY_LOG_MODE"] = "PYTHON"

CHANNEL = "public-420500"
LONGEST = (
    "screens/test_in_window.py",
    "traces",
    "simulation",
    "journeys",
    "test_bench.py",
    "campaigns",
    "test_readme.py",
    "central/test_submissions.py",
    "sync",
    "private",
)
"""Files that take long, or folders of them: with two workers they are begun first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    folder = Path(__file__).parent

    def rank(item: pytest.Item) -> int:
        below = item.path.relative_to(folder).as_posix()
        return next((n for n, name in enumerate(LONGEST) if below.startswith(name)), len(LONGEST))

    items.sort(key=rank)


class Clock:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 17, 4, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **span: float) -> None:
        self.now += timedelta(**span)


class Centre:
    """A central server's database with a clock."""

    channel = CHANNEL

    def __init__(self, folder: Path, clock: Clock) -> None:
        self.folder = folder
        self.clock = clock
        self.database: CentralDatabase = open_database(folder / "db", [CHANNEL, "site-main"])
        self._files = 0

    def reading(self) -> Reading:
        """The clocks of a terminal that agrees with the server."""
        return Reading(self.clock())

    def portal(self, id: str = "r1", **more: Any) -> dict[str, Any]:
        return {
            "record_id": id,
            "title": "东山路道路改造工程招标公告",
            "publish_date": "2026-03-17 09:00",
            "detail_url": "https://example.org/information/deal/html/a/420000/0101/20260317/x.html",
            "info_type": "招标/资审公告",
            "business_type": "工程建设",
            **more,
        }

    def take(self, *records: object, name: str = "") -> Report:
        self._files += 1
        path = self.folder / (name or f"in{self._files}.ndjson")
        lines = (r if isinstance(r, str) else json.dumps(r, ensure_ascii=False) for r in records)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return import_files(self.database, [path], channel=CHANNEL, now=self.clock())

    @contextmanager
    def served(self) -> Iterator[str]:
        """Serve over HTTP; yields the address."""
        stop = threading.Event()
        listener = socket.create_server(("127.0.0.1", 0))
        app = create_app(self.database, self.clock)
        thread = threading.Thread(
            target=lambda: asyncio.run(run_until(app, listener, stop)), daemon=True
        )
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stop.set()
            thread.join(10)
            listener.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def centre(tmp_path: Path, clock: Clock) -> Iterator[Centre]:
    opened = Centre(tmp_path, clock)
    yield opened
    opened.database.close()


@pytest.fixture
def files_bytes(tmp_path: Path) -> Callable[[], bytes]:
    """All bytes of the database's files."""
    return lambda: b"".join(path.read_bytes() for path in sorted((tmp_path / "db").iterdir()))
