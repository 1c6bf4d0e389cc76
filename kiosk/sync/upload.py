"""Handing in, the terminal's end: files by tus 1.0, then the manifest, then the receipt.

Servers of tus differ; each difference that was met is named where it is dealt with.
"""

import base64
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http import HTTPStatus
from typing import Protocol, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from pydantic import BaseModel, ValidationError
from urllib3.exceptions import HTTPError

from kiosk.sync.client import ANSWER_S, CONNECT_S, READ_S, FeedClient, read_problem
from kiosk.sync.contract import ProblemType, UnreadableDocument
from kiosk.sync.errors import FilesMissing, Offline, Rejected, TooLate, UploadGone
from kiosk.sync.signatures import KEYS_PATH, KeySet, read_keys
from kiosk.sync.submission import (
    MATTERS_PATH,
    TUS_VERSION,
    UPLOAD_METADATA,
    UPLOADS_PATH,
    HandedFile,
    Manifest,
    Matters,
    Person,
    SignedReceipt,
    submission_path,
)

PIECE = 64 * 1024 * 1024
"""Bytes in one PATCH, against one answer waited for each. A break costs less than a piece: our
server notes every 16 MiB, and whatever came before a line broke off."""

_SEND_S = 15.0
"""A quarter of a megabyte must be gone by then, or the line is taken to be cut."""
_KEPT_S = 60.0
"""A server may have to wait for its disk before it answers."""
WAIT_S = 0.05
"""Doubles each time: after a cut line the server may not yet be done with the last request."""
_ROUNDS = 6
"""Times in a row that the server may stand elsewhere than expected, without having moved on."""
_Model = TypeVar("_Model", bound=BaseModel)

_MAX_ADDRESS = 500
"""As in `submission.HandedFile`."""
_BLOCK = 256 * 1024
_MAX_REFUSAL = 64 * 1024
_ELSEWHERE = frozenset({HTTPStatus.CONFLICT, HTTPStatus.LOCKED})
_GONE = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
_TAKEN = frozenset({HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT})
_MISSING = frozenset(
    kind.uri
    for kind in (
        ProblemType.UPLOAD_INCOMPLETE,
        ProblemType.UNKNOWN_UPLOAD,
        ProblemType.DIGEST_MISMATCH,
    )
)


class Reader(Protocol):
    """The bytes of one file, from any place."""

    size: int

    def seek(self, offset: int) -> object:
        """Go to a place from the beginning."""

    def read(self, count: int) -> bytes:
        """Up to `count` bytes; none at the end."""


