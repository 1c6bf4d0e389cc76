"""A simulated stick as a process of its own: one folder, plugged in and pulled out on order."""

import select
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from devices.led.virtual.control import Control
from devices.storage.virtual.place import SOCKET
from devices.storage.virtual.service import VirtualUDisks
from devices.storage.virtual.stick import VirtualPartition, VirtualStick

LOOK_S = 0.2
"""Seconds between looks at `stop`."""
LONGEST_SOCKET = 100
"""Bytes of a Unix socket's path that every system takes (unix(7): 108 with the last zero)."""
MARKS = ("bus.conf", SOCKET)
"""What tells the folder of a simulation from one that holds somebody's files."""


def serve(
    *,
    content: Path,
    place: Path,
    label: str = "KINGSTON",
    plugged: bool = True,
    control: Path | None = None,
    stop: threading.Event,
    on_ready: Callable[[Path], None] | None = None,
) -> None:
    """Be a UDisks2 with one stick until `stop` is set; `[storage] simulated` names its `place`.

    What lies in `content` is read anew each time the terminal opens the stick. `place` is emptied
    at first, and gone at the end. "plug" and "pull" are taken at the Unix socket `control`.
    Raises ValueError for folders that cannot serve, OSError, and `bus.NoBus`.
    """
    place = place.absolute()
    _check(content, place)
    content.mkdir(parents=True, exist_ok=True)
    with VirtualUDisks(folder=place) as udisks:
        port = _Port(udisks, VirtualStick([VirtualPartition(content.absolute(), label=label)]))
        if plugged:
            port.order("plug")
        orders = Control(control) if control is not None else None
        try:
            if on_ready is not None:
                on_ready(place)
            while not stop.is_set():
                watched: list[socket.socket] = orders.sockets() if orders is not None else []
                ready, _, _ = select.select(watched, [], [], LOOK_S)
                for each in ready:
                    if orders is not None:
                        orders.serve(each, port.order)
        finally:
            if orders is not None:
                orders.close()


class _Port:
    """The one port, in which the stick is or is not."""

    def __init__(self, udisks: VirtualUDisks, stick: VirtualStick) -> None:
        self._udisks, self._stick, self._letter = udisks, stick, ""

    def order(self, line: str) -> str:
        """The answer to an order: what is so already is well."""
        match line.strip():
            case "plug":
                if not self._letter or not self._udisks.has(self._letter):
                    self._letter = self._udisks.plug(self._stick)
            case "pull":
                self._udisks.pull(self._letter)
                self._letter = ""
            case _:
                return "error: plug or pull"
        return "ok"


def _check(content: Path, place: Path) -> None:
    content = content.absolute()
    if place == content or place in content.parents or content in place.parents:
        raise ValueError(f"{place}: must not hold, or lie in, the stick's content {content}")
    if content.exists() and not content.is_dir():
        raise ValueError(f"{content}: is no folder")
    if len(str(place / SOCKET).encode()) > LONGEST_SOCKET:
        raise ValueError(f"{place}: the path is too long for a socket; choose a shorter one")
    if not place.exists():
        return
    if not place.is_dir() or (
        any(place.iterdir()) and not any((place / m).exists() for m in MARKS)
    ):
        raise ValueError(f"{place}: holds something else; it must be empty or not there")
    if _answers(place / SOCKET):
        raise ValueError(f"{place}: a simulated stick is running there already; end that one first")


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        return probe.connect_ex(str(path)) == 0
