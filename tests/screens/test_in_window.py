"""Runs the tests of `in_window`, each module in a process of its own: Kivy has one window."""

import ast
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from kiosk.fonts import ui_face
from kiosk.input.deploy import deployed, lexicons

FOLDER = Path(__file__).with_name("in_window")
ROOT = FOLDER.parents[2]
MODULES = (
    *("identity", "handing_in", "entry", "attachments", "taking", "typing", "looks", "services"),
    *("bodies", "texts", "states", "visits", "keys", "staff", "staff_proposals", "staff_schedule"),
    *("staff_edition", "staff_outbox", "staff_leaks"),
)
"""The longest first."""
LIMIT_S = 600


def names_in(module: str) -> list[str]:
    tree = ast.parse((FOLDER / f"{module}.py").read_text(encoding="utf-8"))
    return [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]


@dataclass(frozen=True)
class Outcome:
    """What became of a module's tests."""

    failures: dict[str, list[str]]
    """Test → what is wrong, empty when nothing is."""
    skipped: dict[str, str]
    """Test → what it could not do without."""
    said: str


def run(module: str, cache: Path) -> Outcome:
    """Run a module in a process of its own; `cache` keeps the fonts for the next one.

    What fails is run once more by itself: these tests wait for threads, and two modules and
    other tests share two cores. Who fails twice has failed.
    """
    first = run_tests(module, cache)
    again = [name for name, wrong in first.failures.items() if wrong]
    if not again:
        return first
    second = run_tests(module, cache, again)
    return Outcome(
        {
            **first.failures,
            **{name: second.failures.get(name, first.failures[name]) for name in again},
        },
        first.skipped,
        f"{first.said}\nonce more: {', '.join(again)}\n{second.said}",
    )


def run_tests(module: str, cache: Path, only: Sequence[str] = ()) -> Outcome:
    """Run these tests of a module, or all."""
    path, report = FOLDER / f"{module}.py", cache / f"{module}.xml"
    report.unlink(missing_ok=True)
    asked = [f"{path}::{name}" for name in only] or [str(path)]
    ended = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", *asked, "-q"),
            *("-p", "tests.screens.in_window.fixtures", "-p", "no:cacheprovider"),
            *(f"--junitxml={report}", f"--basetemp={cache / module}"),
        ],
        cwd=ROOT,
        # Software drawing takes every core for itself unless told otherwise.
        env={**os.environ, "MINGTANG_TEST_CACHE": str(cache), "LP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    failures: dict[str, list[str]] = {}
    skipped: dict[str, str] = {}
    if report.exists():
        for case in ET.parse(report).getroot().iter("testcase"):
            wrong = [
                f"{case.attrib['name']}\n{each.text}"
                for each in case
                if each.tag in {"failure", "error"}
            ]
            skipped |= {
                case.attrib["name"].split("[")[0]: each.attrib.get("message", "")
                for each in case
                if each.tag == "skipped"
            }
            failures.setdefault(case.attrib["name"].split("[")[0], []).extend(wrong)
    return Outcome(failures, skipped, ended.stdout + ended.stderr)


@pytest.fixture(scope="session")
def outcomes(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[Outcome]]]:
    """Module → its outcome; the modules that this session asks for run two at a time."""
    cache = tmp_path_factory.mktemp("window")
    for weight in ("Regular", "Bold"):
        ui_face(weight, cache / "fonts")
    deployed(cache / "input", lexicons("210400", None))
    asked = {
        item.callspec.params["module"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.originalname == "test_in_window"
    }
    with ThreadPoolExecutor(max_workers=2) as runner:
        yield {name: runner.submit(run, name, cache) for name in MODULES if name in asked}


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module in MODULES for name in names_in(module)]
)
def test_in_window(module: str, name: str, outcomes: dict[str, Future[Outcome]]) -> None:
    outcome = outcomes[module].result()
    assert name in outcome.failures, outcome.said
    assert not outcome.failures[name], "\n".join(outcome.failures[name])
    if name in outcome.skipped:
        pytest.skip(outcome.skipped[name])
