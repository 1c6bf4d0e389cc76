"""A scanner at a serial line: codes out of any pieces, garbage, unplugging, and the virtual one."""

import os
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.errors import Garbled, Unplugged
from devices.line import Line
from devices.scanner.codes import LONGEST, Codes
from devices.scanner.scanner import GAP_S, Scanner, open_scanner
from devices.scanner.virtual.server import ENDS, Trigger, serve
from kiosk.identify import scanning as identify_scanning
from kiosk.identify.scanning import CodeScanning
from kiosk.settings import ScannerSettings

CODE = "eyJhbGciOiJFZERTQSJ9." + "a" * 300 + "." + "b" * 86
TEXTS = st.text(st.sampled_from("abcXYZ019-_.:/ "), min_size=1, max_size=60).filter(
    lambda text: text == text.strip()
)


def cut(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted({place % (len(data) + 1) for place in places}), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


@given(st.lists(TEXTS, max_size=5), st.sampled_from(sorted(ENDS)), st.lists(st.integers(0, 400)))
def test_codes_come_out_whole_however_they_are_cut(
    texts: list[str], end: str, places: list[int]
) -> None:
    codes = Codes()
    data = b"".join(text.encode() + ENDS[end] for text in texts)
    assert [each for piece in cut(data, places) for each in codes.feed(piece)] == texts
    assert not codes.begun


@given(st.binary(max_size=4000), st.lists(st.integers(0, 4000)))
def test_any_garbage_leaves_the_next_code_whole(noise: bytes, places: list[int]) -> None:
    codes = Codes()
    for piece in cut(noise + b"\r", places):
        for found in codes.feed(piece):
            assert isinstance(found, Garbled | str) and len(found.raw if isinstance(
                found, Garbled) else found) <= LONGEST  # fmt: skip
    assert codes.feed(CODE.encode() + b"\r\n") == [CODE]
    assert len(codes._buffer) <= LONGEST + 5 and not any(codes._buffer)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (b"]Q1" + CODE.encode(), CODE),
        (b"\x02" + CODE.encode() + b"\x03", CODE),
        (b"\0\0]d2abc", "abc"),
        (b"]Q1", None),
        (b"a" * LONGEST, "a" * LONGEST),
        (b"]Q1" + b"a" * LONGEST, "a" * LONGEST),
        (b"a" * (LONGEST + 1), Garbled),
        (b"a" * 100_000, Garbled),
        ("授权".encode("gb18030"), Garbled),
        (b"abc\x01def", Garbled),
        (b"  \t ", None),
    ],
)
def test_what_frames_a_code_is_not_part_of_it(line: bytes, found: Any) -> None:
    (*got,) = Codes().feed(line + b"\r")
    if found is Garbled:
        assert len(got) == 1 and isinstance(got[0], Garbled) and got[0].raw == b""
    else:
        assert got == ([] if found is None else [found])


class Wire:
    """A line in memory whose time passes as one waits."""

    baud = 9600

    def __init__(self, *arrivals: tuple[float, bytes]) -> None:
        self.t = 0.0
        self._arrivals = list(arrivals)

    def clock(self) -> float:
        return self.t

    def receive(self, *, timeout_s: float) -> bytes:
        until = self.t + timeout_s
        if self._arrivals and self._arrivals[0][0] <= until:
            at, data = self._arrivals.pop(0)
            self.t = max(self.t, at)
            return data
        self.t = until
        return b""

    def discard_input(self) -> int:
        stale = [self._arrivals.pop(0) for each in list(self._arrivals) if each[0] <= 0]
        return len(stale)

    def scanner(self) -> Scanner:
        return Scanner(self, clock=self.clock)  # type: ignore[arg-type]


def test_what_broke_off_is_not_the_beginning_of_the_next_code() -> None:
    scanner = Wire(
        (0.0, b"stale\r"), (1.0, b"half a co"), (1.0 + GAP_S + 0.1, b"second\rthird\r")
    ).scanner()
    assert scanner.read(wait_s=5.0) == "second"
    assert scanner.read(wait_s=0.0) == "third"
    assert scanner.garbled == 1
    assert scanner.read(wait_s=1.0) is None


def test_a_slow_line_within_a_code_is_no_break() -> None:
    pieces = [(number * GAP_S * 0.9, sign.encode()) for number, sign in enumerate("abcdefgh", 1)]
    scanner = Wire(*pieces, (9 * GAP_S * 0.9, b"\n")).scanner()
    assert scanner.read(wait_s=60.0) == "abcdefgh" and scanner.garbled == 0


