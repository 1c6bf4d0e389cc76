"""Examining files before they are offered: bytes a second on one core, and the screen meanwhile.

Run as a process with a folder, it examines each of its files several times and prints JSON.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from kiosk.examination.examine import examine
from kiosk.examination.opening import InFolder
from kiosk.examination.policy import Policy
from kiosk.examination.verdict import Grade
from tests.examination.making import pdf

MEGABYTE = 1_000_000
ENTRY_MB = 8
ROUNDS = 5
POLICY = Policy(file_mb=4294, total_mb=9000)


def run(megabytes: int) -> dict[str, float]:
    """Of a PDF and of a ZIP of so many megabytes; the scanner is not asked."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, megabytes)
        command = [sys.executable, "-m", "tests.bench.examination", name]
        speeds = json.loads(_said(command))
        command = [sys.executable, "-m", "tests.bench.examining_in_window", name]
        frames = json.loads(_said(command))
    return {"examine_mb_per_s": min(speeds.values()), **speeds, **frames}


def make(folder: Path, megabytes: int) -> None:
    """A PDF with as much in a stream, and a ZIP of such PDFs, as scanned documents are."""
    chance = random.Random(1)
    (folder / "pdf.pdf").write_bytes(pdf(36, chance.randbytes(megabytes * MEGABYTE)))
    with zipfile.ZipFile(folder / "zip.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(max(1, megabytes // ENTRY_MB)):
            inside = chance.randbytes(min(ENTRY_MB, megabytes) * MEGABYTE)
            archive.writestr(f"{number}.pdf", pdf(4, inside))


def _said(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1]


def _speeds(folder: Path) -> dict[str, float]:
    # Its children stay on the same core.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    speeds = {}
    for path in sorted(folder.iterdir()):
        took = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            examined = examine(InFolder(number, os.fsencode(path.name)), POLICY)
            took.append(time.perf_counter() - began)
            if examined.grade is Grade.REFUSED:
                raise RuntimeError(f"{path.name}: {examined.verdicts}")
        speed = path.stat().st_size / MEGABYTE / statistics.median(took)
        speeds[f"examine_{path.stem}_mb_per_s"] = speed
    return speeds


if __name__ == "__main__":
    print(json.dumps(_speeds(Path(sys.argv[1]))))
