"""Sending what the encrypted outbox holds: files first, then the manifest, then the receipt."""

import logging
import random
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from pydantic import ValidationError

from kiosk.private.errors import DamagedFile, DiskTrouble
from kiosk.private.files import OutgoingFile
from kiosk.private.items import Item
from kiosk.private.outbox import Outbox
from kiosk.private.staged import StagedReader
from kiosk.private.transfer import Kind, Trouble
from kiosk.sync.errors import (
    FilesMissing,
    Offline,
    ReceiptDoubtful,
    Rejected,
    SyncError,
    TooLate,
    Unauthorised,
    Unknown,
    UploadGone,
)
from kiosk.sync.events import BatchAnswer, Event, ItemStatus
from kiosk.sync.rate import Rate
from kiosk.sync.receipt import check_receipt
from kiosk.sync.retry import CAP_S, backoff, jittered
from kiosk.sync.signatures import BadSignature, KeySet, UnknownKey
from kiosk.sync.submission import HandedFile, Manifest, Matters, Person, SignedReceipt

_log = logging.getLogger(__name__)

PROGRESS_S = 0.5
"""Between two words about a file's progress, each of which is a commit."""
WAKE_S = 5.0
"""After contact was regained; so long is the start of a hundred terminals drawn out."""
_ROUNDS = 3
"""Times in one attempt that the server may find bytes missing, or an upload gone."""
_DETAIL_LENGTH = 200
_DELIVERED = frozenset({ItemStatus.STORED, ItemStatus.KNOWN})


class PrivateServer(Protocol):
    """Where submissions go. Each method may raise any SyncError."""

    def create_upload(self, file: HandedFile, submission: str) -> str:
        """Begin an upload; returns its address."""

    def send_file(
        self,
        address: str,
        reader: StagedReader,
        progress: Callable[[int], None],
    ) -> None:
        """Send what the server lacks; `progress` is told the bytes so far. Raises UploadGone."""

    def end_upload(self, address: str) -> None:
        """Give an upload up. Raises UploadGone."""

    def submit(self, submission: str, manifest: Manifest) -> SignedReceipt:
        """Hand in the manifest; the same again gets the same receipt. Raises FilesMissing."""

    def keys(self) -> KeySet:
        """The centre's keys."""

    def matters(self, person: Person) -> Matters:
        """A person's submissions."""

    def send_events(self, batch: Sequence[Event]) -> BatchAnswer:
        """Push events; the same again is harmless."""


class _Interrupted(Exception):
    """The visitor paused the submission, or the process is to end."""


