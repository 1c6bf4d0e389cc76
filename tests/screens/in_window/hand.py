"""The reader's window with a stick beside it: every button pressed once, by name.

Run as a process: `python -m tests.screens.in_window.hand OUT`; leaves JSON.
"""

import json
import sys
import threading
from pathlib import Path
from typing import Any

from devices.idcard.virtual.server import Bench
from devices.led.virtual import control
from kiosk import window, words


def main(out: Path) -> None:
    stop, seen = threading.Event(), {"laid": [], "given": [], "states": []}  # type: ignore[var-annotated]
    prepare = window.prepare
    window.prepare = lambda cache, **more: prepare(cache, **{**more, "headless": True})
    Bench.lay = lambda _bench, card: seen["laid"].append(card)  # type: ignore[method-assign]
    Bench.lift = lambda _bench: seen["laid"].append("lift")  # type: ignore[method-assign]

    def give(at: Path, order: str) -> str:
        if order == "pull":
            raise OSError("nobody there")
        seen["given"].append((at.name, order))
        return "ok"

    control.tell = give

    def press(_elapsed: float) -> None:
        from kivy.core.window import Window

        (grid,) = Window.children
        *buttons, state = sorted(grid.children, key=lambda each: type(each).__name__)
        for button in reversed(buttons):
            button.dispatch("on_release")
            seen["states"].append(state.text)
        seen["title"] = words.load("zh")["virtual_reader.title"]
        seen["short"] = [b.text for b in buttons if b.texture_size[0] > b.width]
        stop.set()

    def later(_path: Path) -> None:
        from kivy.clock import Clock

        Clock.schedule_once(press, 1.0)

    from kiosk.reader_window import run_window

    reader: dict[str, Any] = {"stop": stop, "on_ready": later, "link": out.with_name("reader")}
    run_window(reader, Path("stick"))
    out.write_text(json.dumps(seen), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
