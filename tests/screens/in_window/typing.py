"""Typing Chinese with both keyboards, and what becomes of it: found, narrowed down, forgotten."""

import gc
from collections.abc import Callable
from typing import Any

import pytest
from kivy.base import EventLoop
from kivy.core.window import Window

from kiosk.input.composer import Mode
from kiosk.tour import Tap
from tests.screens.in_window.layout import TARGET, box_of, faults
from tests.screens.in_window.terminal import Terminal

GAP = 2.5 / 0.253
"""Pixels between keys, on the smallest screen: 15.6 inches, 1366 wide."""
KEY = 12.7 / 0.253


def keyboard(terminal: Terminal) -> Any:
    return terminal.screen("lookup").ids.keyboard


def press(terminal: Terminal, text: str) -> None:
    """Tap keys of the keyboard on screen, one for each character."""
    for character in text:
        terminal.tap_widget(key(terminal, character))


def key(terminal: Terminal, label: str) -> Any:
    return next(each for each in terminal.widgets("Key") if each.text == label)


def candidates(terminal: Terminal) -> list[str]:
    """The candidates that can be seen, in order."""
    cells = [each for each in terminal.widgets("Key") if isinstance(each.face, int)]
    return [each.text for each in sorted(cells, key=lambda cell: cell.face)]


def strip(terminal: Terminal, name: str) -> Any:
    return next(each for each in terminal.widgets("Key") if each.face == name)


def field(terminal: Terminal) -> Any:
    return terminal.screen("lookup").ids.field


def open_keyboard(terminal: Terminal) -> None:
    terminal.tap("信息查询", "Tile")
    terminal.found("")
    assert keyboard(terminal).raised


@pytest.mark.parametrize(
    ("size", "large"), [((1920, 1080), False), ((1080, 1920), False), ((1920, 1080), True)], ids=str
)
def test_a_notice_is_found_by_pinyin_with_the_keyboard_on_screen(
    open_terminal: Callable[..., Terminal], size: tuple[int, int], large: bool
) -> None:
    terminal = open_terminal(size=size)
    terminal.receive(*terminal.generated())
    terminal.start()
    terminal.app.theme.large = large
    open_keyboard(terminal)
    press(terminal, "hunhe")
    assert candidates(terminal)[0] == "浑河"
    terminal.found("hunhe")
    assert terminal.titles()
    assert all("浑河" in title for title in terminal.titles())
    terminal.tap("浑河", "Key")
    press(terminal, "daolu")
    assert candidates(terminal)[0] == "道路"
    assert field(terminal).text == "浑河dao lu"
    terminal.found("浑河 daolu")
    first = terminal.rows()[0]
    title = "".join(text for text, _ in first.title_lines)
    marked = [text[slice(*span)] for text, spans in first.title_lines for span in spans]
    assert marked == ["浑河", "道路"], title
    _, foot, _, _ = box_of(first)
    assert foot >= box_of(keyboard(terminal))[3] - 1, "the first result is behind the keyboard"
    terminal.tap("道路", "Key")
    terminal.found("浑河道路")
    assert field(terminal).text == "浑河道路"
    assert terminal.titles(), "words chosen one after the other need not stand together"
    terminal.tap("查询", "Key")
    assert not keyboard(terminal).raised
    terminal.read(terminal.rows()[0].notice_id)
    assert terminal.says("公告详情")


def test_the_same_with_a_keyboard_on_the_desk_only(terminal: Terminal) -> None:
    terminal.type("h")
    assert terminal.shown == "lookup", "typing at home begins a lookup"
    terminal.type("unhe")
    assert field(terminal).text == "hun he"
    assert candidates(terminal)[0] == "1 浑河", "places are numbered for digits"
    terminal.type("1daolu")
    terminal.key("pagedown")
    assert candidates(terminal)[0] != "1 道路"
    terminal.key("pageup")
    terminal.type(" ")
    terminal.found("浑河道路")
    assert field(terminal).text == "浑河道路"
    titles = terminal.titles()
    terminal.key("down")
    terminal.key("enter")
    terminal.until(lambda: terminal.shown == "notice" and terminal.screen("notice").notice)
    assert terminal.screen("notice").notice.title in titles


