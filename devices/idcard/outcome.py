"""How an attempt to read a card ends, named by what the visitor does next (pure).

What needs staff or a new connection is a `devices.errors.DeviceError` instead.
"""

from dataclasses import dataclass
from enum import StrEnum

from devices.idcard.identity import Identity


@dataclass(frozen=True, slots=True)
class NoCard:
    """No card was laid in time, or the reader does not find the one that lies there."""


@dataclass(frozen=True, slots=True)
class LiftedEarly:
    """A card was found and was gone before it was read: lay it again, and leave it."""


@dataclass(frozen=True, slots=True)
class StillThere:
    """A card lay there before one was asked for, or was never lifted since it was read: take it
    off, then lay yours."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The caller's own wish."""


class Flaw(StrEnum):
    """Why a card that lies there cannot be used."""

    NOT_AN_IDENTITY_CARD = "not-an-identity-card"
    UNREADABLE = "unreadable"
    NOT_AUTHENTIC = "not-authentic"
    NO_CONTENT = "no-content"
    WRONG_CONTENT = "wrong-content"
    """Its name is blank or its number has a wrong check digit."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """This card does not do, after further attempts: another card, or staff."""

    flaw: Flaw
    reason: str
    """In plain English, for technicians; nothing of the card."""


Outcome = Identity | NoCard | LiftedEarly | StillThere | Unusable | Stopped
