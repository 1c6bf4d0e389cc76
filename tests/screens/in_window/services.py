"""Openings, guides and rating by touch."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from display.notice import NoticeKind
from kiosk.printing.model import PrintModel
from kiosk.printing.printout import Pdf
from kiosk.store.errors import DiskTrouble
from kiosk.store.outbox import Owed
from kiosk.store.terminal import TerminalStore
from kiosk.sync.rating import RATING, Grade
from kiosk.sync.site import Guide, Step
from tests.screens.in_window.day import BUILDING, ROOMS, day, opening
from tests.screens.in_window.layout import box_of, faults
from tests.screens.in_window.terminal import Terminal

GUIDES = (
    Guide(
        key="register",
        title="投标人信息登记",
        subject="投标人、供应商",
        order=1,
        steps=(
            Step(title="填写信息", text="在交易平台注册账号，填写单位名称、统一社会信用代码、"
                 "联系人和开户行，上传以前请逐项核对，提交以后不能自行更改。"),
            Step(title="核对原件", text="带上材料到 3 号窗口，工作人员当面核对。"),
            Step(title="确认开通"),
        ),
        papers=("营业执照原件和加盖公章的复印件", "经办人身份证原件"),
        responsible="交易服务部 登记岗",
        telephone="024-53910026",
        place="1 楼服务大厅 3 号窗口",
        time_needed="材料齐全，当场办结",
    ),
    Guide(key="deposit", title="投标保证金退还", subject="投标人、供应商", order=2,
          steps=(Step(title="等待结果"),), time_needed="5 个工作日"),
    Guide(key="enter", title="项目进场登记", subject="招标人、采购人和代理机构", order=3,
          steps=(Step(title="提交登记"),)),
)  # fmt: skip


@pytest.fixture
def centre_day(open_terminal: Callable[..., Terminal]) -> Terminal:
    """A terminal at home, on a day with openings in every state."""
    terminal = open_terminal()
    terminal.receive(*day(terminal.now))
    terminal.receive_site(BUILDING, *ROOMS, *GUIDES)
    terminal.start()
    return terminal


def lines(terminal: Terminal) -> list[Any]:
    """Rows of the openings that can be seen, from the top."""
    kinds = ("OpeningLine", "OpeningCard")
    found = [row for kind in kinds for row in terminal.widgets(kind)]
    return sorted(found, key=lambda row: -row.to_window(*row.pos)[1])


def open_openings(terminal: Terminal) -> list[dict[str, Any]]:
    """From home to the openings; all rows, seen or not."""
    terminal.tap("今日开标", "Tile")
    terminal.until(lambda: lines(terminal))
    terminal.settle()
    return list(terminal.screen("openings").ids.results.data)


# Openings


def test_the_days_openings_tell_time_room_way_and_state(centre_day: Terminal) -> None:
    rows = open_openings(centre_day)
    assert [(row["time"], row["room"], row["way"], row["state_text"]) for row in rows] == [
        ("08:00", "2 楼 201", "步梯或 1 号电梯", "已结束"),
        ("09:00", "2 楼 205", "步梯或 1 号电梯", "进行中"),
        ("10:00", "3 楼 302", "2 号电梯", "48 分后"),
        ("10:30", "3 楼 303", "2 号电梯", "78 分后"),
        ("13:30", "2 楼 201", "步梯或 1 号电梯", "下午"),
        ("14:30", "3 楼 301", "2 号电梯", "改期至 14:30"),
        ("15:00", "", "", "改期至 11月25日 09:00"),
        ("15:30", "", "", "已取消"),
    ]
    assert [row["before"] for row in rows if row["before"]] == ["原 14:00"]
    assert centre_day.says("不显示投标人名称与数量")
    assert centre_day.says("评审专家请走一楼东侧专用通道")
    # What is over has scrolled away.
    first = next(row for row in lines(centre_day) if row.time == "09:00")
    results = centre_day.screen("openings").ids.results
    assert abs(box_of(first)[3] - box_of(results)[3]) <= 1
    assert centre_day.says("进行中")


def test_a_row_opens_its_newest_notice_and_back_comes_back(centre_day: Terminal) -> None:
    open_openings(centre_day)
    row = next(row for row in lines(centre_day) if row.time == "10:00")
    centre_day.tap_widget(row)
    centre_day.until(lambda: centre_day.shown == "notice" and centre_day.says("浑河北路"))
    centre_day.tap("返回")
    assert centre_day.shown == "openings"
    centre_day.until(lambda: lines(centre_day))
    centre_day.tap("返回")
    assert centre_day.shown == "home"
    assert list(centre_day.screen("openings").model.openings) == []


def test_minutes_pass_and_a_withdrawal_takes_the_row_away(centre_day: Terminal) -> None:
    open_openings(centre_day)
    model = centre_day.screen("openings").model
    centre_day.pass_time(60)
    centre_day.until(lambda: centre_day.says("47 分后"))
    centre_day.withdraw("b")
    centre_day.pass_time(2)
    centre_day.until(lambda: "b" not in {each.notice.id for each in model.openings})
    centre_day.settle()
    assert not centre_day.says("浑河北路")


def test_the_bar_on_home_passes_over_what_was_moved_or_cancelled(centre_day: Terminal) -> None:
    model = centre_day.screen("home").model
    assert (model.opening_time, model.opening_room) == ("10:00", "3 楼 302")
    for id, kind in (("b", NoticeKind.CANCELLATION), ("c", NoticeKind.AMENDMENT)):
        first = next(each for each in day(centre_day.now) if each.id == id)
        later = first.opens_at + timedelta(days=1)
        centre_day.receive(
            first.model_copy(
                update={
                    "id": f"{id}9",
                    "kind": kind,
                    "published_at": centre_day.now - timedelta(minutes=1),
                    "opens_at": None if kind is NoticeKind.CANCELLATION else later,
                }
            )
        )
    centre_day.pass_time(2)
    centre_day.until(lambda: model.opening_time == "13:30")
    centre_day.tap("全部场次")
    centre_day.until(lambda: lines(centre_day))
    assert centre_day.shown == "openings"


def test_no_openings_today_names_the_next_day_that_has_one(
    open_terminal: Callable[..., Terminal],
) -> None:
    terminal = open_terminal()
    tomorrow = terminal.now + timedelta(days=1)
    terminal.receive(
        opening("t", "明天的项目", "09:00", "3 楼 302", tomorrow, published_at=terminal.now),
        opening("u", "明天的另一个", "10:00", "3 楼 302", tomorrow, published_at=terminal.now),
    )
    terminal.start()
    terminal.tap("今日开标", "Tile")
    terminal.until(lambda: terminal.says("今天没有开标"))
    assert terminal.says("下一个开标日是11月24日（星期二），共 2 场")


def test_without_a_word_from_the_centre_it_says_so(
    open_terminal: Callable[..., Terminal],
) -> None:
    terminal = open_terminal(contact=False)
    terminal.start()
    terminal.tap("今日开标", "Tile")
    terminal.until(lambda: terminal.says("本机还没有收到开标安排"))
    terminal.tap("返回")
    terminal.tap("办事指南", "Tile")
    terminal.until(lambda: terminal.says("暂时没有办事指南"))


def test_fifty_openings_scroll_by_keys(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal(size=(1080, 1920))
    terminal.receive(
        *(
            opening(f"n{n}", f"第 {n} 个项目", f"{9 + n // 6}:{n % 6}0", "第一开标室", terminal.now)
            for n in range(50)
        )
    )
    terminal.receive_site(*ROOMS)
    terminal.start()
    assert len(open_openings(terminal)) == 50
    results = terminal.screen("openings").ids.results
    top = results.scroll_y
    terminal.key("pagedown")
    assert results.scroll_y < top
    for _ in range(12):
        terminal.key("pagedown")
    assert terminal.says("第 49 个项目")


# Guides


def test_a_guide_is_read_from_the_list(centre_day: Terminal) -> None:
    centre_day.tap("办事指南", "Tile")
    centre_day.until(lambda: any(centre_day.widgets("GuideRow")))
    assert {"投标人、供应商", "招标人、采购人和代理机构"} <= set(centre_day.texts())
    centre_day.tap("投标人信息登记", "GuideRow")
    centre_day.until(lambda: any(centre_day.widgets("StepBox")))
    centre_day.settle()
    steps = [step.number + step.title for step in centre_day.widgets("StepBox")]
    assert steps == ["1填写信息", "2核对原件", "3确认开通"]
    for part in ("首问负责", "交易服务部 登记岗\n1 楼服务大厅 3 号窗口", "024-53910026"):
        assert centre_day.says(part)
    assert centre_day.says("材料齐全，当场办结")
    centre_day.key("pagedown")
    centre_day.tap("返回")
    assert centre_day.shown == "guides"
    centre_day.tap("返回")
    assert centre_day.shown == "home"
    assert centre_day.screen("guide").model.guide is None


def test_a_guide_that_is_replaced_or_taken_down_while_it_is_read(centre_day: Terminal) -> None:
    centre_day.app.open_guide("register")
    centre_day.until(lambda: any(centre_day.widgets("StepBox")))
    centre_day.receive_site(GUIDES[0].model_copy(update={"telephone": "024-12345678"}))
    centre_day.pass_time(2)
    centre_day.until(lambda: centre_day.says("024-12345678"))
    centre_day.remove_site("guide:register")
    centre_day.pass_time(2)
    centre_day.until(lambda: centre_day.says("这份指南已撤下"))


def test_the_way_of_before_is_not_shown_on(centre_day: Terminal) -> None:
    centre_day.app.open_notice("b")
    centre_day.until(lambda: centre_day.says("浑河北路"))
    centre_day.screen("notice").ids.actions.show_route()
    centre_day.settle()
    assert any(centre_day.widgets("RouteDialog"))
    told = next(each for each in day(centre_day.now) if each.id == "b")
    centre_day.receive(told.model_copy(update={"room": "2 楼 201"}))
    centre_day.pass_time(2)
    centre_day.until(lambda: not any(centre_day.widgets("RouteDialog")))


class Desk:
    """A printer's desk that takes everything and prints nothing."""

    def __init__(self) -> None:
        self.documents: list[bytes] = []
        self.cancelled = False

    def print(self, document: bytes) -> int:
        self.documents.append(document)
        return len(self.documents)

    def cancel(self) -> None:
        self.cancelled = True

    def __getattr__(self, _name: str) -> Callable[[], None]:
        return lambda: None


