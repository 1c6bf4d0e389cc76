"""What a newcomer meets first: each message says in plain words what is wrong and what to do."""

import errno
import socket
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from devices.errors import Unplugged
from kiosk.cli import main
from kiosk.commands.idcard import in_plain_words
from kiosk.commands.kiosk import without_key
from kiosk.commands.numbers import check_credit_code, check_id_number
from kiosk.commands.running import Problem
from kiosk.demo.machine import shell_line
from kiosk.private.store import DATABASE_NAME
from kiosk.settings import load
from kiosk.tour_end import told, why_stuck

ROOT = Path(__file__).parents[2]
GOOD_CODE = "91350100M000100Y43"
PICTURE = b"\x89PNG\r\n\x1a\n\xff\xfe"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text(
        '[centre]\nname = "东山公共资源交易中心"\nregion = "420500"\nsite = "main"\n'
        f'[central]\ndata = "{tmp_path / "central"}"\n'
        '[terminal]\nname = "T-1"\ndata = "terminal"\n'
        f'[private]\nkey = "{tmp_path / "private.key"}"\n',
        encoding="utf-8",
    )
    return path


def said(capsys: pytest.CaptureFixture[str], *words: str | Path, code: int = 1) -> str:
    assert main([str(word) for word in words]) == code
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("", "it has 0 characters, 18 are needed"),
        ("1101", "it has 4 characters"),
        ("11010119900307775Y", "it takes digits, and X at the end alone"),
        ("010101199003077758", "no ID card or permit has a number that begins so"),
        ("110101199003077757", "its check digit does not fit"),
        ("110101199002300006", "the date of birth in it is no date"),
        ("110101209901010009", "its date of birth lies behind 20"),
    ],
)
def test_what_is_wrong_with_an_id_number(number: str, expected: str) -> None:
    with pytest.raises(Problem) as problem:
        check_id_number(number)
    assert str(problem.value).startswith(f"the ID number is not valid: {expected}")
    assert not number or number not in str(problem.value)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("", "it has 0 characters, 18 are needed"),
        ("91350100I000100Y43", "it takes digits and capital letters without I, O, S, V and Z"),
        ("9135A100M000100Y43", "its characters 3 to 8 are digits"),
        ("91350100M000100Y42", "its check digit does not fit"),
    ],
)
def test_what_is_wrong_with_a_credit_code(code: str, expected: str) -> None:
    with pytest.raises(Problem) as problem:
        check_credit_code(code)
    assert str(problem.value).startswith(f"--credit-code is not valid: {expected}")


@pytest.mark.parametrize(
    ("out", "expected"),
    [
        ("code.pdf", "the picture is .png or .svg only"),
        ("nodir/code.png", "nodir: there is no such folder; make it first"),
    ],
)
def test_a_code_is_not_signed_where_its_picture_cannot_be(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], out: str, expected: str
) -> None:
    command = ("central", "authorise", "--unit", "甲", "--name", "乙", "--role", "bidder")
    more = ("--credit-code", GOOD_CODE, "--out", tmp_path / out, "--config", config)
    assert expected in said(capsys, *command, *more)
    assert not (tmp_path / "central").exists()


def test_what_is_no_receipt_and_no_keys_is_said_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "picture.png"
    picture.write_bytes(PICTURE)
    keys = tmp_path / "keys.json"
    keys.write_text('{"keys": []}', encoding="utf-8")
    verify = ("receipt", "verify")
    assert "this is no receipt" in said(capsys, *verify, picture, "--key", keys)
    missing = said(capsys, *verify, tmp_path / "receipt.txt", "--key", keys)
    assert "there is no such file" in missing and "Errno" not in missing
    text = tmp_path / "receipt.txt"
    text.write_text("a.b.c", encoding="ascii")
    assert "is not a file from `mingtang central keys`" in said(
        capsys, *verify, text, "--key", picture
    )


