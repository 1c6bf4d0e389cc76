"""Whether a board's record is whole, looked at entry by entry."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from display.evidence import Entry, NotAnEntry, first_break
from kiosk.evidence.kept import flaws
from kiosk.store.evidence import BoardEvidence

TELL_EVERY = 200
"""Entries between two words of how far it is."""


class Stopped(Exception):
    """Nobody waits for the answer any more."""


@dataclass(frozen=True, slots=True)
class Chain:
    """What was found."""

    count: int
    """Entries, all of them."""
    broken: int | None = None
    """Number of the first entry that cannot be trusted."""
    flaws: tuple[str, ...] = ()
    """Editions and pictures that are not those that the record names."""

    @property
    def whole(self) -> bool:
        """Nothing is missing and nothing was changed."""
        return self.broken is None and not self.flaws


def check_chain(
    store: BoardEvidence, board: str, tell: Callable[[int], None], stopped: Callable[[], bool]
) -> Chain:
    """Look at everything; `tell` hears how many entries were looked at.

    Raises Stopped, StoreError.
    """
    seen = 0

    def watched(entries: Iterator[Entry]) -> Iterator[Entry]:
        nonlocal seen
        for entry in entries:
            seen += 1
            if seen % TELL_EVERY == 0:
                if stopped():
                    raise Stopped
                tell(seen)
            yield entry

    try:
        head = store.last_entry(board)
        if head is None:
            return Chain(0)
        broken = first_break(watched(store.stretch(board, last=head.number)))
        if broken is not None:
            return Chain(head.number, broken.number)
        found = []
        for flaw in flaws(store, board, head.number):
            if stopped():
                raise Stopped
            found.append(flaw)
    except NotAnEntry:
        return Chain(seen, seen + 1)
    return Chain(head.number, None, tuple(found))
