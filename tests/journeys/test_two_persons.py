"""An editor's change through real processes: proposed on PC A, approved on PC B, on the board of a
terminal that was offline meanwhile; an unapproved one never; the neutral page at one word."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from devices.led.virtual.speeds import VIRTUAL_SPEEDS
from display.arrangement import Arrangement, Choices
from display.edition import Edition
from display.evidence import Kind, first_break
from display.local_time import SHANGHAI
from display.standing import Standing, State
from kiosk.boards.arranging import arrangement_of
from kiosk.boards.in_force import Decided
from kiosk.central.database import CentralDatabase, open_for
from kiosk.central.ingest import import_files
from kiosk.central.staff import add_account
from kiosk.demo.machine import BOARD, HEIGHT, WIDTH, Machine, wait_for
from kiosk.settings import load
from kiosk.staff.accounts import check_pin
from kiosk.staff.proposing import Deciding
from kiosk.store.terminal import DATABASE_NAME, TerminalStore
from kiosk.sync.contract import public_channel, site_channel
from kiosk.sync.staff import StaffAccount, StaffRole
from tests.journeys.board_pixels import shows

PATIENCE_S = 20.0
NOTICE_S = timedelta(seconds=7)
"""From the proposal to its cut-over."""
PIN = "271828"
OLDER, NEWER = "浑河大桥照明改造招标公告", "东洲区道路绿化招标公告"


class Pc:
    """A PC of staff: a store and its sync, and nothing else."""

    def __init__(self, hall: "Hall", name: str) -> None:
        folder = hall.machine.folder / name
        folder.mkdir()
        self.config = folder / "mingtang.toml"
        text = hall.machine.config.read_text(encoding="utf-8")
        shared = text[text.index("[centre]") : text.index("[private]")]
        terminal = json.dumps(str(hall.machine.folder / "terminal"))
        self.config.write_text(shared.replace(terminal, json.dumps(str(folder))), encoding="utf-8")
        self.name, self.hall = name, hall
        self.log = (folder / "sync.log").open("ab")
        self.sync = subprocess.Popen(
            [sys.executable, "-m", "kiosk.cli", "sync", "--config", str(self.config)],
            stdout=self.log,
            stderr=self.log,
        )
        self.store = TerminalStore(folder / DATABASE_NAME)

    def of(self, account: StaffAccount) -> Deciding:
        site = self.hall.settings.centre.site
        key = check_pin(account, self.hall.numbers[account.key], PIN)
        return Deciding(self.store, account, key, terminal=self.name, site=site, alone=False)

    def close(self) -> None:
        self.sync.kill()
        self.sync.wait()
        self.log.close()
        self.store.close()


class Hall:
    """A centre with a board's terminal and two PCs of staff."""

    def __init__(self, folder: Path, ending: ExitStack) -> None:
        self.machine = Machine(folder)
        ending.callback(self.machine.stop)
        now = datetime.now(UTC).astimezone(SHANGHAI)
        midnight = now.replace(hour=23, minute=59, second=59, microsecond=0)
        if midnight - now < timedelta(minutes=2):
            pytest.skip("the day of Shanghai ends in a moment, and with it the edition")
        self.machine.configure(now, midnight - now)
        self.settings = load(self.machine.config)
        self.channel = site_channel(self.settings.centre.site)
        database = open_for(self.settings)
        self.numbers: dict[str, str] = {}
        self.li = self._hire(database, "李编排", "11010119900307758X", StaffRole.EDITOR)
        self.zhao = self._hire(database, "赵批准", "110101199003077657", StaffRole.APPROVER)
        self._bring_in(database)
        database.close()
        self.machine.start("central", "central")
        self.machine.start("sync", "sync")
        link, png, size = str(self.machine.link), str(self.machine.png), f"{WIDTH}x{HEIGHT}"
        self.machine.start("board", "virtual-board", "--size", size, "--link", link, "--png", png)
        self.a, self.b = Pc(self, "A"), Pc(self, "B")
        ending.callback(self.a.close)
        ending.callback(self.b.close)
        self.machine.start("display", "display", "--board", BOARD)
        self.store = TerminalStore(self.machine.store)
        ending.callback(self.store.close)

    def standing(self, pc: Pc | None = None, at: datetime | None = None) -> Standing:
        """As the board's terminal knows it, or one of the PCs."""
        store = self.store if pc is None else pc.store
        return Decided(store, self.channel).standing(BOARD, at or datetime.now(UTC))

    def on_air(self) -> tuple[str, str]:
        """What the board was told last, and how far that is proven."""
        entry = self.store.last_entry(BOARD, Kind.ON_AIR)
        return ("", "") if entry is None else (entry.facts["showing"], entry.facts["state"])

    def _hire(
        self, database: CentralDatabase, name: str, number: str, role: StaffRole
    ) -> StaffAccount:
        now = datetime.now(UTC)
        account = add_account(
            database,
            self.channel,
            name=name,
            roles=(role,),
            number=number,
            pin=PIN,
            valid_from=now,
            expires_at=now + timedelta(days=1),
            now=now,
        )
        self.numbers[account.key] = number
        return account

    def _bring_in(self, database: CentralDatabase) -> None:
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
        path = self.machine.folder / "in.ndjson"
        path.write_text("\n".join(json.dumps(one) for one in records), encoding="utf-8")
        channel = public_channel(self.settings.centre.region)
        report = import_files(database, [path], channel=channel, now=datetime.now(UTC))
        assert report.added == 2


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    with ExitStack() as ending:
        yield Hall(tmp_path, ending)


