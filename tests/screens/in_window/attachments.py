"""Opening what was published with a notice."""

import hashlib
import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fpdf import FPDF
from kivy.core.window import Window
from kivy.uix.widget import Widget

from display.notice import Attachment, Notice
from kiosk.fonts import ui_face
from kiosk.store.errors import Busy
from kiosk.store.files import FileProblem
from kiosk.store.terminal import TerminalStore
from kiosk.tour import Tap
from tests.pdf.samples import raw, sound, tangle
from tests.screens.in_window.day import BUILDING, ROOMS, opening
from tests.screens.in_window.layout import faults
from tests.screens.in_window.terminal import Terminal

OPENING_S = 120.0
"""Patience with the reader, which starts as a process of its own."""
PAGES = 15
ADDRESS = "http://ggzy.example.gov.cn/notice/b.html"
LONG_NAME = "抚顺市望花区老旧小区配套基础设施改造工程（第二批）施工总承包三标段招标文件（正式稿）"


def tender_document() -> bytes:
    """Pages of Chinese text, each with its number in a black box at the left edge."""
    faces = Path(os.environ["MINGTANG_TEST_CACHE"]) / "fonts"
    sheet = FPDF(format="A4")
    sheet.set_auto_page_break(False)
    sheet.add_font("noto", "", str(ui_face("Regular", faces)))
    for number in range(1, PAGES + 1):
        sheet.add_page()
        sheet.set_font("noto", size=18)
        sheet.cell(0, 14, f"第 {number} 章　投标人须知", new_x="LMARGIN", new_y="NEXT")
        sheet.set_font("noto", size=10.5)
        for line in range(1, 36):
            text = f"{number}.{line}　本招标项目已由主管部门批准，资金来自财政，现公开招标。"
            sheet.cell(0, 7, text, new_x="LMARGIN", new_y="NEXT")
    return bytes(sheet.output())


def attachment(name: str, content: bytes, media_type: str = "application/pdf") -> Attachment:
    return Attachment(
        name=name,
        size=max(1, len(content)),
        sha256=hashlib.sha256(content).hexdigest(),
        media_type=media_type,
    )


class Files:
    """The centre's files, as sync brings them to the terminal."""

    def __init__(self, terminal: Terminal, contents: dict[str, bytes]) -> None:
        self._terminal = terminal
        self.attachments = tuple(
            attachment(name, content, "application/zip" if name.endswith("zip") else
                       "application/pdf")
            for name, content in contents.items()
        )  # fmt: skip
        self._contents = {hashlib.sha256(c).hexdigest(): c for c in contents.values()}
        terminal.store.prepare_files()

    def wanted(self) -> list[str]:
        """Names of the files that sync would fetch now."""
        digests = {each.sha256 for each in self._terminal.store.files_wanted()}
        return [each.name for each in self.attachments if each.sha256 in digests]

    def come(self, part: float = 1.0) -> None:
        """Let what is wanted come, whole or in part."""
        store = self._terminal.store
        for each in store.files_wanted():
            content = self._contents[each.sha256]
            store.file_progress(each.sha256, int(len(content) * part))
            if part >= 1:
                store.part_path(each.sha256).write_bytes(content)
                store.file_here(each.sha256)

    def fail(self, problem: FileProblem) -> None:
        """Let what is wanted not come."""
        for each in self._terminal.store.files_wanted():
            self._terminal.store.file_failed(each.sha256, problem)


Reading = Callable[..., tuple[Terminal, Files]]


@pytest.fixture(scope="module")
def book() -> bytes:
    return tender_document()


@pytest.fixture
def read(open_terminal: Callable[..., Terminal], book: bytes) -> Reading:
    """Opens a terminal on a notice with files; `contents` names others than the usual three."""

    def read_one(contents: dict[str, bytes] | None = None, **told: Any) -> tuple[Terminal, Files]:
        terminal = open_terminal(chinese=False, **told)
        usual = {"招标文件.pdf": book, "图纸.zip": b"PK\x03\x04" + bytes(3_400_000),
                 f"{LONG_NAME}.pdf": sound(2)}  # fmt: skip
        files = Files(terminal, usual if contents is None else contents)
        terminal.receive(notice(terminal, files))
        terminal.receive_site(BUILDING, *ROOMS)
        terminal.start()
        terminal.app.open_notice("b")
        terminal.until(lambda: any(terminal.widgets("TextRow")))
        terminal.settle()
        return terminal, files

    return read_one


