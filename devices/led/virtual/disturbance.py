"""What can happen to the replies of any simulated device on their way (pure)."""

from collections import deque
from dataclasses import dataclass


class NotAnOrder(ValueError):
    """A line that is none of the orders; the message says what is expected."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a reply leaves: pieces with the seconds to wait before each, then a hang-up or not."""

    pieces: tuple[tuple[float, bytes], ...]
    unplug_s: float | None = None


class Disturbances:
    """What is still to come; everything but delays and hang-ups is counted by a name."""

    def __init__(self, split_gap_s: float) -> None:
        """`split_gap_s`: between the bytes of a reply that is split."""
        self._split_gap_s = split_gap_s
        self.clear()

    def clear(self) -> None:
        """Take back everything."""
        self._counts: dict[str, int] = {}
        self._delays = deque[float]()
        self._unplug_s: float | None = None

    def count(self, name: str, times: int) -> None:
        """Let it happen so many times more."""
        self._counts[name] = self._counts.get(name, 0) + times

    def delay(self, seconds: float, times: int) -> None:
        """Hold back so many replies."""
        self._delays.extend([seconds] * times)

    def unplug(self, seconds: float) -> None:
        """Stop in the middle of the next reply, and hang up for so long."""
        self._unplug_s = seconds

    def take(self, name: str) -> bool:
        """Whether it happens now; then it is to come once less."""
        left = self._counts.get(name, 0)
        if left:
            self._counts[name] = left - 1
        return left > 0

    def deliver(self, raw: bytes) -> Delivery:
        """A reply as delays, hang-ups and "split" leave it."""
        wait = self._delays.popleft() if self._delays else 0.0
        if self._unplug_s is not None:
            unplug_s, self._unplug_s = self._unplug_s, None
            return Delivery(((wait, raw[: len(raw) // 2]),), unplug_s)
        if self.take("split"):
            gaps = (wait, *[self._split_gap_s] * (len(raw) - 1))
            return Delivery(tuple((gap, bytes((b,))) for gap, b in zip(gaps, raw, strict=True)))
        return Delivery(((wait, raw),))


def flipped(data: bytes) -> bytes:
    """One bit in the middle, where it is neither start nor end of a frame."""
    middle = len(data) // 2
    return data[:middle] + bytes((data[middle] ^ 0x04,)) + data[middle + 1 :] if data else data
