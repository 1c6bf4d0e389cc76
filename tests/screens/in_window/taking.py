"""Taking a notice away: on paper, by phone, by ear."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fpdf import FPDF

from devices.printer.printer import IppPrinter
from display.notice import Notice
from kiosk.printing.desk import DeskDied, user_of
from kiosk.printing.printout import Pdf, Printout
from kiosk.printing.progress import Stage
from kiosk.session import Busy
from kiosk.settings import PrinterSettings
from kiosk.words import load
from tests.printing.eve import EvePrinter, missing
from tests.screens.in_window.layout import SLACK, box_of, faults
from tests.screens.in_window.qr import codes_in
from tests.screens.in_window.terminal import Terminal

SETTING_S = 40.0
"""Patience with the typesetter, which starts as a process of its own."""
VOICE = """#!/bin/sh
PATH=/bin:/usr/bin
cat >>"{said}"
echo >>"{said}"
[ -e "{quick}" ] || exec sleep 60
"""


class Voice:
    """A voice that writes down what it says, and takes long over it unless `quick`."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder.mkdir()
        self._said, self.quick = folder / "said", folder / "quick"
        program = folder / "espeak-ng"
        program.write_text(VOICE.format(said=self._said, quick=self.quick), encoding="utf-8")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    def said(self) -> list[str]:
        if not self._said.exists():
            return []
        return self._said.read_text(encoding="utf-8").splitlines()


@pytest.fixture
def eve(tmp_path: Path) -> Iterator[EvePrinter]:
    assert not missing(), f"needs the Debian packages {missing()}"
    printer = EvePrinter(tmp_path / "eve")
    yield printer
    printer.close()


@pytest.fixture
def voice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Voice:
    return Voice(tmp_path / "voice", monkeypatch)


class Blank:
    """A typesetter that needs no time and hands over two blank pages."""

    def __init__(
        self, _what: Printout, _fonts: Path, *, at_most: int, done: Callable[[Pdf], None]
    ) -> None:
        sheet = FPDF(format="A4")
        for _ in range(min(2, at_most)):
            sheet.add_page()
        done(Pdf(2, bytes(sheet.output())))

    def cancel(self) -> None:
        pass


