"""A thread beside pulling: when it acts, how it goes on after trouble, and how it ends."""

import logging
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk.store.errors import Damaged, DiskTrouble, StoreError
from kiosk.store.terminal import TerminalStore
from kiosk.sync import beside
from kiosk.sync.beside import Beside
from kiosk.sync.errors import Offline, SyncError

SERVER = "http://127.0.0.1:1"
NOW = datetime(2026, 11, 24, tzinfo=UTC)


class Acting(Beside):
    thread_name = "sync-acting"
    subject = "acts"

    def __init__(self, path: Path, script: list[Exception | None], died: Callable[[], None]):
        super().__init__(path, SERVER, died=died)
        self.script, self.acts, self.pauses = script, 0, list[int]()
        self.at_rest = threading.Event()

    def _begin(self, store: TerminalStore) -> Callable[[], object]:
        return self._act

    def _act(self) -> None:
        self.acts += 1
        problem = self.script.pop(0) if self.script else None
        if problem is not None:
            raise problem
        if not self.script:
            self.at_rest.set()

    def _pause_s(self, problem: StoreError | SyncError, failures: int) -> float:
        self.pauses.append(failures)
        return 0.0


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "LOOK_S", 0.005)


def acting(folder: Path, *script: Exception | None) -> tuple[Acting, threading.Event]:
    died = threading.Event()
    return Acting(folder / "terminal.db", list(script), died.set), died


def test_it_acts_at_the_start_and_at_each_news_and_ends_quietly(tmp_path: Path) -> None:
    one, died = acting(tmp_path)
    with TerminalStore(tmp_path / "terminal.db") as store, one:
        assert one.at_rest.wait(5) and one.acts == 1
        one.at_rest.clear()
        store.tell_health("sync", NOW, {})
        assert one.at_rest.wait(5)
    assert one.dead == "" and not died.is_set()


def test_trouble_is_told_once_until_it_goes_well(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    trouble = [Offline("away"), DiskTrouble("full"), Offline("away"), None]
    one, died = acting(tmp_path, *trouble)
    with caplog.at_level(logging.DEBUG, "kiosk.sync.beside"), one:
        assert one.at_rest.wait(5)
    assert one.pauses == [1, 2, 3] and not died.is_set()
    levels = [record.levelname for record in caplog.records]
    assert levels == ["WARNING", "DEBUG", "DEBUG"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("problem", [Damaged("broken"), RuntimeError("a mistake")])
def test_what_cannot_go_well_ends_it_and_is_told(tmp_path: Path, problem: Exception) -> None:
    one, died = acting(tmp_path, problem)
    with one:
        assert died.wait(5) and one.dead == "sync-acting"
    assert one.acts == 1
