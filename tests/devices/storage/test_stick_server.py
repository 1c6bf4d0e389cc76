"""The simulated stick as a process: a terminal's driver meets what its orders say."""

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devices.led.virtual.control import tell
from devices.storage.media import Rules, State
from devices.storage.sticks import Sticks
from devices.storage.virtual.place import place_in
from devices.storage.virtual.server import serve
from kiosk.cli import main

pytestmark = pytest.mark.skipif(
    shutil.which("dbus-daemon") is None, reason="needs the Debian package dbus-daemon"
)
PATIENCE_S = 10.0


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "stick").mkdir()
    (tmp_path / "stick" / "a.pdf").write_bytes(b"%PDF")
    return tmp_path


@pytest.fixture
def running(folder: Path) -> Iterator[None]:
    stop, ready = threading.Event(), threading.Event()
    thread = threading.Thread(
        target=serve,
        kwargs={
            "content": folder / "stick",
            "place": folder / "usb",
            "plugged": False,
            "control": folder / "control",
            "stop": stop,
            "on_ready": lambda _place: ready.set(),
        },
    )
    thread.start()
    assert ready.wait(PATIENCE_S)
    yield
    stop.set()
    thread.join()


def test_a_terminal_meets_what_is_ordered(folder: Path, running: None) -> None:
    sticks = Sticks(Rules(), **place_in(folder / "usb"))
    sticks.start()
    try:
        sticks.want(True)
        until(lambda: sticks.service)
        assert sticks.media() == ()
        for round in range(2):
            assert tell(folder / "control", "plug") == "ok"
            assert tell(folder / "control", "plug") == "ok"
            until(lambda: [each.state for each in sticks.media()] == [State.READY])
            (stick,) = sticks.media()
            assert stick.label == "KINGSTON"
            names = [entry.name for entry in sticks.list(stick.key).files]
            assert names == [b"a.pdf", b"b.pdf"][: 1 + round]
            (folder / "stick" / "b.pdf").write_bytes(b"%PDF")
            assert tell(folder / "control", "pull") == "ok"
            until(lambda: not [each for each in sticks.media() if each.state is State.READY])
        assert tell(folder / "control", "shake").startswith("error")
        # The terminal may switch it off itself: then it can be plugged in again.
        tell(folder / "control", "plug")
        until(lambda: [each.state for each in sticks.media()] == [State.READY])
        sticks.eject(sticks.media()[0].key)
        until(lambda: [each.state for each in sticks.media()] == [State.REMOVABLE])
        tell(folder / "control", "plug")
        until(lambda: State.READY in [each.state for each in sticks.media()])
    finally:
        sticks.stop()


@pytest.mark.parametrize(
    ("content", "place", "told"),
    [
        ("stick", "stick", "must not hold"),
        ("stick", ".", "must not hold"),
        ("stick", "stick/usb", "must not hold"),
        ("stick/a.pdf", "usb", "no folder"),
        ("stick", "u" * 100, "too long"),
        ("stick", "mine", "something else"),
    ],
)
def test_nothing_of_somebodys_is_emptied(
    folder: Path, content: str, place: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "mine").mkdir()
    (folder / "mine" / "letter.txt").write_text("dear")
    words = ["--folder", str(folder / content), "--place", str(folder / place)]
    assert main(["virtual-stick", *words]) == 1
    assert told in capsys.readouterr().err
    assert (folder / "mine" / "letter.txt").read_text() == "dear"
    assert (folder / "stick" / "a.pdf").read_bytes() == b"%PDF"


def test_two_at_one_place_are_one_too_many(
    folder: Path, running: None, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--folder", str(folder / "stick"), "--place", str(folder / "usb")]
    assert main(["virtual-stick", *words]) == 1
    assert "running there already" in capsys.readouterr().err


def test_as_a_command_it_leaves_nothing_behind(folder: Path) -> None:
    control = str(folder / "control")
    command = [sys.executable, "-m", "kiosk.cli", "virtual-stick", "--folder", str(folder / "new")]
    command += ["--place", str(folder / "usb"), "--control", control]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as process:  # type: ignore[call-overload]
        try:
            assert process.stdout.readline().strip() == str(folder / "usb")
            assert main(["virtual-stick", "--control", control, "--order", "pull"]) == 0
        finally:
            process.terminate()
            assert process.wait(10) == 0
        assert "Ctrl-C ends it" in process.stderr.read()
    assert (folder / "new").is_dir()
    assert not (folder / "usb").exists() and not (folder / "control").exists()


def test_where_the_settings_name_no_place(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = folder / "mingtang.toml"
    settings.write_text('[centre]\nname = "中心"\nregion = "210400"\nsite = "a"\n[storage]\n')
    words = ["--folder", str(folder / "stick"), "--config", str(settings)]
    assert main(["virtual-stick", *words]) == 1
    assert "[storage] has no `simulated`" in capsys.readouterr().err
    assert main(["virtual-stick", "--control", str(folder / "none"), "--order", "plug"]) == 1
    assert "no stick takes orders there" in capsys.readouterr().err
