"""The README's commands do what it says, in the order in which it shows them."""

import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
LONG_RUNNING = {"central", "sync", "virtual-board", "display", "kiosk"}
PATIENCE_S = 30.0


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
    (tmp_path / "assets" / "examples").symlink_to(ROOT / "assets" / "examples")
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
    try:
        for line in commands():
            if line.startswith("python3 "):
                script = [sys.executable, *shlex.split(line)[1:]]
                assert subprocess.run(script, cwd=folder, check=False).returncode == 0, line
            if not line.startswith("mingtang "):
                continue
            words = shlex.split(line)[1:]
            ran.append(words[0])
            if words[0] in LONG_RUNNING:
                headless = ["--headless"] if words[0] == "kiosk" else []
                running[words[0]] = start([*words, *headless], folder)
                if "--link" in words:
                    wait_for_path(folder / words[words.index("--link") + 1])
                continue
            if words[0] == "search":
                wait_for_hits(words, folder)
            if "recompose" in words:
                wait_for_edition(words, folder)
            done = run(words, folder)
            assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
            assert done.stdout.strip(), line
        for name, process in running.items():
            assert process.poll() is None, f"{name} ended: {process.communicate()[1]}"
    finally:
        for process in reversed(running.values()):
            process.terminate()
        codes = {name: process.wait(15) for name, process in running.items()}
    assert set(ran) == LONG_RUNNING | {"demo", "import", "search", "withdraw", "board"}
    assert codes == dict.fromkeys(running, 0)


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
    command = [sys.executable, "-m", "kiosk.cli", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def start(words: list[str], folder: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "kiosk.cli", *words]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=folder, stdout=quiet, stderr=subprocess.PIPE, text=True)


def test_every_command_explains_itself() -> None:
    listed = run(["--help"], ROOT).stdout
    for name in (*LONG_RUNNING, "import", "withdraw", "search", "board", "demo", "health"):
        assert re.search(rf"^ +{name}\b", listed, flags=re.MULTILINE)
        told = run([name, "--help"], ROOT)
        assert told.returncode == 0
        assert "--config FILE" in told.stdout
