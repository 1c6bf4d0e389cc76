"""Where a visitor's files come from: one face for sticks and phones (no window).

The screen asks `Sources` (`kiosk.upload.sources`) for what there is, after each call of its
`changed`; lists a ready source in a worker; gives `Candidate.opening` to
`kiosk.examination.examine.examine`; and then has the file staged, unless it is already.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from kiosk.examination.opening import Source as Examinable
from kiosk.private.files import StagedFile
from kiosk.private.staged import Source as Bytes


class Kind(StrEnum):
    """What kind of source it is; the value is its key in the words' section `sources`."""

    STICK = "stick"
    PHONE = "phone"


class State(StrEnum):
    """How a source is; the value is its key in the words' section `sources`."""

    ABSENT = "absent"
    """Nothing is plugged in, or no phone has called yet: say what to do."""
    OPENING = "opening"
    READY = "ready"
    """It can be listed."""
    REFUSED = "refused"
    """It cannot be used; `Source.trouble` says why."""
    REMOVABLE = "removable"
    """可以拔出 U 盘."""


class Trouble(StrEnum):
    """Why a source cannot be used; the value is its key in the words' section `sources`."""

    # Of this terminal
    NOT_OFFERED = "not_offered"
    """The settings do not offer it."""
    NO_SERVICE = "no_service"
    """Nothing here can open sticks: staff must look."""
    NO_NETWORK = "no_network"
    """The page for phones cannot be opened: staff must look."""

    # Of a stick
    ENCRYPTED = "encrypted"
    UNKNOWN_CONTENT = "unknown_content"
    """No file system that is known here, or none at all."""
    FILE_SYSTEM = "file_system"
    """A file system that the settings do not allow."""
    PORT = "port"
    """A port that the settings do not allow."""
    IN_USE = "in_use"
    """Something else on this PC has it open."""
    NOT_OPENED = "not_opened"
    """The system could not open it: damaged, or a mount without what protects this PC."""
    PULLED_OUT = "pulled_out"
    """It is gone; what was copied whole by then is kept."""
    SLOW = "slow"
    """It does not answer in time."""
    BUSY = "busy"
    """It cannot be closed yet: a file is being read."""
    NO_FOLDER = "no_folder"
    """The folder is gone or cannot be read."""


class SourceTrouble(Exception):
    """A source cannot be listed or read (any more): tell the visitor, offer what is left."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble)
        self.trouble = trouble


Place = tuple[bytes, ...]
"""Names of folders from a source's top, as the file system has them; a file's name comes last."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that can be gone into."""

    place: Place = field(repr=False)
    name_shown: str = field(repr=False)
    """Safe to draw."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that can be chosen; nothing of it was read yet, unless it is `staged`."""

    place: Place = field(repr=False)
    """Tells it from the other files of its source; the last part is its name."""
    name_shown: str = field(repr=False)
    """Safe to draw."""
    size: int
    """Bytes, as listed; what `stage` must copy."""
    opening: Examinable = field(repr=False)
    """For `examine`, in a worker. On a dying stick it may block as long as the kernel tries."""
    reading: Callable[[], "Reading"] = field(repr=False)
    """Opens the bytes for `PrivateStore.stage`; see `reader`. Not for what is `staged`."""
    staged: StagedFile | None = None
    """Set: it already lies encrypted in the terminal, as what a phone sent; do not stage it."""

    @contextmanager
    def reader(self) -> Iterator[Bytes]:
        """The bytes for `PrivateStore.stage`, closed afterwards; in a worker.

        Raises SourceTrouble; reading raises OSError where the stick was pulled out or does not
        answer in time, which `stage` turns into SourceVanished. Compare the staged file's
        SHA-256 with the examined one: a stick may give other bytes the second time.
        """
        reading = self.reading()
        try:
            yield reading
        finally:
            reading.close()


class Reading(Bytes, Protocol):
    """Open bytes."""

    def close(self) -> None:
        """Let go of the file; never blocks."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What lies in one folder, sorted by name; hidden and special files are left out."""

    folders: tuple[Folder, ...]
    files: tuple[Candidate, ...]
    cut: bool = False
    """More lies there than is listed: say so."""


class Source(Protocol):
    """One partition of a stick, or the phone, as it was when `Sources.sources` was asked."""

    @property
    def kind(self) -> Kind: ...

    @property
    def key(self) -> str:
        """The same for the same source as long as it is there; says nothing to people."""

    @property
    def name_shown(self) -> str:
        """Its label, safe to draw; may be empty."""

    @property
    def size(self) -> int:
        """Bytes of the whole medium; 0 where that means nothing."""

    @property
    def state(self) -> State: ...

    @property
    def trouble(self) -> Trouble | None:
        """Set where the state is REFUSED."""

    def list(self, place: Place = ()) -> Listing:
        """What lies in a folder; in a worker, ends within seconds. Raises SourceTrouble."""
