"""Submissions, a person's matters and the centre's public keys over HTTP."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from display.working_days import WorkingCalendar
from kiosk.central.keyring import Keyring, UnusableKeys
from kiosk.central.matters import matters_of
from kiosk.central.problems import Refusal
from kiosk.central.submissions import (
    IdReused,
    Incomplete,
    Mismatch,
    Submissions,
    TooLate,
    UnknownProject,
)
from kiosk.central.uploads import BusyUpload, UnknownUpload
from kiosk.sync.contract import ProblemType, UnreadableDocument, fields_at_fault
from kiosk.sync.signatures import KEYS_MEDIA_TYPE, KEYS_PATH
from kiosk.sync.submission import (
    MATTERS_PATH,
    MAX_MANIFEST_BYTES,
    Manifest,
    Matters,
    Person,
    SignedReceipt,
    is_submission_id,
    read_manifest,
    submission_path,
)

_JSON = "application/json"
_MAX_PERSON_BYTES = 4096
_BUSY_S = 1
_NO_STORE = {"Cache-Control": "no-store"}


class SubmissionService:
    """The endpoints; one object for one database and one clock."""

    def __init__(
        self,
        submissions: Submissions,
        keyring: Keyring,
        calendar: WorkingCalendar,
        clock: Callable[[], datetime],
    ) -> None:
        self._submissions = submissions
        self._keyring = keyring
        self._calendar = calendar
        self._clock = clock

    def routes(self) -> list[Route]:
        """Where it is reached."""
        return [
            Route(submission_path("{submission}"), self.put, methods=["PUT"]),
            Route(MATTERS_PATH, self.matters, methods=["POST"]),
            Route(KEYS_PATH, self.keys),
        ]

    async def put(self, request: Request) -> Response:
        """Take a submission in; the same again gets the same receipt."""
        id = request.path_params["submission"]
        if not is_submission_id(id):
            raise Refusal(
                ProblemType.INVALID_PARAMETER,
                HTTPStatus.BAD_REQUEST,
                "a submission is named by a UUID of version 7",
            )
        body = await _body(request, MAX_MANIFEST_BYTES)
        now = self._clock()
        try:
            manifest = await run_in_threadpool(read_manifest, body)
        except UnreadableDocument as problem:
            raise Refusal(
                ProblemType.UNREADABLE_SUBMISSION, HTTPStatus.UNPROCESSABLE_ENTITY, str(problem)
            ) from None
        signed, is_new = await run_in_threadpool(self._hand_in, id, manifest, now)
        return _json(signed, HTTPStatus.CREATED if is_new else HTTPStatus.OK)

    async def matters(self, request: Request) -> Response:
        """Tell a person what this person handed in."""
        body = await _body(request, _MAX_PERSON_BYTES)
        try:
            person = Person.model_validate_json(body)
        except ValidationError as problem:
            raise Refusal(
                ProblemType.INVALID_PARAMETER, HTTPStatus.BAD_REQUEST, fields_at_fault(problem)
            ) from None
        return _json(await run_in_threadpool(self._matters, person), HTTPStatus.OK)

    async def keys(self, _request: Request) -> Response:
        """The keys with which receipts and authorisations are proven."""
        try:
            known = await run_in_threadpool(self._keyring.public_keys)
        except UnusableKeys:
            raise _unusable() from None
        return Response(known.model_dump_json(), headers=_NO_STORE, media_type=KEYS_MEDIA_TYPE)

    def _matters(self, person: Person) -> Matters:
        try:
            stored = self._submissions.of_person(person.name, person.number)
        except UnusableKeys:
            raise _unusable() from None
        return Matters(matters=matters_of(stored, self._calendar), server_time=self._clock())

    def _hand_in(self, id: str, manifest: Manifest, now: datetime) -> tuple[SignedReceipt, bool]:
        try:
            return self._submissions.hand_in(id, manifest, now)
        except TooLate:
            raise Refusal(
                ProblemType.TOO_LATE, HTTPStatus.FORBIDDEN, "closes_at: lies before server_time"
            ) from None
        except IdReused:
            raise Refusal(
                ProblemType.ID_REUSED, HTTPStatus.CONFLICT, "use another id for another content"
            ) from None
        except UnknownProject:
            raise Refusal(
                ProblemType.UNKNOWN_PROJECT,
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "notice_id: is not public here, or not of this tender_no",
            ) from None
        except Incomplete:
            raise Refusal(
                ProblemType.UPLOAD_INCOMPLETE,
                HTTPStatus.CONFLICT,
                "files: one has not been received to its end",
            ) from None
        except Mismatch:
            raise Refusal(
                ProblemType.DIGEST_MISMATCH,
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "files: one is not as announced; its upload is gone, make a new one",
            ) from None
        except UnknownUpload:
            raise Refusal(
                ProblemType.UNKNOWN_UPLOAD,
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "files: the upload of one is not here; make a new one",
            ) from None
        except BusyUpload:
            raise Refusal(
                ProblemType.UPLOAD_BUSY,
                HTTPStatus.LOCKED,
                "files: another request has not ended yet",
                retry_after_s=_BUSY_S,
            ) from None
        except UnusableKeys:
            raise _unusable() from None


async def _body(request: Request, most: int) -> bytes:
    pieces = bytearray()
    try:
        async for piece in request.stream():
            pieces += piece
            if len(pieces) > most:
                raise Refusal(
                    ProblemType.TOO_LARGE,
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                    f"the body has at most {most} bytes",
                )
    except ClientDisconnect:
        raise Refusal(
            ProblemType.INVALID_PARAMETER, HTTPStatus.BAD_REQUEST, "the body broke off"
        ) from None
    return bytes(pieces)


def _json(body: BaseModel, status: HTTPStatus) -> Response:
    return Response(body.model_dump_json(), status, headers=_NO_STORE, media_type=_JSON)


def _unusable() -> Refusal:
    return Refusal(
        ProblemType.UNAVAILABLE,
        HTTPStatus.SERVICE_UNAVAILABLE,
        "the server's keys cannot be used; see its log",
        retry_after_s=60,
    )
