"""Decisions about boards: those made here, and those that the building's feed brought.

Nothing that was decided is ever deleted, not even when the feed does not name it any more; of one
that the server refused, the reason is kept. `own` ones have not come back from the server yet.
What the feed brings counts once it is proven: signed by an account for which the centre vouches,
and which could decide so at that time, and when the server took it.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlite_utils import Database

from display.arrangement import NotAllowed
from display.decisions import DECISION, Account, Decision, milliseconds_of
from kiosk.store import outbox, site
from kiosk.store.connection import writing
from kiosk.store.decisions_schema import NEXT_VERSION
from kiosk.store.errors import named_errors
from kiosk.sync.decision import (
    DECISION_EVENT,
    DecisionDocument,
    account_of,
    problem_of,
)
from kiosk.sync.events import Event
from kiosk.sync.instant import from_microseconds, to_microseconds

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class KeptDecisions:
    """What this terminal knows of the decisions about one board."""

    decisions: tuple[Decision, ...] = ()
    accepted: Mapping[str, datetime] = field(default_factory=dict)
    """Id → when the server took a decision: its account needs no more examination."""


@dataclass(frozen=True, slots=True)
class RefusedDecision:
    """A decision made here that the server does not take; it does not count any more."""

    decision: Decision
    reason: str
    """See `kiosk.sync.decision.code_of`."""


class BoardDecisions:
    """The part of a store that holds what staff decided about boards.

    `channel` is that of the building's feed. Every method raises
    `kiosk.store.errors.StoreError` when the database cannot do as asked.
    """

    _database: Database

    def keep_decision(
        self, channel: str, decision: Decision, event: Event | None, signature: str = ""
    ) -> None:
        """Keep a decision made here, and owe `event` to the server.

        Without an event there is no server: this terminal is the centre, and has examined the
        account itself.
        """
        with writing(self._database):
            state, proven = ("own", False) if event is not None else ("accepted", True)
            # The time in the id never goes back, whatever the clock does.
            taken = None if event is not None else milliseconds_of(decision.id) * 1000
            self._database.conn.execute(
                "INSERT INTO decisions"
                " (id, channel, board, state, reason, doc, signature, proven, taken_at)"
                " VALUES (?, ?, ?, ?, '', ?, ?, ?, ?)",
                [
                    decision.id,
                    channel,
                    decision.board,
                    state,
                    decision.model_dump_json(),
                    signature,
                    proven,
                    taken,
                ],
            )
            self._database.conn.execute(NEXT_VERSION)
            if event is not None:
                outbox.keep(self._database, [event])

    def decisions(self, channel: str, board: str) -> KeptDecisions:
        """Read what was decided about a board here and not refused, and what is proven, by id."""
        with named_errors():
            found = self._database.conn.execute(
                "SELECT doc, taken_at FROM decisions WHERE channel = ? AND board = ?"
                " AND (state = 'own' OR state = 'accepted' AND proven) ORDER BY id",
                [channel, board],
            ).fetchall()
        read = [(one, taken) for doc, taken in found if (one := _read(doc)) is not None]
        return KeptDecisions(
            tuple(decision for decision, _ in read),
            {one.id: from_microseconds(taken) for one, taken in read if taken is not None},
        )

    def boards_decided(self, channel: str) -> tuple[str, ...]:
        """Name the boards about which anything was decided."""
        with named_errors():
            found = self._database.conn.execute(
                "SELECT DISTINCT board FROM decisions WHERE channel = ? ORDER BY board", [channel]
            ).fetchall()
        return tuple(board for (board,) in found)

    def refused_decisions(self, channel: str) -> tuple[RefusedDecision, ...]:
        """Read what the server did not take, newest first."""
        with named_errors():
            found = self._database.conn.execute(
                "SELECT doc, reason FROM decisions WHERE channel = ? AND state = 'refused'"
                " ORDER BY id DESC",
                [channel],
            ).fetchall()
        read = ((_read(doc), reason) for doc, reason in found)
        return tuple(RefusedDecision(one, reason) for one, reason in read if one is not None)

    def decisions_version(self) -> int:
        """A number that changes when what was decided, or an account of staff, has changed."""
        with named_errors():
            row = self._database.conn.execute(
                "SELECT value FROM facts WHERE name = 'decisions'"
            ).fetchone()
        return 0 if row is None else int(row[0])

    def decisions_waiting(self, limit: int) -> tuple[Event, ...]:
        """Read decisions that are to be delivered, oldest first."""
        with named_errors():
            return outbox.waiting(self._database, limit, type=DECISION_EVENT)

    def accounts(self) -> dict[str, Account]:
        """Read the accounts of staff for which the centre vouches, by key."""
        with named_errors():
            found = site.staff(self._database)
        return {one.key: account_of(one) for one in found}


def receive(database: Database, channel: str, document: DecisionDocument) -> None:
    """Keep a decision that the feed brought, in the caller's transaction; it is yet to be proven.

    Another content never takes the place of what was made here, or is proven.
    """
    decision = document.decision
    database.conn.execute(
        "INSERT INTO decisions"
        " (id, channel, board, state, reason, doc, signature, proven, taken_at)"
        " VALUES (?, ?, ?, 'accepted', '', ?, ?, 0, ?)"
        " ON CONFLICT (id) DO UPDATE SET channel = excluded.channel, board = excluded.board,"
        " state = 'accepted', reason = '', doc = excluded.doc,"
        " signature = iif(proven OR state = 'own', signature, excluded.signature),"
        " taken_at = iif(proven, taken_at, excluded.taken_at)"
        " WHERE doc = excluded.doc AND channel = excluded.channel"
        " OR NOT proven AND state <> 'own'",
        [
            decision.id,
            channel,
            decision.board,
            decision.model_dump_json(),
            document.signature,
            to_microseconds(document.accepted_at),
        ],
    )
    database.conn.execute(NEXT_VERSION)


def prove(database: Database) -> None:
    """Examine signature and account of what the feed brought, in the caller's transaction.

    What cannot be proven is looked at again whenever the building's feed has news.
    """
    waiting = database.conn.execute(
        "SELECT id, channel, doc, signature, taken_at FROM decisions"
        " WHERE state = 'accepted' AND NOT proven"
    ).fetchall()
    people = {one.key: one for one in site.staff(database)} if waiting else {}
    unproven = 0
    for id, channel, doc, signature, taken in waiting:
        decision = _read(doc)
        account = None if decision is None else people.get(decision.by)
        taken_at = from_microseconds(taken)
        if decision is None or problem_of(decision, channel, signature, account, taken_at):
            unproven += 1
            continue
        database.conn.execute("UPDATE decisions SET proven = 1 WHERE id = ?", [id])
        database.conn.execute(NEXT_VERSION)
    if unproven:
        _log.warning(
            "%d decisions that the feed brought are not proven: they do not count", unproven
        )


def refuse(database: Database, parked: Mapping[str, str]) -> None:
    """Keep why the server does not take decisions, by id; other ids are passed over."""
    for id, reason in parked.items():
        changed = database.conn.execute(
            "UPDATE decisions SET state = 'refused', reason = ? WHERE id = ? AND state = 'own'",
            [reason, id],
        )
        if changed.rowcount:
            database.conn.execute(NEXT_VERSION)


def _read(text: str) -> Decision | None:
    try:
        return DECISION.validate_json(text)
    except (ValueError, NotAllowed) as problem:
        # Kept by a later version of this program.
        _log.warning("a decision cannot be read and does not count: %s", type(problem).__name__)
        return None
