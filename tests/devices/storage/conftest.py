import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from devices.storage.media import Medium, Rules, State
from devices.storage.sticks import Sticks
from devices.storage.virtual.service import VirtualUDisks

SETTLED_S = 15.0


@pytest.fixture
def udisks() -> Iterator[VirtualUDisks]:
    if shutil.which("dbus-daemon") is None:
        pytest.skip("needs the Debian package dbus-daemon")
    with VirtualUDisks() as virtual:
        yield virtual


@pytest.fixture
def sticks_at() -> Iterator[Callable[..., Sticks]]:
    """Start a watch over a simulated UDisks2; it is ended with the test."""
    with ExitStack() as ending:

        def start(virtual: VirtualUDisks, rules: Rules | None = None) -> Sticks:
            sticks = Sticks(rules or Rules(), **virtual.place)
            sticks.start()
            ending.callback(sticks.stop)
            return sticks

        yield start


@pytest.fixture
def content(tmp_path: Path) -> Path:
    folder = tmp_path / "content"
    (folder / "投标").mkdir(parents=True)
    (folder / "投标" / "报价.pdf").write_bytes(b"%PDF-1.7 offer")
    (folder / "readme.txt").write_bytes(b"hello")
    return folder


def ready(sticks: Sticks) -> list[Medium]:
    assert sticks.settled(SETTLED_S)
    return [medium for medium in sticks.media() if medium.state is State.READY]
