"""Taking notices in from files; what is bad is named and stays out, the rest goes in."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, insert, select, update

from display.local_time import SHANGHAI
from display.notice import Attachment, Notice, NoticeKind
from kiosk.central import blob_links, ocds, portal
from kiosk.central.attachments import NamedFile, named_files, release_files
from kiosk.central.database import CentralDatabase
from kiosk.central.feeds import feed_info, is_listed, write_change
from kiosk.central.fields import RefusedRecord
from kiosk.central.files import Record, Unreadable, read_records
from kiosk.central.publication import release_batch, release_due
from kiosk.central.schema import cancellations, notices
from kiosk.central.secrecy import secrecy_of
from kiosk.sync.contract import notice_document
from kiosk.sync.instant import from_microseconds, to_microseconds

_BATCH = 200
"""Records in one transaction: each commit waits for the disk."""


class Outcome(StrEnum):
    """What came of a record that was not refused."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A record that stayed out. Holds no text of the record."""

    file: str
    line: int
    """From 1; 0 when the file itself cannot be read."""
    item: str
    """Which part of the line's value; empty for all of it."""
    reason: str

    def __str__(self) -> str:
        place = ":".join(filter(None, [self.file, str(self.line or ""), self.item]))
        return f"{place}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Reduction:
    """What was left out of a record's HTML. Holds no text of the record."""

    file: str
    line: int
    item: str
    dropped: Mapping[str, int]
    """Kind → how many."""

    def __str__(self) -> str:
        place = ":".join(filter(None, [self.file, str(self.line or ""), self.item]))
        return f"{place}: {counted(self.dropped)}"


@dataclass(frozen=True, slots=True)
class Report:
    """What came of an import, in numbers of records."""

    added: int
    updated: int
    unchanged: int
    refused: int
    refusals: tuple[Refusal, ...]
    """One for each refused record, in order."""
    reductions: tuple[Reduction, ...] = ()
    """One for each record that lost something of its HTML, in order."""

    @property
    def dropped(self) -> Mapping[str, int]:
        """What all records lost: kind → how many."""
        total = Counter[str]()
        for reduction in self.reductions:
            total.update(reduction.dropped)
        return total


@dataclass(frozen=True, slots=True)
class _Item:
    """A record as it will be stored."""

    id: str
    published_at: datetime
    notice: Notice | None
    ocid: str | None = None
    cancels: bool = False
    dropped: Mapping[str, int] = field(default_factory=dict)
    files: tuple[NamedFile, ...] = ()
    """What its attachments were taken from."""
    id_key: str = "id"
    """What the record calls its id."""


def counted(dropped: Mapping[str, int]) -> str:
    """Say in words what was left out, the most frequent first."""
    ordered = sorted(dropped.items(), key=lambda each: (-each[1], each[0]))
    return ", ".join(f"{kind} {number}" for kind, number in ordered)


def import_files(
    database: CentralDatabase, paths: Iterable[Path], *, channel: str, now: datetime
) -> Report:
    """Import portal records, candidate lists and OCDS releases into a channel.

    Importing the same again changes nothing. What is not yet due is withheld. Attachments are
    read from beside the file that names them. Raises `feeds.UnknownChannel` for a channel that
    the database does not own.
    """
    feed_info(database, channel)
    blob_links.clear_leftovers(database)
    importer = _Importer(database, channel, now)
    for path in paths:
        importer.read(path)
    release_due(database, now)
    counts = importer.counts
    return Report(
        added=counts[Outcome.ADDED],
        updated=counts[Outcome.UPDATED],
        unchanged=counts[Outcome.UNCHANGED],
        refused=len(importer.refusals),
        refusals=tuple(importer.refusals),
        reductions=tuple(importer.reductions),
    )


