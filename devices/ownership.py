"""Who has a device that is locked: one process owns a line.

The lock is the ``flock`` on the device node that `serial` takes with its exclusive flag: it
ends with the process, however that dies, so it leaves nothing behind to clean up. Linux tells
its holder in ``/proc/locks`` (see proc(5)).
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

PROC = Path("/proc")
OWN_PROGRAM = ("mingtang", "kiosk.cli")
"""This product's command, and the module that it is when run with ``python -m``."""

_NAME = re.compile(r"[\w.+-]{1,40}", re.ASCII)
_PYTHON = re.compile(r"python[\d.]*")
_PYTHON_SWITCHES = frozenset({"-u", "-B", "-E", "-I", "-O", "-s", "-S"})
_SUBCOMMAND = re.compile(r"[a-z][a-z-]{1,30}")


@dataclass(frozen=True, slots=True)
class Owner:
    """A process that has a device."""

    pid: int
    command: str
    """See `named`; empty if this user may not see it."""

    def __str__(self) -> str:
        return f"process {self.pid} ({self.command})" if self.command else f"process {self.pid}"


def owner_of(device: str, *, proc: Path = PROC) -> Owner | None:
    """The process that holds the lock on `device`; None if there is none or it is hidden."""
    try:
        node = Path(device).stat()
        locks = (proc / "locks").read_text(encoding="ascii")
    except OSError:
        return None
    key = f"{os.major(node.st_dev):02x}:{os.minor(node.st_dev):02x}:{node.st_ino}"
    for line in locks.splitlines():
        words = line.split()
        # "1: FLOCK ADVISORY WRITE 14912 00:1a:4 0 EOF"; a waiting process has "->" in front.
        if len(words) >= 6 and words[1] == "FLOCK" and words[5] == key and words[4].isdigit():
            pid = int(words[4])
            if pid and _has_it(pid, node, proc):
                return Owner(pid, _command(pid, proc))
    return None


def _has_it(pid: int, node: os.stat_result, proc: Path) -> bool:
    """Whether a process has this very node open; True where this user may not see that.

    A child may keep a lock whose owner has ended, and whose number is another process's by now.
    """
    try:
        numbers = list((proc / str(pid) / "fd").iterdir())
    except PermissionError:
        return True
    except OSError:
        return False
    for number in numbers:
        try:
            opened = number.stat()
        except OSError:
            continue
        if (opened.st_dev, opened.st_ino) == (node.st_dev, node.st_ino):
            return True
    return False


def _command(pid: int, proc: Path) -> str:
    try:
        raw = (proc / str(pid) / "cmdline").read_bytes()
    except OSError:
        return ""
    return named(raw.decode("utf-8", errors="replace").rstrip("\0").split("\0"))


def named(words: Sequence[str]) -> str:
    """A command line as others may read it: the program and, of `mingtang`, its subcommand.

    Paths and arguments are left out: they may hold what nobody else should read.
    """
    program, rest = _program(words)
    if program in OWN_PROGRAM and rest and _SUBCOMMAND.fullmatch(rest[0]):
        return f"{OWN_PROGRAM[0]} {rest[0]}"
    return OWN_PROGRAM[0] if program in OWN_PROGRAM else program


def _program(words: Sequence[str]) -> tuple[str, Sequence[str]]:
    """The name of the program, without its folder, and the words after it."""
    # A process may write one text of its own choice, with spaces, over its command line.
    name = PurePath((words[0].split() or [""])[0]).name if words else ""
    name = name if _NAME.fullmatch(name) else ""
    if _PYTHON.fullmatch(name):
        rest = list(words[1:])
        while rest and rest[0] in _PYTHON_SWITCHES:
            del rest[0]
        if len(rest) > 1 and rest[0] == "-m" and _NAME.fullmatch(rest[1]):
            return rest[1], rest[2:]
        if rest and not rest[0].startswith("-"):
            script = PurePath(rest[0]).name
            return (script, rest[1:]) if _NAME.fullmatch(script) else (name, ())
        return name, ()
    return name, words[1:]
