"""Which moment may be trusted when the PC's clock may be wrong (pure).

The server's clock is the proof. Each contact stores what it said beside a reading of the PC's
own clocks; from then on the machine's uptime counts, which no setting of the clock touches. In a
later run of the machine only the server or NTP is proof again: the clock may have been set while
nobody looked. Domain rule 10: without proof, or after a step backwards, release nothing new.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

JITTER = timedelta(seconds=5)
"""A step back of less than this is a clock being disciplined, not a broken one."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One look at a PC's clocks."""

    wall: datetime
    """UTC; may be wrong, may be set at any time."""
    boot: str = ""
    """Names one run of the machine from power-on to power-off; empty: unknown."""
    uptime_s: float = 0.0
    """Seconds of that run, sleep included."""
    by_ntp: bool = False
    """The system says that NTP keeps `wall` right."""


@dataclass(frozen=True, slots=True)
class Contact:
    """The last time the central server was heard."""

    reading: Reading
    """This PC's clocks then."""
    server_time: datetime

    @property
    def offset(self) -> timedelta:
        """The server's clock minus this PC's."""
        return self.server_time - self.reading.wall


@dataclass(frozen=True, slots=True)
class TrustedTime:
    """The moment to hand to the release gate, and whether it is proven."""

    at: datetime
    proven: bool


def trusted_time(
    now: Reading, *, contact: Contact | None, last: datetime | None
) -> TrustedTime | None:
    """The server's time now, as far as this PC can tell.

    `last` is the highest moment trusted before: without proof, and when proof says an earlier
    moment, time is unproven and stands still there, so that what was released stays and nothing
    new is. None when there is no such moment either. On a system that names no boots, the PC's
    clock stands in, corrected by its last known distance from the server's.
    """
    at = None if contact is None else _by_uptime(now, contact)
    if at is None and now.by_ntp:
        at = now.wall
    if at is None and contact is not None and not now.boot:
        at = now.wall + contact.offset
    if at is not None and (last is None or at >= last - JITTER):
        return TrustedTime(at, proven=True)
    return None if last is None else TrustedTime(last, proven=False)


def _by_uptime(now: Reading, contact: Contact) -> datetime | None:
    before = contact.reading
    if not now.boot or now.boot != before.boot or now.uptime_s < before.uptime_s:
        return None
    return contact.server_time + timedelta(seconds=now.uptime_s - before.uptime_s)
