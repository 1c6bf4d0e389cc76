"""The virtual board's window scrolls at the set speed, measured from its own pixels."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from devices.led.virtual import picture
from tests.screens.in_window.board import PIXELS_PER_SECOND, WIDTH

ROOT = Path(__file__).parents[2]
LIMIT_S = 60
TOLERANCE = 0.03
ENOUGH = 20
"""Frames; a machine that draws fewer in three seconds shows no motion."""


def slope(samples: list[tuple[float, int]]) -> float:
    """Columns a second, by least squares."""
    mean_t = sum(t for t, _ in samples) / len(samples)
    mean_x = sum(x for _, x in samples) / len(samples)
    covariance = sum((t - mean_t) * (x - mean_x) for t, x in samples)
    return covariance / sum((t - mean_t) ** 2 for t, _ in samples)


def test_the_window_scrolls_at_the_set_speed_and_its_dots_are_sharp(tmp_path: Path) -> None:
    out = tmp_path / "seen.json"
    ended = subprocess.run(
        [sys.executable, "-m", "tests.screens.in_window.board", str(out)],
        cwd=ROOT,
        # Software drawing takes every core for itself unless told otherwise.
        env={
            **os.environ,
            "HOME": str(tmp_path),
            "SDL_VIDEODRIVER": "offscreen",
            "LP_NUM_THREADS": "1",
        },
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert ended.returncode == 0 and out.exists(), ended.stderr
    seen = json.loads(out.read_text())
    # At the edges the bar is seen in part.
    samples = [(t, x) for t, x in seen["samples"] if 0 < x < WIDTH - 16]
    assert len(samples) >= ENOUGH
    assert samples[0][1] > WIDTH * 0.7 and samples[-1][1] < WIDTH * 0.3
    assert slope(samples) == pytest.approx(-PIXELS_PER_SECOND, rel=TOLERANCE)
    assert {tuple(colour) for colour in seen["colours"]} == {picture.DARK, picture.LIT[1]}
