"""A card that somebody left on the reader identifies nobody who comes after."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import kiosk.identify.reading
from devices.idcard.identity import Identity
from devices.idcard.reader import IdReader
from devices.idcard.virtual.server import Bench, serve
from devices.led.virtual.control import tell
from devices.line import Line
from kiosk.identify.reading import CardReading, Told

POLL_S = 0.02


class Reader:
    """One that finds a card again and again, and what is told of it."""

    def __init__(self, folder: Path, bench: Bench) -> None:
        self.link, self.control, self.bench = folder / "reader", folder / "control", bench
        self.told: list[Told | Identity] = []
        self.reading = CardReading(
            lambda: IdReader(Line(str(self.link), baud=115200), poll_s=POLL_S),
            lambda act: act(),
            self.told.append,
        )

    def begin(self) -> None:
        """Somebody is asked for a card."""
        self.told.clear()
        self.reading.begin()

    def waits_for(self, what: Told | type[Identity]) -> None:
        def there() -> bool:
            return any(
                each is what if isinstance(what, Told) else isinstance(each, what)
                for each in list(self.told)
            )

        end = time.monotonic() + 10
        while not there():
            assert time.monotonic() < end, f"{what} never told: {self.told}"
            time.sleep(0.005)

    @property
    def identified(self) -> bool:
        return any(isinstance(each, Identity) for each in self.told)


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Reader]]:
    monkeypatch.setattr(kiosk.identify.reading, "AGAIN_S", 0.02)
    monkeypatch.setattr(kiosk.identify.reading, "LIFT_S", 3 * POLL_S)
    stop, made = threading.Event(), Reader(tmp_path, Bench())
    threads: list[threading.Thread] = []

    def started(fault: str = "finds-again on") -> Reader:
        ready = threading.Event()
        told = {
            "link": made.link, "control": made.control, "bench": made.bench, "stop": stop,
            "faults": [fault], "on_ready": lambda _path: ready.set(),
        }  # fmt: skip
        threads.append(threading.Thread(target=serve, kwargs=told))
        threads[0].start()
        assert ready.wait(10)
        return made

    yield started
    made.reading.stop()
    stop.set()
    threads[0].join()


def test_it_is_not_read_for_the_next_visitor_nor_after_the_reader_was_gone(
    reader: Callable[..., Reader],
) -> None:
    at = reader()
    at.begin()
    at.waits_for(Told.WAITING)
    at.bench.lay("resident")
    at.waits_for(Identity)
    # The next one is asked while the card still lies there.
    at.reading.forget()
    at.begin()
    at.waits_for(Told.STILL_THERE)
    assert tell(at.control, "unplug 0.1") == "ok"
    at.waits_for(Told.UNPLUGGED)
    at.told.clear()
    at.waits_for(Told.STILL_THERE)
    assert not at.identified
    at.told.clear()
    at.bench.lift()
    at.waits_for(Told.WAITING)
    assert not at.identified
    at.bench.lay("resident-2")
    at.waits_for(Identity)


def test_nor_is_one_that_was_laid_before_anybody_was_asked(reader: Callable[..., Reader]) -> None:
    at = reader("finds-again off")
    at.bench.lay("resident")
    time.sleep(0.1)
    at.begin()
    at.waits_for(Told.STILL_THERE)
    assert Told.WAITING not in at.told
    at.bench.lift()
    at.waits_for(Told.WAITING)
    at.bench.lay("resident")
    at.waits_for(Identity)


def test_within_one_visit_the_own_card_need_not_be_lifted_first(
    reader: Callable[..., Reader],
) -> None:
    at = reader()
    at.begin()
    at.waits_for(Told.WAITING)
    at.reading.pause()
    at.bench.lay("resident")
    at.begin()
    at.waits_for(Identity)
    assert Told.STILL_THERE not in at.told