class _Importer:
    def __init__(self, database: CentralDatabase, channel: str, now: datetime) -> None:
        self._database = database
        self._channel = channel
        self._now = now
        self._blobs = blob_links.blob_folder(database)
        self._taken: list[Attachment] = []
        self._seen: dict[str, tuple[bytes, str]] = {}
        self.counts: Counter[Outcome] = Counter()
        self.refusals: list[Refusal] = []
        self.reductions: list[Reduction] = []

    def read(self, path: Path) -> None:
        """Import one file, a batch of records a transaction."""
        try:
            records = read_records(path)
            while batch := list(islice(records, _BATCH)):
                self._store_batch(path, batch)
        except OSError as problem:
            reason = f"cannot be read: {problem.strerror}"
            self.refusals.append(Refusal(str(path), 0, "", reason))

    def _store_batch(self, path: Path, batch: list[Record | Unreadable]) -> None:
        # Files are read before the transaction: nobody else could write as long as that takes.
        ready = [(record, self._prepare(path, record)) for record in batch]
        counts: Counter[Outcome] = Counter()
        refusals: list[Refusal] = []
        reductions: list[Reduction] = []
        with self._database.writing() as connection:
            for record, found in ready:
                if isinstance(found, Refusal):
                    refusals.append(found)
                    continue
                try:
                    item = self._still_here(path, found)
                    counts[_store(connection, item, self._channel)] += 1
                    if item.dropped:
                        reductions.append(
                            Reduction(str(path), record.line, record.item, item.dropped)
                        )
                except RefusedRecord as problem:
                    refusals.append(Refusal(str(path), record.line, record.item, str(problem)))
            blob_links.register(connection, self._taken)
            release_batch(connection, self._now)
        self._taken.clear()
        blob_links.drop_unreferenced(self._database)
        self.counts += counts
        self.refusals += refusals
        self.reductions += reductions

    def _prepare(self, path: Path, record: Record | Unreadable) -> _Item | Refusal:
        if isinstance(record, Unreadable):
            return Refusal(str(path), record.line, record.item, record.reason)
        try:
            item = self._with_files(path, _read(record))
            self._check_repeats(item, f"{path}:{record.line}")
        except RefusedRecord as problem:
            return Refusal(str(path), record.line, record.item, str(problem))
        return item

    def _with_files(self, path: Path, item: _Item) -> _Item:
        """Take an item's files in. Raises RefusedRecord."""
        if item.notice is None or not item.files:
            return item
        taken = []
        for named in item.files:
            taken.append(self._blobs.take(path.parent, named))
            self._taken.append(taken[-1])
        notice = item.notice.model_copy(update={"attachments": tuple(taken)})
        return replace(item, notice=notice)

    def _still_here(self, path: Path, item: _Item) -> _Item:
        """Another process may have dropped a file meanwhile, which nothing referred to yet."""
        held = () if item.notice is None else item.notice.attachments
        return item if all(map(self._blobs.has, held)) else self._with_files(path, item)

    def _check_repeats(self, item: _Item, place: str) -> None:
        """Of two records with one id neither is known to be the newer."""
        digest = bytes.fromhex(_digest(item))
        first = self._seen.setdefault(item.id, (digest, place))
        if first[0] != digest:
            raise RefusedRecord(
                f"{item.id_key}: stands with other content at {first[1]}; "
                "import the newer one by itself"
            )


def _read(record: Record) -> _Item:
    """Turn a record into what is stored. Raises RefusedRecord."""
    reason = secrecy_of(record.envelope) or secrecy_of(record.value)
    if reason is not None:
        raise RefusedRecord(reason)
    value = record.value
    if not isinstance(value, dict):
        raise RefusedRecord("is not a JSON object")
    if ocds.is_release(value):
        release = ocds.read_release(value)
        return _Item(
            release.id,
            release.published_at,
            release.notice,
            release.ocid,
            release.cancels,
            files=() if release.notice is None else release_files(value),
        )
    dropped, id_key = Counter[str](), "id"
    if portal.is_candidates_record(value):
        notice = portal.candidates_notice(value, dropped)
    elif portal.is_portal_record(value):
        notice, id_key = portal.portal_notice(value, dropped), "record_id"
    else:
        raise RefusedRecord(
            "is no portal record (record_id, publish_date), no list of candidates "
            "(publicity_period) and no OCDS release (ocid)"
        )
    # Tags and unseen characters may stand between the words that mark a secret.
    reason = secrecy_of({"body": notice.body})
    if reason is not None:
        raise RefusedRecord(reason)
    files = named_files(value)
    return _Item(
        notice.id, notice.published_at, notice, dropped=dropped, files=files, id_key=id_key
    )