class SubmissionClient(FeedClient):
    """One session with one server; sends a file without ever holding much of it.

    What `reader` and `progress` raise passes through as it is; that is how a transfer is paused.
    """

    def create_upload(self, file: HandedFile, submission: str) -> str:
        """Begin an upload; returns its address. Raises Offline, Rejected, Unauthorised."""
        values = (file.name, file.media_type, file.sha256, submission)
        named = ",".join(
            f"{key} {base64.b64encode(value.encode()).decode()}"
            for key, value in zip(UPLOAD_METADATA, values, strict=True)
        )
        headers = {"Upload-Length": str(file.size), "Upload-Metadata": named, "Content-Length": "0"}
        response, _ = self._ask("POST", self._server + UPLOADS_PATH, headers)
        location = response.headers.get("Location", "")
        if response.status_code != HTTPStatus.CREATED or not location:
            raise Offline("the server made no upload; is another one between?")
        try:
            address = self._address(urljoin(self._server + UPLOADS_PATH, location))
        except (ValueError, UploadGone):
            address = ""
        if not 0 < len(address) <= _MAX_ADDRESS:
            raise Offline("the server's address of the upload cannot be read")
        return address

    def send_file(
        self, address: str, reader: Reader, progress: Callable[[int], None] = lambda _sent: None
    ) -> None:
        """Send what the server lacks of a file; `progress` is told the bytes up to which it went.

        Raises UploadGone, Offline, Rejected, Unauthorised.
        """
        offset, surprises = self.offset(address, reader.size), 0
        while offset < reader.size:
            progress(offset)
            length = min(PIECE, reader.size - offset)
            reached = self._send_piece(address, _Piece(reader, offset, length, progress))
            if reached is None:
                # Some servers answer 204 to a wrong offset, and write nothing.
                reached = self.offset(address, reader.size)
            surprises = 0 if reached > offset else surprises + 1
            if surprises >= _ROUNDS:
                raise Offline("the server does not move on in this upload")
            if surprises:
                time.sleep(WAIT_S * 2**surprises)
            offset = reached
        progress(offset)

    def offset(self, address: str, size: int) -> int:
        """Ask how much the server has. Raises UploadGone, also where it is of another file."""
        response, _ = self._ask("HEAD", self._address(address), {})
        offset, length = (_number(response, name) for name in ("Upload-Offset", "Upload-Length"))
        if offset is None:
            raise Offline("the server does not tell the offset; is another one between?")
        if offset > size or length not in (None, size):
            raise UploadGone("the upload is of another file")
        return offset

    def end_upload(self, address: str) -> None:
        """Give an upload up. Raises UploadGone, Offline, Rejected, Unauthorised."""
        self._ask("DELETE", self._address(address), {})

    def submit(self, submission: str, manifest: Manifest) -> SignedReceipt:
        """Hand in; the same again gets the same receipt. It still has to be proven.

        Raises FilesMissing, TooLate, Offline, Rejected, Unauthorised.
        """
        body = manifest.written()
        headers = {"Content-Type": "application/json"}
        text = self._exchange(
            "PUT", submission_path(submission), _KEPT_S, data=body, headers=headers
        )
        return _read(SignedReceipt, text)

    def keys(self) -> KeySet:
        """Ask for the centre's keys. Raises Offline, Rejected, Unauthorised."""
        try:
            return read_keys(self._exchange("GET", KEYS_PATH, READ_S))
        except UnreadableDocument:
            raise Offline("the answer holds no keys; is another server between?") from None

    def matters(self, person: Person) -> Matters:
        """Ask what a person handed in. Raises Offline, Rejected, Unauthorised."""
        headers = {"Content-Type": "application/json"}
        body = person.model_dump_json(exclude_defaults=True).encode()
        return _read(
            Matters, self._exchange("POST", MATTERS_PATH, READ_S, data=body, headers=headers)
        )

    def _send_piece(self, address: str, piece: "_Piece") -> int | None:
        """Send one piece; the new offset, or None where the server has to be asked for it."""
        headers = {
            "Content-Type": "application/offset+octet-stream",
            "Upload-Offset": str(piece.offset),
        }
        try:
            response, _ = self._ask("PATCH", self._address(address), headers, piece)
        except Offline:
            if piece.problem is not None:
                raise piece.problem from None
            raise
        if response.status_code in _ELSEWHERE:
            return None
        # The last PATCH may be answered 200 instead of 204, and some leave the offset out.
        reached = _number(response, "Upload-Offset")
        return reached if reached == piece.offset + len(piece) else None

    def _ask(
        self, method: str, address: str, headers: dict[str, str], data: "_Piece | None" = None
    ) -> tuple[requests.Response, bytes]:
        headers = {"Tus-Resumable": TUS_VERSION, "Accept-Encoding": "identity", **headers}
        timeouts = (CONNECT_S if data is None else _SEND_S, _KEPT_S)
        try:
            with ExitStack() as waiting:

                def sent() -> None:
                    waiting.enter_context(self._lines.within(_KEPT_S + ANSWER_S))

                if data is None:
                    sent()
                else:
                    data.sent = sent
                response = waiting.enter_context(
                    self._session.request(
                        method,
                        address,
                        headers=headers,
                        data=data,
                        timeout=timeouts,
                        allow_redirects=False,
                        stream=True,
                    )
                )
                body = response.raw.read(_MAX_REFUSAL, decode_content=True)
        except (requests.RequestException, HTTPError, OSError) as problem:
            raise Offline(f"no answer ({type(problem).__name__})") from problem
        status = response.status_code
        if status in _GONE and address != self._server + UPLOADS_PATH:
            raise UploadGone(f"the answer is {status}")
        if not (method == "PATCH" and status in _ELSEWHERE):
            self._check(response, body)
        return response, body

    def _check(self, response: requests.Response, body: bytes) -> None:
        if response.status_code in _TAKEN:
            return
        problem = read_problem(body)
        if problem is not None and problem.type == ProblemType.TOO_LATE.uri:
            raise TooLate("the deadline has passed", problem.server_time)
        if problem is not None and problem.type in _MISSING:
            raise FilesMissing(f"the answer is {response.status_code}: {problem.title}")
        super()._check(response, body)

    def _address(self, address: str) -> str:
        """The path is the server's, the way to it the settings': it may stand behind a proxy."""
        try:
            parts = urlsplit(address)
        except ValueError:
            raise UploadGone("the address of the upload cannot be read") from None
        return self._server + parts.path + (f"?{parts.query}" if parts.query else "")


class _Piece:
    """A stretch of a file as a request's body."""

    def __init__(
        self, reader: Reader, offset: int, length: int, progress: Callable[[int], None]
    ) -> None:
        reader.seek(offset)
        self.offset = offset
        self.problem: BaseException | None = None
        """What reading or telling raised: it must not be taken for trouble on the line."""
        self.sent: Callable[[], None] = lambda: None
        """Called when all of it went, once."""
        self._reader, self._progress = reader, progress
        self._length, self._sent = length, 0

    def __len__(self) -> int:
        return self._length

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[bytes]:
        while block := self.read(_BLOCK):
            yield block

    def read(self, count: int = -1) -> bytes:
        left = self._length - self._sent
        try:
            self._progress(self.offset + self._sent)
            block = self._reader.read(left if count < 0 else min(count, left)) if left else b""
            if left and not block:
                raise Rejected("the file is shorter than announced")
        except BaseException as problem:
            self.problem = problem
            raise
        self._sent += len(block)
        if block and self._sent >= self._length:
            self.sent()
        return block


def _number(response: requests.Response, header: str) -> int | None:
    text = response.headers.get(header, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _read(kind: type[_Model], text: bytes) -> _Model:
    try:
        # Strict about halves of characters, which no store and no screen could take later.
        return kind.model_validate_json(text)
    except ValidationError:
        raise Offline("the answer is not in the words of this server") from None
