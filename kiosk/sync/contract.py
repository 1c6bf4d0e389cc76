"""What the central server and the terminals agree on: paths, problems, documents, pages (pure).

A subset of CouchDB's ``_changes``. A notice document is ``{"_id", "_rev", "type": "notice"}``
and the fields of `display.notice.Notice` without its id, which is ``_id``. An id lives in one
channel at a time, and its revision number counts up across channels. A notice with blocks
(see `display.body`) comes without its body, which is their words.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from display.body import plain_text
from display.notice import Notice

CONTROL = "control"
"""The channel that is always read first; it carries withdrawals."""

MAX_LIMIT = 1000
"""Results in one page, at most."""

MAX_LONGPOLL_S = 60.0
"""Longer waits are cut to this by the server, as in CouchDB."""

BEGINNING = "0"
"""The `since` that asks for everything; every other value is opaque to the client."""

DOCUMENT_VERSION = 3
"""Goes up by one when this program reads documents that it skipped before: terminals then read
the channels in which they skipped any from the beginning."""

HEALTH_PATH = "/v1/health"
BLOBS_PATH = "/v1/blobs/"
"""Below it stand attachments, each under its SHA-256 in lower-case hexadecimal digits."""
PROBLEM_MEDIA_TYPE = "application/problem+json"

_CHANNEL = re.compile(r"control|public-\d{6}|site-[a-z0-9-]{1,40}")
_REVISION = re.compile(r"([1-9]\d{0,17})-([0-9a-zA-Z]{1,128})")


class ProblemType(StrEnum):
    """The last part of a problem's type URI (RFC 9457 section 3.1.1)."""

    CURSOR_EXPIRED = "cursor-expired"
    UNKNOWN_CHANNEL = "unknown-channel"
    INVALID_PARAMETER = "invalid-parameter"
    NOT_FOUND = "not-found"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    TOO_LATE = "too-late"
    """After `closes_at` by the server's clock: final."""
    ID_REUSED = "id-reused"
    """The submission's id stands for another content."""
    UNREADABLE_SUBMISSION = "unreadable-submission"
    UNKNOWN_PROJECT = "unknown-project"
    NOT_INVITING = "not-inviting"
    """The notice named takes no documents: no invitation, without a deadline, or cancelled."""
    UNKNOWN_FORM = "unknown-form"
    TOO_MANY = "too-many"
    """This address has asked too often."""
    AUTHORISATION_WITHDRAWN = "authorisation-withdrawn"
    """The centre has withdrawn the code of whoever hands in: final."""
    DIGEST_MISMATCH = "digest-mismatch"
    """The bytes received are not those named; that upload is gone, send them anew."""
    UPLOAD_INCOMPLETE = "upload-incomplete"
    UNKNOWN_UPLOAD = "unknown-upload"
    """Never made, expired, or ended: make a new one."""
    UPLOAD_BUSY = "upload-busy"
    """Another request is writing to it."""
    WRONG_OFFSET = "wrong-offset"
    TOO_LARGE = "too-large"
    NO_ROOM = "no-room"
    """The server's disk has no room for it now."""
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"

    @property
    def uri(self) -> str:
        return f"urn:mingtang:problem:{self.value}"


def is_channel(name: str) -> bool:
    """Tell whether `name` is written like a channel of this contract."""
    return _CHANNEL.fullmatch(name) is not None


def public_channel(region: str) -> str:
    """Name the channel of a region's notices; `region` is a code of GB/T 2260."""
    return f"public-{region}"


def is_site_channel(name: str) -> bool:
    """Tell whether a channel is that of a building."""
    return name.startswith("site-")


def site_channel(site: str) -> str:
    """Name the channel of one building."""
    return f"site-{site}"


def feed_path(channel: str) -> str:
    """Path that answers with a `FeedInfo`."""
    return f"/v1/feeds/{channel}"


