"""Telling whether the files of a folder are still what was put there, whatever ended the power."""

import hashlib
import os
from pathlib import Path

SEAL = "contents.sha256"
FIRST = "mingtang 1"
"""First line of the list: an empty list beside no files is no whole folder."""


def seal(folder: Path) -> None:
    """Bring every file to the disk, and after them the list of all. Raises OSError."""
    listed = _listed(folder)
    for path in [*_files(folder), *filter(Path.is_dir, folder.rglob("*")), folder]:
        sync(path)
    (folder / SEAL).write_text(listed, encoding="utf-8")
    for path in (folder / SEAL, folder):
        sync(path)


def is_whole(folder: Path) -> bool:
    """Whether the folder was sealed, and its files are what they were then."""
    try:
        return (folder / SEAL).read_bytes() == _listed(folder).encode()
    except OSError:
        # Not there, or no longer to be read: neither can be used.
        return False


def sync(path: Path) -> None:
    """Bring a file's bytes, or a folder's entries, to the disk. Raises OSError."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _listed(folder: Path) -> str:
    lines = [FIRST]
    for path in _files(folder):
        data = path.read_bytes()
        name = path.relative_to(folder)
        lines.append(f"{hashlib.sha256(data).hexdigest()} {len(data)} {name}")
    return "\n".join(lines) + "\n"


def _files(folder: Path) -> list[Path]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return [path for path in found if path != folder / SEAL]
