"""What is said: codes digit by digit, dates and times in words, nothing left out."""

import re
import time
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from display.body import Cell, Table, paragraph
from display.notice import Category, Notice, NoticeKind
from kiosk import words
from kiosk.speech import script as script_module
from kiosk.speech.script import LONGEST, _cut, digit_by_digit, script, spoken

LIMIT_S = 3.0
"""Far above what any of it takes (under 0.5 s), far below growth by squares (over 50 s)."""


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("FSGC-2026-0412", "F S G C，二零二六，零四一二"),
        ("91210400MA0TPXXX1Y", "九一二一零四零零 M A 零 T P X X X 一 Y"),
        ("fs02", "F S 零二"),
        ("ＦＳ－０2", "F S，零二"),
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
        ("共1,234,567,89", "共1,234,567,89"),
        ("分别为1,234、12,345,678元", "分别为1234、12345678元"),
        ("预算350万元，工期90日历天", "预算350万元，工期90日历天"),
        ("编号FSGC-2026-0412的项目", "编号F S G C，二零二六，零四一二的项目"),
        ("登录https://example.org/a?b=1，下载", "登录网址，下载"),
        ("网址：www.example.org。", "网址。"),
        ("DN300管道", "D N 三零零管道"),
        ("比例1:500", "比例1:500"),
        ("3.14", "3.14"),
        ("电话１３９０４１３００００", "电话一三九零四一三零零零零"),
        ("编号ＦＳ－０２６", "编号F S，零二六"),
    ],
)
def test_numbers_are_said_as_people_say_them(written: str, said: str) -> None:
    assert spoken(written) == said


_WRITTEN = re.compile(
    r"[A-Za-z][A-Za-z0-9]*\d[A-Za-z0-9]*(?:[-_/〔〕\[\]()][A-Za-z0-9]+)*"
    r"|[A-Za-z]+(?:[-_][A-Za-z0-9]+)*[-_]\d[A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)*"
)
"""What a code is, as one would write it down: read again and again when there is no digit."""


@given(st.text(st.sampled_from("ab12-_/(项"), max_size=14))
@example("ab-c-1d/e")
@example("ab(cd-12)")
@example("a1-b-2/项a-")
def test_codes_are_found_as_they_are_defined(text: str) -> None:
    assert script_module._CODE.findall(text) == _WRITTEN.findall(text)


@pytest.mark.parametrize(
    "hostile",
    "a a- a1 a-b1 1a- a/ 1, 1,000 000, 1 1- 0 1. 12: https:// www. 。 2026-1- (a a_- 024- １"
    " 年~ ~ 1~".split(),
)
def test_no_text_takes_long(hostile: str) -> None:
    began = time.monotonic()
    for end in ("", "x", ",", "，甲"):
        spoken(hostile.replace("~", " ") * (60_000 // len(hostile)) + end)
    assert time.monotonic() - began < LIMIT_S


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
    assert list(script(notice(), words.load("zh")))[:8] == [
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


def test_it_is_made_breath_by_breath(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr(script_module, "spoken", lambda text: (made.append(text), text)[1])
    said = script(notice(body="一\n二\n三"), words.load("zh"))
    assert [next(said), made] == ["招标公告", []]
    assert "一" in iter(said)
    assert made[-1] == "一"


@given(st.text(st.sampled_from("工程。，；a1 "), max_size=900))
def test_breaths_are_short_and_together_the_whole_text(text: str) -> None:
    breaths = list(_cut(text))
    assert all(0 < len(breath) <= LONGEST for breath in breaths)
    assert "".join(breaths).split() == text.split()


@pytest.mark.parametrize("scan", [True, False])
def test_a_code_is_named_only_where_one_is_shown(scan: bool) -> None:
    empty = notice(body="", official_url="https://example.org/a" if scan else "")
    said = "".join(script(empty, words.load("zh"), scan=scan))
    assert ("扫码" in said) is scan
