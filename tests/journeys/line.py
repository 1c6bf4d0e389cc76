"""The network between a terminal and its server: a line that can be slow, or cut."""

import socket
import threading
import time
from contextlib import suppress

PIECE = 64 * 1024


class Line:
    """Passes on what comes to `port`, byte for byte, while it is whole."""

    def __init__(self, server_port: int) -> None:
        self._server = ("127.0.0.1", server_port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._whole = True
        self.pace: float | None = None
        """Bytes a second towards the server; None: as fast as it goes."""
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def cut(self) -> None:
        """From now on nothing comes through, and what is under way breaks off."""
        with self._lock:
            self._whole = False
            for each in self._open:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        with self._lock:
            self._whole = True

    def close(self) -> None:
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._server, 5)
            except OSError:
                client.close()
                continue
            ends = (client, server)
            with self._lock:
                if self._whole:
                    self._open.update(ends)
                else:
                    client.close()
                    server.close()
                    continue
            for here, there in (ends, ends[::-1]):
                threading.Thread(
                    target=self._pass_on, args=(here, there, here is client), daemon=True
                ).start()

    def _pass_on(self, here: socket.socket, there: socket.socket, up: bool) -> None:
        with suppress(OSError):
            while data := here.recv(PIECE):
                there.sendall(data)
                if up and self.pace is not None:
                    time.sleep(len(data) / self.pace)
        # The other direction ends with this one, and closes both.
        for each in (here, there):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        with self._lock:
            last = here not in self._open
            self._open -= {here, there}
        if last:
            here.close()
            there.close()
