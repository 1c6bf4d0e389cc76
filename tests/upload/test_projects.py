"""Which projects take documents, and until when."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from display.notice import Category, Notice, NoticeKind
from display.trusted_time import Reading
from kiosk import words
from kiosk.store.terminal import TerminalStore
from kiosk.sync.contract import Change, Page, Revision, notice_document
from kiosk.sync.project import invitation_of, invitations
from kiosk.upload.projects import (
    closes_text,
    countdown,
    find,
    look_again,
    open_project,
)

NOW = datetime(2026, 11, 23, 1, 12, tzinfo=UTC)
ZH, EN = words.load("zh"), words.load("en")


def notice(id: str, kind: NoticeKind = NoticeKind.TENDER, days: int = -9, **more: object) -> Notice:
    fields = {
        "id": id,
        "kind": kind,
        "category": Category.CONSTRUCTION,
        "title": f"项目 {id}",
        "tender_no": "A-1",
        "published_at": NOW + timedelta(days=days),
        "closes_at": NOW + timedelta(hours=3),
    }
    return Notice.model_validate({**fields, **more})


TENDER = notice("t")


def amended(days: int, hours: float | None, **more: object) -> Notice:
    closes_at = None if hours is None else NOW + timedelta(hours=hours)
    return notice(f"a{days}", NoticeKind.AMENDMENT, days, closes_at=closes_at, **more)


def test_what_is_offered() -> None:
    def offered(*project: Notice, asked: Notice = TENDER) -> str | None:
        found = open_project(asked, project, NOW)
        return None if found is None else found.notice_id

    assert offered() == "t"
    assert offered(TENDER, amended(-2, -1)) is None
    assert offered(notice("x", NoticeKind.CANCELLATION, -1, closes_at=None)) is None
    # Tendered again after it was cancelled.
    again = notice("t2", days=-1)
    assert offered(notice("x", NoticeKind.CANCELLATION, -2, closes_at=None), again) == "t2"
    # The deadline was moved on: the amendment leads to the tender it amends.
    over = TENDER.model_copy(update={"closes_at": NOW - timedelta(hours=1)})
    assert offered(over, amended(-2, 5), asked=amended(-2, 5)) == "t"
    assert offered(asked=amended(-2, 5)) == "a-2"
    # To the very moment: at the deadline it is over.
    assert offered(asked=TENDER.model_copy(update={"closes_at": NOW})) is None
    assert offered(asked=TENDER.model_copy(update={"closes_at": None})) is None


@given(
    st.lists(
        st.tuples(st.sampled_from(list(NoticeKind)), st.integers(-9, -1),
                  st.none() | st.integers(-9, 99)),
        max_size=6,
    )
)  # fmt: skip
def test_nothing_is_offered_that_is_over(drawn) -> None:
    project = [
        notice(f"n{n}", kind, days,
               closes_at=None if hours is None else NOW + timedelta(hours=hours))
        for n, (kind, days, hours) in enumerate(drawn)
    ]  # fmt: skip
    for each in project:
        found = open_project(each, project, NOW)
        if found is not None:
            named = next(one for one in project if one.id == found.notice_id)
            said = invitation_of(named, invitations(project))
            assert said is not None and said.ended_at is None
            assert found.closes_at == said.closes_at > NOW
            assert named.kind in {NoticeKind.TENDER, NoticeKind.PREQUALIFICATION,
                                  NoticeKind.AMENDMENT}  # fmt: skip


def test_the_store_is_asked_for_released_ones_only(tmp_path) -> None:
    store = TerminalStore(tmp_path / "terminal.db")
    store.heard_server(Reading(NOW), NOW)
    far = notice("far", tender_no="B-2", title="较晚截止的项目", closes_at=NOW + timedelta(days=9))
    soon = notice("not-yet", tender_no="C-3", published_at=NOW + timedelta(minutes=1))
    changes = []
    for number, each in enumerate((far, TENDER, amended(-2, 5), soon), start=1):
        rev = f"1-{'a' * 32}"
        doc = {**notice_document(each), "_rev": rev}
        changes.append(Change(seq=f"{number}-e", id=each.id, changes=(Revision(rev=rev),), doc=doc))
    page = Page(results=tuple(changes), last_seq="4-e", pending=0, epoch="e", server_time=NOW)
    store.apply_page("public-210400", page, now=NOW)
    found = find(store, "", NOW)
    assert [each.notice_id for each in found.projects] == ["t", "far"]
    assert found.projects[0].closes_at == NOW + timedelta(hours=5)
    assert not found.cut
    assert [each.notice_id for each in find(store, "较晚", NOW).projects] == ["far"]
    assert find(store, "没有这个", NOW).projects == ()
    assert look_again(store, "t", NOW + timedelta(hours=6)) is None
    assert look_again(store, "far", NOW).tender_no == "B-2"
    assert look_again(store, "not-yet", NOW) is None
    assert look_again(store, "gone", NOW) is None
    store.close()


@pytest.mark.parametrize(
    ("left", "zh", "en"),
    [
        ({"minutes": 40, "seconds": 12}, "还有 40:12", "40:12 left"),
        ({"seconds": 1}, "还有 00:01", "00:01 left"),
        ({"hours": 1}, "还有 1 小时 0 分", "1 h 0 min left"),
        ({"days": 6, "hours": 3}, "还有 6 天 3 小时", "6 days 3 h left"),
        ({}, "已截止", "Closed"),
        ({"seconds": -9}, "已截止", "Closed"),
    ],
)
def test_the_countdown(left, zh, en) -> None:
    closes_at = NOW + timedelta(**left)
    assert countdown(ZH, closes_at, NOW) == zh
    assert countdown(EN, closes_at, NOW) == en


def test_the_deadline_names_the_server_s_time_and_another_day() -> None:
    assert closes_text(ZH, NOW, NOW) == "截止 09:12:00（服务器时间）"
    assert closes_text(ZH, NOW + timedelta(days=2), NOW) == "截止 11月25日 09:12:00（服务器时间）"