@pytest.fixture
def blank(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.printing.opening.Typesetting", Blank)


Reading = Callable[..., tuple[Terminal, Notice]]


@pytest.fixture
def read(
    open_terminal: Callable[..., Terminal], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Reading:
    """Opens a terminal on a notice with an official address; at a printer, if told its address."""
    monkeypatch.setattr("kiosk.app.PRINTER_AFTER_S", 0)

    def read_one(uri: str = "", **told: object) -> tuple[Terminal, Notice]:
        terminal = open_terminal(chinese=False, **told)
        if uri:
            printer = PrinterSettings(uri=uri)
            terminal.settings = terminal.settings.model_copy(update={"printer": printer})
            (tmp_path / "cache").mkdir(exist_ok=True)
            faces = Path(os.environ["MINGTANG_TEST_CACHE"]) / "fonts"
            (tmp_path / "cache" / "fonts").symlink_to(faces)
        notices = terminal.generated()
        terminal.receive(*notices)
        terminal.start()
        notice = next(each for each in notices if each.official_url and each.tender_no)
        terminal.app.open_notice(notice.id)
        terminal.until(lambda: any(terminal.widgets("TextRow")))
        terminal.settle()
        return terminal, notice

    return read_one


def ready(terminal: Terminal) -> None:
    terminal.tap("打印")
    terminal.until(lambda: terminal.app.printing.state == "ready", SETTING_S)
    terminal.settle()


def until_over(terminal: Terminal) -> Stage:
    printing = terminal.app.printing
    return terminal.until(
        lambda: printing.progress.stage.over and printing.progress.stage, SETTING_S
    )  # fmt: skip


def test_a_notice_comes_out_of_the_printer(eve: EvePrinter, read: Reading) -> None:
    terminal, _ = read(eve.uri)
    ready(terminal)
    pages = int(terminal.app.printing.pages)
    assert terminal.says(f"共 {pages} 页")
    assert not eve.began()
    eve.set("slow")
    terminal.tap("开始打印")
    terminal.until(lambda: terminal.says("正在打印，共"), SETTING_S)
    terminal.pass_time(95)
    assert not terminal.says("还在使用吗")
    assert terminal.app.visit.session.busy == (Busy.PRINTING,)
    assert not terminal.says("打印完成")
    eve.set("normal")
    assert until_over(terminal) is Stage.DONE
    terminal.settle()
    assert terminal.says(f"打印完成，共 {pages} 页")
    assert eve.pages() == [pages]
    terminal.pass_time(1)
    assert terminal.app.visit.session.busy == ()
    terminal.tap("评价服务")
    assert terminal.app.shown == "rating"
    assert terminal.app.printing.state == "idle"
    terminal.app.back()
    terminal.settle()
    assert terminal.app.shown == "notice"
    assert not terminal.says("打印完成")


@pytest.mark.usefixtures("blank")
def test_no_paper_is_told_and_cancelling_stops_the_job(eve: EvePrinter, read: Reading) -> None:
    terminal, _ = read(eve.uri)
    ready(terminal)
    eve.set("empty")
    terminal.tap("开始打印")
    terminal.until(lambda: terminal.says("缺纸"), SETTING_S)
    terminal.tap("取消打印")
    terminal.until(lambda: terminal.says("正在取消"), SETTING_S)
    eve.set("normal")
    assert until_over(terminal) is Stage.CANCELLED
    terminal.settle()
    assert terminal.says("已取消打印")


def test_the_end_of_the_visit_leaves_nothing_in_the_printer(eve: EvePrinter, read: Reading) -> None:
    terminal, _ = read(eve.uri)
    ready(terminal)
    eve.set("empty")
    terminal.tap("开始打印")
    terminal.until(lambda: terminal.says("缺纸"), SETTING_S)
    terminal.tap("继续浏览")
    assert terminal.says("正在打印…")
    terminal.app.end_visit()
    terminal.settle()
    printing = terminal.app.printing
    assert (printing.state, printing.subject, printing.progress) == ("idle", "", None)
    printer = IppPrinter(eve.uri, user=user_of("FS-02"))
    terminal.until(lambda: "Cancel-Job successful-ok" in eve.log(), SETTING_S)
    eve.set("normal")
    terminal.until(lambda: not printer.unfinished(), SETTING_S)
    printer.close()
    pages = [path for path in terminal.path.parent.rglob("*.pdf") if eve.spool not in path.parents]
    assert not pages


@pytest.mark.usefixtures("blank")
def test_a_withdrawn_notice_is_not_printed_on(eve: EvePrinter, read: Reading) -> None:
    terminal, notice = read(eve.uri)
    ready(terminal)
    eve.set("slow")
    terminal.tap("开始打印")
    terminal.until(lambda: terminal.says("正在打印，共"), SETTING_S)
    terminal.withdraw(notice.id)
    terminal.pass_time(1)
    terminal.until(lambda: terminal.screen("notice").state == "gone")
    terminal.settle()
    assert not terminal.says("正在打印")
    terminal.until(lambda: "Cancel-Job successful-ok" in eve.log(), SETTING_S)
    assert not any(terminal.widgets("SideButton"))


@pytest.mark.usefixtures("blank")
@pytest.mark.parametrize("away", ["home", "lookup", "other notice"])
def test_a_withdrawal_stops_the_printer_whatever_is_shown(
    eve: EvePrinter, read: Reading, away: str
) -> None:
    terminal, notice = read(eve.uri)
    ready(terminal)
    eve.set("slow")
    terminal.tap("开始打印")
    terminal.until(lambda: terminal.says("正在打印，共"), SETTING_S)
    terminal.tap("继续浏览")
    if away == "lookup":
        terminal.app.open_lookup()
    elif away == "other notice":
        terminal.app.open_notice(next(n.id for n in terminal.generated() if n.id != notice.id))
    else:
        terminal.app._show_home()
    terminal.settle()
    terminal.withdraw(notice.id)
    terminal.pass_time(1)
    terminal.until(lambda: "Cancel-Job successful-ok" in eve.log(), SETTING_S)
    assert terminal.app.printing.outdated


@pytest.mark.usefixtures("blank")
def test_pages_of_a_notice_that_was_corrected_are_not_printed(
    eve: EvePrinter, read: Reading
) -> None:
    terminal, notice = read(eve.uri)
    ready(terminal)
    terminal.receive(notice.model_copy(update={"budget": "1 元"}))
    terminal.pass_time(1)
    terminal.until(lambda: terminal.says("内容刚刚更新或撤回"))
    terminal.settle()
    assert not terminal.says("开始打印") and not faults(terminal)
    terminal.tap("知道了")
    ready(terminal)
    terminal.tap("开始打印")
    assert until_over(terminal) is Stage.DONE
    # What comes afterwards is of no concern to what is in the visitor's hand.
    terminal.withdraw(notice.id)
    terminal.pass_time(1)
    terminal.until(lambda: terminal.screen("notice").state == "gone")


@pytest.mark.usefixtures("blank")
def test_a_printer_that_stands_still_does_not_keep_the_visit_open(
    eve: EvePrinter, read: Reading
) -> None:
    terminal, _ = read(eve.uri)
    ready(terminal)
    eve.set("slow")
    terminal.tap("开始打印")
    terminal.until(lambda: terminal.says("正在打印，共"), SETTING_S)
    terminal.pass_time(1)
    terminal.pass_time(100)
    assert terminal.says("正在打印，共")
    terminal.pass_time(25)
    assert terminal.says("很久没有新的消息") and not faults(terminal)
    # From then on the silence counts.
    terminal.pass_time(1)
    terminal.pass_time(95)
    assert terminal.says("还在使用吗")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_in_the_printers_thread_ends_the_program(
    read: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_printer: IppPrinter) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(IppPrinter, "report", broken)
    with pytest.raises(DeskDied):
        terminal, _ = read("ipp://127.0.0.1:9/")
        terminal.until(lambda: False)


@pytest.mark.usefixtures("blank")
def test_keys_print_and_close_the_dialog(eve: EvePrinter, read: Reading) -> None:
    terminal, _ = read(eve.uri)
    terminal.key("p")
    terminal.until(lambda: terminal.app.printing.state == "ready", SETTING_S)
    terminal.key("escape")
    assert (terminal.shown, terminal.app.printing.state) == ("notice", "idle")
    terminal.key("p")
    terminal.until(lambda: terminal.app.printing.state == "ready", SETTING_S)
    terminal.key("enter")
    assert until_over(terminal) is Stage.DONE


def test_without_a_printer_there_is_no_button(read: Reading) -> None:
    terminal, _ = read()
    assert not terminal.says("打印")
    terminal.key("p")
    assert terminal.shown == "notice"


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (1366, 768)], ids=str)
def test_the_code_on_the_screen_is_the_official_address(
    read: Reading, tmp_path: Path, size: tuple[int, int]
) -> None:
    terminal, notice = read(size=size)
    for number, (large, contrast) in enumerate(((False, False), (True, True))):
        terminal.app.theme.large, terminal.app.theme.contrast = large, contrast
        terminal.settle()
        path = tmp_path / f"{number}.png"
        terminal.picture(path)
        assert codes_in(path) == [notice.official_url]
    terminal.app.theme.large = False
    terminal.settle()
    terminal.screen("notice").scroll(50.0)
    terminal.settle()
    assert notice.official_url in "".join(terminal.texts())


