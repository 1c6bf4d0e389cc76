"""A technician's tools as processes against a virtual board: what is done, said and returned."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from devices.catalogue import open_board
from devices.line import Line
from display.evidence import Kind
from kiosk.store.terminal import TerminalStore

ROOT = Path(__file__).parents[2]
SETTINGS = (ROOT / "assets" / "settings" / "example.toml").read_text(encoding="utf-8")
TOOLS = ("identify", "show", "clock", "power", "brightness", "clear", "status")
NOBODY_AT, ANOTHER_AT = 2400, 9600


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "kiosk.cli", *words]


@dataclass(frozen=True)
class Bench:
    """Virtual boards, each a process, and the settings that name them."""

    folder: Path

    def port(self, name: str) -> Path:
        return self.folder / name

    def settings(self, port: str, **changes: str) -> Path:
        """The example's settings with the board at `port`."""
        data = self.folder / f"data-{port}"
        data.mkdir(exist_ok=True)
        text = SETTINGS.replace("/dev/ttyUSB0", str(self.port(port)))
        text = text.replace('"/var/lib/mingtang"', f'"{data}"')
        for key, value in changes.items():
            text, count = re.subn(rf"(?m)^{key} = \S+", f"{key} = {value}", text)
            assert count == 1, key
        path = self.folder / f"{port}-{len(changes)}.toml"
        path.write_text(text, encoding="utf-8")
        return path

    def frames(self) -> list[dict[str, object]]:
        """What the lobby's card was told, in order."""
        lines = (self.folder / "lobby.log").read_text(encoding="utf-8").splitlines()
        return [frame for frame in map(json.loads, lines) if frame["direction"] == "in"]

    def run(self, *words: str, port: str = "lobby") -> "subprocess.CompletedProcess[str]":
        where = ("--port", str(self.port(port)), "--card", "bx-k")
        return self.run_bare(*words, *where)

    def run_bare(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            command("board", *words), cwd=ROOT, capture_output=True, text=True, check=False
        )


Told = Callable[[], "tuple[int, str, str]"]


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("boards")
    boards = []
    try:
        for name, baud in (("lobby", 57600), ("another", ANOTHER_AT), ("nobody", NOBODY_AT)):
            log, link = folder / f"{name}.log", folder / name
            words = ("virtual-board", "--baud", str(baud), "--link", str(link), "--log", str(log))
            boards.append(
                subprocess.Popen(
                    command(*words),
                    cwd=ROOT,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                )
            )
        for board in boards:
            assert board.stdout is not None
            assert board.stdout.readline().strip()
        yield Bench(folder)
    finally:
        for board in boards:
            board.terminate()
        for board in boards:
            board.wait(10)
            if board.stdout is not None:
                board.stdout.close()