def test_a_guide_is_printed_where_there_is_a_printer(centre_day: Terminal) -> None:
    centre_day.app.open_guide("register")
    centre_day.until(lambda: any(centre_day.widgets("StepBox")))
    assert not centre_day.says("打印")
    made, desk = [], Desk()

    def typeset(what: Any, done: Callable[[Pdf | None], None]) -> Any:
        made.append(what)
        done(Pdf(2, b"%PDF"))
        return desk

    centre_day.app.printing = PrintModel(
        limit=9,
        deliver=lambda run: run(),
        typeset=typeset,
        open_desk=lambda _tell, _health: desk,
        health=lambda _facts: None,
    )
    centre_day.screen("guide").printable = True
    centre_day.settle()
    assert not faults(centre_day)
    centre_day.tap("打印", "PrimaryButton")
    assert made[0].title == "投标人信息登记"
    assert centre_day.says("共 2 页")
    centre_day.tap("开始打印")
    assert desk.documents == [b"%PDF"]
    centre_day.key("escape")
    assert centre_day.shown == "guide"
    centre_day.app.back()
    assert not desk.cancelled
    centre_day.receive_site(GUIDES[1].model_copy(update={"time_needed": "7 个工作日"}))
    centre_day.pass_time(2)
    centre_day.settle()
    assert not desk.cancelled
    centre_day.receive_site(GUIDES[0].model_copy(update={"telephone": "024-12345678"}))
    centre_day.pass_time(2)
    centre_day.until(lambda: desk.cancelled)
    centre_day.app.open_guide("register")
    centre_day.until(lambda: any(centre_day.widgets("StepBox")))
    centre_day.key("p")
    assert any(centre_day.widgets("PrintDialog"))
    centre_day.app.home()
    centre_day.settle()
    assert not any(centre_day.widgets("PrintDialog"))


