"""The demo without a display: visits the terminal by itself, leaves pictures and a report."""

import json
import shutil
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from PIL import Image

from kiosk.demo.machine import BOARD, HEIGHT, WIDTH, Machine, NotPublished, shell_line, wait_for
from kiosk.demo.report import make_report
from kiosk.store.filters import Filters
from kiosk.store.terminal import TerminalStore

PATIENCE_S = 30.0
VISIT_PATIENCE_S = 90.0
"""Beyond the time that was asked for; a visit takes half a minute where nothing else is at work."""
PICTURES = (
    *("home.png", "lookup.png", "notice.png"),
    *("identify.png", "checked-in.png", "entry.png", "board.png"),
)
KEYS = "keys.json"
HANDING_IN = ("upload.png", "receipt.png", "receipt.txt", "matters.png")
"""What the tour leaves besides, where there is a stick."""
BESIDES = ("tour.json", "stuck.png", "report.json", "board-frames.log")


def run(
    machine: Machine, seconds: float, out: Path, size: tuple[int, int], stop: threading.Event
) -> int:
    """Run for about `seconds`; 0 when everything that should have happened did."""
    began = time.monotonic()
    out.mkdir(parents=True, exist_ok=True)
    for name in (*PICTURES, *HANDING_IN, *BESIDES):
        (out / name).unlink(missing_ok=True)
    now = datetime.now(UTC)
    lacking = [machine.switch_on_printer(out / "printed")]
    machine.configure(now)
    try:
        expected = machine.publish(now)
        machine.keep_keys(out / KEYS)
    except NotPublished as problem:
        print(f"demo: {problem}")
        return 1
    machine.start("central", "central")
    machine.start("sync", "sync")
    board = ("--size", f"{WIDTH}x{HEIGHT}", "--link", str(machine.link))
    files = ("--png", str(machine.png), "--log", str(machine.frames))
    machine.start("board", "virtual-board", *board, *files)
    machine.start_reader()
    lacking.append(machine.start_stick(out / "stick", now))
    for told in filter(None, lacking):
        print(f"demo: {told}")
    store = TerminalStore(machine.store) if wait_for(machine.store.exists, PATIENCE_S) else None
    if store is None or not wait_for(
        lambda: store.count("", Filters(datetime.now(UTC)), cap=expected) >= expected, PATIENCE_S
    ):
        return _failed(machine, out, "the notices did not reach the terminal")
    machine.configure(datetime.now(UTC))
    machine.start("display", "display", "--board", BOARD)
    tour_to = ["--tour", str(out), "--tour-reader", str(machine.reader_orders)]
    if not lacking[-1]:
        tour_to += ["--tour-stick", str(machine.stick_orders)]
    machine.start("kiosk", "kiosk", "--headless", "--size", f"{size[0]}x{size[1]}", *tour_to)
    fullest = -1
    while not stop.is_set():
        done = machine.ended("kiosk") is not None
        if done and time.monotonic() - began >= seconds:
            break
        if time.monotonic() - began >= seconds + VISIT_PATIENCE_S:
            break
        fullest = _keep_fullest(machine.png, out / "board.png", fullest)
        time.sleep(0.25)
    until = datetime.now(UTC)
    machine.stop("display", "kiosk", "board", "reader", "stick")
    tour = _read_json(out / "tour.json")
    (out / "tour.json").unlink(missing_ok=True)
    shutil.copy(machine.frames, out / "board-frames.log")
    report = make_report(
        store,
        board=BOARD,
        until=until,
        frames=machine.frames,
        tour=tour,
        expected_notices=expected,
    )
    due = PICTURES if lacking[-1] else (*PICTURES, *HANDING_IN)
    report["problems"] += [f"{name} is missing" for name in due if not (out / name).exists()]
    (out / "report.json").write_text(
        json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )
    if report["problems"]:
        return _failed(machine, out, *report["problems"])
    print(
        f"{report['notices']} notices, {report['search_hits']} hits for "
        f"“{report['search_query']}”, {report['pages_acknowledged']} of "
        f"{report['pages_planned']} due pages acknowledged by the board."
    )
    if not lacking[-1]:
        print(
            f"{report['files_delivered']} files handed in from a stick and delivered, "
            f"{report['files_refused']} refused; the receipt is in {out}/receipt.txt"
            + (f", on paper in {out}/printed/." if report["receipt_printed"] else ".")
        )
        if not lacking[0] and not report["receipt_printed"]:
            print("It was not printed: the simulated printer did not say that it is done.")
        prove = shell_line("receipt", "verify", out / "receipt.txt", "--key", out / KEYS)
        print(f"Prove it, anywhere: {prove}")
    print(f"Pictures and report: {out}/")
    return 0


def _keep_fullest(source: Path, kept: Path, fullest: int) -> int:
    """Keep the picture of the board with the most light in it."""
    if not source.exists():
        return fullest
    with Image.open(source) as picture:
        bright = sum(picture.convert("L").histogram()[80:])
    if bright > fullest:
        shutil.copy(source, kept)
        return bright
    return fullest


def _read_json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _failed(machine: Machine, out: Path, *problems: str) -> int:
    """Say what went wrong, and keep the logs beside the pictures."""
    for problem in problems:
        print(f"demo: {problem}")
    for log in machine.folder.glob("*.log"):
        shutil.copy(log, out / log.name)
    print(f"The processes' logs are in {out}/")
    return 1