def test_enter_takes_letters_and_escape_gives_them_up(terminal: Terminal) -> None:
    terminal.look_up("")
    terminal.type("abc")
    terminal.key("escape")
    assert (terminal.shown, field(terminal).text) == ("lookup", "")
    terminal.type("fsgc")
    terminal.key("enter")
    assert (terminal.shown, field(terminal).text) == ("lookup", "fsgc")
    terminal.type("-2026-04")
    terminal.found("fsgc-2026-04")
    assert terminal.titles()
    terminal.type("dao")
    for _ in range(2):
        terminal.key("backspace")
    assert field(terminal).text == "fsgc-2026-04d"
    for _ in range(2):
        terminal.key("backspace")
    assert field(terminal).text == "fsgc-2026-0"


def test_both_keyboards_type_into_one_composition(terminal: Terminal) -> None:
    open_keyboard(terminal)
    press(terminal, "dao")
    terminal.type("lu")
    assert candidates(terminal)[0] == "1 道路"
    press(terminal, "q")
    assert candidates(terminal)[0].startswith("道路")
    terminal.tap_widget(next(each for each in terminal.widgets("Key") if each.face == 0))
    assert field(terminal).text.startswith("道路")


def test_strokes_find_a_character_whose_reading_one_does_not_know(terminal: Terminal) -> None:
    open_keyboard(terminal)
    terminal.tap("笔画", "Key")
    for stroke in ("丶", "丶", "一", "丶", "乙", "一"):
        terminal.tap_widget(
            next(each for each in terminal.widgets("Key")
                 if not isinstance(each.face, int) and each.text.startswith(stroke))
        )  # fmt: skip
    assert terminal.app.lookup_model.query == "", "strokes are nothing to search for"
    terminal.tap("浑", "Key")
    terminal.found("浑")
    assert terminal.titles()
    assert all("浑" in title for title in terminal.titles())
    terminal.tap("拼音", "Key")
    assert terminal.app.composer.mode is Mode.PINYIN


def test_digits_signs_and_latin_letters_are_a_tap_away(terminal: Terminal) -> None:
    open_keyboard(terminal)
    terminal.tap("中 / 英", "Key")
    terminal.tap_widget(next(k for k in terminal.widgets("Key") if k.text == "\ue5d8"))
    press(terminal, "F")
    press(terminal, "s")
    terminal.tap("123", "Key")
    press(terminal, "-2026")
    assert field(terminal).text == "Fs-2026"
    terminal.tap_widget(next(k for k in terminal.widgets("Key") if k.text == "\ue14a"))
    assert field(terminal).text == "Fs-202"
    terminal.tap("拼音 ABC", "Key")
    terminal.tap("中 / 英", "Key")
    press(terminal, "dao")
    assert candidates(terminal)


def test_a_project_number_is_typed_without_leaving_pinyin(terminal: Terminal) -> None:
    open_keyboard(terminal)
    wanted = next(n for n in terminal.generated() if n.tender_no.startswith("FSGC-2026-"))
    press(terminal, "fsgc")
    offered = candidates(terminal)
    terminal.tap("123", "Key")
    assert (field(terminal).text, candidates(terminal)) == ("f s g c", offered)
    press(terminal, wanted.tender_no.removeprefix("FSGC-"))
    typed = wanted.tender_no.lower().replace("fsgc-", "fsgc")
    assert field(terminal).text == typed
    terminal.found(typed)
    assert {notice.tender_no for notice in terminal.app.lookup_model.notices} == {wanted.tender_no}


def test_letters_stay_letters_when_the_keys_become_latin_or_strokes(terminal: Terminal) -> None:
    open_keyboard(terminal)
    press(terminal, "fsgc")
    terminal.tap("中 / 英", "Key")
    assert (field(terminal).text, terminal.app.composer.mode) == ("fsgc", Mode.LATIN)
    terminal.tap("中 / 英", "Key")
    press(terminal, "zb")
    terminal.tap("笔画", "Key")
    assert (field(terminal).text, terminal.app.composer.mode) == ("fsgczb", Mode.STROKE)


