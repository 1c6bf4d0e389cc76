"""The process that looks into one file: `python -m kiosk.examination.child KIND MEGABYTES SECONDS`.

The file is its standard input, open for reading; its answer is one line of JSON. It may write no
file, start no process, and use as much memory and time as it was told; a file that makes it
crash, hang or swell ends nothing but it.
"""

import io
import json
import os
import sys
import time
from typing import BinaryIO

from kiosk.examination.holding import Holding
from kiosk.examination.kinds import PICTURES, Kind
from kiosk.examination.ole import examine_ole
from kiosk.examination.pdfs import examine_pdf
from kiosk.examination.verdict import Finding
from kiosk.examination.window import Stretch
from kiosk.examination.zips import examine_zip

try:
    import resource
except ImportError:  # not a Unix
    resource = None  # type: ignore[assignment]

POLITE = 5
"""Niceness: the screen comes first."""


class Positioned(Stretch):
    """A file by its number, with a position that no other process shares."""

    def __init__(self, number: int) -> None:
        super().__init__(os.fstat(number).st_size)
        self._number = number

    def bytes_at(self, at: int, count: int) -> bytes:
        return os.pread(self._number, count, at)


def confine(megabytes: int, seconds: int) -> None:
    """Take away what looking into a file does not need."""
    if hasattr(os, "nice"):
        os.nice(POLITE)
    if resource is not None:
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def look(number: int, kind: Kind, seconds: float) -> tuple[Kind, list[Finding]]:
    """Look into an open file that begins as this kind.

    `seconds`: of computing, after which what only makes sure of sizes is left out.
    """
    file = io.BufferedReader(Positioned(number), 65536)
    holding = Holding(look_into, time.process_time, time.process_time() + seconds)
    kind, findings = look_into(file, kind, holding)
    return kind, findings or [Finding(each, {"kind": kind}) for each in sorted(holding.remarks)]


def look_into(file: BinaryIO, kind: Kind, holding: Holding) -> tuple[Kind, list[Finding]]:
    """Look into a file that begins as this kind, or into one inside another."""
    if kind is Kind.ZIP:
        return examine_zip(file, holding)
    if kind is Kind.OLE:
        return examine_ole(file, holding, look_into)
    if kind is Kind.PDF:
        return kind, examine_pdf(file, holding, look_into)
    if kind in PICTURES:
        # Pillow takes 0.1 s to load and is not needed for the others.
        from kiosk.examination.pictures import examine_picture

        return kind, examine_picture(file, kind)
    raise ValueError(f"nothing to look into in {kind}")


def main() -> int:
    """Answer for one file."""
    kind, megabytes, seconds = sys.argv[1:]
    confine(int(megabytes), int(seconds))
    found, findings = look(0, Kind(kind), int(seconds) / 2)
    told = [[finding.verdict, dict(finding.facts)] for finding in findings]
    print(json.dumps({"kind": found, "findings": told}))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
