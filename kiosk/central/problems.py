"""Error answers as problem details (RFC 9457)."""

import logging
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from kiosk.central.database import UnusableDatabase
from kiosk.sync.contract import PROBLEM_MEDIA_TYPE, Problem, ProblemType

_log = logging.getLogger(__name__)

Handler = Callable[[Request, Exception], Awaitable[Response]]

_RETRY_AFTER_S = 5
_TITLES = {
    ProblemType.CURSOR_EXPIRED: "This place in the feed is gone; read it from 0",
    ProblemType.UNKNOWN_CHANNEL: "This centre has no such channel",
    ProblemType.INVALID_PARAMETER: "A parameter of the request cannot be used",
    ProblemType.NOT_FOUND: "There is nothing here",
    ProblemType.METHOD_NOT_ALLOWED: "This cannot be done here",
    ProblemType.TOO_LATE: "The deadline has passed",
    ProblemType.ID_REUSED: "This id stands for another submission",
    ProblemType.UNREADABLE_SUBMISSION: "This submission cannot be read",
    ProblemType.UNKNOWN_PROJECT: "This centre has published no such project",
    ProblemType.NOT_INVITING: "This project takes no documents",
    ProblemType.UNKNOWN_FORM: "This centre has published no such form",
    ProblemType.TOO_MANY: "This address has asked too often",
    ProblemType.AUTHORISATION_WITHDRAWN: "The authorisation code was withdrawn",
    ProblemType.DIGEST_MISMATCH: "The file received is not the one that was announced",
    ProblemType.UPLOAD_INCOMPLETE: "A file has not been received to its end",
    ProblemType.UNKNOWN_UPLOAD: "There is no such upload; make a new one",
    ProblemType.UPLOAD_BUSY: "Another request is writing to this upload",
    ProblemType.WRONG_OFFSET: "The upload stands at another offset",
    ProblemType.TOO_LARGE: "This is larger than the server takes",
    ProblemType.NO_ROOM: "The server has no room for this file",
    ProblemType.UNAVAILABLE: "The server cannot answer just now",
    ProblemType.INTERNAL: "The server failed",
}


class Refusal(Exception):
    """An error that the client is told."""

    def __init__(
        self,
        kind: ProblemType,
        status: int,
        detail: str,
        *,
        retry_after_s: int | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.status = status
        self.detail = detail
        self.retry_after_s = retry_after_s
        """None: asking again would not help."""
        self.headers = headers


def handlers(clock: Callable[[], datetime]) -> dict[type[Exception], Handler]:
    """Make the exception handlers of an application."""

    def answer(
        request: Request,
        kind: ProblemType,
        status: int,
        detail: str,
        *,
        trace_id: str,
        retry_after: int | None = None,
        headers: dict[str, str] | None = None,
    ) -> Response:
        now = clock()
        problem = Problem(
            type=kind.uri,
            title=_TITLES[kind],
            status=status,
            detail=detail,
            instance=request.url.path,
            retryable=retry_after is not None,
            retry_after=retry_after,
            server_time=now,
            trace_id=trace_id,
        )
        extra = {"Date": http_date(now), "Cache-Control": "no-store", **(headers or {})}
        if retry_after is not None:
            extra["Retry-After"] = str(retry_after)
        body = problem.model_dump_json(exclude_none=True)
        return Response(body, status, extra, media_type=PROBLEM_MEDIA_TYPE)

    async def refused(request: Request, problem: Exception) -> Response:
        if not isinstance(problem, Refusal):
            raise problem
        return answer(
            request,
            problem.kind,
            problem.status,
            problem.detail,
            trace_id=secrets.token_hex(8),
            retry_after=problem.retry_after_s,
            headers=problem.headers,
        )

    async def http(request: Request, problem: Exception) -> Response:
        if not isinstance(problem, HTTPException):
            raise problem
        kind = (
            ProblemType.METHOD_NOT_ALLOWED
            if problem.status_code == HTTPStatus.METHOD_NOT_ALLOWED
            else ProblemType.NOT_FOUND
            if problem.status_code == HTTPStatus.NOT_FOUND
            else ProblemType.INVALID_PARAMETER
        )
        return answer(
            request,
            kind,
            problem.status_code,
            problem.detail,
            trace_id=secrets.token_hex(8),
            headers=dict(problem.headers or {}),
        )

    async def unavailable(request: Request, problem: Exception) -> Response:
        trace_id = secrets.token_hex(8)
        _log.error("trace %s: %s", trace_id, problem)
        return answer(
            request,
            ProblemType.UNAVAILABLE,
            HTTPStatus.SERVICE_UNAVAILABLE,
            "the database is busy or its disk is full",
            trace_id=trace_id,
            retry_after=_RETRY_AFTER_S,
        )

    async def failed(request: Request, problem: Exception) -> Response:
        trace_id = secrets.token_hex(8)
        _log.error("trace %s: %s", trace_id, type(problem).__name__)
        return answer(
            request,
            ProblemType.INTERNAL,
            HTTPStatus.INTERNAL_SERVER_ERROR,
            "give the trace id to the server's staff",
            trace_id=trace_id,
            retry_after=_RETRY_AFTER_S,
        )

    return {
        Refusal: refused,
        HTTPException: http,
        UnusableDatabase: unavailable,
        Exception: failed,
    }


def http_date(moment: datetime) -> str:
    """Write a moment in UTC as a Date header."""
    return format_datetime(moment, usegmt=True)