def test_waiting_ends_when_it_is_time_or_when_it_is_stopped() -> None:
    wire, stop = Wire(), threading.Event()
    assert wire.scanner().read(wait_s=2.0) is None and wire.t == pytest.approx(2.0)
    stop.set()
    assert wire.scanner().read(wait_s=60.0, stop=stop) is None and wire.t < 2.5


def test_no_tape_of_codes_is_made() -> None:
    with pytest.raises(ValueError, match="people's codes"):
        open_scanner("spy:///dev/null")
    for port in ("spy:///dev/ttyUSB0", "socket://host"):
        with pytest.raises(ValueError, match=r"device path|name the port"):
            ScannerSettings(port=port)
    assert ScannerSettings(port="/dev/ttyACM0").baud == 9600


@pytest.fixture
def typed() -> Iterator[tuple[int, int]]:
    """A pipe in the place of the keyboard."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


@pytest.fixture
def virtual(
    typed: tuple[int, int], tmp_path: Path
) -> Iterator[Callable[..., tuple[Path, Trigger]]]:
    stop, threads = threading.Event(), list[threading.Thread]()

    def start(**more: Any) -> tuple[Path, Trigger]:
        ready, trigger = threading.Event(), Trigger()
        told = {"link": tmp_path / "scanner", "trigger": trigger, **more}
        thread = threading.Thread(
            target=serve, kwargs={**told, "stop": stop, "on_ready": lambda _: ready.set()}
        )
        thread.start()
        threads.append(thread)
        assert ready.wait(5)
        return told["link"], trigger

    yield start
    stop.set()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("end", sorted(ENDS))
def test_the_virtual_scanner_is_read_and_pulled_out(
    virtual: Callable[..., tuple[Path, Trigger]], typed: tuple[int, int], end: str
) -> None:
    link, trigger = virtual(end=end, lines=typed[0])
    with Line(str(link), baud=9600) as line:
        scanner = Scanner(line)
        for code in (CODE, "x" * LONGEST):
            trigger.scan(code)
            assert scanner.read(wait_s=5.0) == code
        os.write(typed[1], b"typed here\n")
        assert scanner.read(wait_s=5.0) == "typed here"
        trigger.unplug()
        with pytest.raises(Unplugged):
            scanner.read(wait_s=5.0)


class Screen:
    """Where calls for the UI thread arrive, and what it is told."""

    def __init__(self) -> None:
        self.codes: list[str] = []
        self.links: list[bool] = []
        self.told = threading.Event()

    def deliver(self, act: Callable[[], None]) -> None:
        act()
        self.told.set()

    def wait(self) -> None:
        assert self.told.wait(5)
        self.told.clear()


def test_codes_are_told_only_while_somebody_asks_and_a_scanner_comes_back(
    virtual: Callable[..., tuple[Path, Trigger]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identify_scanning, "AGAIN_S", 0.05)
    link, trigger = virtual()
    screen = Screen()
    scanning = CodeScanning(
        lambda: open_scanner(str(link)), screen.deliver, screen.codes.append, screen.links.append
    )
    try:
        screen.wait()
        assert screen.links == [True] and scanning.facts() == {"link": "up", "problem": ""}
        scanning.begin()
        trigger.scan("first")
        screen.wait()
        scanning.pause()
        trigger.scan("to nobody")
        trigger.unplug()
        screen.wait()
        facts = scanning.facts()
        assert screen.links == [True, False] and facts is not None
        assert facts["link"] == "lost" and facts["problem"] and scanning.lost
        scanning.begin()
        trigger.plug_in()
        screen.wait()
        assert screen.links == [True, False, True] and not scanning.lost
        trigger.scan("second")
        screen.wait()
        assert screen.codes == ["first", "second"]
    finally:
        scanning.stop()


def test_a_code_that_was_read_for_one_visit_does_not_reach_the_next() -> None:
    kept: list[Callable[[], None]] = []
    codes: list[str] = []

    class OneCode:
        def read(self, *, wait_s: float, stop: threading.Event) -> str | None:
            if scanning_begun.wait(1) and not kept:
                return CODE
            stop.wait(0.01)
            return None

        def close(self) -> None:
            pass

    scanning_begun = threading.Event()
    got = threading.Event()

    def deliver(act: Callable[[], None]) -> None:
        if scanning_begun.is_set():
            kept.append(act)
            got.set()

    scanning = CodeScanning(lambda: OneCode(), deliver, codes.append, lambda _up: None)  # type: ignore[arg-type,return-value]
    try:
        scanning.begin()
        scanning_begun.set()
        assert got.wait(5)
        scanning.pause()
        scanning.begin()
        kept[0]()
        assert codes == []
    finally:
        scanning.stop()
