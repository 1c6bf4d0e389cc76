"""Pages: everything that the notice says is on them, within the paper."""

import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from display.body import Block, Cell, Heading, ListItem, Run, Table, paragraph, plain_text
from display.notice import Notice
from kiosk import words
from kiosk.fonts import FontMissing, ui_face
from kiosk.printing.pages import FOOT_MM, MARGIN_MM, MM, PAGE_HEIGHT_MM, PAGE_WIDTH_MM, Layout
from kiosk.printing.pages import typeset as set_pages
from kiosk.printing.printout import Printout, notice_printout, printout

AT = datetime(2026, 11, 23, 1, 12, tzinfo=UTC)
LONG_CELL = Cell((paragraph("技术要求" * 900),))
BODY: tuple[Block, ...] = (
    Heading(1, "一、招标条件"),
    paragraph("本项目已批准建设，" * 30),
    ListItem(1, "1.", (Run("资质要求", bold=True), Run("已删除", struck=True))),
    Table(
        (
            (Cell((paragraph("序号"),), header=True), Cell((paragraph("要求"),), colspan=2)),
            (Cell((paragraph("1"),), rowspan=2), LONG_CELL, Cell()),
            (Cell((paragraph("乙"),)), Cell((paragraph("丙"),))),
        )
    ),
)


def notice(**more: object) -> Notice:
    return Notice.model_validate(
        {
            "id": "n1",
            "kind": "tender",
            "category": "construction",
            "title": "浑河北路道路维修工程施工招标公告",
            "tender_no": "FSGC-2026-0412",
            "buyer": "抚顺市城市建设投资有限公司",
            "published_at": AT,
            "closes_at": AT,
            "official_url": "https://ggzy.example.cn/information/deal/html/a/412.html",
            "blocks": BODY,
            **more,
        }
    )


def what(**more: object) -> Printout:
    return notice_printout(
        notice(**more), words.load("zh"), AT, centre="抚顺市公共资源交易中心", terminal="FS-02"
    )


def laid(printed: Printout, missing: str = "") -> Layout:
    return Layout(printed, lambda _: 1.0, lambda _: 1.0, lambda character: character not in missing)


def words_on(layout: Layout) -> str:
    return "".join(placed.strip.text for page in layout.pages for placed in page)


def bare(text: str) -> str:
    return "".join(text.split())


def test_every_word_is_on_the_pages_and_no_page_is_overfull() -> None:
    layout = laid(what())
    found = bare(words_on(layout))
    assert len(layout.pages) > 2
    for text in (
        "浑河北路道路维修工程施工招标公告",
        "FSGC-2026-0412",
        "2026-11-23 09:12",
        "412.html",
    ):
        assert bare(text) in found
    assert found.count("技术要求") == 900
    assert not Counter(bare(plain_text(BODY))) - Counter(found)
    for page in layout.pages:
        assert page
        for placed in page:
            assert placed.y >= MARGIN_MM
            assert placed.y + placed.strip.height * MM <= PAGE_HEIGHT_MM - FOOT_MM + 0.01
            for piece in placed.strip.pieces:
                right = placed.x + (piece.x + len(piece.text) * piece.size) * MM
                assert right <= PAGE_WIDTH_MM - MARGIN_MM + 0.2


blocks = st.lists(
    st.one_of(
        st.text(st.sampled_from("工程招标A1。 "), min_size=1, max_size=300).map(
            lambda text: paragraph(text + "。")
        ),
        st.integers(1, 6).map(lambda level: Heading(level, "标题")),
        st.lists(st.just(Cell((paragraph("格"),))), min_size=1, max_size=30).map(
            lambda cells: Table((tuple(cells),))
        ),
    ),
    max_size=25,
)


@given(blocks)
@settings(max_examples=40, deadline=None)
def test_any_body_keeps_its_words(body: list[Block]) -> None:
    layout = laid(
        printout(words.load("zh"), AT, centre="中心", terminal="T", title="题", blocks=body)
    )
    found = words_on(layout)
    assert found.count("格") >= plain_text(body).count("格")
    assert found.count("。") == plain_text(body).count("。")
    assert all(layout.pages)


def test_a_heading_never_stands_alone_at_the_foot_of_a_page() -> None:
    for lines in range(60):
        body = [
            *[paragraph("一行。")] * lines,
            Heading(2, "标题"),
            Heading(3, "小标题"),
            paragraph("正文"),
        ]
        layout = laid(
            printout(words.load("zh"), AT, centre="中心", terminal="T", title="题", blocks=body)
        )
        where = {
            text: number
            for number, page in enumerate(layout.pages)
            for placed in page
            if (text := placed.strip.text) in {"标题", "小标题", "正文"}
        }
        assert len(set(where.values())) == 1
    assert where["正文"] > 0


def test_a_character_that_the_font_lacks_is_told_by_its_number() -> None:
    found = words_on(laid(what(title="测试𠮷招标"), missing="𠮷"))
    assert words.load("zh")["notice.missing_character"].format(code="20BB7") in found


def test_an_expired_notice_says_so() -> None:
    assert words.load("zh")["notice.expired"] in words_on(laid(what(valid_until=AT)))
    assert words.load("zh")["notice.expired"] not in words_on(laid(what()))


def test_an_address_that_is_too_long_for_a_code_stands_there_as_text() -> None:
    printed = what(official_url="https://ggzy.example.cn/" + "a" * 4000)
    layout = laid(printed)
    assert layout.code == ""
    assert "a" * 4000 in bare(words_on(layout))
    assert bare(printed.scan) not in bare(words_on(layout))
    assert bare(printed.scan) in bare(words_on(laid(what())))


def test_a_printout_travels_as_json() -> None:
    assert Printout.from_json(what().to_json()) == what()


def test_the_pdf_has_its_pages_and_its_code_and_no_title_in_its_properties(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    cache = Path(tmp_path_factory.getbasetemp()) / "faces"
    try:
        regular, bold = (ui_face(weight, cache) for weight in ("Regular", "Bold"))
    except FontMissing as problem:
        pytest.skip(str(problem))
    pdf = set_pages(what(), regular, bold, at_most=30)
    assert pdf.content.startswith(b"%PDF-")
    assert len(re.findall(rb"^/Type /Page$", pdf.content, re.MULTILINE)) == pdf.pages > 2
    assert pdf.content.count(b"/Subtype /Image") == 1
    assert b"/Title" not in pdf.content
    assert len(pdf.content) < 400_000
    cut = set_pages(what(), regular, bold, at_most=pdf.pages - 1)
    assert (cut.pages, cut.content) == (pdf.pages, b"")
