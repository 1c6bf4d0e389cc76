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
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from devices.idcard.identity import Identity
    from kiosk.identify.reading import CardReading, Told
    from kiosk.identify.scanning import CodeScanning
    from kiosk.private.store import PrivateStore
    from kiosk.sync.staff import StaffAccount

log = logging.getLogger(__name__)

AGAIN_S = 5.0
"""Until the encrypted store is asked once more to forget, or to open."""
STORE_FAILS = "the encrypted store cannot be opened or cannot forget: see [private], disk and log"
"""For staff."""
WIPE_AFTER_S = 0.1
QUIET_S = 5.0
"""Silence after an anonymous visit that leaves time to wipe; the next one may begin at once."""


class Visit(EventDispatcher):
    """What header and screens bind to."""

    identified = BooleanProperty(False)
    staffed = BooleanProperty(False)
    """Whether a member of staff is signed in; see `kiosk.staff`."""
    somebody = BooleanProperty(False)
    """Whether either is so: the header then says who it is."""
    chip = StringProperty("")
    """As whom somebody is here, and who helps: 投标人 · 张**."""
    short_chip = StringProperty("")
    """The same without the role where somebody helps, for where there is little room."""
    name_chip = StringProperty("")
    """The name alone, and who helps, for where there is least."""
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
        self._limits = Limits(
            screen.idle_s,
            screen.identified_idle_s,
            screen.countdown_s,
            settings.staff.idle_s,
        )
        self.session = Session(self._limits, elapsed)
        self._unwiped = False
        self.staff_card = False
        """Whether a member of staff has laid a card for signing in, since the last end."""
        self.signed_out: Callable[[StaffAccount], None] = lambda _account: None
        """Told who leaves, while that is still known."""
        self.forgetting = Forgetting()
        self._trusted, self._deliver = trusted, deliver
        self._reader_at = settings.id_reader
        self._reading: CardReading | None = None
        self._hearers: list[Callable[[Told | Identity], None]] = []
        self._scanner_at = settings.scanner
        self._scanning: CodeScanning | None = None
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

    def limit(self, limits: Limits) -> None:
        """Other times of silence count from now on."""
        self._limits = limits
        self.session.limit(limits)

    def identify(self, visitor: Visitor, words: Words) -> None:
        """Somebody is known from now on. Raises AlreadyIdentified."""
        self.session.identify(visitor)
        self.identified = self.somebody = True
        self.say(words)

    def sign_in(
        self, account: "StaffAccount", words: Words, key: "Ed25519PrivateKey | None" = None
    ) -> None:
        """A member of staff is at work here until the end. Raises AlreadyIdentified."""
        self.session.sign_in(account, key)
        self.staffed = self.somebody = True
        self.say(words)

    def end(self) -> None:
        """Make everything forget; the session itself last."""
        personal = self.identified or self.staffed or self.staff_card
        self.identified = self.staffed = self.somebody = self.staff_card = False
        self.chip = self.short_chip = self.name_chip = self.end_text = ""
        if self.session.staff is not None:
            self.signed_out(self.session.staff)
        self.session.end()
        if personal and self.private is not None:
            self.ready = False
            self.private.forget_answers()
        try:
            self.forgetting.all()
        finally:
            if personal and self.private is not None:
                # Last: what was typed just now is saved, for its owner, while all is still there.
                forget, done = lambda store: store.forget(), self._forgotten
                self.private.ask("forget", forget, done, self._fail)
        # Whoever is not identified may have typed a name too.
        self._unwiped = not personal
        following = self._wipe if personal else self._drop_texts
        following()

    def say(self, words: Words) -> None:
        """Tell who is here and how long silence may last; called every second."""
        if self._unwiped and self.session.seconds_quiet() <= self._limits.idle_s - QUIET_S:
            self._unwiped = False
            self._wipe()
        visitor, account = self.visitor, self.session.staff
        if visitor is None and account is None:
            return
        minutes, seconds = divmod(self.session.seconds_quiet(), 60)
        left = "" if self.session.busy else f"{minutes}:{seconds:02}"
        if account is not None:
            from kiosk.staff.naming import chip_of
            from kiosk.sync.decision import shown_name

            self.end_text = words["staff.sign_out"].format(left=left).strip()
            self.name_chip = shown_name(account.name)
            self.short_chip, self.chip = chip_of(account, words, 1), chip_of(account, words)
        if visitor is None:
            return
        from kiosk.identify.signs import role_in

        self.end_text = words["identify.end"].format(left=left).strip()
        role, name, staff = role_in(words, visitor.role), visitor.shown, visitor.assisted_by
        short = chip = words["identify.chip"].format(role=role, name=name)
        if staff is not None:
            chip = words["identify.chip_assisted"].format(role=role, name=name, staff=staff.name)
            # Where room is short, the role goes: who vouches is seen all the time.
            short = words["identify.chip_vouched"].format(name=name, staff=staff.name)
        # The short ones first: headers look at all of them when the other one changes.
        self.name_chip = name if staff is None else short
        self.short_chip, self.chip = short, chip

    def facts(self) -> dict[str, object] | None:
        """For health: whether there are personal services; None while that is not known."""
        if self.private is None or not (self.ready or self.trouble):
            return None
        return {"open": not self.trouble, "why": "" if self.ready else STORE_FAILS}

    def stop(self) -> None:
        """The program ends."""
        self._again.cancel()
        self._wipe.cancel()
        self._drop_texts.cancel()
        if self._reading is not None:
            self._reading.stop()
        if self._scanning is not None:
            self._scanning.stop()
        if self.private is not None:
            self.private.stop()

    def card_reading(self, tell: "Callable[[Told | Identity], None]") -> "CardReading | None":
        """The reader of ID cards, which tells what it reads; None where there is none.

        Every screen that asks for it is told everything: each heeds what it has asked for.
        """
        if self._reader_at is not None and self._reading is None:
            from devices.idcard.reader import open_reader
            from kiosk.identify.reading import CardReading

            reader_at = self._reader_at

            def tell_all(what: "Told | Identity") -> None:
                for hear in tuple(self._hearers):
                    hear(what)

            self._reading = CardReading(
                lambda: open_reader(reader_at.port, baud=reader_at.baud), self._deliver, tell_all
            )
        self._hearers.append(tell)
        return self._reading

    def code_scanning(
        self, tell: Callable[[str], None], told_link: Callable[[bool], None]
    ) -> "CodeScanning | None":
        """The serial scanner, which tells codes and whether it is there; None where none is set."""
        if self._scanner_at is not None and self._scanning is None:
            from devices.scanner.scanner import open_scanner
            from kiosk.identify.scanning import CodeScanning

            at = self._scanner_at
            self._scanning = CodeScanning(
                lambda: open_scanner(at.port, baud=at.baud), self._deliver, tell, told_link
            )
        return self._scanning

    def reader_facts(self) -> dict[str, object] | None:
        """For health; None while nobody has laid a card, or where there is no reader."""
        return None if self._reading is None else self._reading.facts()

    def scanner_facts(self) -> dict[str, object] | None:
        """For health; None while nothing is known, or where there is no serial scanner."""
        return None if self._scanning is None else self._scanning.facts()

    def _forgotten(self, _whole: bool) -> None:
        """The encrypted store has let go of it too; what its worker held is garbage by now."""
        self.begin()
        self._wipe()

    def _fail(self) -> None:
        self._tell(ready=False)
        self._again()

    def _tell(self, *, ready: bool) -> None:
        self.ready, self.trouble = ready, not ready
