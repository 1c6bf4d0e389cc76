"""What is handed in, and the receipt for it: the contract of both ends (pure).

First the files, as uploads of tus 1.0 (`UPLOADS_PATH`), then the manifest that names them, by
``PUT`` to `submission_path`. The server answers with a `SignedReceipt`; the same manifest again
gets the same receipt, whatever was lost on the way. See `kiosk.sync.receipt` for signatures.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from devices.idcard.identity import masked_name, masked_number
from kiosk.sync.contract import UnreadableDocument, fields_at_fault

UPLOADS_PATH = "/v1/uploads"
SUBMISSIONS_PATH = "/v1/submissions"
MATTERS_PATH = "/v1/matters"

TUS_VERSION = "1.0.0"
UPLOAD_METADATA = ("filename", "filetype", "sha256", "submission")
"""Keys of Upload-Metadata (tus 1.0, Creation); all four are always sent, some servers need them."""

MAX_FILE_BYTES = 4 * 1024**3 - 1
"""The largest file that a stick with FAT32 can hold."""
MAX_FILES = 100
"""In one submission; a bid in parts has about ten."""
MAX_MANIFEST_BYTES = 1024 * 1024
"""A hundred files take 60 KB, a long form 50 KB."""
MAX_FORM_DEPTH = 8
"""A repeated group of a repeated group has 4; a parser must not be driven deeper."""

_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


def upload_path(upload: str) -> str:
    """Path of one upload of our own server; with others, use the address it gave."""
    return f"{UPLOADS_PATH}/{upload}"


def submission_path(submission: str) -> str:
    """Path that takes a `Manifest` by PUT and answers with a `SignedReceipt`."""
    return f"{SUBMISSIONS_PATH}/{submission}"


def is_submission_id(text: str) -> bool:
    """Tell whether this is a UUID of version 7 in its usual spelling (RFC 9562 section 5.7)."""
    return _UUID7.fullmatch(text) is not None


def _plain(text: str) -> str:
    if _FORBIDDEN.search(text):
        raise ValueError("has control characters")
    return text


Line = Annotated[str, Field(max_length=300), AfterValidator(_plain)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Role(StrEnum):
    """As whom somebody came."""

    EXPERT = "expert"
    """评标专家"""
    PURCHASER = "purchaser"
    """采购人代表"""
    AGENCY = "agency"
    """代理机构"""
    BIDDER = "bidder"
    """投标人"""


class Way(StrEnum):
    """How somebody was identified."""

    CARD = "card"
    """A resident ID card or permit in the reader."""
    AUTHORISATION = "authorisation"
    """授权码: the code that the centre gave to a unit."""
    ASSISTED = "assisted"
    """A staff member vouched, and is named."""


class _Model(BaseModel):
    # pydantic would keep each short text that it read from JSON, for all the process's life.
    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, cache_strings="none"
    )


class Submitter(_Model):
    """提交人. Who hands in; shown masked, also in logs and error messages."""

    name: Line = Field(min_length=1)
    number: str = Field(pattern=r"^[0-9A-Z]{4,30}$")
    """Of the card; with an authorisation code, the unit's credit code."""
    unit: Line = ""
    way: Way
    assisted_by: Line = ""
    """Key and name of the staff member who vouched."""
    authorisation: str = Field(default="", pattern=r"^([0-9A-Za-z_-]{8,40})?$")
    """Id of the code, with the way 'authorisation'; terminals before 2026-12 leave it out."""

    @model_validator(mode="after")
    def _vouched(self) -> "Submitter":
        if (self.way is Way.ASSISTED) != bool(self.assisted_by):
            raise ValueError("assisted_by: goes with the way 'assisted', and only with it")
        if self.authorisation and self.way is not Way.AUTHORISATION:
            raise ValueError("authorisation: goes with the way 'authorisation' only")
        return self

    def __repr__(self) -> str:
        return f"Submitter({masked_name(self.name)}, {masked_number(self.number)}, {self.way})"

    __str__ = __repr__