def notice(terminal: Terminal, files: Files, **more: object) -> Notice:
    said = {"official_url": ADDRESS, "body": "一、招标条件\n本项目已具备招标条件。"}
    told = opening("b", "浑河北路道路维修工程施工招标公告", "10:00", "3 楼 302", terminal.now)
    return told.model_copy(update={**said, "attachments": files.attachments, **more})


def pages(terminal: Terminal) -> Any:
    return terminal.screen("document").ids.pages


def until_sharp(terminal: Terminal) -> None:
    terminal.until(lambda: pages(terminal).sharp, OPENING_S)
    terminal.settle()


def open_first(terminal: Terminal, files: Files) -> None:
    """From the notice to the first page of its first file."""
    terminal.tap("附件", "AttachmentsButton")
    terminal.until(lambda: any(terminal.widgets("AttachmentRow")))
    terminal.settle()
    terminal.tap(files.attachments[0].name, "AttachmentRow")
    terminal.until(files.wanted)
    files.come()
    terminal.until(lambda: terminal.shown == "document")
    until_sharp(terminal)


def ink(terminal: Terminal) -> float:
    """Share of dark pixels where the pages are."""
    view = pages(terminal)
    shown = terminal.pixels().convert("L").crop(
        (int(view.x), int(Window.height - view.top), int(view.right), int(Window.height - view.y))
    )  # fmt: skip
    return sum(shown.histogram()[:100]) / (shown.width * shown.height)


def child(terminal: Terminal) -> int | None:
    drawing = terminal.screen("document")._drawing
    return None if drawing is None else drawing._reader.child


def drag(terminal: Terminal, widget: Widget, by: float) -> None:
    """Move a finger up by so many heights of a widget, slowly enough not to fling."""
    from kivy.base import EventLoop

    x, y = widget.to_window(*widget.center)
    touch = Tap(x, y)
    EventLoop.post_dispatch_input("begin", touch)
    for step in range(1, 11):
        touch.move((x / (Window.width - 1), (y + by * widget.height * step / 10) / Window.height))
        EventLoop.post_dispatch_input("update", touch)
        terminal.frame(draw=False)
    EventLoop.post_dispatch_input("end", touch)
    terminal.settle()


def test_a_notice_without_files_has_no_button(open_terminal: Callable[..., Terminal]) -> None:
    terminal = open_terminal(chinese=False)
    terminal.receive(*terminal.generated())
    terminal.start()
    terminal.app.open_notice(terminal.generated()[0].id)
    terminal.until(lambda: any(terminal.widgets("TextRow")))
    terminal.settle()
    assert not terminal.says("附件") and not terminal.says("开标室路线")
    terminal.key("a")
    terminal.key("w")
    assert terminal.shown == "notice"
    assert not list(terminal.widgets("RouteDialog"))


def test_by_taps_from_the_notice_to_the_last_page_larger_and_back(read: Reading) -> None:
    terminal, files = read()
    terminal.tap("附件 3 个")
    terminal.until(lambda: terminal.says("招标文件.pdf"))
    assert terminal.says("3.2 MB") and terminal.says("本机不能打开这类文件")
    terminal.tap("图纸.zip", "AttachmentRow")
    assert not files.wanted()
    terminal.tap("招标文件.pdf", "AttachmentRow")
    terminal.until(files.wanted)
    assert files.wanted() == ["招标文件.pdf"]
    terminal.until(lambda: terminal.says("正在向中心获取文件"))
    files.come(0.5)
    terminal.until(lambda: terminal.says("正在接收"))
    files.come()
    terminal.until(lambda: terminal.shown == "document")
    until_sharp(terminal)
    assert terminal.says("第 1 页，共 15 页") and terminal.says("适合宽度")
    assert 0.005 < ink(terminal) < 0.3
    for _ in range(PAGES - 1):
        terminal.tap("下一页")
    assert terminal.says("第 15 页，共 15 页")
    until_sharp(terminal)
    assert ink(terminal) > 0.005
    terminal.tap("放大")
    terminal.tap("放大")
    assert terminal.says("200%") and terminal.says("第 15 页")
    until_sharp(terminal)
    assert pages(terminal).pixels_kept <= 16_000_000
    terminal.tap("缩小")
    assert terminal.says("150%")
    terminal.tap("返回")
    assert terminal.shown == "attachments"
    terminal.tap("返回")
    assert terminal.shown == "notice"
    assert terminal.says("浑河北路")


