"""The demo with windows: the terminal's and the board's."""

import threading
from datetime import UTC, datetime

from kiosk.demo.machine import BOARD, HEIGHT, SITE, WIDTH, Machine, wait_for, write_notices
from kiosk.store.filters import Filters
from kiosk.store.terminal import TerminalStore

PATIENCE_S = 30.0
LOOK_S = 0.5
WINDOW_SIZE = "1280x720"
BELOW_THE_BOARD = "290"


def run(machine: Machine, stop: threading.Event) -> int:
    """Run until Ctrl-C or until the terminal's window is closed."""
    now = datetime.now(UTC)
    machine.configure(now)
    notices = machine.folder / "notices.ndjson"
    write_notices(notices, now)
    if machine.run("import", str(notices)) != 0:
        return 1
    if machine.run("central", "site", str(SITE)) != 0:
        return 1
    machine.start("central", "central")
    machine.start("sync", "sync")
    machine.start_reader("--window")
    size = f"{WIDTH}x{HEIGHT}"
    machine.start("board", "virtual-board", "--window", "--size", size, "--link", str(machine.link))
    if not wait_for(lambda: _arrived(machine) or stop.is_set(), PATIENCE_S):
        print("demo: the notices did not reach the terminal")
        return 1
    machine.configure(datetime.now(UTC))
    machine.start("display", "display", "--board", BOARD)
    machine.start("kiosk", "kiosk", "--window", "--size", WINDOW_SIZE, "--top", BELOW_THE_BOARD)
    print(
        f"The terminal, the board and the reader of ID cards are open. Settings: {machine.config}\n"
        "Ctrl-C, or closing the terminal's window, stops everything.",
        flush=True,
    )
    while not stop.wait(LOOK_S):
        if machine.ended("kiosk") is not None:
            return machine.ended("kiosk") or 0
        for name in machine.dead():
            print(f"demo: {name} ended; starting it again", flush=True)
            machine.restart(name)
    return 0


def _arrived(machine: Machine) -> bool:
    if not machine.store.exists():
        return False
    with TerminalStore(machine.store) as store:
        return store.count("", Filters(datetime.now(UTC)), cap=1) > 0
