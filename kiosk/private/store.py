"""The visitor's side of the encrypted store. Whoever uses it in another thread opens their own."""

import json
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from display.trusted_time import Reading, TrustedTime
from kiosk.private import ageing, connection, drafts, files, items, keepsakes
from kiosk.private.ageing import Retention
from kiosk.private.connection import truncate, writing
from kiosk.private.drafts import Draft
from kiosk.private.errors import DamagedFile, Stopped, Unsuitable, named_errors
from kiosk.private.files import StagedFile
from kiosk.private.identity import Identity, Owner, owner_of
from kiosk.private.key import StoreKey
from kiosk.private.outbox import Outbox
from kiosk.private.sealed_file import KEY_BYTES
from kiosk.private.staged import MARGIN_BYTES, Source, StagedFolder, StagedReader
from kiosk.private.taking_out import root_of
from kiosk.private.transfer import Keepsake, Kind, Question, State, Transfer
from kiosk.sync.events import Event
from kiosk.sync.submission import Manifest, Matters, Person, SignedReceipt, submission_id

DATABASE_NAME = "private.db"
"""Name of the file in the terminal's data folder."""
STAGED_NAME = "staged"
"""Name of the folder in the terminal's data folder."""
VISIT = "visit"
"""Name of the session, where one visitor at a time needs no other."""

_CHANCE_BYTES = 10


