"""The virtual board as a process of its own, on a pseudo-terminal.

Crash-only: it keeps nothing but its flash, if that has a file, so after a kill and a restart it
is neutral or dark, at the same address.
"""

import json
import os
import select
import socket
import termios
import threading
import time
import tty
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import IO

from devices.led.virtual import face, picture
from devices.led.virtual.animation import Animation, check
from devices.led.virtual.card import Record, VirtualBoard
from devices.led.virtual.control import Control
from devices.led.virtual.disturbance import NotAnOrder
from devices.led.virtual.faults import Faults
from devices.led.virtual.flash import load, save
from devices.led.virtual.link import Link
from devices.led.virtual.pacing import Queue, garbled
from devices.led.virtual.speeds import VIRTUAL_SPEEDS

PICTURE_S = 0.2
"""Seconds between looks at the pixels for the picture file."""
BAUDS = {
    2400: termios.B2400,
    4800: termios.B4800,
    9600: termios.B9600,
    19200: termios.B19200,
    57600: termios.B57600,
    115200: termios.B115200,
}


def _utc_now() -> datetime:
    return datetime.now(UTC)


def serve(
    *,
    width: int,
    height: int,
    link: Path | None = None,
    png: Path | None = None,
    animation: Path | None = None,
    log: Path | None = None,
    flash: Path | None = None,
    control: Path | None = None,
    faults: Sequence[str] = (),
    paced: bool = False,
    speeds: tuple[float, ...] = VIRTUAL_SPEEDS,
    baud: int = 57600,
    address: int = 1,
    stop: threading.Event,
    on_ready: Callable[[Path], None] | None = None,
    on_card: Callable[[Callable[[], bytes]], None] | None = None,
    monotonic: Callable[[], float] = time.monotonic,
    now: Callable[[], datetime] = _utc_now,
) -> None:
    """Be a board until `stop` is set.

    `on_ready` gets the path that a client opens: `link` if given, else the terminal's own.
    `on_card` gets a function that any thread may call for the pixels of this moment.
    Bytes at another baud than `baud` are garbled, as on a wire; `paced` lets them take their
    time in both directions. `flash` keeps the program memory from process to process. `faults`
    are orders as in `devices.led.virtual.faults`, also taken at the Unix socket `control` while
    it runs; there "animate FILE" draws an animated picture of the page on air. `animation` is
    such a picture, drawn anew for each page. The log is JSON lines.
    Raises FontMissing, ValueError for a baud that cards do not have, a fault that there is not,
    a flash file that is none, a suffix that no animated picture has, or a link or a socket that
    another process serves; OSError for files.
    """
    if baud not in BAUDS:
        raise ValueError(f"baud {baud}: one of {', '.join(map(str, BAUDS))}")
    if animation is not None:
        check(animation).parent.mkdir(parents=True, exist_ok=True)
    card = VirtualBoard(
        width,
        height,
        address=address,
        baud=baud,
        speeds=speeds,
        t=monotonic(),
        memory=load(flash) if flash else None,
    )
    with ExitStack() as stack:
        name = Link(link) if link is not None else None
        if name is not None:
            stack.callback(name.close)
        orders = Control(control) if control else None
        if orders is not None:
            stack.callback(orders.close)
        journal = stack.enter_context(_open_log(log))
        station = _Station(
            card,
            baud=baud,
            paced=paced,
            link=name,
            tell=lambda record: _tell(journal, now(), record),
        )
        stack.callback(station.hang_up)
        film = _Film(card, animation)
        stack.callback(film.close)
        for line in faults:
            station.order(line, monotonic())
        station.plug_in()
        screen = _Screen(card, png)
        screen.refresh(monotonic())
        film.refresh(monotonic())
        if on_card is not None:
            on_card(lambda: card.pixels(monotonic()))
        if on_ready is not None:
            on_ready(link or station.terminal)
        kept = dict(card.memory.files)
        next_picture = 0.0
        while not stop.is_set():
            sockets = orders.sockets() if orders else []
            wait_s = min(PICTURE_S / 2, max(station.next_at() - monotonic(), 0.0))
            watched: list[int | socket.socket] = [*station.inputs(), *sockets]
            ready, _, _ = select.select(watched, [], [], wait_s)
            t = monotonic()
            for each in ready:
                if orders is not None and isinstance(each, socket.socket):
                    orders.serve(each, lambda line: _obeyed(station, film, line, monotonic()))
            station.run(t)
            film.refresh(t)
            if flash and card.memory.files != kept:
                kept = dict(card.memory.files)
                save(flash, kept)
            if t >= next_picture:
                screen.refresh(t)
                next_picture = t + PICTURE_S
        screen.refresh(monotonic())


def _obeyed(station: "_Station", film: "_Film", line: str, t: float) -> str:
    name, _, rest = line.partition(" ")
    try:
        if name == "animate":
            film.draw(Path(rest.strip()), t)
        else:
            station.order(line, t)
    except ValueError as problem:
        return f"error: {problem}"
    return "ok"


@dataclass(frozen=True, slots=True)
class _Sent:
    record: Record
    unplug_s: float | None


