"""The benches run; what they measure is for people to read."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize(
    ("name", "figure"),
    [("board", "page_latency_over_line_p99_ms"), ("terminal", "cold_start_ratio")],
)
def test_a_bench_prints_a_table_and_writes_its_figures(
    tmp_path: Path, name: str, figure: str
) -> None:
    command = [sys.executable, "-m", "tests.bench", name, "--quick", "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    figures = json.loads((tmp_path / f"{name}.json").read_text(encoding="utf-8"))
    assert figures[figure] > 0
    assert all(told in done.stdout for told in figures)


def test_an_unknown_bench_says_which_there_are() -> None:
    command = [sys.executable, "-m", "tests.bench", "nope"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "search, board, terminal, upload" in done.stdout