class PrivateStore:
    """Drafts, staged files and what was handed in. Every method may raise StoreError."""

    def __init__(
        self,
        folder: Path,
        key: StoreKey,
        *,
        clocks: Callable[[], Reading],
        create: bool = True,
        retention: Retention | None = None,
        margin_bytes: int = MARGIN_BYTES,
    ) -> None:
        """`folder` is the terminal's data folder; `margin_bytes` stay free on its disk.

        Raises NotReady, WrongKey, Damaged, DiskTrouble.
        """
        self._database = connection.open_database(folder / DATABASE_NAME, key, create=create)
        self._clocks = clocks
        self._retention = retention or Retention()
        self._folder = StagedFolder(folder / STAGED_NAME, margin_bytes=margin_bytes)
        with named_errors():
            self._secret: bytes = self._database.conn.execute(
                "SELECT value FROM secret"
            ).fetchone()[0]
        self._known: tuple[Identity, Owner] | None = None
        self.outbox = Outbox(
            self._database, self._folder, self._secret, clocks, self._retention, root_of(key)
        )
        """The sender's side."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database and forget whose card was laid."""
        self._known = None
        self._database.conn.close()

    # Drafts

    def save_draft(
        self,
        identity: Identity,
        form: str,
        version: int,
        step: str,
        values: Mapping[str, Any],
        now: datetime,
        *,
        staged: Sequence[StagedFile] = (),
    ) -> None:
        """Keep what was entered so far; `now` is what the screen tells as its time.

        `staged` files are kept with it, as long as it is, and opened only with its owner's card.
        The first call for an identity takes some 50 ms more than the others, which are one commit.
        """
        owner = self._owner(identity)
        with writing(self._database):
            elapsed = ageing.advance(self._database, self._clocks())
            slot = drafts.slot_of(owner, form)
            kept = files.bind(self._database, slot, [file.id for file in staged])
            draft = Draft(form, version, step, values, now, kept)
            drafts.save(self._database, owner, draft, elapsed)

    def drafts(self, identity: Identity) -> tuple[Draft, ...]:
        """The drafts of an identity, newest first."""
        owner = self._owner(identity)
        with named_errors():
            elapsed = ageing.read(self._database, self._clocks())
            return drafts.of_owner(self._database, owner, elapsed, self._retention.drafts)

    def draft(self, identity: Identity, form: str) -> Draft | None:
        """The draft of one form."""
        return next((draft for draft in self.drafts(identity) if draft.form == form), None)

    def take_up_draft(
        self, identity: Identity, form: str, *, session: str = VISIT
    ) -> tuple[StagedFile, ...]:
        """The files of a draft that are still there, staged in this session from now on."""
        draft = self.draft(identity, form)
        if draft is None or not draft.kept:
            return ()
        slot = drafts.slot_of(self._owner(identity), form)
        with writing(self._database):
            found = [
                each.file
                for each in draft.kept
                if files.unlock(self._database, slot, each, session)
            ]
        present = self._folder.present()
        for file in found:
            if file.id not in present:
                self.unstage(file)
        return tuple(file for file in found if file.id in present)

    def drop_draft(self, identity: Identity, form: str) -> None:
        """Delete a draft with its files, if it is there."""
        owner = self._owner(identity)
        with writing(self._database):
            gone = self._drop_draft(owner, form)
        self._folder.remove(gone)

    # Staged files

    def stage(
        self,
        source: Source,
        *,
        name: str,
        media_type: str,
        size: int | None = None,
        session: str = VISIT,
        progress: Callable[[int], None] = lambda _: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> StagedFile:
        """Copy a file into the terminal, encrypted; `progress` is told the bytes so far.

        `size` is what the file had when it was chosen. Raises NoRoom, SourceVanished, Stopped
        and DiskTrouble, and keeps nothing of the file then.
        """
        id, key = secrets.token_hex(16), os.urandom(KEY_BYTES)
        with writing(self._database):
            files.begin(self._database, id, key, session=session, name=name, media_type=media_type)
        try:
            copied, sha256 = self._folder.write(id, key, source, size, progress, stopped)
            staged = StagedFile(id, name, media_type, copied, sha256)
            with writing(self._database):
                if not files.finish(self._database, staged):
                    raise Stopped("the session ended while the file was copied")
        except BaseException:
            self._unstage("id = ?", [id])
            raise
        return staged

    def staged(self, session: str = VISIT) -> tuple[StagedFile, ...]:
        """The staged files of a session that were not handed in, in the order of copying."""
        with named_errors():
            return files.of_session(self._database, session)

    def open_staged(self, file: StagedFile) -> StagedReader:
        """Read a staged file; the caller closes it. Raises DamagedFile."""
        with named_errors():
            found = files.key_and_size(self._database, file.id)
        if found is None:
            raise DamagedFile("the file is not staged any more")
        return self._folder.open(file.id, *found)

    def unstage(self, file: StagedFile) -> None:
        """Take back a file that was not handed in."""
        self._unstage("id = ? AND item IS NULL", [file.id])

    # Handing in

    def hand_in(
        self,
        manifest: Manifest,
        staged: Sequence[StagedFile],
        now: datetime,
        *,
        session: str = VISIT,
    ) -> str:
        """Owe a submission to the server and drop its draft, both or neither; the id is frozen.

        `staged` are the manifest's files. Raises Unsuitable if they are not, or are not staged.
        """
        named = [(file.name, file.size, file.sha256) for file in manifest.files]
        if named != [(file.name, file.size, file.sha256) for file in staged]:
            raise Unsuitable("the manifest names other files than are handed in")
        id = submission_id(int(now.timestamp() * 1000), os.urandom(_CHANCE_BYTES))
        who = manifest.submitter
        owner = self._owner(Identity(who.name, who.number))
        with writing(self._database):
            elapsed = ageing.advance(self._database, self._clocks())
            items.put(
                self._database,
                id,
                Kind.SUBMISSION,
                manifest.model_dump_json(),
                elapsed,
                session=session,
                owner=owner.mark,
                digest=manifest.digest,
                quick=not manifest.files,
            )
            if files.attach(self._database, [file.id for file in staged], id) != len(staged):
                raise Unsuitable("a file is not staged any more")
            gone = []
            if manifest.form is not None:
                gone = self._drop_draft(owner, manifest.form.form)
        self._folder.remove(gone)
        return id

    def owe_event(self, event: Event) -> None:
        """Owe an event with personal content; one that is owed already stays as it is."""
        with writing(self._database):
            elapsed = ageing.advance(self._database, self._clocks())
            if not items.is_there(self._database, event.id):
                text = event.model_dump_json(exclude_none=True)
                items.put(self._database, event.id, Kind.EVENT, text, elapsed, session="")

    def ask_matters(self, identity: Identity, *, session: str = VISIT) -> str:
        """Ask the server for somebody's matters; `question` tells the answer."""
        id = secrets.token_hex(16)
        person = Person(name=identity.name, number=identity.number)
        with writing(self._database):
            elapsed = ageing.advance(self._database, self._clocks())
            text = person.model_dump_json()
            items.put(self._database, id, Kind.MATTERS, text, elapsed, session=session)
        return id

    def question(self, id: str) -> Question | None:
        """How a question is; None: there is none such any more."""
        with named_errors():
            row = items.state_and_answer(self._database, id)
        if row is None:
            return None
        state, trouble, answer = row
        matters = Matters.model_validate_json(answer) if answer else None
        return Question(state, matters, trouble)

    def progress(self, submission: str) -> Transfer | None:
        """How a submission is; None: there is none such any more."""
        with named_errors():
            elapsed = ageing.read(self._database, self._clocks())
            return items.transfer(self._database, submission, elapsed)

    def pause(self, submission: str) -> bool:
        """Hold a submission; tell whether it can still be held."""
        with writing(self._database):
            return items.pause(self._database, submission, True)

    def resume(self, submission: str) -> bool:
        """Go on with a submission, at once; tell whether it waits at all."""
        with writing(self._database):
            return items.pause(self._database, submission, False)

    def receipt(self, submission: str) -> SignedReceipt | None:
        """The receipt, while the session lasts; None: not delivered."""
        with named_errors():
            row = items.state_and_answer(self._database, submission)
        if row is None or row[0] is not State.DELIVERED or row[2] is None:
            return None
        return SignedReceipt.model_validate(json.loads(row[2])["receipt"])

    def keepsakes(self, identity: Identity) -> tuple[Keepsake, ...]:
        """What became of an identity's submissions from this terminal, newest first.

        Those that still wait are among them.
        """
        owner = self._owner(identity)
        with named_errors():
            elapsed = ageing.read(self._database, self._clocks())
            ended = keepsakes.of_owner(self._database, owner, elapsed, self._retention.keepsakes)
            under_way = items.of_owner(self._database, owner.mark)
        known = {each.submission for each in ended if each.state is not State.PARKED}
        open_ones = []
        for id, state, content in under_way:
            if id not in known:
                manifest = Manifest.model_validate_json(content)
                open_ones.append(Keepsake(id, state, manifest.title, manifest.tender_no, None))
        listed = {each.submission for each in open_ones}
        both = [*open_ones, *(each for each in ended if each.submission not in listed)]
        return tuple(sorted(both, key=lambda each: each.submission, reverse=True))

    def receipts(self, identity: Identity) -> tuple[SignedReceipt, ...]:
        """The receipts of an identity from this terminal, newest first."""
        kept = self.keepsakes(identity)
        return tuple(each.receipt for each in kept if each.receipt is not None)

    def data_version(self) -> int:
        """Changes when another connection has written: then `progress` may say something new."""
        with named_errors():
            return int(self._database.conn.execute("PRAGMA data_version").fetchone()[0])

    # The end

    def release(self, submission: str) -> None:
        """The visitor has seen it: an ended submission goes, another one is sent on."""
        with writing(self._database):
            items.release(self._database, "id = ?", [submission])

    def forget(self, session: str = VISIT) -> bool:
        """End a session: what was not handed in is wiped, what was is sent on unseen.

        Files of drafts stay as long as their drafts, and only their owners can open them.
        Returns False where a reader of another process kept the write-ahead log from being cut
        off, which `Outbox.tidy` then does.
        """
        self._known = None
        with writing(self._database):
            items.release(self._database, "session = ?", [session])
            files.lock(self._database, "session = ?", [session])
        self._unstage("session = ? AND item IS NULL", [session])
        return truncate(self._database)

    def begin_service(self, trusted: TrustedTime | None) -> None:
        """At the kiosk's start: no session of before is left, and nothing that is over."""
        with writing(self._database):
            items.release(self._database, "session <> ''", [])
            files.lock(self._database, "session <> ''", [])
        self._unstage("item IS NULL AND draft IS NULL", [])
        self.outbox.tidy(trusted)

    def _unstage(self, where: str, values: list[object]) -> None:
        with writing(self._database):
            gone = files.drop(self._database, where, values)
        self._folder.remove(gone)

    def _drop_draft(self, owner: Owner, form: str) -> list[str]:
        """Within a transaction; tells the files to be removed from the disk."""
        drafts.drop(self._database, owner, form)
        slot = drafts.slot_of(owner, form)
        return files.drop(self._database, "draft = ? AND item IS NULL", [slot])

    def _owner(self, identity: Identity) -> Owner:
        """Derived once a visit; `forget` drops it."""
        if self._known is None or self._known[0] != identity:
            self._known = (identity, owner_of(identity, self._secret))
        return self._known[1]