def test_a_notice_is_read_aloud_until_it_is_stopped(voice: Voice, read: Reading) -> None:
    terminal, notice = read()
    terminal.tap("朗读")
    terminal.until(voice.said)
    assert terminal.says("停止朗读")
    terminal.tap("停止朗读")
    assert terminal.says("朗读") and not terminal.says("停止朗读")
    kind = load("zh")[f"kind.{notice.kind}"]
    assert voice.said() == [kind]
    voice.quick.touch()
    terminal.tap("朗读")
    terminal.until(lambda: not terminal.app.voice.reading, SETTING_S)
    assert notice.title in voice.said()
    assert any(line.startswith("项目编号，F S ") for line in voice.said())


@pytest.mark.parametrize("way", ["back", "end_visit"])
def test_leaving_ends_the_reading(voice: Voice, read: Reading, way: str) -> None:
    terminal, _ = read()
    terminal.tap("朗读")
    terminal.until(voice.said)
    getattr(terminal.app, way)()
    terminal.settle()
    assert not terminal.app.voice.reading
    voice.quick.touch()
    time.sleep(0.2)
    assert len(voice.said()) == 1


@pytest.mark.parametrize("update", [{"budget": "1 元"}, None], ids=["corrected", "withdrawn"])
def test_what_is_not_so_any_more_is_not_read_on(
    voice: Voice, read: Reading, update: dict[str, str] | None
) -> None:
    terminal, notice = read()
    terminal.tap("朗读")
    terminal.until(voice.said)
    # Another notice's change is none of this one's.
    other = next(each for each in terminal.generated() if each.id != notice.id)
    terminal.receive(other.model_copy(update={"budget": "2 元"}))
    terminal.pass_time(1)
    terminal.settle()
    assert terminal.app.voice.reading
    if update is None:
        terminal.withdraw(notice.id)
    else:
        terminal.receive(notice.model_copy(update=update))
    terminal.pass_time(1)
    terminal.until(lambda: not terminal.app.voice.reading)