def _digest(item: _Item) -> str:
    """A name of the content that does not depend on how the record was written."""
    content = [
        item.ocid,
        item.cancels,
        item.published_at.isoformat(),
        None if item.notice is None else notice_document(item.notice),
    ]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _store(connection: Connection, item: _Item, channel: str) -> Outcome:
    outcome = Outcome.UNCHANGED
    if item.cancels:
        outcome = _store_cancellation(connection, item)
    if item.notice is not None:
        outcome = _store_notice(connection, item, item.notice, channel)
    return outcome


def _store_cancellation(connection: Connection, item: _Item) -> Outcome:
    found = connection.execute(
        select(cancellations).where(cancellations.c.id == item.id)
    ).one_or_none()
    due_at = to_microseconds(item.published_at)
    if found is None:
        connection.execute(
            insert(cancellations).values(id=item.id, ocid=item.ocid, due_at=due_at, done=False)
        )
        return Outcome.ADDED
    if found.due_at == due_at:
        return Outcome.UNCHANGED
    connection.execute(
        update(cancellations).where(cancellations.c.id == item.id).values(due_at=due_at, done=False)
    )
    return Outcome.UPDATED


def _store_notice(connection: Connection, item: _Item, notice: Notice, channel: str) -> Outcome:
    digest = _digest(item)
    found = connection.execute(select(notices).where(notices.c.id == notice.id)).one_or_none()
    if found is not None and found.digest == digest and found.channel == channel:
        return Outcome.UNCHANGED
    if found is not None and found.withdrawn_at is not None:
        if found.digest == digest:
            return Outcome.UNCHANGED
        day = from_microseconds(found.withdrawn_at).astimezone(SHANGHAI)
        raise RefusedRecord(
            f"{item.id_key}: withdrawn on {day:%Y-%m-%d %H:%M}; publish the correction under "
            "a new one"
        )
    number = 1 if found is None else found.number + 1
    if found is not None and found.channel != channel:
        if is_listed(connection, found.channel, notice.id):
            write_change(connection, found.channel, notice.id, f"{number}-{digest[:32]}", None)
        blob_links.unlist(connection, notice.id)
        number += 1
    # The notice of an end must not itself fall to an end of the same process.
    is_end = notice.kind is NoticeKind.CANCELLATION and item.cancels
    row = {
        "channel": channel,
        "number": number,
        "digest": digest,
        "published_at": to_microseconds(notice.published_at),
        "valid_until": None if notice.valid_until is None else to_microseconds(notice.valid_until),
        "ocid": None if is_end else item.ocid,
        "held": True,
        "doc": json.dumps(notice_document(notice), ensure_ascii=False),
    }
    if found is None:
        connection.execute(insert(notices).values(id=notice.id, **row))
    else:
        connection.execute(update(notices).where(notices.c.id == notice.id).values(**row))
    blob_links.hold(connection, notice.id, notice.attachments)
    if row["ocid"] is not None:
        _wake_cancellations(connection, str(row["ocid"]), to_microseconds(notice.published_at))
    return Outcome.ADDED if found is None else Outcome.UPDATED


def _wake_cancellations(connection: Connection, ocid: str, published_at: int) -> None:
    """A notice may arrive after the end of its process did."""
    connection.execute(
        update(cancellations)
        .where(cancellations.c.ocid == ocid, cancellations.c.due_at >= published_at)
        .values(done=False)
    )
