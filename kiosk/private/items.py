"""The rows of the outbox: what is owed to the server, in the order of handing in."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from sqlite_utils import Database

from kiosk.private import files
from kiosk.private.ageing import columns, moment, stamp_of
from kiosk.private.elapsed import Elapsed
from kiosk.private.transfer import (
    FileTransfer,
    Kind,
    State,
    Transfer,
    Trouble,
    Waiting,
    file_state,
)

_OPEN = "('waiting', 'sending')"


@dataclass(frozen=True, slots=True)
class Item:
    """One item that is to be sent."""

    id: str
    kind: Kind
    content: str = field(repr=False)
    """JSON."""
    digest: str
    """Of the content when it was handed in; empty for events and questions."""
    failures: int
    """In a row."""
    attempts: int


def put(
    database: Database,
    id: str,
    kind: Kind,
    content: str,
    elapsed: Elapsed,
    *,
    session: str,
    owner: bytes | None = None,
    digest: str = "",
    quick: bool = True,
) -> None:
    """Owe an item. The same id again is an error of SQLite's."""
    database.conn.execute(
        "INSERT INTO items (id, kind, quick, state, session, owner, lived_s, proven_at, digest,"
        " content) VALUES (?, ?, ?, 'waiting', ?, ?, ?, ?, ?, ?)",
        [id, kind, quick, session, owner, *columns(elapsed.stamp), digest, content],
    )


def due(database: Database, elapsed: Elapsed, *, quick: bool) -> Item | None:
    """The oldest item whose time has come; questions go first, as somebody waits for them."""
    row = database.conn.execute(
        "SELECT id, kind, content, digest, failures, attempts FROM items"
        f" WHERE state IN {_OPEN} AND quick = ? AND NOT paused AND next_s <= ?"
        " ORDER BY kind <> 'matters', number LIMIT 1",
        [quick, elapsed.lived_s],
    ).fetchone()
    return None if row is None else Item(row[0], Kind(row[1]), *row[2:])


def begin(database: Database, id: str) -> bool:
    """An attempt begins; tell whether the item is still to be sent."""
    return bool(
        database.conn.execute(
            "UPDATE items SET state = 'sending', attempts = attempts + 1, rate = NULL"
            f" WHERE id = ? AND state IN {_OPEN}",
            [id],
        ).rowcount
    )


def is_open(database: Database, id: str) -> bool:
    """Whether an item is still to be sent."""
    found = database.conn.execute(
        f"SELECT 1 FROM items WHERE id = ? AND state IN {_OPEN}", [id]
    ).fetchone()
    return found is not None


def moved(database: Database, id: str, rate: float | None) -> bool:
    """An attempt gets on; tell whether it may."""
    row = database.conn.execute(
        f"UPDATE items SET rate = ?, failures = 0 WHERE id = ? AND state IN {_OPEN}"
        " RETURNING paused",
        [rate, id],
    ).fetchone()
    return row is not None and not row[0]


def failed(database: Database, id: str, trouble: Trouble, detail: str, until_s: float) -> None:
    """An attempt failed; the next one not before the terminal has lived `until_s`."""
    database.conn.execute(
        "UPDATE items SET state = 'waiting', failures = failures + 1, next_s = ?, problem = ?,"
        f" detail = ?, rate = NULL WHERE id = ? AND state IN {_OPEN}",
        [until_s, trouble, detail, id],
    )


def wake(database: Database, elapsed: Elapsed, delay_s: Callable[[], float]) -> None:
    """Try what waits for the server's answer after `delay_s`, unless its turn comes sooner."""
    waiting = database.conn.execute(
        "SELECT id, next_s FROM items WHERE state = 'waiting' AND problem = ?", [Trouble.OFFLINE]
    ).fetchall()
    for id, next_s in waiting:
        sooner_s = elapsed.lived_s + delay_s()
        if sooner_s < next_s:
            database.conn.execute("UPDATE items SET next_s = ? WHERE id = ?", [sooner_s, id])


def interrupted(database: Database, id: str) -> None:
    """An attempt was ended from our side, by a pause or at the end of the process."""
    database.conn.execute(
        "UPDATE items SET state = 'waiting', rate = NULL WHERE id = ? AND state = 'sending'", [id]
    )


def park(database: Database, id: str, trouble: Trouble, detail: str, elapsed: Elapsed) -> bool:
    """Leave an item to staff, kept for a while from now; tell whether it was still to be sent."""
    return bool(
        database.conn.execute(
            "UPDATE items SET state = 'parked', problem = ?, detail = ?, rate = NULL,"
            f" lived_s = ?, proven_at = ? WHERE id = ? AND state IN {_OPEN}",
            [trouble, detail, *columns(elapsed.stamp), id],
        ).rowcount
    )


def retry(database: Database, id: str) -> bool:
    """Send a parked or waiting item now; tell whether there is one."""
    return bool(
        database.conn.execute(
            "UPDATE items SET state = 'waiting', next_s = 0, failures = 0, paused = 0,"
            " problem = '', detail = '' WHERE id = ? AND state IN ('waiting', 'parked')",
            [id],
        ).rowcount
    )


