"""本次服务: one visitor's use of the terminal, from the first touch to the last trace (pure).

A visit is anonymous until somebody is identified, and everything ends it the same way: the
button, the countdown, or the terminal's own end. How a screen uses it, by way of `app.visit`
(`kiosk.visit.Visit`), which holds the one session of the terminal:

- ``app.with_identity(self.open)`` leads through identification and then calls ``open``;
- ``app.visit.visitor`` says who it is, as whom and how; ``visitor.identity`` is what the private
  store takes, ``visitor.submitter`` and ``visitor.role`` what a manifest takes;
- ``hold = app.visit.session.keep_open(Busy.UPLOADING)`` while something must not be cut off, then
  ``hold.release()``; the idle countdown stands still in between;
- ``app.visit.session.close_soon(30)`` on a page with which the visit is over, and ``take_time()``
  when it is left; ``seconds_quiet()`` is the number for its button;
- ``app.visit.private.ask(name, lambda store: store.drafts(...), answer, failed)`` asks the
  encrypted store in a worker; ``app.visit.private`` is None where there is none;
- ``visit = app.visit.session.number`` before work in another thread, and afterwards
  ``app.visit.session.is_now(visit)``, so that nothing reaches the next visitor;
- a service that keeps anything of a visitor has a method ``forget()`` and is added to
  ``app.visit.forgetting``; screens of ``SCREENS`` are in it by themselves.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from devices.idcard.identity import masked_name

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from kiosk.private.identity import Identity
    from kiosk.sync.staff import StaffAccount
    from kiosk.sync.submission import Role, Submitter, Way


@dataclass(frozen=True, slots=True)
class Assistant:
    """The member of staff who vouched for a visitor."""

    key: str
    """Of the account."""
    name: str

    def __str__(self) -> str:
        return f"{self.key} {self.name}"


@dataclass(frozen=True, slots=True, repr=False)
class Visitor:
    """来访人: who is identified, as whom, and how."""

    identity: "Identity"
    """Name and number as on the card; with an authorisation code, the unit's credit code."""
    role: "Role"
    way: "Way"
    unit: str = ""
    """Of an authorisation code."""
    authorisation: str = ""
    """The id of that code."""
    assisted_by: Assistant | None = None

    @property
    def shown(self) -> str:
        """The name as it stands in the header."""
        return masked_name(self.identity.name)

    @property
    def submitter(self) -> "Submitter":
        """Who hands in, as a manifest says it."""
        from kiosk.sync.submission import Submitter

        return Submitter(
            name=self.identity.name,
            number=self.identity.number,
            unit=self.unit,
            way=self.way,
            assisted_by=str(self.assisted_by or ""),
            authorisation=self.authorisation,
        )

    def __repr__(self) -> str:
        return f"Visitor({self.shown}, {self.role}, {self.way})"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long nobody may touch anything, in seconds."""

    idle_s: float = 90.0
    identified_idle_s: float = 180.0
    countdown_s: float = 30.0
    """After each of these, and can be answered as often as wanted."""
    staff_idle_s: float = 180.0


class Silence:
    """Measures how long nobody has touched anything; `elapsed` counts seconds, never back."""

    def __init__(self, idle_s: float, countdown_s: float, elapsed: Callable[[], float]) -> None:
        self.idle_s, self.countdown_s, self._elapsed = idle_s, countdown_s, elapsed
        self._since = elapsed()

    def broken(self) -> None:
        """Somebody is there."""
        self._since = self._elapsed()

    def seconds_quiet(self) -> int:
        """Whole seconds until the countdown begins, 0 when it has."""
        return max(0, math.ceil(self.idle_s - (self._elapsed() - self._since)))

    def seconds_left(self) -> int | None:
        """Seconds until the visit ends, 0 when it is over; None before the countdown."""
        silent = self._elapsed() - self._since
        if silent < self.idle_s:
            return None
        return max(0, math.ceil(self.idle_s + self.countdown_s - silent))


class Busy(StrEnum):
    """Why a visit must not end by itself for the moment."""

    UPLOADING = "uploading"
    PRINTING = "printing"
    EXAMINING = "examining"


@dataclass(slots=True, eq=False)
class Hold:
    """Keeps the visit open until it is released; a second release does nothing."""

    reason: Busy
    _release: Callable[["Hold"], None] = field(repr=False)

    def release(self) -> None:
        self._release(self)


class AlreadyIdentified(Exception):
    """Another person's visit lasts, or a member of staff is signed in: end that first."""