class Sender:
    """Sends one item after the other. Raises StoreError, and nothing of the network's."""

    def __init__(
        self,
        outbox: Outbox,
        server: PrivateServer,
        keys: Callable[[], KeySet],
        *,
        is_stopped: Callable[[], bool] = lambda: False,
        elapsed: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
        answered: Callable[[], None] = lambda: None,
    ) -> None:
        """`keys` are those known without asking; `elapsed` counts seconds; `chance` in [0, 1).

        `answered` is called whenever the server has taken or refused something.
        """
        self._outbox, self._server, self._keys = outbox, server, keys
        self._answered = answered
        self._is_stopped, self._elapsed, self._chance = is_stopped, elapsed, chance

    def send_due(self, *, quick: bool) -> bool:
        """Send the oldest item that is due; tell whether there was one.

        Killed at any point, it is done again: the server knows a submission by its id, and
        files go on where they were.
        """
        item = self._outbox.due(quick=quick)
        if item is None:
            return False
        found = self._outbox.begin(item.id)
        if found is None:
            return True
        manifest = None
        addresses = {each.file.sha256: each.upload for each in found}
        try:
            if item.kind is Kind.SUBMISSION:
                manifest = _manifest(item)
                self._submit(item, manifest, found, addresses)
            elif item.kind is Kind.EVENT:
                self._tell(item)
            else:
                self._outbox.answered(item.id, self._server.matters(_person(item)))
        except _Interrupted:
            self._outbox.interrupted(item.id)
        except DamagedFile as problem:
            self._park(item, Trouble.DAMAGED, problem, manifest)
        except DiskTrouble as problem:
            # Of one file, perhaps; if it is of the database, this fails too and is passed on.
            self._later(item, Trouble.DISK, problem)
        except (SyncError, BadSignature) as problem:
            self._not_sent(item, problem, manifest)
            if isinstance(problem, TooLate):
                self._give_up(addresses)
        else:
            self._accepted()
        return True

    def server_is_back(self) -> None:
        """What waits because the server was away is tried within `WAKE_S`, each at another time."""
        self._outbox.wake(lambda: self._chance() * WAKE_S)

    def _accepted(self) -> None:
        """The server answered this terminal, whatever it said: nothing stands still."""
        self._answered()
        if self._outbox.is_stopped():
            self._outbox.accepted()

    def _not_sent(
        self, item: Item, problem: SyncError | BadSignature, manifest: Manifest | None
    ) -> None:
        if isinstance(problem, Rejected | ReceiptDoubtful | BadSignature):
            self._accepted()
        if isinstance(problem, TooLate) and manifest is not None:
            self._outbox.too_late(item.id, manifest, problem.server_time)
            _log.warning("something came too late by the server's clock")
        elif isinstance(problem, ReceiptDoubtful | BadSignature):
            self._park(item, Trouble.RECEIPT, problem, manifest)
        elif isinstance(problem, Unauthorised):
            wait_s = jittered(CAP_S, self._chance())
            self._outbox.stop(item.id, _detail(problem), wait_s)
            _log.error("the outbox stops: %s; next try in %.0f s", problem, wait_s)
        elif isinstance(problem, Rejected) and not isinstance(problem, Unknown):
            self._park(item, Trouble.REJECTED, problem, manifest)
        else:
            # An older server, which knows no submissions yet, is as good as none.
            self._later(item, Trouble.OFFLINE, problem)

    def _later(self, item: Item, trouble: Trouble, problem: Exception) -> None:
        if self._is_stopped():
            # The end of the process cut the line; the item did not fail.
            self._outbox.interrupted(item.id)
            return
        wish = problem.retry_after_s if isinstance(problem, Offline) else None
        wait_s = backoff(item.failures + 1, self._chance(), retry_after_s=wish)
        self._outbox.failed(item.id, trouble, _detail(problem), wait_s)
        level = logging.WARNING if item.failures == 0 else logging.DEBUG
        _log.log(level, "%s: %s; next try in %.1f s", item.kind, problem, wait_s)

    def _park(
        self, item: Item, trouble: Trouble, problem: Exception, manifest: Manifest | None
    ) -> None:
        self._outbox.park(item.id, trouble, _detail(problem), manifest)
        _log.error("%s %s parked, staff must look: %s", item.kind, item.id, problem)

    def _tell(self, item: Item) -> None:
        event = _event(item)
        results = self._server.send_events([event]).results
        found = [each for each in results if (each.source, each.id) == (event.source, event.id)]
        if not found:
            raise Offline("the server did not answer for the event")
        if found[0].status not in _DELIVERED:
            raise Rejected(found[0].detail or f"the answer is {found[0].status}")
        self._outbox.done(item.id)

    def _submit(
        self,
        item: Item,
        manifest: Manifest,
        found: Sequence[OutgoingFile],
        addresses: dict[str, str],
    ) -> None:
        """Bring all of it to the server; `addresses` (SHA-256 → upload) is kept up to date."""
        # An answer may have been lost after all was there: then only the receipt is asked for.
        whole = all(each.upload and each.sent == each.file.size for each in found)
        for _ in range(_ROUNDS):
            if self._is_stopped():
                raise _Interrupted
            sent = not whole
            if sent:
                self._send_files(item, manifest, found, addresses)
            try:
                signed = self._server.submit(item.id, manifest.with_uploads(addresses))
            except FilesMissing:
                if sent:
                    # All was there, but not what it should be: other bytes, as after a server's
                    # crash. Only an upload from the beginning can mend it.
                    self._give_up(addresses)
                whole = False
                continue
            self._prove(signed, manifest, item.id)
            # No word of it in the log: who counts the lines knows the count (domain rule 2).
            self._outbox.delivered(item.id, manifest, signed)
            return
        raise Rejected("the server finds files missing again and again")

    def _give_up(self, addresses: dict[str, str]) -> None:
        """Let the server drop what was sent; what it does not hear of, it drops by itself."""
        for sha256, address in addresses.items():
            addresses[sha256] = ""
            if not address:
                continue
            try:
                self._server.end_upload(address)
            except SyncError as problem:
                _log.debug("an upload is not ended: %s", problem)

    def _prove(self, signed: SignedReceipt, manifest: Manifest, id: str) -> None:
        known = self._keys()
        try:
            check_receipt(signed, manifest, id, known)
            return
        except UnknownKey:
            told = self._server.keys()
        try:
            # Who answers is not proven: of several keys a known one must vouch for the new one.
            check_receipt(signed, manifest, id, known.joined(told) if known.keys else told)
        except UnknownKey:
            raise Offline(
                "the receipt has a key that no known key of this centre vouches for"
            ) from None

    def _send_files(
        self,
        item: Item,
        manifest: Manifest,
        found: Sequence[OutgoingFile],
        addresses: dict[str, str],
    ) -> None:
        """Bring every file to its end; `addresses` (SHA-256 → upload) is kept up to date."""
        handed = {file.sha256: file for file in manifest.files}
        rate, before = Rate(), 0
        for each in found:
            progress = _Progress(self, item.id, each, rate, before)
            with self._outbox.reader(each) as reader:
                address = addresses[each.file.sha256]
                for _ in range(_ROUNDS):
                    if not address:
                        address = self._server.create_upload(handed[each.file.sha256], item.id)
                        addresses[each.file.sha256] = address
                        progress.begun(address)
                    try:
                        self._server.send_file(address, reader, progress.at(address))
                    except UploadGone:
                        address = ""
                        continue
                    break
                else:
                    raise Offline("the server forgets an upload again and again")
            progress.ended(address)
            before += each.file.size

    def note(
        self, id: str, file: OutgoingFile, address: str, sent: int, rate: float | None
    ) -> None:
        """Keep how far a file got. Raises _Interrupted when the attempt is to end."""
        if not self._outbox.uploaded(id, file, address, sent, rate) or self._is_stopped():
            raise _Interrupted

    def seconds(self) -> float:
        """The clock that rates are measured by."""
        return self._elapsed()


