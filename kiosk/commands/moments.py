"""Moments of Shanghai on the command line."""

import argparse
from datetime import UTC, date, datetime, time, timedelta

from display.local_time import SHANGHAI

HELP = '2026-11-23, 2026-11-23T08:30 or "2026-11-23 08:30:15", time of Beijing'


def moment_of(text: str) -> datetime:
    """`2026-11-23`, with a time or without one (midnight), as UTC; for argparse."""
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text}: write a moment as {HELP}") from None
    if local.tzinfo is not None:
        return local.astimezone(UTC)
    return local.replace(tzinfo=SHANGHAI).astimezone(UTC)


def end_of(text: str) -> datetime:
    """As `moment_of`, but a day alone means its end."""
    begins = moment_of(text)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return begins
    return datetime.combine(day + timedelta(days=1), time(0), SHANGHAI).astimezone(UTC)


def told(moment: datetime) -> str:
    """As staff read it: Shanghai, to the second."""
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
