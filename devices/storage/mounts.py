"""The kernel's table of mounts (pure)."""

import re
from dataclasses import dataclass

PROTECTION = frozenset({"ro", "nosuid", "nodev", "noexec"})
"""What every mount of a stick must have."""

_ESCAPED = re.compile(rb"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of /proc/self/mountinfo, proc(5)."""

    id: int
    device: str
    """major:minor."""
    point: bytes
    options: frozenset[str]

    @property
    def lacks(self) -> frozenset[str]:
        """What is missing of its protection."""
        return PROTECTION - self.options


def parse(table: bytes) -> tuple[Mount, ...]:
    """All lines, in the order of mounting. Raises ValueError."""
    return tuple(_mount(line) for line in table.splitlines() if line)


def at(table: bytes, point: bytes) -> Mount | None:
    """What is mounted at a place: the last one counts. Raises ValueError."""
    found = [mount for mount in parse(table) if mount.point == point]
    return found[-1] if found else None


def _mount(line: bytes) -> Mount:
    fields = line.split(b" ")
    if len(fields) < 6:
        raise ValueError("a line of the table of mounts is too short")
    # Spaces, tabs, line ends and backslashes stand there as three octal digits.
    point = _ESCAPED.sub(lambda found: bytes([int(found.group(1), 8)]), fields[4])
    options = frozenset(fields[5].decode("ascii", "replace").split(","))
    return Mount(int(fields[0]), fields[2].decode("ascii"), point, options)
