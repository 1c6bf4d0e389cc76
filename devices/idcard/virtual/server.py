"""The virtual reader as a process, or a thread, of its own, on a pseudo-terminal."""

import json
import os
import select
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO

from devices.idcard.virtual.cards import CARDS, Card, NotACard, card_from
from devices.idcard.virtual.faults import Faults
from devices.idcard.virtual.module import Answer, VirtualModule
from devices.idcard.virtual.terminal import Terminal
from devices.led.virtual.control import Control
from devices.led.virtual.disturbance import NotAnOrder
from devices.led.virtual.pacing import Queue

LOOK_S = 0.05
"""Seconds between looks at what other threads ordered."""


class Bench:
    """What a hand does at a reader that runs; any thread may call it."""

    def __init__(self) -> None:
        self._orders: SimpleQueue[Callable[[VirtualModule], None]] = SimpleQueue()

    def lay(self, card: Card | str) -> None:
        """A card, or the name of one in `CARDS`. Raises NotACard."""
        wanted = named(card) if isinstance(card, str) else card
        wanted.text()
        self._orders.put(lambda module: module.lay(wanted))

    def lift(self) -> None:
        self._orders.put(lambda module: module.lift())

    def lift_after(self, command: str) -> None:
        """In the middle of the next read: after "find" or "select"."""

        def order(module: VirtualModule) -> None:
            module.lift_after = command

        self._orders.put(order)

    def carry_out(self, module: VirtualModule) -> None:
        """Of the reader's own thread: everything ordered since."""
        while True:
            try:
                self._orders.get_nowait()(module)
            except Empty:
                return


def named(card: str) -> Card:
    """The card of this name, or the one that a TOML file describes. Raises NotACard."""
    if card in CARDS:
        return CARDS[card]
    path = Path(card)
    if path.suffix != ".toml":
        raise NotACard(f"card: {card} is no .toml file and none of {', '.join(CARDS)}")
    try:
        return card_from(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        raise NotACard(f"card: {card} cannot be read: {problem}") from None


def _utc_now() -> datetime:
    return datetime.now(UTC)


def serve(
    *,
    link: Path | None = None,
    card: str | None = None,
    log: Path | None = None,
    control: Path | None = None,
    faults: Sequence[str] = (),
    paced: bool = False,
    baud: int = 115200,
    bench: Bench | None = None,
    stop: threading.Event,
    on_ready: Callable[[Path], None] | None = None,
    monotonic: Callable[[], float] = time.monotonic,
    now: Callable[[], datetime] = _utc_now,
) -> None:
    """Be a reader until `stop` is set.

    `on_ready` gets the path that a client opens: `link` if given, else the terminal's own. What
    comes at another baud than `baud` is not heard. `paced`: bytes and cards take their time.
    `faults` are orders as in `devices.idcard.virtual.faults`, also taken at the Unix socket
    `control` while it runs, with "lay NAME|FILE.toml" and "lift" besides. The log is JSON lines
    of commands and status words; nothing of a card is in it.
    Raises ValueError for a baud, a fault or a card that there is not, and for a link or a socket
    that another process serves; OSError for files.
    """
    module = VirtualModule()
    with ExitStack() as stack:
        terminal = Terminal(link, baud=baud)
        stack.callback(terminal.close)
        orders = Control(control) if control else None
        if orders is not None:
            stack.callback(orders.close)
        journal = stack.enter_context(_open_log(log))
        station = _Station(
            module,
            terminal,
            pace=baud if paced else None,
            tell=lambda answer: _tell(journal, now(), answer),
        )
        for line in faults:
            station.order(line)
        if card is not None:
            module.lay(named(card))
        station.terminal.plug_in()
        if on_ready is not None:
            on_ready(station.terminal.name)
        while not stop.is_set():
            sockets = orders.sockets() if orders else []
            wait_s = min(LOOK_S, max(station.next_at() - monotonic(), 0.0))
            watched: list[int | socket.socket] = [*station.terminal.inputs(), *sockets]
            ready, _, _ = select.select(watched, [], [], wait_s)
            for each in ready:
                if orders is not None and isinstance(each, socket.socket):
                    orders.serve(each, station.obeyed)
            if bench is not None:
                bench.carry_out(module)
            station.run(monotonic())


class _Station:
    """The module at its end of the line: terminal, both directions, faults."""

    def __init__(
        self,
        module: VirtualModule,
        terminal: Terminal,
        *,
        pace: int | None,
        tell: Callable[[Answer], None],
    ) -> None:
        self._module = module
        self._paced = pace is not None
        self._tell = tell
        self._faults = Faults(module)
        self._inbox: Queue[None] = Queue(pace)
        self._outbox: Queue[float] = Queue(pace)
        self._plug_in_at: float | None = None
        self.terminal = terminal

    def obeyed(self, line: str) -> str:
        """The answer to an order at the control socket."""
        try:
            self.order(line)
        except ValueError as problem:
            return f"error: {problem}"
        return "ok"

    def order(self, line: str) -> None:
        """Raises NotAnOrder, NotACard."""
        verb, _, what = line.strip().partition(" ")
        if verb == "lay":
            self._module.lay(named(what.strip()))
        elif verb == "lift" and not what:
            self._module.lift()
        else:
            try:
                self._faults.order(line)
            except NotAnOrder as problem:
                raise NotAnOrder(f"{problem}; or lay NAME, lift") from None

    def next_at(self) -> float:
        """When there is something to do without input."""
        moments = (self._inbox.next_at(), self._outbox.next_at(), self._plug_in_at)
        return min((moment for moment in moments if moment is not None), default=inf)

    def run(self, t: float) -> None:
        """Everything that is due."""
        if self._plug_in_at is not None and t >= self._plug_in_at:
            self._plug_in_at = None
            self.terminal.plug_in()
        if data := self.terminal.read():
            self._inbox.put(data, t)
        for piece, _ in self._inbox.due(t):
            for answer in self._module.feed(piece):
                self._send(answer, t)
        for piece, unplug_s in self._outbox.due(t):
            self.terminal.write(piece)
            if unplug_s is not None:
                self.terminal.hang_up()
                self._inbox.drop()
                self._outbox.drop()
                self._plug_in_at = t + unplug_s
                return

    def _send(self, answer: Answer, t: float) -> None:
        self._tell(answer)
        delivery = self._faults.reply(answer.raw)
        work_s = answer.work_s if self._paced else 0.0
        for number, (wait_s, piece) in enumerate(delivery.pieces, 1):
            last = number == len(delivery.pieces)
            tag = delivery.unplug_s if last else None
            self._outbox.put(piece, t, tag, wait_s=wait_s + (work_s if number == 1 else 0.0))


def _open_log(path: Path | None) -> IO[str]:
    if path is None:
        path = Path(os.devnull)
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("a", encoding="utf-8", buffering=1)


def _tell(journal: IO[str], at: datetime, answer: Answer) -> None:
    line = {
        "at": at.isoformat(),
        "command": answer.command,
        "status": f"{answer.status:02X}",
        "bytes": len(answer.raw),
    }
    journal.write(json.dumps(line) + "\n")
