from collections.abc import Iterator
from pathlib import Path

import pytest

from kiosk.examination.policy import Policy
from tests.examination.virtual_clamd import VirtualClamd

POLICY = Policy(types=(*Policy().types, "bmp", "txt"))


@pytest.fixture(scope="module")
def virtual_clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[VirtualClamd]:
    folder: Path = tmp_path_factory.mktemp("clamd")
    with VirtualClamd(folder / "clamd.ctl") as clamd:
        yield clamd
