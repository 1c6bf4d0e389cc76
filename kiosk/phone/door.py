"""The listening socket of the page for phones: who is let in when many want to be."""

import contextlib
import socket
from collections.abc import Callable
from typing import Any

MAX_CONNECTIONS = 16
PER_ADDRESS = 6
"""A phone opens up to six at once."""


class Door(socket.socket):
    """Counts connections from their first packet, so that unfinished TLS handshakes count too."""

    def __init__(self, listener: socket.socket, is_guest: Callable[[str], bool]) -> None:
        """Take over `listener`; `is_guest` knows the address of the phone that has the page."""
        family, kind, protocol = listener.family, listener.type, listener.proto
        super().__init__(family, kind, protocol, fileno=listener.detach())
        self._is_guest = is_guest
        self._inside: list[tuple[socket.socket, str]] = []

    def accept(self) -> tuple[socket.socket, Any]:
        """The next connection. Raises ConnectionAbortedError for one that is not let in.

        When the house is full, whoever came first and is not the guest makes room.
        """
        connection, address = super().accept()
        host = str(address[0])
        self._inside = [each for each in self._inside if each[0].fileno() >= 0]
        if sum(name == host for _, name in self._inside) >= PER_ADDRESS:
            connection.close()
            raise ConnectionAbortedError("too many of one address")
        if len(self._inside) >= MAX_CONNECTIONS:
            self._make_room()
        self._inside.append((connection, host))
        return connection, address

    def _make_room(self) -> None:
        for number, (connection, host) in enumerate(self._inside):
            if not self._is_guest(host):
                del self._inside[number]
                # Its own transport closes it, when it hears that nothing more will come.
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
                return


def listen(host: str, port: int, is_guest: Callable[[str], bool]) -> Door:
    """A door on that address only. Raises OSError."""
    return Door(socket.create_server((host, port), backlog=MAX_CONNECTIONS), is_guest)
