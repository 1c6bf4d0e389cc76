"""The same ways with a keyboard and without a mouse."""

from tests.screens.in_window.terminal import Terminal


def test_typing_at_home_begins_a_lookup_with_what_was_typed(terminal: Terminal) -> None:
    terminal.type("道路排水")
    assert terminal.shown == "lookup"
    terminal.found("道路排水")
    assert terminal.screen("lookup").ids.field.text == "道路排水"
    assert terminal.titles()
    assert all("道路排水" in title for title in terminal.titles())


def test_arrows_choose_enter_opens_and_escape_goes_back(terminal: Terminal) -> None:
    terminal.key("enter")
    terminal.found("")
    notices = list(terminal.app.lookup_model.notices)
    for _ in range(12):
        terminal.key("down")
    terminal.key("up")
    assert terminal.app.lookup_model.row == 10
    chosen = next(row for row in terminal.rows() if row.chosen)
    assert chosen.notice_id == notices[10].id
    results = terminal.screen("lookup").ids.results
    _, y = chosen.to_window(*chosen.pos)
    assert results.to_window(*results.pos)[1] <= y
    assert y + chosen.height <= results.to_window(results.x, results.top)[1] + 1
    terminal.key("enter")
    terminal.until(lambda: terminal.shown == "notice" and any(terminal.widgets("TextRow")))
    assert terminal.screen("notice").notice.id == notices[10].id
    terminal.key("escape")
    assert terminal.shown == "lookup"
    assert terminal.app.lookup_model.row == 10
    terminal.key("escape")
    assert terminal.shown == "home"
    terminal.key("escape")
    assert terminal.shown == "home"


def test_enter_at_once_waits_for_the_results_of_what_was_typed(terminal: Terminal) -> None:
    terminal.look_up("")
    stale = terminal.app.lookup_model.notices[0].id
    terminal.screen("lookup").ids.field.text = "交通信号"
    terminal.frame()
    terminal.screen("lookup").open_chosen()
    terminal.until(lambda: terminal.shown == "notice" and terminal.screen("notice").notice)
    assert "交通信号" in terminal.screen("notice").notice.title
    assert terminal.screen("notice").notice.id != stale


def test_page_keys_scroll_list_and_text(terminal: Terminal) -> None:
    terminal.look_up("")
    results = terminal.screen("lookup").ids.results
    terminal.key("pagedown")
    assert results.scroll_y < 1
    terminal.key("pageup")
    assert results.scroll_y == 1
    longest = max(terminal.generated(), key=lambda notice: len(notice.body))
    terminal.app.open_notice(longest.id)
    terminal.until(lambda: any(terminal.widgets("TextRow")))
    terminal.settle()
    rows = terminal.screen("notice").ids.rows
    places = []
    for name in ("down", "pagedown", "end", "pageup", "up", "home"):
        terminal.key(name)
        places.append(rows.scroll_y)
    assert 1 > places[0] > places[1] >= places[2] == 0
    assert 0 < places[3] < places[4] <= places[5] == 1
    assert terminal.says("公告")


def test_any_key_closes_a_dialog_and_does_nothing_else(terminal: Terminal) -> None:
    terminal.tap("资料录入")
    terminal.key("enter")
    assert not list(terminal.widgets("Dialog"))
    assert terminal.shown == "home"
    terminal.tap("资料录入")
    terminal.key("x")
    terminal.type("x")
    assert not list(terminal.widgets("Dialog"))
    assert terminal.shown == "home"
