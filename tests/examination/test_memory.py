"""What the worst files take: memory of this process and of its children."""

import json
import random
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest
from PIL import Image

from tests.examination import making

ALLOWED_MB = 150
PROGRAM = """
import json, os, resource, sys
from pathlib import Path
from kiosk.examination.examine import examine
from kiosk.examination.opening import InFolder
from kiosk.examination.policy import Policy

def resident(line):
    status = Path("/proc/self/status").read_text()
    return next(int(row.split()[1]) for row in status.splitlines() if row.startswith(line)) / 1024

folder = os.open(sys.argv[1], os.O_RDONLY)
Path("/proc/self/clear_refs").write_text("5")  # forget the peak
idle = resident("VmRSS")
policy = Policy(file_mb=4294, total_mb=9000)
verdicts = {
    name: examine(InFolder(folder, os.fsencode(name)), policy).verdicts[-1]
    for name in sorted(os.listdir(folder))
}
children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(json.dumps([resident("VmHWM") - idle, children, verdicts]))
"""


def test_memory(tmp_path: Path) -> None:
    making.sparse(tmp_path / "a.tbwj", 4_290_000_000)
    making.sparse(tmp_path / "b.pdf", 4 * 1024**3, making.pdf(), b"%%EOF")
    (tmp_path / "c.zip").write_bytes(making.overlapping_zip(9_900))
    (tmp_path / "d.zip").write_bytes(making.crowded_zip(9_990))
    inner = making.zipped(
        {
            "[Content_Types].xml": making.CONTENT_TYPES,
            "word/document.xml": "<document/>",
            "a": bytes(15_000_000),
        },
        method=zipfile.ZIP_STORED,
    )
    (tmp_path / "e.zip").write_bytes(making.zipped({f"{at}.docx": inner for at in range(4)}))
    Image.new("RGB", (9000, 7000)).save(tmp_path / "f.jpg")
    (tmp_path / "g.png").write_bytes(making.wide_png(14_000, 14_000))
    (tmp_path / "h.tbwj").write_bytes(bytes([7]) * 30_000_000)
    (tmp_path / "i.pdf").write_bytes(making.pdf(10_000))
    for name, size in (("j.pdf", 23_000_000), ("k.pdf", 300_000_000)):
        packed = zlib.compress(bytes(size))
        attaching = making.attaching_pdf("a.dat", packed, more=b"/Filter/FlateDecode")
        (tmp_path / name).write_bytes(attaching)
    (tmp_path / "l.zip").write_bytes(making.lying_zip(bytes(200_000_000)))
    (tmp_path / "m.zip").write_bytes(making.zipped({"a.docx": making.zipped(
        {"[Content_Types].xml": making.CONTENT_TYPES, "word/document.xml": "<document/>",
         "a": random.Random(1).randbytes(20_000_000)}, method=zipfile.ZIP_STORED)}))  # fmt: skip
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        capture_output=True,
        check=True,
        text=True,
    )
    own, children, verdicts = json.loads(run.stdout)
    print(f"own +{own:.0f} MB, largest child {children:.0f} MB")
    assert own + children < ALLOWED_MB
    assert verdicts == {
        "a.tbwj": "sparse",
        "b.pdf": "too_large",
        "c.zip": "zip_bomb",
        "d.zip": "not_scanned",
        "e.zip": "not_scanned",
        "f.jpg": "not_scanned",
        "g.png": "not_scanned",
        "h.tbwj": "not_scanned",
        "i.pdf": "not_scanned",
        "j.pdf": "not_scanned",
        "k.pdf": "not_examinable",
        "l.zip": "zip_bomb",
        "m.zip": "not_scanned",
    }


if not Path("/proc/self/clear_refs").exists():  # pragma: no cover
    pytest.skip("memory is read from /proc", allow_module_level=True)
