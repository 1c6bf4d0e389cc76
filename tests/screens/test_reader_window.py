"""The window of the simulated reader: each button does what it says, and says so."""

import json
import os
import subprocess
import sys
from pathlib import Path

from kiosk import words
from kiosk.reader_window import LAID

ROOT = Path(__file__).parents[2]


def test_every_button(tmp_path: Path) -> None:
    out = tmp_path / "seen.json"
    ended = subprocess.run(
        [sys.executable, "-m", "tests.screens.in_window.hand", str(out)],
        cwd=ROOT,
        env={**os.environ, "HOME": str(tmp_path), "LP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0 and out.exists(), ended.stderr
    seen = json.loads(out.read_text())
    said = words.section(words.load("zh"), "virtual_reader")
    assert seen["laid"] == [*LAID, "lift"]
    assert seen["given"] == [["stick", "plug"]]
    assert seen["states"][0] == said["done"].format(what=said["resident"])
    assert seen["states"][-1] == said["no_stick"]
    assert seen["short"] == [], "words that a button has no room for"
