"""The terminal's window in a process of its own, with a visitor who does what a test says.

Run as ``python -m tests.journeys.window CONFIG ORDERS ANSWERS [SECONDS]``: orders come through one
pipe, a verb and what follows it between tabs on a line, and each is answered with a line. Between
orders the window goes on as it would. SECONDS are what this PC's clock is fast, or slow if below 0.
"""

import os
import select
import sys
import traceback
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from kiosk.settings import Settings, load
from tests.journeys import clock

SIZE = (1366, 768)
PATIENCE_S = 60.0
FRAME_S = 0.02


def orders(source: int, meanwhile: Any) -> Iterator[list[str]]:
    """What to do; read without a buffer, which would keep it."""
    line = bytearray()
    while True:
        while not select.select([source], [], [], FRAME_S)[0]:
            meanwhile()
        piece = os.read(source, 1)
        if not piece:
            return
        if piece != b"\n":
            line += piece
            continue
        order = line.decode().split("\t")
        line = bytearray()
        yield order
        del order


def main(config: Path, source: int, answers: int, fast_s: float) -> None:
    clock.shift("kiosk.clocks", seconds=fast_s)
    settings = load(config)
    if settings.terminal is None:
        raise SystemExit("no [terminal]")
    cache = settings.terminal.data / "cache"
    os.environ["MINGTANG_TEST_CACHE"] = str(cache)
    from kiosk import window

    window.prepare(cache, width=SIZE[0], height=SIZE[1], fullscreen=False, headless=True)
    from kiosk.fonts import register_fonts

    register_fonts(cache / "fonts")
    booth = open_booth(settings, cache)
    acts = make_acts(booth)
    os.write(answers, b"ready\n")
    for verb, *what in orders(source, booth.frame):
        try:
            said = getattr(acts, verb)(*what)
        except Exception:  # noqa: BLE001  whatever it is, the test is told
            said = "! " + traceback.format_exc().replace("\n", "\t")
        del what
        os.write(answers, f"{said}\n".encode())
        del said
    booth.close()


def open_booth(settings: Settings, cache: Path) -> Any:
    """The window as `mingtang kiosk` opens it, on the clocks and the store of this PC."""
    from kivy.base import runTouchApp
    from kivy.core.window import Window

    from kiosk.app import KioskApp
    from kiosk.collecting import keep_for_good, wait_with_collecting
    from kiosk.input.deploy import deployed, lexicons
    from kiosk.input.rime import Rime
    from kiosk.store.terminal import DATABASE_NAME
    from tests.screens.in_window.terminal import Terminal

    class Booth(Terminal):
        """Nothing here is set by the test: what it shows came from sync."""

        def __init__(self) -> None:
            self.settings, self.app = settings, None
            self.path = cache.parent / DATABASE_NAME

        def start(self, *, wait: bool = True) -> None:
            region = settings.centre.region
            self.app = KioskApp(
                settings,
                self.path,
                load_input=lambda: Rime.load(deployed(cache / "input", lexicons(region, None))),
            )
            wait_with_collecting()
            self.app.bind(complete=lambda *_: keep_for_good())
            self.app._run_prepare()
            runTouchApp(embedded=True)
            app = self.app
            self.until(
                lambda: app.complete and app.visit.ready and app.sources is not None
                and app.composer.chinese,
                PATIENCE_S,
            )  # fmt: skip
            self.settle()

        def close(self) -> None:
            self.app.dispatch("on_stop")

    Window.size = SIZE
    booth = Booth()
    booth.start()
    return booth


