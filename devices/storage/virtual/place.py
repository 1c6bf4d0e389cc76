"""Where a simulated UDisks2 keeps what its client must find."""

import os
from pathlib import Path
from typing import Any

MEDIA = "media"
TABLE = "mountinfo"
SYSFS = "sys"
SOCKET = "bus"


def place_in(folder: Path, table: Path | None = None) -> dict[str, Any]:
    """What `Sticks` is told, to read from the simulation in `folder` instead of the system."""
    # Mount points are told and compared as whole paths.
    folder = folder.absolute()
    return {
        "bus_address": f"unix:path={folder / SOCKET}",
        "mount_table": table or folder / TABLE,
        "sysfs": folder / SYSFS,
        "own": (os.fsencode(folder / MEDIA) + b"/",),
    }
