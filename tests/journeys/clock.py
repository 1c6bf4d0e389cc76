"""A program of ours on a PC whose clock is wrong.

Run as ``python -m tests.journeys.clock SECONDS ARGUMENT…``: `mingtang` with these arguments, on a
PC whose clock is SECONDS fast, or slow if below 0. What counts uptime stays right. In place of
SECONDS a file may be named, in which they stand and may change at any time: the central server's
clock, which all terminals go by.
"""

import importlib
import sys
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

READ_A_CLOCK = (
    "kiosk.clocks",
    "kiosk.commands.central_handing_in",
    "kiosk.commands.central_opening",
)
"""Of the commands that tests run so."""
SERVER = "kiosk.sync.instant"
"""Of the central server."""


def shift(*modules: str, seconds: float) -> None:
    """Let these modules read a wall clock that is wrong."""
    if seconds:
        follow(*modules, seconds=lambda: seconds)


def follow(*modules: str, seconds: Callable[[], float]) -> None:
    """Let these modules read a wall clock that is wrong by what `seconds` says at each look."""

    class Wrong(datetime):
        """`now` is the one thing of it that anybody uses there."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.now(tz) + timedelta(seconds=seconds())

    for name in modules:
        importlib.import_module(name).datetime = Wrong  # type: ignore[attr-defined]


if __name__ == "__main__":
    told = Path(sys.argv[1])
    if told.is_file():
        follow(SERVER, seconds=lambda: float(told.read_text(encoding="ascii")))
    else:
        shift(*READ_A_CLOCK, seconds=float(sys.argv[1]))
    from kiosk.cli import main

    sys.exit(main(sys.argv[2:]))
