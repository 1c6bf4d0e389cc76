"""What a visitor is told of a submission on its way; the three honest states (pure)."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from kiosk.sync.submission import Matters, SignedReceipt


class State(StrEnum):
    """What becomes of an item of the outbox."""

    WAITING = "waiting"
    SENDING = "sending"
    PARKED = "parked"
    """The server will not take it; staff must look."""
    DELIVERED = "delivered"
    """The server's receipt is here."""
    TOO_LATE = "too_late"
    """The deadline was over by the server's clock: not delivered, for good."""
    RETURNED = "returned"
    """Staff gave it back: not delivered, for good; only of what is kept for its owner."""


class Kind(StrEnum):
    """What an item of the outbox is."""

    SUBMISSION = "submission"
    EVENT = "event"
    MATTERS = "matters"
    """A person's question about their own matters."""


class Trouble(StrEnum):
    """Why an item is not delivered yet; what visitors read is in assets/words, section outbox."""

    NONE = ""
    OFFLINE = "offline"
    """No answer, or the server's disk is full: tried again."""
    REFUSED = "refused"
    """The server does not accept this terminal; everything stops."""
    REJECTED = "rejected"
    """The server will never take it."""
    TOO_LATE = "too_late"
    DAMAGED = "damaged"
    """A staged file is not what was written."""
    DISK = "disk"
    """This terminal's disk cannot be read: tried again."""
    RECEIPT = "receipt"
    """The receipt does not fit what was handed in, or is not the server's."""


class FileState(StrEnum):
    """The three states that a visitor sees; nothing else is called delivered."""

    CHOSEN = "chosen"
    IN_TRANSIT = "in_transit"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True)
class FileTransfer:
    """One file on its way."""

    name: str = field(repr=False)
    size: int
    sent: int
    state: FileState


@dataclass(frozen=True, slots=True)
class Transfer:
    """A submission on its way."""

    submission: str
    state: State
    files: tuple[FileTransfer, ...]
    rate: float | None
    """Bytes/s of late; None: not known, or nothing moves."""
    paused: bool = False
    problem: Trouble = Trouble.NONE
    attempts: int = 0
    next_s: float = 0.0
    """Seconds until the next try; 0: now, or never."""
    refused_at: datetime | None = None
    """The server's time when it said that the deadline had passed, if it told."""

    @property
    def sent(self) -> int:
        """Bytes that were sent so far; the server may have fewer."""
        return sum(file.sent for file in self.files)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def remaining_s(self) -> float | None:
        """Seconds until all bytes are sent at the present rate; None: not known."""
        return (self.size - self.sent) / self.rate if self.rate else None


@dataclass(frozen=True, slots=True)
class Question:
    """A question about somebody's matters, and the answer once it is there."""

    state: State
    answer: Matters | None = field(repr=False)
    problem: Trouble = Trouble.NONE


@dataclass(frozen=True, slots=True)
class Keepsake:
    """What became of a submission, for its owner with the card."""

    submission: str
    state: State
    title: str = field(repr=False)
    tender_no: str = field(repr=False)
    receipt: SignedReceipt | None = field(repr=False)
    """Only of a delivered one."""
    problem: Trouble = Trouble.NONE
    """Of a returned one."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A line of the outbox for staff; nothing personal."""

    id: str
    kind: Kind
    state: State
    attempts: int
    next_s: float
    problem: Trouble
    detail: str
    """The server's words about the problem, which name no person and no content."""
    paused: bool
    since: datetime | None = None
    """When it was handed in, or parked; None where the time was not proven then."""
    waited_s: float = 0.0
    """Seconds that this terminal has run since then."""


def file_state(item: State, sent: int) -> FileState:
    """The state of one file of a submission; delivered only by the receipt of the whole."""
    if item is State.DELIVERED:
        return FileState.DELIVERED
    if sent and item in (State.WAITING, State.SENDING, State.PARKED):
        return FileState.IN_TRANSIT
    return FileState.CHOSEN