class HandedFile(_Model):
    """附件. A file of a submission."""

    upload: str = Field(default="", max_length=500)
    """Address of its upload as the server gave it; empty until it has one."""
    name: str = Field(min_length=1, max_length=255)
    """As on the visitor's stick or phone; never used as the name of a file on the server."""
    size: int = Field(ge=1, le=MAX_FILE_BYTES)
    """Bytes."""
    sha256: Sha256
    media_type: str = Field(pattern=r"^[\w.+-]{1,60}/[\w.+-]{1,100}$")

    @model_validator(mode="after")
    def _plain_name(self) -> "HandedFile":
        if _FORBIDDEN.search(self.name) or "/" in self.name or "\\" in self.name:
            raise ValueError("name: has control characters or is a path")
        return self


class FormContent(_Model):
    """What was entered into a form of the centre."""

    form: str = Field(pattern=r"^[a-z0-9-]{1,60}$")
    """Key of the form in the site feed."""
    version: int = Field(ge=1)
    """Of the form when the entry began."""
    values: dict[str, Any]
    """Text, whole numbers, truth values, and lists and tables of them; amounts are text."""

    @model_validator(mode="after")
    def _writable(self) -> "FormContent":
        _check_values(self.values, 0)
        return self

    def __repr__(self) -> str:
        return f"FormContent({self.form}, {self.version})"

    __str__ = __repr__


def _check_values(value: object, depth: int) -> None:
    if depth > MAX_FORM_DEPTH:
        raise ValueError("values: nested too deeply")
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, int):
        # Beyond it, programs in other languages read another number.
        if abs(value) > 2**53:
            raise ValueError("values: a number too large for JSON; write it as text")
    elif isinstance(value, str):
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise ValueError("values: half of a character")
    elif isinstance(value, list | tuple):
        for item in value:
            _check_values(item, depth + 1)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise ValueError("values: the names in a table are text")
            _check_values(key, depth + 1)
            _check_values(item, depth + 1)
    else:
        raise ValueError("values: only text, whole numbers, truth values, lists and tables")


class Manifest(_Model):
    """A submission (提交) as a whole: who, for what, which entries, which files."""

    terminal: str = Field(pattern=r"^\S.{0,98}\S$|^\S$")
    """Name of the terminal in the settings."""
    public_terminal: Literal[True] = True
    """Says that the machine's marks are those of a shared terminal of the centre, which many
    bidders use (domain rule 12)."""
    role: Role
    submitter: Submitter
    tender_no: Line = ""
    notice_id: str = Field(default="", max_length=200)
    """The notice whose `closes_at` is the deadline; empty for what belongs to no project."""
    title: Line = ""
    """Of the project or of the form, as the visitor read it."""
    form: FormContent | None = None
    files: tuple[HandedFile, ...] = Field(default=(), max_length=MAX_FILES)

    @model_validator(mode="after")
    def _whole(self) -> "Manifest":
        if self.form is None and not self.files:
            raise ValueError("files: a submission has a form, files, or both")
        if self.form is None and not self.notice_id:
            raise ValueError("notice_id: files without a form belong to a project")
        if self.tender_no and not self.notice_id:
            raise ValueError("notice_id: is missing beside tender_no")
        digests = [file.sha256 for file in self.files]
        if len(set(digests)) < len(digests):
            raise ValueError("files: the same content stands twice")
        return self

    def written(self) -> bytes:
        """As it travels: what has its default is left out, so that an older program, which does
        not know a field that is not used, reads it all the same."""
        return self.model_dump_json(exclude_defaults=True).encode()

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON without the addresses of uploads, which may be renewed,
        and without what has its default."""
        return hashlib.sha256(canonical_json(self._content())).hexdigest()

    @property
    def masked_digest(self) -> str:
        """The same with name and number masked, so that nobody can try some until they fit."""
        content = self._content()
        content["submitter"]["name"] = masked_name(self.submitter.name)
        content["submitter"]["number"] = masked_number(self.submitter.number)
        return hashlib.sha256(canonical_json(content)).hexdigest()

    def _content(self) -> dict[str, Any]:
        content = self.model_dump(mode="json", exclude_defaults=True)
        for file in content.get("files", ()):
            file.pop("upload", None)
        return content

    def with_uploads(self, uploads: Mapping[str, str]) -> "Manifest":
        """The same submission with new addresses, SHA-256 → upload; its digest stays."""
        return self.model_copy(
            update={
                "files": tuple(
                    file.model_copy(update={"upload": uploads.get(file.sha256, file.upload)})
                    for file in self.files
                )
            }
        )


class _Answer(_Model):
    """What a server says: a newer one may say more than this program knows."""

    model_config = ConfigDict(extra="ignore")


class ReceiptFile(_Answer):
    """A file as the server received it."""

    name: str
    size: int
    sha256: Sha256


class Receipt(_Answer):
    """回执. What the server says it received, when, and from whom; masked."""

    number: str
    """Random: it tells neither order nor count (domain rule 2)."""
    submission: str
    received_at: AwareDatetime
    """By the server's clock, cut to the whole second."""
    terminal: str
    role: Role
    tender_no: str = ""
    title: str = ""
    form: str = ""
    by: str
    """The masked name."""
    number_mask: str
    files: tuple[ReceiptFile, ...] = ()
    content: Sha256
    """The manifest's `masked_digest`: proves what was entered to whoever has the entries."""

    @property
    def files_digest(self) -> str:
        """SHA-256 over the list of files, in its order."""
        return files_digest(self.files)


