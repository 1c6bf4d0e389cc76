"""At a terminal nobody may look into the kiosk's process, not even its own children."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk import traceless
from tests.examination import making

WITHOUT_TRACING = """
import ctypes, os, sys
DROP_FROM_BOUNDING_SET, CAP_SYS_PTRACE = 24, 19
ctypes.CDLL(None).prctl(DROP_FROM_BOUNDING_SET, CAP_SYS_PTRACE, 0, 0, 0)
os.execv(sys.executable, [sys.executable, "-c", *sys.argv[1:]])
"""
"""Root may look into everybody unless this is taken away; others have it not."""
PROGRAM = """
import json, os, sys
from pathlib import Path
from kiosk import traceless
from kiosk.examination.examine import examine
from kiosk.examination.opening import AlreadyOpen, InFolder
from kiosk.examination.policy import Policy
from kiosk.pdf.reader import PdfReader

traceless.leave_no_core()
folder = Path(sys.argv[1])
number = os.open(folder, os.O_RDONLY)
told = {
    name: examine(InFolder(number, name.encode()), Policy()).grade
    for name in sorted(os.listdir(folder))
}
memory = os.memfd_create("examined")
os.write(memory, (folder / "a.pdf").read_bytes())
told["from a phone"] = examine(AlreadyOpen(memory, b"a.pdf"), Policy()).grade
with PdfReader() as reader:
    told["attachment"] = str(len(reader.open(folder / "a.pdf").pages))
print(json.dumps(told))
"""
LOOKED_AT = """
import os, sys
from kiosk import traceless
traceless.leave_no_core()
child = os.fork()
if child == 0:
    try:
        os.stat(f"/proc/{os.getppid()}/fd/0")
    except OSError:
        os._exit(7)
    os._exit(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""

if not sys.platform.startswith("linux"):
    pytest.skip("dumpable is a matter of Linux", allow_module_level=True)


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_TRACING, program, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, traceless.AGAIN: "1"},
    )


def test_files_are_examined_though_nobody_may_look_into_this_process(tmp_path: Path) -> None:
    assert run(LOOKED_AT).returncode == 7, "this test would not see what it is for"
    for name, data in {
        "a.pdf": making.pdf(3),
        "b.docx": making.docx(),
        "c.jpg": making.picture("JPEG"),
        "d.doc": making.ole({"WordDocument": making.word()}),
    }.items():
        (tmp_path / name).write_bytes(data)
    done = run(PROGRAM, str(tmp_path))
    assert done.returncode == 0, done.stderr
    accepted = dict.fromkeys(("a.pdf", "b.docx", "c.jpg", "d.doc", "from a phone"), "remark")
    assert json.loads(done.stdout) == {**accepted, "attachment": "3"}
