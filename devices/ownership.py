"""Who has a device that is locked: one process owns a line.

The lock is the ``flock`` on the device node that `serial` takes with its exclusive flag: it
ends with the process, however that dies, so it leaves nothing behind to clean up. Linux tells
its holder in ``/proc/locks`` (see proc(5)).
"""

import os
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Owner:
    """A process that has a device."""

    pid: int
    command: str
    """As it was started; empty if this user may not see it."""

    def __str__(self) -> str:
        return f"process {self.pid} ({self.command})" if self.command else f"process {self.pid}"


def owner_of(device: str, *, proc: Path = PROC) -> Owner | None:
    """The process that holds the lock on `device`; None if there is none or it is hidden."""
    try:
        node = Path(device).stat()
        locks = (proc / "locks").read_text(encoding="ascii")
    except OSError:
        return None
    key = f"{os.major(node.st_dev):02x}:{os.minor(node.st_dev):02x}:{node.st_ino}"
    for line in locks.splitlines():
        words = line.split()
        # "1: FLOCK ADVISORY WRITE 14912 00:1a:4 0 EOF"; a waiting process has "->" in front.
        if len(words) >= 6 and words[1] == "FLOCK" and words[5] == key and words[4].isdigit():
            pid = int(words[4])
            return Owner(pid, _command(pid, proc)) if pid else None
    return None


def _command(pid: int, proc: Path) -> str:
    try:
        raw = (proc / str(pid) / "cmdline").read_bytes()
    except OSError:
        return ""
    return raw.rstrip(b"\0").replace(b"\0", b" ").decode("utf-8", errors="replace")
