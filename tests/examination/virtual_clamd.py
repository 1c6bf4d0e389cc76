"""A stand-in for clamd: PING, VERSION, INSTREAM with its size limit, and EICAR's signature.

Its answers are those of clamd 1.4.
"""

import socket
import struct
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.examination.making import EICAR

SIGNATURE = "Eicar-Test-Signature"


class VirtualClamd:
    """Listens at a path, or on a port of 127.0.0.1 where there is none."""

    def __init__(self, path: Path | None = None, *, max_stream: int = 25_000_000) -> None:
        self.max_stream = max_stream
        self.silent = False
        """Take everything, and never answer."""
        self.answer: bytes | None = None
        """Say this instead of the true answer."""
        self.streams: list[int] = []
        """Bytes of each stream that came to its end."""
        self._stopped = threading.Event()
        if path is None:
            self._listener = socket.create_server(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{self._listener.getsockname()[1]}"
        else:
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(str(path))
            self._listener.listen()
            self.address = str(path)
        self._listener.settimeout(0.05)
        self._threads = [threading.Thread(target=self._accept, daemon=True)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(5)
        self._listener.close()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            command = b""
            while not command.endswith(b"\0") and (byte := stream.read(1)):
                command += byte
            replies = {b"zPING\0": b"PONG", b"zVERSION\0": b"ClamAV 1.4.3/27800/Mon Nov 23"}
            if command in replies:
                connection.sendall(replies[command] + b"\0")
            elif command == b"zINSTREAM\0":
                said = self._scan(stream)
                if self.silent:
                    while not self._stopped.is_set() and not connection.recv(1):
                        time.sleep(0.01)
                        break
                    return
                connection.sendall((self.answer or said) + b"\0")
            else:
                connection.sendall(b"UNKNOWN COMMAND\0")

    def _scan(self, stream: object) -> bytes:
        read = stream.read  # type: ignore[attr-defined]
        total, found, last = 0, False, b""
        while head := read(4):
            (length,) = struct.unpack(">I", head)
            if length == 0:
                self.streams.append(total)
                return f"stream: {SIGNATURE} FOUND".encode() if found else b"stream: OK"
            total += length
            if total > self.max_stream:
                return b"INSTREAM size limit exceeded. ERROR"
            piece = read(length)
            found = found or EICAR in last + piece
            last = piece[-len(EICAR) :]
        return b"stream: read error. ERROR"
