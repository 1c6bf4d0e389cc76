"""Staff at a terminal, through real processes: an editor changes speed, order and cut-over, another
person approves while the server is away, the board follows, and a third takes the proof out.

The clock is the central server's, by which all terminals go: it is set on, so that nobody waits
for the next morning.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from devices.idcard.virtual.cards import CARDS
from devices.led.virtual import picture
from devices.led.virtual.control import tell
from display.edition import Edition
from display.evidence import Kind, Proof
from display.local_time import SHANGHAI
from kiosk.central.database import CentralDatabase, open_for
from kiosk.central.ingest import import_files
from kiosk.central.staff import add_account
from kiosk.demo.machine import BOARD, HEIGHT, PIN, WIDTH, Machine
from kiosk.settings import load
from kiosk.store.terminal import TerminalStore
from kiosk.sync.contract import public_channel, site_channel
from kiosk.sync.staff import StaffRole
from tests.journeys.board_pixels import CELL, shows, strip_of
from tests.journeys.hall import ROOT, Window, eventually
from tests.journeys.line import Line

BEGINS, CUT_OVER, LATER = time(16, 0), time(8, 30), time(9, 30)
SOON = timedelta(seconds=2)
PAST = timedelta(minutes=5)
"""After the cut-over, all that the evidence is asked for has happened."""
STAFF = {
    "editor": ("李编排", (StaffRole.EDITOR, StaffRole.APPROVER)),
    "approver": ("赵批准", (StaffRole.APPROVER,)),
    "supervisor": ("王监督", (StaffRole.SUPERVISOR,)),
}
"""The editor may approve as well, only not what he proposed himself."""
LOOK_EVERY = 8
"""Frames of an animation."""
OLDER, NEWER = "浑河大桥照明改造招标公告", "东洲区道路绿化招标公告"
OLDER_LINE, NEWER_LINE = f"{OLDER}　编号 older", f"{NEWER}　编号 newer"


class Desk:
    """A terminal with a board and a reader, its server, and the line between them."""

    def __init__(self, folder: Path, ending: ExitStack) -> None:
        self.folder = folder
        self.machine = machine = Machine(folder)
        self.line = Line(machine.port)
        ending.callback(self.line.close)
        ending.callback(machine.stop)
        today = datetime.now(SHANGHAI).date()
        machine.configure(datetime.combine(today, CUT_OVER, SHANGHAI), timedelta(0))
        text = machine.config.read_text(encoding="utf-8")
        server = f'server = "http://127.0.0.1:{machine.port}"'
        assert server in text
        machine.config.write_text(
            text.replace(server, f'server = "http://127.0.0.1:{self.line.port}"'), encoding="utf-8"
        )
        self.settings = load(machine.config)
        self._clock, self._orders = folder / "clock", folder / "board.control"
        # A day on, so that what is released today is released there.
        self.begins = datetime.combine(today + timedelta(days=1), BEGINS, SHANGHAI)
        self.set_clock(self.begins)
        self.cut_over = datetime.combine(today + timedelta(days=2), LATER, SHANGHAI)
        # It takes longest.
        self.window: Any = Window(machine.config, folder / "window.log", 0.0)
        ending.callback(self.window.close)
        self._fill()
        self._start_all()
        self.store = TerminalStore(machine.store)
        ending.callback(self.store.close)

    def set_clock(self, at: datetime) -> None:
        """What the server's clock shows from now on."""
        part = self._clock.with_suffix(".part")
        part.write_text(str((at - datetime.now(UTC)).total_seconds()), encoding="ascii")
        part.replace(self._clock)

    def now(self) -> datetime:
        """As the terminal shows it."""
        shift = float(self._clock.read_text(encoding="ascii"))
        return datetime.now(UTC) + timedelta(seconds=shift)

    def sign_in(self, who: str) -> None:
        """Hold the word, lay one's card, tap one's PIN."""
        window, orders = self.window, self.machine.reader_orders
        window.hold("工作人员", "sign_in")
        window.until("sign_in", "waiting")
        assert tell(orders, f"lay {who}") == "ok"
        window.until("sign_in", "pin")
        assert tell(orders, "lift") == "ok"
        window.tap_pin(PIN)
        window.tap("登录", "PrimaryButton")
        window.until("shows", "staff")
        assert not window.says(STAFF[who][0])

    def sign_out(self) -> None:
        self.window.tap("退出", "HeaderButton")
        self.window.until("shows", "home")

    def speed(self) -> float:
        """Dots a second on the board, from its pixels, by its own clock."""
        found = None
        while found is None:
            # Between two pages there is nothing to see.
            found = speed_in(self._film(), OLDER_LINE, NEWER_LINE)
        return found

    def _film(self) -> Path:
        """Have the board draw the page that is on air, as it moves."""
        path = self.folder / "film.png"
        path.unlink(missing_ok=True)
        assert tell(self._orders, f"animate {path}") == "ok"
        eventually(path.exists, "the board draws what it shows")
        return path

    def shows(self, line: str) -> bool:
        return shows(self.machine.png, line)

    def proven(self) -> datetime | None:
        """When the board acknowledged the first page of the next day's edition."""
        for entry in self.store.entries(BOARD, self.cut_over, kind=Kind.ON_AIR):
            first = entry.facts.get("page") == 0 and entry.facts["notice"] == "older"
            if first and entry.facts["state"] == Proof.ACKNOWLEDGED:
                return entry.at
        return None

    def _fill(self) -> None:
        database = open_for(self.settings)
        for card, (name, roles) in STAFF.items():
            self._hire(database, card, name, roles)
        records = [
            {
                "record_id": id,
                "title": title,
                "publish_date": f"{datetime.now(SHANGHAI):%Y-%m-%d} 00:00:0{second}",
                "project_code": id,
                "business_type": "工程建设",
                "info_type": "招标/资审公告",
                "content_text": title,
                "detail_url": "https://ggzy.example.cn/information/deal/html/a/210000/0101/1.html",
            }
            for second, (id, title) in enumerate({"older": OLDER, "newer": NEWER}.items())
        ]
        path = self.folder / "in.ndjson"
        path.write_text("\n".join(json.dumps(one) for one in records), encoding="utf-8")
        channel = public_channel(self.settings.centre.region)
        assert import_files(database, [path], channel=channel, now=datetime.now(UTC)).added == 2
        database.close()

    def _hire(
        self, database: CentralDatabase, card: str, name: str, roles: tuple[StaffRole, ...]
    ) -> None:
        now = datetime.now(UTC)
        add_account(
            database,
            site_channel(self.settings.centre.site),
            name=name,
            roles=roles,
            number=CARDS[card].number,
            pin=PIN,
            valid_from=now,
            expires_at=now + timedelta(days=9),
            now=now,
        )

    def _start_all(self) -> None:
        machine = self.machine
        with (self.folder / "central.log").open("ab") as log:
            machine._running["central"] = subprocess.Popen(
                [
                    *(sys.executable, "-m", "tests.journeys.clock", str(self._clock)),
                    *("central", "--config", str(machine.config)),
                ],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        machine.start_reader()
        size, link, png = f"{WIDTH}x{HEIGHT}", str(machine.link), str(machine.png)
        board = ("--size", size, "--link", link, "--png", png, "--control", str(self._orders))
        machine.start("board", "virtual-board", *board)
        machine.start("sync", "sync")
        machine.start("display", "display", "--board", BOARD)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with ExitStack() as ending:
        yield Desk(tmp_path, ending)


@pytest.mark.timeout(300)
def test_three_persons_change_the_board_and_prove_it(desk: Desk) -> None:
    eventually(lambda: desk.shows(NEWER_LINE), "the newest notice is on the board first")
    assert desk.speed() == pytest.approx(4 * CELL, rel=0.02)
    eventually(lambda: len(desk.store.accounts()) == len(STAFF), "the accounts are here")
    desk.window.until("knows_the_time")

    desk.sign_in("editor")
    edit_and_submit(desk)
    see_own_approval_refused(desk)
    desk.sign_out()

    desk.sign_in("approver")
    approve_while_the_server_is_away(desk)
    desk.sign_out()
    assert not desk.store.editions(BOARD, desk.cut_over.date())

    desk.set_clock(desk.cut_over - SOON)
    eventually(desk.proven, "the board acknowledged the notice that was put first")
    assert desk.speed() == pytest.approx(6 * CELL, rel=0.02)
    eventually(lambda: desk.shows(OLDER_LINE), "it is in the board's pixels")
    made = Edition.kept(desk.store.edition(BOARD, desk.cut_over.date()) or "")
    assert made.cut_over_at == desk.cut_over
    assert [page.notice_id for page in made.pages] == ["older", "newer"]

    desk.set_clock(desk.cut_over + PAST)
    desk.sign_in("supervisor")
    find_the_moment(desk)
    check_the_export(take_it_out(desk))


def edit_and_submit(desk: Desk) -> None:
    """The order and the speed on one screen, the cut-over on another, in one draft."""
    window = desk.window
    window.tap("大屏节目单", "StaffTile")
    window.until("shows", "edition")
    window.until("first_in_list", NEWER)
    assert window.says("08:30 的节目单")
    window.tap_notice(OLDER)
    window.until("previews", OLDER)
    window.tap("置顶", "ActButton")
    window.until("first_in_list", OLDER)
    window.tap_notice(NEWER)
    window.tap("置顶", "ActButton")
    window.until("drafted")
    window.tap("上移", "ActButton")
    window.until("first_in_list", NEWER)
    window.tap("下移", "ActButton")
    window.until("first_in_list", OLDER)
    window.slide_speed(1.0)
    window.until("drafted")
    assert window.says("6 字/秒（96 点/秒）")
    window.tap("更新与时间", "ActButton")
    window.until("shows", "schedule")
    window.until("reckoned")
    window.an_hour_later()
    window.until("reckoned")
    assert window.says("原 08:30") and window.says("09:30")
    window.tap("返回", "HeaderButton")
    window.until("shows", "edition")
    window.until("says", f"预览 {desk.cut_over:%m-%d}")
    window.until("drafted")
    assert window.says("09:30 的节目单") and window.first_in_list(OLDER)
    window.tap("提交审批", "PrimaryButton")
    window.until("offers", "ConfirmChanges")
    for change in ("08:30 → 09:30", "4 字/秒 → 6 字/秒", OLDER):
        assert window.says(change), change
    window.tap("提交审批", "PrimaryButton")
    window.until("says", "已提交，等待另一人批准")
    window.tap("返回", "HeaderButton")
    window.until("shows", "staff")


def see_own_approval_refused(desk: Desk) -> None:
    """He may approve, but not this; and he sees why, and when the centre has it."""
    window = desk.window
    window.tap("提请与批准", "StaffTile")
    window.until("says", "4 字/秒  →  6 字/秒")
    assert window.says("不能批准自己的提请") and window.says("李** 提请")
    assert not window.offers("ProposalMain")
    window.until("silent", "未送达")


def approve_while_the_server_is_away(desk: Desk) -> None:
    """It counts here at once, and reaches the centre when it can."""
    window = desk.window
    window.until("says", "1 份待您批准")
    window.tap("提请与批准", "StaffTile")
    window.until("says", "现在批准，将从")
    window.until("says", "08:30  →  09:30")
    assert window.offers("ProposalMain")
    desk.line.cut()
    window.tap("批准", "ProposalMain")
    assert window.says("批准这份提请？")
    window.tap("批准")
    window.until("says", "已批准。")
    window.until("says", "尚未送达中心")
    assert window.says("赵** 批准") and desk.store.owed().waiting == 1
    desk.line.mend()
    window.until("silent", "未送达")
    assert desk.store.owed().waiting == 0


def find_the_moment(desk: Desk) -> None:
    """A second after the board said that it shows the first page; typed on the pad."""
    window, proven = desk.window, desk.proven()
    assert proven is not None
    window.tap("上屏记录与证据", "StaffTile")
    window.until("recorded", f"{desk.cut_over:%Y-%m-%d} 节目单第 1 版，2 页")
    moment = proven.astimezone(SHANGHAI) + timedelta(seconds=1)
    window.tap("改时刻", "Chip")
    window.tap_pin(f"{moment:%H%M%S}")
    window.tap("查看", "PrimaryButton")
    window.until("says", f"{moment:%Y-%m-%d %H:%M:%S} 大屏显示")
    window.until("found")
    assert window.says("公告 older") and window.says("编排 李**　批准 赵**")
    window.tap("校验记录链", "OutlineButton")
    window.until("checked")
    assert window.says("记录链完整")


def take_it_out(desk: Desk) -> Path:
    """Export the day; where it lies."""
    window = desk.window
    window.tap("导出当日检查材料", "PrimaryButton")
    window.until("checked")
    assert window.says("已导出并校验")
    (out,) = (desk.folder / "terminal" / "exports").iterdir()
    return out


def check_the_export(out: Path) -> None:
    """With what lies in it, and nothing of ours: whole; and where it is not, after one byte."""

    def check() -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-I", "check.py"], cwd=out, capture_output=True, text=True, check=False
        )

    whole = check()
    assert whole.returncode == 0 and "whole" in whole.stdout, whole.stdout + whole.stderr
    log = out / "log.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if b'"older"' in line)
    number = json.loads(lines[at])["number"]
    lines[at] = lines[at].replace(b'"older"', b'"oldes"', 1)
    log.write_bytes(b"".join(lines))
    broken = check()
    said = broken.stdout + broken.stderr
    assert broken.returncode == 1 and f"log.jsonl, line {at + 1} (entry {number})" in said


