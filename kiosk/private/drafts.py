"""草稿: what somebody has entered so far, one for each form and person.

Both the content and which form it belongs to are readable only with the owner's key.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlite_utils import Database

from kiosk.private.ageing import columns, stamp_of
from kiosk.private.elapsed import Elapsed
from kiosk.private.errors import Damaged
from kiosk.private.files import KeptFile, StagedFile
from kiosk.private.identity import Owner
from kiosk.sync.instant import from_microseconds, to_microseconds

_OF_FILE = ("id", "name", "media_type", "size", "sha256")
"""What a draft remembers of a file, before its key."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft, as it was saved last."""

    form: str
    version: int
    """Of the form when the draft was begun."""
    step: str
    """Where its owner was."""
    values: Mapping[str, Any] = field(repr=False)
    saved_at: datetime
    """As the saver told it; for the screen."""
    kept: tuple[KeptFile, ...] = field(default=(), repr=False)
    """Its files, as far as they were there; some may be gone since."""

    @property
    def files(self) -> tuple[StagedFile, ...]:
        """What was attached, whether it is still there or not."""
        return tuple(each.file for each in self.kept)


def save(database: Database, owner: Owner, draft: Draft, elapsed: Elapsed) -> None:
    """Put a draft in the place of the one of the same form."""
    content = {
        "form": draft.form,
        "version": draft.version,
        "step": draft.step,
        "values": dict(draft.values),
        "saved_at": to_microseconds(draft.saved_at),
        "files": [
            [*(getattr(each.file, name) for name in _OF_FILE), each.key.hex()]
            for each in draft.kept
        ],
    }
    text = json.dumps(content, ensure_ascii=False, allow_nan=False).encode()
    slot = slot_of(owner, draft.form)
    database.conn.execute(
        "INSERT OR REPLACE INTO drafts (owner, slot, lived_s, proven_at, content)"
        " VALUES (?, ?, ?, ?, ?)",
        [owner.mark, slot, *columns(elapsed.stamp), owner.seal(text, _place(slot))],
    )


def of_owner(
    database: Database, owner: Owner, elapsed: Elapsed, kept: timedelta
) -> tuple[Draft, ...]:
    """Read the drafts of an owner, the newest first; what is over or damaged is left out."""
    rows = database.conn.execute(
        "SELECT slot, lived_s, proven_at, content FROM drafts WHERE owner = ?"
        # Replacing a row gives it a new number.
        " ORDER BY rowid DESC",
        [owner.mark],
    ).fetchall()
    found = []
    for slot, lived_s, proven_at, content in rows:
        if elapsed.is_over(stamp_of(lived_s, proven_at), kept):
            continue
        try:
            found.append(_draft(owner.open(content, _place(slot))))
        except Damaged:
            continue
    return tuple(found)


def drop(database: Database, owner: Owner, form: str) -> None:
    """Delete a draft, if it is there."""
    database.conn.execute(
        "DELETE FROM drafts WHERE owner = ? AND slot = ?", [owner.mark, slot_of(owner, form)]
    )


def purge(database: Database, elapsed: Elapsed, kept: timedelta) -> int:
    """Delete what is over; tell how many."""
    rows = database.conn.execute("SELECT rowid, lived_s, proven_at FROM drafts").fetchall()
    over = [
        (rowid,)
        for rowid, lived_s, proven_at in rows
        if elapsed.is_over(stamp_of(lived_s, proven_at), kept)
    ]
    database.conn.executemany("DELETE FROM drafts WHERE rowid = ?", over)
    return len(over)


def _draft(text: bytes) -> Draft:
    content = json.loads(text)
    return Draft(
        content["form"],
        content["version"],
        content["step"],
        content["values"],
        from_microseconds(content["saved_at"]),
        tuple(
            KeptFile(StagedFile(*file), bytes.fromhex(key))
            # A draft of an earlier version of this program has none.
            for *file, key in content.get("files", ())
        ),
    )


def slot_of(owner: Owner, form: str) -> bytes:
    """Where the draft of a form lies; says nothing without the owner."""
    return hmac.digest(owner.key, b"form " + form.encode(), hashlib.sha256)


def _place(slot: bytes) -> str:
    return f"draft {slot.hex()}"
