"""What the screens say, without a window."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from display.body import Cell, Table, paragraph, plain_text
from display.local_time import SHANGHAI
from display.notice import Category, Notice, NoticeKind
from kiosk import words
from kiosk.home.model import HomeModel, next_opening, today
from kiosk.lookup.filters import COUNT_CAP
from kiosk.lookup.model import MOST_RESULTS, LookupModel, due_tag, under_title
from kiosk.notice.model import body_blocks, fields, spelling, stages, time_left
from kiosk.session import Silence
from kiosk.status import STALE_AFTER, status

MORNING = datetime(2026, 11, 23, 1, 12, tzinfo=UTC)
ZH, EN = words.load("zh"), words.load("en")


def notice(**more: Any) -> Notice:
    given: dict[str, Any] = {
        "id": "n1",
        "kind": NoticeKind.TENDER,
        "category": Category.CONSTRUCTION,
        "title": "浑河北路道路维修工程施工招标公告",
        "published_at": MORNING - timedelta(days=1),
    }
    return Notice(**{**given, **more})


def at(hours: float) -> datetime:
    return MORNING + timedelta(hours=hours)


@pytest.mark.parametrize(
    "module",
    [
        "kiosk.home.model",
        "kiosk.lookup.model",
        "kiosk.notice.model",
        "kiosk.notice.strips",
        "kiosk.notice.tables",
        "kiosk.widgets.lines",
        "kiosk.session",
        "kiosk.status",
    ],
)
def test_models_open_no_window(module: str) -> None:
    code = (
        f"import {module}, sys\n"
        "print([name for name in sys.modules if name.startswith(('kivy.core', 'kivy.uix',"
        " 'kivy.graphics', 'kivy.base', 'kivy.app'))])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.strip() == "[]"


def test_today_is_the_day_in_shanghai() -> None:
    late = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
    begins, ends = today(late)
    assert (begins, ends) == (
        datetime(2026, 11, 22, 16, tzinfo=UTC),
        datetime(2026, 11, 23, 16, tzinfo=UTC),
    )
    assert today(datetime.min.replace(tzinfo=UTC))[0] <= today(late)[0]


def test_next_opening_skips_what_has_begun() -> None:
    begun, soon, later = (notice(id=str(n), opens_at=at(n)) for n in (0, 1, 2))
    assert next_opening([later, begun, soon], MORNING) is soon
    assert next_opening([begun], MORNING) is None


def test_home_says_opening_none_or_trouble() -> None:
    model = HomeModel()
    assert model.said(ZH) == ""
    model.show([notice(opens_at=at(1), room="3 楼 302")], MORNING)
    assert (model.said(ZH), model.opening_time, model.opening_room) == (
        "即将开标",
        "10:12",
        "3 楼 302",
    )
    model.fail()
    assert (model.said(ZH), model.opening_title) == ("暂时读不出本机的数据", "")
    model.show([], MORNING)
    assert model.said(EN) == "No more bid openings today"


@pytest.mark.parametrize(
    ("more", "text", "tone"),
    [
        ({"opens_at": at(1), "closes_at": at(1)}, "今日 10:12 开标", "attention"),
        ({"closes_at": at(48)}, "11月25日 09:12 截止", "attention"),
        ({"closes_at": at(3)}, "今日 12:12 截止", "attention"),
        ({"closes_at": at(24 * 60)}, "2027年", "attention"),
        ({"objections_until": at(48)}, "公示至 11月25日", "attention"),
        ({"valid_until": at(-1), "closes_at": at(-1)}, "已截止", "muted"),
        ({"valid_until": at(-1)}, "已过期", "muted"),
    ],
)
def test_what_is_due(more: dict[str, Any], text: str, tone: str) -> None:
    tag = due_tag(notice(**more), ZH, MORNING)
    assert tag is not None
    if text == "2027年":
        tag_2027 = due_tag(notice(closes_at=datetime(2027, 1, 5, tzinfo=UTC)), ZH, MORNING)
        assert tag_2027 is not None and tag_2027.text == "2027年1月5日 08:00 截止"
        return
    assert (tag.text, tag.tone) == (text, tone)


def test_nothing_is_due() -> None:
    assert due_tag(notice(closes_at=at(-1)), ZH, MORNING) is None


def test_under_the_title_stands_what_is_known() -> None:
    assert under_title(notice(), ZH, MORNING) == "11月22日"
    full = notice(tender_no="FSGC-1", buyer="抚顺市教育局")
    assert under_title(full, EN, MORNING) == "FSGC-1  ·  抚顺市教育局  ·  22 November"


def test_lookup_keeps_the_chosen_notice_when_the_list_changes() -> None:
    model = LookupModel()
    first, second, third = (notice(id=name) for name in "abc")
    model.take([first, second, third], None, 3)
    model.move(1)
    model.move(1)
    assert model.row == 1
    model.take([second, third], None, 2, keep=True)
    assert model.row == 0
    model.take([first, third], None, 2, keep=True)
    assert model.row == -1
    model.move(-1)
    assert model.row == 0


def test_a_list_ends_where_nobody_reads_on() -> None:
    model = LookupModel()
    pages = [[notice(id=f"{page}-{n}") for n in range(50)] for page in range(MOST_RESULTS // 50)]
    model.take(pages[0], 50, 1)
    for number, page in enumerate(pages[1:], 1):
        assert model.next == 50 * number
        model.take_more(page, 50 * number + 50)
    assert (len(model.notices), model.next, model.more) == (MOST_RESULTS, None, False)
    model.take([each for page in pages for each in page], MOST_RESULTS, 1, keep=True)
    assert model.next is None


def test_openings_stand_in_the_order_of_their_times() -> None:
    model = LookupModel()
    model.reset(openings=True)
    model.take([notice(id="late", opens_at=at(5)), notice(id="early", opens_at=at(1))], None, 2)
    assert [each.id for each in model.notices] == ["early", "late"]


def test_lookup_counts_and_says_why_there_is_nothing() -> None:
    model = LookupModel()
    assert model.count_text(ZH) == ""
    model.busy = True
    assert model.count_text(ZH) == "正在查询…"
    model.busy = False
    model.take([notice()], None, 1)
    model.count = 1
    assert model.count_text(EN) == "1 found"
    model.count = COUNT_CAP + 1
    assert model.count_text(ZH) == "999 条以上"
    assert model.nothing_texts(ZH) == ("", "")
    model.take([], None, 0)
    assert model.nothing_texts(ZH)[0] == "本机还没有收到公告"
    model.stored = 1
    assert model.nothing_texts(ZH)[0] == "这些条件下暂时没有公告"
    model.query = "甲"
    assert model.nothing_texts(ZH)[0] == "没有找到“甲”"
    model.reset(openings=True)
    model.take([], None, 1)
    assert model.nothing_texts(ZH)[0] == "今天没有待开标的项目"
    model.state = "trouble"
    assert model.nothing_texts(ZH)[0] == "暂时读不出本机的数据"


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (timedelta(days=2, hours=3), "还有 2 天 3 小时（服务器时间）"),
        (timedelta(hours=3, minutes=4), "还有 3 小时 4 分（服务器时间）"),
        (timedelta(minutes=48, seconds=59), "还有 48 分（服务器时间）"),
        (timedelta(seconds=59), "不到 1 分钟（服务器时间）"),
        (timedelta(0), "已截止"),
        (timedelta(seconds=-1), "已截止"),
    ],
)
def test_time_left(left: timedelta, text: str) -> None:
    assert time_left(ZH, MORNING + left, MORNING) == text


def test_fields_leave_out_what_the_notice_does_not_say() -> None:
    shown = fields(notice(buyer="甲", category=Category.PROCUREMENT), ZH, MORNING)
    assert [(field.name, field.value) for field in shown] == [
        ("采购人", "甲"),
        ("公开时间", "2026-11-22 09:12"),
    ]


def test_stages_show_where_the_project_is() -> None:
    tender = notice(id="t", tender_no="P", opens_at=at(-1), published_at=at(-72))
    award = notice(id="a", tender_no="P", kind=NoticeKind.AWARD, published_at=at(-0.5))
    shown = stages(award, [tender, award], ZH, MORNING)
    assert [stage.name for stage in shown if stage.reached] == ["招标公告", "开标", "中标结果"]
    assert [stage.name for stage in shown if stage.here] == ["中标结果"]
    record = notice(id="r", tender_no="P", kind=NoticeKind.OPENING_RECORD)
    assert [stage.name for stage in stages(record, [tender], ZH, MORNING) if stage.here] == ["开标"]
    assert stages(notice(), [], ZH, MORNING) == []


def test_the_body_names_candidates_in_official_order_before_the_text() -> None:
    listed = notice(body="正文", candidates=({"bidder": "甲", "price": "1 元"}, {"bidder": "乙"}))
    assert plain_text(body_blocks(listed, ZH)).split("\n") == [
        "中标候选人",
        "第1名　甲",
        "报价　1 元",
        "第2名　乙",
        "正文",
    ]
    assert "扫码" in plain_text(body_blocks(notice(), ZH, scan=True))
    without = plain_text(body_blocks(notice(), ZH, scan=False))
    assert "扫码" not in without and "服务台" in without


def test_blocks_go_before_the_text_that_they_say() -> None:
    table = Table(((Cell((paragraph("甲"),)), Cell((paragraph("乙"),))),))
    assert body_blocks(notice(body="甲　乙", blocks=(table,)), ZH) == [table]


def test_what_no_font_shows_is_told_by_its_number() -> None:
    spell = spelling(ZH, lambda character: character < "\U00020000")
    assert spell("甲\U00020bb7乙\u202e\ufffc\t丙") == "甲〔缺字 U+20BB7〕乙〔图片〕 丙"
    assert spelling(EN, lambda _: False)("甲") == "[character U+7532]"


def test_silence_counts_down_and_is_broken() -> None:
    seconds = 0.0
    silence = Silence(90, 30, lambda: seconds)
    seconds = 89.9
    assert silence.seconds_left() is None
    seconds = 90.0
    assert silence.seconds_left() == 30
    seconds = 119.5
    assert silence.seconds_left() == 1
    seconds = 300.0
    assert silence.seconds_left() == 0
    silence.broken()
    assert silence.seconds_left() is None


def test_status_tells_how_fresh_the_data_are() -> None:
    def said(now: datetime, contact: datetime | None, *, trouble: bool = False) -> tuple[str, bool]:
        shown = status(ZH, now, contact, trouble=trouble)
        return shown.as_of, shown.online

    assert said(MORNING, None) == ("尚未收到中心数据", False)
    assert said(MORNING, MORNING) == ("数据截至 09:12", True)
    late = said(MORNING + STALE_AFTER, MORNING)
    assert late == ("数据截至 09:12  ·  与中心的连接已中断，显示的是已收到的数据", False)
    assert said(MORNING, MORNING - timedelta(days=1))[0].startswith("数据截至 11月22日 09:12")
    assert said(MORNING, MORNING, trouble=True) == ("本机暂时读不出数据，请到服务台咨询", False)
    assert status(EN, MORNING, MORNING, trouble=False).clock == "09:12"
    assert status(EN, MORNING, MORNING, trouble=False).date == "23 November\nMonday"


def test_both_languages_say_the_same_things_with_the_same_blanks() -> None:
    import string

    def blanks(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    # The board speaks Chinese only, and dates need not name every part in both languages.
    for key, text in ZH.items():
        if not key.startswith("board."):
            assert key in EN, key
            if not key.endswith((".day", ".day_of_year")):
                assert blanks(text) == blanks(EN[key]), key
    assert set(EN) <= set(ZH)


def test_an_opening_at_the_deadline_is_not_told_twice() -> None:
    both = notice(closes_at=MORNING, opens_at=MORNING)
    names = [field.name for field in fields(both, ZH, MORNING)]
    assert "投标截止" in names
    assert "开标时间" not in names
    later = notice(closes_at=MORNING, opens_at=MORNING + timedelta(hours=1))
    assert "开标时间" in [field.name for field in fields(later, ZH, MORNING)]


def test_the_text_ends_with_who_published_it() -> None:
    told = plain_text(body_blocks(notice(body="正文", source="某平台", region="某市"), ZH))
    assert told.splitlines() == ["正文", "发布平台　某平台", "地区　某市"]
    assert plain_text(body_blocks(notice(body="正文"), ZH)) == "正文"


def test_the_timeline_leads_to_the_other_notices_of_the_project() -> None:
    tender, first, second, award = (
        notice(id=name, tender_no="P", kind=kind, published_at=at(hours))
        for name, kind, hours in (
            ("t", NoticeKind.TENDER, -90),
            ("a1", NoticeKind.AMENDMENT, -80),
            ("a2", NoticeKind.AMENDMENT, -70),
            ("w", NoticeKind.AWARD, -1),
        )
    )
    every = [tender, first, second, award]

    def links(here: Notice) -> dict[str, str]:
        return {stage.name: stage.notice_id for stage in stages(here, every, ZH, MORNING)}

    assert links(award)["招标公告"] == "t"
    assert links(award)["变更公告"] == "a2"
    assert links(award)["中标结果"] == ""
    assert links(award)["合同公开"] == ""
    assert links(second)["变更公告"] == "a1"
    assert links(first)["变更公告"] == "a2"
    (amended,) = [s for s in stages(award, every, ZH, MORNING) if s.name == "变更公告"]
    assert amended.date.endswith("共2份")


def test_the_timeline_tells_the_opening_that_holds() -> None:
    tender = notice(id="t", tender_no="P", published_at=at(-90), opens_at=at(-2))
    moved = notice(
        id="a", tender_no="P", kind=NoticeKind.AMENDMENT, published_at=at(-80), opens_at=at(50)
    )
    (opening,) = [s for s in stages(tender, [moved], ZH, MORNING) if s.name == ZH["stage.opening"]]
    assert (opening.date, opening.reached) == (f"{at(50).astimezone(SHANGHAI):%m-%d %H:%M}", False)