@pytest.fixture(scope="module", autouse=True)
def patient_ones(bench: Bench) -> Iterator[dict[str, Told]]:
    """Tools that wait for no answer take their time, so they run beside the other tests."""
    running = {
        name: subprocess.Popen(
            command("board", tool, "--config", str(bench.settings(port))),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name, tool, port in (("another", "identify", "another"), ("nobody", "status", "nobody"))
    }

    def told(process: "subprocess.Popen[str]") -> "tuple[int, str, str]":
        out, error = process.communicate(timeout=30)
        return process.returncode, out, error

    try:
        yield {name: lambda process=process: told(process) for name, process in running.items()}
    finally:
        for process in running.values():
            if process.poll() is None:
                process.kill()
                process.communicate()


def test_identify(bench: Bench) -> None:
    done = bench.run("identify")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "card: BX-K at 57600 baud, address 1\nsize: 192x32 pixels\n"


def test_identify_compares_with_the_settings(bench: Bench) -> None:
    assert bench.run_bare("identify", "--config", str(bench.settings("lobby"))).returncode == 0
    wrong = bench.run_bare("identify", "--config", str(bench.settings("lobby", width="256")))
    assert wrong.returncode == 1
    assert "256x32" in wrong.stderr
    assert "set width = 192" in wrong.stderr
    unchecked = bench.settings("lobby", width="256", check_size="false")
    assert bench.run_bare("identify", "--config", str(unchecked)).returncode == 0


def test_power_brightness_and_status(bench: Bench) -> None:
    for state, level in (("off", 3), ("on", 12)):
        assert bench.run("power", state).stdout == f"switched {state}\n"
        assert bench.run("brightness", str(level)).stdout == f"brightness {level} of 15\n"
        told = bench.run("status")
        assert told.returncode == 0
        assert told.stdout.startswith(f"power: {state}\nbrightness: {level} of 15\nclock: ")


def set_clock(bench: Bench, ahead: timedelta) -> None:
    shanghai = (datetime.now(UTC) + timedelta(hours=8) + ahead).replace(tzinfo=None)
    port = str(bench.port("lobby"))
    with closing(open_board("bx-k", port, baud=57600, address=1, width=192, height=32)) as board:
        board.set_clock(shanghai)


def test_clock_is_compared_and_set(bench: Bench) -> None:
    set_clock(bench, timedelta(hours=2))
    told = bench.run("status").stdout
    assert re.search(r"(2:00:00|1:59:59) ahead of this PC; `mingtang board clock` sets it", told)
    set_clock(bench, timedelta(seconds=-20))
    told = bench.run("status").stdout
    assert re.search(r"0:00:(20|21|19) behind this PC$", told.strip())
    done = bench.run("clock")
    assert done.returncode == 0
    before, now = done.stdout.splitlines()
    assert "behind this PC" in before
    assert now.endswith("agrees with this PC")
    assert "agrees with this PC" in bench.run("status").stdout


def test_show_and_clear(bench: Bench) -> None:
    done = bench.run("show", "设备检修")
    assert (done.returncode, done.stdout) == (0, "on the board for 60 s, standing\n")
    assert bench.frames()[-1]["texts"] == ["设备检修"]
    assert bench.run("clear").stdout == "cleared\n"
    assert bench.frames()[-1]["texts"] == []
    assert bench.frames()[-1]["command"] == "dynamic areas"


def test_what_was_done_to_a_board_of_the_settings_is_in_its_evidence(
    bench: Bench,
) -> None:
    config = bench.settings("lobby")
    for words in (("show", "设备检修"), ("power", "off"), ("power", "on"), ("clear",)):
        assert bench.run_bare(*words, "--config", str(config)).returncode == 0
    with TerminalStore(bench.folder / "data-lobby" / "terminal.db", create=False) as store:
        entries = store.entries("lobby")
    assert [entry.kind for entry in entries] == [Kind.TECHNICIAN] * 8
    assert entries[0].facts["text"] == "设备检修"
    actions = ("show", "power off", "power on", "clear")
    assert [(entry.facts["action"], entry.facts["state"]) for entry in entries] == [
        (action, state) for action in actions for state in ("sent", "acknowledged")
    ]


def test_long_text_scrolls_until_all_has_passed(bench: Bench) -> None:
    assert "standing" in bench.run("show", "字" * 12).stdout
    assert "for 60 s, scrolling at 4.0 characters/s" in bench.run("show", "字" * 13).stdout
    assert "for 78 s, scrolling" in bench.run("show", "字" * 300).stdout
    assert "for 5 s, scrolling" in bench.run("show", "字" * 300, "--seconds", "5").stdout


def test_shown_text_takes_forms_that_the_font_has(bench: Bench) -> None:
    assert bench.run("show", "二〇二六{hour}").returncode == 0
    assert bench.frames()[-1]["texts"] == ["二○二六｛hour｝"]


def test_characters_that_the_font_lacks_are_named(bench: Bench) -> None:
    before = len(bench.frames())
    done = bench.run("show", "吉𠮷½")
    assert done.returncode == 1
    assert "'𠮷' (U+20BB7), '½' (U+00BD)" in done.stderr
    assert "吉" not in done.stderr
    assert len(bench.frames()) == before


@pytest.mark.parametrize(
    ("text", "told"), [(" ", "text is empty"), ("字" * 600, "shorten the text")]
)
def test_text_that_cannot_be_shown(bench: Bench, text: str, told: str) -> None:
    done = bench.run("show", text)
    assert done.returncode == 1
    assert told in done.stderr


def test_show_refuses_a_board_of_another_size(bench: Bench) -> None:
    done = bench.run("show", "字", "--size", "128x32")
    assert done.returncode == 1
    assert "say --size 192x32" in done.stderr


def test_refusal_is_told_with_the_cards_code(bench: Bench) -> None:
    settings = bench.settings("lobby", width="256", check_size="false")
    done = bench.run_bare("show", "字", "--config", str(settings))
    assert done.returncode == 1
    assert re.search(r"the card refused with code \d+: \w+", done.stderr)


def test_board_in_use_names_who_has_it(bench: Bench) -> None:
    with Line(str(bench.port("lobby")), baud=57600):
        done = bench.run("status")
    assert done.returncode == 1
    assert "in use by" in done.stderr
    assert str(os.getpid()) in done.stderr
    assert "one process owns a board" in done.stderr
    assert bench.run("status").returncode == 0


@pytest.mark.parametrize(
    ("port", "told"),
    [
        ("/dev/no-such-port", "is the adapter plugged in?"),
        (str(ROOT / "tests" / "__init__.py"), "is it a serial port?"),
        ("socket://127.0.0.1:9", "network converter"),
        ("carrier-pigeon://x", "cannot be used"),
    ],
)
def test_port_that_cannot_be_opened(bench: Bench, port: str, told: str) -> None:
    done = bench.run_bare("status", "--port", port, "--card", "bx-k")
    assert done.returncode == 1
    assert port in done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("status", "--port", "x"), "--port needs --card"),
        (("status", "--port", "x", "--card", "bx-k", "--board", "lobby"), "either --board or"),
        (("status", "--baud", "9600"), "go with --port only"),
        (("brightness", "16"), "0 to 15"),
        (("brightness", "-1"), ""),
        (("power", "maybe"), "on"),
        (("show", "字", "--seconds", "0"), "1 to 600"),
        (("status", "--address", "65534"), "1 to 65533"),
        (("show",), "TEXT"),
    ],
)
def test_wrong_use(bench: Bench, words: tuple[str, ...], told: str) -> None:
    done = bench.run_bare(*words)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: ")
    assert told in done.stderr


def test_unknown_board_of_the_settings(bench: Bench) -> None:
    done = bench.run_bare("status", "--config", str(bench.settings("lobby")), "--board", "roof")
    assert done.returncode == 2
    assert "the settings have: lobby" in done.stderr


@pytest.mark.parametrize("tool", TOOLS)
def test_every_tool_explains_itself(bench: Bench, tool: str) -> None:
    told = bench.run_bare(tool, "--help")
    assert told.returncode == 0
    for part in ("--config FILE", "--board NAME", "--port URL", "Exit 0"):
        assert part in told.stdout


def test_identify_finds_another_baud(patient_ones: dict[str, Told]) -> None:
    code, out, error = patient_ones["another"]()
    assert code == 1
    assert f"at {ANOTHER_AT} baud" in out
    assert "no answer at 57600 baud" in error
    assert f"set baud = {ANOTHER_AT}" in error


def test_no_answer_says_what_to_check(patient_ones: dict[str, Told]) -> None:
    code, out, error = patient_ones["nobody"]()
    assert (code, out) == (1, "")
    assert "no answer at 57600 baud from address 1" in error
    for part in ("wiring", "A and B", "power", "address", "board identify"):
        assert part in error
