"""What health says of the Chinese keyboard."""

from datetime import UTC, datetime

import pytest
from kivy.clock import Clock

from kiosk.commands.health import complaints
from kiosk.input.rime_api import RimeMissing
from kiosk.input_loading import Loading
from kiosk.store.health import Health

NOW = datetime(2026, 11, 23, 1, 12, tzinfo=UTC)


def test_a_missing_chinese_keyboard_is_told_with_its_remedy() -> None:
    facts = {"chinese": False, "problem": "librime.so.1: not there; install librime1"}
    (found,) = complaints(Health("keyboard", NOW, facts), NOW)
    assert "letters and digits only" in found
    assert "install librime1" in found


def test_a_chinese_keyboard_is_nothing_to_complain_of() -> None:
    assert complaints(Health("keyboard", NOW, {"chinese": True}), NOW) == []


def test_loading_remembers_why_there_is_none(caplog: pytest.LogCaptureFixture) -> None:
    def load() -> None:
        raise RimeMissing("install librime1")

    loading = Loading(load)
    assert loading.facts is None
    tried: list[object] = []
    loading.begin(tried.append).join(timeout=10)
    Clock.tick()
    assert tried == [None]
    assert loading.facts == {"chinese": False, "problem": "install librime1"}
    assert "install librime1" in caplog.text
