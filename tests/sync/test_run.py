import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.central.withdrawal import withdraw
from kiosk.settings import Central, Centre, Private, Settings, SettingsError, Sync, Terminal
from kiosk.store.terminal import DATABASE_NAME, TerminalStore
from kiosk.sync import run as run_module
from kiosk.sync.instant import utc_now
from kiosk.sync.ownership import LOCK_NAME, AlreadyCarried

ROOT = Path(__file__).parents[2]

SERVER = """
import sys, threading
from pathlib import Path
from kiosk.central.server import serve
from kiosk.settings import Central, Centre, Settings
serve(
    Settings(
        centre=Centre(name="某中心", region="420500", site="main"),
        central=Central(data=Path(sys.argv[1]), port=int(sys.argv[2])),
    ),
    threading.Event(),
)
"""


def _settings(folder: Path, address: str, poll_s: float = 0.4) -> Settings:
    return Settings(
        centre=Centre(name="某中心", region="420500", site="main"),
        terminal=Terminal(name="一号机", data=folder),
        sync=Sync(server=address, poll_s=poll_s),
    )


def _wait_until(holds: Callable[[], bool], limit_s: float = 15) -> None:
    end = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


class Running:
    """`run` in a thread."""

    def __init__(self, settings: Settings) -> None:
        self.stop = threading.Event()
        self.thread = threading.Thread(
            target=run_module.run, args=(settings, self.stop), daemon=True
        )
        self.thread.start()

    def end(self) -> float:
        started = time.monotonic()
        self.stop.set()
        self.thread.join(10)
        assert not self.thread.is_alive()
        return time.monotonic() - started


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def test_news_arrive_and_a_stop_ends_a_long_poll(centre, tmp_path):
    centre.clock.now = utc_now()
    centre.take(centre.portal("a"))
    with centre.served() as address:
        running = Running(_settings(tmp_path / "t", address, poll_s=60))
        _wait_until((tmp_path / "t" / DATABASE_NAME).exists)
        with TerminalStore(tmp_path / "t" / DATABASE_NAME) as store:
            _wait_until(lambda: store.notice("a") is not None)
            withdraw(centre.database, "a", now=utc_now())
            # Far sooner than the minute between two looks: the long poll on control woke.
            _wait_until(lambda: store.notice("a") is None, limit_s=5)
            contact = store.contact()
            assert contact is not None
            assert utc_now() - contact.reading.wall < timedelta(seconds=10)
        assert running.end() < 2


def test_one_process_carries_for_a_terminal(tmp_path):
    settings = _settings(tmp_path / "t", f"http://127.0.0.1:{_free_port()}")
    running = Running(settings)
    _wait_until((tmp_path / "t" / LOCK_NAME).exists)
    _wait_until(lambda: (tmp_path / "t" / DATABASE_NAME).exists())
    with pytest.raises(AlreadyCarried, match=f"process {os.getpid()}|another process"):
        run_module.run(settings, threading.Event())
    running.end()
    stopped = threading.Event()
    stopped.set()
    run_module.run(settings, stopped)


def test_it_waits_for_a_server_that_is_not_there(centre, tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(run_module, "backoff", lambda *_a, **_k: 0.05)
    caplog.set_level(logging.DEBUG, logger="kiosk.sync.run")
    port = _free_port()
    running = Running(_settings(tmp_path / "t", f"http://127.0.0.1:{port}"))
    _wait_until(lambda: len(caplog.records) > 3)
    assert running.end() < 2
    levels = [r.levelno for r in caplog.records if r.name == "kiosk.sync.run"]
    assert levels[0] == logging.WARNING
    assert set(levels[1:]) == {logging.DEBUG}


def test_the_server_runs_alone_is_killed_and_comes_back(tmp_path, centre, monkeypatch):
    monkeypatch.setattr(run_module, "backoff", lambda *_a, **_k: 0.1)
    centre.clock.now = utc_now()
    centre.take(centre.portal("a"))
    port = _free_port()
    command = [sys.executable, "-c", SERVER, str(tmp_path / "db"), str(port)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    server = subprocess.Popen(command, env=environment)
    running = Running(_settings(tmp_path / "t", f"http://127.0.0.1:{port}"))
    try:
        with TerminalStore(tmp_path / "t" / DATABASE_NAME) as store:
            _wait_until(lambda: store.notice("a") is not None)
            server.kill()
            server.wait()
            centre.take(centre.portal("b"))
            server = subprocess.Popen(command, env=environment)
            _wait_until(lambda: store.notice("b") is not None)
        started = time.monotonic()
        server.send_signal(signal.SIGTERM)
        assert server.wait(10) == 0
        assert time.monotonic() - started < 3
    finally:
        running.end()
        if server.poll() is None:
            server.kill()
            server.wait()


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("kiosk.sync.files.Fetcher.fetch_wanted", "sync-files"),
        ("kiosk.store.terminal.TerminalStore.prepare_files", "sync-files"),
        ("kiosk.sync.sender.Sender.send_due", "sync-(outbox|uploads)"),
    ],
)
def test_a_thread_that_dies_ends_the_process(centre, tmp_path, monkeypatch, place, told):
    def dies(*_: object, **__: object) -> None:
        # Those of the main thread live on.
        if threading.current_thread().name.startswith("sync-"):
            raise RuntimeError

    monkeypatch.setattr(place, dies)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    centre.clock.now = utc_now()
    centre.take(centre.portal("a"))
    with centre.served() as address:
        settings = _settings(tmp_path / "t", address, poll_s=60)
        (tmp_path / "t").mkdir()
        key = tmp_path / "key"
        key.write_text("1" * 64)
        key.chmod(0o600)
        settings = settings.model_copy(update={"private": Private(key=key)})
        stop = threading.Event()
        lets_go = threading.Timer(8, stop.set)
        lets_go.start()
        started = time.monotonic()
        with pytest.raises(run_module.ThreadDied, match=told):
            run_module.run(settings, stop)
        assert time.monotonic() - started < 6
        lets_go.cancel()
    assert not any(each.name.startswith("sync-") for each in threading.enumerate())


def test_settings_that_lack_a_section(tmp_path):
    settings = Settings(
        centre=Centre(name="某中心", region="420500", site="main"),
        central=Central(data=tmp_path),
    )
    with pytest.raises(SettingsError, match="sync, terminal"):
        run_module.run(settings, threading.Event())
