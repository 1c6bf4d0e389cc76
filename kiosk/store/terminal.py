"""The terminal's store of public data, shared by the kiosk, sync and display processes."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from display.evidence import TERMINAL_RECORD, Facts, Kind
from display.notice import Notice, NoticeKind
from display.release import Known
from display.trusted_time import Contact, Reading
from kiosk.store import DATABASE_NAME as DATABASE_NAME
from kiosk.store import (
    calibration,
    counting,
    decisions,
    evidence,
    health,
    outbox,
    pages,
    pin_tries,
    rows,
    search,
    search_index,
    site,
)
from kiosk.store.calibration import Calibration
from kiosk.store.connection import open_database, writing
from kiosk.store.counting import Facets
from kiosk.store.decisions import BoardDecisions
from kiosk.store.errors import named_errors
from kiosk.store.evidence import BoardEvidence
from kiosk.store.files import FILES_FOLDER, TerminalFiles, forget_unnamed
from kiosk.store.filters import Filters
from kiosk.store.health import Health
from kiosk.store.outbox import Owed
from kiosk.store.pages import Applied
from kiosk.store.pinyin_readings import forget_questions
from kiosk.store.search import Hits
from kiosk.store.site import Site
from kiosk.store.staff_work import StaffWork
from kiosk.sync.contract import Page
from kiosk.sync.events import Event, KeptEvents
from kiosk.sync.instant import from_microseconds, to_microseconds


@dataclass(frozen=True, slots=True)
class Summary:
    """What the store holds, in numbers."""

    notices: int
    """Published at or before the moment asked about."""
    current: int
    """Those of them that have not expired."""
    by_kind: Mapping[NoticeKind, int]
    withdrawn: int
    newest: datetime | None
    """Publication of the newest notice."""
    channels: Mapping[str, bool]
    """Channel → whether it has been read from its beginning to its end."""


class TerminalStore(BoardEvidence, BoardDecisions, StaffWork, TerminalFiles):
    """One connection to the terminal's database; use one instance a thread.

    Everything raises `kiosk.store.errors.StoreError` when the database cannot do as asked.
    What comes out has not been judged for its channel: except for `search` and `count`, the
    caller asks the release gate.
    """

    def __init__(
        self, path: Path, *, create: bool = True, busy_timeout_s: float | None = None
    ) -> None:
        """Open the file; `create` makes it and brings it to the newest schema."""
        self._database = open_database(path, create=create, busy_timeout_s=busy_timeout_s)
        self._files = path.parent / FILES_FOLDER

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection, and forget what it was asked; the instance is used up."""
        self._database.close()
        forget_questions()

    def data_version(self) -> int:
        """A number that changes when another connection has committed; cheap enough for 1 Hz."""
        return int(self._value("PRAGMA data_version"))

    def content_version(self) -> int:
        """A number that changes when what can be shown has changed, and at nothing else."""
        with named_errors():
            return int(self._fact("content") or 0)

    def search(
        self, query: str, filters: Filters, *, limit: int = 50, before: int | None = None
    ) -> Hits:
        """Find the newest released notices that hold all words of the query.

        Any query is allowed; an empty one finds everything. `before` is an earlier `Hits.next`.
        """
        if limit < 1:
            raise ValueError("limit must be 1 or more")
        with named_errors():
            return search.search(
                self._database, query, filters, self.known(), limit=limit, before=before
            )

    def count(self, query: str, filters: Filters, *, cap: int = 999) -> int:
        """Count what `search` would find; counting ends at `cap`."""
        with named_errors():
            return counting.count(self._database, query, filters, self.known(), cap=cap)

    def facets(
        self,
        query: str,
        filters: Filters,
        *,
        cap: int = 99,
        stopped: Callable[[], bool] = lambda: False,
    ) -> Facets | None:
        """Count what each choice of a filter would find; counting ends at `cap`.

        `stopped` is asked all along, and may look at what another thread has set; when it
        says so, the answer is None.
        """
        with named_errors():
            return counting.facets(
                self._database, query, filters, self.known(), cap=cap, stopped=stopped
            )

    def notice(self, notice_id: str) -> Notice | None:
        """Read one notice with its body."""
        with named_errors():
            row = self._database.conn.execute(
                "SELECT doc, coalesce(body, ''), blocks FROM notices LEFT JOIN bodies USING (place)"
                " WHERE id = ?",
                [notice_id],
            ).fetchone()
        if row is None:
            return None
        doc, body, blocks = row
        return Notice.model_validate_json(doc).model_copy(
            update={"body": body, "blocks": rows.unpacked(blocks)}
        )

    def project(self, tender_no: str) -> tuple[Notice, ...]:
        """Read all notices of a project number, oldest first, without bodies."""
        if not tender_no:
            return ()
        return self._notices(
            "SELECT doc FROM notices WHERE tender_no = ? AND tender_no <> '' ORDER BY place",
            tender_no,
        )

    def board_items(self, at: datetime, limit: int) -> tuple[Notice, ...]:
        """Read the newest notices that are published and not expired, without bodies."""
        moment = to_microseconds(at)
        return self._notices(
            "SELECT doc FROM notices WHERE published_at <= ?"
            " AND (valid_until IS NULL OR valid_until > ?) ORDER BY place DESC LIMIT ?",
            moment,
            moment,
            limit,
        )

    def projects_opening(self, since: datetime, until: datetime) -> tuple[Notice, ...]:
        """Read all notices of the projects of which one names an opening in `[since, until)`.

        A notice without a project number stands for itself. Oldest first, without bodies.
        """
        return self._notices(
            "WITH opening AS (SELECT id, tender_no FROM notices"
            " WHERE opens_at >= ? AND opens_at < ?)"
            " SELECT doc FROM notices WHERE id IN (SELECT id FROM opening)"
            " OR tender_no IN (SELECT tender_no FROM opening WHERE tender_no <> '')"
            " ORDER BY place",
            to_microseconds(since),
            to_microseconds(until),
        )

    def known(self) -> Known:
        """Read the events that the release gate must respect.

        A withdrawal that a later revision has outlived is none any more.
        """
        with named_errors():
            found = self._database.conn.execute(
                "SELECT notice_id, learned_at FROM withdrawals WHERE NOT EXISTS"
                " (SELECT 1 FROM notices WHERE notices.id = withdrawals.notice_id)"
            ).fetchall()
        return Known(withdrawn={row[0]: from_microseconds(row[1]) for row in found})

    def withdrawals_since(self, moment: datetime) -> dict[str, datetime]:
        """Read when this terminal learned of each withdrawal, from `moment` on.

        Those that a later revision has outlived are among them.
        """
        with named_errors():
            found = self._database.conn.execute(
                "SELECT notice_id, learned_at FROM withdrawals WHERE learned_at >= ?",
                [to_microseconds(moment)],
            ).fetchall()
        return {notice_id: from_microseconds(count) for notice_id, count in found}

    def apply_page(self, channel: str, page: Page, *, now: datetime) -> Applied:
        """Store a page and its cursor, both or neither; `now` is when it was received.

        Files of notices that are gone are deleted.
        """
        gone: tuple[str, ...] = ()
        with writing(self._database):
            feed = pages.read_feed(self._database, channel)
            applied = pages.apply(self._database, channel, page, now=now)
            if applied.changed:
                gone = forget_unnamed(self._database)
                self._remember("content", (self._fact("content") or 0) + 1)
            is_read_through = page.pending == 0 and (feed is None or feed.rebuilding)
            if applied.removed_text or (applied.changed and is_read_through):
                self._remember("purge", 1)
        self._delete(gone)
        return applied

    def cursor(self, channel: str) -> str | None:
        """Where to go on reading; None means from the beginning."""
        with named_errors():
            feed = pages.read_feed(self._database, channel)
        return None if feed is None else feed.cursor

    def epoch(self, channel: str) -> str | None:
        """The history that the cursor belongs to."""
        with named_errors():
            feed = pages.read_feed(self._database, channel)
        return None if feed is None else feed.epoch

    def expire_cursor(self, channel: str) -> None:
        """Read a channel from its beginning; what is stored stays until that is complete."""
        with writing(self._database):
            pages.begin_round(self._database, channel)

    def purge(self) -> bool:
        """Overwrite what is left of removed text; tell whether nothing is left.

        A removal leaves tokens in the search index until its segments are merged, and text in
        the write-ahead log until that is cut off, which has to wait for readers. Does nothing
        when nothing was removed and no channel was just read through, which leaves an index of
        many segments that is slower to search. Short transactions, so that other writers get in
        between.
        """
        with named_errors():
            if self._fact("purge") is None:
                return True
        more, first = True, True
        while more:
            with writing(self._database):
                more = search_index.merge_step(self._database, first=first)
            first = False
        if self._value("PRAGMA wal_checkpoint(TRUNCATE)"):
            return False
        with writing(self._database):
            self._database.conn.execute("DELETE FROM facts WHERE name = 'purge'")
        return True

    def heard_server(self, reading: Reading, server_time: datetime) -> None:
        """Record a successful contact: this PC's clocks and the server's time then.

        The server's clock is the proof: a moment that was remembered from a clock running
        ahead is taken back to it.
        """
        with writing(self._database):
            highest = self._fact("last_moment")
            if highest is not None and to_microseconds(server_time) < int(highest):
                self._remember("last_moment", to_microseconds(server_time))
            self._remember("contact_wall", to_microseconds(reading.wall))
            self._remember("contact_boot", reading.boot)
            self._remember("contact_uptime", reading.uptime_s)
            self._remember("contact_server", to_microseconds(server_time))

    def contact(self) -> Contact | None:
        """The last successful contact; None before the first."""
        with named_errors():
            found = dict(
                self._database.conn.execute(
                    "SELECT name, value FROM facts WHERE name LIKE 'contact_%'"
                ).fetchall()
            )
        if "contact_server" not in found:
            return None
        wall = from_microseconds(found["contact_wall"])
        reading = Reading(wall, found["contact_boot"], found["contact_uptime"])
        return Contact(reading, from_microseconds(found["contact_server"]))

    def was_complete(self, server_time: datetime) -> None:
        """Record that every feed was read to its end as of this time of the server."""
        with writing(self._database):
            self._remember("complete_at", to_microseconds(server_time))

    def complete_at(self) -> datetime | None:
        """The server's time as of which every feed was last read to its end; None: never."""
        with named_errors():
            count = self._fact("complete_at")
        return None if count is None else from_microseconds(int(count))

    def last_moment(self) -> datetime | None:
        """The highest moment that was ever remembered."""
        with named_errors():
            count = self._fact("last_moment")
        return None if count is None else from_microseconds(int(count))

    def remember_moment(self, at: datetime) -> None:
        """Remember a moment if it is higher than the last one."""
        moment = to_microseconds(at)
        with writing(self._database):
            highest = self._fact("last_moment")
            if highest is None or moment > int(highest):
                self._remember("last_moment", moment)

    def tell_health(self, component: str, at: datetime, facts: Mapping[str, Any]) -> None:
        """Say how a part of the terminal is; only its newest word is kept."""
        with writing(self._database):
            health.tell(self._database, component, at, facts)

    def health(self) -> tuple[Health, ...]:
        """Read the newest word of every part, by name."""
        with named_errors():
            return health.read(self._database)

    def site(self) -> Site:
        """Read what the building's feed says."""
        with named_errors():
            return site.read(self._database)

    def keep_events(self, events: Iterable[Event]) -> None:
        """Owe events to the server; one that is kept already stays as it is."""
        with writing(self._database):
            outbox.keep(self._database, events)

    def events_waiting(self, limit: int) -> tuple[Event, ...]:
        """Read events that are to be delivered."""
        with named_errors():
            return outbox.waiting(self._database, limit)

    def settle_events(self, delivered: Iterable[str], parked: Mapping[str, str]) -> None:
        """Delete delivered events by their ids; park others, each with its reason."""
        with writing(self._database):
            outbox.settle(self._database, delivered, parked)
            decisions.refuse(self._database, parked)

    def owed(self) -> Owed:
        """Count the events in the outbox."""
        with named_errors():
            return outbox.owed(self._database)

    def events_kept(self) -> tuple[KeptEvents, ...]:
        """Read of what types events are owed, and whether the server refused them."""
        with named_errors():
            return outbox.listing(self._database)

    def retry_events(self, type: str) -> bool:
        """Send the parked events of a type again; tell whether there were any."""
        with writing(self._database):
            return outbox.retry(self._database, type)

    def pin_tries(self, subject: str) -> str:
        """What is kept of wrong PINs of one card, or at this terminal; empty: nothing."""
        with named_errors():
            return pin_tries.read(self._database, subject)

    def keep_pin_tries(
        self, tries: Mapping[str, str], noted: tuple[datetime, Facts] | None = None
    ) -> None:
        """Keep what is known of wrong PINs, by subject; an empty text takes it away.

        `noted` goes into the terminal's own record with it, both or neither.
        """
        with writing(self._database):
            pin_tries.put(self._database, tries)
            if noted is not None:
                at, facts = noted
                evidence.append(self._database, TERMINAL_RECORD, at, Kind.TECHNICIAN, facts)

    def calibration(self, board: str) -> Calibration | None:
        """What was measured on a board; None: never, or forgotten."""
        with named_errors():
            return calibration.read(self._database, board)

    def keep_calibration(self, board: str, at: datetime, speeds: tuple[float, ...]) -> None:
        """Keep a board's measured speeds, in px/s by speed code, in place of earlier ones."""
        with writing(self._database):
            calibration.replace(self._database, Calibration(board, at, speeds))

    def forget_calibration(self, board: str) -> bool:
        """Drop what was measured on a board; tell whether there was anything."""
        with writing(self._database):
            return calibration.delete(self._database, board)

    def summary(self, at: datetime) -> Summary:
        """Count what is stored and published at the moment `at`."""
        moment = to_microseconds(at)
        with named_errors():
            total, current, newest = self._database.conn.execute(
                "SELECT count(*), coalesce(sum(valid_until IS NULL OR valid_until > ?), 0),"
                " max(published_at) FROM notices WHERE published_at <= ?",
                [moment, moment],
            ).fetchone()
            by_kind = self._database.conn.execute(
                "SELECT kind, count(*) FROM notices WHERE published_at <= ? GROUP BY kind",
                [moment],
            ).fetchall()
            channels = self._database.conn.execute(
                "SELECT channel, rebuilding FROM feeds ORDER BY channel"
            ).fetchall()
        return Summary(
            notices=total,
            current=current,
            by_kind={NoticeKind(kind): number for kind, number in by_kind},
            withdrawn=len(self.known().withdrawn),
            newest=None if newest is None else from_microseconds(newest),
            channels={channel: not rebuilding for channel, rebuilding in channels},
        )

    def _notices(self, sql: str, *values: object) -> tuple[Notice, ...]:
        with named_errors():
            found = self._database.conn.execute(sql, values).fetchall()
        return tuple(Notice.model_validate_json(doc) for (doc,) in found)

    def _value(self, sql: str) -> int:
        with named_errors():
            return int(self._database.conn.execute(sql).fetchone()[0])

    def _fact(self, name: str) -> float | None:
        row = self._database.conn.execute(
            "SELECT value FROM facts WHERE name = ?", [name]
        ).fetchone()
        return None if row is None else row[0]

    def _remember(self, name: str, value: float | str) -> None:
        self._database.conn.execute(
            "INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", [name, value]
        )
