"""Journeys by touch, from home and back to it."""

import gc
import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from kivy.cache import Cache
from kivy.core.clipboard import Clipboard
from kivy.uix.widget import Widget

from display.notice import Notice, NoticeKind
from kiosk import traceless
from kiosk.central.forms import read_forms
from kiosk.home.model import next_opening, today
from kiosk.lookup import results
from kiosk.lookup.results import row_of
from kiosk.private.identity import Identity
from kiosk.session import Visitor
from kiosk.store.pinyin_readings import readings
from kiosk.sync.submission import Role, Way
from kiosk.tour import tap
from kiosk.words import clock
from tests.screens.in_window.terminal import Terminal

FORMS = Path(__file__).parents[3] / "assets" / "forms"
FORMS_TO_OPEN = 3
WHO = Identity("张明远", "210402198001011238")


def test_a_visit_from_home_to_a_notice_and_back_leaves_nothing(terminal: Terminal) -> None:
    terminal.tap("信息查询", "Tile")
    assert terminal.shown == "lookup"
    assert terminal.says("信息查询")
    terminal.type("道")
    terminal.found("道")
    every = terminal.app.lookup_model.count
    terminal.type("路维修")
    terminal.found("道路维修")
    titles = terminal.titles()
    assert titles
    assert all("道路维修" in title for title in titles)
    assert len(titles) < every
    assert terminal.says(f"{len(titles)} 条")
    first = terminal.rows()[0]
    assert [text for text, _ in first.title_lines] == [titles[0]]
    assert [titles[0][slice(*span)] for _, spans in first.title_lines for span in spans] == [
        "道路维修"
    ]
    terminal.read(first.notice_id)
    assert terminal.says("公告详情")
    assert terminal.says(titles[0])
    assert terminal.says("项目编号")
    assert terminal.says("手机扫码带走")
    terminal.tap("返回")
    assert terminal.shown == "lookup"
    assert terminal.titles() == titles
    assert terminal.says("道路维修")
    terminal.tap("返回")
    assert terminal.shown == "home"
    field, model = terminal.screen("lookup").ids.field, terminal.app.lookup_model
    for _ in range(10):
        terminal.frame()
    assert (field.text, list(field._undo), list(field._redo)) == ("", [], [])
    assert (model.query, list(model.notices), model.count) == ("", [], -1)
    assert list(terminal.screen("lookup").ids.results.data) == []
    assert list(terminal.screen("notice").ids.rows.data) == []
    terminal.look_up("")
    assert terminal.screen("lookup").ids.field.text == ""
    terminal.key("z", ("ctrl",))
    assert terminal.screen("lookup").ids.field.text == ""


def remembered() -> str:
    """What caches of this process hold by texts."""
    texts = [key for name in traceless.TEXT_CACHES for key in Cache._objects.get(name, {})]
    return str([*texts, *readings().patterns, *re._cache, *getattr(re, "_cache2", ())])


def test_no_cache_remembers_what_somebody_typed_without_a_name(terminal: Terminal) -> None:
    terminal.look_up("道路维修")
    for typed in ("hunhe", "wangxiaoming"):
        terminal.type(typed)
        terminal.until(lambda typed=typed: typed in terminal.app.lookup_model.query)
        terminal.type("1")
        terminal.settle()
    terminal.type("ggzyj")
    terminal.until(lambda: terminal.app.lookup_model.query.endswith("ggzyj"))
    terminal.until(lambda: not terminal.screen("lookup")._pending)
    typed = {"道路维修", "浑河", "g g z y j", *terminal.screen("lookup").ids.field.pieces[-1:]}
    assert {each for each in typed if each in remembered()} == typed
    assert readings().patterns
    terminal.tap("返回")
    assert (terminal.shown, terminal.app.visit.identified) == ("home", False)
    terminal.until(lambda: not any(each in remembered() for each in typed))
    terminal.until(lambda: not readings().patterns)


def test_what_one_visitor_copies_the_next_cannot_paste(terminal: Terminal) -> None:
    terminal.look_up("张三")
    terminal.key("a", ("ctrl",))
    terminal.key("c", ("ctrl",))
    assert Clipboard.paste() == "张三"
    terminal.app.back()
    terminal.settle()
    terminal.look_up("")
    terminal.key("v", ("ctrl",))
    assert terminal.screen("lookup").ids.field.text == ""


