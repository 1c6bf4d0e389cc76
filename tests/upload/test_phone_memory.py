"""What the largest file that a phone may send takes while it is examined."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.upload.source_settings import PHONE_FILE_MB
from tests.examination import making

ALLOWED_MB = 150
MB = 1_000_000
PROGRAM = """
import json, os, resource, sys
from pathlib import Path
from kiosk.examination.examine import examine
from kiosk.examination.policy import Policy
from kiosk.private.store import PrivateStore
from kiosk.upload.phone import Unsealed
from tests.private.builders import KEY, Machine

def resident(line):
    status = Path("/proc/self/status").read_text()
    return next(int(row.split()[1]) for row in status.splitlines() if row.startswith(line)) / 1024

path, folder, machine = Path(sys.argv[1]), Path(sys.argv[2]), Machine()
def open_store():
    return PrivateStore(folder, KEY, clocks=machine, margin_bytes=0)
with open_store() as store, path.open("rb", buffering=0) as file:
    staged = store.stage(file, name="a.pdf", media_type="", size=path.stat().st_size)
taken = []
real = os.memfd_create
def memfd_create(*told):
    taken.append(real(*told))
    return os.dup(taken[0])
os.memfd_create = memfd_create
Path("/proc/self/clear_refs").write_text("5")  # forget the peak
idle = resident("VmRSS")
examination = examine(Unsealed(staged, b"a.pdf", open_store), Policy())
children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
shared = os.fstat(taken[0]).st_blocks * 512 / 2**20
told = [resident("VmHWM") - idle, shared, children, examination.verdicts]
print(json.dumps(told))
"""


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is read from /proc")
def test_the_largest_file_from_a_phone_stays_within_what_examining_may_take(
    tmp_path: Path,
) -> None:
    content = random.Random(1).randbytes(PHONE_FILE_MB * MB - 100_000)
    path = tmp_path / "a.pdf"
    path.write_bytes(making.attaching_pdf("a.dat", content))
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(path), str(tmp_path / "terminal")],
        capture_output=True,
        check=True,
        text=True,
    )
    own, shared, children, verdicts = json.loads(run.stdout)
    print(f"own +{own:.0f} MB, shared {shared:.0f} MB, largest child {children:.0f} MB")
    assert "opens_pages" in verdicts
    assert shared * 2**20 >= path.stat().st_size
    assert own + shared + children < ALLOWED_MB
