"""From the card to the receipt through real processes, whatever breaks on the way; and after the
visit nothing of it is left."""

import hashlib
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pypdfium2 import PdfDocument
from stdnum.cn import uscc

from devices.idcard.virtual.cards import complete
from display.local_time import SHANGHAI
from tests.journeys.hall import Hall, eventually, lacking
from tests.journeys.sticks import LABEL
from tests.pdf.samples import sound
from tests.screens.in_window.qr import codes_in
from tests.traces.marks import Marks
from tests.traces.scanning import in_files, in_memory, patterns

NAME, NUMBER = "张明远", complete("21040219800101123")
TITLE, TENDER_NO = "浑河北路道路维修工程施工招标公告", "FSGC-2026-0412"
SECOND, LATE = "东洲区老旧小区改造工程监理招标公告", "顺城区公园绿化养护服务招标公告"
STEM = "91210400MA0TQ5Y3X"
CODE = STEM + uscc.calc_check_digit(STEM)
HANDED_IN = ("投标函及附件.pdf", "技术方案.pdf", "报价清单.zbwj")
BIG = 100_000_000
PACE = 8_000_000.0
"""Bytes a second: slow enough to be cut in the middle."""
LEFT_S = 20
SLOW_S = -600.0
"""What the clock of a PC shows beside the right time."""


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    if missing := lacking():
        pytest.skip(f"needs the Debian packages {missing}")
    with Hall(tmp_path_factory.mktemp("hall")) as opened:
        yield opened


@pytest.fixture(scope="module")
def stick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What lies on a bidder's stick."""
    folder = tmp_path_factory.mktemp("stick") / "投标文件"
    folder.mkdir()
    (folder / "投标函及附件.pdf").write_bytes(sound(36))
    (folder / "技术方案.pdf").write_bytes(sound(3))
    (folder / "营业执照.pdf").write_bytes(sound(1))
    (folder / "报价清单.zbwj").write_bytes(random.Random(3).randbytes(BIG))
    return folder


def come_in(hall: Hall, tile: str, name: str, number: str) -> None:
    """From the first screen to a service, by card: what is read and why is said first."""
    window = hall.window
    window.tap(tile, "ServiceTile")
    assert window.says("读取前请知悉")
    window.until("reader", "waiting")
    hall.lay(name, number)
    window.until("reader", "roles")
    hall.lift()
    window.tap("投标人", "RoleButton")


def register(hall: Hall, stick: Path) -> None:
    """Fill in a bidder's registration; one error and one omission are found on the way."""
    window = hall.window
    window.tap_row("投标人登记", "FormRow")
    window.until("shows", "form")
    window.press("hunhe")
    window.tap("浑河", "Key")
    window.type("建设工程有限公司")
    window.tap("完成", "Key")
    wrong = CODE[:-1] + ("7" if CODE[-1] != "7" else "8")
    window.press(wrong)
    assert window.note("统一社会信用代码") == "校验不通过，请对照营业执照重新输入"
    window.until("saved")
    window.tap("完成", "Key")
    window.type("张明远")
    window.tap("完成", "Key")
    for part in ("2015", "6", "1"):
        window.press(part)
    window.tap("完成", "Key")
    window.tap("企业", "OptionChip")
    window.tap("工程施工", "OptionChip")
    window.tap_field("注册地址")
    window.type("辽宁省抚顺市望花区和平路 1 号")
    # The end of the step leads back to the error.
    window.tap("下一步", "PrimaryStop")
    window.delete()
    window.press(CODE[-1])
    assert window.note("统一社会信用代码") == ""
    window.tap("下一步", "PrimaryStop")
    window.type("13842310026")
    window.tap("下一步", "PrimaryStop")
    window.tap_field("账户名称")
    window.type("浑河建设工程有限公司")
    window.tap_field("开户银行")
    window.type("中国银行抚顺望花支行")
    window.tap_field("银行账号")
    window.press("4000023419200012345")
    window.tap("下一步", "PrimaryStop")
    hall.plug(stick.parent)
    window.tap_first("营业执照或登记证书")
    window.tap("我已知悉")
    choose(window, "营业执照.pdf")
    window.until("examined")
    window.tap("放入表格")
    window.until("shows", "form")
    assert window.says("营业执照.pdf")
    # So does the review, to what was left out.
    window.tap("核对提交", "StepTab")
    assert window.says("还有 1 处需要修改")
    window.tap("去改第一处", "PrimaryStop")
    window.tap("真实、完整", "StatementBox")
    window.tap("回到核对", "PrimaryStop")
    window.tap("提交", "PrimaryStop")
    window.until("shows", "receipt")
    window.until("says", "已送达")
    window.until("says", "可以拔出 U 盘")
    hall.pull()
    window.tap("返回", "HeaderButton")
    window.key("escape")
    window.until("shows", "home")


