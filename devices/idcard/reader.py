"""Driver of a SAM-V reader: find, select, read; polled only while somebody asks."""

import hashlib
import logging
import secrets
import threading
import time
from collections.abc import Callable

from devices.errors import Garbled, Refused, TryAgain
from devices.exchange import Exchange, Patience
from devices.idcard import commands
from devices.idcard.card import NotAnIdentity, identity_of
from devices.idcard.commands import FIND, MODULE_ID, READ, RESET, SELECT, STATUS, Command
from devices.idcard.frames import Damaged, Deframer, Reply
from devices.idcard.identity import Identity
from devices.idcard.outcome import (
    Flaw,
    LiftedEarly,
    NoCard,
    Outcome,
    StillThere,
    Stopped,
    Unusable,
)
from devices.line import Line

_log = logging.getLogger(__name__)

USUAL_BAUD = 115200
POLL_S = 0.3
"""From one search for a card to the next; more often only warms the reader."""
TRIES = 3
"""Times that a card that is found but cannot be read is tried before it is given up."""
ABSENCES = 3
"""Searches in a row that must find nothing before a card counts as lifted: one that lies badly is
missed by a single search."""
SLICE_S = 0.05
"""A wait is cut into such pieces, so that it ends soon when it is stopped."""
QUICK = Patience(attempts=2, grace_s=1.0, pause_s=SLICE_S)
SLOW = Patience(attempts=2, grace_s=2.0, pause_s=SLICE_S)
"""For the content of a card; its 1295 bytes take 0.12 s on the line, on top of `grace_s`."""

_CARD_FLAWS = {
    commands.NOT_SELECTED: Flaw.UNREADABLE,
    commands.READ_FAILED: Flaw.UNREADABLE,
    commands.NO_CONTENT: Flaw.NO_CONTENT,
    commands.WRONG_CARD: Flaw.NOT_AN_IDENTITY_CARD,
    **dict.fromkeys(commands.AUTHENTICATION, Flaw.NOT_AUTHENTIC),
}
_PASSING = frozenset({Flaw.UNREADABLE, Flaw.NOT_AUTHENTIC})
"""Flaws that a card which lies badly may have for a moment."""


class _Stop(Exception):
    """The caller's event is set."""


