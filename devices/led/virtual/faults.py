"""What can be made to go wrong on the virtual board's line (pure).

Orders are lines of words, for options and for the control socket::

    drop N              lose the next N replies
    drop-request N      lose the next N pieces of a request
    delay S N           hold the next N replies back for S seconds
    refuse CODE N       refuse the next N requests with an error code of the card
    busy N              the same with code 3
    flip N              flip a bit in each of the next N replies
    flip-request N      flip a bit in each of the next N pieces of a request
    split N             send the next N replies byte by byte
    lead A5 N           lead the next N replies with so many A5 (documented: nine)
    double-end N        end the next N replies with two 5A
    wrong-address N     answer the next N requests from another address
    unplug S            stop in the middle of the next reply and hang up for S seconds
    full-flash on|off   no room for any file
    reboot              lose the RAM now
    clear               take back all that is still to come
"""

from collections import deque
from collections.abc import Callable

from devices.led.virtual.card import VirtualBoard
from devices.led.virtual.disturbance import Delivery, Disturbances, NotAnOrder, flipped
from devices.led.virtual.wire import from_address

SPLIT_GAP_S = 0.001
"""Between the bytes of a reply that is split; each is a read of its own."""
BUSY = 3

_COUNTED = frozenset(
    {"drop", "drop-request", "busy", "flip", "flip-request", "split", "double-end"}
    | {"wrong-address"}
)
_USAGE = "one of: " + ", ".join(
    sorted({*_COUNTED, "delay", "refuse", "lead", "unplug", "full-flash", "reboot", "clear"})
)


class Faults:
    """The orders that are still to come for one card."""

    def __init__(self, card: VirtualBoard) -> None:
        self._card = card
        self._disturbed = Disturbances(SPLIT_GAP_S)
        self._leads: deque[int] = deque()

    def order(self, line: str, t: float) -> None:
        """Take one order at the second `t`. Raises NotAnOrder."""
        words = line.split()
        name = words[0] if words else ""
        if name in _COUNTED:
            count = int(_numbers(line, words, int)[0])
            if name == "busy":
                self._card.refusals.extend([BUSY] * count)
            else:
                self._disturbed.count(name, count)
        elif name == "delay":
            seconds, times = _numbers(line, words, float, int)
            self._disturbed.delay(seconds, int(times))
        elif name == "refuse":
            code, times = _numbers(line, words, int, int)
            if not 1 <= code <= 255:
                raise NotAnOrder(f"{line}: code 1 to 255 expected")
            self._card.refusals.extend([int(code)] * int(times))
        elif name == "lead":
            lead, times = _numbers(line, words, int, int)
            if not 1 <= lead <= 64:
                raise NotAnOrder(f"{line}: 1 to 64 A5 expected")
            self._leads.extend([int(lead)] * int(times))
        elif name == "unplug":
            self._disturbed.unplug(_numbers(line, words, float)[0])
        elif words in (["full-flash", "on"], ["full-flash", "off"]):
            self._card.memory.full = words[1] == "on"
        elif words == ["reboot"]:
            self._card.reboot(t)
        elif words == ["clear"]:
            self._disturbed.clear()
            self._leads.clear()
            self._card.refusals.clear()
            self._card.memory.full = False
        else:
            raise NotAnOrder(f"{line!r}: {_USAGE}")

    def request(self, data: bytes) -> bytes:
        """What of a piece of a request reaches the card."""
        if self._disturbed.take("drop-request"):
            return b""
        return flipped(data) if self._disturbed.take("flip-request") else data

    def reply(self, raw: bytes) -> Delivery:
        """How a reply of the card leaves it."""
        if self._disturbed.take("drop"):
            return Delivery(())
        if self._disturbed.take("wrong-address"):
            raw = from_address(raw, lambda address: address ^ 0x0100)
        if self._leads:
            raw = b"\xa5" * self._leads.popleft() + raw.lstrip(b"\xa5")
        if self._disturbed.take("double-end"):
            raw += b"\x5a"
        if self._disturbed.take("flip"):
            raw = flipped(raw)
        return self._disturbed.deliver(raw)


def _numbers(line: str, words: list[str], *kinds: Callable[[str], float]) -> tuple[float, ...]:
    try:
        values = tuple(kind(word) for kind, word in zip(kinds, words[1:], strict=True))
    except ValueError:
        expected = " ".join("a number" for _ in kinds)
        raise NotAnOrder(f"{line!r}: {expected} expected after {words[0]}") from None
    if min(values) < 0:
        raise NotAnOrder(f"{line!r}: no negative numbers")
    return values
