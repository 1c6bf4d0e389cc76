"""The phone as a source: what arrived lies encrypted in the terminal already."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from kiosk.examination.opening import NotOpened
from kiosk.examination.verdict import Verdict
from kiosk.phone.page import PhonePage
from kiosk.phone.visit import Arrival, Outcome
from kiosk.private.errors import StoreError
from kiosk.private.files import StagedFile
from kiosk.private.store import PrivateStore
from kiosk.upload.source import (
    Candidate,
    Kind,
    Listing,
    Place,
    Reading,
    SourceTrouble,
    State,
    Trouble,
)

PIECE = 1 << 20

OpenStore = Callable[[], PrivateStore]


@dataclass(frozen=True, slots=True)
class PhoneSource:
    """What came from the visitor's phone."""

    state: State
    trouble: Trouble | None = None
    arrivals: tuple[Arrival, ...] = ()
    """What is arriving and what did not come whole, too: for the screen to tell."""
    open_store: OpenStore | None = field(default=None, repr=False)

    @property
    def kind(self) -> Kind:
        return Kind.PHONE

    @property
    def key(self) -> str:
        return "phone"

    @property
    def name_shown(self) -> str:
        return ""

    @property
    def size(self) -> int:
        return 0

    def list(self, place: Place = ()) -> Listing:
        """The files that arrived whole, in the order of coming. Raises SourceTrouble."""
        if place or self.trouble is not None or self.open_store is None:
            raise SourceTrouble(self.trouble or Trouble.NO_FOLDER)
        return Listing(
            (),
            tuple(
                self._candidate(each, each.staged, self.open_store)
                for each in self.arrivals
                if each.outcome is Outcome.ARRIVED and each.staged is not None
            ),
        )

    @staticmethod
    def _candidate(arrival: Arrival, staged: StagedFile, open_store: OpenStore) -> Candidate:
        return Candidate(
            (staged.id.encode(), arrival.raw_name),
            arrival.name_shown,
            staged.size,
            Unsealed(staged, arrival.raw_name, open_store),
            _not_to_be_staged,
            staged,
        )


@dataclass(frozen=True, slots=True)
class Unsealed:
    """A staged file in plain for the examination: in memory, never on a disk."""

    staged: StagedFile
    name: bytes = field(repr=False)
    open_store: OpenStore = field(repr=False)

    def open(self) -> int:
        """Open it; in a worker. Raises NotOpened."""
        try:
            with self.open_store() as store, store.open_staged(self.staged) as reader:
                number = os.memfd_create("examined", os.MFD_CLOEXEC)
                try:
                    while piece := reader.read(PIECE):
                        _write(number, piece)
                except BaseException:
                    os.close(number)
                    raise
        except (StoreError, OSError):
            raise NotOpened(Verdict.UNREADABLE) from None
        return number


def phone_source(page: PhonePage | None, open_store: OpenStore) -> PhoneSource:
    """How the phone's page is now."""
    if page is None:
        return PhoneSource(State.REFUSED, Trouble.NOT_OFFERED)
    arrivals = page.arrivals()
    if page.failed:
        return PhoneSource(State.REFUSED, Trouble.NO_NETWORK)
    if page.called and (arrivals or not page.over):
        return PhoneSource(State.READY, None, arrivals, open_store)
    waiting = page.opened and not page.over and page.invitation() is None
    return PhoneSource(State.OPENING if waiting else State.ABSENT)


def _not_to_be_staged() -> Reading:
    raise ValueError("a file from a phone is staged already")


def _write(number: int, data: bytes) -> None:
    with memoryview(data) as rest:
        done = 0
        while done < len(rest):
            done += os.write(number, rest[done:])