class _Station:
    """The card at its end of the line: terminal, both directions, faults."""

    def __init__(
        self,
        card: VirtualBoard,
        *,
        baud: int,
        paced: bool,
        link: Link | None,
        tell: Callable[[Record], None],
    ) -> None:
        self._card = card
        self._baud = baud
        self._link = link
        self._tell = tell
        self._faults = Faults(card)
        self._inbox: Queue[None] = Queue(baud if paced else None)
        self._outbox: Queue[_Sent] = Queue(baud if paced else None)
        self._ends: tuple[int, int] | None = None
        self._plug_in_at: float | None = None
        self.terminal = Path(os.devnull)

    def plug_in(self) -> None:
        # The slave stays open here, so that a client may come and go without a hang-up.
        master, slave = os.openpty()
        self._ends = master, slave
        tty.setraw(slave)
        os.set_blocking(master, False)
        self.terminal = Path(os.ttyname(slave))
        self._plug_in_at = None
        if self._link is not None:
            self._link.point(self.terminal)

    def hang_up(self) -> None:
        if self._link is not None:
            self._link.unpoint()
        for end in self._ends or ():
            os.close(end)
        self._ends = None
        self._inbox.drop()
        self._outbox.drop()

    def order(self, line: str, t: float) -> None:
        """Raises NotAnOrder."""
        if line.split()[:1] == ["unplug"] and self._link is None:
            raise NotAnOrder("unplug: only a board with a link is found again")
        self._faults.order(line, t)

    def inputs(self) -> list[int]:
        """To be watched for input."""
        return [self._ends[0]] if self._ends else []

    def next_at(self) -> float:
        """When there is something to do without input."""
        moments = (self._inbox.next_at(), self._outbox.next_at(), self._plug_in_at)
        return min((moment for moment in moments if moment is not None), default=inf)

    def run(self, t: float) -> None:
        """Everything that is due."""
        if self._plug_in_at is not None and t >= self._plug_in_at:
            self.plug_in()
        if self._ends is None:
            return
        master = self._ends[0]
        data = _read(master)
        if data and self._spoken_to(master):
            self._inbox.put(self._faults.request(data), t)
        elif data:
            reason = f"at another baud than {self._baud}"
            self._tell(Record("in", data, False, reason=reason))
            self._hear(garbled(data), t)
        for piece, _ in self._inbox.due(t):
            self._hear(piece, t)
        for piece, sent in self._outbox.due(t):
            taken = _write(master, piece if self._spoken_to(master) else garbled(piece))
            if sent is None:
                continue
            reason = "" if taken else "the client does not read"
            self._tell(replace(sent.record, reason=reason))
            if sent.unplug_s is not None:
                self.hang_up()
                self._plug_in_at = t + sent.unplug_s
                return

    def _hear(self, data: bytes, t: float) -> None:
        for record in self._card.exchange(data, t):
            if record.direction == "in":
                self._tell(record)
                continue
            delivery = self._faults.reply(record.raw)
            if not delivery.pieces:
                self._tell(replace(record, reason="lost: a fault was ordered"))
            for number, (wait_s, piece) in enumerate(delivery.pieces, 1):
                last = number == len(delivery.pieces)
                sent = _Sent(record, delivery.unplug_s) if last else None
                self._outbox.put(piece, t, sent, wait_s=wait_s)

    def _spoken_to(self, master: int) -> bool:
        return _client_baud(master) == BAUDS[self._baud]


class _Screen:
    """Keeps the picture file as the board is."""

    def __init__(self, card: VirtualBoard, path: Path | None) -> None:
        self._card = card
        self._path = path
        self._drawn: bytes | None = None

    def refresh(self, t: float) -> None:
        if self._path is None:
            return
        pixels = self._card.pixels(t)
        if pixels == self._drawn:
            return
        image = picture.draw(pixels, self._card.width, self._card.height)
        part = self._path.with_name(self._path.name + ".part")
        image.save(part, format="PNG", compress_level=1)
        part.replace(self._path)
        self._drawn = pixels


class _Film:
    """Keeps the animated picture as the board is, and draws others to order."""

    def __init__(self, card: VirtualBoard, path: Path | None) -> None:
        self._card = card
        self._path = path
        self._seen: tuple[face.Zone, ...] | None = None
        self._animation = Animation(card.glyphs)

    def refresh(self, t: float) -> None:
        """Have the page drawn that has been put on air, or the dark board."""
        if self._path is None:
            return
        seen = face.seen(self._card.state, t)
        if seen != self._seen:
            self._seen = seen
            self._animation.draw(self._path, self._card.state, t)

    def draw(self, path: Path, t: float) -> None:
        """Raises ValueError."""
        if not path.parent.is_dir():
            raise ValueError(f"{path.parent}: no such folder")
        self._animation.draw(path, self._card.state, t)

    def close(self) -> None:
        self._animation.close()


def _open_log(path: Path | None) -> IO[str]:
    if path is None:
        path = Path(os.devnull)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("a", encoding="utf-8", buffering=1)


def _tell(journal: IO[str], at: datetime, record: Record) -> None:
    line = {
        "at": at.isoformat(),
        "direction": record.direction,
        "valid": record.valid,
        "command": record.command,
        **record.fields,
        "texts": list(record.texts),
        "hex": record.raw.hex(" ").upper(),
    }
    if record.reason:
        line["reason"] = record.reason
    journal.write(json.dumps(line, ensure_ascii=False) + "\n")
    journal.flush()


def _client_baud(master: int) -> int:
    speed: int = termios.tcgetattr(master)[5]
    return speed


def _read(master: int) -> bytes:
    with suppress(BlockingIOError):
        return os.read(master, 4096)
    return b""


def _write(master: int, data: bytes) -> bool:
    """False if the client leaves its input so full that nothing more fits."""
    try:
        while data:
            data = data[os.write(master, data) :]
    except BlockingIOError:
        return False
    return True