# Rating


def owed_ratings(terminal: Terminal) -> list[dict[str, Any]]:
    return [event.data for event in terminal.store.events_waiting(100)]


def test_a_rating_by_touch_waits_in_the_outbox_and_says_nothing_of_the_visitor(
    centre_day: Terminal,
) -> None:
    centre_day.tap("服务评价", "FootLink")
    assert centre_day.shown == "rating"
    assert not centre_day.says("提交评价")
    card = next(
        each for each in centre_day.widgets("GradeCard") if each.grade == Grade.DISSATISFIED
    )
    centre_day.tap_widget(card)
    assert [each.grade for each in centre_day.widgets("GradeCard") if each.chosen] == [
        "dissatisfied"
    ]
    centre_day.tap("设备故障", "ReasonChip")
    centre_day.tap("等候太久", "ReasonChip")
    centre_day.tap("等候太久", "ReasonChip")
    centre_day.tap("提交评价")
    centre_day.until(lambda: centre_day.says("谢谢您的评价"))
    assert centre_day.says("1 个工作日内核实")
    assert owed_ratings(centre_day) == [
        {"grade": "dissatisfied", "reasons": ["broken"], "service": "visit", "day": "2026-11-23"}
    ]
    row = centre_day.store._database.conn.execute("SELECT * FROM outbox").fetchone()
    assert "09:12" not in json.dumps(row) and "T01:12" not in json.dumps(row)
    assert json.loads(row[-1])["type"] == RATING
    centre_day.tap("回到首页")
    assert centre_day.shown == "home"
    model = centre_day.screen("rating").model
    assert (model.grade, model.reasons, model.state) == ("", [], "choosing")