def test_without_a_voice_there_is_no_button_and_health_says_so(
    read: Reading, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    terminal, _ = read()
    assert not terminal.says("朗读")
    terminal.pass_time(61)

    def facts() -> object:
        parts = {part.component: part.facts for part in terminal.store.health()}
        return parts.get("speech")

    assert terminal.until(facts)["voice"] is False


@pytest.mark.parametrize(
    ("size", "language"), [((1920, 1080), "zh"), ((1080, 1920), "en"), ((1366, 768), "en")], ids=str
)
@pytest.mark.usefixtures("blank")
def test_buttons_and_dialog_fit_in_every_look(
    eve: EvePrinter, voice: Voice, read: Reading, size: tuple[int, int], language: str
) -> None:
    terminal, _ = read(eve.uri, size=size, language=language)
    found = []
    for large in (False, True):
        terminal.app.theme.large = large
        terminal.app.theme.contrast = large
        terminal.settle()
        found += [f"notice {large}: {fault}" for fault in faults(terminal)]
        ready(terminal) if language == "zh" else _ready_in_english(terminal)
        found += [f"ready {large}: {fault}" for fault in faults(terminal)]
        terminal.key("escape")
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("size", "language"), [((1920, 1080), "zh"), ((1366, 768), "en"), ((1366, 768), "zh")], ids=str
)
def test_four_actions_have_room_below_the_code(
    read: Reading, size: tuple[int, int], language: str
) -> None:
    terminal, notice = read(size=size, language=language)
    screen, app = terminal.screen("notice"), terminal.app
    actions = screen.ids.actions
    for large in (False, True):
        app.theme.large = large
        actions.notice = notice.model_copy(update={"attachments": ("",)})
        actions.printable = actions.speakable = True
        actions.route = notice
        terminal.settle()
        terminal.settle()
        assert actions.count == 4
        card = screen.ids.rows.parent.parent
        assert box_of(actions)[1] >= box_of(card)[1] - SLACK
        told = app.words["notice.scan_text"].replace("\n", "")
        assert large or told in terminal.texts()
        assert not list(faults(terminal))


def _ready_in_english(terminal: Terminal) -> None:
    terminal.tap("Print")
    terminal.until(lambda: terminal.app.printing.state == "ready", SETTING_S)
    terminal.settle()
