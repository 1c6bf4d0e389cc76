"""How long nobody may try a PIN after wrong ones, of one card and at one terminal (pure).

Time is counted by what nobody at the terminal can set: the uptime of one run of the machine, and
between two runs the time that the server or NTP proved at both ends. Where neither is known the
delay begins anew, so that setting the PC's clock, or switching it off, opens nothing.
"""

import json
import math
from dataclasses import dataclass, replace
from datetime import datetime

DELAYS_S = (60.0, 120.0, 300.0, 900.0, 3600.0)
"""After the first wrong PIN that is one too many, the second, …; the last one for all further."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When delays begin, and when wrong PINs are forgotten."""

    free: int
    """Wrong PINs without a delay."""
    forgiven_after_s: float
    """Without a further one; longer than the longest delay."""


CARD = Limits(free=2, forgiven_after_s=24 * 3600.0)
TERMINAL = Limits(free=9, forgiven_after_s=2 * 3600.0)
"""Over all cards; the right PIN of one card does not pay for wrong ones of others."""


@dataclass(frozen=True, slots=True)
class Watch:
    """One look at clocks that count on."""

    run: str
    """Names one run of the machine, or of the program where the system names none."""
    uptime_s: float
    """Seconds of that run."""
    proven: datetime | None
    """Proven time, if there is any."""


@dataclass(frozen=True, slots=True)
class Tries:
    """Wrong PINs, as they stood at `at`."""

    wrong: int = 0
    left_s: float = 0.0
    """Until the next try is allowed."""
    quiet_s: float = 0.0
    """Since the last wrong one."""
    at: Watch | None = None


def elapsed_s(before: Watch, now: Watch) -> float:
    """Seconds that have surely passed; 0 where nothing tells."""
    if before.run == now.run and now.uptime_s >= before.uptime_s:
        return now.uptime_s - before.uptime_s
    if before.proven is not None and now.proven is not None:
        return max(0.0, (now.proven - before.proven).total_seconds())
    return 0.0


def aged(tries: Tries, now: Watch, limits: Limits) -> Tries:
    """The same tries as they stand at `now`; none, once they are forgiven."""
    passed = 0.0 if tries.at is None else elapsed_s(tries.at, now)
    quiet_s, left_s = tries.quiet_s + passed, max(0.0, tries.left_s - passed)
    if quiet_s >= limits.forgiven_after_s:
        return Tries(at=now)
    return Tries(tries.wrong, left_s, quiet_s, now)


def failed(tries: Tries, now: Watch, limits: Limits) -> Tries:
    """One more wrong PIN."""
    before = aged(tries, now, limits)
    wrong = before.wrong + 1
    too_many = wrong - limits.free
    delay_s = DELAYS_S[min(too_many, len(DELAYS_S)) - 1] if too_many > 0 else 0.0
    return replace(before, wrong=wrong, left_s=max(before.left_s, delay_s), quiet_s=0.0)


def to_json(tries: Tries) -> str:
    """As kept; empty for what need not be."""
    if not tries.wrong or tries.at is None:
        return ""
    at = tries.at
    proven = None if at.proven is None else at.proven.isoformat()
    return json.dumps(
        [tries.wrong, tries.left_s, tries.quiet_s, at.run, at.uptime_s, proven], allow_nan=False
    )


def from_json(text: str) -> Tries:
    """What `to_json` wrote. ValueError for anything else."""
    if not text:
        return Tries()
    try:
        wrong, left_s, quiet_s, run, uptime_s, proven = json.loads(text)
        told = None if proven is None else datetime.fromisoformat(proven)
        at = Watch(str(run), float(uptime_s), told)
        tries = Tries(int(wrong), float(left_s), float(quiet_s), at)
    except (TypeError, ValueError, RecursionError):
        raise ValueError("these are no tries") from None
    seconds = tries.left_s, tries.quiet_s, at.uptime_s
    if tries.wrong < 1 or not all(math.isfinite(each) and each >= 0 for each in seconds):
        raise ValueError("these are no tries")
    if told is not None and told.tzinfo is None:
        raise ValueError("these tries tell a time without its zone")
    return tries


def longest(now: Watch, limits: Limits) -> Tries:
    """As if there had been very many wrong ones until now."""
    return Tries(limits.free + len(DELAYS_S), DELAYS_S[-1], 0.0, now)
