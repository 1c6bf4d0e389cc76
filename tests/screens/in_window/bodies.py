"""Bodies with headings, lists and tables: drawn whole, in every look, and found again."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from display.body import plain_text
from display.notice import Notice, NoticeKind
from kiosk.central.portal import portal_notice
from kiosk.widgets.glyphs import has_glyph
from kiosk.widgets.qr import QrCode
from tests.screens.in_window.layout import contrast, faults
from tests.screens.in_window.terminal import Terminal

DATA = Path(__file__).parents[4] / "shared" / "data"
HTML = """
<h2>一、评标结果</h2>
<p>根据<b>评标委员会</b>提交的报告，现公示如下<del>（草稿）</del>：</p>
<table><tr><th>名次</th><th>单位名称</th><th>报价（元）</th><th>项目负责人</th></tr>
<tr><td rowspan=2>第一名</td><td>某某建设集团有限公司</td><td>1799255.53</td><td>甲某</td></tr>
<tr><td colspan=3>联合体成员：某某设计院</td></tr></table>
<ol><li>第一条<ul><li>小项</li></ul></li><li>第二条</li></ol>
<p>附图：<img src=x.png>&#x20bb7;</p>
"""
LOOKS = [((1920, 1080), ""), ((1080, 1920), "large contrast"), ((1366, 768), "large")]


def with_html(html: str, **more: str) -> Notice:
    record = {
        "record_id": "with-html",
        "title": "某某道路改造工程中标候选人公示",
        "publish_date": "2026-11-20 09:00",
        "info_type": "中标结果公示",
        "business_type": "工程建设",
        "content_html": html,
        **more,
    }
    return portal_notice(record)


def said(terminal: Terminal) -> str:
    """All words of the body, seen or not."""
    rows = terminal.screen("notice").ids.rows
    return "".join(row["text"] for row in rows.data if row.get("body"))


def read(terminal: Terminal, notice_id: str) -> None:
    screen = terminal.screen("notice")
    terminal.app.open_notice(notice_id)
    terminal.until(lambda: any(row.get("body") for row in screen.ids.rows.data))
    terminal.until(lambda: not screen._continue.is_triggered)
    terminal.settle()


def letters(text: str) -> Counter[str]:
    return Counter("".join(text.split()))


def test_a_text_that_no_code_holds_has_none(open_terminal: Callable[..., Terminal]) -> None:
    open_terminal().start()
    code = QrCode(address="https://example.cn/")
    assert code.texture is not None
    # Quiet zone and all: 25 + 8 dots, all alike where that costs little.
    assert (code.texture.width, code.fitted(100), code.fitted(131)) == (33, 99, 131)
    code.height = 264
    assert code.side == 264
    code.address = "a" * 4000
    assert code.texture is None and code.side == 0


@pytest.mark.parametrize("address", ["https://example.cn/" + "a" * 4000, "https://[example.cn/"])
def test_no_official_address_ends_the_kiosk(
    open_terminal: Callable[..., Terminal], address: str
) -> None:
    terminal = open_terminal()
    notice = with_html(HTML).model_copy(update={"official_url": address})
    terminal.receive(notice)
    terminal.start()
    read(terminal, notice.id)
    assert address in "".join(said(terminal).split())
    assert terminal.says("官方网址较长") == (len(address) > 100)
    assert not faults(terminal)


@pytest.mark.parametrize(("size", "look"), LOOKS)
def test_a_body_with_everything_is_drawn(
    open_terminal: Callable[..., Terminal], size: tuple[int, int], look: str
) -> None:
    terminal = open_terminal(size=size)
    notice = with_html(HTML)
    terminal.receive(notice)
    terminal.start()
    terminal.app.theme.large = "large" in look
    terminal.app.theme.contrast = "contrast" in look
    terminal.settle()
    read(terminal, notice.id)
    spelled = notice.body.replace("\ufffc", "〔图片〕").replace("\U00020bb7", "〔缺字 U+20BB7〕")
    if has_glyph("\U00020bb7"):
        spelled = notice.body.replace("\ufffc", "〔图片〕")
    assert letters(said(terminal)) == letters(spelled)
    seen = ""
    for _ in range(12):
        seen += "".join(terminal.texts())
        terminal.screen("notice").scroll(0.5)
        terminal.settle()
    for part in ("评标委员会", "1799255.53", "联合体成员", "小项", "〔图片〕"):
        assert part in seen.replace("\n", ""), part
    assert_ink_shows(terminal)


def assert_ink_shows(terminal: Terminal) -> None:
    """The pixels where a piece stands hold its ink on the card."""
    picture = terminal.pixels()
    found = [(x, y, text) for row in terminal.widgets("StripRow") for x, y, text in row.texts()]
    rows = terminal.screen("notice").ids.rows
    low, high = rows.to_window(*rows.pos)[1], rows.to_window(rows.x, rows.top)[1]
    shown = [(x, y) for x, y, _ in found if low + 30 < y < high - 30]
    assert shown
    for x, y in shown:
        top = round(picture.height - y)
        box = picture.crop((round(x), top - 10, round(x) + 24, top + 10))
        counted = box.getcolors(box.width * box.height)
        _, ground = max(counted)
        strongest = max(contrast(one, ground) for _, one in counted)
        assert strongest > 4.5, (x, y)


def test_the_look_can_change_while_a_table_is_read(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal()
    terminal.receive(with_html(HTML))
    terminal.start()
    read(terminal, "with-html")
    assert_ink_shows(terminal)
    terminal.app.theme.contrast = True
    terminal.settle()
    assert_ink_shows(terminal)
    terminal.app.theme.large = True
    terminal.resize(1080, 1920)
    terminal.settle()
    assert_ink_shows(terminal)
    terminal.app.change_language()
    terminal.until(lambda: "[picture]" in said(terminal))


def test_a_station_of_the_timeline_opens_its_notice(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal()
    later = {"id": "award", "kind": NoticeKind.AWARD, "title": "中标结果在此"}
    tender = next(n for n in terminal.generated() if n.kind is NoticeKind.TENDER)
    before = terminal.now - timedelta(hours=1)
    terminal.receive(tender, tender.model_copy(update={**later, "published_at": before}))
    terminal.start()
    read(terminal, tender.id)
    terminal.tap("中标结果", "StageLink")
    terminal.until(lambda: terminal.says("中标结果在此"))
    terminal.settle()
    terminal.tap("招标公告", "StageLink")
    terminal.until(lambda: terminal.screen("notice").notice.id == tender.id)
    assert terminal.shown == "notice"
    terminal.tap("返回")
    assert terminal.shown == "home"


def test_the_deadline_is_told_at_once_by_the_servers_time(
    open_terminal: Callable[..., Terminal],
) -> None:
    terminal = open_terminal()
    closes = terminal.now + timedelta(minutes=3, seconds=0.4)
    first = terminal.generated()[0]
    times = {"closes_at": closes, "opens_at": None, "valid_until": None}
    terminal.receive(first.model_copy(update={"id": "closing", **times}))
    terminal.start()
    read(terminal, "closing")
    assert terminal.says("还有 3 分")
    terminal.now += timedelta(seconds=60)
    terminal.app._tick()
    terminal.until(lambda: terminal.says("还有 2 分"))
    terminal.now += timedelta(seconds=120)
    terminal.app._tick()
    terminal.until(lambda: terminal.says("不到 1 分钟"))
    # The minute does not change any more before the deadline; only the clock goes on.
    terminal.now += timedelta(seconds=1)
    terminal.until(lambda: terminal.says("已截止"))


@pytest.mark.skipif(
    not DATA.exists(), reason="the folder of real notices, ../shared/data, is missing"
)
def test_real_bodies_are_drawn_whole(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal(size=(1080, 1920))
    notices = [
        with_html(path.read_text(encoding="utf-8"), record_id=path.stem)
        for path in sorted((DATA / "html").glob("*.html"))
    ]
    records = (DATA / "notices.ndjson").read_text(encoding="utf-8").splitlines()
    texts = [portal_notice(json.loads(line)) for line in records]
    notices += [each for each in texts if len(each.body) < 60_000][::5]
    terminal.receive(*notices)
    terminal.now += timedelta(days=1)
    terminal.start()
    terminal.app.theme.large = True
    terminal.settle()
    for notice in notices:
        read(terminal, notice.id)
        body = plain_text(notice.blocks) if notice.blocks else notice.body
        lost = letters(body) - letters(said(terminal))
        assert not {c: n for c, n in lost.items() if has_glyph(c)}, notice.id
        assert all(has_glyph(c) for c in said(terminal)), notice.id
        terminal.app.home()
