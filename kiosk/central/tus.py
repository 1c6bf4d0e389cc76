"""Headers of tus 1.0: reading them strictly."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus

from starlette.requests import Request

from kiosk.central.problems import Refusal
from kiosk.sync.contract import ProblemType
from kiosk.sync.submission import TUS_VERSION, UPLOAD_METADATA, is_submission_id

CHECKSUMS: Mapping[str, Callable[[], "hashlib._Hash"]] = {
    "sha1": hashlib.sha1,
    "sha256": hashlib.sha256,
}
"""By their names in tus 1.0, Checksum."""

_MAX_METADATA = 4096
"""A name of 255 characters takes 1020 in base64."""
_SHA256 = re.compile(r"[0-9a-f]{64}")


class Checksum:
    """The Upload-Checksum of one request (tus 1.0, Checksum)."""

    def __init__(self, digest: "hashlib._Hash", wanted: bytes) -> None:
        self.digest = digest
        self._wanted = wanted

    @classmethod
    def of(cls, request: Request) -> "Checksum | None":
        """Read the header; None without it."""
        header = request.headers.get("upload-checksum")
        if header is None:
            return None
        name, _, encoded = header.partition(" ")
        make = CHECKSUMS.get(name)
        if make is None:
            raise invalid(f"Upload-Checksum: one of {', '.join(CHECKSUMS)} is needed")
        return cls(make(), _decoded(encoded, "Upload-Checksum"))

    @property
    def fits(self) -> bool:
        """Whether the bytes so far are those that were announced."""
        return hmac.compare_digest(self.digest.digest(), self._wanted)


def check_version(request: Request) -> None:
    """Refuse another version (tus 1.0, Tus-Resumable)."""
    if request.headers.get("tus-resumable") != TUS_VERSION:
        raise Refusal(
            ProblemType.INVALID_PARAMETER,
            HTTPStatus.PRECONDITION_FAILED,
            f"Tus-Resumable: must be {TUS_VERSION}",
            headers={"Tus-Version": TUS_VERSION},
        )


def whole_number(request: Request, header: str) -> int:
    """Read a header that is a whole number."""
    text = request.headers.get(header, "")
    if text.isascii() and text.isdigit() and len(text) < 16:
        return int(text)
    raise invalid(f"{header}: a whole number is needed")


def read_metadata(header: str) -> dict[str, str]:
    """Read an Upload-Metadata header with all four of our keys; others are left alone."""
    if len(header) > _MAX_METADATA:
        raise invalid("Upload-Metadata: is too long")
    found: dict[str, str] = {}
    for pair in header.split(","):
        key, _, encoded = pair.strip().partition(" ")
        if key in UPLOAD_METADATA:
            try:
                found[key] = _decoded(encoded, "Upload-Metadata").decode()
            except UnicodeDecodeError:
                raise invalid(f"Upload-Metadata: {key} is not UTF-8") from None
    missing = [key for key in UPLOAD_METADATA if not found.get(key)]
    if missing:
        raise invalid(f"Upload-Metadata: {missing[0]} is missing")
    if _SHA256.fullmatch(found["sha256"]) is None:
        raise invalid("Upload-Metadata: sha256 is not 64 hexadecimal digits")
    if not is_submission_id(found["submission"]):
        raise invalid("Upload-Metadata: submission is not a UUID of version 7")
    return found


def _decoded(encoded: str, header: str) -> bytes:
    try:
        return base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise invalid(f"{header}: is not base64") from None


def invalid(detail: str) -> Refusal:
    """A refusal that names the header at fault."""
    return Refusal(ProblemType.INVALID_PARAMETER, HTTPStatus.BAD_REQUEST, detail)
