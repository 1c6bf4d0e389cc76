"""What the evidence screen says of a board whose line was lost, or whose program began anew."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from display.evidence import TERMINAL_RECORD, Kind, Proof, moment_text
from display.journal import TEST_CARD
from kiosk import words
from kiosk.evidence.summary import Summary
from kiosk.staff.evidence.model import lines_of
from kiosk.staff.evidence.shown import Shown, shown_at
from kiosk.store.terminal import TerminalStore
from tests.display.builders import MORNING
from tests.evidence.day import BOARD, edition_of, keep, show, some_notices
from tests.staff.test_health_rows import settings

ZH = words.load("zh")
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
NEUTRAL = {"showing": "neutral", "state": "acknowledged", "due": moment_text(MORNING)}
LOST, CONNECTED = {"state": "lost", "reason": "NoReply"}, {"state": "connected"}
UNKNOWN = "没有记录。在此之前："


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TerminalStore]:
    with TerminalStore(tmp_path / "terminal.db") as opened:
        opened.record(BOARD, MORNING - HOUR, Kind.LINK, CONNECTED)
        yield opened


def at(store: TerminalStore, hours: float) -> Shown:
    moment = MORNING + hours * HOUR
    return shown_at(store, settings(), BOARD, moment, MORNING + 10 * HOUR)


@pytest.mark.parametrize(("facts", "said"), [(LOST, "失联"), (CONNECTED, "重新启动")])
@pytest.mark.parametrize("showing", ["neutral", "dark"])
def test_from_then_on_it_is_not_known_as_the_report_says(
    store: TerminalStore, facts: dict[str, str], said: str, showing: str
) -> None:
    store.record(BOARD, MORNING, Kind.ON_AIR, NEUTRAL | {"showing": showing})
    store.record(BOARD, MORNING + HOUR, Kind.LINK, facts)
    store.record(BOARD, MORNING + 2 * HOUR, Kind.LINK, CONNECTED)
    before, then, after = (at(store, hours) for hours in (0.99, 1, 5))
    assert before.drawn and before.dropped is None
    assert UNKNOWN not in "".join(lines_of(before, ZH))
    for shown in (then, after):
        told = lines_of(shown, ZH)
        assert not shown.drawn and told[0].endswith(UNKNOWN)
        assert said in told[0] and "11-23 09:30:00" in told[0], "of the first time, not the last"
    summary = Summary()
    for entry in store.entries(BOARD):
        summary.add(entry)
    assert [(span.what, span.until) for span in summary.blanks] == [(showing, MORNING + HOUR)]


def test_what_is_told_after_it_is_known_again(store: TerminalStore) -> None:
    store.record(BOARD, MORNING, Kind.ON_AIR, NEUTRAL)
    store.record(BOARD, MORNING + HOUR, Kind.LINK, LOST)
    store.record(BOARD, MORNING + 2 * HOUR, Kind.LINK, CONNECTED)
    store.record(BOARD, MORNING + 2 * HOUR, Kind.ON_AIR, NEUTRAL)
    shown = at(store, 2)
    assert shown.drawn and shown.dropped is None


def test_a_page_ends_with_the_line_before_it_runs_out(store: TerminalStore) -> None:
    made = edition_of(some_notices(1))
    keep(store, made)
    show(store, made, MORNING + SECOND, 0, Proof.ACKNOWLEDGED)
    assert at(store, 2 / 3600).drawn
    store.record(BOARD, MORNING + 2 * SECOND, Kind.LINK, LOST)
    shown = at(store, 2 / 3600)
    assert not shown.drawn and shown.page is not None
    assert lines_of(shown, ZH)[0].endswith(UNKNOWN)


def test_the_test_card_too(store: TerminalStore) -> None:
    store.record(BOARD, MORNING, Kind.ON_AIR, NEUTRAL)
    card = {"action": TEST_CARD, "state": "acknowledged", "by": "王*", "account": "k3f9a2b1"}
    store.record(BOARD, MORNING + HOUR, Kind.TECHNICIAN, card)
    assert at(store, 1.1).test_by and at(store, 1.1).dropped is None
    store.record(BOARD, MORNING + 1.2 * HOUR, Kind.LINK, CONNECTED)
    told = lines_of(at(store, 1.3), ZH)
    assert told[0].endswith(UNKNOWN) and "测试画面" in told[1]


def test_another_boards_line_is_its_own(store: TerminalStore) -> None:
    store.record(BOARD, MORNING, Kind.ON_AIR, NEUTRAL)
    for other in ("corridor", TERMINAL_RECORD):
        for _ in range(4):
            store.record(other, MORNING + HOUR, Kind.LINK, LOST)
    assert at(store, 2).dropped is None
