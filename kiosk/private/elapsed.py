"""How much time has passed for certain, whatever the clocks were set to (pure).

Two measures are kept side by side. `lived_s` counts the seconds this terminal ran: it only ever
grows by what the machine's uptime proves, so no setting of a clock touches it, and it never says
more than what passed. `proven_at` is the trusted time (`display.trusted_time`), which also counts
the nights in which the terminal was switched off, but is there only while it is proven. What is
to be gone after a while is gone as soon as one of the two says so.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from display.trusted_time import Reading, TrustedTime

JITTER_S = 5.0
"""Where runs have no names, an uptime that is less by more is of another run."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """When something was kept."""

    lived_s: float
    proven_at: datetime | None
    """None: no trusted time was at hand."""


@dataclass(frozen=True, slots=True)
class Elapsed:
    """The two measures at the last look."""

    lived_s: float = 0.0
    boot: str = ""
    uptime_s: float = 0.0
    proven_at: datetime | None = None

    def at(self, now: Reading, trusted: TrustedTime | None = None) -> "Elapsed":
        """The measures at `now`; only proven time counts as trusted."""
        passed_s = now.uptime_s - self.uptime_s
        same_run = now.boot == self.boot and (bool(now.boot) or passed_s > -JITTER_S)
        # Another process may have looked a little later and written a little earlier; and after
        # a start at least its own uptime has passed since the last look.
        passed_s = max(0.0, passed_s if same_run else now.uptime_s)
        proven_at = None
        if trusted is not None and trusted.proven:
            proven_at = trusted.at
        elif same_run and now.boot and self.proven_at is not None:
            proven_at = self.proven_at + timedelta(seconds=passed_s)
        return replace(
            self,
            lived_s=self.lived_s + passed_s,
            boot=now.boot,
            uptime_s=max(now.uptime_s, self.uptime_s) if same_run else now.uptime_s,
            proven_at=proven_at,
        )

    @property
    def stamp(self) -> Stamp:
        """What to write beside something that is kept now."""
        return Stamp(self.lived_s, self.proven_at)

    def is_over(self, stamp: Stamp, span: timedelta) -> bool:
        """Whether `span` has passed since the stamp was given."""
        if self.lived_s - stamp.lived_s >= span.total_seconds():
            return True
        if self.proven_at is None or stamp.proven_at is None:
            return False
        return self.proven_at - stamp.proven_at >= span