def test_a_finger_scrolls_and_pans(read: Reading) -> None:
    terminal, files = read()
    open_first(terminal, files)
    view = pages(terminal)
    before = ink(terminal)
    drag(terminal, view, 0.4)
    assert 0.39 < view.position[0] / view.height < 0.8
    until_sharp(terminal)
    assert ink(terminal) != before
    terminal.tap("放大")
    until_sharp(terminal)
    terminal.key("right")
    assert view.position[1] > 0
    drag(terminal, view, -20)
    assert view.position[0] == 0
    drag(terminal, view, 0.2)
    assert view.position[0] > 0


def test_everything_by_keyboard(read: Reading) -> None:
    terminal, files = read()
    terminal.key("a")
    terminal.until(lambda: any(terminal.widgets("AttachmentRow")))
    terminal.key("down")
    terminal.key("enter")
    terminal.until(files.wanted)
    files.come()
    terminal.until(lambda: terminal.shown == "document")
    until_sharp(terminal)
    view = pages(terminal)
    terminal.key("pagedown")
    assert view.position[0] == pytest.approx(0.9 * view.height, abs=2)
    terminal.key("pageup")
    terminal.key("down")
    assert view.position[0] == pytest.approx(0.15 * view.height, abs=2)
    terminal.key("right")
    assert view.page == 2
    terminal.key("end")
    assert terminal.says("第 15 页，共 15 页")
    terminal.key("+")
    assert terminal.says("150%")
    left = view.position[1]
    terminal.key("right")
    assert view.position[1] > left
    terminal.key("-")
    terminal.key("home")
    assert view.page == 1
    terminal.key("escape")
    assert terminal.shown == "attachments"
    terminal.key("escape")
    assert terminal.shown == "notice"


@pytest.mark.parametrize(
    ("size", "language", "looks"),
    [
        ((1920, 1080), "zh", ("", "large contrast")),
        ((1080, 1920), "zh", ("", "large contrast")),
        ((1366, 768), "en", ("large",)),
        ((1080, 1920), "en", ("large",)),
    ],
    ids=str,
)
def test_every_screen_in_every_look(
    read: Reading, size: tuple[int, int], language: str, looks: tuple[str, ...]
) -> None:
    terminal, files = read(size=size, language=language)
    app, found = terminal.app, []
    model = terminal.screen("attachments").model
    for look in looks:
        app.theme.large, app.theme.contrast = "large" in look, "contrast" in look
        terminal.settle()
        found += [f"notice {look}: {fault}" for fault in faults(terminal)]
        found += [f"four buttons {look}: {fault}" for fault in with_every_button(terminal)]
        shot(terminal, f"notice {size} {language} {look}")
        terminal.key("w")
        found += [f"route {look}: {fault}" for fault in faults(terminal)]
        shot(terminal, f"route {size} {language} {look}")
        terminal.key("escape")
        terminal.key("a")
        terminal.until(lambda: any(terminal.widgets("AttachmentRow")))
        terminal.settle()
        found += [f"list {look}: {fault}" for fault in faults(terminal)]
        terminal.key("down")
        terminal.key("enter")
        terminal.until(files.wanted)
        files.come(0.4)
        terminal.until(lambda: any(line.part for _, line in model.lines(app.words)))
        terminal.settle()
        found += [f"coming {look}: {fault}" for fault in faults(terminal)]
        shot(terminal, f"list {size} {language} {look}")
        files.fail(FileProblem.SPOILED)
        terminal.until(lambda: not model.moving)
        terminal.settle()
        found += [f"failed {look}: {fault}" for fault in faults(terminal)]
        terminal.key("enter")
        terminal.until(files.wanted)
        files.come()
        terminal.until(lambda: terminal.shown == "document")
        until_sharp(terminal)
        terminal.key("end")
        until_sharp(terminal)
        found += [f"document {look}: {fault}" for fault in faults(terminal)]
        terminal.key("home")
        until_sharp(terminal)
        shot(terminal, f"document {size} {language} {look}")
        terminal.key("+")
        until_sharp(terminal)
        shot(terminal, f"larger {size} {language} {look}")
        app.back()
        app.back()
        terminal.settle()
        terminal.until(lambda: any(terminal.widgets("TextRow")))
        terminal.store.drop_oldest_file()
    assert not found, "\n".join(found)


