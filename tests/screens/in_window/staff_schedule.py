"""Times, days, hours, brightness and speeds of a board: by taps, by keys, and to look at only."""

import threading
from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest
from kivy.base import EventLoop
from kivy.core.window import Window

from display.arrangement import Arrangement, DwellPreset, EditionDays, RestDays
from display.decisions import Approved, Proposed, new_id
from display.screen import ScreenHours
from display.working_days_table import DayKind
from kiosk.boards.arranging import arrangement_of
from kiosk.staff.schedule import screen as schedule
from kiosk.staff.schedule.day_notes import recorded
from kiosk.staff.schedule.model import Tab
from kiosk.staff.schedule.week import USUAL
from kiosk.sync.contract import site_channel
from kiosk.sync.staff import StaffAccount, StaffRole, derive_key, vouched
from kiosk.tour import Tap
from tests.screens.in_window.layout import faults
from tests.screens.in_window.staff import BOARD, NUMBER, PIN, SIGNS, shot
from tests.screens.in_window.terminal import CENTRE_KEY, Terminal

EDITOR = derive_key(NUMBER, PIN, SIGNS)
NAMES = {Tab.UPDATE: "更新", Tab.CALENDAR: "日历", Tab.HOURS: "亮屏",
         Tab.BRIGHTNESS: "亮度", Tab.SCROLL: "滚动"}  # fmt: skip


class Desk:
    """Somebody signed in, at the screen."""

    def __init__(self, terminal: Terminal, *roles: StaffRole) -> None:
        self.terminal = terminal
        made = StaffAccount(
            key="k3f9a2b1",
            name="王芳",
            roles=roles,
            valid_from=terminal.now - timedelta(days=1),
            expires_at=terminal.now + timedelta(days=1),
            card="ab" * 32,
            signs=SIGNS,
            changed_at=terminal.now,
        )
        self.account = vouched(made, CENTRE_KEY)
        terminal.receive_site(self.account)
        terminal.app.signed_in(self.account, EDITOR)
        terminal.settle()

    @property
    def screen(self) -> Any:
        return self.terminal.screen("schedule")

    @property
    def wanted(self) -> Arrangement:
        """What the draft holds."""
        found: Arrangement = self.screen._model.draft.arrangement
        return found

    def go(self) -> None:
        self.terminal.app.open_staff("schedule")
        self.reckoned()

    def reckoned(self) -> None:
        self.terminal.until(lambda: self.screen._ground is not None and not self.screen._waiting)
        self.terminal.settle()

    def show(self, tab: Tab) -> None:
        self.terminal.tap(NAMES[tab], "TabChip")
        assert self.screen.tab == tab.value

    def press(self, *keys: str) -> None:
        for key in keys:
            self.terminal.key(key)

    def reach(self, stop: Any) -> None:
        """Down, until the keys stand on it."""
        for _ in range(40):
            if self.screen._keys.at is stop:
                return
            self.terminal.key("tab")
        raise AssertionError(f"the keys never reach {stop}")


@pytest.fixture
def desk(open_terminal: Callable[..., Terminal]) -> Callable[..., Desk]:
    def open_desk(*roles: StaffRole, **told: Any) -> Desk:
        boards = told.pop("boards", [{**BOARD, "pitch_mm": 4.75}])
        terminal = open_terminal(chinese=False, sections={"boards": boards}, **told)
        terminal.receive(*terminal.generated()[:30])
        terminal.start()
        return Desk(terminal, *(roles or (StaffRole.EDITOR,)))

    return open_desk


