"""What one address may send in requests with a small body, and how long it may take over one.

Uploads have limits of their own, in `upload_shares` and in their service.
"""

import asyncio
import math
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kiosk.central.problems import Refusal
from kiosk.sync.contract import ProblemType
from kiosk.sync.submission import UPLOADS_PATH

IDLE_S = 20.0
"""Without a byte of the body, the line is taken to be cut."""
TOTAL_S = 60.0
"""For a whole body of at most some megabytes."""
BURST_BYTES = 64 * 1024 * 1024
BYTES_A_S = 2 * 1024
"""Of what is stored for ever: some 180 MB a day from one address, where a terminal sends 1."""
THIS_MACHINE = frozenset({"127.0.0.1", "::1"})
"""A proxy on this machine tells whose request it is; else it is the machine's own staff."""
_ADDRESSES = 4096
"""Remembered at a time; of more, those that sent longest ago are forgotten."""
_WITH_BODY = frozenset({"PUT", "POST"})


class Allowance:
    """Bytes that each address may send; for one thread."""

    def __init__(self) -> None:
        self._spent: OrderedDict[str, tuple[float, datetime]] = OrderedDict()

    def wait_s(self, address: str, now: datetime) -> float:
        """Seconds until the address may send again; 0: it may."""
        return max(0.0, (self._now_spent(address, now) - BURST_BYTES) / BYTES_A_S)

    def spend(self, address: str, count: int, now: datetime) -> None:
        """Note bytes that came."""
        self._spent[address] = (self._now_spent(address, now) + count, now)
        self._spent.move_to_end(address)
        while len(self._spent) > _ADDRESSES:
            self._spent.popitem(last=False)

    def _now_spent(self, address: str, now: datetime) -> float:
        spent, since = self._spent.get(address, (0.0, now))
        return max(0.0, spent - max(0.0, (now - since).total_seconds()) * BYTES_A_S)


class Limited:
    """Refuses bodies that are too slow or too many; the endpoint that reads one is told."""

    def __init__(self, app: ASGIApp, clock: Callable[[], datetime]) -> None:
        self._app, self._clock = app, clock
        self._allowance = Allowance()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_small = (
            scope["type"] == "http"
            and scope["method"] in _WITH_BODY
            and not scope["path"].startswith(UPLOADS_PATH)
        )
        await self._app(scope, self._limited(scope, receive) if is_small else receive, send)

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        loop, address = asyncio.get_running_loop(), address_of(Request(scope))
        latest, is_whole = loop.time() + TOTAL_S, False

        async def limited() -> Message:
            nonlocal is_whole
            if is_whole:
                # What comes now tells of the client's going, which may last.
                return await receive()
            wait_s = self._allowance.wait_s(address, self._clock())
            if wait_s and address not in THIS_MACHINE:
                raise Refusal(
                    ProblemType.TOO_MANY,
                    HTTPStatus.TOO_MANY_REQUESTS,
                    "this address has sent too much",
                    retry_after_s=math.ceil(wait_s),
                    headers={"Connection": "close"},
                )
            try:
                async with asyncio.timeout_at(min(latest, loop.time() + IDLE_S)):
                    message = await receive()
            except TimeoutError:
                raise Refusal(
                    ProblemType.INVALID_PARAMETER,
                    HTTPStatus.REQUEST_TIMEOUT,
                    "the body comes too slowly",
                    retry_after_s=1,
                    headers={"Connection": "close"},
                ) from None
            is_whole = not message.get("more_body", False)
            self._allowance.spend(address, len(message.get("body", b"")), self._clock())
            return message

        return limited


async def read_body(request: Request, most: int) -> bytes:
    """Read a body of up to `most` bytes. Raises Refusal."""
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


def address_of(request: Request) -> str:
    """Who asks; empty where that is not known."""
    return request.client.host if request.client is not None else ""
