"""The virtual board as a process of its own, on a pseudo-terminal.

Crash-only: it keeps nothing, so after a kill and a restart it is dark, at the same address.
"""

import json
import os
import select
import termios
import threading
import time
import tty
from collections.abc import Callable
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from devices.led.virtual import picture
from devices.led.virtual.card import Record, VirtualBoard
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
    log: Path | None = None,
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
    Bytes at another baud than `baud` are not understood, as on a wire. The log is JSON lines.
    Raises FontMissing, ValueError for a baud that cards do not have, OSError for files.
    """
    if baud not in BAUDS:
        raise ValueError(f"baud {baud}: one of {', '.join(map(str, BAUDS))}")
    card = VirtualBoard(width, height, address=address, baud=baud, speeds=speeds, t=monotonic())
    with ExitStack() as stack:
        # The slave stays open here, so that a client may come and go without a hang-up.
        master, slave = os.openpty()
        stack.callback(os.close, master)
        stack.callback(os.close, slave)
        tty.setraw(slave)
        os.set_blocking(master, False)
        terminal = Path(os.ttyname(slave))
        if link is not None:
            _point(link, terminal)
            stack.callback(_unpoint, link, terminal)
        journal = stack.enter_context(_open_log(log))
        screen = _Screen(card, png)
        screen.refresh(monotonic())
        if on_card is not None:
            on_card(lambda: card.pixels(monotonic()))
        if on_ready is not None:
            on_ready(link or terminal)
        next_picture = 0.0
        while not stop.is_set():
            ready, _, _ = select.select([master], [], [], PICTURE_S / 2)
            t = monotonic()
            if ready:
                data = _read(master)
                told = _client_baud(master)
                if told == BAUDS[baud]:
                    records = card.exchange(data, t)
                else:
                    reason = f"at another baud than {baud}"
                    records = [Record("in", data, False, reason=reason)]
                for record in records:
                    if record.direction == "out" and not _write(master, record.raw):
                        reason = "the client does not read"
                        record = Record("out", record.raw, False, record.command, reason=reason)
                    _tell(journal, now(), record)
            if t >= next_picture:
                screen.refresh(t)
                next_picture = t + PICTURE_S
        screen.refresh(monotonic())


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


def _point(link: Path, terminal: Path) -> None:
    """Atomic, so that a client finds the old board or the new one, never nothing."""
    link.parent.mkdir(parents=True, exist_ok=True)
    part = link.with_name(f"{link.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    part.symlink_to(terminal)
    part.replace(link)


def _unpoint(link: Path, terminal: Path) -> None:
    """Remove the link, unless another board has taken it over."""
    with suppress(FileNotFoundError):
        if link.readlink() == terminal:
            link.unlink()


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
