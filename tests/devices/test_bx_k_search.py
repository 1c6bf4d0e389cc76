import pytest

from devices import catalogue
from devices.errors import NoReply, Unplugged
from devices.led.bx_k_frames import Frame
from devices.led.bx_k_replies import Ack, Nack
from devices.led.bx_k_search import search_baud
from tests.devices.test_virtual_server import running


class Lines:
    """Lines that answer at one baud, from the `on_try`-th time on; time passes by waiting."""

    def __init__(self, answer: bytes, baud: int, on_try: int = 1) -> None:
        self.answer, self.right, self.on_try = answer, baud, on_try
        self.opened: list[int] = []
        self.closed = 0
        self.now = 0.0

    def open(self, url: str, baud: int) -> "Lines":
        self.opened.append(baud)
        self.baud = baud
        return self

    def send(self, data: bytes, *, timeout_s: float) -> None: ...

    def receive(self, *, timeout_s: float) -> bytes:
        if self.baud == self.right and self.opened.count(self.baud) >= self.on_try:
            return self.answer
        self.now += timeout_s
        return b""

    def discard_input(self) -> int:
        return 0

    def close(self) -> None:
        self.closed += 1

    def search(self, address: int = 1) -> int:
        return search_baud("x", address, open_line=self.open, clock=lambda: self.now)


def reply(data: bytes, source: int = 1) -> bytes:
    return Frame(data=data, destination=0x8000, source=source, preamble=9).to_bytes()


ACK = reply(Ack().to_bytes())


@pytest.mark.parametrize(
    ("baud", "on_try", "opened"),
    [
        (9600, 1, [9600]),
        (57600, 1, [9600, 57600]),
        (9600, 2, [9600, 57600, 9600]),
        (57600, 2, [9600, 57600] * 2),
    ],
)
def test_the_documented_order(baud: int, on_try: int, opened: list[int]) -> None:
    lines = Lines(ACK, baud, on_try)
    assert lines.search() == baud
    assert lines.opened == opened and lines.closed == len(opened)
    assert lines.now == pytest.approx(2.0 * (len(opened) - 1), abs=0.2)


def test_silence_reports_the_wiring() -> None:
    lines = Lines(ACK, 2400)
    with pytest.raises(NoReply) as told:
        lines.search()
    assert str(told.value) == "no answer at 9600 or 57600: check wiring A/B, power, address"
    assert lines.opened == [9600, 57600] * 2 and lines.closed == 4


def test_a_refusal_is_an_answer() -> None:
    assert Lines(reply(Nack(error=3).to_bytes()), 9600).search() == 9600
    assert Lines(reply(Ack().to_bytes(), source=2), 9600).search(address=2) == 9600


def test_a_real_line_at_57600_is_found() -> None:
    with running(baud=57600) as path:
        assert search_baud(str(path), wait_s=0.3) == 57600
        with pytest.raises(NoReply):
            search_baud(str(path), 2, wait_s=0.1)


def test_the_catalogue_searches() -> None:
    with pytest.raises(Unplugged):
        catalogue.find_baud("bx-k", "/dev/there-is-none", address=1)
    with pytest.raises(ValueError, match="any baud"):
        catalogue.find_baud("frame", "loop://", address=1)
