"""The PC's own clocks, read at once."""

import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from display.trusted_time import Reading

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@cache
def _boot() -> str:
    return BOOT_ID.read_text(encoding="ascii").strip() if BOOT_ID.exists() else ""


def read_clocks() -> Reading:
    """Wall clock and uptime now; a system that names no boot leaves `boot` empty."""
    uptime = time.clock_gettime(time.CLOCK_BOOTTIME) if _boot() else time.monotonic()
    return Reading(datetime.now(UTC), _boot(), uptime)
