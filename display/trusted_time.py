"""Which moment may be trusted when the PC's clock may be wrong (pure).

The server's clock is the proof: sync stores its distance from the PC's clock at every
contact. Domain rule 10: without proof, or after a step backwards, release nothing new.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

JITTER = timedelta(seconds=5)
"""A step back of less than this is a clock being disciplined, not a broken one."""


@dataclass(frozen=True, slots=True)
class TrustedTime:
    """The moment to hand to the release gate, and whether it is proven."""

    at: datetime
    proven: bool


def trusted_time(
    now: datetime, *, offset: timedelta | None, last: datetime | None
) -> TrustedTime | None:
    """Correct `now` (PC clock, UTC) by `offset` (server minus PC, None: never heard).

    `last` is the highest moment that was trusted before. An unproven clock stands still at
    `last`, so what was released stays and nothing new is; None when there is no such moment.
    """
    if offset is not None:
        at = now + offset
        if last is None or at >= last - JITTER:
            return TrustedTime(at, proven=True)
    return None if last is None else TrustedTime(last, proven=False)
