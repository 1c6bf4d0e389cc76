"""The gate: every reason to say no, and nothing else."""

from datetime import timedelta

import pytest

from display.notice import NoticeKind, Zone
from display.release import Channel, Known, Verdict, release
from tests.display.builders import MORNING, notice


@pytest.mark.parametrize("channel", list(Channel))
def test_before_its_moment_nothing_is_released_on_any_channel(channel: Channel) -> None:
    item = notice(published_at=MORNING)
    early = MORNING - timedelta(microseconds=1)
    assert release(item, channel=channel, at=early, known=Known()) is Verdict.NOT_YET
    assert release(item, channel=channel, at=MORNING, known=Known()) is Verdict.RELEASED


@pytest.mark.parametrize("channel", list(Channel))
def test_a_withdrawn_notice_is_released_nowhere(channel: Channel) -> None:
    known = Known(withdrawn={"n1": MORNING})
    assert release(notice(), channel=channel, at=MORNING, known=known) is Verdict.WITHDRAWN


@pytest.mark.parametrize(
    ("channel", "verdict"),
    [
        (Channel.BOARD, Verdict.EXPIRED),
        (Channel.PREVIEW, Verdict.EXPIRED),
        (Channel.SEARCH, Verdict.RELEASED),
        (Channel.DETAIL, Verdict.RELEASED),
        (Channel.PRINT, Verdict.RELEASED),
    ],
)
def test_an_expired_notice_leaves_the_board_and_stays_in_lookup(
    channel: Channel, verdict: Verdict
) -> None:
    item = notice(valid_until=MORNING)
    assert release(item, channel=channel, at=MORNING, known=Known()) is verdict
    before = MORNING - timedelta(seconds=1)
    assert release(item, channel=channel, at=before, known=Known()) is Verdict.RELEASED


def test_an_opening_record_waits_for_the_event_not_for_a_time() -> None:
    item = notice(kind=NoticeKind.OPENING_RECORD, tender_no="T-1")
    later = MORNING + timedelta(days=30)
    asked = {"channel": Channel.SEARCH, "at": later}
    assert release(item, known=Known(), **asked) is Verdict.OPENING_NOT_STARTED
    started = Known(openings_started=frozenset({"T-1"}))
    assert release(item, known=started, **asked) is Verdict.RELEASED


def test_a_zone_shows_only_its_items() -> None:
    item = notice(zones=(Zone.OPENING_AREA,))
    asked = {"channel": Channel.BOARD, "at": MORNING, "known": Known()}
    assert release(item, zone=Zone.LOBBY, **asked) is Verdict.OTHER_ZONE
    assert release(item, zone=Zone.OPENING_AREA, **asked) is Verdict.RELEASED
    assert release(notice(), zone=Zone.LOBBY, **asked) is Verdict.RELEASED
