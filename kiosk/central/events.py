"""Events of the terminals: taking a batch in, each event once, whatever is sent again."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, insert, select
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from display.local_time import SHANGHAI
from kiosk.central.database import CentralDatabase
from kiosk.central.problems import Refusal
from kiosk.central.schema import events
from kiosk.sync.check_in import CHECK_IN, read_presence
from kiosk.sync.contract import ProblemType, UnreadableDocument, fields_at_fault
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
        batch = _batch(await _body(request))
        answer = await run_in_threadpool(take, self._database, batch, self._clock())
        return Response(
            answer.model_dump_json(),
            headers={"Cache-Control": "no-store"},
            media_type="application/json",
        )


def take(database: CentralDatabase, batch: Sequence[object], now: datetime) -> BatchAnswer:
    """Store the new events of a batch in one transaction; of each, tell what became of it."""
    day = now.astimezone(SHANGHAI).date().isoformat()
    with database.writing() as connection:
        return BatchAnswer(results=tuple(_take(connection, item, day) for item in batch))


def _take(connection: Connection, item: object, day: str) -> ItemAnswer:
    named = item if isinstance(item, dict) else {}
    source, id = (_shown(named.get(name)) for name in ("source", "id"))
    try:
        event = Event.model_validate(item)
        reader = _READERS.get(event.type)
        if reader is None:
            raise UnreadableDocument("type: not one that this server takes")
        reader(event)
    except ValidationError as problem:
        detail = fields_at_fault(problem)
        return ItemAnswer(source=source, id=id, status=ItemStatus.REFUSED, detail=detail)
    except UnreadableDocument as problem:
        return ItemAnswer(source=source, id=id, status=ItemStatus.REFUSED, detail=str(problem))
    known = connection.scalar(
        select(events.c.digest).where(events.c.source == source, events.c.id == id)
    )
    if known is not None:
        same = known == event.digest
        status = ItemStatus.KNOWN if same else ItemStatus.ID_REUSED
        detail = "" if same else "id: stands for another content"
        return ItemAnswer(source=source, id=id, status=status, detail=detail)
    connection.execute(
        insert(events).values(
            source=source,
            id=id,
            type=event.type,
            digest=event.digest,
            received_on=day,
            data=_as_text(event.data),
        )
    )
    return ItemAnswer(source=source, id=id, status=ItemStatus.STORED)


async def _body(request: Request) -> bytes:
    pieces = bytearray()
    try:
        async for piece in request.stream():
            pieces += piece
            if len(pieces) > MAX_EVENTS_BYTES:
                raise Refusal(
                    ProblemType.INVALID_PARAMETER,
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                    f"a batch has at most {MAX_EVENTS_BYTES} bytes",
                )
    except ClientDisconnect:
        raise _invalid("the batch broke off") from None
    return bytes(pieces)


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
