"""The voice's process: said in order, stopped at once, honest about failure."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kiosk.speech.model import ReadAloud
from kiosk.speech.voice import Reading, find_voice

PATIENCE_S = 15.0


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Puts a program on an otherwise short PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("SAID", str(tmp_path / "said"))

    def make(name: str, script: str) -> None:
        (folder / name).write_text(f"#!/bin/sh\nPATH=/bin:/usr/bin\n{script}\n", encoding="utf-8")
        (folder / name).chmod(0o755)

    return make


def read(voice: str, *breaths: str) -> tuple[Reading, "queue.Queue[bool]"]:
    ended: queue.Queue[bool] = queue.Queue()
    return Reading(voice, breaths, ended.put), ended


def test_espeak_comes_before_spd_say_and_nothing_before_nothing(
    program: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert find_voice() is None
    program("spd-say", "")
    assert find_voice() == "spd-say"
    program("espeak-ng", "")
    assert find_voice() == "espeak-ng"


def test_breaths_are_said_in_order_through_a_pipe(
    program: Callable[[str, str], None], tmp_path: Path
) -> None:
    program("espeak-ng", 'echo "$@" >>"$SAID"; cat >>"$SAID"; echo >>"$SAID"')
    _, ended = read("espeak-ng", "招标公告", "道路")
    assert ended.get(timeout=PATIENCE_S) is True
    lines = (tmp_path / "said").read_text(encoding="utf-8").splitlines()
    assert lines[1::2] == ["招标公告", "道路"]
    assert all("cmn" in line for line in lines[::2])


def test_what_is_said_is_made_in_the_thread_of_the_voice(
    program: Callable[[str, str], None],
) -> None:
    program("espeak-ng", "cat >/dev/null")
    made: list[str] = []

    def breaths() -> Iterator[str]:
        for breath in ("一", "二"):
            made.append(threading.current_thread().name)
            yield breath

    ended: queue.Queue[bool] = queue.Queue()
    voice = ReadAloud(lambda do: ended.put(voice.reading) or do(), lambda: "espeak-ng")
    voice.begin(breaths())
    assert ended.get(timeout=PATIENCE_S) is True
    assert made == ["voice", "voice"]


def test_a_text_that_cannot_be_made_ends_the_reading(
    program: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    program("espeak-ng", "cat >/dev/null")
    monkeypatch.setattr(threading, "excepthook", lambda _: None)

    def breaths() -> Iterator[str]:
        yield "一"
        raise RuntimeError

    ended: queue.Queue[bool] = queue.Queue()
    Reading("espeak-ng", breaths(), ended.put)
    assert ended.get(timeout=PATIENCE_S) is False


def test_stop_ends_the_process_and_says_nothing_more(
    program: Callable[[str, str], None], tmp_path: Path
) -> None:
    program("espeak-ng", 'echo $$ >>"$SAID"; exec sleep 60')
    reading, ended = read("espeak-ng", "一", "二")
    deadline = time.monotonic() + PATIENCE_S
    while not (tmp_path / "said").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    reading.stop()
    reading.join()
    assert ended.empty()
    (pid,) = (tmp_path / "said").read_text().split()
    assert not Path(f"/proc/{pid}").exists()


def test_spd_say_is_told_to_cancel(program: Callable[[str, str], None], tmp_path: Path) -> None:
    program("spd-say", 'echo "$@" >>"$SAID"; case "$1" in --cancel) ;; *) exec sleep 60;; esac')
    reading, _ = read("spd-say", "-一")
    deadline = time.monotonic() + PATIENCE_S
    stopped = False
    while "--cancel" not in (
        said := (tmp_path / "said").read_text() if (tmp_path / "said").exists() else ""
    ):
        if said and not stopped:
            reading.stop()
            stopped = True
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert said.splitlines()[0].endswith("-- -一")


@pytest.mark.parametrize(
    "script", ["cat >/dev/null; exit 1", "cat >/dev/null; echo 'error: No such file' >&2"]
)
def test_a_voice_that_fails_is_told(program: Callable[[str, str], None], script: str) -> None:
    program("espeak-ng", script)
    _, ended = read("espeak-ng", "一", "二")
    assert ended.get(timeout=PATIENCE_S) is False


def test_a_voice_that_is_gone_is_told(program: Callable[[str, str], None]) -> None:
    _, ended = read("espeak-ng", "一")
    assert ended.get(timeout=PATIENCE_S) is False
