"""Submissions, a person's matters and the centre's public keys over HTTP."""

import logging
import math
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from display.working_days import WorkingCalendar
from kiosk.central.forms import UnknownForm
from kiosk.central.keyring import Keyring, UnusableKeys
from kiosk.central.matters import matters_of
from kiosk.central.moments import ClockBehind, Moments
from kiosk.central.problems import Refusal
from kiosk.central.request_limits import read_body
from kiosk.central.submissions import (
    CodeWithdrawn,
    IdReused,
    Incomplete,
    Mismatch,
    NotInviting,
    Submissions,
    TooLate,
    UnknownProject,
)
from kiosk.central.tries import TooMany, Tries
from kiosk.central.uploads import BusyUpload, UnknownUpload
from kiosk.sync.contract import ProblemType, UnreadableDocument, fields_at_fault
from kiosk.sync.signatures import KEYS_MEDIA_TYPE, KEYS_PATH
from kiosk.sync.submission import (
    MATTERS_PATH,
    MAX_MANIFEST_BYTES,
    Matters,
    Person,
    SignedReceipt,
    is_submission_id,
    read_manifest,
    submission_path,
)

_log = logging.getLogger(__name__)

_JSON = "application/json"
_MAX_PERSON_BYTES = 4096
_BUSY_S, _CLOCK_S = 1, 60
_NO_STORE = {"Cache-Control": "no-store"}


class SubmissionService:
    """The endpoints; one object for one database and one clock."""

    def __init__(
        self,
        submissions: Submissions,
        keyring: Keyring,
        calendar: WorkingCalendar,
        clock: Callable[[], datetime],
        moments: Moments,
    ) -> None:
        self._submissions = submissions
        self._keyring = keyring
        self._calendar = calendar
        self._clock = clock
        self._moments = moments
        self._tries = Tries()

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
        body = await read_body(request, MAX_MANIFEST_BYTES)
        if not self._moments.is_taken_up:
            await run_in_threadpool(self._moments.keep)
        try:
            with self._submissions.claim(id):
                now = self._moments.now()
                signed, is_new = await run_in_threadpool(self._hand_in, id, body, now)
        except BusyUpload:
            raise _busy() from None
        except ClockBehind as problem:
            _log.error("the clock is behind %s: nothing is taken in; set it", problem.last)
            raise Refusal(
                ProblemType.UNAVAILABLE,
                HTTPStatus.SERVICE_UNAVAILABLE,
                "the server's clock is behind what it was; staff must set it",
                retry_after_s=_CLOCK_S,
            ) from None
        return _json(signed, HTTPStatus.CREATED if is_new else HTTPStatus.OK)

    async def matters(self, request: Request) -> Response:
        """Tell a person what this person handed in, as far as anybody may learn of it.

        Who asks is not proven; so before an opening the answer is as if there were nothing, and
        only the terminal where something was handed in knows of it.
        """
        body = await read_body(request, _MAX_PERSON_BYTES)
        try:
            person = Person.model_validate_json(body)
        except ValidationError as problem:
            raise Refusal(
                ProblemType.INVALID_PARAMETER, HTTPStatus.BAD_REQUEST, fields_at_fault(problem)
            ) from None
        address = request.client.host if request.client is not None else ""
        try:
            self._tries.check(address, self._clock())
        except TooMany as problem:
            raise Refusal(
                ProblemType.TOO_MANY,
                HTTPStatus.TOO_MANY_REQUESTS,
                "this address has asked in vain too often",
                retry_after_s=math.ceil(problem.wait.total_seconds()),
            ) from None
        found = await run_in_threadpool(self._matters, person)
        if not found.matters:
            self._tries.in_vain(address, self._clock())
        return _json(found, HTTPStatus.OK)

    async def keys(self, _request: Request) -> Response:
        """The keys with which receipts and authorisations are proven."""
        try:
            known = await run_in_threadpool(self._keyring.public_keys)
        except UnusableKeys:
            raise _unusable() from None
        return Response(known.model_dump_json(), headers=_NO_STORE, media_type=KEYS_MEDIA_TYPE)

    def _matters(self, person: Person) -> Matters:
        try:
            stored = self._submissions.tellable_of_person(person.name, person.number)
        except UnusableKeys:
            raise _unusable() from None
        return Matters(matters=matters_of(stored, self._calendar), server_time=self._clock())

    def _hand_in(self, id: str, body: bytes, now: datetime) -> tuple[SignedReceipt, bool]:
        try:
            return self._submissions.hand_in(id, read_manifest(body), now)
        except UnreadableDocument as problem:
            raise Refusal(
                ProblemType.UNREADABLE_SUBMISSION, HTTPStatus.UNPROCESSABLE_ENTITY, str(problem)
            ) from None
        except TooLate:
            raise Refusal(
                ProblemType.TOO_LATE, HTTPStatus.FORBIDDEN, "closes_at: lies before server_time"
            ) from None
        except IdReused:
            raise Refusal(
                ProblemType.ID_REUSED, HTTPStatus.CONFLICT, "use another id for another content"
            ) from None
        except CodeWithdrawn:
            raise Refusal(
                ProblemType.AUTHORISATION_WITHDRAWN,
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "submitter.authorisation: the centre has withdrawn this code",
            ) from None
        except UnknownProject:
            raise Refusal(
                ProblemType.UNKNOWN_PROJECT,
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "notice_id: is not public here, or not of this tender_no",
            ) from None
        except NotInviting:
            raise Refusal(
                ProblemType.NOT_INVITING,
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "notice_id: invites no documents, or was cancelled",
            ) from None
        except UnknownForm:
            raise Refusal(
                ProblemType.UNKNOWN_FORM,
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "form: this centre never published that version of it",
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
            raise _busy() from None
        except UnusableKeys:
            raise _unusable() from None


def _json(body: BaseModel, status: HTTPStatus) -> Response:
    return Response(body.model_dump_json(), status, headers=_NO_STORE, media_type=_JSON)


def _busy() -> Refusal:
    return Refusal(
        ProblemType.UPLOAD_BUSY,
        HTTPStatus.LOCKED,
        "another request for it has not ended yet",
        retry_after_s=_BUSY_S,
    )


def _unusable() -> Refusal:
    return Refusal(
        ProblemType.UNAVAILABLE,
        HTTPStatus.SERVICE_UNAVAILABLE,
        "the server's keys cannot be used; see its log",
        retry_after_s=60,
    )