class _Progress:
    """What is told of one file's way, not more often than every `PROGRESS_S`."""

    def __init__(
        self, sender: Sender, id: str, file: OutgoingFile, rate: Rate, before: int
    ) -> None:
        self._sender, self._id, self._file = sender, id, file
        self._rate, self._before = rate, before
        self._told_s = -PROGRESS_S

    def begun(self, address: str) -> None:
        self._sender.note(self._id, self._file, address, 0, None)

    def at(self, address: str) -> Callable[[int], None]:
        def progress(sent: int) -> None:
            now_s = self._sender.seconds()
            rate = self._rate.add(now_s, self._before + sent)
            if now_s - self._told_s >= PROGRESS_S:
                self._told_s = now_s
                self._sender.note(self._id, self._file, address, sent, rate)

        return progress

    def ended(self, address: str) -> None:
        size = self._file.file.size
        rate = self._rate.add(self._sender.seconds(), self._before + size)
        self._sender.note(self._id, self._file, address, size, rate)


def _manifest(item: Item) -> Manifest:
    """Read what was handed in. Raises DamagedFile."""
    try:
        manifest = Manifest.model_validate_json(item.content)
    except ValidationError:
        raise DamagedFile("this program cannot read the manifest any more") from None
    if manifest.digest != item.digest:
        raise DamagedFile("the manifest is not what was handed in")
    return manifest


def _event(item: Item) -> Event:
    """Read what is to be told. Raises DamagedFile."""
    try:
        return Event.model_validate_json(item.content)
    except ValidationError:
        raise DamagedFile("this program cannot read the event any more") from None


def _person(item: Item) -> Person:
    """Read who asks. Raises DamagedFile."""
    try:
        return Person.model_validate_json(item.content)
    except ValidationError:
        raise DamagedFile("this program cannot read the question any more") from None


def _detail(problem: Exception) -> str:
    return str(problem)[:_DETAIL_LENGTH]
