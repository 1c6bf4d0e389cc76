"""The demo with windows: the terminal's and the board's."""

import threading
from datetime import UTC, datetime
from pathlib import Path

from kiosk.demo.machine import BOARD, HEIGHT, PIN, WIDTH, Machine, NotPublished, wait_for
from kiosk.store.filters import Filters
from kiosk.store.terminal import TerminalStore

PATIENCE_S = 30.0
LOOK_S = 0.5
WINDOW_SIZE = "1280x720"
BELOW_THE_BOARD = "290"


def run(machine: Machine, out: Path, stop: threading.Event) -> int:
    """Run until Ctrl-C or until the terminal's window is closed.

    `out` is where the stick's files lie and what is printed goes.
    """
    now, stick, printed = datetime.now(UTC), out / "stick", out / "printed"
    lacking = [machine.switch_on_printer(printed)]
    machine.configure(now)
    try:
        machine.publish(now)
        machine.employ(now)
        machine.keep_keys(out / "keys.json")
    except NotPublished as problem:
        print(f"demo: {problem}")
        return 1
    machine.start("central", "central")
    machine.start("sync", "sync")
    lacking.append(machine.start_stick(stick, now))
    buttons = () if lacking[-1] else ("--stick", str(machine.stick_orders))
    machine.start_reader("--window", *buttons)
    size = f"{WIDTH}x{HEIGHT}"
    machine.start("board", "virtual-board", "--window", "--size", size, "--link", str(machine.link))
    if not wait_for(lambda: _arrived(machine) or stop.is_set(), PATIENCE_S):
        print("demo: the notices did not reach the terminal")
        return 1
    machine.configure(datetime.now(UTC))
    machine.start("display", "display", "--board", BOARD)
    machine.start("kiosk", "kiosk", "--window", "--size", WINDOW_SIZE, "--top", BELOW_THE_BOARD)
    for told in filter(None, lacking):
        print(f"demo: {told}")
    print(
        "The terminal, the board and the reader of ID cards are open; the reader's window has "
        "buttons\nfor made-up cards"
        + ("" if lacking[-1] else f" and for a USB stick, whose files lie in {stick}/")
        + ".\n"
        + ("" if lacking[0] else f"What is printed goes to {printed}/. ")
        + f"A receipt is proven with `mingtang receipt verify FILE --key {out}/keys.json`.\n"
        f"Staff: hold the word for staff at the terminal's foot, lay a staff card, PIN {PIN}.\n"
        f"Settings: {machine.config}\n"
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
