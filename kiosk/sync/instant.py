"""Moments as whole microseconds since 1970 UTC, the form in which both databases keep them."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def utc_now() -> datetime:
    """Read this machine's clock."""
    return datetime.now(UTC)


def to_microseconds(moment: datetime) -> int:
    """Count the microseconds up to an aware moment. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return (moment - _EPOCH) // _MICROSECOND


def from_microseconds(count: int) -> datetime:
    """Turn a count back into a moment in UTC."""
    return _EPOCH + timedelta(microseconds=count)
