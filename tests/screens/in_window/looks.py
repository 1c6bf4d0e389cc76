"""Every screen in every look: sizes, orientations, languages, large text, high contrast."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from kivy.uix.label import Label

from display.notice import Notice
from kiosk.home.model import next_opening
from tests.screens.in_window.layout import box_of, faults
from tests.screens.in_window.terminal import Terminal

SIZES = [(1920, 1080), (1080, 1920), (1366, 768)]
SIZES_OF_TEXT = ("", "large")
EVERY_LOOK = (*SIZES_OF_TEXT, "large contrast")

LONG = {
    "title": "抚顺市望花区2026年老旧小区配套基础设施改造工程（第二批）施工总承包及配套雨污分流"
    "管网改造、道路恢复、绿化补植项目三标段（二次）公开招标公告",
    "buyer": "抚顺市望花区住房和城乡建设局老旧小区改造工作领导小组办公室",
    "room": "抚顺市公共资源交易中心三楼第二开标室（远程异地评标会场）",
}


def long_names(notices: list[Notice], at: datetime) -> list[Notice]:
    """The notices, the next opening and every third one with the longest names."""
    following = next_opening(notices, at)
    return [
        each.model_copy(update=LONG) if each is following or number % 3 == 0 else each
        for number, each in enumerate(notices)
    ]


def walk(terminal: Terminal, longest: Notice) -> Iterator[str]:
    """Show one screen after the other; what they are called."""
    app = terminal.app
    yield "home"
    app.point_to_desk(app.words["home.entry"])
    terminal.settle()
    yield "desk dialog"
    app._presence.stay()
    app.open_lookup(query="道路")
    terminal.found("道路")
    yield "lookup"
    app.open_lookup(query="没有这样的项目")
    terminal.found("没有这样的项目")
    yield "nothing found"
    terminal.elapsed += 95
    app._tick()
    terminal.settle()
    yield "countdown"
    app._presence.stay()
    app.open_lookup(openings=True)
    terminal.found("")
    yield "openings"
    app.open_notice(longest.id)
    terminal.until(lambda: any(terminal.widgets("TextRow")))
    terminal.settle()
    yield "notice"
    terminal.screen("notice").scroll(1.0)
    terminal.settle()
    yield "notice further down"
    app.open_notice("no-such-notice")
    terminal.until(lambda: terminal.screen("notice").state == "gone")
    terminal.settle()
    yield "gone"
    app.home()
    terminal.settle()


@pytest.mark.parametrize(
    ("size", "language", "looks"),
    [
        ((1920, 1080), "zh", EVERY_LOOK),
        ((1920, 1080), "en", SIZES_OF_TEXT),
        ((1080, 1920), "zh", ("", "large contrast")),
        ((1080, 1920), "en", ("large",)),
        ((1366, 768), "zh", ("",)),
        ((1366, 768), "en", ("large",)),
    ],
    ids=str,
)
def test_nothing_is_cut_off_covered_too_small_or_pale(
    open_terminal: Callable[..., Terminal],
    size: tuple[int, int],
    language: str,
    looks: tuple[str, ...],
) -> None:
    terminal = open_terminal(size=size, language=language)
    notices = long_names(terminal.generated(), terminal.now)
    terminal.receive(*notices)
    terminal.start()
    longest = next(each for each in notices if each.title == LONG["title"] and each.opens_at)
    found = []
    for look in looks:
        terminal.app.theme.large = "large" in look
        terminal.app.theme.contrast = "contrast" in look
        terminal.settle()
        for name in walk(terminal, longest):
            found += [f"{name} {look}: {fault}" for fault in faults(terminal)]
    assert not found, "\n".join(found)


def drawn(terminal: Terminal) -> list[tuple[object, ...]]:
    """Every text with its place, size and colour."""
    return sorted(
        (
            label.text,
            *map(round, box_of(label)),
            round(label.font_size, 2),
            label.bold,
            tuple(round(part, 3) for part in label.color),
        )
        for label in terminal.widgets(Label)
        if label.text
    )


def test_a_screen_does_not_remember_how_it_looked_before(
    open_terminal: Callable[..., Terminal],
) -> None:
    def shown(terminal: Terminal) -> Any:
        terminal.resize(*SIZES[0])
        pictures, lookup = {}, terminal.screen("lookup")
        for name in walk(terminal, notices[0]):
            terminal.until(lambda: not lookup._pending and not lookup._counting.open)
            terminal.settle()
            pictures[name] = drawn(terminal)
        return pictures

    terminal = open_terminal(size=SIZES[0])
    notices = terminal.generated()
    terminal.receive(*notices)
    terminal.start()
    fresh = shown(terminal)
    for size, looks in ((SIZES[1], (True, True)), (SIZES[2], (False, False))):
        terminal.resize(*size)
        terminal.app.theme.large, terminal.app.theme.contrast = looks
        terminal.app.change_language()
        for _ in walk(terminal, notices[0]):
            pass
    again = shown(terminal)
    for name, texts in fresh.items():
        assert again[name] == texts, name
