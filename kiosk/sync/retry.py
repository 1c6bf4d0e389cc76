"""How long to wait before trying again (pure)."""

from datetime import datetime
from email.utils import parsedate_to_datetime

BASE_S = 1.0
CAP_S = 15 * 60.0
_DOUBLINGS = 32


def backoff(failures: int, chance: float, *, retry_after_s: float | None = None) -> float:
    """Seconds to wait after `failures` failures in a row, with full jitter.

    `chance` is in [0, 1). A Retry-After is waited for in full, up to the cap, with the jitter
    of the first failure on top, so that all terminals do not come back at the same moment.
    """
    if failures < 1:
        raise ValueError("failures must be 1 or more")
    if not 0 <= chance < 1:
        raise ValueError("chance must lie in [0, 1)")
    if retry_after_s is not None:
        return min(CAP_S, max(0.0, retry_after_s)) + chance * BASE_S
    return chance * min(CAP_S, BASE_S * 2.0 ** min(failures, _DOUBLINGS))


def jittered(seconds: float, chance: float) -> float:
    """Spread a period over 80–120 % of itself."""
    return seconds * (0.8 + 0.4 * chance)


def retry_after(value: str | None, now: datetime) -> float | None:
    """Read a Retry-After header (RFC 9110 section 10.2.3) as seconds; None if it says nothing."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        return None
    return max(0.0, (moment - now).total_seconds())
