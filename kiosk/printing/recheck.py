"""Whether what a visitor is printing is still so: asked when the store has changed, or time has."""

from datetime import datetime
from typing import Any, Protocol

from kiosk.printing.model import PrintModel


class Asking(Protocol):
    """See `kiosk.jobs.Jobs`."""

    def ask(self, name: str, question: Any, answer: Any, failed: Any) -> None: ...


def recheck(printing: PrintModel, jobs: Asking, at: datetime) -> None:
    """Have pages dropped, and a job cancelled, of what has changed or was withdrawn.

    A store that cannot answer is asked again with the next change, or the next minute.
    """
    holds = printing.holds
    if holds is None:
        return

    def answer(still: bool) -> None:
        if not still and printing.holds is holds:
            printing.outdate()

    jobs.ask("printed", lambda store: holds(store, at), answer, lambda: None)
