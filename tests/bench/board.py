"""The board: composing an edition, pages over a line at 57600 baud, memory of the process."""

import itertools
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from devices.catalogue import open_board
from devices.led.virtual.server import serve
from display.edition import Pace, compose
from display.player import message
from display.release import Known
from display.schedule import State, showings
from kiosk.demo.machine import BOARD, HEIGHT, WIDTH, Machine, wait_for, write_notices
from kiosk.store.terminal import TerminalStore
from tests.bench.measuring import milliseconds, percentile, resident_mb
from tests.display.builders import DAY, MORNING, WORDS, notice, surface

PAGES = 200
BAUD = 57600


def run() -> dict[str, float]:
    notices = [notice(number) for number in range(500)]

    def make(items: int):  # type: ignore[no-untyped-def]
        return compose(
            notices, day=DAY, cut_over_at=MORNING, surface=surface(), pace=Pace(4.0, items=items),
            known=Known(), words=WORDS,
        )  # fmt: skip

    composing = [milliseconds(lambda: make(500)) for _ in range(5)]
    latencies = _page_latencies(make(30))
    return {
        "compose_500_ms": min(composing),
        "page_latency_over_line_p50_ms": percentile(latencies, 0.5),
        "page_latency_over_line_p99_ms": percentile(latencies, 0.99),
        "display_rss_mb": _resident_display(),
    }


def _page_latencies(edition) -> list[float]:  # type: ignore[no-untyped-def]
    """From telling the driver to the card's acknowledgement. The pty itself has no baud rate,
    so this is the time on top of the line's own."""
    stop, ready = threading.Event(), threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / "board"
        card = threading.Thread(
            target=serve,
            kwargs={
                "width": WIDTH, "height": HEIGHT, "link": link, "stop": stop,
                "on_ready": lambda _path: ready.set(),
            },
        )  # fmt: skip
        card.start()
        ready.wait()
        board = open_board(
            "bx-k", str(link), baud=BAUD, address=1, width=WIDTH, height=HEIGHT, speeds=()
        )
        try:
            due = (
                showing
                for showing in showings(edition, MORNING, MORNING.replace(hour=15), {})
                if showing.state is State.PAGE
            )
            return [
                milliseconds(
                    lambda s=showing: board.show(
                        message(s, edition, surface(), s.since, "中心", with_clock=True)
                    )
                )
                for showing in itertools.islice(due, PAGES)
            ]
        finally:
            board.close()
            stop.set()
            card.join()


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
