"""Whether the editions and pictures in a store are those that its chain of entries names."""

import hashlib
from collections.abc import Iterator
from typing import Any

from display.evidence import Entry, Kind
from kiosk.store.evidence import BoardEvidence, KeptEdition

ID_LENGTH = 16
"""An edition is named by so many hex digits of its text's SHA-256."""


def flaws(store: BoardEvidence, board: str, last: int) -> Iterator[str]:
    """What differs, in words; the chain itself, up to entry `last`, must be whole.

    Raises StoreError and NotAnEntry.
    """
    made: dict[tuple[Any, Any], Entry] = {}
    pictures: dict[str, int] = {}
    for entry in store.stretch(board, last=last):
        if entry.kind is Kind.EDITION:
            made[entry.facts.get("day"), entry.facts.get("version")] = entry
            for digest in entry.facts.get("pictures", ()):
                pictures.setdefault(digest, entry.number)
    for kept in store.kept_editions(board):
        entry_of_it = made.pop((kept.day, kept.version), None)
        if entry_of_it is None:
            # One that was made while this looks is not among these entries yet.
            if store.edition_number(board, kept.edition_id, 2**62) is None:
                yield f"no entry tells of version {kept.version} of the edition of {kept.day}"
        else:
            yield from _edition_flaws(kept, entry_of_it)
    for (day, version), entry in made.items():
        yield f"version {version} of the edition of {day} (entry {entry.number}) is missing"
    for digest, number in pictures.items():
        png = store.picture(digest)
        if png is None:
            yield f"picture {digest} (entry {number}) is missing"
        elif hashlib.sha256(png).hexdigest() != digest:
            yield f"picture {digest} (entry {number}) was changed"


def _edition_flaws(kept: KeptEdition, entry: Entry) -> Iterator[str]:
    name = f"version {kept.version} of the edition of {kept.day} (entry {entry.number})"
    digest = hashlib.sha256(kept.text).hexdigest()
    if digest != entry.facts.get("text"):
        yield f"the text of {name} was changed"
    elif not kept.edition_id == entry.facts.get("edition") == digest[:ID_LENGTH]:
        yield f"{name} bears another id than its text"
