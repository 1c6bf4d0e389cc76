"""A line to a server that loses answers and breaks off."""

import contextlib
import random
import socket
import threading
from types import TracebackType
from typing import Self

_PIECE = 64 * 1024


class BadLine:
    """Passes connections on to a port; each way may end at any piece."""

    def __init__(self, port: int, seed: int) -> None:
        self.lose_answers = 0.0
        """Share of answers that do not come back, though the server did its part."""
        self.cut = 0.0
        """Chance for each piece on the way out that the line breaks off in its middle."""
        self.lost = self.cuts = 0
        self._target = port
        self._chance = random.Random(seed)
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._accepting = threading.Thread(target=self._accept, daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _problem: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join(5)

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self._target), 5)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            for way in ((near, far, True), (far, near, False)):
                threading.Thread(target=self._pass, args=way, daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, outward: bool) -> None:
        try:
            while piece := source.recv(_PIECE):
                kept = self._kept(len(piece), outward)
                target.sendall(piece[:kept])
                if kept < len(piece):
                    break
        except OSError:
            pass
        for line in (source, target):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()

    def _kept(self, length: int, outward: bool) -> int:
        """How many of the bytes go on; fewer than all: the line ends there."""
        with self._lock:
            if self._chance.random() >= (self.cut if outward else self.lose_answers):
                return length
            if outward:
                self.cuts += 1
                return self._chance.randrange(length)
            self.lost += 1
            return 0
