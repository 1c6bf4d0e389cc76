"""Events of the terminals: taking a batch in, each event once, whatever is sent again.

Of an event with a person in it, only masks and keyed hashes are kept (domain rule 13).
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, insert, select
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from display.local_time import SHANGHAI
from kiosk.central.database import CentralDatabase
from kiosk.central.decisions import NotAccepted, take_decision
from kiosk.central.keyring import Keyring, UnusableKeys, keyring_of
from kiosk.central.problems import Refusal
from kiosk.central.request_limits import read_body
from kiosk.central.schema import events
from kiosk.sync.check_in import (
    ASSISTANCE,
    CHECK_IN,
    Assistance,
    Presence,
    read_assistance,
    read_presence,
    without_person,
)
from kiosk.sync.contract import ProblemType, UnreadableDocument, fields_at_fault
from kiosk.sync.decision import DECISION_EVENT, Sent, read_decision
from kiosk.sync.events import (
    BATCH_MEDIA_TYPE,
    MAX_EVENTS,
    MAX_EVENTS_BYTES,
    BatchAnswer,
    Event,
    ItemAnswer,
    ItemStatus,
)
from kiosk.sync.rating import RATING, read_rating

_READERS: dict[str, Callable[[Event], object]] = {
    RATING: read_rating,
    CHECK_IN: read_presence,
    ASSISTANCE: read_assistance,
    DECISION_EVENT: read_decision,
}
"""Type of event → what refuses a wrong one with UnreadableDocument."""


class Events:
    """The endpoint; one object for one database and one clock."""

    def __init__(self, database: CentralDatabase, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def post(self, request: Request) -> Response:
        """Store what is new of a batch, and answer for each of its events."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != BATCH_MEDIA_TYPE:
            raise Refusal(
                ProblemType.INVALID_PARAMETER,
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                f"Content-Type: must be {BATCH_MEDIA_TYPE}",
            )
        batch = _batch(await read_body(request, MAX_EVENTS_BYTES))
        try:
            answer = await run_in_threadpool(take, self._database, batch, self._clock())
        except UnusableKeys:
            raise Refusal(
                ProblemType.UNAVAILABLE,
                HTTPStatus.SERVICE_UNAVAILABLE,
                "the server's keys cannot be used; see its log",
                retry_after_s=60,
            ) from None
        return Response(
            answer.model_dump_json(),
            headers={"Cache-Control": "no-store"},
            media_type="application/json",
        )


def take(database: CentralDatabase, batch: Sequence[object], now: datetime) -> BatchAnswer:
    """Store the new events of a batch in one transaction; of each, tell what became of it.

    Raises `keyring.UnusableKeys`; then nothing is stored.
    """
    day = now.astimezone(SHANGHAI).date().isoformat()
    keyring = keyring_of(database)
    with database.writing() as connection:
        results = tuple(_take(connection, item, day, keyring, now) for item in batch)
    return BatchAnswer(results=results)


def _take(
    connection: Connection, item: object, day: str, keyring: Keyring, now: datetime
) -> ItemAnswer:
    named = item if isinstance(item, dict) else {}
    source, id = (_shown(named.get(name)) for name in ("source", "id"))
    try:
        event = Event.model_validate(item)
        reader = _READERS.get(event.type)
        if reader is None:
            raise UnreadableDocument("type: not one that this server takes")
        told = reader(event)
    except ValidationError as problem:
        detail = fields_at_fault(problem)
        return ItemAnswer(source=source, id=id, status=ItemStatus.REFUSED, detail=detail)
    except UnreadableDocument as problem:
        return ItemAnswer(source=source, id=id, status=ItemStatus.REFUSED, detail=str(problem))
    known = connection.scalar(
        select(events.c.digest).where(events.c.source == source, events.c.id == id)
    )
    digest, data = event.digest, event.data
    if isinstance(told, Presence | Assistance):
        # A plain digest would let numbers be tried until one fits.
        digest = keyring.keyed_hash("event", source, id, event.digest)
        data = without_person(told, keyring.person(told.who.name, told.who.number))
    if known is not None:
        same = known == digest
        status = ItemStatus.KNOWN if same else ItemStatus.ID_REUSED
        detail = "" if same else "id: stands for another content"
        return ItemAnswer(source=source, id=id, status=status, detail=detail)
    if isinstance(told, Sent):
        try:
            take_decision(connection, told, now)
        except NotAccepted as problem:
            return ItemAnswer(source=source, id=id, status=ItemStatus.REFUSED, detail=str(problem))
    connection.execute(
        insert(events).values(
            source=source,
            id=id,
            type=event.type,
            digest=digest,
            received_on=day,
            data=_as_text(data),
        )
    )
    return ItemAnswer(source=source, id=id, status=ItemStatus.STORED)


def _batch(body: bytes) -> list[object]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise _invalid("the body is not JSON") from None
    if not isinstance(value, list):
        raise _invalid("a batch is a JSON list of events")
    if len(value) > MAX_EVENTS:
        raise _invalid(f"a batch has at most {MAX_EVENTS} events")
    return value


def _as_text(data: dict[str, Any]) -> str:
    # Escaped, so that half of a surrogate pair cannot keep a batch out for ever.
    return json.dumps(data, sort_keys=True)


def _shown(value: Any) -> str:
    return value[:120].encode(errors="replace").decode() if isinstance(value, str) else ""


def _invalid(detail: str) -> Refusal:
    return Refusal(ProblemType.INVALID_PARAMETER, HTTPStatus.BAD_REQUEST, detail)
