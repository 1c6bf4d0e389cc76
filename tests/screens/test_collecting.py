"""When the collector looks for garbage."""

import gc
import time
from collections.abc import Iterator

import pytest
from kivy.clock import Clock

from kiosk import collecting


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    Clock.unschedule(collecting._collect)
    # Kivy reckons from its last tick, which may be minutes ago.
    Clock.tick()
    yield
    Clock.unschedule(collecting._collect)
    gc.enable()
    gc.unfreeze()


def pass_clock(seconds: float) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        Clock.tick()


def test_the_start_is_spared_until_everything_is_built() -> None:
    collecting.wait_with_collecting()
    pass_clock(0.05)
    assert not gc.isenabled()
    collecting.keep_for_good()
    assert gc.isenabled() and gc.get_freeze_count() > 0


def test_where_somebody_keeps_screens_from_being_built_collecting_begins_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(collecting, "LONGEST_S", 0.05)
    collecting.wait_with_collecting()
    assert not gc.isenabled()
    pass_clock(0.1)
    assert gc.isenabled()
