"""The pseudo-terminal at which a virtual reader is found, with a lasting name."""

import os
import termios
import tty
from contextlib import suppress
from pathlib import Path

from devices.led.virtual.link import Link

BAUDS = {
    9600: termios.B9600,
    19200: termios.B19200,
    57600: termios.B57600,
    115200: termios.B115200,
}


class Terminal:
    """A pty that can be pulled out and plugged in again."""

    def __init__(self, link: Path | None, *, baud: int) -> None:
        """Not plugged in yet. Raises ValueError for a baud that there is not, and `link.Taken`."""
        if baud not in BAUDS:
            raise ValueError(f"baud {baud}: one of {', '.join(map(str, BAUDS))}")
        self._link = Link(link) if link is not None else None
        self._baud = baud
        self._ends: tuple[int, int] | None = None
        self._path = Path(os.devnull)

    @property
    def name(self) -> Path:
        """What a client opens."""
        return self._link.path if self._link is not None else self._path

    @property
    def plugged_in(self) -> bool:
        return self._ends is not None

    def plug_in(self) -> None:
        # The slave stays open here, so that a client may come and go without a hang-up.
        master, slave = os.openpty()
        self._ends = master, slave
        tty.setraw(slave)
        os.set_blocking(master, False)
        self._path = Path(os.ttyname(slave))
        if self._link is not None:
            self._link.point(self._path)

    def hang_up(self) -> None:
        if self._link is not None:
            self._link.unpoint()
        for end in self._ends or ():
            os.close(end)
        self._ends = None

    def close(self) -> None:
        """Hang up for good."""
        self.hang_up()
        if self._link is not None:
            self._link.close()

    def inputs(self) -> list[int]:
        """To be watched for input."""
        return [self._ends[0]] if self._ends else []

    def read(self) -> bytes:
        """What a client sent; nothing of what came at another baud."""
        if self._ends is None:
            return b""
        with suppress(BlockingIOError):
            data = os.read(self._ends[0], 4096)
            return data if self._same_baud() else b""
        return b""

    def write(self, data: bytes) -> bool:
        """False if the client leaves its input so full that not all fits."""
        if self._ends is None:
            return False
        try:
            while data:
                data = data[os.write(self._ends[0], data) :]
        except BlockingIOError:
            return False
        return True

    def _same_baud(self) -> bool:
        if self._ends is None:
            return False
        speed: int = termios.tcgetattr(self._ends[0])[5]
        return speed == BAUDS[self._baud]
