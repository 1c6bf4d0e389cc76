"""What health says of a terminal's parts: what it hears, what it misses, what it sees itself."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kiosk.cli import main
from kiosk.commands.health import SPEAKERS, complaints, said, start_of
from kiosk.staff import looks
from kiosk.store.health import Health
from kiosk.store.terminal import TerminalStore
from tests.examination.virtual_clamd import VirtualClamd

NOW = datetime(2026, 11, 23, 1, 12, tzinfo=UTC)
SETTINGS = """
[centre]
name = "抚顺市公共资源交易中心"
region = "210400"
site = "fushun"
[terminal]
name = "FS-02"
data = "{folder}"
[upload]
margin_mb = 0
clamd = "{clamd}"
{more}
"""


@pytest.fixture
def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> "Terminal":
    return Terminal(tmp_path, capsys)


class Terminal:
    """A PC with settings, and what health says there."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        self._settings = folder / "mingtang.toml"
        TerminalStore(folder / "terminal.db").close()

    def hear(self, component: str, **facts: object) -> None:
        with TerminalStore(self.folder / "terminal.db") as store:
            store.tell_health(component, datetime.now(UTC), facts)

    def says(self, more: str = "", *, clamd: str = "") -> tuple[int, str]:
        text = SETTINGS.format(folder=self.folder, more=more, clamd=clamd)
        self._settings.write_text(text, encoding="utf-8")
        code = main(["health", "--config", str(self._settings)])
        return code, self._capsys.readouterr().out


def test_a_terminal_with_nothing_is_well(terminal: Terminal) -> None:
    assert terminal.says() == (0, "disk of terminal: well\n")


@pytest.mark.parametrize(
    ("more", "part", "command"),
    [
        ('[printer]\nuri = "ipp://127.0.0.1/ipp/print"', "printer", "mingtang kiosk"),
        ("[storage]", "sources", "mingtang kiosk"),
        ('[private]\nkey = "private.key"', "visits", "mingtang kiosk"),
        ('[sync]\nserver = "http://127.0.0.1:1"', "outbox", "mingtang sync"),
        (
            '[private]\nkey = "k"\n[sync]\nserver = "http://127.0.0.1:1"',
            "personal services",
            "mingtang sync",
        ),
    ],
)
def test_a_part_that_never_spoke_names_what_to_start(
    terminal: Terminal, more: str, part: str, command: str
) -> None:
    code, told = terminal.says(more)
    assert code == 1 and f"{part}: never heard of: start `{command}`" in told
    terminal.hear(part, open=True)
    _, told = terminal.says(more)
    assert f"{part}: well" in told and f"{part}: never" not in told


@pytest.mark.parametrize("component", [*SPEAKERS, "board lobby"])
def test_a_part_that_fell_silent_names_what_to_start(component: str) -> None:
    for at in (NOW - timedelta(minutes=4), NOW + timedelta(minutes=4)):
        (found,) = complaints(Health(component, at, {}), NOW)
        assert "`mingtang " in found and start_of(component) in found
    assert start_of("board lobby") == "start `mingtang display --board lobby`"


def test_a_reader_that_is_not_there(terminal: Terminal) -> None:
    more = '[id_reader]\nport = "{}"'
    code, told = terminal.says(more.format(terminal.folder / "none"))
    assert code == 1 and "No such file or directory: plug it in" in told
    (terminal.folder / "file").touch()
    assert "is no serial port" in terminal.says(more.format(terminal.folder / "file"))[1]
    assert terminal.says(more.format("socket://10.0.0.9:4001"))[0] == 0
    master, slave = os.openpty()
    try:
        assert terminal.says(more.format(os.ttyname(slave)))[0] == 0
    finally:
        os.close(master)
        os.close(slave)


def test_a_port_that_others_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    assert "this user may not open it" in said(looks.port("/dev/null"))


def test_the_virus_scanner(terminal: Terminal) -> None:
    private = '[private]\nkey = "k"'
    terminal.hear("visits", open=True)
    code, told = terminal.says(private)
    assert code == 0 and "not scanned for malware and taken with a remark" in told
    assert "[id_reader]" in told and "[storage]" in told
    with VirtualClamd() as clamd:
        code, told = terminal.says(private, clamd=clamd.address)
        assert (code, "virus scanner: well" in told) == (0, True)
        assert "not scanned" not in told
    code, told = terminal.says(private, clamd=clamd.address)
    assert code == 1 and "install clamav-daemon" in told


def test_a_disk_without_room(tmp_path: Path) -> None:
    assert looks.disk(tmp_path / "not" / "made" / "yet", 0) is None
    assert "make room" in said(looks.disk(tmp_path, 10**9))
