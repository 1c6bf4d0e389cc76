"""What the terminal tells health of its reader of ID cards."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

import kiosk.identify.reading
from devices.idcard.identity import Identity
from devices.idcard.reader import open_reader
from devices.idcard.virtual.server import Bench, serve
from kiosk.commands.health import complaints
from kiosk.identify.reading import CardReading, Told
from kiosk.store.health import Health

NOW = datetime(2026, 11, 23, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kiosk.identify.reading, "AGAIN_S", 0.02)


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


@contextmanager
def reader(link: Path, *faults: str) -> Iterator[Bench]:
    stop, ready, bench = threading.Event(), threading.Event(), Bench()
    more = {"stop": stop, "faults": faults, "bench": bench, "on_ready": lambda _path: ready.set()}
    thread = threading.Thread(target=serve, kwargs={"link": link, **more})
    thread.start()
    assert ready.wait(10)
    yield bench
    stop.set()
    thread.join()


def test_a_reader_that_fails_is_told_until_it_answers(tmp_path: Path) -> None:
    link = tmp_path / "reader"
    reading = CardReading(lambda: open_reader(str(link)), lambda act: act(), lambda _what: None)
    try:
        assert reading.facts() is None
        reading.begin()
        until(reading.facts)
        (told,) = complaints(Health("ID reader", NOW, reading.facts() or {}), NOW)
        assert str(link) in told and "`mingtang idcard check`" in told
        with reader(link):
            until(lambda: (reading.facts() or {})["link"] == "up")
            assert complaints(Health("ID reader", NOW, reading.facts() or {}), NOW) == []
            reading.pause()
    finally:
        reading.stop()


def test_one_without_a_licence_is_told(tmp_path: Path) -> None:
    link = tmp_path / "reader"
    told: list[Told | Identity] = []
    reading = CardReading(lambda: open_reader(str(link)), lambda act: act(), told.append)
    with reader(link, "licensed off") as bench:
        try:
            reading.begin()
            until(lambda: Told.WAITING in told)
            bench.lay("resident")
            until(lambda: (reading.facts() or {}).get("link") == "lost")
            (told,) = complaints(Health("ID reader", NOW, reading.facts() or {}), NOW)
            assert "licen" in told
            reading.pause()
        finally:
            reading.stop()
