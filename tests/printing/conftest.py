from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.printing.eve import EvePrinter, missing


@pytest.fixture
def eve(tmp_path: Path) -> Iterator[EvePrinter]:
    """A printer of its own for the test."""
    if lacking := missing():
        pytest.skip(f"needs the Debian packages {lacking}")
    printer = EvePrinter(tmp_path / "eve")
    yield printer
    printer.close()