class Session:
    """The visit that lasts: who it is, and when it ends by itself."""

    def __init__(self, limits: Limits, elapsed: Callable[[], float]) -> None:
        self._limits = limits
        self._silence = Silence(limits.idle_s, limits.countdown_s, elapsed)
        self._holds: list[Hold] = []
        self._visitor: Visitor | None = None
        self._staff: StaffAccount | None = None
        self._staff_key: Ed25519PrivateKey | None = None
        self._number = 0

    @property
    def visitor(self) -> Visitor | None:
        """Who is identified; None while the visit is anonymous."""
        return self._visitor

    @property
    def staff(self) -> "StaffAccount | None":
        """Who is signed in to the staff's screens; never while a visitor is identified."""
        return self._staff

    @property
    def staff_key(self) -> "Ed25519PrivateKey | None":
        """With which that person signs decisions; see `kiosk.staff.accounts.check_pin`."""
        return self._staff_key

    @property
    def number(self) -> int:
        """Tells this visit from others of the same run."""
        return self._number

    def is_now(self, number: int) -> bool:
        """Whether the visit of this number still lasts."""
        return number == self._number

    def identify(self, visitor: Visitor) -> None:
        """Somebody is known from now on. Raises AlreadyIdentified for a second person."""
        other = self._visitor is not None and self._visitor.identity != visitor.identity
        if other or self._staff is not None:
            raise AlreadyIdentified
        self._visitor = visitor
        self.take_time()

    def sign_in(self, account: "StaffAccount", key: "Ed25519PrivateKey | None" = None) -> None:
        """A member of staff uses the terminal from now on, until `end`.

        Raises AlreadyIdentified while somebody else does.
        """
        if self._visitor is not None or self._staff not in (None, account):
            raise AlreadyIdentified
        self._staff, self._staff_key = account, key
        self.take_time()

    def limit(self, limits: Limits) -> None:
        """Other times count from now on."""
        self._limits = limits
        self.take_time()

    def end(self) -> None:
        """The visit is over, the next one is anonymous; what was held is held no more."""
        self._number += 1
        self._visitor = self._staff = self._staff_key = None
        self._holds.clear()
        self.take_time()

    def keep_open(self, reason: Busy) -> Hold:
        """Let the countdown stand still until the hold is released, or the visit ended."""
        hold = Hold(reason, self._let_go)
        self._holds.append(hold)
        return hold

    @property
    def busy(self) -> tuple[Busy, ...]:
        """Why the visit does not end by itself now."""
        return tuple(hold.reason for hold in self._holds)

    def close_soon(self, seconds: float, *, ask: bool = False) -> None:
        """This page is the visit's last: it ends after such a silence; `ask`: counted down."""
        self._silence.idle_s = seconds
        self._silence.countdown_s = self._limits.countdown_s if ask else 0.0
        self._silence.broken()

    def take_time(self) -> None:
        """The usual times again."""
        limits = self._limits
        self._silence.idle_s = limits.idle_s if self._visitor is None else limits.identified_idle_s
        if self._staff is not None:
            self._silence.idle_s = limits.staff_idle_s
        self._silence.countdown_s = limits.countdown_s
        self._silence.broken()

    def broken(self) -> None:
        """Somebody is there."""
        self._silence.broken()

    def seconds_quiet(self) -> int:
        """Whole seconds of silence until the countdown begins."""
        self._stand_still()
        return self._silence.seconds_quiet()

    def seconds_left(self) -> int | None:
        """Seconds until the visit ends, 0 when it is over; None before the countdown."""
        self._stand_still()
        return self._silence.seconds_left()

    def _stand_still(self) -> None:
        if self._holds:
            self._silence.broken()

    def _let_go(self, hold: Hold) -> None:
        if hold in self._holds:
            self._holds.remove(hold)
            # What took long is no silence of the visitor.
            self._silence.broken()


class Forgetting:
    """Everything that keeps something of a visitor, by name; one call makes all of it forget."""

    def __init__(self) -> None:
        self._duties: dict[str, Callable[[], object]] = {}

    def add(self, name: str, forget: Callable[[], object]) -> None:
        """`forget` is called at the end of every visit, in the order of adding.

        Raises ValueError for a name that is taken.
        """
        if name in self._duties:
            raise ValueError(f"{name} is forgotten already")
        self._duties[name] = forget

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._duties)

    def all(self) -> None:
        """Make everything forget.

        Where something fails, the rest forgets all the same; then the failures are raised as one
        ExceptionGroup, which ends the program: a new start leaves nothing of the visit.
        """
        failures: list[Exception] = []
        for forget in self._duties.values():
            try:
                forget()
            except Exception as problem:  # noqa: BLE001  raised below, all together
                failures.append(problem)
        if failures:
            raise ExceptionGroup("the visit could not be forgotten", failures)
