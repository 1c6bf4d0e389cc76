"""The README's commands do what it says, in the order in which it shows them."""

import io
import json
import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from kiosk.cli import main
from tests.conftest import Centre

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SIMULATED = {"virtual-board", "virtual-id-reader", "virtual-scanner", "virtual-stick"}
LONG_RUNNING = {"central", "sync", "display", "kiosk", *SIMULATED}
PATIENCE_S = 30.0
TOUR_S = 150.0


def lasts(words: list[str]) -> bool:
    """Whether a command runs until it is told to end."""
    task = len(words) > 1 and not words[1].startswith("-")
    return words[0] in LONG_RUNNING and not task and not {"--order", "--tour"} & set(words)


def commands() -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", README, flags=re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


@pytest.mark.parametrize("command", [line for line in commands() if line.startswith("make ")])
def test_make_targets_exist(command: str) -> None:
    done = subprocess.run(
        [*shlex.split(command), "--dry-run"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder like a clone's, with a port that is free."""
    settings = tmp_path / "assets" / "settings"
    settings.mkdir(parents=True)
    for name in ("examples", "forms", "settings/site.toml"):
        (tmp_path / "assets" / name).symlink_to(ROOT / "assets" / name)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    text = (ROOT / "assets" / "settings" / "try.toml").read_text(encoding="utf-8")
    assert text.count("8710") == 2
    (settings / "try.toml").write_text(text.replace("8710", str(port)), encoding="utf-8")
    yield tmp_path


def test_commands_run_in_order(folder: Path) -> None:
    running: dict[str, subprocess.Popen[str]] = {}
    ran = []
    key = ""
    try:
        for line in commands():
            if line.startswith("python3 "):
                script = [sys.executable, *shlex.split(line)[1:]]
                assert subprocess.run(script, cwd=folder, check=False).returncode == 0, line
            if line.startswith("printf "):
                subprocess.run(["sh", "-c", line], cwd=folder, check=True)
            if not line.startswith("mingtang "):
                continue
            words = shlex.split(line)[1:]
            kept = folder / words[-1] if words[-2:-1] == [">"] else None
            if kept is not None:
                del words[-2:]
            if "KEY" in words:
                words[words.index("KEY")] = key
            ran.append(words[0])
            if words[0] == "kiosk":
                words.append("--headless")
            if lasts(words):
                running[words[0]] = start(words, folder)
                for name in {"--link", "--control"} & set(words):
                    wait_for_path(folder / words[words.index(name) + 1])
                continue
            if "--tour" in words:
                first = running.pop("kiosk")
                wait_for_word(first)
                first.terminate()
                code = first.wait(15)
                assert code == 0, first.communicate()[1]
            if words[0] == "search":
                wait_for_hits(words, folder)
            if "recompose" in words:
                wait_for_edition(words, folder)
            done = run(words, folder)
            # What health finds amiss is this machine's.
            fine = (0, 1) if words[0] == "health" else (0,)
            assert done.returncode in fine, f"{line}\n{done.stdout}{done.stderr}"
            assert done.stdout.strip(), line
            if kept is not None:
                kept.write_text(done.stdout, encoding="utf-8")
            if words[:3] == ["central", "staff", "add"]:
                key = done.stdout.split()[0]
        for name, process in running.items():
            assert process.poll() is None, f"{name} ended: {process.communicate()[1]}"
    finally:
        for process in reversed(running.values()):
            process.terminate()
        codes = {name: process.wait(15) for name, process in running.items()}
        said = {name: process.communicate()[1] for name, process in running.items()}
    once = {"demo", "import", "search", "withdraw", "board", "idcard", "receipt", "health"}
    assert set(ran) == LONG_RUNNING | once
    assert codes == dict.fromkeys(running, 0)
    assert [name for name, text in said.items() if text.count("; Ctrl-C ends it\n") != 1] == []
    visit = json.loads((folder / "build/try/visit/tour.json").read_text(encoding="utf-8"))
    assert (visit["delivered"], visit["refused"]) == (4, 4)


def test_the_smallest_record_is_taken_as_it_stands_there(centre: Centre) -> None:
    (record,) = re.findall(r"```json\n(.*?)```", README, flags=re.DOTALL)
    found = json.loads(record)
    assert centre.take(found).added == 1
    for key in set(found) - {"content_text"}:
        (refusal,) = centre.take({**found, "record_id": f"no {key}", key: ""}).refusals
        assert refusal.reason.startswith(f"{key}: ")


def wait_for_hits(words: list[str], folder: Path) -> None:
    until = time.monotonic() + PATIENCE_S
    while "道路" not in run(words, folder).stdout and time.monotonic() < until:
        time.sleep(0.5)


def wait_for_path(path: Path) -> None:
    until = time.monotonic() + PATIENCE_S
    while not path.exists() and time.monotonic() < until:
        time.sleep(0.1)


def wait_for_edition(words: list[str], folder: Path) -> None:
    until = time.monotonic() + PATIENCE_S
    told = ["board", "edition", *words[words.index("--config") :]]
    while ", kept" not in run(told, folder).stdout and time.monotonic() < until:
        time.sleep(0.1)


def run(words: list[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    """To its end; the window in a process of its own, the rest here, as starting takes long."""
    if words[0] == "kiosk":
        command = [sys.executable, "-m", "kiosk.cli", *words]
        return subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=TOUR_S
        )
    out, err = io.StringIO(), io.StringIO()
    with chdir(folder), redirect_stdout(out), redirect_stderr(err):
        try:
            code = main(words)
        except SystemExit as ended:
            code = int(ended.code or 0)
    return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())


def wait_for_word(process: "subprocess.Popen[str]") -> None:
    """Until it runs, and says so."""
    assert process.stderr is not None
    assert any("; Ctrl-C ends it" in line for line in process.stderr)


def start(words: list[str], folder: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "kiosk.cli", *words]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=folder, stdout=quiet, stderr=subprocess.PIPE, text=True)


def test_every_command_explains_itself() -> None:
    listed = run(["--help"], ROOT).stdout
    for name in (
        *LONG_RUNNING,
        "import",
        "withdraw",
        "search",
        "board",
        "demo",
        "health",
        "idcard",
    ):
        assert re.search(rf"^ +{name}\b", listed, flags=re.MULTILINE)
        told = run([name, "--help"], ROOT)
        assert told.returncode == 0
        assert "--config FILE" in told.stdout
