"""The visit as the window knows it: who is identified, the encrypted store, and the end of it all.

See `kiosk.session` for how a screen uses it.
"""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from kivy.clock import Clock
from kivy.event import EventDispatcher
from kivy.properties import BooleanProperty, StringProperty

from display.trusted_time import Reading, TrustedTime
from kiosk import traceless
from kiosk.jobs import Jobs
from kiosk.session import Forgetting, Limits, Session, Visitor
from kiosk.settings import Settings
from kiosk.words import Words

if TYPE_CHECKING:
    from devices.idcard.identity import Identity
    from kiosk.identify.reading import CardReading, Told
    from kiosk.private.store import PrivateStore

log = logging.getLogger(__name__)

AGAIN_S = 5.0
"""Until the encrypted store is asked once more to forget, or to open."""
WIPE_AFTER_S = 0.1
QUIET_S = 5.0
"""Silence after an anonymous visit that leaves time to wipe; the next one may begin at once."""


class Visit(EventDispatcher):
    """What header and screens bind to."""

    identified = BooleanProperty(False)
    chip = StringProperty("")
    """As whom somebody is here: 投标人 · 张**."""
    end_text = StringProperty("")
    """Of the button that ends the visit, with the time that is left."""
    ready = BooleanProperty(False)
    """Whether the encrypted store is open and holds nothing of another visit."""
    trouble = BooleanProperty(False)
    """Whether it could not be opened, or could not forget; it is tried again."""

    def __init__(
        self,
        settings: Settings,
        *,
        clocks: Callable[[], Reading],
        elapsed: Callable[[], float],
        trusted: Callable[[], TrustedTime | None],
        deliver: Callable[[Callable[[], None]], None],
    ) -> None:
        """`deliver` hands a call over to the UI thread."""
        super().__init__()
        screen = settings.screen
        self._limits = Limits(screen.idle_s, screen.identified_idle_s, screen.countdown_s)
        self.session = Session(self._limits, elapsed)
        self._unwiped = False
        self.forgetting = Forgetting()
        self._trusted, self._deliver = trusted, deliver
        self._reader_at = settings.id_reader
        self._reading: CardReading | None = None
        self.private: Jobs | None = None
        """Asks the encrypted store, in a worker of its own; None without [private]."""
        self.open_private: Callable[[], PrivateStore] | None = None
        """Opens the encrypted store once more, for work that would keep others waiting."""
        if settings.private is not None and settings.terminal is not None:
            folder, private = settings.terminal.data, settings.private

            def opened() -> "PrivateStore":
                from kiosk.private.opening import open_private

                return open_private(
                    folder, private.key, clocks=clocks, receipts_days=private.receipts_days
                )

            self.private = Jobs(opened)
            self.open_private = opened
        # Two frames later: widgets and textures let go of their texts one frame after the words.
        self._wipe = Clock.create_trigger(lambda _dt: traceless.wipe(), WIPE_AFTER_S)
        self._drop_texts = Clock.create_trigger(lambda _dt: traceless.drop_texts(), WIPE_AFTER_S)
        self._again = Clock.create_trigger(lambda _dt: self.begin(), AGAIN_S)

    @property
    def visitor(self) -> Visitor | None:
        """Who is identified."""
        return self.session.visitor

    def begin(self) -> None:
        """Open the encrypted store; what a crash left of a visit is wiped before anything else."""
        if self.private is None or self.ready:
            return
        trusted = self._trusted()
        self._again.cancel()
        self.private.ask(
            "begin service",
            lambda store: store.begin_service(trusted),
            lambda _nothing: self._tell(ready=True),
            self._fail,
        )
        self.private.let_go()

    def identify(self, visitor: Visitor, words: Words) -> None:
        """Somebody is known from now on. Raises AlreadyIdentified."""
        self.session.identify(visitor)
        self.identified = True
        self.say(words)

    def end(self) -> None:
        """Make everything forget; the session itself last."""
        personal = self.identified
        self.identified, self.chip, self.end_text = False, "", ""
        self.session.end()
        if personal and self.private is not None:
            self.ready = False
            self.private.forget_answers()
            self.private.ask("forget", lambda store: store.forget(), self._forgotten, self._fail)
        self.forgetting.all()
        # Whoever is not identified may have typed a name too.
        self._unwiped = not personal
        following = self._wipe if personal else self._drop_texts
        following()

    def say(self, words: Words) -> None:
        """Tell who is here and how long silence may last; called every second."""
        if self._unwiped and self.session.seconds_quiet() <= self._limits.idle_s - QUIET_S:
            self._unwiped = False
            self._wipe()
        visitor = self.visitor
        if visitor is None:
            return
        from kiosk.identify.signs import role_in

        minutes, seconds = divmod(self.session.seconds_quiet(), 60)
        left = "" if self.session.busy else f"{minutes}:{seconds:02}"
        self.end_text = words["identify.end"].format(left=left).strip()
        self.chip = words["identify.chip"].format(
            role=role_in(words, visitor.role), name=visitor.shown
        )

    def stop(self) -> None:
        """The program ends."""
        self._again.cancel()
        self._wipe.cancel()
        self._drop_texts.cancel()
        if self._reading is not None:
            self._reading.stop()
        if self.private is not None:
            self.private.stop()

    def card_reading(self, tell: "Callable[[Told | Identity], None]") -> "CardReading | None":
        """The reader of ID cards, which tells what it reads; None where there is none."""
        if self._reader_at is not None and self._reading is None:
            from devices.idcard.reader import open_reader
            from kiosk.identify.reading import CardReading

            reader_at = self._reader_at
            self._reading = CardReading(
                lambda: open_reader(reader_at.port, baud=reader_at.baud), self._deliver, tell
            )
        return self._reading

    def _forgotten(self, _whole: bool) -> None:
        """The encrypted store has let go of it too; what its worker held is garbage by now."""
        self.begin()
        self._wipe()

    def _fail(self) -> None:
        self._tell(ready=False)
        self._again()

    def _tell(self, *, ready: bool) -> None:
        self.ready, self.trouble = ready, not ready
