"""Journeys make an edition of today: they do not begin just before today ends."""

import time
from datetime import UTC, datetime

import pytest

from kiosk.home.model import today

ENOUGH_S = 240.0


@pytest.fixture(scope="session", autouse=True)
def not_at_midnight() -> None:
    """Wait for the new day when a Shanghai midnight would fall into the journeys."""
    now = datetime.now(UTC)
    left = (today(now)[1] - now).total_seconds()
    if left < ENOUGH_S:
        time.sleep(left + 1)
