"""The server's HTTP interface: feeds as a subset of CouchDB's, and running it."""

import asyncio
import contextlib
import hashlib
import logging
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from http import HTTPStatus
from types import FrameType

import uvicorn
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from display.working_days import WorkingCalendar
from kiosk.central.blob_links import clear_leftovers
from kiosk.central.blob_service import Blobs
from kiosk.central.connections import Places, bounded, open_files
from kiosk.central.database import CentralDatabase, open_for
from kiosk.central.events import Events
from kiosk.central.feeds import (
    CursorExpired,
    MalformedCursor,
    UnknownChannel,
    changes_since,
    feed_info,
    last_numbers,
    read_cursor,
)
from kiosk.central.keyring import keyring_of
from kiosk.central.moments import Moments
from kiosk.central.problems import Refusal, handlers, http_date
from kiosk.central.projects import catch_up
from kiosk.central.publication import release_due
from kiosk.central.request_limits import THIS_MACHINE, Limited
from kiosk.central.site import publish_keys
from kiosk.central.staff import vouch_again
from kiosk.central.submission_service import SubmissionService
from kiosk.central.submissions import Submissions
from kiosk.central.upload_service import UploadService
from kiosk.central.uploads import Uploads
from kiosk.central.watch import Watch
from kiosk.settings import Settings, SettingsError
from kiosk.sync.contract import (
    BEGINNING,
    BLOBS_PATH,
    HEALTH_PATH,
    MAX_LIMIT,
    MAX_LONGPOLL_S,
    FeedInfo,
    Page,
    ProblemType,
    blob_path,
    changes_path,
    feed_path,
    site_channel,
)
from kiosk.sync.events import EVENTS_PATH
from kiosk.sync.instant import utc_now
from kiosk.sync.submission import TUS_VERSION, UPLOADS_PATH

_GRACE_S = 2
_WEEKDAYS = WorkingCalendar()
_STOP_LOOK_S = 0.1


_log = logging.getLogger(__name__)


class _Query(BaseModel):
    since: str
    limit: int
    include_docs: bool
    longpoll: bool
    timeout_s: float


class Feeds:
    """The endpoints; one object for one database and one clock."""

    def __init__(
        self, database: CentralDatabase, clock: Callable[[], datetime], watch: Watch
    ) -> None:
        self._database = database
        self._clock = clock
        self._watch = watch

    async def health(self, _request: Request) -> Response:
        """Tell whether the database can be read, and how far each channel is."""
        numbers = await run_in_threadpool(last_numbers, self._database)
        return JSONResponse(
            {
                "status": "ok",
                "epoch": self._database.epoch,
                "channels": numbers,
                "server_time": self._clock().isoformat(),
            },
            headers={"Cache-Control": "no-store"},
        )

    async def feed(self, request: Request) -> Response:
        """Answer with the state of a feed."""
        info = await run_in_threadpool(self._info, request.path_params["channel"])
        return _json(info)

    async def changes(self, request: Request) -> Response:
        """Answer with a page; a long poll waits until there is something on it."""
        channel = request.path_params["channel"]
        query = _read_query(request)
        if query.longpoll:
            page = await run_in_threadpool(self._page, channel, query)
            if not page.results:
                seq = read_cursor(page.last_seq, self._database.epoch)
                await self._watch.wait(channel, seq, query.timeout_s)
                page = await run_in_threadpool(self._page, channel, query)
            return _json(page)
        info = await run_in_threadpool(self._info, channel)
        etag = _etag(info, str(request.url.query))
        if _matches(request.headers.get("if-none-match", ""), etag):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=_caching(etag))
        page = await run_in_threadpool(self._page, channel, query)
        # A change between the two looks would put a newer page under an older tag, which only
        # makes the next look at it a full answer.
        return _json(page, etag)

    def _info(self, channel: str) -> FeedInfo:
        release_due(self._database, self._clock())
        try:
            return feed_info(self._database, channel)
        except UnknownChannel:
            raise _unknown(channel) from None

    def _page(self, channel: str, query: _Query) -> Page:
        now = self._clock()
        release_due(self._database, now)
        try:
            return changes_since(
                self._database,
                channel,
                query.since,
                limit=query.limit,
                include_docs=query.include_docs,
                now=now,
            )
        except UnknownChannel:
            raise _unknown(channel) from None
        except CursorExpired:
            raise Refusal(
                ProblemType.CURSOR_EXPIRED,
                HTTPStatus.GONE,
                "since: belongs to another history of this feed, or to a part that is gone",
            ) from None
        except MalformedCursor:
            raise _invalid("since: use 0 or a last_seq of this server") from None


