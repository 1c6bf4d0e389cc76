"""提交: taking a manifest with its files in, once, and finding submissions again.

The files get a second name, in the folder of submissions, before the one transaction that makes
the submission; a kill between the two leaves names that nothing refers to, and the same request
goes on from there.
"""

import base64
import contextlib
import json
import secrets
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from devices.idcard.identity import masked_number
from kiosk.central.authorisations import is_withdrawn
from kiosk.central.database import CentralDatabase
from kiosk.central.forms import handed_in_late
from kiosk.central.keyring import Keyring
from kiosk.central.openings import may_be_told
from kiosk.central.projects import project_of
from kiosk.central.schema import submissions, submitted_files, uploads
from kiosk.central.uploads import BusyUpload, UnknownUpload, Upload, Uploads
from kiosk.sync.instant import from_microseconds, to_microseconds
from kiosk.sync.receipt import NUMBER_BYTES, make_receipt, receipt_number, sign_receipt
from kiosk.sync.submission import (
    HandedFile,
    Manifest,
    Receipt,
    SignedReceipt,
)


class TooLate(Exception):
    """The deadline has passed: final."""


class IdReused(Exception):
    """The id stands for another content: final."""


class CodeWithdrawn(Exception):
    """The centre has withdrawn the authorisation code of whoever hands in: final."""


class UnknownProject(LookupError):
    """No such notice is public, or it is of another tender: final."""


class NotInviting(Exception):
    """The notice invites no documents, or its project was cancelled: final."""


class Incomplete(Exception):
    """A file has not been received to its end: the client goes on with it."""


class Mismatch(Exception):
    """A file is not the one that was announced; its upload is gone, the client begins it anew."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A submission as it was taken in."""

    id: str
    received_at: datetime
    manifest: dict[str, Any]
    """As the terminal sent it, but with the number masked and without addresses."""
    signed: SignedReceipt
    files: tuple[Path, ...]
    """In the order of the manifest."""

    @property
    def is_form(self) -> bool:
        """Whether a form was filled in; without, it is a bid or another document of a project."""
        return self.manifest.get("form") is not None


