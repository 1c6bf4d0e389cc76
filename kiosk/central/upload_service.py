"""Uploads over HTTP: tus 1.0 with creation, expiration, termination and checksum."""

import asyncio
import contextlib
import logging
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from datetime import datetime
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from kiosk.central.database import UnusableDatabase
from kiosk.central.problems import Refusal, http_date
from kiosk.central.request_limits import address_of
from kiosk.central.tus import (
    CHECKSUMS,
    Checksum,
    check_version,
    invalid,
    read_metadata,
    whole_number,
)
from kiosk.central.upload_shares import TooMuch
from kiosk.central.upload_writing import NoRoom, Writing
from kiosk.central.uploads import (
    SWEEP_STEP,
    BusyUpload,
    UnknownUpload,
    Upload,
    Uploads,
    WrongOffset,
)
from kiosk.sync.contract import ProblemType
from kiosk.sync.submission import (
    MAX_FILE_BYTES,
    TUS_VERSION,
    UPLOADS_PATH,
    upload_path,
)

_log = logging.getLogger(__name__)

_MEDIA_TYPE = "application/offset+octet-stream"
_EXTENSIONS = "creation,expiration,termination,checksum"
_CHECKSUM_MISMATCH = 460
"""tus 1.0, Checksum."""
_BLOCK = 512 * 1024
"""Written at a time, while the next is being received."""
_BLOCKS_AHEAD = 3
"""Received while one is being written."""
_PUSHED_EVERY = 2 * 1024 * 1024
"""Sent to the disk on the way, so that little is left to wait for at the end of a piece."""
_KEPT_EVERY = 16 * 1024 * 1024
"""Made safe and noted on the way, whatever the size of a client's pieces."""
_IDLE_S = 30.0
"""Without a byte, the line is taken to be cut, so that the client's next one is let in."""
_BLOCK_S = 120.0
"""For one block, or 4 KiB/s: whoever is slower only holds a connection, and asks again."""
_DRAINED = 32 * 1024 * 1024
"""Read and dropped behind a refusal, which a client that is still sending would not see."""
_BUSY_S, _NO_ROOM_S = 1, 60
_SWEEP_S = 60.0
_ID = re.compile(r"[0-9a-f]{32}")
_NO_STORE = {"Cache-Control": "no-store"}


