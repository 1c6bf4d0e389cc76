"""Opens the one window of this process before anything imports Kivy, and terminals in it."""

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kiosk import window

SIDE = 1920
"""The surface is square, so that the window can become landscape and portrait within it."""

EVERY_LOOK = ("_in_every_look", "_too_small_or_pale")
"""How the names of tests end that go through sizes, languages and looks."""


def pytest_configure() -> None:
    cache = Path(os.environ["MINGTANG_TEST_CACHE"])
    window.prepare(cache, width=SIDE, height=SIDE, fullscreen=False, headless=True)
    from kiosk.fonts import register_fonts

    register_fonts(cache / "fonts")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Of the tests that go through every look, two looks; all of them with `make looks`."""
    if os.environ.get("MINGTANG_LOOKS") == "all":
        return
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        if isinstance(item, pytest.Function) and item.originalname.endswith(EVERY_LOOK):
            cases.setdefault(item.originalname, []).append(item)
    left_out = {id(item) for found in cases.values() for item in found[1:-1]}
    items[:] = [item for item in items if id(item) not in left_out]


def pytest_collection_finish() -> None:
    """The collector, which runs at the end of each visit, need not look through what stays."""
    gc.freeze()


@pytest.fixture
def open_terminal(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Opens a terminal; see `Terminal` for what it can be told."""
    from tests.screens.in_window.terminal import Terminal

    opened = []

    def open_one(**told: Any) -> Terminal:
        opened.append(Terminal(tmp_path, **told))
        return opened[-1]

    yield open_one
    for terminal in opened:
        terminal.close()


@pytest.fixture
def terminal(open_terminal: Callable[..., Any]) -> Any:
    """A terminal at home, with the generated notices of a Monday morning."""
    one = open_terminal()
    one.receive(*one.generated())
    one.start()
    return one