def with_every_button(terminal: Terminal) -> list[str]:
    """What is wrong beside a notice that can also be printed and read aloud."""
    actions = terminal.screen("notice").ids.actions
    actions.printable = actions.speakable = True
    terminal.settle()
    assert actions.count == 4
    return faults(terminal)


def shot(terminal: Terminal, name: str) -> None:
    """Keep a picture for whoever wants to look: set MINGTANG_SHOTS to a folder."""
    folder = os.environ.get("MINGTANG_SHOTS")
    if folder:
        terminal.picture(Path(folder) / f"{name.strip().replace(' ', '-')}.png")


def test_the_end_of_the_visit_leaves_nothing(read: Reading) -> None:
    terminal, files = read()
    open_first(terminal, files)
    pid = child(terminal)
    assert pid is not None
    terminal.app.end_visit()
    terminal.settle()
    document, attachments = terminal.screen("document"), terminal.screen("attachments")
    assert terminal.shown == "home"
    assert not Path(f"/proc/{pid}").exists()
    assert (document._drawing, document._attachment, document.name_text) == (None, None, "")
    assert pages(terminal).pixels_kept == 0 and pages(terminal).count == 0
    assert list(attachments.model.attachments) == [] and attachments.model.told == {}
    assert attachments.ids.results.data == []
    seen = [each.name for each in files.attachments]
    assert not any(name in text for text in terminal.texts() for name in seen)


def test_leaving_stops_the_fetching(read: Reading) -> None:
    terminal, files = read()
    terminal.key("a")
    terminal.until(lambda: any(terminal.widgets("AttachmentRow")))
    for name in (files.attachments[0].name, "老旧小区"):
        terminal.tap(name, "AttachmentRow")
    terminal.until(lambda: len(files.wanted()) == 2)
    terminal.app.end_visit()
    terminal.until(lambda: not files.wanted())
    terminal.until(lambda: not terminal.screen("attachments")._stopping)


@pytest.fixture
def fetching_at_a_busy_store(
    read: Reading, monkeypatch: pytest.MonkeyPatch
) -> Callable[[int, float], tuple[Terminal, Files, list[str]]]:
    """A file is being fetched; the store is busy so many times when it is told to stop, and is
    told again after so many seconds. Also lists what it was told to stop."""

    def fetch(times: int, again_s: float) -> tuple[Terminal, Files, list[str]]:
        monkeypatch.setattr("kiosk.attachments.screen.STOP_AGAIN_S", again_s)
        terminal, files = read()
        terminal.key("a")
        terminal.until(lambda: any(terminal.widgets("AttachmentRow")))
        terminal.tap("招标文件.pdf", "AttachmentRow")
        terminal.until(lambda: len(files.wanted()) == 1)
        forget, tries = TerminalStore.forget_wanted, []

        def busy(store: TerminalStore, sha256: str) -> None:
            tries.append(sha256)
            if len(tries) <= times:
                raise Busy("locked")
            forget(store, sha256)

        monkeypatch.setattr(TerminalStore, "forget_wanted", busy)
        return terminal, files, tries

    return fetch