class SignedReceipt(_Answer):
    """The receipt in the two forms in which it travels; both are compact JWS (RFC 7515)."""

    token: str = Field(max_length=200_000)
    """The whole receipt."""
    short: str = Field(max_length=1200)
    """For a QR code: number, submission, time, tender, masks, terminal, the files' digest."""


class Person(_Model):
    """Body of ``POST /v1/matters``: never in an address, where it would be logged."""

    name: Line = Field(min_length=1)
    number: str = Field(pattern=r"^[0-9A-Z]{4,30}$")

    def __repr__(self) -> str:
        return f"Person({masked_name(self.name)}, {masked_number(self.number)})"

    __str__ = __repr__


class PeriodKind(StrEnum):
    """A statutory period (期限) that runs from a submission (domain rule 16)."""

    ANSWER_TO_QUESTION = "answer_to_question"
    """询问答复"""
    ANSWER_TO_CHALLENGE = "answer_to_challenge"
    """质疑/异议答复"""
    DEPOSIT_RETURN = "deposit_return"
    """保证金退还"""


class Period(BaseModel):
    """Until when somebody must have acted."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: PeriodKind
    days: int
    """Working days."""
    until: str
    """The last day, of Shanghai, as YYYY-MM-DD."""
    holidays_known: bool
    """Whether the holidays up to then are published."""


class Matter(BaseModel):
    """办件: one submission of the person who asks."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    receipt: Receipt
    signed: SignedReceipt
    periods: tuple[Period, ...] = ()


class Matters(BaseModel):
    """Answer of ``POST /v1/matters``; of an unknown person it is the same with an empty list."""

    model_config = ConfigDict(frozen=True, extra="ignore", cache_strings="none")

    matters: tuple[Matter, ...] = ()
    server_time: AwareDatetime


def canonical_json(value: Any) -> bytes:
    """Write JSON in one way only: keys in order, no spaces, UTF-8 (after RFC 8785)."""
    text = json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return text.encode()


def files_digest(files: tuple[ReceiptFile, ...]) -> str:
    """SHA-256 over a list of files: the canonical JSON of [name, size, sha256] of each."""
    listed = [[file.name, file.size, file.sha256] for file in files]
    return hashlib.sha256(canonical_json(listed)).hexdigest()


def submission_id(milliseconds: int, chance: bytes) -> str:
    """Make a UUID of version 7 (RFC 9562 section 5.7) from a moment and 10 random bytes."""
    if len(chance) != 10 or not 0 <= milliseconds < 2**48:
        raise ValueError("needs a moment after 1970 and 10 random bytes")
    value = milliseconds << 80 | int.from_bytes(chance)
    value &= ~(0xF << 76 | 0x3 << 62)
    return str(UUID(int=value | 7 << 76 | 2 << 62))


def read_manifest(body: bytes) -> Manifest:
    """Read a manifest. Raises UnreadableDocument, which names the fields at fault, no values."""
    try:
        return Manifest.model_validate_json(body)
    except ValidationError as problem:
        raise UnreadableDocument(fields_at_fault(problem)) from None