@pytest.mark.parametrize(
    ("size", "language", "looks"),
    [
        ((1920, 1080), "zh", ("", "large contrast")),
        ((1366, 768), "en", ("", "large")),
        ((1080, 1920), "en", ("large",)),
        ((1080, 1920), "zh", ("", "large")),
    ],
    ids=str,
)
def test_schedule_in_every_look(
    desk: Callable[..., Desk], size: tuple[int, int], language: str, looks: tuple[str, ...]
) -> None:
    at = desk(size=size, language=language)
    terminal, app, found = at.terminal, at.terminal.app, []
    at.go()
    screen = at.screen

    def look_at(page: str) -> None:
        terminal.settle()
        unheeded = ("'\\ue", "is shortened")
        wrong = (f for f in faults(terminal) if not any(part in f for part in unheeded))
        found.extend(f"{page} {look}: {fault}" for fault in wrong)
        shot(terminal, f"schedule {page} {size[0]}x{size[1]} {language} {look}")

    for look in looks:
        app.theme.large, app.theme.contrast = "large" in look, "contrast" in look
        terminal.settle()
        for tab in Tab if look == looks[0] and size[0] == 1920 else ():
            screen.show_tab(tab)
            look_at(tab.value)
        screen.do("step_cut_over", 60)
        screen.do("choose_rest", RestDays.DARK)
        screen.do("make_exception", date(2026, 11, 27), DayKind.OFF, "maintenance")
        screen.do("always_lit", False)
        screen.do("step_hours", 0, "off", 600)
        screen.do("light", 6, False)
        screen.do("dim", 0, 16, 3)
        screen.do("dim", 16, 40, 12)
        screen.do("scroll_at", 5.5)
        screen.do("step_items", 500)
        screen.pane.screen.show_tab(Tab.CALENDAR)
        screen.pane.choose_day(date(2026, 11, 27))
        for tab in Tab:
            screen.show_tab(tab)
            if tab is Tab.SCROLL:
                screen.do("step_items", 500)
            at.reckoned()
            look_at(f"{tab.value}-changed")
        screen.show_tab(Tab.CALENDAR)
        screen.pane.step_month(2)
        look_at("calendar-unknown")
        screen.propose()
        look_at("propose")
        screen.step_back()
        screen.reset()
        terminal.key("enter")
        screen.pane.forget()
    assert not found, "\n".join(dict.fromkeys(found))


def test_an_editor_sets_it_all_by_taps_and_submits(desk: Callable[..., Desk]) -> None:
    at = desk(size=(1920, 1080))
    terminal, screen = at.terminal, at.screen
    terminal.tap("更新与时间", "StaffTile")
    at.reckoned()
    assert terminal.says("与现行一致") and screen.ids.propose.disabled
    hours = screen.pane.ids.clock.stops[0]
    terminal.tap_widget(hours.more)
    assert at.wanted.cut_over == time(9, 30)
    assert terminal.says("原 08:30") and terminal.says("到更新日的 09:30")
    terminal.tap("黑屏", "ChoiceChip")
    terminal.tap("每天", "ChoiceChip")
    assert at.wanted.rest_days is RestDays.DARK and at.wanted.days is EditionDays.EVERY
    terminal.tap("工作日", "ChoiceChip")
    # The month: an exception with its reason, and its end.
    at.show(Tab.CALENDAR)
    assert terminal.says("2026 年 11 月")
    terminal.tap("27\n班", "DayButton")
    assert terminal.says("2026-11-27 星期五")
    terminal.tap("不更新", "ChoiceChip")
    terminal.tap("停电", "ChoiceChip")
    (made,) = at.wanted.exceptions
    assert (made.day, made.kind, made.note) == (
        date(2026, 11, 27),
        DayKind.OFF,
        recorded("power"),
    )
    assert terminal.says("27*\n改休") and terminal.says("原 按日历")
    terminal.tap("按日历", "ChoiceChip")
    assert not at.wanted.exceptions and terminal.says("27\n班")
    terminal.tap("不更新", "ChoiceChip")
    # Hours: two days dark, the others alike.
    at.show(Tab.HOURS)
    terminal.tap("按星期设定", "ChoiceChip")
    assert at.wanted.screen_hours == (USUAL,) * 7
    terminal.tap_widget(screen.pane.ids.off_clock.stops[0].more)
    terminal.tap("其他日子也这样", "StopChip")
    terminal.tap("星期日", "WeekdayRow")
    terminal.tap("全天黑屏", "ChoiceChip")
    longer = ScreenHours(USUAL.on, time(18, 30))
    assert at.wanted.screen_hours == (longer,) * 6 + (None,)
    # Brightness: a stretch picked with a finger.
    at.show(Tab.BRIGHTNESS)
    terminal.tap("按时间设定", "ChoiceChip")
    bar = screen.pane.ids.bar
    drag(terminal, bar, 0.0, 0.24)
    assert (screen.pane.begin, screen.pane.end) == (0, 12)
    for _ in range(3):
        terminal.tap_widget(screen.pane.ids.level.less)
    assert at.wanted.brightness == ((time(0), 5), (time(6), 8))
    # Speed and dwell, and what comes of it.
    at.show(Tab.SCROLL)
    drag(terminal, screen.pane.ids.speed, 0.5, 0.999)
    assert at.wanted.characters_per_second == 6.0
    at.reckoned()
    assert terminal.says("96 点/秒") and terminal.says("不易看清") and terminal.says("一轮")
    assert terminal.says("23 米内可看清") and terminal.says("原 4 字/秒")
    terminal.tap("放慢", "ChoiceChip")
    assert at.wanted.dwell is DwellPreset.SLOW
    at.reckoned()
    before = at.wanted
    # What the other screen edits is the same draft.
    assert terminal.app.staff_draft("lobby", arrangement_of(terminal.settings.schedule)).changed
    terminal.tap("提交审批", "ProposeButton")
    assert terminal.says("08:30 → 09:30")
    terminal.tap("提交审批", "PrimaryButton")
    terminal.until(lambda: terminal.says("已提交"))
    terminal.until(lambda: screen._model.draft.is_pending)
    at.reckoned()
    assert at.wanted == before and screen.ids.propose.disabled
    (one,) = screen._ground.standing.proposals
    assert one.proposed.arrangement == before
    # The line at the top has moved it down.
    screen.ids.view.scroll_y = 0
    terminal.settle()
    terminal.tap("正常", "ChoiceChip")
    assert not terminal.says("已提交") and terminal.says("与现行相比改了")


