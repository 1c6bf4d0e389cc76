from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.private.key import StoreKey
from kiosk.private.store import PrivateStore
from tests.private.builders import KEY, Machine


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def key() -> StoreKey:
    return KEY


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "terminal"


@pytest.fixture
def store(folder: Path, key: StoreKey, machine: Machine) -> Iterator[PrivateStore]:
    with PrivateStore(folder, key, clocks=machine, margin_bytes=0) as opened:
        yield opened
