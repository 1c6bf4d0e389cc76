"""How often the window's parts are asked for health."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kiosk.health import HealthTeller

NOON = datetime(2026, 11, 23, 4, 0, 10, tzinfo=UTC)


@pytest.fixture
def told() -> list[tuple[str, datetime, Mapping[str, Any]]]:
    return []


@pytest.fixture
def health(told: list[tuple[str, datetime, Mapping[str, Any]]]) -> HealthTeller:
    return HealthTeller(lambda *what: told.append(what))


def test_once_a_minute(health: HealthTeller, told: list[object]) -> None:
    health.add("speech", lambda: {"heard": True})
    for seconds in (0, 1, 49, 50):
        health.watch(NOON + timedelta(seconds=seconds))
    assert told == [
        ("speech", NOON, {"heard": True}),
        ("speech", NOON + timedelta(seconds=50), {"heard": True}),
    ]


def test_at_once_when_something_new_is_known_and_nothing_before_it_is_known(
    health: HealthTeller, told: list[object]
) -> None:
    known: dict[str, Any] = {}
    health.add("keyboard", lambda: known.get("keyboard"))
    health.watch(NOON)
    assert told == []
    known["keyboard"] = {"chinese": True}
    health.watch(NOON)
    assert told == []
    health.hurry()
    health.watch(NOON)
    assert told == [("keyboard", NOON, {"chinese": True})]
