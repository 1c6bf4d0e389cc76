"""The printer's edge: silence, nonsense and noes over HTTP."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from devices.errors import Garbled, NoReply, Refused, TryAgain, Unplugged
from devices.printer.message import (
    Attribute,
    Group,
    GroupTag,
    Message,
    Tag,
    Value,
    integer,
    text,
)
from devices.printer.operations import Operation
from devices.printer.printer import LONGEST_REPLY, IppPrinter

Answer = Callable[[bytes], bytes | None]


class Server:
    """Answers each request with what it is told, as bytes of HTTP; None: never."""

    def __init__(self) -> None:
        self.answer: Answer = lambda _body: None
        self.asked: list[Message] = []
        self.trickle_s, self.at_once = 0.0, 0
        """Seconds between two bytes, after the first so many."""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.uri = f"ipp://127.0.0.1:{self._socket.getsockname()[1]}/ipp/print"
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)
        for each in self._open:
            each.close()

    def ipp(self, *groups: Group, code: int = 0) -> None:
        """Answer all that is asked with these groups."""

        def answer(body: bytes) -> bytes:
            asked = Message.from_bytes(body)
            return ok(Message(code, asked.request_id, groups).to_bytes())

        self.answer = answer

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            self._open.append(line)
            said = self.answer(self._body(line))
            if said is not None:
                self._say(line, said)
                line.close()

    def _say(self, line: socket.socket, said: bytes) -> None:
        if not self.trickle_s:
            line.sendall(said)
            return
        line.sendall(said[: self.at_once])
        # Nobody listens after the deadline.
        with suppress(OSError):
            for byte in said[self.at_once :]:
                line.sendall(bytes([byte]))
                time.sleep(self.trickle_s)

    def _body(self, line: socket.socket) -> bytes:
        raw = b""
        while b"\r\n\r\n" not in raw:
            raw += line.recv(65536)
        head, _, body = raw.partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split()[0])
        while len(body) < length:
            body += line.recv(65536)
        self.asked.append(Message.from_bytes(body))
        return body


def ok(body: bytes) -> bytes:
    return http(b"200 OK", body)


def http(status: bytes, body: bytes = b"") -> bytes:
    return b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (
        status,
        len(body),
        body,
    )


@pytest.fixture
def server() -> Iterator[Server]:
    one = Server()
    yield one
    one.close()


@pytest.fixture
def printer(server: Server) -> Iterator[IppPrinter]:
    one = IppPrinter(server.uri, user="mingtang-0", connect_s=2, reply_s=0.3, document_s=0.3)
    yield one
    one.close()


IDLE = integer("printer-state", 3, Tag.ENUM)


def test_a_silent_printer_is_no_reply(printer: IppPrinter) -> None:
    with pytest.raises(NoReply):
        printer.report()


def test_a_printer_that_is_gone_is_unplugged(server: Server, printer: IppPrinter) -> None:
    server.answer = lambda _body: b""
    with pytest.raises(Unplugged):
        printer.report()


@pytest.mark.parametrize(
    "said",
    [ok(b"<html>"), ok(b""), ok(b"\0" * (LONGEST_REPLY + 1))],
    ids=["a web page", "nothing", "too much"],
)
def test_nonsense_is_garbled(server: Server, printer: IppPrinter, said: bytes) -> None:
    server.answer = lambda _body: said
    with pytest.raises(Garbled):
        printer.report()


def test_an_http_error_or_a_redirection_is_refused(server: Server, printer: IppPrinter) -> None:
    for status in (b"401 Unauthorized", b"302 Found\r\nLocation: http://127.0.0.1:1/"):
        server.answer = lambda _body, status=status: http(status)
        with pytest.raises(Refused):
            printer.report()


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_certificate_that_cannot_be_read_is_named(tmp_path: Path, content: str | None) -> None:
    certificate = tmp_path / "printer.pem"
    if content is not None:
        certificate.write_text(content, encoding="ascii")
    printer = IppPrinter("ipps://127.0.0.1:9/", user="mingtang-0", certificate=certificate)
    with pytest.raises(Unplugged, match=r"printer\.pem"):
        printer.report()
    printer.close()


@pytest.mark.parametrize("part", ["head", "body"])
def test_a_printer_that_trickles_its_reply_is_no_reply(
    server: Server, printer: IppPrinter, part: str
) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\nX: "
    server.trickle_s = 0.05
    server.answer = lambda _body: head + b"\r\n\r\n" + b"\0" * 5000
    server.at_once = 10 if part == "head" else len(head) + 4
    before = time.monotonic()
    with pytest.raises(NoReply):
        printer.report()
    assert time.monotonic() - before < 2


def test_busy_is_worth_another_attempt(server: Server, printer: IppPrinter) -> None:
    server.ipp(code=0x0507)
    with pytest.raises(TryAgain):
        printer.report()


def test_a_job_that_the_printer_does_not_know_is_none(server: Server, printer: IppPrinter) -> None:
    server.ipp(code=0x0406)
    assert printer.job(7) is None


def test_a_printer_without_create_job_gets_whole_ones(server: Server, printer: IppPrinter) -> None:
    some = Attribute(
        "operations-supported", (Value(Tag.ENUM, b"\0\0\0\2"), Value(Tag.ENUM, b"\0\0\0\x0b"))
    )
    server.ipp(Group(GroupTag.PRINTER, (IDLE, some)))
    assert printer.create("mingtang-0-1") is None
    server.ipp(Group(GroupTag.JOB, (integer("job-id", 4), integer("job-state", 3, Tag.ENUM))))
    assert printer.print_whole("mingtang-0-1", b"%PDF-").id == 4
    assert server.asked[-1].code == Operation.PRINT_JOB
    assert server.asked[-1].data == b"%PDF-"


@pytest.mark.parametrize("cups", [False, True])
def test_a_cups_server_is_asked_to_forget_the_job_too(
    server: Server, printer: IppPrinter, cups: bool
) -> None:
    told = (IDLE, text(Tag.TEXT, "cups-version", "2.4.2")) if cups else (IDLE,)
    server.ipp(Group(GroupTag.PRINTER, told))
    printer.cancel(5)
    cancel = server.asked[-1]
    assert cancel.code == Operation.CANCEL_JOB
    assert cancel.groups[0].find("purge-job").booleans() == ((True,) if cups else ())


def test_cancelling_what_is_over_is_no_error(server: Server, printer: IppPrinter) -> None:
    server.ipp(Group(GroupTag.PRINTER, (IDLE,)))
    printer.report()
    server.ipp(code=0x0404)
    printer.cancel(5)