def test_a_category_chip_filters_and_all_lifts_it(terminal: Terminal) -> None:
    terminal.look_up("")
    everything = terminal.app.lookup_model.count
    terminal.tap("政府采购", "CategoryChip")
    terminal.found("")
    notices = terminal.app.lookup_model.notices
    assert {notice.category for notice in notices} == {"procurement"}
    assert 0 < terminal.app.lookup_model.count < everything
    assert terminal.find("政府采购", "CategoryChip").chosen
    terminal.tap("土地使用权", "CategoryChip")
    terminal.found("")
    assert terminal.says("这些条件下暂时没有公告")
    assert not terminal.rows()
    terminal.tap("全部", "CategoryChip")
    terminal.found("")
    assert terminal.app.lookup_model.count == everything


def test_todays_openings_in_lookup_stand_behind_a_chip(terminal: Terminal) -> None:
    begins, ends = today(terminal.now)
    opening = [n for n in terminal.generated() if n.opens_at and begins <= n.opens_at < ends]
    expected = [n.id for n in sorted(opening, key=lambda n: (n.opens_at or n.published_at, n.id))]
    assert len(expected) > 2

    def listed() -> list[str]:
        terminal.found("")
        assert terminal.find("今日开标", "OpeningsChip").chosen
        return [notice.id for notice in terminal.app.lookup_model.notices]

    following = next_opening(terminal.generated(), terminal.now)
    assert following is not None and following.opens_at is not None
    assert {clock(following.opens_at), following.title, following.room} <= set(terminal.texts())
    terminal.look_up("")
    terminal.tap("今日开标", "OpeningsChip")
    assert listed() == expected
    assert terminal.rows()
    assert all("开标" in row.due for row in terminal.rows())
    terminal.tap("今日开标", "OpeningsChip")
    terminal.found("")
    assert len(terminal.titles()) > len(expected)


def test_hearing_the_server_without_news_draws_nothing_anew(terminal: Terminal) -> None:
    terminal.look_up("道路")
    # Past the whole minute, at which every screen looks again for what time has changed.
    terminal.pass_time(60)
    lookup, asked = terminal.screen("lookup"), []
    lookup.refresh = asked.append
    for _ in range(5):
        terminal.hear_server()
        terminal.pass_time(2)
    assert not asked
    terminal.receive(terminal.generated()[0].model_copy(update={"id": "news"}))
    terminal.pass_time(2)
    terminal.until(lambda: asked)


def test_services_that_are_not_offered_point_to_the_desk(terminal: Terminal) -> None:
    for service in ("资料录入", "数据上传"):
        terminal.tap(service)
        assert terminal.shown == "home"
        assert terminal.says(f"{service}：请到服务台办理")
        assert terminal.says("53910026")
        terminal.tap("知道了")
        assert not list(terminal.widgets("Dialog"))


def test_the_clear_button_empties_the_field(terminal: Terminal) -> None:
    terminal.look_up("道路")
    button = next(
        each for each in terminal.widgets("PressButton") if each.icon and not each.disabled
    )
    terminal.tap_widget(button)
    terminal.found("")
    assert terminal.screen("lookup").ids.field.text == ""
    assert terminal.screen("lookup").ids.field.focus


def test_a_row_that_moves_away_under_the_finger_opens_nothing(terminal: Terminal) -> None:
    terminal.look_up("")
    row = terminal.rows()[0]
    row.dispatch("on_press")
    row.notice_id = terminal.rows()[1].notice_id
    row.dispatch("on_release")
    terminal.settle()
    assert terminal.shown == "lookup"


def test_language_large_text_and_contrast_by_touch(terminal: Terminal) -> None:
    terminal.tap("English")
    assert {"Look up", "Openings", "Next opening"} <= set(terminal.texts())
    assert not terminal.says("信息查询")
    small = terminal.app.theme.body
    terminal.tap("Large text")
    assert terminal.app.theme.body > small
    terminal.tap("Contrast")
    assert terminal.app.theme.contrast
    terminal.tap("Look up", "Tile")
    terminal.found("")
    assert terminal.says("found")
    terminal.read(terminal.rows()[0].notice_id)
    assert {"Notice", "Project no."} <= set(terminal.texts())
    terminal.tap("Normal text")
    assert terminal.app.theme.body == small


def test_more_results_come_at_the_end_of_the_list_and_the_place_is_kept(
    open_terminal: Callable[..., Terminal],
) -> None:
    terminal = open_terminal()
    some = terminal.generated()
    many = [
        notice.model_copy(update={"id": f"{notice.id}-{copy}"})
        for copy in range(3)
        for notice in some
    ]
    terminal.receive(*many)
    terminal.start()
    terminal.look_up("")
    results = terminal.screen("lookup").ids.results
    assert len(results.data) == 50
    results.scroll_y = 0.1
    terminal.settle()
    before = terminal.rows()[2].notice_id
    terminal.until(lambda: len(results.data) >= 100)
    terminal.settle()
    assert before in {row.notice_id for row in terminal.rows()}
    for _ in range(2):
        results.scroll_y = 0.0
        terminal.settle()
    terminal.until(lambda: len(results.data) == len(many))
    assert {row["notice_id"] for row in results.data} == {notice.id for notice in many}


