"""One export of a day, made once; each test damages a copy of its own."""

import shutil
import string
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fontTools.subset import Subsetter
from fontTools.ttLib import TTFont

from kiosk import words
from kiosk.evidence.export import Exported, Request, export
from kiosk.evidence.paper import NO_GLYPH
from kiosk.fonts import NOTO, ui_face
from kiosk.store.terminal import TerminalStore
from tests.display.builders import MORNING
from tests.evidence.day import BOARD, fill, some_notices

CENTRE = "抚顺市公共资源交易中心"


@pytest.fixture(scope="session")
def faces(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    if not (NOTO / "NotoSansCJK-Regular.ttc").exists():
        pytest.skip("the Debian package fonts-noto-cjk is not installed")
    cache = tmp_path_factory.mktemp("fonts")
    return ui_face("Regular", cache), ui_face("Bold", cache)


@pytest.fixture(scope="session")
def small_faces(
    faces: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """The characters of the words alone: most of a report's second goes into reading a face."""
    small = tmp_path_factory.mktemp("fonts") / "small.otf"
    with TTFont(faces[0], lazy=True) as font:
        cut = Subsetter()
        cut.populate(text="".join(words.load("zh").values()) + string.printable + NO_GLYPH)
        cut.subset(font)
        font.save(small)
    return small, small


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TerminalStore]:
    """A store with a day of three pages; read it only."""
    with TerminalStore(tmp_path_factory.mktemp("day") / "terminal.db") as store:
        fill(store, some_notices(3), rounds=4)
        yield store


def request(out: Path, **more: object) -> Request:
    whole_day = {"since": MORNING - timedelta(hours=1), "until": MORNING + timedelta(hours=8)}
    fields = {"board": BOARD, "centre": CENTRE, "now": MORNING + timedelta(hours=9), **whole_day}
    return Request(out=out, **{**fields, **more})  # type: ignore[arg-type]


def exported(store: TerminalStore, faces: tuple[Path, Path], out: Path, **more: object) -> Exported:
    return export(store, request(out, **more), faces, words.load("zh"), words.load("en"))


@pytest.fixture(scope="session")
def whole(
    filled: TerminalStore, faces: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A whole export; copy it before touching it."""
    out = tmp_path_factory.mktemp("export") / "out"
    exported(filled, faces, out)
    return out


@pytest.fixture
def copy(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "copy"))