def eventually(condition: Callable[[], object], what: str) -> float:
    """Seconds until it held."""
    began = time.monotonic()
    assert wait_for(condition, PATIENCE_S), f"in {PATIENCE_S:g} s it did not happen: {what}"
    return time.monotonic() - began


@pytest.mark.timeout(120)
def test_two_persons_change_the_board_and_one_makes_it_neutral(hall: Hall) -> None:
    def everybody_knows() -> bool:
        stores = (hall.store, hall.a.store, hall.b.store)
        notices = len(hall.store.board_items(datetime.now(UTC), 9))
        return notices == 2 and all(len(store.accounts()) == 2 for store in stores)

    eventually(everybody_knows, "accounts and notices are at the terminals")
    hall.machine.stop("sync")

    start = arrangement_of(hall.settings.schedule)
    cut_over = (datetime.now(SHANGHAI) + NOTICE_S).replace(microsecond=0)
    wanted = start.changed(
        cut_over=cut_over.time(), characters_per_second=5.0, choices=Choices(pinned=("older",))
    )
    nothing = Edition(
        board=BOARD,
        day=cut_over.date(),
        cut_over_at=cut_over,
        cell=16,
        pixels_per_second=64.0,
        pages=(),
    )
    hall.a.of(hall.li).propose(BOARD, start, wanted, datetime.now(UTC), nothing)
    eventually(lambda: hall.standing(hall.b).pending, "the proposal is on PC B")
    pending = hall.standing(hall.b).pending
    assert pending is not None
    hall.b.of(hall.zhao).approve(pending, datetime.now(UTC))
    eventually(lambda: hall.b.store.owed().waiting == 0, "the server has the approval")
    assert hall.standing() == Standing(), "the board's terminal is offline"
    hall.machine.start("sync", "sync")
    eventually(lambda: hall.standing().pending, "the terminal hears of it")
    approved = hall.standing().proposals[0]
    assert approved.state in (State.APPROVED, State.IN_FORCE)
    assert approved.effective_at == cut_over, "this was too slow for the cut-over"

    eventually(lambda: shows(hall.machine.png, f"{OLDER}　编号 older"), "the pinned one is shown")
    edition = Edition.kept(hall.store.edition(BOARD, cut_over.date()) or "")
    assert edition.cut_over_at == cut_over
    assert edition.pages[0].notice_id == "older"
    assert edition.pixels_per_second == nearest(wanted)
    assert edition.arranged is not None
    assert (edition.arranged.proposed_by, edition.arranged.approved_by) == ("李**", "赵**")
    assert edition.arranged.digest == wanted.digest

    unapproved = wanted.changed(characters_per_second=6.0)
    hall.a.of(hall.li).propose(BOARD, wanted, unapproved, datetime.now(UTC), nothing)
    eventually(lambda: hall.standing().pending, "the terminal hears of another proposal")
    in_force = hall.standing(at=datetime.now(UTC) + timedelta(days=9)).in_force
    assert in_force is not None
    assert in_force.arrangement == wanted

    hall.a.of(hall.li).neutral_now(BOARD, "误播", datetime.now(UTC))
    seconds = eventually(lambda: hall.on_air() == ("neutral", "acknowledged"), "neutral")
    assert seconds < 5.0, "from one PC over the server to the card"
    eventually(lambda: not shows(hall.machine.png, f"{OLDER}　编号 older"), "its picture is new")
    eventually(lambda: hall.standing(hall.b).neutral, "PC B knows of it")
    hall.b.of(hall.zhao).end_neutral(BOARD, datetime.now(UTC))
    eventually(lambda: hall.on_air() == ("page", "acknowledged"), "the edition goes on")

    told = [entry.facts["what"] for entry in hall.store.entries(BOARD, kind=Kind.DECISION)]
    assert told == ["proposed", "approved", "proposed", "neutral-now", "neutral-ended"]
    assert len(hall.store.editions(BOARD, cut_over.date())) == 1
    assert first_break(hall.store.stretch(BOARD)) is None


def nearest(wanted: Arrangement) -> float:
    """The board's speed that is nearest to what was approved, in px/s at 16 dots."""
    aim = wanted.characters_per_second * 16
    return min(VIRTUAL_SPEEDS, key=lambda speed: abs(speed - aim))
