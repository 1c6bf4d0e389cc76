"""A virus scanner by its socket: clamd's INSTREAM (clamd(8), COMMANDS).

======== =====================================================================
bytes    meaning
======== =====================================================================
0–9      `zINSTREAM` and a zero byte
then     for each piece its length, u32 big-endian, and its bytes
last     a length of zero
answer   `stream: OK`, `stream: NAME FOUND` or `… ERROR`, and a zero byte
======== =====================================================================
"""

import logging
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import urlsplit

log = logging.getLogger(__name__)

CONNECT_S = 5.0
SEND_S = 30.0
"""For one piece; clamd writes them to its disk."""
ANSWER_S = 120.0
"""clamd scans when it has all; 100 MB of archives take 20 s."""
POLL_S = 0.1
MAX_ANSWER = 4096
MAX_SIGNATURE = 80
_LENGTH = struct.Struct(">I")
_LIMITS = "Heuristics.Limits.Exceeded"
"""Told instead of a signature for files that clamd looked at in part only (AlertExceedsMax)."""


class Unscanned(StrEnum):
    """Why a file was not scanned."""

    UNREACHABLE = "unreachable"
    TOO_LARGE = "too_large"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Scanned:
    """What the scanner says."""

    signature: str = ""
    """Name of what was found; empty for nothing."""
    unscanned: Unscanned | None = None
    """Why nothing can be said."""


class Scan(Protocol):
    """The scan of one file."""

    def feed(self, piece: bytes | memoryview) -> None:
        """The next bytes."""
        ...

    def finish(self, check: Callable[[], None]) -> Scanned:
        """The end; `check` is called while waiting, and may raise to leave."""
        ...

    def close(self) -> None:
        """Leave, at whatever point."""
        ...


class Scanner(Protocol):
    """Something that finds malware in a stream."""

    def begin(self) -> Scan: ...


class _Stream:
    """One INSTREAM over one connection; used once."""

    def __init__(self, connection: socket.socket | None) -> None:
        self._connection = connection
        self._answer: bytes | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def feed(self, piece: bytes | memoryview) -> None:
        """Send a piece; an empty one is left out, as it would be the end."""
        if len(piece):
            self._send(_LENGTH.pack(len(piece)))
            self._send(piece)

    def finish(self, check: Callable[[], None]) -> Scanned:
        """Send the end and wait for the answer."""
        self._send(_LENGTH.pack(0))
        if self._connection is None and self._answer is None:
            return Scanned(unscanned=Unscanned.UNREACHABLE)
        said = self._answer if self._answer is not None else self._read(check)
        return read_answer(said)

    def close(self) -> None:
        """Close the connection; clamd forgets the stream."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _send(self, data: bytes | memoryview) -> None:
        if self._connection is None or self._answer is not None:
            return
        try:
            self._connection.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            # clamd closes when it has had enough, and says why before that.
            self._answer = self._read(lambda: None)
        except OSError as problem:
            log.warning("clamd takes nothing more: %s", problem.strerror or "timeout")
            self._answer = b""

    def _read(self, check: Callable[[], None]) -> bytes:
        if self._connection is None:
            return b""
        said = b""
        until = time.monotonic() + ANSWER_S
        self._connection.settimeout(POLL_S)
        while b"\0" not in said and len(said) < MAX_ANSWER:
            try:
                more = self._connection.recv(MAX_ANSWER)
            except TimeoutError:
                check()
                if time.monotonic() > until:
                    log.warning("clamd did not answer in %.0f s", ANSWER_S)
                    return b""
                continue
            except OSError as problem:
                log.warning("clamd broke off: %s", problem.strerror)
                return b""
            if not more:
                break
            said += more
        return said.partition(b"\0")[0]


def read_answer(said: bytes) -> Scanned:
    """What clamd's answer to INSTREAM means."""
    text = said.decode("ascii", "replace").strip()
    if text == "stream: OK":
        return Scanned()
    if text.startswith("stream: ") and text.endswith(" FOUND"):
        name = text.removeprefix("stream: ").removesuffix(" FOUND")
        if name.startswith(_LIMITS):
            return Scanned(unscanned=Unscanned.TOO_LARGE)
        safe = "".join(c if c.isprintable() else "?" for c in name)
        return Scanned(signature=safe[:MAX_SIGNATURE] or "?")
    if "size limit exceeded" in text:
        return Scanned(unscanned=Unscanned.TOO_LARGE)
    log.warning("clamd could not scan: %r", text[:MAX_SIGNATURE])
    return Scanned(unscanned=Unscanned.FAILED)


class Clamd:
    """A clamd at an address: a path, or tcp://host:port."""

    def __init__(self, address: str, *, send_s: float = SEND_S) -> None:
        self._address, self._send_s = address, send_s

    def begin(self) -> _Stream:
        """Begin a stream; without clamd one that says so at its end."""
        connection = self._connect()
        stream = _Stream(connection)
        stream._send(b"zINSTREAM\0")
        return stream

    def version(self) -> str | None:
        """Its version and that of its signatures, such as "ClamAV 1.4.3/27800/…"; None without."""
        return self._command(b"zVERSION\0")

    def ping(self) -> bool:
        """Whether it answers."""
        return self._command(b"zPING\0") == "PONG"

    def _command(self, command: bytes) -> str | None:
        connection = self._connect()
        if connection is None:
            return None
        said = b""
        with connection, suppress(OSError):
            connection.sendall(command)
            while b"\0" not in said and len(said) < MAX_ANSWER:
                more = connection.recv(MAX_ANSWER)
                if not more:
                    break
                said += more
        return said.partition(b"\0")[0].decode("ascii", "replace") or None

    def _connect(self) -> socket.socket | None:
        try:
            if self._address.startswith("/"):
                connection = socket.socket(socket.AF_UNIX)
                try:
                    connection.settimeout(CONNECT_S)
                    connection.connect(self._address)
                except OSError:
                    connection.close()
                    raise
            else:
                parts = urlsplit(self._address)
                connection = socket.create_connection((parts.hostname, parts.port), CONNECT_S)
        except OSError as problem:
            log.warning("clamd cannot be reached: %s", problem.strerror or "timeout")
            return None
        connection.settimeout(self._send_s)
        return connection
