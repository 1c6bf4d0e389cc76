"""The terminal's window against bare Kivy with one label, both without a display."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from kiosk.demo.machine import Machine
from tests.bench.keys_in_window import WORDS
from tests.bench.measuring import percentile, resident_mb
from tests.bench.search_corpus import FOLDER, store_path

ROUNDS = 5
SETTLED_S = 8.0
"""By then every screen is built and the dictionaries are open."""
CORPUS, SMALL_CORPUS = 100_000, 3_000
"""Keys are timed with the search bench's corpus if it is there, else with a small one."""
BARE = """
import os, sys, time
os.environ.update(KIVY_NO_ARGS="1", KIVY_LOG_MODE="PYTHON")
from kivy.config import Config
Config.set("graphics", "width", "1920"); Config.set("graphics", "height", "1080")
from kivy.app import App
from kivy.clock import Clock
from kivy.uix.label import Label
class Hello(App):
    def build(self):
        # The first tick comes before the first frame, the second one after it.
        second = lambda _dt: print("ready", flush=True)
        Clock.schedule_once(lambda _dt: Clock.schedule_once(second, 0), 0)
        return Label(text="hello")
Hello().run()
"""
OURS = """
import sys
from pathlib import Path
from kiosk import window
from kiosk.settings import load
settings = load(Path(sys.argv[1]))
data = settings.terminal.data
data.mkdir(parents=True, exist_ok=True)
window.prepare(data / "cache", width=1920, height=1080, fullscreen=False, headless=True)
from kivy.clock import Clock
from kiosk.app import KioskApp
from kiosk.collecting import keep_for_good, wait_with_collecting
from kiosk.fonts import register_fonts
register_fonts(data / "cache" / "fonts")
from kiosk.input.deploy import deployed, lexicons
from kiosk.input.rime import Rime
words = lexicons(settings.centre.region, None)
app = KioskApp(
    settings,
    data / "terminal.db",
    load_input=lambda: Rime.load(deployed(data / "cache" / "input", words)),
)
wait_with_collecting()
second = lambda _dt: print("ready", flush=True)
first = lambda _dt: Clock.schedule_once(second, 0)
app.bind(on_start=lambda _app: Clock.schedule_once(first, 0), complete=lambda *_: keep_for_good())
app.run()
"""


def run_quickly() -> dict[str, float]:
    """Everything once: figures of no worth."""
    return run(rounds=1, settled_s=0.5, turns=1, words=1)


def run(
    rounds: int = ROUNDS, settled_s: float = SETTLED_S, turns: int = 2, words: int = len(WORDS)
) -> dict[str, float]:
    """`turns` of the bench of keys, each with so many `words`."""
    with tempfile.TemporaryDirectory() as folder:
        from datetime import UTC, datetime

        machine = Machine(Path(folder))
        machine.configure(datetime.now(UTC))
        ours_command = [sys.executable, "-c", OURS, str(machine.config)]
        _start(ours_command, 0.5)  # fonts are extracted once
        hello = Path(folder) / "hello.py"  # Kivy looks for the file of an App's class
        hello.write_text(BARE, encoding="utf-8")
        bare, ours = [], []
        for _ in range(rounds):  # by turns, as the machine's load changes
            bare.append(_start([sys.executable, str(hello)], settled_s))
            ours.append(_start(ours_command, settled_s))
    bare_s, bare_mb = (median(each) for each in zip(*bare, strict=True))
    ours_s, ours_mb = (median(each) for each in zip(*ours, strict=True))
    return {
        "bare_start_s": bare_s,
        "cold_start_s": ours_s,
        "cold_start_ratio": ours_s / bare_s,
        "bare_rss_mb": bare_mb,
        "rss_mb": ours_mb,
        "rss_ratio": ours_mb / bare_mb,
        **_key_to_picture(turns, words),
    }


def _key_to_picture(turns: int, words: int) -> dict[str, float]:
    """From a key to the frame with its candidates and results, beside changing one label."""
    built = (FOLDER / f"search-{CORPUS}.json").exists()
    count = CORPUS if built else SMALL_CORPUS
    path, _ = store_path(count)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "terminal.db"
        shutil.copyfile(path, copy)
        bare: list[float] = []
        ours: list[float] = []
        for _ in range(turns):  # by turns, as the machine's load changes
            bare += _milliseconds("bare", Path(folder), words)
            ours += _milliseconds(str(copy), Path(folder), words)
    return {
        "key_to_picture_notices": count,
        "bare_label_p50_ms": percentile(bare, 0.5),
        "bare_label_p95_ms": percentile(bare, 0.95),
        "key_to_picture_p50_ms": percentile(ours, 0.5),
        "key_to_picture_p95_ms": percentile(ours, 0.95),
        "key_to_picture_ratio": percentile(ours, 0.95) / percentile(bare, 0.95),
    }


def _milliseconds(store: str, cache: Path, words: int) -> list[float]:
    command = [sys.executable, "-m", "tests.bench.keys_in_window", store, str(cache), str(words)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [float(each) for each in json.loads(done.stdout.splitlines()[-1])]


def _start(command: list[str], settled_s: float) -> tuple[float, float]:
    """Seconds to the first frame, and resident memory `settled_s` seconds later."""
    environment = {**os.environ, "SDL_VIDEODRIVER": "offscreen"}
    began = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    )
    if process.stdout is None:
        raise RuntimeError("no pipe to the process")
    if process.stdout.readline().strip() != "ready":
        raise RuntimeError(f"no window: {command}")
    seconds = time.perf_counter() - began
    time.sleep(settled_s)
    memory = resident_mb(process.pid)
    process.kill()
    process.wait()
    return seconds, memory