def test_a_missing_file_is_no_refused_record(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = said(capsys, "import", tmp_path / "none.ndjson", "--config", config)
    assert told.endswith("none.ndjson: there is no such file; nothing was imported\n")


def test_settings_given_as_a_buildings_file_are_recognised(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = said(capsys, "central", "site", config, "--config", config)
    assert "centre: unknown section" in told and "is this a building's file (lists: rooms" in told


def test_a_server_whose_port_is_taken_does_not_say_that_it_runs(
    config: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.commands.central.stop_on_signal", lambda: None)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        text = config.read_text(encoding="utf-8")
        config.write_text(text.replace("[terminal]", f"port = {port}\n[terminal]"), "utf-8")
        told = said(capsys, "central", "--config", config, code=2)
    assert f"cannot listen on 127.0.0.1:{port}" in told and "Ctrl-C" not in told


def test_a_relative_folder_is_told_as_it_was_looked_for(
    config: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    told = said(capsys, "health", "--config", config)
    assert f"{tmp_path / 'terminal' / 'terminal.db'}: there is no database yet" in told


@pytest.mark.parametrize("code", [errno.ENOENT, errno.ENODEV, errno.ENXIO])
def test_a_reader_that_is_not_there_is_told_once(code: int) -> None:
    problem = Unplugged("COM3: cannot be opened: [Errno 2] could not open port COM3: [Errno 2]")
    problem.__cause__ = OSError(code, "No such file or directory")
    told = in_plain_words(problem, "COM3", 115200)
    assert told == "COM3: there is no such port: is the reader plugged in, and this its port?"


def test_a_reader_that_was_unplugged_is_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = tmp_path / "reader"
    told = said(capsys, "idcard", "check", "--port", port)
    assert told == (
        f"mingtang: {port}: there is no such port: is the reader plugged in, and this its port?\n"
    )


def test_a_missing_key_is_told_with_the_start(config: Path, tmp_path: Path) -> None:
    settings = load(config)
    assert without_key(settings, tmp_path) == ""
    (tmp_path / DATABASE_NAME).write_bytes(b"x")
    told = without_key(settings, tmp_path)
    assert told.startswith(", WITHOUT personal services: their key ") and "private.key" in told
    (tmp_path / "private.key").write_text("x", encoding="ascii")
    assert without_key(settings, tmp_path) == ""


def app_on(shown: str, *, online: bool = True, ready: bool = True, **model: str) -> SimpleNamespace:
    screen = SimpleNamespace(model=SimpleNamespace(**model)) if model else SimpleNamespace()
    return SimpleNamespace(
        shown=shown,
        online=online,
        visit=SimpleNamespace(ready=ready),
        screen_named=lambda _name: screen,
    )


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        (app_on("home", online=False), "not in contact with the server"),
        (app_on("home", ready=False), "the former visit is not closed yet"),
        (app_on("lookup"), "the search finds nothing"),
        (app_on("identify", said="unplugged"), "the card reader is not connected"),
        (app_on("identify", said="waiting"), "lay your ID card on the reader"),
        (app_on("upload", step="source"), "no stick is there"),
        (app_on("upload", step="files"), "no file of the stick can be handed in"),
        (app_on("receipt", state="trouble"), "the receipt"),
        (app_on("guides"), "what it waits for does not come"),
    ],
)
def test_a_tour_that_is_stuck_says_why(app: SimpleNamespace, expected: str) -> None:
    why = why_stuck(app)
    assert expected in why
    report = {"finished": False, "stuck_on": app.shown, "why": why}
    assert told(report, Path("out")) == (
        f"NOT DONE: stuck on {app.shown}: {why}; see out/stuck.png"
    )


def test_a_tour_says_what_it_did() -> None:
    done = {"finished": True, "delivered": 4, "refused": 3}
    assert told(done, Path("out")) == "done: 4 delivered, 3 refused; pictures and report in out/"
    assert told({"finished": True}, Path("out")) == "done: pictures and report in out/"
    assert "closed before the end" in told({"finished": False}, Path("out"))


def test_a_command_is_told_as_it_can_be_typed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "executable", str(tmp_path / ".venv" / "bin" / "python"))
    line = shell_line("receipt", "verify", Path("build/a b.txt"))
    assert line == ".venv/bin/mingtang receipt verify 'build/a b.txt'"
