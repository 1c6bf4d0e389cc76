"""What can be made to go wrong at the virtual reader (pure).

Orders are lines of words, for options and for the control socket::

    drop N              lose the next N replies
    delay S N           hold the next N replies back for S seconds
    flip N              flip a bit in each of the next N replies
    wrong-checksum N    send the next N replies with another checksum
    noise N             lead the next N replies with noise that looks like a start
    split N             send the next N replies byte by byte
    refuse CODE N       answer the next N requests with a status word, in hex as documented
    unplug S            stop in the middle of the next reply and hang up for S seconds
    lift-after COMMAND  lift the card after the next find, select or read was answered
    licensed on|off     off: the module refuses to work with cards (66)
    healthy on|off      off: the module fails its self test (60)
    finds-again on|off  a card left lying is found again after it was read
    clear               take back all of this; the card stays
"""

from collections.abc import Callable

from devices.idcard.virtual.module import VirtualModule
from devices.led.virtual.disturbance import Delivery, Disturbances, NotAnOrder, flipped

SPLIT_GAP_S = 0.0005
"""Between the bytes of a reply that is split; each is a read of its own."""
NOISE = b"\x00\xff\xaa\xaa\xaa\x96\x69\x05\x09\xaa\xaa\x96\x69\xaa\xaa\xaa\x96\x69\x00\x05\x11"
"""Two false starts, of which the second announces five bytes."""

_COUNTED = frozenset({"drop", "flip", "wrong-checksum", "noise", "split"})
_SWITCHES = {"licensed": "licensed", "healthy": "healthy", "finds-again": "finds_again"}
ORDERS = tuple(sorted({*_COUNTED, *_SWITCHES, "delay", "refuse", "unplug", "lift-after", "clear"}))


class Faults:
    """The orders that are still to come for one module."""

    def __init__(self, module: VirtualModule) -> None:
        self._module = module
        self._disturbed = Disturbances(SPLIT_GAP_S)

    def order(self, line: str) -> None:
        """Take one order. Raises NotAnOrder."""
        match line.split():
            case [name, count] if name in _COUNTED:
                self._disturbed.count(name, int(_number(line, count, int)))
            case ["delay", seconds, count]:
                times = int(_number(line, count, int))
                self._disturbed.delay(_number(line, seconds, float), times)
            case ["refuse", code, count]:
                status = int(_number(line, code, lambda text: int(text, 16)))
                if not 1 <= status <= 0xFF:
                    raise NotAnOrder(f"{line!r}: a status word of 01 to FF expected")
                self._module.refusals.extend([status] * int(_number(line, count, int)))
            case ["unplug", seconds]:
                self._disturbed.unplug(_number(line, seconds, float))
            case ["lift-after", ("find" | "select" | "read") as command]:
                self._module.lift_after = command
            case [name, ("on" | "off") as state] if name in _SWITCHES:
                setattr(self._module, _SWITCHES[name], state == "on")
            case ["clear"]:
                self._clear()
            case _:
                raise NotAnOrder(f"{line!r}: one of {', '.join(ORDERS)}, each with its values")

    def _clear(self) -> None:
        self._disturbed.clear()
        self._module.refusals.clear()
        self._module.lift_after = None
        self._module.licensed = self._module.healthy = True
        self._module.finds_again = False

    def reply(self, raw: bytes) -> Delivery:
        """How a reply of the module leaves it."""
        if self._disturbed.take("drop"):
            return Delivery(())
        if self._disturbed.take("flip"):
            raw = flipped(raw)
        if self._disturbed.take("wrong-checksum"):
            raw = raw[:-1] + bytes((raw[-1] ^ 0xFF,))
        if self._disturbed.take("noise"):
            raw = NOISE + raw
        return self._disturbed.deliver(raw)


def _number(line: str, word: str, kind: Callable[[str], float]) -> float:
    try:
        value = kind(word)
    except ValueError:
        raise NotAnOrder(f"{line!r}: a number expected for {word}") from None
    if not 0 <= value <= 1e6:
        raise NotAnOrder(f"{line!r}: a number from 0 to a million expected for {word}")
    return value
