"""Wires between a driver and a virtual board: whole, byte by byte, lossy, slow."""

import json
import os
import select
import termios
import threading
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devices.exchange import Patience
from devices.led.bx_k import BxK
from devices.led.virtual.card import VirtualBoard
from devices.led.virtual.speeds import VIRTUAL_SPEEDS
from devices.line import Line

SHARED = Path(__file__).parents[3] / "shared"
WIDTH, HEIGHT = 192, 32
QUICK = Patience(attempts=3, grace_s=0.25, pause_s=0.02)


class Station:
    """A card at the far end of a pty; `before_card`, `after_card` may change or drop bytes."""

    def __init__(self, card: VirtualBoard) -> None:
        self.card = card
        self.before_card: Callable[[bytes], bytes] = lambda data: data
        self.after_card: Callable[[bytes], bytes] = lambda data: data
        self.single_bytes = False
        self.byte_s = 0.0
        self.requests = 0
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def say(self, data: bytes) -> None:
        """Put bytes on the line unasked."""
        os.write(self._master, data)

    def baud_constant(self) -> int:
        return termios.tcgetattr(self._master)[5]

    def _run(self) -> None:
        while not self._stop.is_set():
            if not select.select([self._master], [], [], 0.02)[0]:
                continue
            try:
                data = os.read(self._master, 4096)
            except OSError:
                return
            for piece in _cut(data, self.single_bytes):
                time.sleep(self.byte_s * len(piece))
                for record in self.card.exchange(self.before_card(piece), time.monotonic()):
                    if record.direction == "in":
                        self.requests += 1
                    else:
                        for part in _cut(self.after_card(record.raw), self.single_bytes):
                            time.sleep(self.byte_s * len(part))
                            os.write(self._master, part)

    def unplug(self) -> None:
        self._stop.set()
        self._thread.join()
        if self._master >= 0:
            os.close(self._master)
            os.close(self._slave)
            self._master = -1


def _cut(data: bytes, single_bytes: bool) -> list[bytes]:
    if single_bytes:
        return [data[at : at + 1] for at in range(len(data))]
    return [data] if data else []


@pytest.fixture
def station() -> Iterator[Station]:
    card = VirtualBoard(WIDTH, HEIGHT, t=time.monotonic())
    station = Station(card)
    yield station
    station.unplug()


@pytest.fixture
def connect(station: Station) -> Iterator[Callable[..., BxK]]:
    """Open a driver on the station's line; quick deadlines, the virtual board's own speeds."""
    opened: list[BxK] = []

    def connect(*, baud: int = 57600, **options: object) -> BxK:
        settings = {"patience": QUICK, "speeds": VIRTUAL_SPEEDS, **options}
        line = Line(station.path, baud=baud)
        driver = BxK(line, width=WIDTH, height=HEIGHT, **settings)
        opened.append(driver)
        return driver

    yield connect
    for driver in opened:
        driver.close()


@pytest.fixture(params=["whole", "byte by byte", "lossy", "slow"])
def wire(request: pytest.FixtureRequest, station: Station) -> str:
    """Four ways in which bytes travel; the lossy one loses the 1st request and the 2nd reply."""
    if request.param == "byte by byte":
        station.single_bytes = True
    elif request.param == "slow":
        station.single_bytes = True
        station.byte_s = 0.0004
    elif request.param == "lossy":
        requests, replies = iter([True]), iter([False, True])
        station.before_card = lambda data: b"" if next(requests, False) else data
        station.after_card = lambda data: data[:-3] if next(replies, False) else data
    return request.param


def vectors(card: str) -> list[dict[str, object]]:
    path = SHARED / "wire" / "led-vectors.json"
    if not path.exists():
        pytest.skip(f"{path} is missing: the golden vectors are kept beside the repository")
    return [vector for vector in json.loads(path.read_text()) if vector["card"] == card]


@pytest.fixture
def bx_k_vectors() -> list[dict[str, object]]:
    return vectors("BX-K")


@pytest.fixture
def bx_5g_vectors() -> list[dict[str, object]]:
    return vectors("BX-5G")
