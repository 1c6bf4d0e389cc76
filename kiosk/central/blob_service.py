"""The HTTP interface of attachments: one file by its digest, or a stretch of it (RFC 9110).

Whether a file is unknown, withdrawn or not released yet: the answer is the same, and is given
before anything but one row of the database was looked at.
"""

import logging
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import BinaryIO

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from kiosk.central.blob_links import blob_folder, listed_size
from kiosk.central.blobs import is_digest
from kiosk.central.database import CentralDatabase
from kiosk.central.problems import Refusal
from kiosk.central.publication import release_due
from kiosk.sync.contract import ProblemType

_log = logging.getLogger(__name__)

_PIECE = 256 * 1024
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
"""One range; several are answered with the whole, as RFC 9110 section 14.2 allows."""


@dataclass(frozen=True, slots=True)
class _Opened:
    file: BinaryIO
    size: int


class Blobs:
    """The endpoint; one object for one database and one clock."""

    def __init__(self, database: CentralDatabase, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._folder = blob_folder(database)

    async def get(self, request: Request) -> Response:
        """Answer with a file of a listed notice."""
        sha256 = request.path_params["sha256"]
        opened = await run_in_threadpool(self._open, sha256)
        etag = f'"{sha256}"'
        headers = {
            "ETag": etag,
            # A cache may keep it but must ask each time: what is withdrawn is gone everywhere.
            "Cache-Control": "no-cache",
            "Accept-Ranges": "bytes",
            "X-Content-Type-Options": "nosniff",
        }
        try:
            if _matches(request.headers.get("if-none-match", ""), etag):
                opened.file.close()
                return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
            if request.method == "HEAD":
                opened.file.close()
                headers["Content-Length"] = str(opened.size)
                return Response(media_type="application/octet-stream", headers=headers)
            start, length = _stretch(request, etag, opened.size)
            opened.file.seek(start)
        except Refusal:
            opened.file.close()
            raise
        headers["Content-Length"] = str(length)
        status = HTTPStatus.OK
        if length < opened.size:
            status = HTTPStatus.PARTIAL_CONTENT
            headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{opened.size}"
        return StreamingResponse(
            _pieces(opened.file, length),
            status_code=status,
            headers=headers,
            media_type="application/octet-stream",
        )

    def _open(self, sha256: str) -> _Opened:
        release_due(self._database, self._clock())
        size = listed_size(self._database, sha256) if is_digest(sha256) else None
        if size is None:
            raise _unknown()
        try:
            return _Opened(self._folder.path(sha256).open("rb"), size)
        except OSError as problem:
            _log.error("attachment %s cannot be opened: %s", sha256, problem.strerror)
            raise _unknown() from None


async def _pieces(file: BinaryIO, length: int) -> AsyncIterator[bytes]:
    """Read a stretch; where the file is shorter than it was, the connection is cut."""
    with file:
        while length and (piece := await run_in_threadpool(file.read, min(length, _PIECE))):
            yield piece
            length -= len(piece)


def _stretch(request: Request, etag: str, size: int) -> tuple[int, int]:
    """Where to begin and how many bytes to send (RFC 9110 sections 13.1.5 and 14.2)."""
    whole = 0, size
    asked = _RANGE.fullmatch(request.headers.get("range", "").strip().replace(" ", ""))
    if asked is None or request.headers.get("if-range", etag) != etag:
        return whole
    first, last = asked.groups()
    if first:
        start, end = int(first), min(int(last or size), size - 1)
        if last and int(last) < start:
            return whole
    elif last:
        start, end = max(0, size - int(last)), size - 1
    else:
        return whole
    if start >= size:
        raise Refusal(
            ProblemType.INVALID_PARAMETER,
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            "Range: begins behind the end of the file",
            headers={"Content-Range": f"bytes */{size}"},
        )
    return start, end - start + 1


def _matches(if_none_match: str, etag: str) -> bool:
    return any(tag.strip().removeprefix("W/") in ("*", etag) for tag in if_none_match.split(","))


def _unknown() -> Refusal:
    return Refusal(ProblemType.NOT_FOUND, HTTPStatus.NOT_FOUND, "there is no such file")
