"""Orders to a running virtual board, over a Unix socket: one line each, one line back."""

import errno
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from devices.led.virtual.link import Taken

LONGEST = 4096
"""Bytes of an order; who sends more is hung up on."""


class Control:
    """Takes orders at `path` without ever waiting for a client."""

    def __init__(self, path: Path) -> None:
        """Raises OSError if there can be no socket at `path`, Taken if a process serves it."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if _answers(path):
            raise Taken(path)
        path.unlink(missing_ok=True)
        self._path = path
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._server.setblocking(False)
        self._clients: dict[socket.socket, bytearray] = {}
        try:
            self._server.bind(str(path))
            self._server.listen()
            self._made = path.stat().st_ino
        except OSError:
            self._server.close()
            raise

    def sockets(self) -> list[socket.socket]:
        """To be watched for input."""
        return [self._server, *self._clients]

    def serve(self, ready: socket.socket, order: Callable[[str], str]) -> None:
        """Take what is `ready`; `order` makes the answer of each line."""
        if ready is self._server:
            with suppress(BlockingIOError):
                client, _ = self._server.accept()
                client.setblocking(False)
                self._clients[client] = bytearray()
            return
        pending = self._clients[ready]
        try:
            data = ready.recv(LONGEST)
            pending += data
            while (end := pending.find(b"\n")) >= 0:
                line = pending[:end].decode("utf-8", errors="replace").strip()
                del pending[: end + 1]
                ready.send(order(line).encode() + b"\n")
        except OSError:
            data = b""
        if not data or len(pending) > LONGEST:
            del self._clients[ready]
            ready.close()

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self._server.close()
        with suppress(FileNotFoundError):
            if self._path.stat().st_ino == self._made:
                self._path.unlink()


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        return probe.connect_ex(str(path)) in (0, errno.EAGAIN)


def tell(path: Path, order: str, *, timeout_s: float = 5.0) -> str:
    """Give an order to the board at `path`; its answer: "ok" or what is wrong with it.

    Raises OSError if there is no board.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(timeout_s)
        client.connect(str(path))
        client.sendall(order.encode() + b"\n")
        answer = bytearray()
        while not answer.endswith(b"\n"):
            part = client.recv(LONGEST)
            if not part:
                raise ConnectionError(f"{path}: the board hung up")
            answer += part
    return answer.decode().strip()
