"""librime is one in a process: its dictionaries are built once, its method is loaded once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.input.deploy import deployed, lexicons
from kiosk.input.rime import Rime
from kiosk.input.rime_api import RimeMissing


@pytest.fixture(scope="session")
def dictionaries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        return deployed(tmp_path_factory.mktemp("input"), lexicons("210400", None))
    except RimeMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def loaded(dictionaries: Path) -> Iterator[Rime]:
    rime = Rime.load(dictionaries)
    yield rime
    rime.close()


@pytest.fixture
def rime(loaded: Rime) -> Rime:
    loaded.forget()
    return loaded