def pause(database: Database, id: str, paused: bool) -> bool:
    """Pause, or go on at once; tell whether the item can still be."""
    return bool(
        database.conn.execute(
            f"UPDATE items SET paused = ?, next_s = 0 WHERE id = ? AND state IN {_OPEN}",
            [paused, id],
        ).rowcount
    )


def settle(database: Database, id: str, state: State, trouble: Trouble, answer: str | None) -> None:
    """End an item: its content is wiped; its row stays only while its visitor is there."""
    database.conn.execute("DELETE FROM items WHERE id = ? AND session = ''", [id])
    database.conn.execute(
        "UPDATE items SET state = ?, problem = ?, detail = '', content = NULL, rate = NULL,"
        " answer = ? WHERE id = ?",
        [state, trouble, answer, id],
    )


def release(database: Database, where: str, values: list[object]) -> None:
    """The visitor is gone: ended items go too, the others are sent on."""
    ended = "(kind = 'matters' OR state IN ('delivered', 'too_late'))"
    database.conn.execute(f"DELETE FROM items WHERE {where} AND {ended}", values)
    # What nobody can let go on any more must not stay paused for ever.
    database.conn.execute(f"UPDATE items SET session = '', paused = 0 WHERE {where}", values)


def transfer(database: Database, id: str, elapsed: Elapsed) -> Transfer | None:
    """How a submission is; None: there is none such any more."""
    row = database.conn.execute(
        "SELECT state, rate, paused, problem, attempts, next_s, answer FROM items"
        " WHERE id = ? AND kind = 'submission'",
        [id],
    ).fetchone()
    if row is None:
        return None
    state = State(row[0])
    refused_at = None
    if row[6] is None:
        found = files.outgoing(database, id)
        listed = [(each.file.name, each.file.size, each.sent) for each in found]
    else:
        answer = json.loads(row[6])
        listed = [tuple(each) for each in answer["files"]]
        refused_at = moment(answer.get("refused_at"))
    return Transfer(
        id,
        state,
        tuple(
            FileTransfer(name, size, sent, file_state(state, sent)) for name, size, sent in listed
        ),
        row[1],
        bool(row[2]),
        Trouble(row[3]),
        row[4],
        max(0.0, row[5] - elapsed.lived_s) if state is State.WAITING else 0.0,
        refused_at,
    )


def state_and_answer(database: Database, id: str) -> tuple[State, Trouble, str | None] | None:
    """How an item is, and what the server said; None: there is none such any more."""
    row = database.conn.execute(
        "SELECT state, problem, answer FROM items WHERE id = ?", [id]
    ).fetchone()
    return None if row is None else (State(row[0]), Trouble(row[1]), row[2])


def is_there(database: Database, id: str) -> bool:
    """Whether an item of this id is kept."""
    found = database.conn.execute("SELECT 1 FROM items WHERE id = ?", [id]).fetchone()
    return found is not None


def of_owner(database: Database, owner: bytes) -> tuple[tuple[str, State, str], ...]:
    """Id, state and content of an owner's submissions that are not ended."""
    rows = database.conn.execute(
        "SELECT id, state, content FROM items WHERE owner = ? AND content IS NOT NULL", [owner]
    ).fetchall()
    return tuple((id, State(state), content) for id, state, content in rows)


def listing(database: Database, elapsed: Elapsed) -> tuple[Waiting, ...]:
    """What is not delivered, oldest first."""
    rows = database.conn.execute(
        "SELECT id, kind, state, attempts, next_s, problem, detail, paused, proven_at, lived_s"
        " FROM items"
        " WHERE state IN ('waiting', 'sending', 'parked') ORDER BY number"
    ).fetchall()
    return tuple(
        Waiting(
            id,
            Kind(kind),
            State(state),
            attempts,
            max(0.0, until_s - elapsed.lived_s),
            Trouble(problem),
            detail,
            bool(paused),
            moment(proven_at),
            max(0.0, elapsed.lived_s - lived_s),
        )
        for id, kind, state, attempts, until_s, problem, detail, paused, proven_at, lived_s in rows
    )


def parked(database: Database, id: str) -> tuple[Kind, Trouble, str] | None:
    """Kind, problem and content of a parked item; None: there is none such."""
    row = database.conn.execute(
        "SELECT kind, problem, content FROM items WHERE id = ? AND state = 'parked'", [id]
    ).fetchone()
    return None if row is None else (Kind(row[0]), Trouble(row[1]), row[2])


def over(database: Database, kind_and_state: str, elapsed: Elapsed, kept: timedelta) -> list[str]:
    """Ids of the items of a condition that were kept long enough."""
    rows = database.conn.execute(
        f"SELECT id, lived_s, proven_at FROM items WHERE {kind_and_state}"
    ).fetchall()
    return [
        id for id, lived_s, proven_at in rows if elapsed.is_over(stamp_of(lived_s, proven_at), kept)
    ]
