"""Processes that are killed and started again."""

import socket
import subprocess
import sys
import time
from pathlib import Path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Killable:
    """One process at a time; `kill` is SIGKILL."""

    def __init__(self, *command: str) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it unless it runs."""
        if not self.is_alive:
            self._process = subprocess.Popen([sys.executable, "-m", *self._command])

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class CentralProcess(Killable):
    """Our central server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "central"
        self.port = free_port()
        super().__init__("tests.campaigns.central_process", str(self.folder), str(self.port))

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it unless it runs, and wait until it answers."""
        if self.is_alive:
            return
        super().start()
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 0.2).close()
                return
            except OSError:
                if not self.is_alive or time.monotonic() > deadline:
                    raise RuntimeError("the server did not start") from None
                time.sleep(0.02)


class TerminalProcess(Killable):
    """The sending side of a terminal, to a server at an address."""

    def __init__(self, folder: Path, address: str, piece: int) -> None:
        self.folder = folder / "terminal"
        super().__init__("tests.campaigns.terminal_process", str(self.folder), address, str(piece))
