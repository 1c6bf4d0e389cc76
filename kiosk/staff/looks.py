"""What is seen of files, sockets and disks of this PC, without touching a device."""

import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from kiosk.settings import Settings
from kiosk.staff.health.findings import Finding

MB = 1_000_000


def looks(settings: Settings) -> Iterator[tuple[str, Finding | None]]:
    """Parts and what is wrong with them, with what to do; None: well."""
    for section, folder in (("terminal", settings.terminal), ("central", settings.central)):
        if folder is not None:
            yield f"disk of {section}", disk(folder.data, settings.upload.margin_mb)
    if settings.id_reader is not None:
        yield "port of the ID reader", port(settings.id_reader.port)
    if settings.scanner is not None:
        yield "port of the scanner", port(settings.scanner.port)
    if settings.private is not None and settings.upload.clamd:
        yield "virus scanner", scanner(settings.upload.clamd)


def disk(folder: Path, margin_mb: int) -> Finding | None:
    """Whether there is room for what visitors hand in, and for the databases."""
    there = next((each for each in (folder, *folder.parents) if each.exists()), folder)
    try:
        free = shutil.disk_usage(there).free // MB
    except OSError as problem:
        return Finding("disk_unseen", {"folder": folder, "problem": problem.strerror})
    if free >= margin_mb:
        return None
    return Finding("disk_full", {"free": free, "folder": folder, "margin": margin_mb})


def port(path: str) -> Finding | None:
    """Whether something is plugged in that this user can open; nothing is sent to it."""
    if "://" in path:
        return None
    try:
        kind = Path(path).stat().st_mode
    except OSError as problem:
        return Finding("port_missing", {"path": path, "problem": problem.strerror})
    if not stat.S_ISCHR(kind):
        return Finding("port_other", {"path": path})
    if not os.access(path, os.R_OK | os.W_OK):
        return Finding("port_closed", {"path": path})
    return None


def scanner(address: str) -> Finding | None:
    """Whether clamd answers."""
    from kiosk.examination.clamd import Clamd

    return None if Clamd(address).ping() else Finding("clamd_silent", {"address": address})
