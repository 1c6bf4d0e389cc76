"""The virtual board as a process, on its pty."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from devices.errors import NoReply, Unplugged
from devices.exchange import Patience
from devices.led.board import Message, TextArea
from devices.led.bx_k import BxK
from devices.led.virtual import picture
from devices.led.virtual.server import serve
from devices.line import Line

QUICK = Patience(attempts=2, grace_s=0.4, pause_s=0.02)
MESSAGE = Message((TextArea(0, 0, 96, 16, "开标 {hour}:{minute}"),), 60)


@contextmanager
def running(**options: object) -> Iterator[Path]:
    stop, ready = threading.Event(), threading.Event()
    paths: list[Path] = []

    def on_ready(path: Path) -> None:
        paths.append(path)
        ready.set()

    settings = {"width": 96, "height": 16, "stop": stop, "on_ready": on_ready, **options}
    thread = threading.Thread(target=serve, kwargs=settings, daemon=True)
    thread.start()
    try:
        assert ready.wait(10)
        yield paths[0]
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


@contextmanager
def driving(path: Path, *, baud: int = 57600) -> Iterator[BxK]:
    board = BxK(Line(str(path), baud=baud), width=96, height=16, patience=QUICK)
    try:
        yield board
    finally:
        board.close()


def wait_for(what: Callable[[], bool], seconds: float = 5.0) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it never happened"
        time.sleep(0.02)


def test_the_log_the_picture_and_the_link(tmp_path: Path) -> None:
    link, png, log = tmp_path / "run" / "board", tmp_path / "board.png", tmp_path / "board.log"
    looks: list[Callable[[], bytes]] = []
    with running(link=link, png=png, log=log, on_card=looks.append) as path:
        assert path == link and link.is_symlink()
        assert not any(picture.read(png, 96, 16))
        with driving(path) as board:
            board.show(MESSAGE)
        wait_for(lambda: any(picture.read(png, 96, 16)))
        shown = picture.read(png, 96, 16)
        assert shown[: 96 * 16] == looks[0]()
        with driving(path) as board:
            board.power(on=False)
    assert not any(picture.read(png, 96, 16))
    assert not link.is_symlink()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["board.log", "board.png", "run"]
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert [(line["direction"], line["command"], line["valid"]) for line in lines] == [
        ("in", "dynamic areas", True),
        ("out", "ack", True),
        ("in", "power", True),
        ("out", "ack", True),
    ]
    first = lines[0]
    assert first["texts"] == ["开标 :"]
    assert first["delete"] == "all" and first["areas"][0]["timeout_s"] == 60
    assert first["hex"].startswith("A5 A5 A5 A5 A5 A5 A5 A5 01 00 00 80")
    assert datetime.fromisoformat(first["at"]).utcoffset().total_seconds() == 0
    assert "reason" not in first and lines[2]["on"] is False


def test_bytes_at_another_baud_are_not_understood(tmp_path: Path) -> None:
    log = tmp_path / "board.log"
    with running(log=log, baud=9600) as path:
        with driving(path, baud=57600) as board, pytest.raises(NoReply):
            board.identify()
        with driving(path, baud=9600) as board:
            assert board.identify().width == 96
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert lines[0]["valid"] is False and "another baud" in lines[0]["reason"]
    assert [line["command"] for line in lines[-4:]] == [
        "ping",
        "ack",
        "read parameters",
        "parameters",
    ]


def test_a_card_without_such_a_baud_is_refused() -> None:
    with pytest.raises(ValueError, match="baud 300"):
        serve(width=96, height=16, baud=300, stop=threading.Event())


def test_garbage_is_logged_and_harms_nothing(tmp_path: Path) -> None:
    log = tmp_path / "board.log"
    with running(log=log) as path:
        with Line(str(path), baud=57600) as line:
            line.send(b"\x00\x01noise\xa5\xa5\x01\x5a" * 50, timeout_s=1)
        with driving(path) as board:
            assert board.identify().height == 16
    invalid = [line for line in map(json.loads, log.read_text().splitlines()) if not line["valid"]]
    assert invalid and all(line["reason"] for line in invalid)


PROGRAM = """
import sys, threading
from pathlib import Path
from devices.led.virtual.server import serve
folder = Path(sys.argv[1])
serve(width=96, height=16, link=folder / "board", png=folder / "board.png",
      stop=threading.Event(), on_ready=lambda path: print(path, flush=True))
"""


@contextmanager
def process(folder: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", PROGRAM, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as board:
        try:
            assert board.stdout is not None
            assert board.stdout.readline().strip() == str(folder / "board")
            yield board
        finally:
            board.send_signal(signal.SIGKILL)
            board.wait(10)


def test_killed_and_started_again_it_is_dark_at_the_same_address(tmp_path: Path) -> None:
    png = tmp_path / "board.png"
    with process(tmp_path) as board:
        driver = BxK(Line(str(tmp_path / "board"), baud=57600), width=96, height=16, patience=QUICK)
        driver.show(MESSAGE)
        wait_for(lambda: any(picture.read(png, 96, 16)))
        board.send_signal(signal.SIGKILL)
        board.wait(10)
        with pytest.raises(Unplugged):
            driver.show(MESSAGE)
        driver.close()
    with process(tmp_path):
        assert not any(picture.read(png, 96, 16))
        with driving(tmp_path / "board") as again:
            assert again.status().clock is None
            again.show(MESSAGE)
        wait_for(lambda: any(picture.read(png, 96, 16)))
