"""The cable between driver and virtual card: bytes take their time, and faults strike them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from devices.errors import Unplugged
from devices.led.virtual.card import Record
from devices.led.virtual.disturbance import Delivery
from devices.led.virtual.pacing import Queue, garbled
from tests.simulation.cards import Content, FarEnd
from tests.simulation.clock import Clock


@dataclass(slots=True)
class Taken:
    """A request that the card obeyed, and when its answer had reached the driver whole."""

    t: float
    command: str
    content: Content
    """What the card shows after it."""
    answered_at: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Sent:
    """A piece's last bytes: an answer, and what becomes of the line after it."""

    taken: Taken | None
    whole: bool
    unplug_s: float | None
    struck_at: float | None
    """When a fault struck it: the line counts as faulty until it has arrived."""


class Cable:
    """One serial cable; a process opens it, a card is at its other end."""

    def __init__(self, clock: Clock, far_end: FarEnd, *, baud: int | None) -> None:
        """`baud` of the card; None lets bytes pass at once."""
        self.clock = clock
        self.far_end = far_end
        self.baud = baud
        self.plugged = True
        self.speaks_at = baud
        """What the card's own setting is now."""
        self.noise: list[bytes] = []
        """Put in front of the next answers."""
        self.duplicates = 0
        """So many answers come twice."""
        self.taken: list[Taken] = []
        self.refused: list[tuple[float, Record]] = []
        self.bytes: list[tuple[float, bytes]] = []
        """All that the driver sent, with its second."""
        self.on_change: Callable[[float], None] = lambda t: None
        """Told when the card obeyed anything."""
        self.on_fault: Callable[[float], None] = lambda begun: None
        """Told at the end of a fault when it began."""
        self._inbox: Queue[None] = Queue(baud)
        self._outbox: Queue[Sent] = Queue(baud)
        self.received = bytearray()
        self.line: Line | None = None
        clock.works.append(self)

    @property
    def wrong_baud(self) -> bool:
        """Both ends read each other's bytes as others."""
        return self.line is not None and self.line.baud != (self.speaks_at or self.line.baud)

    def open(self, baud: int | None) -> "Line":
        """Raises Unplugged."""
        if not self.plugged:
            raise Unplugged("/dev/simulated: cannot be opened: no such device")
        self.received.clear()
        self.line = Line(self, baud or 1_000_000)
        return self.line

    def unplug(self, seconds: float) -> None:
        self.plugged = False
        self.line = None
        begun = self.clock.t
        self._inbox.drop()
        self._outbox.drop()
        self.received.clear()

        def plug_in() -> None:
            self.plugged = True
            self.on_fault(begun)

        self.clock.at(begun + seconds, plug_in)

    def next_at(self) -> float | None:
        moments = [at for at in (self._inbox.next_at(), self._outbox.next_at()) if at is not None]
        return min(moments, default=None)

    def run(self, t: float) -> None:
        for piece, _ in self._inbox.due(t):
            self._hear(piece, t)
        for piece, sent in self._outbox.due(t):
            self.received += garbled(piece) if self.wrong_baud else piece
            if sent is None:
                continue
            if sent.taken is not None and sent.whole and not self.wrong_baud:
                sent.taken.answered_at.append(t)
            if sent.struck_at is not None:
                self.on_fault(sent.struck_at)
            if sent.unplug_s is not None:
                self.unplug(sent.unplug_s)
                return

    def send(self, data: bytes) -> None:
        t = self.clock.t
        self.bytes.append((t, data))
        if self.wrong_baud:
            self.on_fault(t)
            self._inbox.put(garbled(data), t)
            return
        struck = self.far_end.faults.request(data)
        if struck != data:
            self.on_fault(t)
        if struck:
            self._inbox.put(struck, t)

    def _hear(self, data: bytes, t: float) -> None:
        taken: Taken | None = None
        for record in self.far_end.exchange(data, t):
            if record.direction == "in":
                taken = None
                if record.valid:
                    taken = Taken(t, record.command, self.far_end.content(t))
                    self.taken.append(taken)
                    self.on_change(t)
                continue
            if record.command == "nack":
                self.refused.append((t, record))
                self.on_fault(t)
            delivery = self.far_end.faults.reply(record.raw)
            self._answer(delivery, record, taken, t)

    def _answer(self, delivery: Delivery, record: Record, taken: Taken | None, t: float) -> None:
        told = b"".join(piece for _, piece in delivery.pieces)
        whole = delivery.unplug_s is None and self.far_end.same(told, record.raw)
        plain = delivery.unplug_s is None and len(delivery.pieces) == 1
        struck = told != record.raw or not plain or delivery.pieces[0][0] > 0
        copies = 1
        if self.duplicates and plain:
            self.duplicates -= 1
            copies, struck = 2, True
        if self.noise:
            self._outbox.put(self.noise.pop(), t)
            struck = True
        if not delivery.pieces:
            self.on_fault(t)
        for _ in range(copies):
            for number, (wait_s, piece) in enumerate(delivery.pieces, 1):
                last = number == len(delivery.pieces)
                told_at = t if struck else None
                sent = Sent(taken, whole, delivery.unplug_s, told_at) if last else None
                self._outbox.put(piece, t, sent, wait_s=wait_s)


class Line:
    """One open connection, as `devices.line.Line` is; its time is the simulation's."""

    def __init__(self, cable: Cable, baud: int) -> None:
        self._cable = cable
        self.baud = baud

    def send(self, data: bytes, *, timeout_s: float) -> None:
        self._check()
        self._cable.send(data)

    def receive(self, *, timeout_s: float) -> bytes:
        clock = self._cable.clock
        until = clock.t + max(timeout_s, 0.0)
        clock.step(clock.t)
        while True:
            self._check()
            if self._cable.received:
                data = bytes(self._cable.received)
                self._cable.received.clear()
                return data
            if clock.t >= until:
                return b""
            clock.step(until)

    def discard_input(self) -> int:
        count = 0
        while stale := self.receive(timeout_s=0.0):
            count += len(stale)
        return count

    def close(self) -> None:
        if self._cable.line is self:
            self._cable.line = None

    def _check(self) -> None:
        if self._cable.line is not self:
            raise Unplugged("/dev/simulated: the device is gone")

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
