"""Answers the phone's requests (ASGI): gives out the page, takes files into the encrypted store.

Nothing of a file is written anywhere but by `PrivateStore.stage`; addresses and names are not
logged.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from kiosk import words
from kiosk.examination.names import read_name
from kiosk.phone import html
from kiosk.phone.guard import Answer, first_answer
from kiosk.phone.parts import BadBody, Begin, Data, End, Event, Parts
from kiosk.phone.pipe import Closed, Pipe
from kiosk.phone.visit import Outcome, Visit
from kiosk.private.errors import NoRoom, SourceVanished, Stopped, StoreError
from kiosk.private.store import PrivateStore

log = logging.getLogger(__name__)

PIECE_S = 20.0
"""A phone that sends nothing for so long is gone."""
GRACE_S = 30.0
MIN_RATE = 10_000
"""Bytes a second, after GRACE_S; a bad radio link has some 100,000."""
OVERHEAD = 100_000
"""Bytes of a body beside its files."""
OCTETS = "application/octet-stream"
"""Of what nobody has looked into yet; the examination tells the type."""

_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"connection", b"close"),
    # With "no-referrer" browsers would hide where a form comes from, which is checked.
    (b"referrer-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-robots-tag", b"noindex"),
)

_SENTENCES = {
    Answer.NOT_FOUND: "not_found",
    Answer.TAKEN: "taken",
    Answer.NOT_ALLOWED: "not_allowed",
}

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


class _BrokenOff(Exception):
    """The phone went away, or is too slow."""


class Receiving:
    """The application of one visit."""

    def __init__(
        self,
        visit: Visit,
        origin: str,
        open_store: Callable[[], PrivateStore],
        *,
        piece_s: float = PIECE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`origin` is scheme, host and port; the store is opened in a thread of its own."""
        self._visit, self._origin, self._open_store = visit, origin, open_store
        self._piece_s, self._clock = piece_s, clock
        self._store: PrivateStore | None = None
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="phone-store")

    def close(self) -> None:
        """Close the store, after what is being written has ended."""
        self._worker.submit(self._close_store)
        self._worker.shutdown(wait=False)

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        say = _Saying(send, scope["headers"])
        answer = Answer.NOT_FOUND
        if not self._visit.closed:
            answer = first_answer(
                scope["method"],
                scope.get("raw_path", b""),
                scope["headers"],
                token=self._visit.token,
                origin=self._origin,
            )
        client = (scope.get("client") or ("",))[0]
        if answer in (Answer.PAGE, Answer.FILES) and not self._visit.admit(client):
            answer = Answer.TAKEN
        if answer is Answer.PAGE:
            await self._page(say)
        elif answer is Answer.FILES:
            await self._files(scope["headers"], receive, say)
        else:
            await say.sentence(answer.value, _SENTENCES[answer])

    async def _page(self, say: "_Saying") -> None:
        limits = self._visit.limits
        await say.page(
            lambda words, nonce: html.page(
                words,
                self._visit.arrivals(),
                nonce=nonce,
                file_mb=limits.file_bytes // 1_000_000,
                encrypted=self._origin.startswith("https"),
                full=not self._visit.room_for_files(),
            )
        )

    async def _files(
        self, headers: list[tuple[bytes, bytes]], receive: Receive, say: "_Saying"
    ) -> None:
        if not self._visit.begin_receiving():
            await say.sentence(409, "busy")
            return
        try:
            known = dict(headers)
            self._check_length(known.get(b"content-length"))
            parts = Parts(known.get(b"content-type", b"").decode("latin-1"))
            await _Taking(self, self._visit, parts, receive).run()
        except BadBody:
            await say.sentence(400, "bad_request")
        except _BrokenOff:
            await say.sentence(408, "broken_off")
        else:
            await say.go(f"/{self._visit.token}/")
        finally:
            self._visit.end_receiving()

    def _check_length(self, told: bytes | None) -> None:
        limits = self._visit.limits
        if told is not None and int(told) > limits.files * (limits.file_bytes + OVERHEAD):
            raise BadBody("too long")

    async def piece(self, receive: Receive) -> tuple[bytes, bool]:
        """More bytes of the body, and whether more will come."""
        try:
            message = await asyncio.wait_for(receive(), self._piece_s)
        except TimeoutError:
            raise _BrokenOff from None
        if message["type"] != "http.request" or self._visit.closed:
            raise _BrokenOff
        return message.get("body", b""), bool(message.get("more_body", False))

    def since(self) -> float:
        """Seconds of a clock that never goes back."""
        return self._clock()

    def begin(self, number: int, raw_name: bytes) -> "tuple[Pipe, asyncio.Future[Outcome]]":
        """Begin to write a file; what became of it."""
        loop = asyncio.get_running_loop()
        pipe = Pipe(loop, self._piece_s * 2)
        return pipe, loop.run_in_executor(self._worker, self._stage, number, raw_name, pipe)

    def _stage(self, number: int, raw_name: bytes, pipe: Pipe) -> Outcome:
        try:
            if self._store is None:
                self._store = self._open_store()
            staged = self._store.stage(
                pipe,
                name=read_name(raw_name).text,
                media_type=OCTETS,
                progress=lambda size: self._visit.advance(number, size),
                stopped=lambda: self._visit.closed,
            )
        except NoRoom:
            return Outcome.NO_ROOM
        except (SourceVanished, Stopped):
            return Outcome.BROKEN_OFF
        except StoreError as problem:
            log.warning("a file from a phone was not kept: %s", problem)
            return Outcome.TROUBLE
        finally:
            pipe.close()
        if self._visit.closed:
            # The session ended meanwhile, and nobody will ask for it.
            self._store.unstage(staged)
            return Outcome.BROKEN_OFF
        self._visit.end(number, Outcome.ARRIVED, staged)
        return Outcome.ARRIVED

    def _close_store(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None


class _Taking:
    """The files of one request, one after the other."""

    def __init__(self, page: Receiving, visit: Visit, parts: Parts, receive: Receive) -> None:
        self._page, self._visit, self._parts, self._receive = page, visit, parts, receive
        self._number = -1
        self._size = 0
        self._pipe: Pipe | None = None
        self._writing: asyncio.Future[Outcome] | None = None

    async def run(self) -> None:
        """Take them all. Raises BadBody, _BrokenOff."""
        limits = self._visit.limits
        began, received, more = self._page.since(), 0, True
        try:
            while more:
                data, more = await self._page.piece(self._receive)
                received += len(data)
                passed = self._page.since() - began
                if passed > GRACE_S and received < MIN_RATE * passed:
                    raise _BrokenOff
                if received > limits.files * (limits.file_bytes + OVERHEAD):
                    raise BadBody("too long")
                for event in self._parts.feed(data):
                    await self._take(event)
            if not self._parts.complete:
                raise BadBody("no end")
        except BaseException:
            await self._give_up(Outcome.BROKEN_OFF)
            raise

    async def _take(self, event: Event) -> None:
        match event:
            case Begin(name):
                self._size = 0
                if not self._visit.room_for_files():
                    raise BadBody("too many files")
                self._number = self._visit.begin(name, read_name(name).shown)
                self._pipe, self._writing = self._page.begin(self._number, name)
            case Data(data) if self._pipe is not None:
                self._size += len(data)
                if self._size > self._visit.limits.file_bytes:
                    await self._give_up(Outcome.TOO_LARGE)
                    return
                try:
                    await self._pipe.feed(data)
                except Closed:
                    await self._give_up(None)
            case End() if self._pipe is not None and self._writing is not None:
                self._pipe.finish()
                await self._ended(None)
            case _:
                # The rest of a file that is not kept.
                return

    async def _give_up(self, outcome: Outcome | None) -> None:
        """The file that is being written stays unfinished; its own reason counts if None."""
        if self._pipe is not None:
            self._pipe.fail()
            await self._ended(outcome)

    async def _ended(self, outcome: Outcome | None) -> None:
        writing, self._pipe, self._writing = self._writing, None, None
        if writing is not None:
            own = await asyncio.shield(writing)
            if own is not Outcome.ARRIVED:
                self._visit.end(self._number, outcome or own)


class _Saying:
    """Answers in the phone's language."""

    def __init__(self, send: Send, headers: list[tuple[bytes, bytes]]) -> None:
        self._send = send
        wish = dict(headers).get(b"accept-language", b"").lower()
        self._words = words.load("en" if wish.startswith(b"en") else "zh")

    async def page(self, make: Callable[[words.Words, str], str], status: int = 200) -> None:
        """A page that `make` makes of words and a nonce."""
        nonce = secrets.token_urlsafe(16)
        body = make(self._words, nonce).encode()
        headers = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            (b"content-security-policy", html.policy(nonce).encode()),
        ]
        await self._start(status, headers)
        await self._send({"type": "http.response.body", "body": body})

    async def sentence(self, status: int, key: str) -> None:
        """A page with one sentence."""
        await self.page(lambda words, nonce: html.message(words, key, nonce=nonce), status)

    async def go(self, path: str) -> None:
        """Send the phone to the page, so that a reload sends no file again."""
        await self._start(303, [(b"location", path.encode()), (b"content-length", b"0")])
        await self._send({"type": "http.response.body", "body": b""})

    async def _start(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        start = {"type": "http.response.start", "status": status, "headers": [*headers, *_HEADERS]}
        await self._send(start)
