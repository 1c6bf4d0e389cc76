"""What became of submissions: receipts, and that one was not delivered; for their owners only."""

import json
from datetime import timedelta

from sqlite_utils import Database

from kiosk.private.ageing import columns, stamp_of
from kiosk.private.elapsed import Elapsed
from kiosk.private.errors import Damaged
from kiosk.private.identity import Owner
from kiosk.private.transfer import Keepsake, State, Trouble
from kiosk.sync.submission import SignedReceipt


def keep(database: Database, owner: Owner, keepsake: Keepsake, elapsed: Elapsed) -> None:
    """Keep what became of a submission, in the place of what was kept of it before."""
    content = {
        "state": keepsake.state,
        "title": keepsake.title,
        "tender_no": keepsake.tender_no,
        "receipt": None if keepsake.receipt is None else keepsake.receipt.model_dump(),
        "problem": keepsake.problem,
    }
    text = json.dumps(content, ensure_ascii=False).encode()
    database.conn.execute(
        "INSERT OR REPLACE INTO keepsakes (id, owner, lived_s, proven_at, content)"
        " VALUES (?, ?, ?, ?, ?)",
        [
            keepsake.submission,
            owner.mark,
            *columns(elapsed.stamp),
            owner.seal(text, _place(keepsake.submission)),
        ],
    )


def of_owner(
    database: Database, owner: Owner, elapsed: Elapsed, kept: timedelta
) -> tuple[Keepsake, ...]:
    """Read an owner's keepsakes, newest first; what is over or damaged is left out."""
    rows = database.conn.execute(
        "SELECT id, lived_s, proven_at, content FROM keepsakes WHERE owner = ? ORDER BY id DESC",
        [owner.mark],
    ).fetchall()
    found = []
    for id, lived_s, proven_at, content in rows:
        if elapsed.is_over(stamp_of(lived_s, proven_at), kept):
            continue
        try:
            found.append(_keepsake(id, owner.open(content, _place(id))))
        except Damaged:
            continue
    return tuple(found)


def purge(database: Database, elapsed: Elapsed, kept: timedelta) -> int:
    """Delete what is over; tell how many."""
    rows = database.conn.execute("SELECT id, lived_s, proven_at FROM keepsakes").fetchall()
    over = [
        (id,)
        for id, lived_s, proven_at in rows
        if elapsed.is_over(stamp_of(lived_s, proven_at), kept)
    ]
    database.conn.executemany("DELETE FROM keepsakes WHERE id = ?", over)
    return len(over)


def _keepsake(id: str, text: bytes) -> Keepsake:
    content = json.loads(text)
    receipt = content["receipt"]
    return Keepsake(
        id,
        State(content["state"]),
        content["title"],
        content["tender_no"],
        None if receipt is None else SignedReceipt.model_validate(receipt),
        # What an earlier version of this program kept has none.
        Trouble(content.get("problem", Trouble.NONE)),
    )


def _place(id: str) -> str:
    return f"keepsake {id}"
