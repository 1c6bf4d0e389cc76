"""The way to an opening, from the notices that tell of it."""

from datetime import UTC, datetime, timedelta

import pytest

from display.notice import Category, Notice, NoticeKind
from kiosk.notice.route import opening_of, route_to
from kiosk.sync.site import Room

NOW = datetime(2026, 11, 23, 1, 12, tzinfo=UTC)
ROOMS = (
    Room(key="302", name="3 楼 302", also=("第二开标室",), floor="3 楼", way="2 号电梯"),
    Room(key="205", name="2 楼 205", floor="2 楼", way="步梯"),
)


def told(id: str, kind: NoticeKind, days_ago: int, **more: object) -> Notice:
    fields = {
        "id": id,
        "kind": kind,
        "category": Category.CONSTRUCTION,
        "title": "道路维修",
        "published_at": NOW - timedelta(days=days_ago),
        "tender_no": "FS-1",
    }
    return Notice.model_validate({**fields, **more})


TENDER = told("a", NoticeKind.TENDER, 20, opens_at=NOW + timedelta(hours=1), room="第二开标室")


def test_a_known_room_has_a_way() -> None:
    route = route_to(TENDER, (), ROOMS, NOW)
    assert route is not None
    assert (route.room, route.floor, route.way) == ("3 楼 302", "3 楼", "2 号电梯")
    assert route.opens_at == TENDER.opens_at and not route.changed


@pytest.mark.parametrize(
    "more", [{"room": "某大厦 8 层"}, {"room": ""}, {"opens_at": None}], ids=str
)
def test_what_is_not_told_has_no_way(more: dict[str, object]) -> None:
    assert route_to(TENDER.model_copy(update=more), (), ROOMS, NOW) is None


def test_the_newest_word_counts_and_a_change_is_said() -> None:
    moved = told("b", NoticeKind.AMENDMENT, 2, opens_at=NOW + timedelta(days=1), room="2 楼 205")
    route = route_to(TENDER, (TENDER, moved), ROOMS, NOW)
    assert route is not None and route.changed
    assert (route.room, route.opens_at) == ("2 楼 205", moved.opens_at)
    own = route_to(moved, (TENDER, moved), ROOMS, NOW)
    assert own is not None and not own.changed


def test_a_later_notice_that_says_nothing_of_it_changes_nothing() -> None:
    other = told("b", NoticeKind.AMENDMENT, 2)
    for read in (TENDER, other):
        route = route_to(read, (TENDER, other), ROOMS, NOW)
        assert route is not None and not route.changed


def test_a_cancelled_opening_has_no_way() -> None:
    ended = told("b", NoticeKind.CANCELLATION, 1)
    assert route_to(TENDER, (TENDER, ended), ROOMS, NOW) is None


def test_the_way_is_offered_until_the_end_of_the_day() -> None:
    assert TENDER.opens_at is not None
    evening = TENDER.opens_at.replace(hour=15, minute=59)
    assert route_to(TENDER, (), ROOMS, evening) is not None
    assert route_to(TENDER, (), ROOMS, evening + timedelta(minutes=1)) is None


def test_opening_records_say_nothing_here() -> None:
    record = told(
        "r", NoticeKind.OPENING_RECORD, 0, opens_at=NOW + timedelta(days=3), room="2 楼 205"
    )
    route = route_to(TENDER, (TENDER, record), ROOMS, NOW)
    assert route is not None and route.room == "3 楼 302"


def test_the_newest_word_on_an_opening_counts_and_a_cancelled_one_has_no_time() -> None:
    later = NOW + timedelta(days=7)
    moved = told("b", NoticeKind.AMENDMENT, 9, opens_at=later)
    silent = told("c", NoticeKind.AMENDMENT, 5)
    over = told("d", NoticeKind.CANCELLATION, 1)
    assert opening_of([TENDER]) == TENDER.opens_at
    assert opening_of([silent, TENDER, moved]) == later
    assert opening_of([over, silent, TENDER, moved]) is None