class UploadService:
    """The endpoints; one object for one folder of uploads and one clock."""

    def __init__(self, uploads: Uploads, clock: Callable[[], datetime]) -> None:
        self._uploads = uploads
        self._clock = clock

    def routes(self) -> list[Route]:
        """Where it is reached."""
        one = upload_path("{upload}")
        return [
            Route(UPLOADS_PATH, self.options, methods=["OPTIONS"]),
            Route(UPLOADS_PATH, self.create, methods=["POST"]),
            Route(one, self.head, methods=["HEAD"]),
            Route(one, self.patch, methods=["PATCH"]),
            Route(one, self.delete, methods=["DELETE"]),
        ]

    async def keep_sweeping(self) -> None:
        """Take expired uploads away in small steps, until cancelled."""
        while True:
            try:
                swept = await run_in_threadpool(self._uploads.sweep, self._clock())
            except UnusableDatabase as problem:
                _log.warning("expired uploads stay for now: %s", problem)
                swept = 0
            await asyncio.sleep(_SWEEP_S if swept < SWEEP_STEP else 1.0)

    async def options(self, _request: Request) -> Response:
        """Say what is spoken here."""
        return _answer(
            HTTPStatus.NO_CONTENT,
            {
                "Tus-Version": TUS_VERSION,
                "Tus-Extension": _EXTENSIONS,
                "Tus-Max-Size": str(MAX_FILE_BYTES),
                "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
            },
        )

    async def create(self, request: Request) -> Response:
        """Make an upload, with its space reserved."""
        check_version(request)
        length = whole_number(request, "Upload-Length")
        if length > MAX_FILE_BYTES:
            raise Refusal(
                ProblemType.TOO_LARGE,
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"Upload-Length: a file has at most {MAX_FILE_BYTES} bytes",
            )
        if length == 0:
            raise invalid("Upload-Length: an empty file is not taken")
        named = request.headers.get("upload-metadata", "")
        metadata = read_metadata(named)
        now = self._clock()
        with _refusals():
            upload = await run_in_threadpool(
                self._uploads.create,
                metadata["submission"],
                metadata["sha256"],
                length,
                named,
                now,
                address=address_of(request),
            )
        return _answer(
            HTTPStatus.CREATED,
            {
                "Location": str(request.base_url).rstrip("/") + upload_path(upload.id),
                **_expiry(upload),
            },
        )

    async def head(self, request: Request) -> Response:
        """Tell how much is safely here."""
        check_version(request)
        with _refusals():
            upload = await run_in_threadpool(self._uploads.get, _id(request), self._clock())
        return _answer(
            HTTPStatus.OK,
            {
                "Upload-Offset": str(upload.offset),
                "Upload-Length": str(upload.length),
                "Upload-Metadata": upload.named,
                **_expiry(upload),
            },
        )

    async def patch(self, request: Request) -> Response:
        """Take the next bytes; what came before a break counts."""
        try:
            check_version(request)
            kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind != _MEDIA_TYPE:
                raise Refusal(
                    ProblemType.INVALID_PARAMETER,
                    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                    f"Content-Type: must be {_MEDIA_TYPE}",
                )
            offset, checksum = whole_number(request, "Upload-Offset"), Checksum.of(request)
            with _refusals(), self._uploads.claim(id := _id(request)):
                now = self._clock()
                writing = await run_in_threadpool(self._uploads.begin, id, offset, now)
                try:
                    upload = await self._receive(request, writing, checksum)
                finally:
                    writing.close()
        except Refusal:
            await _drain(request)
            raise
        return _answer(
            HTTPStatus.NO_CONTENT, {"Upload-Offset": str(upload.offset), **_expiry(upload)}
        )

    async def delete(self, request: Request) -> Response:
        """End an upload."""
        check_version(request)
        with _refusals():
            await run_in_threadpool(self._uploads.drop, _id(request))
        return _answer(HTTPStatus.NO_CONTENT, {})

    async def _receive(
        self, request: Request, writing: Writing, checksum: "Checksum | None"
    ) -> Upload:
        announced = request.headers.get("content-length", "")
        if announced.isdigit() and int(announced) > writing.room:
            raise _too_much()
        broken: Refusal | None = None
        waiting: asyncio.Queue[list[bytes] | None] = asyncio.Queue(_BLOCKS_AHEAD)
        failed: list[Exception] = []
        writer = asyncio.create_task(self._write(waiting, writing, checksum, failed))
        try:
            async for block in _blocks(request):
                await waiting.put(block)
                if failed:
                    break
        except Refusal as problem:
            broken = problem
        finally:
            await waiting.put(None)
            await writer
        if failed:
            broken = _named(failed[0])
        if checksum is not None and (broken is not None or not checksum.fits):
            raise broken or Refusal(
                ProblemType.DIGEST_MISMATCH,
                _CHECKSUM_MISMATCH,
                "Upload-Checksum: is not that of the bytes received; they are dropped",
            )
        upload = await run_in_threadpool(self._uploads.keep, writing, self._clock())
        if broken is not None:
            raise broken
        return upload

    async def _write(
        self,
        waiting: "asyncio.Queue[list[bytes] | None]",
        writing: Writing,
        checksum: "Checksum | None",
        failed: list[Exception],
    ) -> None:
        """Write what waits, until None comes; after a failure the rest is dropped."""
        kept = pushed = writing.hashed.length
        pushing: asyncio.Future[None] | None = None
        while (block := await waiting.get()) is not None:
            if failed:
                continue
            try:
                await run_in_threadpool(_write, writing, block, checksum)
                reached = writing.hashed.length
                if checksum is None and reached - kept >= _KEPT_EVERY:
                    await run_in_threadpool(self._uploads.keep, writing, self._clock())
                    kept = pushed = reached
                elif reached - pushed >= _PUSHED_EVERY and (pushing is None or pushing.done()):
                    pushing = asyncio.ensure_future(run_in_threadpool(writing.push))
                    pushed = reached
            except (NoRoom, ValueError, OSError, UnknownUpload, UnusableDatabase) as problem:
                failed.append(problem)
        if pushing is not None:
            await asyncio.wait([pushing])


