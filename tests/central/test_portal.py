import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from display.notice import Category, NoticeKind, Zone
from kiosk.central.fields import RefusedRecord
from kiosk.central.portal import candidates_notice, portal_notice

BASE = {
    "record_id": "r1",
    "title": "东山路道路改造工程招标公告",
    "publish_date": "2026-03-17 09:00",
    "info_type": "招标/资审公告",
    "business_type": "工程建设",
}
CANDIDATES = {
    "id": "c1",
    "title": "东山路道路改造工程中标候选人公示",
    "date": "2026-03-17",
    "url": "https://example.org/c1.html",
    "publicity_period": "2026年03月17日 18时00分至2026年03月20日 18时30分",
    "candidates": [{"bidder": "甲公司", "price": "1799255.53"}, {"bidder": "乙公司", "price": ""}],
}


def _url(code: str) -> str:
    return f"https://example.org/information/deal/html/a/420000/{code}/20260317/x.html"


@pytest.mark.parametrize(
    ("code", "title", "kind", "category"),
    [
        ("0101", "甲项目招标公告", NoticeKind.TENDER, Category.CONSTRUCTION),
        ("0101", "甲项目资格预审公告", NoticeKind.PREQUALIFICATION, Category.CONSTRUCTION),
        ("0101", "甲项目流标公告", NoticeKind.CANCELLATION, Category.CONSTRUCTION),
        ("0101", "年度国土变更调查项目招标公告", NoticeKind.TENDER, Category.CONSTRUCTION),
        ("0102", "甲项目开标记录", NoticeKind.OPENING_RECORD, Category.CONSTRUCTION),
        ("0104", "甲项目中标候选人公示", NoticeKind.CANDIDATES, Category.CONSTRUCTION),
        ("0104", "甲项目中标结果公告", NoticeKind.AWARD, Category.CONSTRUCTION),
        ("0105", "甲项目资格预审文件澄清", NoticeKind.AMENDMENT, Category.CONSTRUCTION),
        ("0201", "甲项目更正公告（二）", NoticeKind.AMENDMENT, Category.PROCUREMENT),
        ("0202", "甲项目废标公告", NoticeKind.CANCELLATION, Category.PROCUREMENT),
        ("0203", "甲项目合同变更公告", NoticeKind.CONTRACT, Category.PROCUREMENT),
        ("0204", "甲项目终止公告", NoticeKind.CANCELLATION, Category.PROCUREMENT),
        ("0301", "某地块出让公告", NoticeKind.TENDER, Category.LAND),
        ("0402", "某矿出让结果", NoticeKind.AWARD, Category.MINING),
        ("9002", "某赞助项目", NoticeKind.AWARD, Category.OTHER),
    ],
)
def test_codes_give_kind_and_category(code, title, kind, category):
    record = {**BASE, "title": title, "detail_url": _url(code)}
    del record["info_type"], record["business_type"]
    notice = portal_notice(record)
    assert (notice.kind, notice.category) == (kind, category)


def test_words_give_kind_and_category_where_there_is_no_code():
    notice = portal_notice({**BASE, "info_type": "更正事项", "business_type": "政府采购"})
    assert (notice.kind, notice.category) == (NoticeKind.AMENDMENT, Category.PROCUREMENT)


def test_fields_of_a_portal_record():
    notice = portal_notice(
        {
            **BASE,
            "detail_url": _url("0101"),
            "original_link": "https://example.org/origin",
            "project_code": "ZB-1",
            "issuer": "某局",
            "agency": "某代理",
            "region": "湖北省",
            "budget": "65 万元",
            "content_text": "第一段\r\n第二段",
            "source_platform": "某中心",
            "closes_at": "2026-04-09 09:00",
            "opens_at": "2026-04-09T09:30:00+08:00",
            "room": "第三开标室",
            "zones": ["lobby"],
        }
    )
    assert notice.published_at == datetime(2026, 3, 17, 1, 0, tzinfo=UTC)
    assert notice.closes_at == notice.valid_until == datetime(2026, 4, 9, 1, 0, tzinfo=UTC)
    assert notice.opens_at == datetime(2026, 4, 9, 1, 30, tzinfo=UTC)
    assert (notice.tender_no, notice.buyer, notice.agent) == ("ZB-1", "某局", "某代理")
    assert (notice.room, notice.zones) == ("第三开标室", (Zone.LOBBY,))
    assert notice.body == "第一段\n第二段"
    assert notice.official_url == _url("0101")