def test_a_store_that_is_busy_as_the_visit_ends_is_told_again_to_stop(
    fetching_at_a_busy_store: Callable[[int, float], tuple[Terminal, Files, list[str]]],
) -> None:
    terminal, files, tries = fetching_at_a_busy_store(2, 0.05)
    terminal.app.end_visit()
    terminal.until(lambda: not files.wanted())
    assert len(tries) == 3
    terminal.until(lambda: not terminal.screen("attachments")._stopping)


def test_a_file_that_is_wanted_again_is_not_stopped_by_an_older_word(
    fetching_at_a_busy_store: Callable[[int, float], tuple[Terminal, Files, list[str]]],
) -> None:
    terminal, files, tries = fetching_at_a_busy_store(1, 0.3)
    screen = terminal.screen("attachments")
    screen.give_up(files.attachments[0].sha256)
    terminal.until(lambda: tries)
    screen.act(files.attachments[0].sha256)
    terminal.until(lambda: not screen._stop_again.is_triggered)
    terminal.settle()
    assert len(files.wanted()) == 1


def test_what_a_run_that_died_wanted_is_not_fetched_on(
    open_terminal: Callable[..., Terminal], book: bytes
) -> None:
    terminal = open_terminal(chinese=False)
    files = Files(terminal, {"甲.pdf": book, "乙.pdf": sound(2)})
    terminal.receive(notice(terminal, files))
    for each in files.attachments:
        terminal.store.want_file(each, "b")
    terminal.store.file_progress(files.attachments[0].sha256, 10)
    assert len(files.wanted()) == 2
    terminal.start(ahead=True)
    terminal.until(lambda: not files.wanted())


def test_what_does_not_come_is_said_and_can_be_cancelled_or_tried_again(read: Reading) -> None:
    terminal, files = read()
    terminal.key("a")
    terminal.until(lambda: any(terminal.widgets("AttachmentRow")))
    terminal.tap("招标文件.pdf", "AttachmentRow")
    terminal.until(lambda: terminal.says("正在向中心获取文件"))
    terminal.tap("取消", "AttachmentButton")
    terminal.until(lambda: not files.wanted())
    assert not terminal.says("正在向中心获取文件")
    for problem, said in (
        (FileProblem.OFFLINE, "离线，联网后再试"),
        (FileProblem.SPOILED, "与公布的不一致"),
    ):
        terminal.tap("招标文件.pdf", "AttachmentRow")
        terminal.until(files.wanted)
        files.fail(problem)
        terminal.until(lambda said=said: terminal.says(said))
        assert terminal.find("再试一次", "AttachmentButton")
    terminal.tap("再试一次", "AttachmentButton")
    terminal.until(files.wanted)
    files.come()
    terminal.until(lambda: terminal.shown == "document")


def test_an_opened_notice_that_is_withdrawn_disappears(read: Reading) -> None:
    terminal, files = read()
    open_first(terminal, files)
    pid = child(terminal)
    began = time.monotonic()
    terminal.withdraw("b")
    terminal.until(lambda: terminal.says("这份公告已撤回"))
    assert time.monotonic() - began < 3
    assert not Path(f"/proc/{pid}").exists()
    assert pages(terminal).pixels_kept == 0 and not terminal.says("招标文件")
    terminal.tap("返回")
    terminal.until(lambda: terminal.says("这份公告已撤回"))
    assert not list(terminal.widgets("AttachmentRow"))


def test_a_silent_reader_is_asked_and_then_forgotten(read: Reading) -> None:
    terminal, files = read()
    open_first(terminal, files)
    pid = child(terminal)
    terminal.pass_time(91)
    assert terminal.says("还在使用吗？")
    terminal.tap("继续使用")
    assert terminal.shown == "document"
    terminal.pass_time(125)
    assert terminal.shown == "home"
    assert not Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (sound(password="secret"), "有密码"),
        (b"%PDF-1.7 nothing more", "已损坏"),
        (raw(kids=20_001), "页数太多"),
    ],
    ids=["encrypted", "damaged", "too long"],
)
def test_files_that_cannot_be_shown_say_why(read: Reading, content: bytes, said: str) -> None:
    terminal, files = read({"坏文件.pdf": content})
    terminal.key("a")
    terminal.until(lambda: any(terminal.widgets("AttachmentRow")))
    terminal.key("enter")
    terminal.until(files.wanted)
    files.come()
    terminal.until(lambda: terminal.says(said), OPENING_S)
    assert terminal.says("或到服务台咨询")
    assert child(terminal) is None
    terminal.settle()
    assert not faults(terminal)
    terminal.tap("返回")
    assert terminal.shown == "attachments"


