"""The PC's own clocks, read at once."""

import ctypes
import ctypes.util
import sys
import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from display.trusted_time import Reading

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
UNSYNCHRONISED = 5
"""TIME_ERROR of adjtimex(2): nobody disciplines the clock."""
TIMEX_BYTES = 512
"""More than any system's `struct timex`, which begins with the wanted changes: zeros, none."""


@cache
def _boot() -> str:
    return BOOT_ID.read_text(encoding="ascii").strip() if BOOT_ID.exists() else ""


def read_clocks() -> Reading:
    """Wall clock and uptime now; a system that names no boot leaves `boot` empty."""
    uptime = time.clock_gettime(time.CLOCK_BOOTTIME) if _boot() else time.monotonic()
    return Reading(datetime.now(UTC), _boot(), uptime, kept_by_ntp())


def kept_by_ntp() -> bool:
    """Whether the kernel says that a daemon keeps the clock right; False where it cannot tell.

    adjtimex(2): any daemon that disciplines the clock clears the kernel's unsynchronised state,
    which comes back by itself when the estimated error grows.
    """
    library = _libc()
    if library is None:
        return False
    state = library.adjtimex(ctypes.create_string_buffer(TIMEX_BYTES))
    return 0 <= state != UNSYNCHRONISED


@cache
def _libc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(ctypes.util.find_library("c") or "libc.so.6")
    return library if hasattr(library, "adjtimex") else None
