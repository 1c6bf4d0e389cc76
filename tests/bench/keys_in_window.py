"""From a key to the frame that shows what it brought: run as a process, prints milliseconds.

Arguments: a store, or `bare` for Kivy changing one label; a folder for fonts and dictionaries; how
many of the words are typed.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from kiosk import window

WORDS = ("hunhe", "daolu", "zhaobiao", "wanghuaqu", "ggzyjy", "paishui", "jxl")
ROUNDS = 2
BARE_FRAMES = 60
BETWEEN_FRAMES = 2
"""Let go of the key, and let counts arrive, as between two keys of a quick typist."""


def main(store: str, cache: Path, words: int) -> None:
    window.prepare(cache, width=1920, height=1080, fullscreen=False, headless=True)
    print(json.dumps(list(_bare() if store == "bare" else _keys(Path(store), cache, words))))


def _frame() -> None:
    from kivy.base import EventLoop
    from kivy.graphics.opengl import glFinish

    EventLoop.idle()
    # Software drawing puts frames off and would charge the next one.
    glFinish()


def _bare() -> Iterator[float]:
    from kivy.base import runTouchApp
    from kivy.uix.label import Label

    label = Label(text="0")
    runTouchApp(label, embedded=True)
    _until(lambda: label.texture)
    for number in range(BARE_FRAMES):
        began = time.perf_counter()
        label.text = str(number)
        _frame()
        yield (time.perf_counter() - began) * 1000


def _keys(store: Path, cache: Path, words: int) -> Iterator[float]:
    from kivy.base import EventLoop, runTouchApp

    from display.trusted_time import Reading
    from kiosk.app import KioskApp
    from kiosk.collecting import keep_for_good
    from kiosk.fonts import register_fonts
    from kiosk.input.deploy import deployed, lexicons
    from kiosk.input.rime import Rime
    from kiosk.settings import Settings
    from kiosk.store.terminal import TerminalStore
    from kiosk.tour import Tap
    from tests.bench.search_corpus import NOW

    register_fonts(cache / "fonts")
    with TerminalStore(store) as opened:
        # Without a proven clock the release gate shows nothing.
        opened.heard_server(Reading(NOW), NOW)
    settings = Settings.model_validate(
        {
            "centre": {"name": "抚顺市公共资源交易中心", "region": "210400", "site": "fushun"},
            "terminal": {"name": "FS-02", "data": str(store.parent)},
        }
    )
    dictionaries = deployed(cache / "input", lexicons("210400", None))
    app = KioskApp(
        settings, store, now=lambda: Reading(NOW), load_input=lambda: Rime.load(dictionaries)
    )
    app._run_prepare()
    runTouchApp(embedded=True)
    _until(lambda: app.composer.chinese and app.complete)
    keep_for_good()
    app.open_lookup()
    screen, field = app.screen_named("lookup"), app.screen_named("lookup").ids.field
    _until(lambda: screen.model.state == "found" and screen.model.counts.known)
    keys = {key.text: key for key in screen.ids.keyboard.children if key.text}
    for number in range(ROUNDS + 1):
        for word in WORDS[:words]:
            for sign in word:
                touch = Tap(*keys[sign].to_window(*keys[sign].center))
                began = time.perf_counter()
                EventLoop.post_dispatch_input("begin", touch)
                _frame()
                while screen._pending:
                    _frame()
                if number:  # the first round warms up
                    yield (time.perf_counter() - began) * 1000
                EventLoop.post_dispatch_input("end", touch)
                for _ in range(BETWEEN_FRAMES):
                    _frame()
            field.text = ""
            _until(lambda: not screen._pending)
    app.dispatch("on_stop")


def _until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the window never came to that")
        _frame()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
