"""The ID reader's tools as processes: what they say, masked, and what they return."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from devices.errors import Garbled, NoReply, Occupied, Refused, Unplugged
from kiosk.cli import main
from kiosk.commands.idcard import in_plain_words
from kiosk.settings import SettingsError, load

ROOT = Path(__file__).parents[2]


def here(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """A command that sets no signal handlers, in this process: exit code, output, errors."""
    try:
        code = main(words)
    except SystemExit as end:
        code = int(end.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "kiosk.cli", *words]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )


@contextmanager
def reader(folder: Path, *words: str) -> Iterator[Path]:
    command = [sys.executable, "-m", "kiosk.cli", "virtual-id-reader"]
    link, control = folder / "reader", folder / "control"
    command += ["--link", str(link), "--control", str(control), *words]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline().strip() == str(link)
            yield link
        finally:
            process.terminate()
            process.wait(10)


def test_a_technicians_round(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with reader(tmp_path, "--card", "resident", "--paced") as port:
        told = "reader: ready, module 05.03-20260837-0012345678-0987654321\n"
        assert here(capsys, "idcard", "check", "--port", str(port)) == (0, told, "")

        settings = tmp_path / "mingtang.toml"
        text = (ROOT / "assets" / "settings" / "example.toml").read_text(encoding="utf-8")
        assert "/dev/ttyUSB1" in text
        settings.write_text(text.replace("/dev/ttyUSB1", str(port)), encoding="utf-8")
        before = {path.name for path in tmp_path.iterdir()}
        done = run("idcard", "read", "--config", str(settings))
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines()[1:] == [
            "kind: resident",
            "name: 样**",
            "number: 1****************6",
        ]
        assert {path.name for path in tmp_path.iterdir()} == before

        control = str(tmp_path / "control")
        order = ("virtual-id-reader", "--control", control, "--order")
        assert here(capsys, *order, "lay wrong-digit") == (0, "ok\n", "")
        wrong = run("idcard", "read", "--port", str(port))
        assert wrong.returncode == 1
        assert "check digit is wrong: do not trust this card" in wrong.stderr
        assert "19000101" not in wrong.stderr + wrong.stdout

        code, _, error = here(capsys, *order, "lay nobody")
        assert code == 1 and "resident" in error


def test_without_card_or_licence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with reader(tmp_path, "--fault", "licensed off") as port:
        none = run("idcard", "read", "--port", str(port), "--wait", "1")
        assert none.returncode == 1 and "no card was found" in none.stderr
        order = ("virtual-id-reader", "--control", str(tmp_path / "control"), "--order")
        assert here(capsys, *order, "lay macau") == (0, "ok\n", "")
        unlicensed = run("idcard", "read", "--port", str(port))
        assert unlicensed.returncode == 1 and "not licensed (code 66)" in unlicensed.stderr


def test_without_a_reader(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, error = here(capsys, "idcard", "check", "--port", str(tmp_path / "none"))
    assert code == 1 and "is the reader plugged in" in error


@pytest.mark.parametrize(
    ("port", "expected"), [("spy:///dev/x", "socket://"), ("socket://host", "name the port too")]
)
def test_ports_in_the_settings(tmp_path: Path, port: str, expected: str) -> None:
    path = tmp_path / "mingtang.toml"
    text = (ROOT / "assets" / "settings" / "example.toml").read_text(encoding="utf-8")
    path.write_text(text.replace("/dev/ttyUSB1", port), encoding="utf-8")
    with pytest.raises(SettingsError, match=r"id_reader\.port.*" + expected):
        load(path)


@pytest.mark.parametrize(
    ("words", "expected", "code"),
    [
        (("idcard", "read", "--baud", "9600"), "--baud goes with --port only", 2),
        (("idcard", "read", "--port", "x", "--wait", "0"), "1 to 600", 2),
        (("idcard", "check", "--port", "spy:///dev/null"), "would keep what stands", 1),
        (("virtual-id-reader", "--order", "lift"), "--order needs --control", 2),
    ],
)
def test_wrong_use(
    words: tuple[str, ...], expected: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    ended, _, error = here(capsys, *words)
    assert expected in error and ended == code


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (Occupied("p: is in use by process 7"), "end that one first"),
        (Unplugged("p: cannot be opened"), "plugged in"),
        (NoReply("none"), "no answer at 115200 baud"),
        (Refused(0x66, "not licensed"), "its maker"),
        (Refused(0x60, "the module's self test failed"), "code 60: the module's self test"),
        (Garbled("checksum"), "cable"),
    ],
)
def test_every_problem_says_what_to_do(problem: Exception, expected: str) -> None:
    assert expected in in_plain_words(problem, "p", 115200)