def test_a_touched_candidate_is_chosen_beside_the_digits_too(terminal: Terminal) -> None:
    open_keyboard(terminal)
    press(terminal, "daolu")
    terminal.tap("123", "Key")
    terminal.tap("道路", "Key")
    press(terminal, "2")
    assert field(terminal).text == "道路2"


def test_delete_repeats_while_it_is_held_and_stops_when_it_is_let_go(terminal: Terminal) -> None:
    open_keyboard(terminal)
    field(terminal).text = "一二三四五六七八九十"
    terminal.found("一二三四五六七八九十")
    delete = next(k for k in terminal.widgets("Key") if k.text == "\ue14a")
    delete.state = "down"
    delete.dispatch("on_press")
    assert len(field(terminal).text) == 9
    terminal.until(lambda: len(field(terminal).text) < 7)
    delete.state = "normal"
    left = len(field(terminal).text)
    terminal.until(lambda: keyboard(terminal)._repeating is None)
    assert len(field(terminal).text) == left


def test_the_grid_shows_many_candidates_and_gives_the_keys_back(terminal: Terminal) -> None:
    open_keyboard(terminal)
    press(terminal, "shi")
    few = candidates(terminal)
    terminal.tap_widget(strip(terminal, "more"))
    many = candidates(terminal)
    assert many[: len(few)] == few
    assert len(many) > 3 * len(few)
    assert not [each for each in terminal.widgets("Key") if each.text == "q"]
    assert not faults(terminal)
    terminal.tap_widget(strip(terminal, "next"))
    assert candidates(terminal)[0] == terminal.app.composer._method.candidates(len(many), 1)[0]
    chosen = candidates(terminal)[3]
    terminal.tap(chosen, "Key")
    assert field(terminal).text == chosen
    assert key(terminal, "q")


@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080), (1080, 1920)], ids=str)
def test_keys_are_large_enough_and_apart(
    open_terminal: Callable[..., Terminal], size: tuple[int, int]
) -> None:
    terminal = open_terminal(size=size)
    terminal.start()
    open_keyboard(terminal)
    unit = terminal.app.theme.unit
    for name in ("q", "123", "笔画"):
        if name == "123":
            terminal.tap("123", "Key")
        elif name == "笔画":
            terminal.tap("拼音 ABC", "Key")
            terminal.tap("笔画", "Key")
        boxes = [
            box_of(each)
            for each in terminal.widgets("Key")
            if not isinstance(each.face, str) and not each.disabled
        ]
        for number, (left, low, right, high) in enumerate(boxes):
            assert min(right - left, high - low) >= max(TARGET * unit, KEY if unit < 1 else 0)
            for x0, y0, x1, y1 in boxes[:number]:
                across, along = max(x0 - right, left - x1), max(y0 - high, low - y1)
                assert max(across, along) >= GAP * min(unit, 1) - 0.5
        assert not faults(terminal)


def test_a_pressed_key_looks_pressed(terminal: Terminal) -> None:
    open_keyboard(terminal)
    one = key(terminal, "q")
    before = tuple(one._fill.rgba)
    one.state = "down"
    assert tuple(one._fill.rgba) != before
    one.state = "normal"
    assert tuple(one._fill.rgba) == before


def test_scrolling_the_list_puts_the_keys_away_and_the_field_brings_them_back(
    terminal: Terminal,
) -> None:
    open_keyboard(terminal)
    results = terminal.screen("lookup").ids.results
    touch = Tap(*results.to_window(*results.center))
    EventLoop.post_dispatch_input("begin", touch)
    assert keyboard(terminal).raised, "a tap on a row must not move the row away"
    # At once: a finger that rests first does not scroll.
    for _ in range(3):
        touch.move((touch.sx, touch.sy + 0.05))
        EventLoop.post_dispatch_input("update", touch)
        terminal.frame(draw=False)
    EventLoop.post_dispatch_input("end", touch)
    terminal.settle()
    assert results.scroll_y < 1
    assert not keyboard(terminal).raised
    assert not list(terminal.widgets("Key"))
    terminal.tap_widget(field(terminal))
    assert keyboard(terminal).raised
    terminal.tap_widget(strip(terminal, "hide"))
    assert not keyboard(terminal).raised
    # The candidates of a keyboard on the desk are shown without keys.
    terminal.type("dao")
    assert candidates(terminal)
    assert not [each for each in terminal.widgets("Key") if each.text == "q"]


