import json
import re
import time
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from display.body import (
    Block,
    Cell,
    Heading,
    ListItem,
    Paragraph,
    Run,
    Table,
    cell_text,
    from_json,
    paragraph,
    plain_text,
    runs_text,
    to_json,
)
from kiosk.central import html_bounds
from kiosk.central.html_blocks import MAX_BLOCKS, blocks_of
from kiosk.central.html_bounds import MAX_BYTES, MAX_DEPTH, MAX_TAGS, RefusedHtml, bounded

DATA = Path(__file__).parents[3] / "shared" / "data"
LIMIT_S = 20.0
"""Far above what any of it takes here (under 2 s), far below what growth by squares takes."""


def read(html: bytes | str) -> tuple[Block, ...]:
    return blocks_of(html).blocks


def cell(*texts: str, **more: int) -> Cell:
    return Cell(tuple(map(paragraph, texts)), **more)


def words_only(text: str) -> str:
    return re.sub(r"[\s\u200b\ufeff]+", "", text)


class Visible(HTMLParser):
    """The text between tags, by another parser than the product's."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag, attrs):
        self._silent += tag in {"script", "style", "title"}

    def handle_endtag(self, tag):
        self._silent -= tag in {"script", "style", "title"}

    def handle_data(self, data):
        if not self._silent:
            self.parts.append(data)


def words_of_html(html: str) -> str:
    parser = Visible()
    parser.feed(html)
    parser.close()
    return words_only("".join(parser.parts))


def words_of_blocks(blocks) -> str:
    parts = []
    for block in blocks:
        if isinstance(block, Table):
            parts += [cell_text(each) for row in block.rows for each in row]
        else:
            parts.append(runs_text(block))
    return words_only("".join(parts))


def real_bodies() -> list[Path]:
    return sorted((DATA / "html").glob("*.html"))


@pytest.mark.skipif(
    not real_bodies(), reason="the folder of real notices, ../shared/data, is missing"
)
def test_no_word_of_a_real_body_is_lost_or_moved():
    for path in real_bodies():
        html = path.read_bytes()
        found = blocks_of(html)
        assert words_of_blocks(found.blocks) == words_of_html(html.decode()), path.name
        assert any(isinstance(block, Table) for block in found.blocks)
        assert set(found.dropped) <= {"attribute", "layout table"}, path.name
        assert from_json(json.loads(json.dumps(to_json(found.blocks)))) == found.blocks


def test_headings_paragraphs_and_bold():
    html = "<h2>一、<b>条件</b></h2><p>本 <b>项</b>\n<span style='font-weight:bold'>目</span></p>x"
    assert read(html) == (
        Heading(2, "一、条件"),
        Paragraph((Run("本 "), Run("项", True), Run(" "), Run("目", True))),
        paragraph("x"),
    )
    assert read("<b>甲<span style='font-weight: 400'>乙</span></b>") == (
        Paragraph((Run("甲", True), Run("乙"))),
    )
    assert read("a<br>b<div>c</div>d") == tuple(map(paragraph, "abcd"))


def test_lists_keep_markers_and_depth():
    html = "<ol start=3><li>甲<ul><li>乙</ul><li><p>丙<p>丁</ol>"
    assert read(html) == (
        ListItem(1, "3.", (Run("甲"),)),
        ListItem(2, "•", (Run("乙"),)),
        ListItem(1, "4.", (Run("丙"),)),
        ListItem(1, "", (Run("丁"),)),
    )


def test_true_tables_keep_their_spans_and_what_reaches_too_far_is_cut():
    names = "<tr><th colspan=2>A<th>B"
    html = f"<table>{names}<tr><td rowspan=9>x<td>y<td>z<tr><td>v<td colspan=0>w</table>"
    found = blocks_of(html)
    assert found.blocks == (
        Table(
            (
                (cell("A", colspan=2, header=True), cell("B", header=True)),
                (cell("x", rowspan=2), cell("y"), cell("z")),
                (cell("v"), cell("w")),
            )
        ),
    )
    assert found.dropped == {"span": 1}
    (crossing,) = read("<table><tr><td>a<td rowspan=2>b<tr><td colspan=3>c</table>")
    assert crossing.rows[1] == (cell("c"),)


def test_tables_that_only_lay_out_are_unfolded():
    inner = "<table><tr><td>a<td>b<tr><td>c<td>d</table>"
    data = Table(((cell("a"), cell("b")), (cell("c"), cell("d"))))
    assert read(f"<table><tr><td><p>甲</p>{inner}</table>") == (paragraph("甲"), data)
    assert read(f"<table><tr><td>左<td>{inner}</table>") == (paragraph("左"), data)
    assert read("<table role=presentation><tr><td>a<td>b</table>") == tuple(map(paragraph, "ab"))
    rows = "".join(f"<tr><td>{n}<td>第{n}行" for n in range(9))
    (outer,) = read(f"<table>{rows}<tr><td>9<td>{inner}</table>")
    assert isinstance(outer, Table)
    assert cell_text(outer.rows[9][1]) == "a　b\nc　d"


def test_links_are_words_with_their_address():
    assert plain_text(read('<a href="https://x.cn/a">附件</a>')) == "附件（https://x.cn/a）"
    assert plain_text(read('<a href="http://x.cn/">x.cn</a>')) == "x.cn"
    assert plain_text(read('<a href="mailto:a@b.cn">写信</a>')) == "写信（a@b.cn）"
    found = blocks_of('<a href="javascript:alert(1)">甲</a><a href="#top">乙</a><a href=/x>丙</a>')
    assert plain_text(found.blocks) == "甲乙丙"
    assert found.dropped == {"link": 2}


def test_powers_and_struck_out_words_do_not_change_their_meaning():
    assert plain_text(read("10<sup>5</sup> m<sup>2</sup>，CO<sub>2</sub>")) == "10⁵ m²，CO₂"
    assert read("<del>旧</del>新") == (Paragraph((Run("旧", struck=True), Run("新"))),)


def test_struck_out_words_of_a_heading_stay_struck_out():
    html = "<h2>开标时间：<del>5月3日</del> <b>5月10日</b></h2><h2>甲</h2>"
    assert read(html) == (
        Paragraph((Run("开标时间：", True), Run("5月3日", True, True), Run(" 5月10日", True))),
        Heading(2, "甲"),
    )
    assert read("<ul><li><h3><s>甲</s>乙</h3></ul>") == (
        ListItem(1, "•", (Run("甲", True, True), Run("乙", True))),
    )


@pytest.mark.parametrize(
    ("html", "kind"),
    [
        ("甲<script>alert('<p>x</p>')</script>", "script"),
        ("甲<style>p{}</style>", "style"),
        ("甲<!-- x -->", "comment"),
        ("甲<iframe src=//x.cn>x</iframe>", "embedded"),
        ("甲<svg><text>x</text></svg>", "embedded"),
        ("甲<object data=x>x</object>", "embedded"),
        ("甲<p hidden>x</p>", "hidden"),
        ("甲<p style='color:red; display : NONE'>x</p>", "hidden"),
        ("甲<span style='font-size:0px'>x</span>", "hidden"),
        ("甲<span style='visibility:hidden'><b>x</b></span>", "hidden"),
        ("<p onclick='x()'>甲</p>", "event handler"),
        ("<p style='background:url(//x.cn)'>甲</p>", "remote reference"),
        ("<table background=x><tr><td>甲</table>", "remote reference"),
        ("<p class=x>甲</p>", "attribute"),
        ("甲<input value=x><select><option>x</select>", "form control"),
        ("甲<meta http-equiv=refresh content=x>", "page setting"),
        ("甲<template><p>x</p></template>", "hidden"),
        ("<title>x</title>甲", "page title"),
        ("甲<img src=x width=1 height=1>", "picture"),
    ],
)
def test_what_is_left_out_is_counted(html, kind):
    found = blocks_of(html)
    assert found.dropped[kind] >= 1
    assert plain_text(found.blocks) == "甲"


def test_a_picture_leaves_its_place():
    assert plain_text(read("<p>见<img src=x.png alt=平面图></p>")) == "见\ufffc平面图"


def test_characters_that_deceive_are_taken_out():
    found = blocks_of("价\u202e001\u202c 1\u200b00\u2066万\0元\x01\ufeff\ufffc&#8238;甲&#x200b;乙")
    assert plain_text(found.blocks) == "价001 100万元甲乙"
    assert found.dropped["text direction"] == 4
    assert found.dropped["invisible character"] == 3
    assert found.dropped["control character"] == 2


def test_broken_encodings():
    text = "公共资源交易中心" * 4
    assert plain_text(read(f"<meta charset=utf-8><p>{text}</p>".encode("gbk"))) == text
    assert plain_text(read(f"<meta charset=gbk><p>{text}</p>".encode())) == text
    for encoding in ("utf-8-sig", "utf-16", "utf-16-be"):
        mark = "\ufeff" if encoding == "utf-16-be" else ""
        assert plain_text(read(f"{mark}<p>{text}".encode(encoding))) == text
    found = blocks_of(text.encode()[:-1])
    assert plain_text(found.blocks).startswith(text[:-1])
    assert found.dropped == {"broken character": 1}
    assert blocks_of("甲\ud800乙").dropped == {"broken character": 1}


def test_what_is_too_much_is_refused():
    for html in ("x" * (MAX_BYTES + 1), "中" * (MAX_BYTES // 3 + 1), b"x" * 10_000_000):
        with pytest.raises(RefusedHtml, match="larger than 4 MB"):
            read(html)
    with pytest.raises(RefusedHtml, match="tags"):
        read("<p>" * (MAX_TAGS + 1))
    with pytest.raises(RefusedHtml, match="paragraphs"):
        read("<p>x" * (MAX_BLOCKS + 1))
    (wide,) = read("<table><tr>" + "<td>x" * 500 + "<tr><td>y</table>")[:1]
    assert isinstance(wide, Paragraph)


DEEPEST = 5 * MAX_DEPTH + 50
"""A counted table brings its body, row and cell with it."""
N = 20_000
HOSTILE = {
    "nested tables": "<table><tr><td>" * 10_000 + "词",
    "nested elements": "<div>" * N + "词",
    "end tags that search": "<div>" * N + "</p>" * N + "词",
    "crossed end tags": "<x><div></x>" * N + "词",
    "end tags across tables": "<div><table><tr><td></div>" * (N // 2) + "词",
    "forms": "<form><div></form>" * N + "词",
    "reopened formatting": "".join(f"<div><font a={n}></div>" for n in range(N)) + "词",
    "different formatting": "".join(f"<font a={n}>" for n in range(N)) + "<p>x</p>" * 9_000 + "词",
    "lists": "<ul><li>" * N + "词",
    "links": "<a><div>" * N + "</a>" * N + "词",
    "attributes": "<p " + " ".join(f"a{n}" for n in range(N * 10)) + ">词</p>",
    "comments": "词" + "<!--" * 500_000,
    "less-than signs": "词" + "<" * 1_000_000,
    "ends": "词" + "</" * 1_000_000,
    "entities": "词" + "&amp" * 500_000,
    "svg": "<svg>" * N + "词",
    "spans": "<table><tr>" + "<td colspan=1000 rowspan=65534>x" * 100 + "<td>词</table>",
    "quotes": "词" + "<p a='" * N + '<p a="' * N,
    "equals": "词<p " + "=" * 1_000_000,
    "letters": "<p>" + "词" * 1_000_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_html_is_reduced_in_time(kind):
    began = time.monotonic()
    blocks = read(HOSTILE[kind])
    assert time.monotonic() - began < LIMIT_S
    assert "词" in plain_text(blocks)


PIECES = st.sampled_from(
    "<table> </table> <tr> <td> </td> <td/rowspan=3> <td/colspan=4> <th> <caption> </caption>"
    " <p> </p> <div> </div> <b> </b> <font/a=1> <font/a=2> </font> <ul> <li> </ul> <ol/start=7>"
    " </ol> <a/href=//x> </a> <svg> </svg> <select> </select> <form> </form> <x> </x> <h1> </h2>"
    " <button> </button> <pre> </pre> <sup> </sup> <template> <!--c--> <img> <br> <textarea>"
    " </textarea> <p/hidden> <object> </object> <tbody> <dd> <marquee> </marquee> 词 字".split()
)


@given(st.lists(PIECES, max_size=60))
@settings(max_examples=250, deadline=None)
def test_any_tangle_of_tags_gives_blocks_that_travel(pieces):
    found = blocks_of("".join(pieces))
    assert from_json(json.loads(json.dumps(to_json(found.blocks)))) == found.blocks
    for block in found.blocks:
        if isinstance(block, Table):
            assert any(row for row in block.rows)
        else:
            assert runs_text(block).strip()


@given(st.text(st.characters(codec=None), max_size=200), st.binary(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_text_and_any_bytes_are_read(text, data):
    for html in (text, data):
        said = plain_text(read(html))
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\0\ud800-\udfff]", said)


@given(st.lists(PIECES, min_size=1, max_size=8))
@settings(max_examples=150, deadline=None)
def test_no_repetition_gets_past_the_bound_of_depth(pieces):
    assert deepest("".join(pieces) * 800) <= DEEPEST


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_html_is_never_deep(kind):
    assert deepest(HOSTILE[kind]) <= DEEPEST


def deepest(html: str) -> int:
    """How deep the parser's tree of the bounded HTML is."""
    node, found, depth = LexborHTMLParser(bounded(html, Counter())).root, 0, 0
    while node is not None:
        found = max(found, depth)
        if node.child is not None:
            node, depth = node.child, depth + 1
            continue
        while node is not None and node.next is None:
            node, depth = node.parent, depth - 1
        node = None if node is None else node.next
    return found


@given(st.text("甲乙丙 ab1<>&;/='\"!-", max_size=80))
@settings(max_examples=200, deadline=None)
def test_text_that_is_escaped_comes_back(text):
    from html import escape

    assert words_only(plain_text(read(f"<p>{escape(text)}</p>"))) == words_only(text)


def test_the_bound_leaves_real_bodies_as_they_are():
    html = "<p a='>'>x</p><TABLE><tr><td>y</TABLE>&lt;b&gt;"
    dropped = Counter()
    assert bounded(html, dropped) == html
    assert not dropped
    assert html_bounds.MAX_FORMATTING < MAX_DEPTH
