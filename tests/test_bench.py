"""The benches run; what they measure is for people to read."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_a_bench_prints_a_table_and_writes_its_figures(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.bench", "board", "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    figures = json.loads((tmp_path / "board.json").read_text(encoding="utf-8"))
    assert figures["page_latency_over_line_p99_ms"] > 0
    assert all(name in done.stdout for name in figures)


def test_an_unknown_bench_says_which_there_are() -> None:
    command = [sys.executable, "-m", "tests.bench", "nope"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "search, board, terminal" in done.stdout
