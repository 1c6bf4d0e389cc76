"""The operations that a terminal asks of a printer: RFC 8011, section 4 (pure)."""

from collections.abc import Iterable
from enum import IntEnum

from devices.errors import Garbled, Refused, TryAgain
from devices.printer.message import (
    Attribute,
    Group,
    GroupTag,
    Message,
    Tag,
    boolean,
    integer,
    text,
)
from devices.printer.reports import JobReport, PrinterReport, read_job, read_printer

PDF = "application/pdf"
A4 = "iso_a4_210x297mm"


class Operation(IntEnum):
    """Operation ids: RFC 8011, section 5.4.15."""

    PRINT_JOB = 0x02
    CREATE_JOB = 0x05
    SEND_DOCUMENT = 0x06
    CANCEL_JOB = 0x08
    GET_JOB_ATTRIBUTES = 0x09
    GET_JOBS = 0x0A
    GET_PRINTER_ATTRIBUTES = 0x0B


class Status(IntEnum):
    """Status codes: RFC 8011, appendix B."""

    BAD_REQUEST = 0x0400
    FORBIDDEN = 0x0401
    NOT_AUTHENTICATED = 0x0402
    NOT_AUTHORIZED = 0x0403
    NOT_POSSIBLE = 0x0404
    TIMEOUT = 0x0405
    NOT_FOUND = 0x0406
    GONE = 0x0407
    REQUEST_ENTITY_TOO_LARGE = 0x0408
    DOCUMENT_FORMAT_NOT_SUPPORTED = 0x040A
    ATTRIBUTES_OR_VALUES_NOT_SUPPORTED = 0x040B
    DOCUMENT_FORMAT_ERROR = 0x0411
    INTERNAL_ERROR = 0x0500
    OPERATION_NOT_SUPPORTED = 0x0501
    SERVICE_UNAVAILABLE = 0x0502
    VERSION_NOT_SUPPORTED = 0x0503
    DEVICE_ERROR = 0x0504
    TEMPORARY_ERROR = 0x0505
    NOT_ACCEPTING_JOBS = 0x0506
    BUSY = 0x0507
    JOB_CANCELED = 0x0508


_FIRST_FAILURE = 0x0400
_FOR_THE_MOMENT = frozenset(
    {Status.TIMEOUT, Status.SERVICE_UNAVAILABLE, Status.TEMPORARY_ERROR, Status.BUSY}
)
_PRINTER = (
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "operations-supported",
    "document-format-supported",
    "media-supported",
    "cups-version",
)
_JOB = (
    "job-id",
    "job-name",
    "job-state",
    "job-state-reasons",
    "job-impressions-completed",
    "job-media-sheets-completed",
)


class Requests:
    """Writes numbered requests to one printer in the name of one user."""

    def __init__(self, printer_uri: str, user: str) -> None:
        self._uri, self._user = printer_uri, user
        self._number = 0

    def printer_attributes(self) -> Message:
        return self._request(
            Operation.GET_PRINTER_ATTRIBUTES, text(Tag.KEYWORD, "requested-attributes", *_PRINTER)
        )

    def create_job(self, name: str, *, copies: int, media: str) -> Message:
        """An empty job; `media` "" leaves the paper to the printer."""
        return self._request(
            Operation.CREATE_JOB, text(Tag.NAME, "job-name", name), job=_template(copies, media)
        )

    def send_document(self, job: int, document: bytes) -> Message:
        """The only document of a job, a PDF."""
        return self._request(
            Operation.SEND_DOCUMENT,
            text(Tag.MIME_TYPE, "document-format", PDF),
            boolean("last-document", True),
            job_id=job,
            data=document,
        )

    def print_job(self, name: str, document: bytes, *, copies: int, media: str) -> Message:
        """A job and its document in one, for printers without Create-Job."""
        return self._request(
            Operation.PRINT_JOB,
            text(Tag.NAME, "job-name", name),
            text(Tag.MIME_TYPE, "document-format", PDF),
            job=_template(copies, media),
            data=document,
        )

    def job_attributes(self, job: int) -> Message:
        return self._request(
            Operation.GET_JOB_ATTRIBUTES,
            text(Tag.KEYWORD, "requested-attributes", *_JOB),
            job_id=job,
        )

    def jobs(self) -> Message:
        """The user's jobs that are not printed yet."""
        return self._request(
            Operation.GET_JOBS,
            text(Tag.KEYWORD, "which-jobs", "not-completed"),
            boolean("my-jobs", True),
            text(Tag.KEYWORD, "requested-attributes", *_JOB),
        )

    def cancel_job(self, job: int, *, purge: bool) -> Message:
        """`purge` asks a CUPS server to forget the job and delete its files as well."""
        more = (boolean("purge-job", True),) if purge else ()
        return self._request(Operation.CANCEL_JOB, *more, job_id=job)

    def _request(
        self,
        operation: Operation,
        *attributes: Attribute,
        job_id: int | None = None,
        job: Iterable[Attribute] = (),
        data: bytes = b"",
    ) -> Message:
        """Charset, language and target stand first, in this order: RFC 8011, section 4.1.4."""
        self._number += 1
        first = [
            text(Tag.CHARSET, "attributes-charset", "utf-8"),
            text(Tag.LANGUAGE, "attributes-natural-language", "zh-cn"),
            text(Tag.URI, "printer-uri", self._uri),
        ]
        if job_id is not None:
            first.append(integer("job-id", job_id))
        first.append(text(Tag.NAME, "requesting-user-name", self._user))
        groups = [Group(GroupTag.OPERATION, (*first, *attributes))]
        if template := tuple(job):
            groups.append(Group(GroupTag.JOB, template))
        return Message(operation, self._number, tuple(groups), data)


def accept(request: Message, raw: bytes) -> Message:
    """The reply to `request`. Raises Garbled, Refused, and TryAgain for a no of the moment."""
    reply = Message.from_bytes(raw)
    if reply.request_id != request.request_id:
        raise Garbled(f"a reply to #{reply.request_id}, not to #{request.request_id}", raw)
    if reply.code >= _FIRST_FAILURE:
        said = _said(reply)
        raise (TryAgain if reply.code in _FOR_THE_MOMENT else Refused)(reply.code, said)
    return reply


def printer_in(reply: Message) -> PrinterReport:
    """The printer that a reply tells of. Raises Garbled."""
    return read_printer(_only(reply, GroupTag.PRINTER))


def job_in(reply: Message) -> JobReport:
    """The job that a reply tells of. Raises Garbled."""
    return read_job(_only(reply, GroupTag.JOB))


def jobs_in(reply: Message) -> tuple[JobReport, ...]:
    """The jobs that a reply tells of. Raises Garbled."""
    return tuple(read_job(group) for group in reply.groups_of(GroupTag.JOB))


def _template(copies: int, media: str) -> Iterable[Attribute]:
    yield integer("copies", copies)
    if media:
        yield text(Tag.KEYWORD, "media", media)


def _only(reply: Message, tag: GroupTag) -> Group:
    groups = reply.groups_of(tag)
    if not groups:
        raise Garbled(f"a reply without the group {tag.name}")
    return groups[0]


def _said(reply: Message) -> str:
    """The name of a status; what the printer writes about it may hold a job's name: not told."""
    try:
        return Status(reply.code).name.lower().replace("_", "-")
    except ValueError:
        return "unknown status"
