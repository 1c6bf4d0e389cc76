"""How a simulated stick's content gets to its mount point, and what is left when it is pulled.

`FolderMounts` needs no rights: it copies a folder, and writes a table of mounts that tells what a
real one would. `RealMounts` has the kernel mount images, and bind folders; for root only.
"""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Protocol

from devices.storage.virtual.place import TABLE
from devices.storage.virtual.stick import VirtualPartition


class CannotMount(Exception):
    """The mount failed, as with a damaged file system."""


class Mounts(Protocol):
    """A way to mount."""

    table: Path
    """Where the mounts are listed in the form of /proc/self/mountinfo."""

    def mount(self, about: VirtualPartition, point: Path, options: list[str]) -> None:
        """Mount at a folder that exists. Raises CannotMount."""

    def unmount(self, point: Path, *, force: bool) -> None:
        """Take it away. Raises CannotMount if it is in use."""

    def pull(self, about: VirtualPartition, point: Path) -> None:
        """What was mounted cannot be read any more; then take it away."""


class FolderMounts:
    """Copies of folders."""

    def __init__(self, folder: Path) -> None:
        """`folder` for the table."""
        self.table = folder / TABLE
        self._lines: dict[Path, bytes] = {}
        self._write()

    def mount(self, about: VirtualPartition, point: Path, options: list[str]) -> None:
        if about.content is None or not about.content.is_dir():
            raise CannotMount("no content")
        _copy(about.content, point)
        number = os.open(point, os.O_RDONLY | os.O_DIRECTORY)
        try:
            told = Path(f"/proc/self/fdinfo/{number}").read_text(encoding="ascii")
            device = os.fstat(number).st_dev
        finally:
            os.close(number)
        id = next(line.split()[1] for line in told.splitlines() if line.startswith("mnt_id:"))
        escaped = b"".join(
            b"\\%03o" % byte if byte in b" \t\n\\" else bytes([byte]) for byte in os.fsencode(point)
        )
        numbers = f"{id} 1 {os.major(device)}:{os.minor(device)} / ".encode()
        said = f" {','.join(options)} - {about.type} virtual ro\n".encode()
        self._lines[point] = numbers + escaped + said
        self._write()

    def unmount(self, point: Path, *, force: bool) -> None:
        del force
        self._lines.pop(point, None)
        self._write()
        _empty(point)

    def pull(self, about: VirtualPartition, point: Path) -> None:
        # Whoever has a file open meets its end, as there is no other way to make reading fail.
        for folder, _, names in os.walk(os.fsencode(point)):
            for name in names:
                path = os.path.join(folder, name)  # noqa: PTH118  names may be no text
                if os.path.isfile(path) and not os.path.islink(path):  # noqa: PTH113, PTH114
                    number = os.open(path, os.O_WRONLY)
                    # First its name, so that nobody opens what is empty by then.
                    os.unlink(path)  # noqa: PTH108  names may be no text
                    os.truncate(number, 0)
                    os.close(number)
        self.unmount(point, force=True)

    def _write(self) -> None:
        draft = self.table.with_suffix(".new")
        draft.write_bytes(b"".join(self._lines.values()))
        draft.replace(self.table)


class RealMounts:
    """Mounts of the kernel."""

    table = Path("/proc/self/mountinfo")

    def mount(self, about: VirtualPartition, point: Path, options: list[str]) -> None:
        if about.content is None:
            raise CannotMount("no content")
        # These are options of the file systems that the images stand for.
        plain = [each for each in options if "=" not in each and each not in {"utf8", "noload"}]
        if about.content.is_dir():
            _run("mount", "--bind", str(about.content), str(point))
            _run("mount", "-o", ",".join(["remount", "bind", *plain]), str(point))
        else:
            _run("mount", "-o", ",".join(["loop", *plain]), str(about.content), str(point))

    def unmount(self, point: Path, *, force: bool) -> None:
        _run("umount", *(["-l"] if force else []), str(point))

    def pull(self, about: VirtualPartition, point: Path) -> None:
        if about.content is not None and about.content.is_file():
            # The loop device answers with input/output errors from now on.
            os.truncate(about.content, 0)
        self.unmount(point, force=True)


def _run(*command: str) -> None:
    done = subprocess.run(command, check=False, capture_output=True, timeout=60)
    if done.returncode:
        raise CannotMount(done.stderr.decode("utf-8", "replace").strip())


def _copy(source: Path, target: Path) -> None:
    """Copy what a stick may hold; special files too, where that is allowed."""
    for folder, below, names in os.walk(os.fsencode(source)):
        there = os.fsencode(target) + folder[len(os.fsencode(source)) :]
        os.makedirs(there, exist_ok=True)  # noqa: PTH103  names may be no text
        for name in [*names, *below]:
            old, new = folder + b"/" + name, there + b"/" + name
            about = os.lstat(old)
            if os.path.islink(old):  # noqa: PTH114
                os.symlink(os.readlink(old), new)  # noqa: PTH115, PTH211
            elif os.path.isfile(old):  # noqa: PTH113
                shutil.copyfile(old, new)
            elif name in names:
                with contextlib.suppress(PermissionError):
                    os.mknod(new, about.st_mode, about.st_rdev)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