def test_nothing_is_guessed_from_a_body():
    notice = portal_notice({**BASE, "content_text": "开标时间：2026年04月09日 09时00分"})
    assert (notice.opens_at, notice.closes_at, notice.room) == (None, None, "")
    assert notice.valid_until == notice.published_at + timedelta(days=30)


def test_candidates_are_shown_for_their_publicity_period():
    notice = candidates_notice(CANDIDATES)
    assert notice.kind is NoticeKind.CANDIDATES
    assert notice.published_at == datetime(2026, 3, 17, 10, 0, tzinfo=UTC)
    assert notice.objections_until == datetime(2026, 3, 20, 10, 30, tzinfo=UTC)
    assert notice.valid_until == notice.objections_until
    late = candidates_notice({**CANDIDATES, "date": "2026-03-17 18:10"})
    assert late.published_at == datetime(2026, 3, 17, 10, 10, tzinfo=UTC)
    assert [c.bidder for c in notice.candidates] == ["甲公司", "乙公司"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": None}, "title"),
        ({"title": " "}, "title"),
        ({"title": 5}, "title"),
        ({"title": "长" * 1001}, "title"),
        ({"title": "\ud800"}, "title"),
        ({"record_id": ""}, "record_id"),
        ({"publish_date": None}, "publish_date"),
        ({"publish_date": "2026-02-30"}, "publish_date"),
        ({"publish_date": "昨天"}, "publish_date"),
        ({"publish_date": "9999-12-20"}, "publish_date"),
        ({"publish_date": "1999-12-31"}, "publish_date"),
        ({"publish_date": "0001-01-01T00:00:00+14:00"}, "publish_date"),
        ({"closes_at": "2101-01-02"}, "closes_at"),
        ({"record_id": "长" * 201}, "record_id"),
        ({"content_text": "\ud800"}, "content_text"),
        ({"info_type": "天书"}, "info_type"),
        ({"info_type": None}, "info_type"),
        ({"business_type": "天书"}, "business_type"),
        ({"zones": ["roof"]}, "zones"),
        ({"opens_at": "soon"}, "opens_at"),
        ({"valid_until": "2026-03-17 09:00"}, "valid_until"),
        ({"content_text": ["text"]}, "content_text"),
    ],
)
def test_a_bad_portal_record_is_refused_by_its_field(change, field):
    with pytest.raises(RefusedRecord, match=f"^{field}: "):
        portal_notice({**BASE, **change})


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": None}, "id"),
        ({"title": ""}, "title"),
        ({"date": ""}, "date"),
        ({"publicity_period": ""}, "publicity_period"),
        ({"publicity_period": "三天"}, "publicity_period"),
        ({"publicity_period": "2026年03月17日至2026年03月16日"}, "publicity_period"),
        ({"publicity_period": "2026年03月17日至2026年03月19日 23时59分"}, "publicity_period"),
        ({"publicity_period": " " * 5000 + "至"}, "publicity_period"),
        ({"date": "2026-03-18"}, "publicity_period"),
        ({"date": "2026-03-21"}, "publicity_period"),
        ({"valid_until": "2026-03-19"}, "valid_until"),
        ({"candidates": {}}, "candidates"),
        ({"candidates": [{"price": "1"}]}, r"candidates\[0\].bidder"),
    ],
)
def test_a_bad_candidate_list_is_refused_by_its_field(change, field):
    with pytest.raises(RefusedRecord, match=f"^{field}: "):
        candidates_notice({**CANDIDATES, **change})


def test_a_short_publicity_period_is_refused_by_its_rule():
    short = {**CANDIDATES, "publicity_period": "2026年03月17日 18时00分至2026年03月20日 17时59分"}
    with pytest.raises(RefusedRecord, match="公示期不少于3日"):
        candidates_notice(short)
    record = {**BASE, "detail_url": _url("0104"), "title": "甲项目中标候选人公示"}
    with pytest.raises(RefusedRecord, match=r"^valid_until: .*公示期不少于3日"):
        portal_notice({**record, "valid_until": "2026-03-19"})
    assert portal_notice({**record, "closes_at": "2026-03-18"}).valid_until == datetime(
        2026, 4, 16, 1, 0, tzinfo=UTC
    )


def test_the_rule_of_three_days_refuses_no_real_list():
    path = Path(__file__).parents[3] / "shared" / "data" / "candidates.ndjson"
    if not path.exists():
        pytest.skip("the folder of real notices, ../shared/data, is not here")
    with path.open(encoding="utf-8") as lines:
        notices = [candidates_notice(json.loads(line)) for line in lines]
    assert len(notices) == 1200
    assert all(n.valid_until and n.valid_until == n.objections_until for n in notices)
