"""The rows of today's openings, from notices alone."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from display.local_time import SHANGHAI
from display.notice import Category, Notice, NoticeKind, Zone
from display.openings import openings_of
from display.release import Known
from kiosk import words
from kiosk.openings.model import (
    Opening,
    OpeningsModel,
    State,
    next_day,
    openings_on,
    released,
)
from kiosk.sync.site import Building, Room

DAY = date(2026, 11, 23)
ZH = words.load("zh")
ROOMS = (
    Room(key="302", name="3 楼 302", floor="3 楼", way="2 号电梯"),
    Room(key="two", name="第二开标室", floor="3 楼", way="步梯"),
)


def at(clock: str, days: int = 0) -> datetime:
    """A moment of Shanghai, on the day or so many days later."""
    hour, minute = map(int, clock.split(":"))
    day = DAY + timedelta(days=days)
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)


def notice(id: str, opens: str = "", days: int = 0, **more: Any) -> Notice:
    fields = {
        "id": id,
        "kind": NoticeKind.TENDER,
        "category": Category.CONSTRUCTION,
        "title": f"项目{id}",
        "published_at": at("08:00", -9),
        "tender_no": "FS-1",
        "opens_at": at(opens, days) if opens else None,
        "room": "3 楼 302" if opens else "",
    }
    return Notice.model_validate({**fields, **more})


def amendment(id: str, opens: str, days: int = 0, **more: Any) -> Notice:
    later = {"kind": NoticeKind.AMENDMENT, "published_at": at("08:00", -2)}
    return notice(id, opens, days, **{**later, **more})


def cancellation(id: str, **more: Any) -> Notice:
    later = {"kind": NoticeKind.CANCELLATION, "published_at": at("08:00", -1)}
    return notice(id, **{**later, **more})


def rows(
    *notices: Notice,
    now: str = "09:12",
    known: Known | None = None,
    building: Building | None = None,
) -> list[Opening]:
    told = released(notices, at(now), known or Known())
    return openings_on(DAY, told, at(now), building or Building(), ROOMS)


@pytest.mark.parametrize(
    ("now", "state", "text"),
    [
        ("07:00", State.MORNING, "上午"),
        ("07:59", State.MORNING, "上午"),
        ("08:00", State.SOON, "120 分后"),
        ("09:12", State.SOON, "48 分后"),
        ("09:59", State.SOON, "1 分后"),
        ("10:00", State.RUNNING, "进行中"),
        ("10:59", State.RUNNING, "进行中"),
        ("11:00", State.OVER, "已结束"),
    ],
)
def test_an_opening_at_ten(now: str, state: State, text: str) -> None:
    (row,) = rows(notice("a", "10:00"), now=now)
    assert (row.state, row.state_text(ZH)) == (state, text)
    assert (row.room, row.way, row.holds) == ("3 楼 302", "2 号电梯", True)


def test_seconds_are_counted_up_so_that_nobody_is_told_nought_minutes() -> None:
    moment = at("09:59") + timedelta(seconds=30)
    (row,) = openings_on(DAY, [notice("a", "10:00")], moment, Building(), ())
    assert row.state_text(ZH) == "1 分后"


def test_the_afternoon_begins_at_noon_and_the_length_is_the_buildings() -> None:
    assert [
        row.state for row in rows(notice("a", "12:00"), notice("b", "11:59", tender_no=""))
    ] == [
        State.MORNING,
        State.AFTERNOON,
    ]
    (row,) = rows(notice("a", "09:00"), now="10:30", building=Building(opening_minutes=120))
    assert row.state is State.RUNNING


def test_moved_within_the_day_stands_at_its_new_time_and_tells_the_old_one() -> None:
    told = notice("a", "14:00"), amendment("b", "14:30", room="第二开标室")
    (row,) = rows(*told)
    assert (row.at, row.before) == (at("14:30"), at("14:00"))
    assert row.state_text(ZH) == "改期至 14:30"
    assert (row.notice.id, row.room, row.way, row.holds) == ("b", "第二开标室", "3 楼　步梯", True)
    (row,) = rows(*told, now="14:10")
    assert row.state_text(ZH) == "改期至 14:30"
    (row,) = rows(*told, now="14:30")
    assert (row.state, row.before) == (State.RUNNING, at("14:00"))


def test_moved_earlier_within_the_day_counts_from_the_new_time() -> None:
    (row,) = rows(notice("a", "14:00"), amendment("b", "09:30"))
    assert (row.at, row.state_text(ZH)) == (at("09:30"), "改期至 09:30")


def test_moved_to_another_day_stands_at_its_old_time_without_a_room() -> None:
    (row,) = rows(notice("a", "14:00"), amendment("b", "09:00", 2))
    assert (row.at, row.state_text(ZH)) == (at("14:00"), "改期至 11月25日 09:00")
    assert (row.holds, row.room, row.way) == (False, "", "")


def test_moved_from_another_day_is_an_opening_like_any_other() -> None:
    (row,) = rows(notice("a", "14:00", -3), amendment("b", "10:00"))
    assert (row.state, row.before) == (State.SOON, None)


def test_moved_away_and_back_is_only_an_opening() -> None:
    first, second = (
        amendment("b", "09:00", 2),
        amendment("c", "14:00", published_at=at("08:00", -1)),
    )
    (row,) = rows(notice("a", "14:00"), first, second)
    assert (row.state, row.before) == (State.AFTERNOON, None)


def test_an_amendment_without_a_time_leaves_the_time_in_force() -> None:
    (row,) = rows(notice("a", "14:00"), amendment("b", ""))
    assert (row.notice.id, row.state) == ("a", State.AFTERNOON)


@pytest.mark.parametrize("between", [(), (amendment("b", "09:00", 2),)])
def test_cancelled(between: tuple[Notice, ...]) -> None:
    (row,) = rows(notice("a", "14:00"), *between, cancellation("z"))
    assert (row.at, row.state_text(ZH), row.holds) == (at("14:00"), "已取消", False)
    assert (row.notice.id, row.room) == ("z", "")


def test_a_project_without_a_number_stands_for_itself() -> None:
    alone = {"tender_no": ""}
    found = rows(notice("a", "10:00", **alone), cancellation("z", **alone))
    assert [row.state for row in found] == [State.SOON]


def test_in_order_of_time_and_nothing_of_other_days() -> None:
    notices = [notice(f"n{h}", f"{h:02}:00", tender_no=f"T{h}") for h in (15, 9, 11)]
    notices += [notice("x", "10:00", 1, tender_no="X"), notice("y", "10:00", -1, tender_no="Y")]
    assert [row.notice.id for row in rows(*notices)] == ["n9", "n11", "n15"]


# The gate


def test_what_is_not_released_moves_and_cancels_nothing() -> None:
    early = {"published_at": at("09:13")}
    (row,) = rows(
        notice("a", "14:00"), amendment("b", "15:00", **early), cancellation("z", **early)
    )
    assert (row.state, row.notice.id) == (State.AFTERNOON, "a")
    assert rows(notice("a", "14:00", **early)) == []


def test_what_is_withdrawn_is_not_shown_and_moves_nothing() -> None:
    known = Known(withdrawn={"b": at("09:00")})
    (row,) = rows(notice("a", "14:00"), amendment("b", "15:00"), known=known)
    assert (row.at, row.notice.id) == (at("14:00"), "a")
    assert rows(notice("b", "14:00"), known=known) == []


def test_a_terminal_shows_the_openings_of_every_zone() -> None:
    assert len(rows(notice("a", "14:00", zones=(Zone.EXPERTS_CORRIDOR,)))) == 1


@pytest.mark.parametrize("started", [frozenset(), frozenset({"FS-1"})])
def test_an_opening_record_never_makes_or_changes_a_row(started: frozenset[str]) -> None:
    record = notice(
        "r",
        "14:00",
        kind=NoticeKind.OPENING_RECORD,
        title="开标记录：甲公司、乙公司",
        published_at=at("09:00"),
    )
    known = Known(openings_started=started)
    (row,) = rows(notice("a", "14:00"), record, known=known)
    assert row.notice.id == "a"
    assert rows(record, known=known) == []


# Agreement with the board


stories = st.lists(
    st.builds(
        lambda number, kind, opens, day, published: notice(
            "one",
            tender_no=number,
            kind=kind,
            opens_at=None if opens is None else at(opens, day),
            published_at=at("08:00", -9) + timedelta(minutes=published),
        ),
        st.sampled_from(["A", "B"]),
        st.sampled_from([NoticeKind.TENDER, NoticeKind.AMENDMENT, NoticeKind.CANCELLATION]),
        st.sampled_from([None, "08:30", "10:00", "15:00"]),
        st.integers(-1, 1),
        st.integers(0, 10_000),
    ),
    max_size=6,
    unique_by=lambda made: made.published_at,
).map(lambda made: [each.model_copy(update={"id": f"n{n}"}) for n, each in enumerate(made)])


@given(stories)
def test_what_takes_place_is_what_the_board_shows(made: list[Notice]) -> None:
    found = openings_on(DAY, made, at("09:12"), Building(), ROOMS)
    assert [row.notice for row in found if row.holds] == openings_of(DAY, made)
    assert len({row.notice.tender_no for row in found}) == len(found)


@given(stories)
def test_the_next_day_is_the_first_that_the_board_would_fill(made: list[Notice]) -> None:
    after = DAY - timedelta(days=2)
    counts = {
        day: len(openings_of(day, made)) for day in (DAY + timedelta(days=n) for n in (-1, 0, 1))
    }
    expected = next(((day, count) for day, count in counts.items() if count), None)
    assert next_day(made, after) == expected


# The model's texts


def test_empty_states() -> None:
    model = OpeningsModel()
    assert model.nothing_texts(ZH) == ("", "")
    model.show([], Building(), (date(2026, 11, 25), 3))
    assert model.nothing_texts(ZH) == ("今天没有开标", "下一个开标日是11月25日（星期三），共 3 场")
    model.show([], Building(), None)
    assert model.nothing_texts(ZH)[1] == "近期也没有已公布的开标安排"
    model.show([], Building(), None, has_data=False)
    assert model.nothing_texts(ZH)[0] == "本机还没有收到开标安排"
    model.fail()
    assert model.nothing_texts(ZH)[0] == ZH["lookup.trouble"]
    model.show(rows(notice("a", "10:00")), Building(openings_note="走东侧。"), None)
    assert model.nothing_texts(ZH) == ("", "")
    assert model.note(ZH).endswith("走东侧。")
    model.forget()
    assert (model.openings, model.state) == ([], "waiting")


def test_a_day_is_one_of_shanghai() -> None:
    late = notice("a", opens_at=datetime(2026, 11, 23, 16, 0, tzinfo=UTC))
    assert rows(late) == []
    assert len(rows(notice("b", opens_at=datetime(2026, 11, 22, 16, 0, tzinfo=UTC)))) == 1