def drag(terminal: Terminal, widget: Any, begin: float, end: float) -> None:
    """A finger from one share of the width to another."""
    x, y = widget.to_window(widget.x, widget.center_y)
    touch = Tap(x + widget.width * begin, y)
    EventLoop.post_dispatch_input("begin", touch)
    terminal.until(lambda: touch.grab_list)
    for step in range(1, 6):
        to = x + widget.width * (begin + (end - begin) * step / 5)
        touch.move((to / max(1, Window.width - 1), y / max(1, Window.height - 1)))
        EventLoop.post_dispatch_input("update", touch)
    EventLoop.post_dispatch_input("end", touch)
    terminal.settle()


def test_by_keys_alone(desk: Callable[..., Desk]) -> None:
    at = desk(size=(1366, 768))
    terminal, screen = at.terminal, at.screen
    at.go()
    # From the tab down to the hours of the clock, and on to the days.
    at.press("down", "down", "right", "down", "right", "right")
    assert at.wanted.cut_over == time(9, 40)
    at.press("down", "right")
    assert at.wanted.days is EditionDays.EVERY
    at.press("left", "down", "right")
    assert at.wanted.days is EditionDays.WORKING and at.wanted.rest_days is RestDays.DARK
    # Up to the tab again, and over to the calendar.
    at.press("down", "down", "down", "right")
    assert screen.tab == Tab.CALENDAR.value
    at.reach(screen.pane.ids.grid)
    assert screen.pane.ids.grid.chosen == date(2026, 11, 24)
    at.press("pagedown")
    assert terminal.says("2026 年 12 月")
    at.press("up", "right")
    assert screen.pane.ids.grid.chosen == date(2026, 12, 18)
    at.reach(screen.pane.ids.kinds)
    at.press("right", "right")
    (made,) = at.wanted.exceptions
    assert made.kind is DayKind.OFF and made.day == date(2026, 12, 18)
    at.reach(screen.pane.ids.reasons)
    at.press("right")
    assert at.wanted.exceptions[0].note == recorded("maintenance")
    # Speed: over its end the limit explains itself, and nothing is lost.
    screen.show_tab(Tab.SCROLL)
    at.reach(screen.pane.ids.speed)
    at.press(*["right"] * 20)
    assert at.wanted.characters_per_second == 6.0 and not terminal.says("超出范围")
    at.press("right")
    assert at.wanted.characters_per_second == 6.0
    assert terminal.says("6.1 字/秒超出范围") and terminal.says("2 字/秒")
    at.press("left")
    assert at.wanted.characters_per_second == 5.9 and not terminal.says("超出范围")
    # Back to what is in force, after a question: several changes go.
    at.reach(screen.ids.reset)
    at.press("enter")
    assert screen._submitting.asks and screen._model.draft.changed
    at.press("enter")
    assert not screen._model.draft.changed and terminal.says("与现行一致")
    at.press("escape")
    assert terminal.shown == "staff"


def test_a_draft_outlives_the_screen_and_ends_with_the_session(desk: Callable[..., Desk]) -> None:
    at = desk()
    at.go()
    at.screen.do("step_cut_over", 60)
    at.terminal.app.back()
    at.go()
    assert at.wanted.cut_over == time(9, 30) and at.terminal.says("原 08:30")
    at.terminal.app.end_visit()
    assert at.screen._model is None
    at.terminal.app.signed_in(at.account, EDITOR)
    at.go()
    assert at.wanted.cut_over == time(8, 30) and not at.terminal.says("原 ")