def rate(terminal: Terminal, grade: str = "满意") -> None:
    terminal.tap("服务评价", "FootLink")
    terminal.tap_widget(
        next(
            each
            for each in terminal.widgets("GradeCard")
            if terminal.app.words[f"rating.{each.grade}"] == grade
        )
    )
    terminal.tap("提交评价")
    terminal.until(lambda: terminal.says("谢谢您的评价"))
    terminal.tap("回到首页")


def test_a_visit_is_rated_once(centre_day: Terminal) -> None:
    rate(centre_day)
    assert centre_day.says("已评价，谢谢")
    centre_day.tap("已评价", "FootLink")
    assert centre_day.shown == "home"
    # The next visitor begins with a service …
    centre_day.tap("办事指南", "Tile")
    centre_day.settle()
    rate(centre_day, "非常满意")
    # … or comes after a silence.
    centre_day.pass_time(95)
    assert centre_day.says("服务评价")
    rate(centre_day, "基本满意")
    assert centre_day.store.owed() == Owed(waiting=3, parked=0)


def test_who_leaves_without_sending_has_said_nothing(centre_day: Terminal) -> None:
    centre_day.tap("服务评价", "FootLink")
    centre_day.tap("非常满意", "GradeCard")
    centre_day.key("escape")
    assert centre_day.shown == "home"
    assert centre_day.store.owed() == Owed(0, 0)
    centre_day.tap("服务评价", "FootLink")
    assert not any(each.chosen for each in centre_day.widgets("GradeCard"))