class _Dated:
    """Puts the server's clock into the Date header, in place of the machine's.

    And Tus-Resumable into every answer about uploads (tus 1.0), of whichever layer it is.
    """

    def __init__(self, app: ASGIApp, clock: Callable[[], datetime]) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Date", http_date(self._clock()))
                if scope["path"].startswith(UPLOADS_PATH):
                    headers.setdefault("Tus-Resumable", TUS_VERSION)
            await send(message)

        await self._app(scope, receive, dated if scope["type"] == "http" else send)


class _Compressed:
    """Compresses answers, except attachments: a stretch of one counts its own bytes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._compressed = GZipMiddleware(app, minimum_size=1024, compresslevel=6)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_blob = scope["type"] == "http" and scope["path"].startswith(BLOBS_PATH)
        await (self._app if is_blob else self._compressed)(scope, receive, send)


def create_app(
    database: CentralDatabase,
    clock: Callable[[], datetime],
    calendar: WorkingCalendar = _WEEKDAYS,
) -> Starlette:
    """Make the application; `clock` decides what is published. `app.state.watch` is its Watch."""
    watch = Watch(database, clock)
    uploads, keyring = Uploads(database), keyring_of(database)
    upload_service = UploadService(uploads, clock)
    submissions = Submissions(database, uploads, keyring)
    moments = Moments(database, clock)
    feeds = Feeds(database, clock, watch)
    app = Starlette(
        routes=[
            Route(HEALTH_PATH, feeds.health),
            Route(feed_path("{channel}"), feeds.feed),
            Route(changes_path("{channel}"), feeds.changes),
            Route(blob_path("{sha256}"), Blobs(database, clock).get),
            Route(EVENTS_PATH, Events(database, clock).post, methods=["POST"]),
            *upload_service.routes(),
            *SubmissionService(submissions, keyring, calendar, clock, moments).routes(),
        ],
        middleware=[
            Middleware(_Dated, clock=clock),
            Middleware(Limited, clock=clock),
            Middleware(_Compressed),
        ],
        exception_handlers=handlers(clock),
    )
    app.state.watch = watch
    app.state.uploads = upload_service
    app.state.moments = moments
    return app


def serve(
    settings: Settings,
    stop: threading.Event,
    *,
    clock: Callable[[], datetime] = utc_now,
    calendar: WorkingCalendar = _WEEKDAYS,
    on_ready: Callable[[], None] | None = None,
) -> None:
    """Run the server until `stop` is set, or SIGTERM or SIGINT comes in the main thread.

    `on_ready` is called once, when terminals can connect and the database is fit for use.
    Raises SettingsError where it cannot listen, `database.UnusableDatabase` and
    `keyring.UnusableKeys`.
    """
    if settings.central is None:
        raise SettingsError("central: is missing; set central.data to a folder for the database")
    with (
        _listen(settings.central.host, settings.central.port) as listener,
        contextlib.closing(open_for(settings)) as database,
    ):
        # Behind the port: what another server is just receiving must not be taken for left over.
        clear_leftovers(database)
        Uploads(database).clear_leftovers()
        catch_up(database)
        site = site_channel(settings.centre.site)
        publish_keys(database, site, keyring_of(database).public_keys())
        # After a key was changed, and a power failure before the accounts followed.
        vouch_again(database, site)
        _log.info("serving at http://%s:%d", settings.central.host, settings.central.port)
        if on_ready is not None:
            on_ready()
        with _signals_set(stop):
            asyncio.run(run_until(create_app(database, clock, calendar), listener, stop))


async def run_until(app: Starlette, listener: socket.socket, stop: threading.Event) -> None:
    """Serve on a listening socket until `stop` is set; long polls are let go at once."""
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    config = uvicorn.Config(
        app,
        http=bounded(Places(open_files() // 2), THIS_MACHINE),
        lifespan="off",
        log_config=None,
        access_log=False,
        date_header=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
    )
    server = _QuietServer(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    sweeping = asyncio.create_task(app.state.uploads.keep_sweeping())
    noting = asyncio.create_task(app.state.moments.keep_noting())
    while not stop.is_set() and not serving.done():
        await asyncio.sleep(_STOP_LOOK_S)
    app.state.watch.close()
    sweeping.cancel()
    noting.cancel()
    server.should_exit = True
    await serving
    for task in (sweeping, noting):
        with contextlib.suppress(asyncio.CancelledError):
            await task


class _QuietServer(uvicorn.Server):
    """Leaves the process's signals to `serve`."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.contextmanager
