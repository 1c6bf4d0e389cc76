"""One process owns a line, and the next one is told who."""

import os
import signal
import subprocess
import sys
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.errors import Occupied
from devices.line import Line
from devices.ownership import Owner, named, owner_of

HOLDER = """
import sys, time
from devices.line import Line
line = Line(sys.argv[1], baud=57600)
print("open", flush=True)
time.sleep(60)
"""


@pytest.fixture
def terminal() -> Iterator[str]:
    master, slave = os.openpty()
    tty.setraw(slave)
    yield os.ttyname(slave)
    os.close(master)
    os.close(slave)


def test_another_process_is_named_and_its_death_frees_the_line(
    terminal: str, tmp_path: Path
) -> None:
    link = tmp_path / "board"
    link.symlink_to(terminal)
    command = [sys.executable, "-c", HOLDER, terminal]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout is not None and holder.stdout.readline() == "open\n"
            for path in (terminal, str(link)):
                with pytest.raises(Occupied) as told:
                    Line(path, baud=57600)
                assert f"process {holder.pid} (" in str(told.value)
                assert Path(sys.executable).name in str(told.value)
            holder.send_signal(signal.SIGKILL)
        finally:
            holder.kill()
            holder.wait(10)
    until = time.monotonic() + 5
    while owner_of(terminal) is not None:
        assert time.monotonic() < until
        time.sleep(0.01)
    Line(terminal, baud=57600).close()


def test_this_process_may_be_the_owner(terminal: str) -> None:
    assert owner_of(terminal) is None
    with Line(terminal, baud=57600), pytest.raises(Occupied, match=f"process {os.getpid()} "):
        Line(terminal, baud=9600)
    assert owner_of(terminal) is None


def test_an_owner_that_cannot_be_seen(tmp_path: Path) -> None:
    device = tmp_path / "tty"
    device.touch()
    node = device.stat()
    key = f"{os.major(node.st_dev):02x}:{os.minor(node.st_dev):02x}:{node.st_ino}"
    locks, holder = tmp_path / "locks", tmp_path / "4242"
    (holder / "fd").mkdir(parents=True)
    (holder / "fd" / "3").symlink_to(device)
    for text, wanted in (
        (f"1: FLOCK  ADVISORY  WRITE 4242 {key} 0 EOF\n", Owner(4242, "")),
        (f"1: POSIX  ADVISORY  WRITE 4242 {key} 0 EOF\n", None),
        (f"1: FLOCK  ADVISORY  WRITE 0 {key} 0 EOF\n", None),
        (f"1: -> FLOCK  ADVISORY  WRITE 4242 {key} 0 EOF\n", None),
        (f"1: FLOCK  ADVISORY  WRITE 4242 {key}1 0 EOF\n\n", None),
    ):
        locks.write_text(text)
        assert owner_of(str(device), proc=tmp_path) == wanted
    (holder / "cmdline").write_bytes(b"minicom\0-D\0/dev/ttyS0\0")
    # The first has ended, the second has another file by now.
    (tmp_path / "12" / "fd").mkdir(parents=True)
    (tmp_path / "12" / "fd" / "3").symlink_to(locks)
    lines = [f"1: FLOCK  ADVISORY  WRITE {pid} {key} 0 EOF\n" for pid in (11, 12, 4242)]
    locks.write_text("".join(lines))
    assert str(owner_of(str(device), proc=tmp_path)) == "process 4242 (minicom)"
    locks.write_text("".join(lines[:2]))
    assert owner_of(str(device), proc=tmp_path) is None
    assert owner_of("socket://nowhere:1", proc=tmp_path) is None


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ("/opt/mingtang/bin/python3.11", "/opt/mingtang/bin/mingtang", "display"),
            "mingtang display",
        ),
        (("mingtang", "board", "show", "13900000000"), "mingtang board"),
        (("python3", "-u", "-m", "kiosk.cli", "sync", "--config", "/home/wang/x"), "mingtang sync"),
        (("python", "-m", "kiosk.cli"), "mingtang"),
        (("mingtang", "--help"), "mingtang"),
        (("python", "/home/wang/secret.py", "token"), "secret.py"),
        (("python", "-c", "print('token')"), "python"),
        (("python", "-X", "dev", "token"), "python"),
        (("python", "-m", "a b"), "python"),
        (("python",), "python"),
        (("/usr/bin/psql", "tokens"), "psql"),
        (("nginx: worker for token",), ""),
        (("/usr/sbin/postgres wang token",), "postgres"),
        (("./a\x1b[2Jb", "token"), ""),
        (("",), ""),
        (("/",), ""),
        ((), ""),
    ],
)
def test_no_path_and_no_argument_is_told(words: tuple[str, ...], told: str) -> None:
    assert named(words) == told