def test_rows_are_laid_out_once_while_nothing_of_them_changes(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid: list[str] = []

    def counted(model: Any, notice: Notice, *rest: Any) -> dict[str, object]:
        laid.append(notice.id)
        return row_of(model, notice, *rest)

    monkeypatch.setattr(results, "row_of", counted)
    some = terminal.generated()
    terminal.receive(
        *(one.model_copy(update={"id": f"{one.id}-{n}"}) for n in range(3) for one in some)
    )
    terminal.look_up("")
    screen = terminal.screen("lookup")
    laid.clear()
    screen.load_more()
    terminal.until(lambda: len(screen.ids.results.data) == 100)
    assert laid == [each.id for each in screen.model.notices][50:]
    laid.clear()
    shown = list(screen.ids.results.data)
    terminal.key("down")
    terminal.key("down")
    assert next(row for row in terminal.rows() if row.chosen).notice_id == shown[1]["notice_id"]
    assert (laid, list(screen.ids.results.data)) == ([], shown)
    changed = screen.model.notices[7]
    terminal.receive(changed.model_copy(update={"buyer": "另一个采购人"}))
    terminal.pass_time(2)
    terminal.until(lambda: any("另一个采购人" in row["under"] for row in screen.ids.results.data))
    assert laid == [changed.id]
    laid.clear()
    terminal.app.theme.large = True
    terminal.settle()
    assert len(laid) == 100


def test_what_is_not_released_stands_in_no_timeline(terminal: Terminal) -> None:
    tender = next(n for n in terminal.generated() if n.kind is NoticeKind.TENDER)
    early = {"id": "early", "kind": NoticeKind.CONTRACT}
    terminal.receive(
        tender.model_copy(update={"id": "award", "kind": NoticeKind.AWARD}),
        tender.model_copy(update={**early, "published_at": terminal.now + timedelta(hours=1)}),
    )
    terminal.app.open_notice(tender.id)
    terminal.until(lambda: any(terminal.widgets("StageBox")))
    stations = [*terminal.widgets("StageBox"), *terminal.widgets("StageLink")]
    dated = {box.name for box in stations if box.date}
    assert {"招标公告", "中标结果"} <= dated
    assert "合同公开" not in dated


def test_a_tap_right_after_a_screen_has_changed_is_felt(terminal: Terminal) -> None:
    tile = terminal.find("办事指南")
    terminal.app.open_lookup()
    terminal.settle()
    terminal.app.home()
    tap(tile)
    terminal.settle()
    assert terminal.shown == "guides"


def living_widgets() -> Counter[str]:
    """Widgets of this process by kind."""
    gc.unfreeze()
    gc.collect()
    return Counter(type(each).__name__ for each in gc.get_objects() if _is_widget(each))


def _is_widget(each: object) -> bool:
    # `isinstance` asks a proxy, whose widget may be gone.
    return issubclass(type(each), Widget)


def test_no_visit_leaves_widgets_behind(
    open_terminal: Callable[..., Terminal], tmp_path: Path
) -> None:
    sections = {"private": {"key": str(tmp_path / "private.key")}}
    terminal = open_terminal(chinese=False, sections=sections)
    terminal.receive_site(*read_forms(FORMS))
    terminal.start()
    app, entry = terminal.app, terminal.screen("entry")

    def visit() -> None:
        terminal.until(lambda: app.visit.ready)
        app.visit.identify(Visitor(WHO, Role.BIDDER, Way.CARD), app.words)
        for number in range(FORMS_TO_OPEN):
            app.open_service("entry", "")
            terminal.until(lambda: len(entry.offered) >= FORMS_TO_OPEN)
            entry.choose(entry.offered[number].form.key)
            terminal.until(lambda: terminal.screen("form").ids.content.children)
            app.home()
        app.open_service("upload", "")
        terminal.screen("upload").understood()
        terminal.until(lambda: terminal.screen("upload").model.state == "found")
        app.home()
        app.open_service("matters", "")
        terminal.until(lambda: terminal.screen("matters").model.state == "known")
        app.home()
        app.point_to_desk("数据上传")
        terminal.frame(draw=False)
        app.end_visit()
        terminal.settle()

    # The first one builds what later ones use again.
    visit()
    before = living_widgets()
    visit()
    terminal.until(lambda: living_widgets() <= before)
