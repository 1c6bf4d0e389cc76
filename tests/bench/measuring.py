"""Clock and statistics of the benches."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


def milliseconds(action: Callable[[], object]) -> float:
    """How long `action` took."""
    began = time.perf_counter()
    action()
    return (time.perf_counter() - began) * 1000


@dataclass(frozen=True, slots=True)
class Took:
    """The best of several runs, in milliseconds."""

    wall: float
    cpu: float
    """Of this thread on a core: what neighbours on the machine do not count in."""


def best(action: Callable[[], object], runs: int = 5) -> Took:
    """Run `action` several times and keep the shortest times."""
    walls, cpus = [], []
    for _ in range(runs):
        began, cpu_began = time.perf_counter(), time.thread_time()
        action()
        cpus.append((time.thread_time() - cpu_began) * 1000)
        walls.append((time.perf_counter() - began) * 1000)
    return Took(min(walls), min(cpus))


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of `values` do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def resident_mb(pid: int) -> float:
    """Resident memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
