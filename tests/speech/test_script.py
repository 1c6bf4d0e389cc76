"""What is said: codes digit by digit, dates and times in words, nothing left out."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from display.body import Cell, Table, paragraph
from display.notice import Category, Notice, NoticeKind
from kiosk import words
from kiosk.speech.script import LONGEST, _cut, digit_by_digit, script, spoken


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("FSGC-2026-0412", "F S G C，二零二六，零四一二"),
        ("91210400MA0TPXXX1Y", "九一二一零四零零 M A 零 T P X X X 一 Y"),
        ("fs02", "F S 零二"),
    ],
)
def test_codes_are_dictated(written: str, said: str) -> None:
    assert digit_by_digit(written) == said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2026年11月23日", "二零二六年11月23日"),
        ("2026-11-23 10:00", "二零二六年11月23日 10点整"),
        ("于2026/1/5 09:30前", "于二零二六年1月5日 9点30分前"),
        ("17：00：00截止", "17点整截止"),
        ("电话024-53910026", "电话零二四，五三九一零零二六"),
        ("电话13904130000。", "电话一三九零四一三零零零零。"),
        ("金额1,234,567.89元", "金额1234567.89元"),
        ("共12345678元", "共12345678元"),
        ("预算350万元，工期90日历天", "预算350万元，工期90日历天"),
        ("编号FSGC-2026-0412的项目", "编号F S G C，二零二六，零四一二的项目"),
        ("见https://example.org/a?b=1，下载", "见网址见二维码，下载"),
        ("DN300管道", "D N 三零零管道"),
        ("比例1:500", "比例1:500"),
        ("3.14", "3.14"),
    ],
)
def test_numbers_are_said_as_people_say_them(written: str, said: str) -> None:
    assert spoken(written) == said


def notice(**more: object) -> Notice:
    moment = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
    return Notice.model_validate(
        {
            "id": "n1",
            "kind": NoticeKind.TENDER,
            "category": Category.CONSTRUCTION,
            "title": "浑河北路道路维修工程施工招标公告",
            "tender_no": "FSGC-2026-0412",
            "buyer": "抚顺市城市建设投资有限公司",
            "published_at": moment,
            "closes_at": moment,
            "opens_at": moment,
            "room": "3楼302开标室",
            "body": "一、招标条件\n本项目已批准建设。",
            **more,
        }
    )


def test_what_matters_is_said_first_and_in_order() -> None:
    assert script(notice(), words.load("zh"))[:8] == [
        "招标公告",
        "浑河北路道路维修工程施工招标公告",
        "项目编号，F S G C，二零二六，零四一二",
        "招标人，抚顺市城市建设投资有限公司",
        "投标截止，二零二六年11月23日10点整",
        "开标地点，3楼302开标室",
        "一、招标条件",
        "本项目已批准建设。",
    ]


def test_tables_are_read_row_by_row() -> None:
    row = (Cell((paragraph("标段"),)), Cell(), Cell((paragraph("FS-01"),)))
    said = script(notice(blocks=(Table((row,)),)), words.load("zh"))
    assert "标段，F S，零一" in said


@given(st.text(st.sampled_from("工程。，；a1 "), max_size=900))
def test_breaths_are_short_and_together_the_whole_text(text: str) -> None:
    breaths = list(_cut(text))
    assert all(0 < len(breath) <= LONGEST for breath in breaths)
    assert "".join(breaths).split() == text.split()