def test_a_page_that_kills_the_reader_is_left_out_and_the_others_are_shown(
    read: Reading,
) -> None:
    terminal, files = read()
    open_first(terminal, files)
    drawing = terminal.screen("document")._drawing
    drawing._reader._process.kill()
    terminal.key("end")
    terminal.until(lambda: terminal.says("第 15 页有问题，无法显示"), OPENING_S)
    terminal.key("left")
    until_sharp(terminal)
    assert ink(terminal) > 0.005


def test_a_file_damaged_on_the_disk_is_not_opened(read: Reading) -> None:
    terminal, files = read()
    open_first(terminal, files)
    terminal.key("escape")
    path = terminal.store.file_path(files.attachments[0].sha256)
    path.write_bytes(b"x" + path.read_bytes()[1:])
    terminal.key("enter")
    terminal.until(lambda: terminal.says("本机保存的文件有误"))
    assert not path.exists()
    terminal.key("escape")
    terminal.key("enter")
    terminal.until(files.wanted)
    files.come()
    terminal.until(lambda: terminal.shown == "document" and pages(terminal).sharp, OPENING_S)


MOVING_FRAMES = 10
"""A window that waited for the page would draw one or two."""


def test_the_window_never_stands_still_while_a_slow_page_is_drawn(read: Reading) -> None:
    terminal, files = read({"图纸.pdf": tangle(30_000)}, size=(1920, 1080))
    terminal.key("a")
    terminal.until(lambda: any(terminal.widgets("AttachmentRow")))
    terminal.key("enter")
    terminal.until(files.wanted)
    files.come()
    frames_meanwhile = 0
    began = time.monotonic()
    while not (terminal.shown == "document" and pages(terminal).sharp):
        terminal.frame(draw=False)
        frames_meanwhile += terminal.shown == "document" and terminal.says("正在打开第 1 页")
        assert time.monotonic() - began < OPENING_S
    assert frames_meanwhile > MOVING_FRAMES


def test_the_way_to_the_room_is_told_by_button_and_by_key(read: Reading) -> None:
    terminal, _ = read()
    terminal.tap("开标室路线")
    assert terminal.says("3 楼 302") and terminal.says("2 号电梯")
    assert terminal.says("11月23日（星期一）10:00 开标")
    terminal.tap("知道了")
    assert not list(terminal.widgets("RouteDialog"))
    terminal.key("w")
    assert list(terminal.widgets("RouteDialog"))
    terminal.key("escape")
    assert terminal.shown == "notice" and not list(terminal.widgets("RouteDialog"))
    terminal.key("w")
    terminal.app.end_visit()
    terminal.settle()
    assert not list(terminal.widgets("RouteDialog"))


def test_the_way_follows_the_newest_notice(read: Reading) -> None:
    terminal, files = read()
    first = notice(terminal, files)
    later = first.model_copy(
        update={
            "id": "b2",
            "published_at": terminal.now - timedelta(minutes=5),
            "opens_at": first.opens_at + timedelta(hours=28),
            "room": "2 楼 205",
            "attachments": (),
        }
    )
    terminal.receive(later)
    terminal.until(lambda: terminal.screen("notice").route.room == "2 楼 205")
    terminal.tap("开标室路线")
    assert terminal.says("11月24日（星期二）14:00 开标") and terminal.says("以最新公告为准")


def test_the_end_of_the_program_ends_the_process_that_draws(read: Reading) -> None:
    terminal, files = read()
    open_first(terminal, files)
    pid = child(terminal)
    assert Path(f"/proc/{pid}").exists()
    terminal.app.dispatch("on_stop")
    assert not Path(f"/proc/{pid}").exists()