def speed_in(film: Path, *lines: str) -> float | None:
    """Dots a second of the line that goes over the board; None where none is seen to move."""
    seen: list[tuple[float, int]] = []
    seconds = 0.0
    with Image.open(film) as frames:
        for number in range(getattr(frames, "n_frames", 1)):
            frames.seek(number)
            if number % LOOK_EVERY == 0:
                found = (place_in(frames, line) for line in lines)
                seen += [(seconds, place) for place in found if place is not None]
            seconds += float(frames.info["duration"]) / 1000
    if len(seen) < 2:
        return None
    (begin, first), (end, last) = seen[0], seen[-1]
    return (last - first) / (end - begin)


def place_in(frame: Image.Image, line: str) -> int | None:
    """How far a line has come in from the right, in dots; None while little of it is seen."""
    pixels = picture.read(frame, WIDTH, HEIGHT)
    rows = [bytes(1 if dot else 0 for dot in pixels[y * WIDTH :][:WIDTH]) for y in range(HEIGHT)]
    seen = rows[CELL : 2 * CELL]
    if sum(any(column) for column in zip(*seen, strict=True)) < 4 * CELL:
        return None
    strip = [bytes(WIDTH) + row + bytes(WIDTH) for row in strip_of(line)]
    for place in range(len(strip[0]) - WIDTH):
        if all(row[place : place + WIDTH] == seen[y] for y, row in enumerate(strip)):
            return place
    return None