def test_who_may_not_propose_looks_only(desk: Callable[..., Desk]) -> None:
    at = desk(StaffRole.SUPERVISOR, size=(1920, 1080))
    terminal, screen = at.terminal, at.screen
    at.go()
    assert terminal.says("您的角色只能查看") and not terminal.says("提交审批")
    before = at.wanted
    for tab in Tab:
        screen.show_tab(tab)
        terminal.settle()
        shot(terminal, f"schedule read-only {tab.value}")
        assert not [
            each
            for kind in ("ChoiceChip", "StepButton", "StopChip", "ProposeButton", "SpeedSlider")
            for each in terminal.widgets(kind)
            if not each.disabled and not getattr(each, "icon", "")
        ]
        at.press(*["down", "right", "enter"] * 2)
    assert at.wanted == before and not screen._model.draft.changed
    terminal.app.end_visit()
    terminal.app.signed_in(at.account, EDITOR)


def test_october_shows_its_make_up_saturday_and_2027_says_that_nobody_knows(
    desk: Callable[..., Desk],
) -> None:
    at = desk(size=(1920, 1080))
    terminal, screen = at.terminal, at.screen
    at.go()
    at.show(Tab.CALENDAR)
    terminal.tap_widget(screen.pane.ids.before)
    assert terminal.says("2026 年 10 月") and terminal.says("10\n补班") and terminal.says("7\n假")
    terminal.tap("10\n补班", "DayButton")
    assert terminal.says("国庆节调休上班，更新") and terminal.says("不能再改")
    for _ in range(3):
        terminal.tap_widget(screen.pane.ids.after)
    assert terminal.says("2027 年 01 月") and terminal.says("还不知道 2027 年的放假安排")
    assert terminal.says("1\n班?")
    terminal.tap("1\n班?", "DayButton")
    terminal.tap("不更新", "ChoiceChip")
    assert terminal.says("1*\n改休")


