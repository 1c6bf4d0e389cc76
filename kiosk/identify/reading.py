"""The reader of ID cards in a thread of its own, polled only while the screen asks for it."""

import logging
import threading
import time
from collections.abc import Callable
from enum import StrEnum

from devices.errors import DeviceError, Garbled, NoReply, Refused, Unplugged
from devices.idcard.identity import Identity
from devices.idcard.outcome import LiftedEarly, NoCard, StillThere, Stopped, Unusable
from devices.idcard.reader import ABSENCES, POLL_S, IdReader

log = logging.getLogger(__name__)

LOOK_S = 2.0
"""Of one question to the reader; after it the screen asks for a card again."""
HEED_S = 8.0
"""What went wrong stays on the screen so long, if nothing else happens: the reader does not find a
card again that it has refused and that still lies there."""
LIFT_S = ABSENCES * POLL_S
"""Of a question that only waits until nothing lies on the reader."""
AGAIN_S = 2.0
"""Until a reader that is gone is looked for again."""


class Told(StrEnum):
    """What the visitor is told of the reader; the words are in section identify."""

    WAITING = "waiting"
    FOUND = "found"
    LIFTED = "lifted"
    STILL_THERE = "still_there"
    NOT_AN_IDENTITY_CARD = "not_an_identity_card"
    UNREADABLE = "unreadable"
    NOT_AUTHENTIC = "not_authentic"
    NO_CONTENT = "no_content"
    WRONG_CONTENT = "wrong_content"
    UNPLUGGED = "unplugged"
    NO_ANSWER = "no_answer"
    UNLICENSED = "unlicensed"
    GARBLED = "garbled"


class CardReading:
    """One reader for the program's life; a card that lies there before somebody is asked for one
    must be lifted first."""

    def __init__(
        self,
        open_reader: Callable[[], IdReader],
        deliver: Callable[[Callable[[], None]], None],
        tell: Callable[[Told | Identity], None],
    ) -> None:
        """`tell` is called by way of `deliver`, which hands a call over to the UI thread."""
        self._open, self._deliver, self._tell = open_reader, deliver, tell
        self._reader: IdReader | None = None
        self._wish: threading.Event | None = None
        self._wake = threading.Event()
        self._closing = self._anew = False
        self._thread: threading.Thread | None = None
        self._last: Told | None = None
        self._heed_until = 0.0
        self._known, self._problem = False, ""

    @property
    def polls(self) -> bool:
        """Whether the reader is asked for cards."""
        return self._wish is not None

    def begin(self) -> None:
        """Ask for cards until one is read, or until `pause`."""
        if self._wish is not None or self._closing:
            return
        self._last = None
        self._wish = threading.Event()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="id reader", daemon=True)
            self._thread.start()
        self._wake.set()

    def pause(self) -> None:
        """Stop asking; what is read from now on is told to nobody."""
        wish, self._wish = self._wish, None
        if wish is not None:
            wish.set()

    def forget(self) -> None:
        """Somebody else may be asked next: what lies there is not theirs, and must be lifted."""
        self.pause()
        self._anew = True
        self._wake.set()

    def stop(self) -> None:
        """The program ends."""
        self._closing = True
        self.pause()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=5.0)

    def facts(self) -> dict[str, object] | None:
        """For health: how the last question went; None while nobody has asked."""
        if not self._known:
            return None
        return {"link": "lost" if self._problem else "up", "problem": self._problem}

    def _run(self) -> None:
        while not self._closing:
            self._wake.wait()
            self._wake.clear()
            self._heed_anew()
            while (wish := self._wish) is not None and not wish.is_set():
                self._look(wish)
        self._close()

    def _look(self, wish: threading.Event) -> None:
        """One question, whose answer leaves no trace in this thread."""
        try:
            self._say(wish, self._ask(wish))
        except Unplugged as problem:
            self._lose(wish, Told.UNPLUGGED, problem)
        except NoReply as problem:
            self._lose(wish, Told.NO_ANSWER, problem)
        except Refused as problem:
            self._lose(wish, Told.UNLICENSED, problem)
        except Garbled as problem:
            self._note(Told.GARBLED, problem)
            self._say(wish, Told.GARBLED)
            wish.wait(AGAIN_S)

    def _ask(self, wish: threading.Event) -> Told | Identity | None:
        self._heed_anew()
        if self._reader is None:
            self._reader = self._open()
            self._reader.demand_lift()
            self._reader.wake()
        reader = self._reader
        if self._last is None and not reader.awaits_lift:
            self._say(wish, Told.WAITING)
        wait_s = LIFT_S if reader.awaits_lift else LOOK_S
        outcome = reader.read(wait_s=wait_s, stop=wish, found=lambda: self._say_found(wish))
        self._known, self._problem = True, ""
        match outcome:
            case Identity():
                return outcome
            case NoCard():
                if reader.awaits_lift:
                    return None
                if self._last in (None, Told.STILL_THERE):
                    return Told.WAITING
                return Told.WAITING if time.monotonic() >= self._heed_until else None
            case LiftedEarly():
                return Told.LIFTED
            case StillThere():
                return Told.STILL_THERE
            case Unusable():
                return Told(outcome.flaw.value.replace("-", "_"))
            case Stopped():
                return None

    def _heed_anew(self) -> None:
        if self._anew:
            self._anew = False
            if self._reader is not None:
                self._reader.demand_lift()

    def _say_found(self, wish: threading.Event) -> None:
        """But not of a card that still lies there and was spoken of."""
        if self._last is not Told.STILL_THERE:
            self._say(wish, Told.FOUND)

    def _say(self, wish: threading.Event, what: Told | Identity | None) -> None:
        if what is None or what is self._last:
            return
        if isinstance(what, Identity):
            # One card a question: the next one only when somebody asks again.
            wish.set()
        else:
            self._last = what
            heeded = what not in (Told.WAITING, Told.FOUND)
            self._heed_until = time.monotonic() + (HEED_S if heeded else 0.0)

        def hand_over() -> None:
            if self._wish is wish:
                if isinstance(what, Identity):
                    self._wish = None
                self._tell(what)

        self._deliver(hand_over)

    def _lose(self, wish: threading.Event, what: Told, problem: DeviceError) -> None:
        """The connection is of no use any more."""
        self._note(what, problem)
        self._say(wish, what)
        self._close()
        wish.wait(AGAIN_S)

    def _note(self, what: Told, problem: DeviceError) -> None:
        level = logging.DEBUG if what is self._last else logging.WARNING
        log.log(level, "ID reader: %s", problem)
        self._known = True
        self._problem = f"{problem}; stop mingtang kiosk and run `mingtang idcard check`"

    def _close(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            try:
                reader.close()
            except Unplugged as problem:
                log.debug("ID reader: %s", problem)
