"""Long texts: first rows at once, the last line within reach, and no stop of the window."""

import gc
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from display.notice import Notice
from kiosk.collecting import keep_for_good
from kiosk.widgets.measure import measure
from tests.screens.in_window.terminal import Terminal

VISITS_TO_WARM_UP, VISITS = 12, 12
KIB_A_VISIT = 250
SHORT_SLICE_S = 0.0005
LAST = "全文到此为止。"
PARAGRAPH = (
    "采购内容包括现场勘察、材料供应、组织实施、质量检测（GB/T 50326-2017）和竣工资料整理，"
    "以及质量保证期内的维护；具体数量和技术要求见采购文件第三章第2.4条。\n"
)


def long_notice(terminal: Terminal, kilobytes: int = 330) -> Notice:
    times = kilobytes * 1024 // len(PARAGRAPH.encode()) + 1
    body = "".join(f"{n}. {PARAGRAPH}" for n in range(times)) + LAST
    assert len(body.encode()) >= kilobytes * 1024
    first = terminal.generated()[0]
    # Without a source, a region and an address the body's last line is the last one of all.
    plain = {"source": "", "region": "", "official_url": ""}
    return first.model_copy(update={"id": "long", "title": "长文公告", "body": body, **plain})


def test_a_long_body_shows_at_once_and_scrolls_to_its_last_line(
    open_terminal: Callable[..., Terminal], record_property: Callable[..., None]
) -> None:
    terminal = open_terminal()
    notice = long_notice(terminal)
    terminal.receive(notice)
    terminal.start()
    terminal.look_up("长文")
    rows = terminal.screen("notice").ids.rows
    terminal.app.open_notice("long")
    frames: list[float] = []
    first: int | None = None
    while not ends(rows):
        began = time.perf_counter()
        terminal.frame()
        frames.append(time.perf_counter() - began)
        if first is None and terminal.says("0. 采购内容"):
            first = len(frames)
        assert len(frames) < 3000, "it never came to its end"
    record_property("first rows after, ms", round(1000 * sum(frames[:first])))
    record_property("all rows after, ms", round(1000 * sum(frames)))
    record_property("slowest frame, ms", round(1000 * max(frames)))
    assert first is not None
    assert first < len(frames), "nothing was shown before everything was laid out"
    assert not terminal.says(LAST)
    terminal.key("end")
    assert terminal.says(LAST)
    text = "".join(row["text"] for row in rows.data if row.get("body"))
    assert text.replace(" ", "") == notice.body.replace("\n", "").replace(" ", "")


def test_the_place_is_kept_while_the_rest_is_laid_out(
    open_terminal: Callable[..., Terminal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.notice.screen.SLICE_S", SHORT_SLICE_S)
    terminal = open_terminal()
    terminal.receive(long_notice(terminal))
    terminal.start()
    terminal.app.open_notice("long")
    rows = terminal.screen("notice").ids.rows
    terminal.until(lambda: any(row.get("body") for row in rows.data))
    terminal.frame()
    terminal.frame()
    rows.scroll_by(1.0)
    terminal.frame()
    top = _top_text(terminal)
    assert not ends(rows)
    terminal.until(lambda: ends(rows))
    terminal.settle()
    assert _top_text(terminal) == top
    terminal.pass_time(60)
    assert _top_text(terminal) == top


def test_a_window_that_is_resized_while_text_is_laid_out_lays_it_out_anew(
    open_terminal: Callable[..., Terminal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.notice.screen.SLICE_S", SHORT_SLICE_S)
    terminal = open_terminal()
    notice = long_notice(terminal)
    terminal.receive(notice)
    terminal.start()
    terminal.app.open_notice("long")
    rows = terminal.screen("notice").ids.rows
    terminal.until(lambda: any(row.get("body") for row in rows.data))
    for size in ((1080, 1920), (1366, 768), (1080, 1920)):
        assert not ends(rows)
        terminal.resize(*size)
    terminal.app.theme.large = True
    terminal.until(lambda: ends(rows), 30)
    text = "".join(row["text"] for row in rows.data if row.get("body"))
    assert text.replace(" ", "") == notice.body.replace("\n", "").replace(" ", "")
    for row in terminal.widgets("StripRow"):
        for piece in row.strip.pieces:
            width = measure(piece.size, bold=piece.bold).text(piece.text)
            assert piece.x + width <= rows.width - 2 * row.inset


def test_a_notice_withdrawn_while_it_is_laid_out_leaves_no_rows(
    open_terminal: Callable[..., Terminal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.notice.screen.SLICE_S", SHORT_SLICE_S)
    terminal = open_terminal()
    terminal.receive(long_notice(terminal))
    terminal.start()
    terminal.app.open_notice("long")
    screen = terminal.screen("notice")
    terminal.until(lambda: any(row.get("body") for row in screen.ids.rows.data))
    terminal.withdraw("long")
    terminal.until(lambda: screen.state == "gone")
    for _ in range(20):
        terminal.frame()
    assert list(screen.ids.rows.data) == []


def test_many_visits_do_not_fill_the_memory(
    terminal: Terminal, record_property: Callable[..., None]
) -> None:
    def visit(number: int) -> None:
        query = ("道路", "采购", "工程", "公告")[number % 4]
        terminal.app.open_lookup(query=query)
        terminal.until(lambda: terminal.rows() and not terminal.screen("lookup")._pending)
        terminal.app.open_notice(terminal.app.lookup_model.notices[number % 9].id)
        terminal.until(lambda: any(terminal.widgets("TextRow")))
        terminal.app.point_to_desk("资料录入")
        terminal.frame()
        terminal.app.end_visit()
        terminal.frame()

    terminal.until(lambda: terminal.app.complete)
    keep_for_good()
    for number in range(VISITS_TO_WARM_UP):
        visit(number)
    gc.collect()
    before = resident()
    for number in range(VISITS):
        visit(number)
    # What the collector would take later, several megabytes, is none that stays.
    gc.collect()
    grown = resident() - before
    record_property("KiB a visit", round(grown / VISITS, 1))
    assert grown / VISITS < KIB_A_VISIT


def ends(rows: Any) -> bool:
    """Tell whether the last line of the long text is laid out."""
    return bool(rows.data) and rows.data[-1].get("text", "").endswith(LAST)


def resident() -> int:
    """Resident memory of this process, KiB."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1])


def _top_text(terminal: Terminal) -> str:
    rows = terminal.screen("notice").ids.rows
    edge = rows.to_window(rows.x, rows.top)[1]
    shown = [(abs(row.to_window(row.x, row.top)[1] - edge), row.strip.text)
             for row in terminal.widgets("StripRow")]  # fmt: skip
    return min(shown)[1]
