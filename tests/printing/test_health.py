"""What `mingtang health` says of printer and voice."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from devices.printer.reports import Trouble
from kiosk.commands.health import PRINTER, complaints
from kiosk.store.health import Health

NOW = datetime(2026, 11, 23, tzinfo=UTC)
WELL = {"link": "connected", "accepting": True, "trouble": None, "pdf": True, "reasons": []}


def said(facts: Mapping[str, Any]) -> str:
    return "; ".join(complaints(Health("printer", NOW, facts), NOW))


def test_a_printer_that_is_well_is_not_complained_of() -> None:
    assert said(WELL) == ""
    assert said({"voice": True, "heard": True, "program": "espeak-ng"}) == ""


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({**WELL, "trouble": "no_paper"}, "out of paper"),
        ({**WELL, "accepting": False}, "takes no jobs"),
        ({**WELL, "pdf": False}, "CUPS"),
        ({**WELL, "stuck": 2}, "2 cancelled jobs"),
        ({"link": "lost", "problem": "the printer did not answer in time"}, "did not answer"),
        ({"voice": False, "heard": True}, "espeak-ng"),
        ({"voice": True, "heard": False}, "sound device"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(facts: Mapping[str, Any], words: str) -> None:
    assert words in said(facts)


def test_every_trouble_has_words() -> None:
    assert set(PRINTER) == set(Trouble)
