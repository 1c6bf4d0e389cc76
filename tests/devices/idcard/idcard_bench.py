"""A line in memory whose time passes as one waits, and virtual readers on a pty."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from devices.errors import Unplugged
from devices.idcard.reader import IdReader
from devices.idcard.virtual.cards import Card
from devices.idcard.virtual.module import VirtualModule
from devices.idcard.virtual.server import Bench, serve

BYTE_S = 10 / 115200


class Wire:
    """A line to a virtual module; `request` and `reply` may change what travels.

    `reply` gives pieces of (seconds to wait, bytes).
    """

    baud = 115200

    def __init__(self) -> None:
        self.module = VirtualModule()
        self.t = 0.0
        self.sent: list[tuple[float, bytes]] = []
        self.plugged_in = True
        self.paced = False
        """Whether the module takes its time with a card; the line always does."""
        self.request: Callable[[bytes], bytes] = lambda data: data
        self.reply: Callable[[bytes], list[tuple[float, bytes]]] = lambda raw: [(0.0, raw)]
        self.laid = 0
        """How often a card was laid by `lay`."""
        self.read_last: Card | None = None
        self.read_laid = 0
        """`laid` of that card."""
        self.waits = 0
        self._arrivals: deque[tuple[float, bytes]] = deque()
        self._free_at = 0.0

    def clock(self) -> float:
        return self.t

    def lay(self, card: Card) -> None:
        """What a hand does, which may take another card away by it."""
        self.laid += 1
        self.module.lay(card)

    def reader(self) -> IdReader:
        return IdReader(self, clock=self.clock)  # type: ignore[arg-type]

    def send(self, data: bytes, *, timeout_s: float) -> None:
        self._check()
        self.sent.append((self.t, data))
        self.t += len(data) * BYTE_S
        card = self.module.card
        for answer in self.module.feed(self.request(data)):
            if answer.command == "read" and answer.status == 0x90:
                self.read_last, self.read_laid = card, self.laid
            work_s = answer.work_s if self.paced else 0.0
            for wait_s, part in self.reply(answer.raw):
                self.arrive(part, wait_s + work_s)
                work_s = 0.0

    def arrive(self, data: bytes, wait_s: float = 0.0) -> None:
        """Bytes from the reader, in order, at the line's pace."""
        self._free_at = max(self._free_at, self.t) + wait_s + len(data) * BYTE_S
        self._arrivals.append((self._free_at, data))

    def receive(self, *, timeout_s: float) -> bytes:
        self._check()
        self.waits += 1
        if self._arrivals and self._arrivals[0][0] <= self.t + timeout_s:
            at, data = self._arrivals.popleft()
            self.t = max(self.t, at)
            return data
        self.t += max(timeout_s, 1e-6)
        return b""

    def discard_input(self) -> int:
        self._check()
        count = 0
        while self._arrivals and self._arrivals[0][0] <= self.t:
            count += len(self._arrivals.popleft()[1])
        return count

    def close(self) -> None:
        """Nothing to close."""

    def _check(self) -> None:
        if not self.plugged_in:
            raise Unplugged("the test pulled it out")


@contextmanager
def virtual_reader(**options: object) -> Iterator[tuple[Path, Bench]]:
    stop, ready, bench = threading.Event(), threading.Event(), Bench()
    paths: list[Path] = []

    def on_ready(path: Path) -> None:
        paths.append(path)
        ready.set()

    settings = {"stop": stop, "on_ready": on_ready, "bench": bench, **options}
    thread = threading.Thread(target=serve, kwargs=settings, daemon=True)
    thread.start()
    try:
        assert ready.wait(10)
        yield paths[0], bench
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def expected_name(card: Card) -> str:
    """By the card's face: a foreigner's Latin name, everyone else's Chinese one."""
    return card.latin if card.layout.startswith("foreigner") else card.name