def changes_path(channel: str) -> str:
    """Path that answers with a `Page`."""
    return f"/v1/feeds/{channel}/_changes"


def blob_path(sha256: str) -> str:
    """Path that answers with the bytes of an attachment of a published notice."""
    return BLOBS_PATH + sha256


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Revision(_Model):
    """One leaf revision of a document, as CouchDB lists it."""

    rev: str


class Change(_Model):
    """One line of a feed: where a document stands now."""

    seq: str
    id: str = Field(min_length=1)
    changes: tuple[Revision, ...] = Field(min_length=1)
    deleted: bool = False
    doc: dict[str, Any] | None = None

    @property
    def rev(self) -> str:
        return self.changes[0].rev


class Page(_Model):
    """A stretch of a feed; `last_seq` is where to go on."""

    results: tuple[Change, ...]
    last_seq: str
    pending: int = Field(ge=0)
    """Results that wait behind this page."""
    epoch: str = Field(min_length=1)
    """Changes when the server's history began anew; revisions do not compare across it."""
    server_time: AwareDatetime


class FeedInfo(_Model):
    """The state of a feed."""

    update_seq: str
    epoch: str
    min_seq: str


class Withdrawal(_Model):
    """撤回: an entry of the control channel."""

    id: str = Field(alias="_id")
    type: Literal["withdrawal"]
    notice_id: str = Field(min_length=1)
    notice_rev: str
    withdrawn_at: AwareDatetime
    valid_until: AwareDatetime | None = None


class Problem(_Model):
    """An error answer (RFC 9457)."""

    type: str = "about:blank"
    title: str = ""
    status: int
    detail: str = ""
    instance: str = ""
    retryable: bool = False
    retry_after: float | None = None
    """Seconds."""
    server_time: AwareDatetime | None = None
    trace_id: str = ""


class UnreadableDocument(Exception):
    """A document is not what its type says: skip it and say so; the message holds no text."""


def revision_number(rev: str) -> int:
    """Read the N of ``N-hash``. Raises UnreadableDocument."""
    match = _REVISION.fullmatch(rev)
    if match is None:
        raise UnreadableDocument("its revision is not written as N-hash")
    return int(match[1])


def withdrawal_id(notice_id: str) -> str:
    """Name the control document that withdraws a notice."""
    return f"withdrawal:{notice_id}"


def withdrawn_notice(document_id: str) -> str | None:
    """Name the notice that a control document withdraws, or None."""
    prefix, colon, notice_id = document_id.partition(":")
    return notice_id if prefix == "withdrawal" and colon and notice_id else None


def notice_document(notice: Notice) -> dict[str, Any]:
    """Write a notice as a document, still without its revision; empty fields are left out."""
    left_out = {"id", "body"} if notice.blocks else {"id"}
    fields = notice.model_dump(mode="json", exclude=left_out, exclude_defaults=True)
    return {"_id": notice.id, "type": "notice", **fields}


def read_notice(document: Mapping[str, Any]) -> Notice:
    """Read a notice document. Raises UnreadableDocument, which names the fields at fault."""
    try:
        notice = Notice.model_validate({**document, "id": document.get("_id")})
    except ValidationError as problem:
        raise UnreadableDocument(fields_at_fault(problem)) from None
    if notice.blocks:
        return notice.model_copy(update={"body": plain_text(notice.blocks)})
    return notice


def read_withdrawal(document: Mapping[str, Any]) -> Withdrawal:
    """Read a withdrawal document. Raises UnreadableDocument, which names the fields at fault."""
    try:
        return Withdrawal.model_validate(dict(document))
    except ValidationError as problem:
        raise UnreadableDocument(fields_at_fault(problem)) from None


def fields_at_fault(problem: ValidationError) -> str:
    """Name what a model did not take, without a word of the values."""
    return "; ".join(
        f"{'.'.join(str(part) for part in error['loc']) or 'document'}: {error['type']}"
        for error in problem.errors(include_input=False, include_url=False)
    )
