"""Folders of a stick through open folders only: nothing is followed, nothing leaves the stick."""

import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from devices.storage.errors import NoFolder

MAX_LISTED = 2000
"""Entries of one folder; more cannot be chosen from by touch."""
MAX_SEEN = 20_000
"""Entries looked at in one folder, hidden and special ones included."""
MAX_DEPTH = 20
LIST_S = 6.0
"""For one folder; an old stick lists some hundred entries a second."""

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_TOP = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_SYSTEM = frozenset(
    {
        b"$recycle.bin",
        b"desktop.ini",
        b"found.000",
        b"lost+found",
        b"recycler",
        b"system volume information",
        b"thumbs.db",
    }
)
"""What Windows and file systems put there for themselves, lower-case."""

Place = tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A regular file."""

    name: bytes = field(repr=False)
    size: int


@dataclass(frozen=True, slots=True)
class Listed:
    """What lies in a folder, in no order."""

    folders: tuple[bytes, ...] = field(repr=False)
    files: tuple[Entry, ...]
    cut: bool
    """There is more."""


def open_top(point: bytes) -> int:
    """Open the top of a mounted stick. Raises OSError."""
    return os.open(point, _TOP)


def open_folder(top: int, place: Place) -> int:
    """Open a folder below an open one, step by step. Raises NoFolder and OSError."""
    if len(place) > MAX_DEPTH:
        raise NoFolder(f"deeper than {MAX_DEPTH} folders")
    device = os.fstat(top).st_dev
    held = os.dup(top)
    try:
        for name in place:
            if name in {b"", b".", b".."} or b"/" in name or b"\0" in name:
                raise NoFolder("no name of a folder")
            try:
                below = os.open(name, _FOLDER, dir_fd=held)
            except (FileNotFoundError, NotADirectoryError, PermissionError) as problem:
                raise NoFolder(os.strerror(problem.errno or 0)) from None
            held, above = below, held
            os.close(above)
            if os.fstat(held).st_dev != device:
                raise NoFolder("another medium is mounted there")
    except BaseException:
        os.close(held)
        raise
    return held


def list_folder(
    top: int, place: Place, *, clock: Callable[[], float] = time.monotonic, seconds: float = LIST_S
) -> Listed:
    """Look into a folder, as far as limits of count and time allow. Raises NoFolder, OSError."""
    until = clock() + seconds
    folders: list[bytes] = []
    files: list[Entry] = []
    cut = False
    number = open_folder(top, place)
    try:
        with os.scandir(number) as entries:
            for seen, entry in enumerate(entries):
                full = len(folders) + len(files) >= MAX_LISTED
                if full or seen >= MAX_SEEN or clock() > until:
                    cut = True
                    break
                name = os.fsencode(entry.name)
                if is_hidden(name):
                    continue
                try:
                    about = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                if stat.S_ISDIR(about.st_mode):
                    if len(place) < MAX_DEPTH:
                        folders.append(name)
                elif stat.S_ISREG(about.st_mode):
                    files.append(Entry(name, about.st_size))
    finally:
        os.close(number)
    return Listed(tuple(folders), tuple(files), cut)


def is_hidden(name: bytes) -> bool:
    """Whether a name is kept from the visitor: of the system, or of an open document."""
    return name.startswith((b".", b"~$")) or name.lower() in _SYSTEM