def test_a_store_that_cannot_keep_it_says_so_and_trying_again_counts_once(
    centre_day: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep, tries = TerminalStore.keep_events, []

    def full(store: TerminalStore, events: Any) -> None:
        tries.append([event.id for event in events])
        if len(tries) == 1:
            raise DiskTrouble("full")
        keep(store, events)

    monkeypatch.setattr(TerminalStore, "keep_events", full)
    centre_day.tap("服务评价", "FootLink")
    centre_day.tap("基本满意", "GradeCard")
    centre_day.tap("提交评价")
    centre_day.until(lambda: centre_day.says("评价没有记下"))
    centre_day.tap("再试一次")
    centre_day.until(lambda: centre_day.says("谢谢您的评价"))
    assert len(tries) == 2 and tries[0] == tries[1]
    assert centre_day.store.owed() == Owed(waiting=1, parked=0)


# Looks


def walk(terminal: Terminal) -> Iterator[str]:
    app = terminal.app
    app.open_openings()
    terminal.until(lambda: lines(terminal))
    yield "openings"
    app.open_guides()
    terminal.until(lambda: any(terminal.widgets("GuideRow")))
    yield "guides"
    app.open_guide("register")
    terminal.until(lambda: any(terminal.widgets("StepBox")))
    yield "guide"
    terminal.screen("guide").scroll(1.0)
    yield "guide further down"
    app.open_rating()
    yield "rating"
    app.screen_named("rating").choose("very_dissatisfied")
    terminal.settle()
    app.screen_named("rating").toggle("broken")
    yield "rating, bad"
    app.screen_named("rating").choose("satisfied")
    yield "rating, good"
    app.screen_named("rating").model.choose(Grade.VERY_DISSATISFIED)
    app.screen_named("rating").send()
    terminal.until(lambda: app.rated)
    yield "thanks"
    app.screen_named("rating").model.state = "failed"
    yield "failed"
    app.home()
    yield "home, rated"
    app.rated = False


LOOKS = [
    ((1920, 1080), "zh", ("",)),
    ((1080, 1920), "zh", ("large",)),
    ((1366, 768), "zh", ("large contrast",)),
    ((1366, 768), "en", ("large",)),
]


def test_nothing_is_cut_off_covered_too_small_or_pale(
    open_terminal: Callable[..., Terminal],
) -> None:
    terminal = open_terminal(size=LOOKS[0][0])
    today = day(terminal.now)
    long = {
        "title": "抚顺市望花区2026年老旧小区配套基础设施改造工程（第二批）施工总承包及配套雨污分流"
        "管网改造、道路恢复、绿化补植项目三标段（二次）公开招标公告",
        "room": "抚顺市公共资源交易中心三楼第一开标室（远程异地评标会场）",
    }
    terminal.receive(*(each.model_copy(update=long) if each.id in "be" else each for each in today))
    terminal.receive_site(BUILDING, *ROOMS, *GUIDES)
    terminal.start()
    found = []
    for size, language, looks in LOOKS:
        terminal.resize(*size)
        if terminal.app.language != language:
            terminal.app.change_language()
        for look in looks:
            terminal.app.theme.large = "large" in look
            terminal.app.theme.contrast = "contrast" in look
            for name in walk(terminal):
                terminal.settle()
                terminal.settle()
                found += [f"{name} {size} {look}: {fault}" for fault in faults(terminal)]
    assert not found, "\n".join(found)


def test_screens_are_let_go_of_when_the_visit_ends(centre_day: Terminal) -> None:
    for _ in walk(centre_day):
        centre_day.settle()
    centre_day.app.end_visit()
    assert centre_day.screen("guide").model.guide is None
    assert list(centre_day.screen("openings").model.openings) == []
    assert centre_day.shown == "home"