class Submissions:
    """All submissions of one server."""

    def __init__(self, database: CentralDatabase, uploads: Uploads, keyring: Keyring) -> None:
        self._database = database
        self._uploads = uploads
        self._keyring = keyring

    def claim(self, id: str) -> AbstractContextManager[None]:
        """Keep the same submission, asked for again, out until this one is answered.

        The moment that counts is read inside it: so none is told that it came too late while an
        earlier request, which came in time, is still being answered. Raises `uploads.BusyUpload`.
        """
        return self._uploads.claim(id)

    def hand_in(self, id: str, manifest: Manifest, now: datetime) -> tuple[SignedReceipt, bool]:
        """Take a submission in, inside a claim; tell whether it is new.

        Raises TooLate, IdReused, CodeWithdrawn, UnknownProject, NotInviting, Incomplete, Mismatch,
        UnknownUpload, `forms.UnknownForm`, `uploads.BusyUpload` and `keyring.UnusableKeys`.
        """
        digest = self._keyring.keyed_hash("submission", id, manifest.digest)
        try:
            return self._hand_in(id, digest, manifest, now)
        except (TooLate, UnknownUpload):
            # Another process may have taken it in since it was looked for.
            with self._database.reading() as connection:
                known = _known(connection, id, digest)
            if known is None:
                raise
            return known, False

    def _hand_in(
        self, id: str, digest: str, manifest: Manifest, now: datetime
    ) -> tuple[SignedReceipt, bool]:
        with self._database.reading() as connection:
            known = _known(connection, id, digest)
            if known is None:
                _check_code(connection, manifest)
                _check_project(connection, manifest, now)
        taken = [_upload_id(file) for file in manifest.files]
        if known is not None:
            self._drop_needless(id, taken, now)
            return known, False
        with self._uploads.claim(*taken):
            for file, upload in zip(manifest.files, taken, strict=True):
                self._check_file(id, file, upload, now)
            for upload in taken:
                self._uploads.link(upload)
            receipt = make_receipt(
                manifest,
                id,
                number=receipt_number(secrets.token_bytes(NUMBER_BYTES)),
                received_at=now,
            )
            signed = sign_receipt(receipt, self._keyring.signing_key())
            with self._database.writing() as connection:
                known = _known(connection, id, digest)
                if known is not None:
                    return known, False
                self._store(connection, id, digest, manifest, taken, signed, now)
            for upload in taken:
                self._uploads.path(upload).unlink(missing_ok=True)
        return signed, True

    def of_person(self, name: str, number: str) -> tuple[Stored, ...]:
        """The submissions of one person, the newest first. Raises `keyring.UnusableKeys`."""
        person = self._keyring.person(name, number)
        with self._database.reading() as connection:
            return self._stored(connection, submissions.c.person == person)

    def tellable_of_person(self, name: str, number: str) -> tuple[Stored, ...]:
        """Those that anybody may learn of: of a project, once its opening has started."""
        found = self.of_person(name, number)
        with self._database.reading() as connection:
            return tuple(
                each
                for each in found
                if may_be_told(connection, str(each.manifest.get("notice_id", "")))
            )

    def of_notice(self, *notice_ids: str) -> tuple[Stored, ...]:
        """What was handed in for one project: for after its opening only (domain rule 2)."""
        with self._database.reading() as connection:
            return self._stored(connection, submissions.c.notice_id.in_(notice_ids))

    def forms(self) -> tuple[Stored, ...]:
        """Forms that anybody may learn of: of a project, once its opening has started."""
        with self._database.reading() as connection:
            named = connection.scalars(select(submissions.c.notice_id).distinct()).all()
            told = [each for each in named if may_be_told(connection, each)]
            found = self._stored(connection, submissions.c.notice_id.in_(told))
        return tuple(each for each in found if each.is_form)

    def _stored(self, connection: Connection, which: Any) -> tuple[Stored, ...]:
        rows = connection.execute(
            select(submissions)
            .where(which)
            .order_by(submissions.c.received_at.desc(), submissions.c.id)
        ).all()
        return tuple(self._read(connection, row) for row in rows)

    def _read(self, connection: Connection, row: Row[Any]) -> Stored:
        files = connection.scalars(
            select(submitted_files.c.file)
            .where(submitted_files.c.submission == row.id)
            .order_by(submitted_files.c.place)
        ).all()
        return Stored(
            row.id,
            from_microseconds(row.received_at),
            json.loads(row.manifest),
            SignedReceipt(token=row.token, short=row.short),
            tuple(self._uploads.submitted_path(file) for file in files),
        )

    def _drop_needless(self, submission: str, taken: Sequence[str], now: datetime) -> None:
        """End uploads that were made anew for a submission that had its files already."""
        for id in taken:
            with contextlib.suppress(UnknownUpload, BusyUpload):
                upload = self._uploads.get(id, now)
                if upload.submission == submission and not upload.claimed:
                    self._uploads.drop(id)

    def _check_file(self, submission: str, file: HandedFile, id: str, now: datetime) -> None:
        upload = self._uploads.get(id, now)
        if upload.claimed or upload.submission != submission:
            raise UnknownUpload(id)
        if not upload.is_complete:
            raise Incomplete
        if not _fits(upload, file):
            # Never to fit: as long as it stands, a client would find it complete.
            self._uploads.take_away(id)
            raise Mismatch

    def _store(
        self,
        connection: Connection,
        id: str,
        digest: str,
        manifest: Manifest,
        taken: Sequence[str],
        signed: SignedReceipt,
        now: datetime,
    ) -> None:
        submitter = manifest.submitter
        content = manifest.model_dump(mode="json", exclude={"files": {"__all__": {"upload"}}})
        content["submitter"]["number"] = masked_number(submitter.number)
        connection.execute(
            insert(submissions).values(
                id=id,
                digest=digest,
                person=self._keyring.person(submitter.name, submitter.number),
                notice_id=manifest.notice_id,
                received_at=to_microseconds(now),
                manifest=json.dumps(content, ensure_ascii=False),
                token=signed.token,
                short=signed.short,
            )
        )
        for place, upload in enumerate(taken):
            connection.execute(
                insert(submitted_files).values(submission=id, place=place, file=upload)
            )
            connection.execute(update(uploads).where(uploads.c.id == upload).values(claimed=True))


def receipt_of(stored: Stored) -> Receipt:
    """The receipt that a stored submission was answered with."""
    payload = stored.signed.token.split(".")[1]
    return Receipt.model_validate_json(
        base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    )


def _known(connection: Connection, id: str, digest: str) -> SignedReceipt | None:
    row = connection.execute(
        select(submissions.c.digest, submissions.c.token, submissions.c.short).where(
            submissions.c.id == id
        )
    ).one_or_none()
    if row is None:
        return None
    if row.digest != digest:
        raise IdReused
    return SignedReceipt(token=row.token, short=row.short)


def _check_code(connection: Connection, manifest: Manifest) -> None:
    code = manifest.submitter.authorisation
    if code and is_withdrawn(connection, code):
        raise CodeWithdrawn


def _check_project(connection: Connection, manifest: Manifest, now: datetime) -> None:
    form = manifest.form
    has_deadline = form is None or not handed_in_late(connection, form.form, form.version)
    if not manifest.notice_id:
        return
    project = project_of(connection, manifest.notice_id)
    if project is None or manifest.tender_no not in ("", project.tender_no):
        raise UnknownProject
    if not has_deadline:
        return
    invitation = project.invites
    if invitation is None or invitation.ended_at is not None:
        raise NotInviting
    if not invitation.takes_at(now):
        raise TooLate


def _upload_id(file: HandedFile) -> str:
    return file.upload.rstrip("/").rpartition("/")[2] or "-"


def _fits(upload: Upload, file: HandedFile) -> bool:
    return (
        upload.length == file.size
        and upload.sha256 == file.sha256
        and upload.found_sha256 == file.sha256
    )
