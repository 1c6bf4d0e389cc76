"""A program of ours on a PC whose clock is wrong.

Run as ``python -m tests.journeys.clock SECONDS ARGUMENT…``: `mingtang` with these arguments, on a
PC whose clock is SECONDS fast, or slow if below 0. What counts uptime stays right.
"""

import importlib
import sys
from datetime import datetime, timedelta, tzinfo
from typing import Any

READ_A_CLOCK = (
    "kiosk.clocks",
    "kiosk.commands.central_handing_in",
    "kiosk.commands.central_opening",
)
"""Of the commands that tests run so."""


def shift(*modules: str, seconds: float) -> None:
    """Let these modules read a wall clock that is wrong."""

    class Wrong(datetime):
        """`now` is the one thing of it that anybody uses there."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.now(tz) + timedelta(seconds=seconds)

    if seconds:
        for name in modules:
            importlib.import_module(name).datetime = Wrong  # type: ignore[attr-defined]


if __name__ == "__main__":
    shift(*READ_A_CLOCK, seconds=float(sys.argv[1]))
    from kiosk.cli import main

    sys.exit(main(sys.argv[2:]))
