"""Processes that are killed and started again."""

import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class CentralProcess:
    """Our central server; `kill` is SIGKILL."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "central"
        self.port = free_port()
        self.kills = 0
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it unless it runs, and wait until it answers."""
        with self._lock:
            if self._process is not None and self._process.poll() is None:
                return
            command = [sys.executable, "-m", "tests.campaigns.central_process"]
            self._process = subprocess.Popen([*command, str(self.folder), str(self.port)])
            deadline = time.monotonic() + 60
            while True:
                try:
                    socket.create_connection(("127.0.0.1", self.port), 0.2).close()
                    return
                except OSError:
                    if self._process.poll() is not None or time.monotonic() > deadline:
                        raise RuntimeError("the server did not start") from None
                    time.sleep(0.02)

    def kill(self) -> None:
        with self._lock:
            if self._process is not None:
                self._process.send_signal(signal.SIGKILL)
                self._process.wait()
                self._process = None
                self.kills += 1
