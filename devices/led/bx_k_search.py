"""Finds the baud at which a BX-K card answers."""

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from devices.errors import NoReply
from devices.exchange import Exchange, Patience, Wire
from devices.led.bx_k_commands import Malformed, Ping
from devices.led.bx_k_frames import Deframer, Frame
from devices.led.bx_k_parsing import parse_reply
from devices.led.bx_k_replies import Ack, Nack
from devices.line import Line

BAUDS = (9600, 57600)
"""As delivered, in the order of the vendor's search."""
ROUNDS = 2
WAIT_S = 2.0


class _OpenWire(Wire, Protocol):
    def close(self) -> None: ...


def search_baud(
    url: str,
    address: int = 1,
    *,
    bauds: Sequence[int] = BAUDS,
    wait_s: float = WAIT_S,
    open_line: Callable[[str, int], _OpenWire] = lambda url, baud: Line(url, baud=baud),
    clock: Callable[[], float] = time.monotonic,
) -> int:
    """The baud at which the card answers a ping: each is tried for `wait_s` s, twice over.

    Raises NoReply, with what to check, if none is; Unplugged if the line cannot be opened.
    Source: vendor document "BX-K protocol" v1.4, baud search.
    """
    ping = Frame(data=Ping().to_bytes(), destination=address).to_bytes()
    once = Patience(attempts=1, grace_s=wait_s, pause_s=0)
    for _ in range(ROUNDS):
        for baud in bauds:
            line = open_line(url, baud)
            try:
                exchange: Exchange[Frame] = Exchange(line, Deframer, patience=once, clock=clock)
                exchange.ask(ping, _answers(address))
                return baud
            except NoReply:
                continue
            finally:
                line.close()
    tried = " or ".join(str(baud) for baud in bauds)
    raise NoReply(f"no answer at {tried}: check wiring A/B, power, address")


def _answers(address: int) -> Callable[[Frame], bool | None]:
    def match(frame: Frame) -> bool | None:
        if not frame.answers(address):
            return None
        try:
            reply = parse_reply(frame.data)
        except Malformed:
            return None
        return isinstance(reply, Ack | Nack) or None

    return match
