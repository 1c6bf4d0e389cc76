"""What the screens say when time passes, data change, are missing, or cannot be read."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing

import pytest

from tests.screens.in_window.terminal import Terminal

TOLD_WITHIN_S = 2.0


def test_no_data_yet(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal(contact=False)
    terminal.start()
    assert terminal.says("尚未收到中心数据")
    assert terminal.says("今天没有待开标的项目")
    terminal.look_up("")
    assert terminal.says("本机还没有收到公告")
    terminal.tap("今日开标", "OpeningsChip")
    terminal.found("")
    assert terminal.says("本机还没有收到公告")
    terminal.hear_server()
    terminal.receive(*terminal.generated())
    terminal.until(terminal.rows)
    assert not terminal.says("本机还没有收到公告")


def test_nothing_found_says_what_to_do(terminal: Terminal) -> None:
    terminal.look_up("不存在的项目")
    assert terminal.says("没有找到“不存在的项目”")
    assert terminal.says("可以少输几个字")
    assert not terminal.rows()


def test_no_openings_today(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal()
    closed = {"opens_at": None, "closes_at": None}
    terminal.receive(*(each.model_copy(update=closed) for each in terminal.generated()))
    terminal.start()
    assert terminal.says("今天没有待开标的项目")
    assert not terminal.says("即将开标")
    terminal.tap("全部场次")
    terminal.until(lambda: terminal.says("今天没有开标"))
    terminal.tap("返回")
    terminal.look_up("")
    terminal.tap("今日开标", "OpeningsChip")
    terminal.found("")
    assert terminal.says("再点一次“今日开标”")


def test_the_next_opening_gives_way_to_the_one_after_it(terminal: Terminal) -> None:
    model = terminal.screen("home").model
    first = model.opening_time
    terminal.pass_time(50 * 60)
    terminal.until(lambda: model.opening_time != first)
    assert model.opening_time > first
    assert terminal.says("10:02")


def test_the_connection_is_gone_after_three_minutes(terminal: Terminal) -> None:
    assert terminal.app.online
    assert terminal.says("数据截至 09:12")
    terminal.pass_time(200)
    assert not terminal.app.online
    assert terminal.says("与中心的连接已中断")
    terminal.hear_server()
    terminal.until(lambda: terminal.app.online)
    assert not terminal.says("与中心的连接已中断")


def test_a_silent_visitor_is_asked_and_then_forgotten(terminal: Terminal) -> None:
    terminal.tap("大字版")
    terminal.look_up("道路")
    terminal.read(terminal.rows()[0].notice_id)
    terminal.pass_time(89)
    assert not list(terminal.widgets("Dialog"))
    terminal.pass_time(2)
    assert terminal.says("还在使用吗？")
    assert "29" in terminal.texts()
    terminal.pass_time(10)
    assert "19" in terminal.texts()
    terminal.pass_time(20)
    assert terminal.shown == "home"
    assert not list(terminal.widgets("Dialog"))
    assert not terminal.app.theme.large
    assert terminal.screen("lookup").ids.field.text == ""


def test_the_countdown_can_be_stopped_as_often_as_wanted(terminal: Terminal) -> None:
    terminal.look_up("道路")
    for _ in range(3):
        terminal.pass_time(90)
        terminal.tap("继续使用")
        assert not list(terminal.widgets("Dialog"))
        assert terminal.shown == "lookup"
        assert terminal.screen("lookup").ids.field.text == "道路"
        terminal.pass_time(15)
        assert not list(terminal.widgets("Dialog"))
    terminal.pass_time(95)
    terminal.key("down")
    assert not list(terminal.widgets("Dialog"))
    terminal.pass_time(95)
    terminal.type("x")
    assert not list(terminal.widgets("Dialog"))
    assert terminal.screen("lookup").ids.field.text == "道路"
    terminal.pass_time(95)
    terminal.tap("结束并清除")
    assert terminal.shown == "home"


def test_a_message_left_open_does_not_wait_for_the_next_visitor(terminal: Terminal) -> None:
    terminal.tap("办事指南", "Tile")
    terminal.pass_time(95)
    assert terminal.says("还在使用吗？")
    terminal.pass_time(30)
    assert not list(terminal.widgets("Dialog"))


def test_home_at_rest_is_left_alone(terminal: Terminal) -> None:
    terminal.pass_time(10_000)
    assert not list(terminal.widgets("Dialog"))


def test_a_notice_withdrawn_while_it_is_read_disappears(terminal: Terminal) -> None:
    terminal.look_up("道路")
    notice_id, title = terminal.rows()[0].notice_id, terminal.titles()[0]
    terminal.read(notice_id)
    began = time.monotonic()
    terminal.withdraw(notice_id)
    terminal.until(lambda: terminal.says("这份公告已撤回"), TOLD_WITHIN_S)
    assert time.monotonic() - began < TOLD_WITHIN_S
    assert not terminal.says(title)
    assert not list(terminal.widgets("TextRow"))
    assert terminal.screen("notice").address == ""
    assert not terminal.says("手机扫码带走")
    terminal.tap("返回")
    terminal.until(lambda: title not in terminal.titles())
    assert terminal.rows()


def test_a_withdrawn_notice_leaves_the_open_list(terminal: Terminal) -> None:
    terminal.look_up("道路")
    for _ in range(3):
        terminal.key("down")
    rows = list(terminal.app.lookup_model.notices)
    terminal.withdraw(rows[0].id)
    model = terminal.app.lookup_model
    terminal.until(lambda: len(model.notices) == len(rows) - 1, TOLD_WITHIN_S)
    assert rows[0].id not in {notice.id for notice in model.notices}
    assert model.notices[int(model.row)].id == rows[2].id
    terminal.until(lambda: terminal.says(f"{len(rows) - 1} 条"))


def test_a_withdrawn_opening_leaves_home(terminal: Terminal) -> None:
    model = terminal.screen("home").model
    title = model.opening_title
    gone = [n.id for n in terminal.generated() if n.title == title]
    for notice_id in gone:
        terminal.withdraw(notice_id)
    terminal.until(lambda: not terminal.says(title), TOLD_WITHIN_S)


def test_a_damaged_store_is_said_in_plain_words_and_a_sound_one_heals_it(
    open_terminal: Callable[..., Terminal],
) -> None:
    terminal = open_terminal()
    terminal.receive(*terminal.generated())
    terminal.store._database.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    terminal.store.close()
    sound = terminal.path.read_bytes()
    terminal.path.write_bytes(b"no database at all".ljust(8192, b"."))
    terminal.start()
    assert terminal.says("本机暂时读不出数据，请到服务台咨询")
    assert terminal.says("暂时读不出本机的数据")
    assert not terminal.app.online
    terminal.tap("信息查询", "Tile")
    terminal.until(lambda: terminal.says("着急的话请到服务台查询"))
    terminal.app.open_notice("any")
    terminal.until(lambda: terminal.says("暂时读不出这份公告"))
    terminal.app.back()
    terminal.path.with_name("sound").write_bytes(sound)
    terminal.path.with_name("sound").replace(terminal.path)
    terminal.until(terminal.rows)
    assert not terminal.app.trouble
    terminal.app.back()
    terminal.settle()
    assert terminal.says("即将开标")


def test_a_locked_store_says_that_it_is_late_and_then_that_it_cannot_be_read(
    open_terminal: Callable[..., Terminal], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiosk.store.connection.BUSY_TIMEOUT_S", 0.9)
    terminal = open_terminal()
    terminal.receive(*terminal.generated())
    # Readers wait for a writer only without a write-ahead log, or while one is repaired.
    terminal.store._database.conn.execute("PRAGMA journal_mode = DELETE")
    terminal.start()
    terminal.look_up("")
    with closing(sqlite3.connect(terminal.path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        terminal.type("道")
        frames = 0
        while not terminal.says("正在查询"):
            terminal.frame()
            frames += 1
            assert not terminal.says("暂时读不出")
        assert frames > 1, "the window stood still while the store was locked"
        terminal.until(lambda: terminal.says("暂时读不出本机的数据"))
        terminal.settle()
        assert not terminal.rows()
    terminal.until(terminal.rows)
    assert terminal.app.lookup_model.query == "道"


def test_what_still_happens_while_the_window_closes_asks_nothing(terminal: Terminal) -> None:
    terminal.look_up("道路")
    terminal.app.dispatch("on_stop")
    terminal.app.lookup_model.query = "采购"
    terminal.settle()
    terminal.app.home()
    terminal.settle()
    assert terminal.shown == "home"
