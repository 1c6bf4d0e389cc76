"""What the demo does where something is not installed, and the settings that it writes."""

import socket
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from devices.idcard.virtual.cards import CARDS
from devices.led.virtual.speeds import VIRTUAL_SPEEDS
from kiosk.central.staff import account_ever, accounts
from kiosk.cli import main
from kiosk.commands.running import central_database
from kiosk.demo import machine as demo
from kiosk.demo import printer as demo_printer
from kiosk.demo.machine import Machine, NotPublished, wait_for
from kiosk.demo.printer import PROGRAM, SYSTEM_PATH, DemoPrinter, NoPrinter
from kiosk.settings import load
from kiosk.staff.accounts import check_pin
from kiosk.sync.signatures import read_keys

NOW = datetime(2026, 11, 23, 1, 12, tzinfo=UTC)


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    one = Machine(tmp_path)
    yield one
    one.stop()


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (demo, demo_printer):
        monkeypatch.setattr(module.shutil, "which", lambda *_, **__: None)


def test_without_printer_and_bus_it_says_what_to_install(
    machine: Machine, nothing_installed: None, tmp_path: Path
) -> None:
    assert "cups-ipp-utils" in machine.switch_on_printer(tmp_path / "printed")
    assert "dbus-daemon" in machine.start_stick(tmp_path / "stick", NOW)
    machine.configure(NOW)
    settings = load(machine.config)
    assert settings.printer is None and not machine.dead()


def test_the_printer_listens_where_the_settings_say(machine: Machine, tmp_path: Path) -> None:
    if lacking := machine.switch_on_printer(tmp_path / "printed"):
        pytest.skip(lacking)
    machine.configure(NOW)
    settings = load(machine.config)
    assert settings.printer is not None and settings.storage is not None
    assert settings.storage.simulated == machine.sticks
    port = int(settings.printer.uri.split(":")[2].split("/")[0])

    def listens() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    assert wait_for(listens, 10)
    machine.stop()
    assert not listens() and machine.printer is None


def test_a_printer_without_a_bus_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found = {PROGRAM: f"{SYSTEM_PATH}/{PROGRAM}"}
    monkeypatch.setattr("shutil.which", lambda name, **_: found.get(name))
    with pytest.raises(NoPrinter, match="dbus-daemon"):
        DemoPrinter(tmp_path / "ipp", tmp_path / "printed", 1)


def test_a_command_that_fails_ends_the_demo(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "write_notices", lambda _path, _now: 65)
    failed = subprocess.CompletedProcess((), 1)
    monkeypatch.setattr(demo.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(NotPublished, match="notices"):
        machine.publish(NOW)
    assert capsys.readouterr().out == "notices: "


def test_the_keys_of_receipts_outlive_the_demo(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.configure(NOW)
    kept = tmp_path / "out" / "keys.json"
    machine.keep_keys(kept)
    assert len(read_keys(kept.read_bytes()).keys) == 1
    failed = subprocess.CompletedProcess((), 1)
    monkeypatch.setattr(demo.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(NotPublished, match="keys"):
        machine.keep_keys(kept)


def test_the_settings_to_try_know_how_fast_the_virtual_board_is() -> None:
    settings = load(Path(__file__).parents[2] / "assets" / "settings" / "try.toml")
    assert [board.speeds for board in settings.boards] == [VIRTUAL_SPEEDS]


def test_each_staff_card_has_an_account_and_its_pin(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.configure(NOW)
    monkeypatch.setattr(
        machine, "run", lambda *command: main([*command, "--config", str(machine.config)])
    )
    machine.employ(datetime.now(UTC))
    with central_database(load(machine.config)) as database:
        people = {one.name: one for one in accounts(database)}
        with database.reading() as connection:
            editor = account_ever(connection, people[CARDS["editor"].name].key)
    assert {CARDS[card].name: roles for card, roles in demo.STAFF.items()} == {
        name: one.roles for name, one in people.items()
    }
    assert editor is not None
    check_pin(editor, CARDS["editor"].number, demo.PIN)
    assert CARDS["editor"].number not in capsys.readouterr().out
    assert not list(machine.folder.glob("secrets*"))
