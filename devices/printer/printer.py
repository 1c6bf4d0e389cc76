"""One printer behind an address, asked over HTTP: RFC 8010, section 4.

The protocol is asked directly rather than through pyipp, which needs asyncio and aiohttp: the
terminal has neither, and what it needs of IPP is small.
"""

import logging
import ssl
from pathlib import Path

import requests
from urllib3.exceptions import DecodeError, HTTPError, ReadTimeoutError

from devices.errors import DeviceError, Garbled, NoReply, Refused, Unplugged
from devices.printer.address import http_address
from devices.printer.message import Message
from devices.printer.operations import (
    A4,
    Operation,
    Requests,
    Status,
    accept,
    job_in,
    jobs_in,
    printer_in,
)
from devices.printer.punctual import PunctualAdapter, read_in_time
from devices.printer.reports import JobReport, PrinterReport

log = logging.getLogger(__name__)

LONGEST_REPLY = 1 << 20
"""Bytes; a reply that tells all that a printer can do has about 10,000."""
_FORGOTTEN = frozenset({Status.NOT_FOUND, Status.GONE})


class IppPrinter:
    """A connection to one printer, in the name of one user. Not thread-safe.

    Every method raises Unplugged if the printer, or its certificate's file, cannot be reached,
    NoReply if it does not answer in time, Garbled for an answer that is none, Refused with its
    status for a no.
    """

    def __init__(
        self,
        uri: str,
        *,
        user: str,
        certificate: Path | None = None,
        connect_s: float = 3.0,
        reply_s: float = 10.0,
        document_s: float = 60.0,
    ) -> None:
        """`certificate` is what an ipps printer is checked against, a PEM file.

        `reply_s` is for the whole head of a reply, and again for its body. `document_s` is how
        long a printer may stand still while it takes a document in: small ones take it as they
        print.
        """
        self._address = http_address(uri)
        self._requests = Requests(uri, user)
        self._timeout = (connect_s, reply_s)
        self._document_s = document_s
        self._http = requests.Session()
        # An environment variable would replace the certificate, and send jobs through a proxy.
        self._http.trust_env = False
        for scheme in ("http://", "https://"):
            self._http.mount(scheme, PunctualAdapter())
        self._certificate = certificate
        if certificate is not None:
            self._http.verify = str(certificate)
        self._last: PrinterReport | None = None

    def close(self) -> None:
        self._http.close()

    def report(self) -> PrinterReport:
        """How the printer is."""
        self._last = printer_in(self._ask(self._requests.printer_attributes()))
        return self._last

    def create(self, name: str, *, copies: int = 1) -> int | None:
        """Open an empty job of A4 pages; its number, None if the printer takes only whole ones."""
        known = self._known()
        if not {Operation.CREATE_JOB, Operation.SEND_DOCUMENT} <= known.operations:
            return None
        request = self._requests.create_job(name, copies=copies, media=_media(known))
        return job_in(self._ask(request)).id

    def send(self, job: int, document: bytes) -> JobReport:
        """Hand a created job its document, a PDF."""
        return job_in(self._ask(self._requests.send_document(job, document)))

    def print_whole(self, name: str, document: bytes, *, copies: int = 1) -> JobReport:
        """Job and document in one, for a printer of which `create` knows nothing."""
        media = _media(self._known())
        request = self._requests.print_job(name, document, copies=copies, media=media)
        return job_in(self._ask(request))

    def job(self, job: int) -> JobReport | None:
        """How a job is; None if the printer knows nothing of it, which does not mean printed."""
        try:
            return job_in(self._ask(self._requests.job_attributes(job)))
        except Refused as problem:
            if problem.code in _FORGOTTEN:
                return None
            raise

    def unfinished(self) -> tuple[JobReport, ...]:
        """The user's jobs that are not printed yet."""
        return jobs_in(self._ask(self._requests.jobs()))

    def cancel(self, job: int) -> None:
        """Stop a job and have it forgotten; one that is already over is left as it is."""
        purge = self._known().is_cups
        try:
            self._ask(self._requests.cancel_job(job, purge=purge))
        except Refused as problem:
            if problem.code not in {*_FORGOTTEN, Status.NOT_POSSIBLE}:
                raise

    def _known(self) -> PrinterReport:
        return self._last or self.report()

    def _ask(self, request: Message) -> Message:
        log.debug("> %s", request)
        patience = (self._document_s, self._document_s) if request.data else self._timeout
        raw = self._post(request.to_bytes(), patience)
        reply = accept(request, raw)
        log.debug("< %s", reply)
        return reply

    def _post(self, body: bytes, patience: tuple[float, float]) -> bytes:
        try:
            with self._http.post(
                self._address,
                data=body,
                headers={"Content-Type": "application/ipp"},
                timeout=patience,
                allow_redirects=False,
                stream=True,
            ) as response:
                if response.status_code != requests.codes.ok:
                    raise Refused(response.status_code, "the printer's HTTP server says no")
                raw = b""
                for piece in read_in_time(response.raw, patience[1]):
                    raw += piece
                    if len(raw) > LONGEST_REPLY:
                        raise Garbled(f"a reply of more than {LONGEST_REPLY} bytes")
                return raw
        except requests.RequestException as problem:
            raise self._told(problem) from None
        except (ReadTimeoutError, TimeoutError):
            raise NoReply("the printer did not answer in time") from None
        except (DecodeError, ValueError) as problem:
            raise Garbled(f"the printer's answer cannot be read ({_kind(problem)})") from None
        except (HTTPError, OSError) as problem:
            raise self._told(problem) from None

    def _told(self, problem: Exception) -> DeviceError:
        if isinstance(problem, requests.ConnectTimeout):
            return Unplugged("the printer cannot be reached in time")
        if isinstance(problem, requests.Timeout):
            return NoReply("the printer did not answer in time")
        if self._certificate is not None and not _is_certificate(self._certificate):
            return Unplugged(f"{self._certificate} cannot be read as a certificate")
        if isinstance(problem, requests.exceptions.SSLError):
            return Unplugged("the printer's certificate is not the one of the settings")
        return Unplugged(f"the printer cannot be reached ({_kind(problem)})")


def _media(printer: PrinterReport) -> str:
    return A4 if A4 in printer.media else ""


def _kind(problem: Exception) -> str:
    return type(problem).__name__


def _is_certificate(path: Path) -> bool:
    try:
        ssl.create_default_context(cafile=path)
    except (OSError, ValueError):
        return False
    return True
