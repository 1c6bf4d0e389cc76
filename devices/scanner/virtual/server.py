"""The virtual scanner as a process, or a thread, of its own, on a pseudo-terminal."""

import os
import select
import threading
import time
import tty
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue

from devices.led.virtual.link import Link

LOOK_S = 0.05
"""Seconds between looks at what other threads ordered."""
ENDS = {"cr": b"\r", "lf": b"\n", "crlf": b"\r\n"}
"""What ends a code, by the name of the scanner's setting."""


class Trigger:
    """What a hand does at a scanner that runs; any thread may call it."""

    def __init__(self) -> None:
        self._orders: SimpleQueue[Callable[[_Station], None]] = SimpleQueue()

    def scan(self, code: str) -> None:
        """Hold a code before it."""
        self._orders.put(lambda station: station.scan(code))

    def send(self, data: bytes) -> None:
        """Bytes as they are: noise, a part of a code."""
        self._orders.put(lambda station: station.send(data))

    def unplug(self) -> None:
        self._orders.put(lambda station: station.hang_up())

    def plug_in(self) -> None:
        self._orders.put(lambda station: station.plug_in())

    def carry_out(self, station: "_Station") -> None:
        """Of the scanner's own thread: everything ordered since."""
        with suppress(Empty):
            while True:
                self._orders.get_nowait()(station)


def serve(
    *,
    link: Path | None = None,
    codes: Sequence[str] = (),
    end: str = "cr",
    trigger: Trigger | None = None,
    lines: int | None = None,
    stop: threading.Event,
    on_ready: Callable[[Path], None] | None = None,
) -> None:
    """Be a scanner until `stop` is set.

    `on_ready` gets the path that a client opens: `link` if given, else the terminal's own. `codes`
    are scanned at the start, as soon as a client is there to read them; then each line that can be
    read from the file descriptor `lines`. Raises ValueError for an `end` that is not in ENDS and
    for a link that another process serves, OSError for one that cannot be made.
    """
    if end not in ENDS:
        raise ValueError(f"end {end}: one of {', '.join(ENDS)}")
    station = _Station(link, ENDS[end])
    trigger = trigger or Trigger()
    for code in codes:
        trigger.scan(code)
    typed = bytearray()
    try:
        station.plug_in()
        if on_ready is not None:
            on_ready(station.name)
        while not stop.is_set():
            ready, _, _ = select.select([] if lines is None else [lines], [], [], LOOK_S)
            if ready and lines is not None:
                data = os.read(lines, 4096)
                typed += data
                if not data:
                    lines = None
                *whole, rest = typed.split(b"\n")
                typed = bytearray(rest)
                for line in whole:
                    if line.strip():
                        trigger.scan(line.strip().decode(errors="replace"))
            if station.is_heard:
                trigger.carry_out(station)
    finally:
        station.close()


class _Station:
    """The scanner's end of the line."""

    def __init__(self, link: Path | None, end: bytes) -> None:
        self._link = Link(link) if link is not None else None
        self._end = end
        self._path = Path(os.devnull)
        self._master: int | None = None
        self._poll = select.poll()

    @property
    def name(self) -> Path:
        """What a client opens."""
        return self._link.path if self._link is not None else self._path

    @property
    def is_heard(self) -> bool:
        """Whether a client has opened the terminal; True too while nothing is plugged in.

        A pseudo-terminal that nobody has open says that it is hung up.
        """
        if self._master is None:
            return True
        return not any(event & select.POLLHUP for _, event in self._poll.poll(0))

    def plug_in(self) -> None:
        if self._master is not None:
            return
        master, slave = os.openpty()
        tty.setraw(slave)
        self._path = Path(os.ttyname(slave))
        os.close(slave)
        os.set_blocking(master, False)
        self._master = master
        self._poll.register(master, select.POLLHUP)
        if self._link is not None:
            self._link.point(self._path)

    def hang_up(self) -> None:
        if self._master is None:
            return
        if self._link is not None:
            self._link.unpoint()
        self._poll.unregister(self._master)
        os.close(self._master)
        self._master = None

    def close(self) -> None:
        """Hang up for good."""
        self.hang_up()
        if self._link is not None:
            self._link.close()

    def scan(self, code: str) -> None:
        self.send(code.encode() + self._end)

    def send(self, data: bytes) -> None:
        """As fast as the client reads."""
        view = memoryview(data)
        while view and self._master is not None:
            try:
                view = view[os.write(self._master, view) :]
            except BlockingIOError:
                time.sleep(LOOK_S)
            except OSError:
                # The client went away in the middle of it.
                return
