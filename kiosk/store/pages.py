"""Applying a page of a feed to the terminal's tables; the caller holds the transaction.

Each channel counts its rounds. A round begins with the first pull, with a changed epoch and
with an expired cursor; every document that the feed names is marked with the round, and when
the round is complete the documents without its mark are deleted. Until then they stay.

A document that cannot be read blocks nothing: what it replaces is taken off, and its id is kept
in `skipped` until a revision of it is read. A program that reads more kinds of documents begins
a round in the channels concerned (see `kiosk.store.migrations`).
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime

from sqlite_utils import Database

from kiosk.store import decisions, rows, site
from kiosk.store.search_index import IndexChanges
from kiosk.sync.contract import (
    CONTROL,
    Change,
    Page,
    UnreadableDocument,
    Withdrawal,
    is_site_channel,
    read_notice,
    read_withdrawal,
    revision_number,
    withdrawal_id,
    withdrawn_notice,
)
from kiosk.sync.decision import DECISION_TYPE, NEWS_TYPE, read_decision_document
from kiosk.sync.instant import to_microseconds
from kiosk.sync.site import SITE_TYPES, read_site_document

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Feed:
    """How far this terminal has read a channel."""

    channel: str
    epoch: str
    cursor: str | None
    round: int
    rebuilding: bool


@dataclass(frozen=True, slots=True)
class Applied:
    """What a page did."""

    changed: int = 0
    """Documents that are now stored in a newer revision, or are now gone."""
    removed_text: bool = False
    """Text was deleted and may linger in the index and the write-ahead log until `purge`."""
    skipped: tuple[str, ...] = ()
    """Ids of documents that could not be read."""


@dataclass(frozen=True, slots=True)
class _Document:
    epoch: str
    number: int
    round: int
    state: str
    skipped: bool


def read_feed(database: Database, channel: str) -> Feed | None:
    """Read how far a channel has been read; None before its first page."""
    row = database.conn.execute(
        "SELECT channel, epoch, cursor, round, rebuilding FROM feeds WHERE channel = ?", [channel]
    ).fetchone()
    if row is None:
        return None
    name, epoch, cursor, number, rebuilding = row
    return Feed(name, epoch, cursor, number, bool(rebuilding))


def begin_round(database: Database, channel: str) -> None:
    """Read a channel from its beginning again, keeping what is stored until that is done."""
    database.conn.execute(
        "UPDATE feeds SET cursor = NULL, round = round + 1, rebuilding = 1 WHERE channel = ?",
        [channel],
    )


def apply(database: Database, channel: str, page: Page, *, now: datetime) -> Applied:
    """Bring the tables to where the page says.

    `now` is when this terminal learned of it, by the server's clock.
    """
    feed = read_feed(database, channel)
    if feed is None:
        feed = Feed(channel, page.epoch, None, 1, True)
    elif feed.epoch != page.epoch:
        feed = replace(feed, epoch=page.epoch, round=feed.round + 1, rebuilding=True)
    writer = _Writer(database, feed, to_microseconds(now))
    for change in page.results:
        writer.apply(change)
    complete = page.pending == 0
    if feed.rebuilding and complete:
        writer.sweep()
    if is_site_channel(channel):
        decisions.prove(database)
    writer.index.write()
    database.conn.execute(
        "INSERT OR REPLACE INTO feeds (channel, epoch, cursor, round, rebuilding)"
        " VALUES (?, ?, ?, ?, ?)",
        [channel, feed.epoch, page.last_seq, feed.round, feed.rebuilding and not complete],
    )
    for other in writer.to_reread:
        begin_round(database, other)
    return Applied(writer.changed, writer.removed_text, tuple(writer.skipped))


class _Writer:
    def __init__(self, database: Database, feed: Feed, learned_at: int) -> None:
        self._database = database
        self._feed = feed
        self._learned_at = learned_at
        self.index = IndexChanges(database)
        self.changed = 0
        self.removed_text = False
        self.skipped: list[str] = []
        self.to_reread: set[str] = set()

    def apply(self, change: Change) -> None:
        """Apply one change; one that cannot be read is skipped, so that it never blocks."""
        known = self._document(change.id)
        number = None
        try:
            number = revision_number(change.rev)
            if known is not None and not self._is_news(change, known, number):
                self._mark_round(change.id)
            elif change.deleted:
                self._delete(change.id, number)
            else:
                self._store(change, number)
        except UnreadableDocument as problem:
            self._skip(change.id, number, known)
            _log.warning("%s: document %s skipped: %s", self._feed.channel, change.id, problem)

    def sweep(self) -> None:
        """Delete what a complete round did not name."""
        stale = self._database.conn.execute(
            "SELECT id FROM documents WHERE channel = ? AND round <> ?",
            [self._feed.channel, self._feed.round],
        ).fetchall()
        for (document_id,) in stale:
            self._take_off(document_id)
            for table in ("documents", "skipped"):
                self._database.conn.execute(
                    f"DELETE FROM {table} WHERE id = ? AND channel = ?",
                    [document_id, self._feed.channel],
                )

    def _is_news(self, change: Change, known: _Document, number: int) -> bool:
        if known.epoch != self._feed.epoch or number > known.number:
            return True
        if number < known.number:
            return False
        return known.skipped or (
            known.state == "withheld"
            and not change.deleted
            and not self._is_withdrawn(change.id, number)
        )

    def _document(self, document_id: str) -> _Document | None:
        row = self._database.conn.execute(
            "SELECT epoch, number, round, state, skipped.id IS NOT NULL FROM documents"
            " LEFT JOIN skipped USING (id, channel) WHERE documents.id = ? AND channel = ?",
            [document_id, self._feed.channel],
        ).fetchone()
        if row is None:
            return None
        epoch, number, in_round, state, skipped = row
        return _Document(epoch, number, in_round, state, bool(skipped))

    def _skip(self, document_id: str, number: int | None, known: _Document | None) -> None:
        """Take off what an unreadable document replaces, and remember that it was not read."""
        self.skipped.append(document_id)
        if number is None:
            number = 1
            if known is not None and known.epoch == self._feed.epoch:
                number = known.number if known.skipped else known.number + 1
        stored = None if self._feed.channel == CONTROL else rows.find(self._database, document_id)
        if stored is not None and not self._is_newer_elsewhere(stored, number):
            self._remove(document_id)
            self.changed += 1
        self.changed += site.remove(self._database, self._feed.channel, document_id)
        self._put(document_id, number, "deleted")
        self._database.conn.execute(
            "INSERT OR IGNORE INTO skipped (id, channel) VALUES (?, ?)",
            [document_id, self._feed.channel],
        )

    def _record(self, document_id: str, number: int, state: str) -> None:
        self.changed += 1
        self._put(document_id, number, state)
        self._database.conn.execute(
            "DELETE FROM skipped WHERE id = ? AND channel = ?",
            [document_id, self._feed.channel],
        )

    def _put(self, document_id: str, number: int, state: str) -> None:
        self._database.conn.execute(
            "INSERT OR REPLACE INTO documents (id, channel, epoch, number, round, state)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [document_id, self._feed.channel, self._feed.epoch, number, self._feed.round, state],
        )

    def _mark_round(self, document_id: str) -> None:
        self._database.conn.execute(
            "UPDATE documents SET round = ? WHERE id = ? AND channel = ? AND round <> ?",
            [self._feed.round, document_id, self._feed.channel, self._feed.round],
        )

    def _delete(self, document_id: str, number: int) -> None:
        self._take_off(document_id)
        self._record(document_id, number, "deleted")

    def _take_off(self, document_id: str) -> None:
        notice_id = withdrawn_notice(document_id) if self._feed.channel == CONTROL else None
        if notice_id is not None:
            self._lift(notice_id)
            return
        site.remove(self._database, self._feed.channel, document_id)
        stored = rows.find(self._database, document_id)
        if stored is not None and stored.channel == self._feed.channel:
            self._remove(document_id)

    def _store(self, change: Change, number: int) -> None:
        document = change.doc
        if document is None:
            raise UnreadableDocument("the page came without it")
        if document.get("_id") != change.id:
            raise UnreadableDocument("_id: differs from the feed's")
        match document.get("type"):
            case "notice":
                self._store_notice(change, document, number)
            case "withdrawal" if self._feed.channel == CONTROL:
                self._store_withdrawal(read_withdrawal(document), change.id, number)
            case kind if kind == NEWS_TYPE and self._feed.channel == CONTROL:
                self._record(change.id, number, "live")
            case kind if kind == DECISION_TYPE and is_site_channel(self._feed.channel):
                read = read_decision_document(document)
                decisions.receive(self._database, self._feed.channel, read)
                self._record(change.id, number, "live")
            case kind if kind in SITE_TYPES and is_site_channel(self._feed.channel):
                site.put(self._database, self._feed.channel, read_site_document(document))
                self._record(change.id, number, "live")
            case _:
                raise UnreadableDocument("type: not one that this program knows here")

    def _store_notice(self, change: Change, document: dict[str, object], number: int) -> None:
        notice = read_notice(document)
        if self._is_withdrawn(notice.id, number):
            self._take_off(notice.id)
            self._record(notice.id, number, "withheld")
            return
        stored = rows.find(self._database, notice.id)
        if stored is None or not self._is_newer_elsewhere(stored, number):
            if stored is not None:
                rows.remove(self._database, self.index, notice.id)
            rows.put(
                self._database,
                self.index,
                notice,
                channel=self._feed.channel,
                epoch=self._feed.epoch,
                number=number,
            )
        self._record(notice.id, number, "live")

    def _is_newer_elsewhere(self, stored: rows.Stored, number: int) -> bool:
        return (
            stored.channel != self._feed.channel
            and stored.epoch == self._feed.epoch
            and stored.number >= number
        )

    def _store_withdrawal(self, withdrawal: Withdrawal, document_id: str, number: int) -> None:
        notice_id = withdrawal.notice_id
        if document_id != withdrawal_id(notice_id):
            raise UnreadableDocument("notice_id: does not fit _id")
        notice_number = revision_number(withdrawal.notice_rev)
        stored = rows.find(self._database, notice_id)
        shown = stored is not None
        outlived = (
            stored is not None
            and stored.epoch == self._feed.epoch
            and stored.number > notice_number
        )
        earlier = self._database.conn.execute(
            "SELECT learned_at FROM withdrawals WHERE notice_id = ?", [notice_id]
        ).fetchone()
        learned_at = self._learned_at if earlier is None or shown else earlier[0]
        self._database.conn.execute(
            "INSERT OR REPLACE INTO withdrawals"
            " (notice_id, epoch, number, withdrawn_at, learned_at) VALUES (?, ?, ?, ?, ?)",
            [
                notice_id,
                self._feed.epoch,
                notice_number,
                to_microseconds(withdrawal.withdrawn_at),
                learned_at,
            ],
        )
        if not outlived:
            self._remove(notice_id)
            self._database.conn.execute(
                "UPDATE documents SET state = 'withheld' WHERE id = ? AND state = 'live'",
                [notice_id],
            )
        self._record(document_id, number, "live")

    def _is_withdrawn(self, notice_id: str, number: int) -> bool:
        row = self._database.conn.execute(
            "SELECT epoch, number FROM withdrawals WHERE notice_id = ?", [notice_id]
        ).fetchone()
        return row is not None and (row[0] != self._feed.epoch or number <= row[1])

    def _lift(self, notice_id: str) -> None:
        """Forget a withdrawal; a notice that it kept out has to be read again."""
        self._database.conn.execute("DELETE FROM withdrawals WHERE notice_id = ?", [notice_id])
        withheld = self._database.conn.execute(
            "SELECT channel FROM documents WHERE id = ? AND state = 'withheld'", [notice_id]
        )
        self.to_reread.update(channel for (channel,) in withheld.fetchall())

    def _remove(self, notice_id: str) -> None:
        if rows.remove(self._database, self.index, notice_id):
            self.removed_text = True