def make_acts(booth: Any) -> Any:
    from kivy.core.window import Window
    from kivy.uix.scrollview import ScrollView

    from kiosk.upload.chosen import Stage
    from kiosk.widgets.key_layouts import Act
    from tests.journeys.staff_hands import StaffActs

    class Acts(StaffActs):
        """What a visitor sees and does; nothing of it is kept."""

        # What is seen

        def says(self, part: str) -> bool:
            """Wherever its lines break."""
            return any(part in text.replace("\n", "") for text in booth.texts())

        def silent(self, part: str) -> bool:
            return not self.says(part)

        def texts(self) -> list[str]:
            return booth.texts()

        def shows(self, screen: str) -> bool:
            return bool(booth.shown == screen)

        def row(self, text: str, kind: str = "ListRow") -> Any:
            """A row that can be tapped, once it is there."""
            for row in booth.widgets(kind):
                if text in row.title.replace("\n", "") and getattr(row, "tappable", True):
                    return row
            return None

        def reader(self, said: str) -> bool:
            """What the screen of identification says, or which page it shows."""
            model = booth.screen("identify").model
            return said in (model.said, model.page)

        def reading(self) -> bool:
            """A file is being examined or copied, and not at its beginning any more."""
            files = booth.screen("upload").model.files
            busy = (Stage.CHECKING, Stage.COPYING)
            return any(each.stage in busy and each.part > 0.02 for each in files)

        def examined(self) -> bool:
            model = booth.screen("upload").model
            return bool(model.files) and not model.examining

        def transfer(self, state: str) -> bool:
            told = booth.screen("upload").model.transfer
            return told is not None and str(told.state) == state

        def sent(self, least: str) -> bool:
            told = booth.screen("upload").model.transfer
            return told is not None and told.sent >= int(least)

        def trouble(self, problem: str) -> bool:
            told = booth.screen("upload").model.transfer
            return told is not None and str(told.problem) == problem

        def forgotten(self) -> bool:
            """Nobody is identified, and the encrypted store is ready for the next one."""
            return bool(booth.app.visit.visitor is None and booth.app.visit.ready)

        def projects(self) -> bool:
            return bool(booth.screen("upload").model.found.projects)

        def at_projects(self) -> bool:
            """The search for projects has ended, whatever it found."""
            model = booth.screen("upload").model
            return bool(model.step == "project" and model.state == "found")

        def folder(self) -> bool:
            """The folder is listed, or cannot be."""
            model = booth.screen("upload").model
            return model.listing is not None or model.trouble is not None

        def saved(self) -> bool:
            return bool(booth.screen("form").model.saved == "saved")

        def printed(self) -> bool:
            return bool(booth.app.printing.progress.stage.over)

        def printable(self) -> bool:
            return bool(booth.app.printing.state == "ready")

        def number(self) -> str:
            """Of the receipt that is shown."""
            return str(booth.screen("receipt").number)

        def signed(self) -> str:
            return str(booth.screen("receipt").model.signed.token)

        # What is done

        def until(self, what: str, *about: str) -> None:
            self.as_soon_as(what, *about)
            booth.settle()

        def as_soon_as(self, what: str, *about: str) -> None:
            """As `until`, but the test goes on in the same moment."""
            booth.until(partial(getattr(self, what), *about), PATIENCE_S)

        def tap(self, text: str, kind: str = "") -> None:
            booth.tap(text, kind or None)

        def tap_row(self, text: str, kind: str = "ListRow") -> None:
            self.until("row", text, kind)
            booth.tap_widget(self.row(text, kind))

        def open(self, text: str) -> None:
            """Tap a row that leads to a list, and wait for it."""
            self.tap_row(text)
            self.until("folder")

        def pick(self, name: str) -> None:
            """Tick a file, wherever in the folder's list it stands."""
            results = booth.screen("upload")._pane("browse").ids.results
            titles = [row["title"].replace("\n", "") for row in results.data]
            results.reveal(next(at for at, title in enumerate(titles) if name in title))
            booth.settle()
            self.tap_row(name)

        def tap_field(self, label: str) -> None:
            """Put a finger on the field of this label, and wait for the cursor."""
            self.tap_first(label)
            first = self._box(label).stops[0]
            booth.until(lambda: first.focus)
            booth.settle()

        def tap_first(self, label: str) -> None:
            """Put a finger on the first thing to tap in a field."""
            box = self._box(label)
            view = next(each for each in box.walk_reverse() if isinstance(each, ScrollView))
            view.scroll_to(box, animate=False)
            booth.settle()
            booth.tap_widget(box.stops[0])

        def note(self, label: str) -> str:
            """What is written below a field."""
            return str(self._box(label).note)

        def press(self, text: str) -> None:
            """Tap keys of the keyboard on screen, one for each character."""
            for character in text:
                booth.tap_widget(next(k for k in booth.widgets("Key") if k.text == character))

        def delete(self) -> None:
            acts = ((key, getattr(key.face, "act", None)) for key in booth.widgets("Key"))
            booth.tap_widget(next(key for key, act in acts if act is Act.DELETE))

        def type(self, text: str) -> None:
            """Type on the keyboard on the desk."""
            booth.type(text)

        def key(self, name: str) -> None:
            if name == "tab":
                Window.dispatch("on_key_down", 9, 43, "\t", [])
                Window.dispatch("on_key_up", 9, 43)
                booth.settle()
            else:
                booth.key(name)

        def picture(self, path: str) -> None:
            booth.frame()
            booth.picture(Path(path))

        def frames(self, count: str) -> None:
            for _ in range(int(count)):
                booth.frame()

        def _box(self, label: str) -> Any:
            boxes = [
                each
                for each in booth.widgets()
                if hasattr(each, "stops") and hasattr(each, "path") and each.label == label
            ]
            if not boxes:
                raise LookupError(f"no field {label!r}; shown: {booth.texts()}")
            return boxes[0]

    return Acts(booth)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float([*sys.argv, "0"][4]))
