"""The sender's side of the encrypted store: what is to be sent, and what became of it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError
from sqlite_utils import Database

from display.trusted_time import Reading, TrustedTime
from kiosk.private import ageing, drafts, files, items, keepsakes
from kiosk.private.ageing import ANSWER_KEPT, Retention
from kiosk.private.connection import truncate, writing
from kiosk.private.errors import named_errors
from kiosk.private.files import OutgoingFile
from kiosk.private.identity import Identity, Owner, owner_of
from kiosk.private.items import Item
from kiosk.private.staged import StagedFolder, StagedReader
from kiosk.private.taking_out import ParkedItem, take_out
from kiosk.private.transfer import Keepsake, Kind, State, Trouble, Waiting
from kiosk.sync.instant import to_microseconds
from kiosk.sync.submission import Manifest, Matters, SignedReceipt


@dataclass(frozen=True, slots=True)
class OutboxHealth:
    """How the outbox is, without any number that could tell how many handed in."""

    kinds: dict[str, str]
    """Kind of item → "clear", "waiting" or "parked"."""
    stopped: bool
    """The server does not accept this terminal."""
    problem: Trouble


class Outbox:
    """What the sender does with the store. Every method may raise StoreError."""

    def __init__(
        self,
        database: Database,
        folder: StagedFolder,
        secret: bytes,
        clocks: Callable[[], Reading],
        retention: Retention,
        export_root: bytes,
    ) -> None:
        """`export_root`: see `kiosk.private.taking_out.root_of`."""
        self._database, self._folder, self._secret = database, folder, secret
        self._clocks, self._retention = clocks, retention
        self._export_root = export_root

    def due(self, *, quick: bool) -> Item | None:
        """The item to send now; None while none is due, or while everything is stopped."""
        with named_errors():
            elapsed = ageing.read(self._database, self._clocks())
            if self._stopped_s(elapsed.lived_s) > 0:
                return None
            return items.due(self._database, elapsed, quick=quick)

    def begin(self, id: str) -> tuple[OutgoingFile, ...] | None:
        """An attempt begins; the files of the item, or None: it is not to be sent any more."""
        with writing(self._database):
            ageing.advance(self._database, self._clocks())
            if not items.begin(self._database, id):
                return None
            return files.outgoing(self._database, id)

    def reader(self, file: OutgoingFile) -> StagedReader:
        """Open a file's plain bytes; the caller closes it. Raises DamagedFile."""
        with named_errors():
            found = files.key_and_size(self._database, file.file.id)
        key, size = found or (bytes(32), -1)
        return self._folder.open(file.file.id, key, size)

    def uploaded(
        self, id: str, file: OutgoingFile, upload: str, sent: int, rate: float | None
    ) -> bool:
        """Note how far a file got; tell whether the attempt may go on."""
        with writing(self._database):
            files.sent(self._database, file.file.id, upload, sent)
            return items.moved(self._database, id, rate)

    def failed(self, id: str, trouble: Trouble, detail: str, wait_s: float) -> None:
        """An attempt failed; the next one after `wait_s`."""
        with writing(self._database):
            elapsed = ageing.advance(self._database, self._clocks())
            items.failed(self._database, id, trouble, detail, elapsed.lived_s + wait_s)

    def wake(self, delay_s: Callable[[], float]) -> None:
        """The server answers again: what waited for that is tried after `delay_s` each."""
        with writing(self._database):
            elapsed = ageing.advance(self._database, self._clocks())
            items.wake(self._database, elapsed, delay_s)

    def interrupted(self, id: str) -> None:
        """An attempt was ended from our side."""
        with writing(self._database):
            items.interrupted(self._database, id)

    def stop(self, id: str, detail: str, wait_s: float) -> None:
        """The server does not accept this terminal: send nothing for `wait_s`."""
        with writing(self._database):
            elapsed = ageing.advance(self._database, self._clocks())
            items.failed(self._database, id, Trouble.REFUSED, detail, elapsed.lived_s)
            self._database.conn.execute(
                "INSERT OR REPLACE INTO facts (name, value) VALUES ('stopped', ?)",
                [elapsed.lived_s + wait_s],
            )

    def accepted(self) -> None:
        """The server answered as it should: nothing is stopped any more."""
        with writing(self._database):
            self._database.conn.execute("DELETE FROM facts WHERE name = 'stopped'")

    def is_stopped(self) -> bool:
        """Whether the server refused this terminal when it was asked last."""
        with named_errors():
            return bool(self._stop_fact())

    def retry(self, id: str) -> bool:
        """Send a parked or waiting item now; tell whether there is one."""
        with writing(self._database):
            found = items.retry(self._database, id)
            if found:
                self._database.conn.execute("DELETE FROM facts WHERE name = 'stopped'")
            return found

    def delivered(self, id: str, manifest: Manifest, signed: SignedReceipt) -> None:
        """The server's receipt is here and proven: keep it for its owner, wipe the rest."""
        self._end(id, manifest, State.DELIVERED, signed)

    def too_late(self, id: str, manifest: Manifest, server_time: datetime | None = None) -> None:
        """The deadline has passed, as the server said at `server_time`: wipe all but that."""
        self._end(id, manifest, State.TOO_LATE, None, server_time)

    def done(self, id: str) -> None:
        """An event was taken: nothing of it stays."""
        with writing(self._database):
            self._database.conn.execute("DELETE FROM items WHERE id = ?", [id])

    def answered(self, id: str, answer: Matters) -> None:
        """A question was answered; the answer stays while its visitor is there."""
        with writing(self._database):
            text = answer.model_dump_json()
            items.settle(self._database, id, State.DELIVERED, Trouble.NONE, text)

    def park(self, id: str, trouble: Trouble, detail: str, manifest: Manifest | None) -> None:
        """Leave an item to staff; the owner of a submission can see that it was not delivered.

        One that is ended or parked already stays as it is, and what was kept of it.
        """
        owner = None if manifest is None else self._owner(manifest)
        with writing(self._database):
            elapsed = ageing.advance(self._database, self._clocks())
            parked = items.park(self._database, id, trouble, detail, elapsed)
            if parked and manifest is not None and owner is not None:
                keepsake = _keepsake(id, State.PARKED, manifest, None)
                keepsakes.keep(self._database, owner, keepsake, elapsed)

    def retry_waiting(self, kind: Kind) -> bool:
        """Send everything of a kind that waits now; tell whether there was anything."""
        waiting = [e.id for e in self.waiting() if (e.kind, e.state) == (kind, State.WAITING)]
        return sum(map(self.retry, waiting)) > 0

    def give_back(self, id: str) -> bool:
        """End a parked submission: its owner learns of it, and why, with the card; wipe the rest.

        False for one that is not parked any more, is none, or cannot be read. Takes some 50 ms.
        """
        with named_errors():
            found = items.parked(self._database, id)
        if found is None or found[0] is not Kind.SUBMISSION:
            return False
        try:
            manifest = Manifest.model_validate_json(found[2])
        except ValidationError:
            return False
        owner = self._owner(manifest)
        with writing(self._database):
            elapsed = ageing.advance(self._database, self._clocks())
            still = items.parked(self._database, id)
            if still is None:
                return False
            kept = _keepsake(id, State.RETURNED, manifest, None, still[1])
            keepsakes.keep(self._database, owner, kept, elapsed)
            gone = self._drop_items([id])
        self._folder.remove(gone)
        return True

    def take_out(self, id: str, out: Path, *, terminal: str, now: datetime) -> int | None:
        """Copy a parked item, sealed, into the new folder `out`; it stays parked.

        Tells how many of its files are missing on the disk; None: it is not parked any more.
        Raises `taking_out.NotTakenOut`.
        """
        with named_errors():
            found = items.parked(self._database, id)
            held = files.sealed(self._database, id)
        if found is None:
            return None
        item = ParkedItem(id, *found, held)
        staged = self._folder.path
        return take_out(item, staged, out, self._export_root, terminal=terminal, now=now)

    def waiting(self) -> tuple[Waiting, ...]:
        """What is not delivered, oldest first; nothing personal."""
        with named_errors():
            elapsed = ageing.read(self._database, self._clocks())
            return items.listing(self._database, elapsed)

    def health(self) -> OutboxHealth:
        """How the outbox is."""
        listed = self.waiting()
        kinds = {}
        for kind in Kind:
            states = {each.state for each in listed if each.kind is kind}
            parked = State.PARKED in states
            kinds[str(kind)] = "parked" if parked else "waiting" if states else "clear"
        problems = [each.problem for each in listed if each.problem]
        return OutboxHealth(kinds, self.is_stopped(), problems[0] if problems else Trouble.NONE)

    def tidy(self, trusted: TrustedTime | None) -> bool:
        """Delete what is over, overwrite what was deleted; False: a reader is in the way.

        To be called once a minute, with the trusted time.
        """
        kept = self._retention
        with writing(self._database):
            elapsed = ageing.advance(self._database, self._clocks(), trusted)
            drafts.purge(self._database, elapsed, kept.drafts)
            keepsakes.purge(self._database, elapsed, kept.keepsakes)
            over = items.over(self._database, "state = 'parked'", elapsed, kept.parked)
            over += items.over(self._database, "kind = 'matters'", elapsed, ANSWER_KEPT)
            gone = self._drop_items(over)
            # Files of drafts that are over, or that a draft held no more when its visit ended.
            gone += files.drop(
                self._database,
                "item IS NULL AND session = ''"
                " AND (draft IS NULL OR draft NOT IN (SELECT slot FROM drafts))",
                [],
            )
        self._folder.remove(gone)
        self.sweep()
        with named_errors():
            return truncate(self._database)

    def sweep(self) -> None:
        """Remove files that nothing knows.

        The folder is listed first: a file's row is there before the file is.
        """
        present = self._folder.present()
        if not present:
            return
        with named_errors():
            unknown = present - files.known(self._database)
        self._folder.remove(sorted(unknown))

    def _end(
        self,
        id: str,
        manifest: Manifest,
        state: State,
        signed: SignedReceipt | None,
        refused_at: datetime | None = None,
    ) -> None:
        owner = self._owner(manifest)
        answer = {
            "files": [
                [file.name, file.size, file.size if signed else 0] for file in manifest.files
            ],
            "receipt": None if signed is None else signed.model_dump(),
            "refused_at": None if refused_at is None else to_microseconds(refused_at),
        }
        trouble = Trouble.TOO_LATE if state is State.TOO_LATE else Trouble.NONE
        with writing(self._database):
            elapsed = ageing.advance(self._database, self._clocks())
            if signed is None and not items.is_open(self._database, id):
                # A receipt stays; nothing that is said later takes its place.
                return
            keepsake = _keepsake(id, state, manifest, signed)
            keepsakes.keep(self._database, owner, keepsake, elapsed)
            gone = files.drop(self._database, "item = ?", [id])
            text = json.dumps(answer, ensure_ascii=False)
            items.settle(self._database, id, state, trouble, text)
        self._folder.remove(gone)

    def _drop_items(self, ids: list[str]) -> list[str]:
        gone = []
        for id in ids:
            gone += files.drop(self._database, "item = ?", [id])
            self._database.conn.execute("DELETE FROM items WHERE id = ?", [id])
        return gone

    def _owner(self, manifest: Manifest) -> Owner:
        who = manifest.submitter
        return owner_of(Identity(who.name, who.number), self._secret)

    def _stop_fact(self) -> float:
        row = self._database.conn.execute(
            "SELECT value FROM facts WHERE name = 'stopped'"
        ).fetchone()
        return 0.0 if row is None else float(row[0])

    def _stopped_s(self, lived_s: float) -> float:
        """Seconds for which nothing is to be sent."""
        return max(0.0, self._stop_fact() - lived_s)


def _keepsake(
    id: str,
    state: State,
    manifest: Manifest,
    receipt: SignedReceipt | None,
    problem: Trouble = Trouble.NONE,
) -> Keepsake:
    return Keepsake(id, state, manifest.title, manifest.tender_no, receipt, problem)
