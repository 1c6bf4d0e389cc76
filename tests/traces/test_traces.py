"""After a visit: nothing of it in the memory of the window's process, nor in the data folder."""

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devices.idcard.virtual.cards import Card
from devices.idcard.virtual.server import Bench, serve
from kiosk import traceless
from kiosk.fonts import ui_face
from kiosk.input.deploy import deployed, lexicons
from tests.traces.marks import Marks
from tests.traces.scanning import in_memory, patterns

ROOT = Path(__file__).parents[2]


class Visitor:
    """The terminal's process, and a reader that lives in this one."""

    def __init__(self, folder: Path, cache: Path, environment: dict[str, str]) -> None:
        self.bench, self._stop, ready = Bench(), threading.Event(), threading.Event()
        reader = folder.parent / "reader"
        self._serving = threading.Thread(
            target=serve,
            kwargs={
                "link": reader,
                "bench": self.bench,
                "stop": self._stop,
                "on_ready": lambda _: ready.set(),
            },
        )
        self._serving.start()
        assert ready.wait(5)
        take_orders, self._orders = os.pipe()
        self._answers, give_answers = os.pipe()
        where = (str(folder), str(cache), str(reader), str(take_orders), str(give_answers))
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.traces.visitor", *where],
            cwd=ROOT,
            env={**environment, "LP_NUM_THREADS": "1"},
            pass_fds=(take_orders, give_answers),
            stderr=(folder.parent / "visitor.log").open("wb"),
        )
        os.close(take_orders)
        os.close(give_answers)
        self._log = folder.parent / "visitor.log"
        self._wait("ready")

    def do(self, verb: str, what: str = "") -> None:
        os.write(self._orders, f"{verb} {what}\n".encode())
        self._wait("done")

    def close(self) -> None:
        os.close(self._orders)
        self.process.wait(20)
        os.close(self._answers)
        self._stop.set()
        self._serving.join()

    def _wait(self, word: str) -> None:
        line = b""
        while not line.endswith(b"\n"):
            piece = os.read(self._answers, 1)
            assert piece, self._log.read_text()[-3000:]
            line += piece
        assert line == word.encode() + b"\n"


STILL_SEARCHING_S = 5.0

Open = Callable[[dict[str, str]], Visitor]


@pytest.fixture
def open_visitor(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    cache = tmp_path_factory.mktemp("cache")
    for weight in ("Regular", "Bold"):
        ui_face(weight, cache / "fonts")
    deployed(cache / "input", lexicons("210400", None))
    opened = []

    def open_one(environment: dict[str, str]) -> Visitor:
        folder = tmp_path / "terminal"
        folder.mkdir()
        opened.append(Visitor(folder, cache, environment))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


def test_nothing_is_left_of_what_somebody_typed_without_a_name(open_visitor: Open) -> None:
    marks = Marks.made(seed=random.randrange(2**32))
    visitor = open_visitor(traceless.prepared(os.environ))
    visitor.do("lookup", marks.typed)
    visitor.do("pinyin", marks.keys)
    wanted = patterns((marks.typed, marks.keys))
    assert in_memory(visitor.process.pid, wanted)
    visitor.do("leave")
    left = in_memory(visitor.process.pid, wanted)
    if left:
        # On a busy machine a search may still be under way, whose answer nobody takes any more.
        time.sleep(STILL_SEARCHING_S)
        left = in_memory(visitor.process.pid, wanted)
    assert left == {}


def test_without_the_measures_it_is_found(open_visitor: Open) -> None:
    plain = {
        name: value
        for name, value in os.environ.items()
        if name not in (traceless.TUNABLES_NAME, traceless.ALLOCATOR_NAME)
    }
    marks = Marks.made(seed=random.randrange(2**32))
    visitor = open_visitor(plain)
    visitor.do("tap", "签到")
    visitor.do("wait", "waiting")
    visitor.bench.lay(Card("resident", marks.name, marks.number))
    visitor.do("wait", "roles")
    visitor.bench.lift()
    visitor.do("tap", "投标人")
    visitor.do("tap", "返回")
    visitor.do("lookup", marks.typed)
    visitor.do("end")
    assert in_memory(visitor.process.pid, patterns([marks.name, marks.typed]))