class _Wire:
    """The line, in slices that can be stopped."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.baud = line.baud
        self.stop: threading.Event | None = None

    def send(self, data: bytes, *, timeout_s: float) -> None:
        self._line.send(data, timeout_s=timeout_s)

    def receive(self, *, timeout_s: float) -> bytes:
        if self.stop is not None and self.stop.is_set():
            raise _Stop
        return self._line.receive(timeout_s=min(timeout_s, SLICE_S))

    def discard_input(self) -> int:
        return self._line.discard_input()


class IdReader:
    """One connection to one reader, used once; one thread owns it.

    Every method raises Unplugged or NoReply (open a new connection), Refused with the module's
    code (not licensed, self test: tell staff, do not ask again) or Garbled (the replies were
    damaged after all attempts: ask again; `garbled` counts).
    """

    def __init__(
        self,
        line: Line,
        *,
        quick: Patience = QUICK,
        slow: Patience = SLOW,
        poll_s: float = POLL_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take over `line`; nothing is sent yet."""
        self._line = line
        self._wire = _Wire(line)
        self._clock = clock
        self._poll_s = poll_s
        self._deframer = Deframer()
        self._quick: Exchange[Reply | Damaged] = Exchange(
            self._wire, self._new_deframer, patience=quick, clock=clock
        )
        self._slow: Exchange[Reply | Damaged] = Exchange(
            self._wire, self._new_deframer, patience=slow, clock=clock
        )
        self._next_poll = clock()
        self._key = secrets.token_bytes(32)
        self._last: bytes | None = None
        self._absences = 0
        self._must_be_lifted = False
        self.garbled = 0
        """Damaged and unexpected pieces so far."""

    def wake(self) -> None:
        """Ask for the status, which is that of the self test; if it fails, reset the module once
        and ask again."""
        try:
            self.status()
        except (Garbled, Refused):
            self.reset()
            self.status()

    def status(self) -> None:
        self._done(STATUS)

    def reset(self) -> None:
        self._done(RESET)

    def demand_lift(self) -> None:
        """Whatever lies there now may be another person's: nothing counts until it was lifted.

        For everybody who is asked anew, and on a new connection: readers find a card again that
        was left lying when they were switched off in between.
        """
        self._must_be_lifted = True
        self._absences = 0
        self._last = None

    @property
    def awaits_lift(self) -> bool:
        """Whether a card that is found now would not count."""
        return self._must_be_lifted

    def module(self) -> str:
        """The security module's number; not a secret."""
        return commands.module_id(self._done(MODULE_ID).data)

    def read(
        self,
        *,
        wait_s: float,
        stop: threading.Event | None = None,
        found: Callable[[], None] | None = None,
    ) -> Outcome:
        """Look for a card for at most `wait_s` seconds, and read it.

        `found` is called, in this thread, before a card that lies there is read. An attempt under
        way at the end is finished. Any thread may set `stop`: ends with Stopped within 0.2 s.
        """
        self._wire.stop = stop
        try:
            return self._look(self._clock() + wait_s, found)
        except _Stop:
            return Stopped()
        finally:
            self._wire.stop = None
            self._deframer.wipe()

    def close(self) -> None:
        self._deframer.wipe()
        self._line.close()

    def _look(self, until: float, found: Callable[[], None] | None) -> Outcome:
        failure: Unusable | None = None
        tries = 0
        while self._polls_before(until):
            self._next_poll = self._clock() + self._poll_s
            if self._ask(FIND, self._quick).code != commands.FOUND:
                self._miss()
                if failure is not None:
                    return LiftedEarly() if failure.flaw is Flaw.UNREADABLE else failure
                continue
            self._absences = 0
            if self._must_be_lifted:
                return StillThere()
            tries += 1
            if found is not None:
                found()
            taken = self._take()
            if isinstance(taken, Identity):
                return self._new(taken)
            failure = taken
            if tries == TRIES or failure.flaw not in _PASSING:
                return failure
        return failure or NoCard()

    def _miss(self) -> None:
        """A search found nothing."""
        self._absences += 1
        if self._absences >= ABSENCES:
            self._must_be_lifted, self._last = False, None

    def _polls_before(self, until: float) -> bool:
        """Wait for the next poll; False if that would be too late."""
        late = self._next_poll > until
        while (left := min(self._next_poll, until) - self._clock()) > 0:
            self._wire.receive(timeout_s=left)
        return not late

    def _take(self) -> Identity | Unusable:
        """The card that was just found."""
        selected = self._ask(SELECT, self._quick)
        if selected.code != commands.OK:
            return self._failure(selected)
        try:
            return self._content()
        except (Garbled, NotAnIdentity):
            # May be damage that the XOR let pass: once more, the card is still selected.
            self.garbled += 1
        try:
            return self._content()
        except NotAnIdentity as problem:
            return Unusable(Flaw.WRONG_CONTENT, str(problem))

    def _content(self) -> Identity | Unusable:
        """Of the selected card. Raises Garbled, NotAnIdentity."""
        content = self._ask(READ, self._slow)
        try:
            if content.code != commands.OK:
                return self._failure(content)
            text = commands.text_block(content.data)
            if text is None:
                raise Garbled("text and photo of other lengths")
            with text:
                return identity_of(text)
        finally:
            content.wipe()

    def _failure(self, reply: Reply) -> Unusable:
        flaw = _CARD_FLAWS.get(reply.code)
        if flaw is None:
            raise _refused(reply)
        return Unusable(flaw, commands.MEANINGS[reply.code])

    def _new(self, identity: Identity) -> Outcome:
        """Unless it is the card of last time, never lifted since."""
        whose = f"{identity.kind} {identity.number}".encode()
        mark = hashlib.blake2b(whose, key=self._key).digest()
        if mark == self._last:
            return StillThere()
        self._last = mark
        return identity

    def _done(self, command: Command) -> Reply:
        reply = self._ask(command, self._quick)
        if reply.code != command.success:
            raise _refused(reply)
        return reply

    def _ask(self, command: Command, exchange: Exchange[Reply | Damaged]) -> Reply:
        """Any answer of those that the command has, but one that says "damaged" after all
        attempts."""

        def match(found: Reply | Damaged) -> Reply | None:
            if isinstance(found, Damaged):
                raise TryAgain(0, f"{command.name}: {found}")
            if not command.answered_by(found):
                found.wipe()
                return None
            if found.code in commands.DAMAGED_REQUEST:
                raise TryAgain(found.code, commands.MEANINGS[found.code])
            return found

        _log.debug("> %s", command.name)
        try:
            reply = exchange.ask(command.to_bytes(), match)
        except TryAgain as problem:
            raise Garbled(problem.meaning) from None
        if command is FIND and reply.code not in (commands.FOUND, commands.NO_CARD):
            raise _refused(reply)
        return reply

    def _new_deframer(self) -> "_Counting":
        self._deframer.wipe()
        self._deframer = Deframer()
        return _Counting(self._deframer, self._count)

    def _count(self) -> None:
        self.garbled += 1


class _Counting:
    """A deframer whose garbled pieces are counted.

    A damaged reply is passed on when the line falls silent after it and no good one has come:
    what looked like a reply may have been noise before it.
    """

    def __init__(self, deframer: Deframer, count: Callable[[], None]) -> None:
        self._deframer = deframer
        self._count = count
        self._damaged: Damaged | None = None

    def feed(self, data: bytes) -> list[Reply | Damaged | Garbled]:
        if not data and self._damaged is not None:
            return [self._damaged]
        found: list[Reply | Damaged | Garbled] = []
        for each in self._deframer.feed(data):
            if isinstance(each, Damaged):
                self._damaged = each
                continue
            if isinstance(each, Garbled):
                self._count()
            found.append(each)
        return found


def _refused(reply: Reply) -> Refused:
    return Refused(reply.code, commands.MEANINGS.get(reply.code, "an unknown code"))


def open_reader(url: str, *, baud: int = USUAL_BAUD) -> IdReader:
    """Open the line to a reader. Raises Unplugged if it cannot be, ValueError for ``spy://``:
    such a tape would keep what stands on cards."""
    if url.startswith("spy://"):
        raise ValueError("spy:// would keep what stands on cards: not for an ID reader")
    return IdReader(Line(url, baud=baud))
