"""The board: composing, bytes of an edition, pages over a line of 57600 baud, memory."""

import dataclasses
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from devices.catalogue import open_board
from devices.led.bx_k import BxK
from devices.led.bx_k_frames import Frame
from devices.led.virtual.server import serve
from display.edition import Edition, Pace, compose
from display.evidence import Kind
from display.local_time import SHANGHAI
from display.player import message
from display.release import Known
from display.schedule import State, showings
from display.screen import Screen
from display.station import Station
from kiosk.boards.source import StoreSource
from kiosk.clocks import read_clocks
from kiosk.demo.machine import BOARD, HEIGHT, WIDTH, Machine, wait_for, write_notices
from kiosk.store.terminal import TerminalStore
from tests.bench.measuring import milliseconds, percentile, resident_mb
from tests.display.builders import DAY, MORNING, WORDS, notice, plan, surface

SHOWINGS = 40
PAGE_S = 0.4
BAUD = 57600
BITS = 10
ACK_BYTES = 9 + 14 + 5 + 2 + 1
"""A documented reply carries nine A5."""
CENTRE = "抚顺市公共资源交易中心"


def run_quickly() -> dict[str, float]:
    """As `run`, with few pages on the line."""
    return run(showings=8)


def run(showings: int = SHOWINGS) -> dict[str, float]:
    composing = [milliseconds(lambda: _edition(500)) for _ in range(5)]
    sent, least = _bytes_of_an_hour(_edition(30))
    latencies = _page_latencies(showings)
    return {
        "compose_500_ms": min(composing),
        "wire_overhead": sent / least,
        "page_latency_over_line_p50_ms": percentile(latencies, 0.5),
        "page_latency_over_line_p99_ms": percentile(latencies, 0.99),
        "display_rss_mb": _resident_display(),
    }


def _edition(items: int) -> Edition:
    return compose(
        [notice(number) for number in range(items)],
        day=DAY,
        cut_over_at=MORNING,
        surface=surface(),
        pace=Pace(4.0, items=items),
        known=Known(),
        words=WORDS,
    )


class _Tape:
    """A line on which every request is answered by nobody: only its bytes count."""

    baud = BAUD

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def send(self, data: bytes, *, timeout_s: float) -> None:
        self.sent.append(data)

    def receive(self, *, timeout_s: float) -> bytes:
        return Frame(data=bytes((0xA0, 0, 0, 0, 0)), destination=0x8000, source=1).to_bytes()

    def discard_input(self) -> int:
        return 0

    def close(self) -> None:
        pass


def _bytes_of_an_hour(edition: Edition) -> tuple[int, int]:
    """What the driver sends for pages and blanks, and the least that the format allows.

    The least is one frame for each, with the one A5 that a receiver needs instead of eight, and
    with no retry; an escape is part of the page, since no document tells a card's default font.
    """
    tape = _Tape()
    board = BxK(tape, width=WIDTH, height=HEIGHT)  # type: ignore[arg-type]
    for showing in showings(edition, Screen(), MORNING, MORNING + timedelta(hours=1), {}):
        board.show(message(showing, edition, surface(), showing.since, CENTRE, with_clock=True))
    least = [len(frame.lstrip(b"\xa5")) + 1 for frame in tape.sent]
    return sum(map(len, tape.sent)), sum(least)


@contextmanager
def _paced_board() -> Iterator[Path]:
    """A virtual board on a line that takes its time, and its path."""
    stop, ready = threading.Event(), threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / "board"
        options = {"width": WIDTH, "height": HEIGHT, "link": link, "paced": True, "baud": BAUD}
        card = threading.Thread(
            target=serve, kwargs={**options, "stop": stop, "on_ready": lambda _: ready.set()}
        )
        card.start()
        ready.wait()
        try:
            yield link
        finally:
            stop.set()
            card.join()


def _page_latencies(count: int) -> list[float]:
    """Milliseconds from a page's due moment to its acknowledgement in the evidence, without the
    line's own time. The whole station with a real store, whose disk counts too."""
    now = datetime.now(UTC)
    day = now.astimezone(SHANGHAI).date()
    pages = tuple(page.model_copy(update={"seconds": PAGE_S}) for page in _edition(30).pages)
    edition = _edition(30).model_copy(update={"day": day, "cut_over_at": now, "pages": pages})
    with tempfile.TemporaryDirectory() as folder, _paced_board() as link:
        store = TerminalStore(Path(folder) / "terminal.db")
        store.heard_server(read_clocks(), now)
        store.keep_edition("lobby", day, edition.id, now, edition.model_dump_json())
        tellings: dict[int, int] = {}

        def open_():  # type: ignore[no-untyped-def]
            size = {"width": WIDTH, "height": HEIGHT, "address": 1}
            return open_board("bx-k", str(link), baud=BAUD, **size)

        made = dataclasses.replace(plan(), calendar=None)
        station = Station(lambda: made, StoreSource(store, "site-main"), open_, read_clocks)
        until = time.monotonic() + count * (PAGE_S + 0.3) + 2
        while time.monotonic() < until:
            time.sleep(station.step())
        station.close()
        for number in range(len(pages)):
            tape = _Tape()
            showing = next(
                s
                for s in showings(edition, Screen(), now, now + timedelta(minutes=1), {})
                if s.state is State.PAGE and s.page == number
            )
            BxK(tape, width=WIDTH, height=HEIGHT).show(  # type: ignore[arg-type]
                message(showing, edition, surface(), showing.since, CENTRE, with_clock=True)
            )
            tellings[number] = len(tape.sent[0]) + ACK_BYTES
        return [
            (entry.at - datetime.fromisoformat(entry.facts["due"])).total_seconds() * 1000
            - tellings[entry.facts["page"]] * BITS / BAUD * 1000
            for entry in store.entries("lobby")
            if entry.kind is Kind.ON_AIR
            and entry.facts["showing"] == "page"
            and entry.facts["state"] == "acknowledged"
        ][1:]


def _resident_display() -> float:
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(Path(folder))
        now = datetime.now(UTC)
        machine.configure(now)
        write_notices(machine.folder / "notices.ndjson", now)
        machine.run("import", str(machine.folder / "notices.ndjson"))
        machine.start("central", "central")
        machine.start("sync", "sync")
        machine.start("board", "virtual-board", "--link", str(machine.link))
        try:
            wait_for(machine.store.exists, 30)
            machine.start("display", "display", "--board", BOARD)
            store = TerminalStore(machine.store)
            wait_for(lambda: store.page_records(BOARD), 30)
            time.sleep(1)
            return resident_mb(machine.pid("display"))
        finally:
            machine.stop()