def test_what_takes_long_is_reckoned_elsewhere_and_the_newest_wins(
    desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    at, threads, asked = desk(), set(), []
    reckon = schedule.forecast

    def watched(ground: Any, arrangement: Arrangement, day: date, **more: Any) -> Any:
        threads.add(threading.current_thread().name.split("_")[0])
        asked.append(arrangement.characters_per_second)
        return reckon(ground, arrangement, day, **more)

    monkeypatch.setattr(schedule, "forecast", watched)
    at.go()
    at.screen.show_tab(Tab.SCROLL)
    for _ in range(12):
        at.screen.do("step_speed", 1)
    assert at.screen.pane.speed_said == "正在计算…" and at.screen.ids.propose.disabled
    at.reckoned()
    assert threads == {"store"} and asked[-1] == 5.2
    assert at.screen._forecast.wanted == 5.2 * at.screen._forecast.cell


def test_two_boards_have_a_draft_each_and_the_one_looked_at_stays(
    desk: Callable[..., Desk],
) -> None:
    boards = [{**BOARD, "pitch_mm": 4.75}, {**BOARD, "name": "hall", "width": 256}]
    at = desk(boards=boards)
    terminal, screen = at.terminal, at.screen
    at.go()
    screen.do("step_cut_over", 60)
    terminal.tap("大屏 lobby", "Chip")
    at.reckoned()
    assert terminal.says("大屏 hall") and at.wanted.cut_over == time(8, 30)
    screen.show_tab(Tab.SCROLL)
    terminal.settle()
    assert terminal.says("填写点距")
    terminal.app.back()
    at.go()
    assert terminal.says("大屏 hall")
    terminal.tap("大屏 hall", "Chip")
    at.reckoned()
    assert at.wanted.cut_over == time(9, 30)


def test_what_was_edited_is_carried_over_when_something_else_was_approved(
    desk: Callable[..., Desk],
) -> None:
    at = desk(size=(1920, 1080))
    terminal, screen = at.terminal, at.screen
    at.go()
    screen.do("step_cut_over", 60)
    # Another editor's proposal is approved meanwhile.
    before = arrangement_of(terminal.settings.schedule)
    decide(terminal, before, before.changed(items=12))
    screen.refresh(terminal.now)
    terminal.until(lambda: screen.overtaken)
    terminal.settle()
    shot(terminal, "schedule overtaken")
    assert at.screen.said.startswith("在您编辑期间") and not terminal.says("提交审批")
    terminal.tap("带上我的改动", "ProposeButton")
    at.reckoned()
    assert at.wanted == before.changed(items=12, cut_over=time(9, 30))
    assert terminal.says("提交审批") and terminal.says("原 08:30")
    terminal.tap("放弃改动", "StopChip")
    assert at.wanted == before.changed(items=12)


def decide(
    terminal: Terminal, before: Arrangement, after: Arrangement, *, approved: bool = True
) -> None:
    """Two others propose and approve, as the building's feed brings it."""
    made = Proposed(
        id=new_id(terminal.now, bytes(10), ()),
        board="lobby",
        by="other1",
        by_name="李**",
        at=terminal.now,
        before=before,
        arrangement=after,
    )
    said = Approved(
        id=new_id(terminal.now, bytes(10), (made.id,)),
        board="lobby",
        by="other2",
        by_name="赵**",
        at=terminal.now,
        proposal=made.id,
        proposal_digest=made.digest,
    )
    channel = site_channel(terminal.settings.centre.site)
    for decision in (made, said) if approved else (made,):
        terminal.store.keep_decision(channel, decision, None)


def test_the_preview_shows_another_speed_at_once(desk: Callable[..., Desk]) -> None:
    at = desk()
    terminal = at.terminal
    at.go()
    at.show(Tab.SCROLL)
    pane = at.screen.pane
    terminal.until(lambda: pane.previewed and not at.screen._waiting)
    preview = pane.ids.preview
    assert preview.height > 0 and preview.seen.edition.pixels_per_second == 64.0
    pane.scroll_at(6.0)
    terminal.until(lambda: preview.seen.edition.pixels_per_second == 96.0)
    assert preview.seen.edition.pages[preview.seen.page].scrolls
    # It plays while it is seen, and only then.
    begun = preview.seen.moment
    terminal.elapsed += 2
    terminal.until(lambda: (preview.seen.moment - begun).total_seconds() >= 2)
    at.show(Tab.UPDATE)
    begun = preview.seen.moment
    terminal.elapsed += 2
    terminal.settle()
    assert preview.seen.moment == begun
    terminal.app.end_visit()
    terminal.settle()
    assert preview.seen is None and not pane.previewed


def test_a_colleague_s_proposal_is_told_at_the_top(desk: Callable[..., Desk]) -> None:
    at = desk()
    terminal, screen = at.terminal, at.screen
    at.go()
    before = arrangement_of(terminal.settings.schedule)
    decide(terminal, before, before.changed(items=12), approved=False)
    screen.refresh(terminal.now)
    terminal.until(lambda: screen.pending_text)
    terminal.settle()
    assert terminal.says("李** 2026-11-23 09:12 的提请待批准") and terminal.says("与现行一致")
    at.reach(screen.ids.pending.ids.take_up)
    at.press("enter")
    at.reckoned()
    assert at.wanted.items == 12 and screen.said.startswith("这些改动已提交")


def test_a_button_that_is_held_steps_on_until_it_is_let_go(desk: Callable[..., Desk]) -> None:
    at = desk()
    terminal = at.terminal
    at.go()
    at.show(Tab.SCROLL)
    more = at.screen.pane.ids.notices.more
    touch = Tap(*more.to_window(*more.center))
    EventLoop.post_dispatch_input("begin", touch)
    terminal.until(lambda: at.wanted.items >= 33)
    EventLoop.post_dispatch_input("end", touch)
    terminal.settle()
    items = at.wanted.items
    for _ in range(4):
        terminal.settle()
    assert at.wanted.items == items
    terminal.tap_widget(more)
    assert at.wanted.items == items + 1


def test_without_proven_time_or_a_board_it_says_so(open_terminal: Callable[..., Terminal]) -> None:
    for told, said in (
        ({"contact": False, "sections": {"boards": [BOARD]}}, "本机的时间尚未核准"),
        ({}, "本机没有设置大屏"),
    ):
        terminal = open_terminal(chinese=False, **told)
        terminal.start()
        desk = Desk(terminal, StaffRole.EDITOR)
        terminal.app.open_staff("schedule")
        terminal.settle()
        assert terminal.says(said) and not terminal.says("提交审批")
        desk.press("down", "right", "enter", "pagedown")
        assert desk.screen._model is None
        terminal.close()