def test_todays_openings_are_for_reading_first(terminal: Terminal) -> None:
    terminal.app.open_lookup(openings=True)
    terminal.found("")
    assert not keyboard(terminal).raised


def test_menus_narrow_down_and_tell_how_many_they_would_find(terminal: Terminal) -> None:
    open_keyboard(terminal)
    terminal.tap("查询", "Key")
    model = terminal.app.lookup_model
    terminal.until(lambda: model.counts.known)
    terminal.tap("类型", "MenuChip")
    line = next(each for each in terminal.widgets("ChoiceLine") if each.text == "变更公告")
    promised = int(line.count)
    terminal.tap_widget(line)
    terminal.found("")
    assert {notice.kind for notice in model.notices} == {"amendment"}
    assert model.count == promised > 0
    assert terminal.find("变更公告", "MenuChip").chosen
    terminal.tap("时间", "MenuChip")
    terminal.key("escape")
    assert (terminal.shown, list(terminal.widgets("ChoiceLine"))) == ("lookup", [])
    terminal.tap("时间", "MenuChip")
    terminal.tap("近一月", "ChoiceLine")
    terminal.found("")
    assert model.chosen.period == "month"


def test_open_now_finds_what_one_can_still_take_part_in(terminal: Terminal) -> None:
    open_keyboard(terminal)
    terminal.tap("可参与", "OpenNowChip")
    terminal.found("")
    notices = terminal.app.lookup_model.notices
    assert notices
    assert all(notice.closes_at and notice.closes_at > terminal.now for notice in notices)


def test_nothing_found_offers_what_to_change(terminal: Terminal) -> None:
    terminal.look_up("道路")
    every = terminal.titles()
    terminal.tap("土地使用权", "CategoryChip")
    terminal.found("道路")
    assert not terminal.rows()
    terminal.tap("不限“土地使用权”", "WayOut")
    terminal.found("道路")
    assert terminal.titles() == every
    field(terminal).text = "道路飞船"
    terminal.found("道路飞船")
    terminal.tap("只查“道路”", "WayOut")
    terminal.found("道路")
    assert terminal.titles() == every


def test_without_librime_letters_and_digits_can_be_typed(
    open_terminal: Callable[..., Terminal],
) -> None:
    terminal = open_terminal(chinese=False)
    terminal.receive(*terminal.generated())
    terminal.start()
    open_keyboard(terminal)
    assert not [k for k in terminal.widgets("Key") if k.text in {"笔画", "中 / 英"}]
    assert terminal.says("只能输入字母和数字")
    terminal.app.composer.await_method(True)
    terminal.until(lambda: terminal.says("正在准备中文输入"))
    terminal.app.composer.await_method(False)
    terminal.until(lambda: terminal.says("只能输入字母和数字"))
    press(terminal, "daolu")
    assert field(terminal).text == "daolu"
    terminal.found("daolu")
    assert not faults(terminal)


@pytest.mark.parametrize("end", ["home", "idle"])
def test_the_next_visitor_finds_no_trace(terminal: Terminal, end: str) -> None:
    open_keyboard(terminal)
    press(terminal, "zhangsan")
    terminal.found("zhangsan")
    assert terminal.says("zhang san")
    session = terminal.app.composer._method._session
    if end == "home":
        terminal.app.home()
        terminal.settle()
    else:
        terminal.pass_time(95)
        terminal.pass_time(40)
    assert terminal.shown == "home"
    composer = terminal.app.composer
    assert composer._method._session != session
    assert not composer.composition
    assert (field(terminal).text, field(terminal).pieces) == ("", [])
    gc.collect()
    kept = [
        each
        for widget in Window.children
        for each in widget.walk()
        for name in ("text", "query", "hint_text")
        if any(part in str(getattr(each, name, "")) for part in ("zhang", "张三"))
    ]
    assert not kept
    for cell in keyboard(terminal).candidates.cells:
        assert cell.text == ""
    open_keyboard(terminal)
    assert field(terminal).text == ""
    assert not candidates(terminal)
    assert terminal.app.composer.mode is Mode.PINYIN