def _signals_set(stop: threading.Event) -> Iterator[None]:
    """Let SIGTERM and SIGINT set `stop`; only the main thread can."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def set_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    former = {number: signal.signal(number, set_stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as problem:
        raise SettingsError(
            f"central.port: cannot listen on {host}:{port}: {problem.strerror}; "
            "is the server already running?"
        ) from problem


def _read_query(request: Request) -> _Query:
    parameters = request.query_params
    kind = parameters.get("feed", "normal")
    if kind not in ("normal", "longpoll"):
        raise _invalid("feed: normal or longpoll")
    limit = _whole_number(parameters.get("limit", "100"), "limit", 1, MAX_LIMIT)
    longest = int(MAX_LONGPOLL_S * 1000)
    timeout = _whole_number(parameters.get("timeout", str(longest)), "timeout", 0, 10**9)
    include_docs = parameters.get("include_docs", "false")
    if include_docs not in ("true", "false"):
        raise _invalid("include_docs: true or false")
    return _Query(
        since=parameters.get("since", BEGINNING),
        limit=limit,
        include_docs=include_docs == "true",
        longpoll=kind == "longpoll",
        timeout_s=min(timeout, longest) / 1000,
    )


def _whole_number(text: str, name: str, least: int, most: int) -> int:
    if text.isascii() and text.isdigit() and len(text) < 12 and least <= int(text) <= most:
        return int(text)
    raise _invalid(f"{name}: a whole number from {least} to {most}")


def _invalid(detail: str) -> Refusal:
    return Refusal(ProblemType.INVALID_PARAMETER, HTTPStatus.BAD_REQUEST, detail)


def _unknown(channel: str) -> Refusal:
    return Refusal(
        ProblemType.UNKNOWN_CHANNEL, HTTPStatus.NOT_FOUND, f"there is no channel {channel[:60]}"
    )


def _json(body: BaseModel, etag: str | None = None) -> Response:
    text = body.model_dump_json(exclude_none=True)
    headers = {"Cache-Control": "no-store"} if etag is None else _caching(etag)
    return Response(text, headers=headers, media_type="application/json")


def _caching(etag: str) -> dict[str, str]:
    return {"ETag": etag, "Cache-Control": "no-cache"}


def _etag(info: FeedInfo, query: str) -> str:
    """Weak (RFC 9110 section 8.8.1): pages of one state differ in `server_time`."""
    content = f"{info.update_seq}\n{info.min_seq}\n{query}"
    return f'W/"{hashlib.sha256(content.encode()).hexdigest()[:32]}"'


def _matches(if_none_match: str, etag: str) -> bool:
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return "*" in tags or etag.removeprefix("W/") in tags