def go_on_when_mended(hall: Hall) -> None:
    """The network is back; the visitor does not wait for the next try, and has it go on at once."""
    hall.window.tap("暂停")
    hall.window.until("says", "继续")
    hall.line.mend()
    hall.window.tap("继续")


def leave(window: Any) -> None:
    """End the visit at the receipt, and rate nothing."""
    window.tap("完成并退出")
    window.until("forgotten")
    window.tap("返回")
    window.until("shows", "home")


def to_stick(window: Any) -> None:
    window.tap("数据上传", "ServiceTile")
    if window.says("这是多人共用的公用终端"):
        window.tap("我已知悉")
    window.until("projects")


def choose(window: Any, *names: str) -> None:
    """Take files of the stick's folder."""
    window.open(LABEL)
    window.open("投标文件")
    for name in names:
        window.pick(name)
    window.tap("选好了")


@pytest.mark.timeout(300)
def test_from_the_card_to_the_receipt(hall: Hall, stick: Path, tmp_path: Path) -> None:
    window = hall.window
    hall.publish("j1", TITLE, TENDER_NO, datetime.now(UTC) + timedelta(hours=2))
    come_in(hall, "资料录入", NAME, NUMBER)
    register(hall, stick)
    to_stick(window)
    window.tap_row(TITLE[:10])
    # The stick is pulled out while a file is read.
    hall.plug(stick.parent)
    choose(window, "报价清单.zbwj")
    window.as_soon_as("reading")
    hall.pull()
    window.until("examined")
    assert window.says("未选入") and window.says("U 盘已拔出或读不出来")
    assert window.says("还没有可以上传的文件")
    window.tap("再选文件")
    window.until("says", "请把 U 盘插入本机的 USB 口")
    hall.plug(stick.parent)
    choose(window, *HANDED_IN)
    window.until("examined")
    assert window.says("已选择，未送达") and not window.says("已送达")
    # The network is cut in the middle.
    hall.line.pace = PACE
    window.tap("上传 3 个文件")
    window.until("sent", BIG // 4)
    hall.line.cut()
    window.until("trouble", "offline")
    assert window.says("只有拿到回执才算送达") and not window.says("已送达")
    # The power fails.
    window.kill()
    hall.machine.kill("sync")
    assert hall.mounted()
    hall.open_window()
    window = hall.window
    come_in(hall, "我的办理", NAME, NUMBER)
    eventually(lambda: not hall.mounted(), "the stick that was left open is closed")
    hall.pull()
    window.until("row", TITLE[:10], "MatterRow")
    assert window.says("尚未送达")
    window.tap_row(TITLE[:10], "MatterRow")
    window.until("shows", "upload")
    hall.line.pace = None
    hall.machine.restart("sync")
    go_on_when_mended(hall)
    window.until("shows", "receipt")
    window.until("says", "已送达")
    number = window.number()
    assert window.says(number) and window.says("张**") and not window.says(NAME)
    picture = tmp_path / "receipt.png"
    window.picture(picture)
    code = codes_in(picture)
    window.tap("打印回执")
    window.until("printable")
    window.tap("开始打印")
    window.until("printed")
    assert window.says("打印完成，共 1 页")
    assert number in text_of(hall.printer.out) and hall.printer.pages() == [1]
    window.key("escape")
    leave(window)
    check_what_the_centre_has(hall, stick, tmp_path, number)
    check_receipt(hall, stick, tmp_path, number, code)


def text_of(pdf: Path) -> str:
    with PdfDocument(pdf) as document:
        return "".join(page.get_textpage().get_text_range() for page in document)


def check_what_the_centre_has(hall: Hall, stick: Path, folder: Path, number: str) -> None:
    """Nothing before the opening; then the stick's bytes, once."""
    hand_over = ("central", "submissions", "--notice", "j1", "--out", str(folder / "out"))
    refused = hall.run(*hand_over, status=1)
    assert "before the opening" in refused and number not in refused
    with hall.a_day_later() as run:
        refused = run(*hand_over, status=1)
        assert "opening-started j1" in refused and number not in refused
        run("central", "opening-started", "j1")
        assert number in run(*hand_over)
    (got,) = (folder / "out").iterdir()
    assert got.name == number
    received = {hashlib.sha256(each.read_bytes()).hexdigest() for each in got.iterdir()}
    sent = (stick / name for name in HANDED_IN)
    assert {hashlib.sha256(each.read_bytes()).hexdigest() for each in sent} <= received
    forms = hall.run("central", "submissions", "--forms", "--out", str(folder / "forms"))
    assert "1 in" in forms


def check_receipt(hall: Hall, stick: Path, folder: Path, number: str, codes: list[str]) -> None:
    """Proven without a network, as a whole and by its code; altered, it is not."""
    keys, code = folder / "keys.json", folder / "code.txt"
    keys.write_text(hall.run("central", "keys"), encoding="utf-8")
    hall.machine.stop("central")
    (text,) = codes
    verify = ("receipt", "verify", "--key", str(keys))
    code.write_text(text, encoding="ascii")
    proven = hall.run(*verify, str(code))
    assert proven.startswith("PROVEN") and number in proven
    whole = folder / "out" / number / "receipt.json"
    files = [part for name in HANDED_IN for part in ("--file", str(stick / name))]
    proven = hall.run(*verify, str(whole), *files)
    assert proven.count("byte for byte") == 3 and number in proven
    head, body, signature = text.split(".")
    other = "A" if body[20] != "A" else "B"
    code.write_text(f"{head}.{body[:20]}{other}{body[21:]}.{signature}", encoding="ascii")
    assert "NOT PROVEN" in hall.run(*verify, str(code), status=1)
    hall.machine.restart("central")


@pytest.mark.timeout(300)
def test_after_the_visit_nothing_of_it_is_left(hall: Hall, tmp_path: Path) -> None:
    """Neither in a file of the terminal nor in the memory of its window's process."""
    marks = Marks.made(seed=random.randrange(2**32))
    window = hall.window
    hall.publish("j2", SECOND, "FSGC-2026-0420", datetime.now(UTC) + timedelta(hours=2))
    stick = tmp_path / "投标文件"
    stick.mkdir()
    (stick / f"{marks.file}.zbwj").write_text(marks.content * 5000, encoding="utf-8")
    (stick / f"{marks.file}.pdf.exe").write_text(marks.content * 10, encoding="utf-8")
    search_by_touch(window, marks)
    come_in(hall, "资料录入", marks.name, marks.number)
    begin_a_draft(window, marks.draft)
    hand_in(hall, stick.parent, marks)
    look_at_matters_and_print(window)
    wanted = patterns((*marks.all, marks.keys))
    pid = window.process.pid
    # The scanner finds what is there.
    assert in_memory(pid, patterns([marks.name]))
    leave(window)
    hall.pull()
    window.frames(60)
    assert in_memory(pid, wanted) == {}
    assert in_files(hall.data, wanted) == {}


def search_by_touch(window: Any, marks: Marks) -> None:
    window.tap("信息查询", "Tile")
    window.until("shows", "lookup")
    window.type(marks.typed)
    window.press(marks.keys)
    window.key("enter")
    window.frames(10)
    window.tap("返回")


def begin_a_draft(window: Any, text: str) -> None:
    """Leave a form in the middle."""
    window.tap_row("询问", "FormRow")
    window.until("shows", "form")
    window.tap_field("项目名称")
    window.type(text)
    window.until("saved")
    window.tap("核对提交", "StepTab")
    assert window.says(text)
    window.tap("返回")
    window.until("shows", "entry")
    window.tap("返回")
    window.until("shows", "home")


def hand_in(hall: Hall, stick: Path, marks: Marks) -> None:
    """One file goes, one is refused."""
    window = hall.window
    to_stick(window)
    window.type(marks.typed)
    window.frames(20)
    for _ in marks.typed:
        window.key("backspace")
    window.until("projects")
    window.tap_row(SECOND[:10])
    hall.plug(stick)
    choose(window, f"{marks.file}.zbwj", f"{marks.file}.pdf.exe")
    window.until("examined")
    assert window.says("已拒绝") and window.says(marks.file)
    window.tap("上传 1 个文件")
    window.until("shows", "receipt")
    window.until("says", "已送达")
    window.until("says", "可以拔出 U 盘")


def look_at_matters_and_print(window: Any) -> None:
    window.tap("打印回执")
    window.until("printable")
    window.tap("开始打印")
    window.until("printed")
    window.key("escape")
    window.key("escape")
    window.until("shows", "home")
    window.tap("我的办理", "ServiceTile")
    window.until("row", SECOND[:10], "MatterRow")
    window.tap_row(SECOND[:10], "MatterRow")
    window.until("shows", "receipt")
    window.until("says", "已送达")


@pytest.mark.timeout(300)
def test_the_server_s_clock_decides_on_a_pc_that_is_ten_minutes_slow(
    hall: Hall, stick: Path, tmp_path: Path
) -> None:
    hall.window.wait()
    hall.switch_off()
    hall.switch_on(SLOW_S)
    window = hall.window
    window.wait()
    hall.plug(stick.parent)
    to_identify = datetime.now(SHANGHAI)
    come_in(hall, "数据上传", NAME, NUMBER)
    # The header has the server's time.
    shown = {f"{moment:%H:%M}" for moment in (to_identify, datetime.now(SHANGHAI))}
    assert any(window.says(each) for each in shown)
    closes_at = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=LEFT_S)
    hall.publish("j3", LATE, "FSGC-2026-0300", closes_at)
    window.tap("我已知悉")
    window.tap_row(LATE[:10])
    choose(window, "技术方案.pdf")
    window.until("examined")
    assert window.says(f"截止 {closes_at.astimezone(SHANGHAI):%H:%M:%S}（服务器时间）")
    # Handed in in time, it comes too late.
    hall.line.cut()
    window.tap("上传 1 个文件")
    window.until("trouble", "offline")
    eventually(lambda: datetime.now(UTC) > closes_at, "the deadline passes")
    go_on_when_mended(hall)
    window.until("transfer", "too_late")
    assert window.says("已过截止时间") and window.says("答复：已经截止")
    assert window.says("未送达") and not window.says("已送达")
    window.tap("知道了")
    # Nobody can hand in any more, whatever this PC's clock says.
    window.tap("数据上传", "ServiceTile")
    window.until("at_projects")
    assert not window.says(LATE[:10])
    window.tap("返回")
    window.tap("我的办理", "ServiceTile")
    window.until("says", "过了截止时间，未送达")
    window.tap("结束", "HeaderButton")
    window.until("forgotten")
    out = str(tmp_path / "out")
    hall.run("central", "opening-started", "j3")
    had = hall.run("central", "submissions", "--notice", "j3", "--out", out)
    assert had.startswith("0 in")