def _write(writing: Writing, block: list[bytes], checksum: Checksum | None) -> None:
    writing.write(block)
    if checksum is not None:
        for piece in block:
            checksum.digest.update(piece)


async def _blocks(request: Request) -> AsyncIterator[list[bytes]]:
    """The body in blocks of about `_BLOCK`. What came before a break is given, then Refusal."""
    pieces = request.stream()
    while True:
        block: list[bytes] = []
        try:
            is_last = await _fill(block, pieces)
        except (ClientDisconnect, TimeoutError):
            if block:
                yield block
            raise Refusal(
                ProblemType.UPLOAD_INCOMPLETE,
                HTTPStatus.REQUEST_TIMEOUT,
                "the bytes broke off; those received are kept",
                retry_after_s=_BUSY_S,
            ) from None
        if block:
            yield block
        if is_last:
            return


async def _fill(block: list[bytes], pieces: AsyncIterator[bytes]) -> bool:
    """Put the next pieces into a block until it is full; tell whether the body ended."""
    size, loop = 0, asyncio.get_running_loop()
    latest = loop.time() + _BLOCK_S
    async with asyncio.timeout(_IDLE_S) as idle:
        async for piece in pieces:
            if piece:
                block.append(piece)
                size += len(piece)
            if size >= _BLOCK:
                return False
            idle.reschedule(min(latest, loop.time() + _IDLE_S))
    return True


async def _drain(request: Request) -> None:
    left = _DRAINED
    with contextlib.suppress(ClientDisconnect, RuntimeError, TimeoutError):
        async with asyncio.timeout(_IDLE_S):
            async for piece in request.stream():
                left -= len(piece)
                if left < 0:
                    return


@contextlib.contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except UnknownUpload:
        raise Refusal(
            ProblemType.UNKNOWN_UPLOAD, HTTPStatus.NOT_FOUND, "never made, expired, or ended"
        ) from None
    except BusyUpload:
        raise Refusal(
            ProblemType.UPLOAD_BUSY,
            HTTPStatus.LOCKED,
            "another request has not ended yet",
            retry_after_s=_BUSY_S,
        ) from None
    except WrongOffset as problem:
        raise Refusal(
            ProblemType.WRONG_OFFSET,
            HTTPStatus.CONFLICT,
            "Upload-Offset: ask for it with HEAD",
            headers={"Upload-Offset": str(problem)},
        ) from None
    except TooMuch as problem:
        raise Refusal(
            ProblemType.TOO_MANY,
            HTTPStatus.TOO_MANY_REQUESTS,
            str(problem),
            retry_after_s=_NO_ROOM_S,
        ) from None
    except NoRoom:
        raise _no_room() from None


def _named(problem: Exception) -> Refusal:
    if isinstance(problem, NoRoom):
        return _no_room()
    if isinstance(problem, ValueError):
        return _too_much()
    # The file's disk or the database: what is safe was noted, the rest is sent again.
    raise problem


def _answer(status: int, headers: Mapping[str, str]) -> Response:
    return Response(
        status_code=status, headers={"Tus-Resumable": TUS_VERSION, **_NO_STORE, **headers}
    )


def _expiry(upload: Upload) -> dict[str, str]:
    return {"Upload-Expires": http_date(upload.expires_at)}


def _id(request: Request) -> str:
    id = request.path_params["upload"]
    if not isinstance(id, str) or _ID.fullmatch(id) is None:
        raise UnknownUpload
    return id


def _too_much() -> Refusal:
    return Refusal(
        ProblemType.TOO_LARGE,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        "more bytes than Upload-Length announced",
    )


def _no_room() -> Refusal:
    return Refusal(
        ProblemType.NO_ROOM,
        HTTPStatus.INSUFFICIENT_STORAGE,
        "free space on the server's disk; what was received is kept",
        retry_after_s=_NO_ROOM_S,
    )
