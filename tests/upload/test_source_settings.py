"""Sections [storage] and [phone], and what health says of sources."""

import shutil
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from devices.storage.virtual.service import VirtualUDisks
from devices.storage.virtual.stick import VirtualPartition, VirtualStick
from kiosk.commands.health import complaints
from kiosk.settings import load
from kiosk.store.health import Health
from kiosk.upload.source import State, Trouble
from kiosk.upload.source_settings import PhoneSettings, StorageSettings
from kiosk.upload.sources import limits_of, open_sources, place_of, rules_of

EXAMPLE = Path(__file__).parents[2] / "assets/settings/example.toml"
NOW = datetime(2026, 3, 17, 4, 0, tzinfo=UTC)


def test_sticks():
    rules = rules_of(StorageSettings.model_validate({"ports": ["1-2", "2-1.4"]}))
    assert rules.filesystems == ("vfat", "exfat", "ntfs")
    assert (rules.buses, rules.ports) == (("usb",), ("1-2", "2-1.4"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"filesystems": ["btrfs"]},
        {"filesystems": []},
        {"filesystems": "vfat"},
        {"buses": ["ata"]},
        {"ports": ["usb1"]},
        {"ports": ["1-2:1.0"]},
        {"mount": True},
    ],
)
def test_wrong_sticks(wrong):
    with pytest.raises(ValidationError):
        StorageSettings.model_validate(wrong)


def test_phones():
    settings = PhoneSettings.model_validate({"address": "192.168.50.1:8080", "network": "大厅"})
    place = place_of(settings)
    assert (place.host, place.port, place.network) == ("192.168.50.1", 8080, "大厅")
    limits = limits_of(settings, 7)
    assert (limits.file_bytes, limits.files, limits.seconds) == (64_000_000, 7, 600.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"address": "192.168.50.1"},
        {"address": "0.0.0.0:8080"},
        {"address": "300.1.1.1:8080"},
        {"address": "192.168.50.1:0"},
        {"address": "192.168.50.1:8080", "certificate": "a.pem"},
        {"address": "192.168.50.1:8080", "name": "fs-02.example.cn"},
        {"address": "192.168.50.1:8080", "minutes": 0},
    ],
)
def test_wrong_phones(wrong):
    with pytest.raises(ValidationError):
        PhoneSettings.model_validate(wrong)


def test_health_names_the_remedy():
    facts = {"sticks": False, "sticks_closed": False, "phone_page": False}
    found = complaints(Health("sources", NOW, facts), NOW)
    assert len(found) == 3
    assert "udisks2" in found[0]
    assert complaints(Health("sources", NOW, dict.fromkeys(facts, True)), NOW) == []


@pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="needs dbus-daemon")
def test_sources_as_the_settings_say(tmp_path):
    example = load(EXAMPLE)
    storage = StorageSettings.model_validate({"simulated": str(tmp_path / "usb")})
    settings = example.model_copy(update={"storage": storage, "phone": None})
    content = tmp_path / "content"
    content.mkdir()
    (content / "a.pdf").touch()
    with VirtualUDisks(folder=tmp_path / "usb") as virtual:
        virtual.plug(VirtualStick([VirtualPartition(content, label="DEMO")]))
        there = threading.Event()

        def changed() -> None:
            if sources.sources()[0].state is State.READY:
                there.set()

        sources = open_sources(settings, lambda: None, changed=changed)
        sources.begin()
        assert there.wait(20)
        [file] = sources.sources()[0].list().files
        assert file.name_shown == "a.pdf"
        assert sources.sources()[1].trouble is Trouble.NOT_OFFERED
        sources.stop()
    assert not (tmp_path / "usb").exists()
