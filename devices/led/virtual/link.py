"""The lasting name of a simulated device's terminal: a link that one process owns at a time."""

import hashlib
import os
import socket
from contextlib import suppress
from pathlib import Path


class Taken(ValueError):
    """Another process simulates a device under this name: end that one first."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: a simulated device is running there already; end that one first")


class Link:
    """A name that is held from the beginning on, also while nothing is plugged in.

    The right to it ends with the process, however it dies, and leaves no file behind.
    """

    def __init__(self, path: Path) -> None:
        """Raises Taken."""
        self.path = path
        self._terminal: Path | None = None
        self._right = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        name = hashlib.sha256(os.fsencode(path.absolute())).hexdigest()
        try:
            # Linux's abstract names: no file, and the kernel gives them back.
            self._right.bind(f"\0mingtang-{name}")
        except OSError:
            self._right.close()
            raise Taken(path) from None

    def point(self, terminal: Path) -> None:
        """Name this terminal from now on. Raises OSError."""
        # Replaced at once: a client finds the old terminal or the new one, never nothing.
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_name(f"{self.path.name}.{os.getpid()}.part")
        part.unlink(missing_ok=True)
        part.symlink_to(terminal)
        part.replace(self.path)
        self._terminal = terminal

    def unpoint(self) -> None:
        """Take the name away from the terminal that was unplugged."""
        if self._terminal is None:
            return
        with suppress(OSError):
            if self.path.readlink() == self._terminal:
                self.path.unlink()
        self._terminal = None

    def close(self) -> None:
        """Take the name away, and let others have it."""
        self.unpoint()
        self._right.close()
