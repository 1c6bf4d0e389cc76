"""One notice through real processes: in, found, on the board, withdrawn, gone.

Then the same with every process killed at every step: the outcome does not change.
"""

import json
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from display.evidence import Proof, first_break
from display.local_time import SHANGHAI
from kiosk.demo.machine import BOARD, HEIGHT, WIDTH, Machine, wait_for
from kiosk.store.terminal import TerminalStore
from tests.journeys.board_pixels import shows

PATIENCE_S = 40.0
TITLE = "浑河试验段道路照明工程招标公告"
NUMBER = "FSGC-2026-9001"
NOTICE_ID = "journey-1"
LATER, SOON = timedelta(minutes=3), timedelta(seconds=4)
QUIET_S = 2.0
AT_ONCE = 6


class Journey:
    """A machine, with the questions that a test asks of it."""

    def __init__(self, folder: Path) -> None:
        self.machine = Machine(folder)

    def start(self, name: str) -> None:
        link, png = str(self.machine.link), str(self.machine.png)
        size = f"{WIDTH}x{HEIGHT}"
        board = ("--size", size, "--link", link, "--png", png, "--log", str(self.machine.frames))
        commands: dict[str, tuple[str, ...]] = {
            "central": ("central",),
            "sync": ("sync",),
            "board": ("virtual-board", *board),
            "display": ("display", "--board", BOARD),
            "kiosk": ("kiosk", "--headless", "--size", "1366x768"),
        }
        self.machine.start(name, *commands[name])

    def bring_in(
        self, published_at: datetime, meanwhile: Callable[[], None] = lambda: None
    ) -> None:
        """Import the notice; `meanwhile` happens while the command runs."""
        local = published_at.astimezone(SHANGHAI)
        record = {
            "record_id": NOTICE_ID,
            "title": TITLE,
            "publish_date": f"{local:%Y-%m-%d %H:%M:%S}",
            "project_code": NUMBER,
            "business_type": "工程建设",
            "info_type": "招标/资审公告",
            "content_text": f"{TITLE}的正文。",
            "detail_url": "https://ggzy.example.cn/information/deal/html/a/210000/0101/1.html",
        }
        path = self.machine.folder / "in.ndjson"
        path.write_text(json.dumps(record, ensure_ascii=False), encoding="utf-8")
        self._run_while(meanwhile, "import", str(path))

    def set_cut_over(self) -> None:
        """A technician sets the cut-over to a few seconds from now."""
        self.machine.configure(datetime.now(UTC), SOON)
        self.machine.stop("display")
        self.start("display")

    def withdraw(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        self._run_while(meanwhile, "withdraw", NOTICE_ID)

    def _run_while(self, meanwhile: Callable[[], None], *command: str) -> None:
        running = subprocess.Popen(self.machine._argv(command), stdout=subprocess.DEVNULL)
        meanwhile()
        assert running.wait(PATIENCE_S) == 0

    def on_terminal(self, query: str = "试验段") -> int:
        """Hits of `mingtang search` on the terminal's store."""
        done = subprocess.run(
            self.machine._argv(("search", query, "--json")),
            check=False, capture_output=True, text=True,
        )  # fmt: skip
        return int(json.loads(done.stdout)["count"]) if done.returncode == 0 else 0

    def visit(self) -> dict[str, object]:
        """What a visitor finds by touch."""
        out = self.machine.folder / "tour"
        args = ("--headless", "--size", "1366x768", "--tour", str(out), "--query", "照明")
        assert self.machine.run("kiosk", *args) == 0
        found: dict[str, object] = json.loads((out / "tour.json").read_text(encoding="utf-8"))
        return found

    def on_board(self) -> bool:
        return shows(self.machine.png, f"{TITLE}　编号 {NUMBER}")

    def frames(self, since: datetime) -> list[tuple[datetime, bool]]:
        """When the board took a message, and whether it held the notice."""
        found = []
        for line in self.machine.frames.read_text(encoding="utf-8").splitlines():
            frame = json.loads(line)
            at = datetime.fromisoformat(frame["at"])
            if frame["command"] == "dynamic areas" and frame["valid"] and at > since:
                found.append((at, any(TITLE in text for text in frame["texts"])))
        return found

    def shown_anew(self, since: datetime) -> bool:
        """Told to the board after `since`, acknowledged after `since`, and in its pixels now."""
        with TerminalStore(self.machine.store, create=False) as store:
            records = store.page_records(BOARD, since)
        acknowledged = any(record.state == Proof.ACKNOWLEDGED for record in records)
        told = any(holds for _, holds in self.frames(since))
        return acknowledged and told and self.on_board()

    def learned_at(self) -> datetime | None:
        """When the terminal learned of the withdrawal."""
        with closing(sqlite3.connect(self.machine.store)) as database:
            row = database.execute("SELECT learned_at FROM withdrawals").fetchone()
        return datetime.fromtimestamp(row[0] / 1_000_000, UTC) if row else None

    def traces(self, text: str) -> list[str]:
        """Files of the terminal in which `text` can be found, as UTF-8 or as search pairs."""
        pairs = [f"{left}{right}" for left, right in pairwise(text)]
        found = []
        for path in (self.machine.folder / "terminal").glob("terminal.db*"):
            data = path.read_bytes()
            if text.encode() in data or sum(pair.encode() in data for pair in pairs) > 2:
                found.append(path.name)
        return found

    def on_the_line(self, text: str) -> bool:
        """Whether `text` ever went over the wire to the board."""
        if not self.machine.frames.exists():
            return False
        code = text.encode("gbk").hex(" ").upper()
        return code in self.machine.frames.read_text(encoding="utf-8")


@pytest.fixture
def journey(tmp_path: Path) -> Iterator[Journey]:
    made = Journey(tmp_path)
    yield made
    made.machine.stop()


def eventually(condition: Callable[[], object], what: str) -> None:
    assert wait_for(condition, PATIENCE_S), f"in {PATIENCE_S:g} s it did not happen: {what}"


PROCESSES = ("central", "sync", "board", "display", "kiosk")
VICTIMS = (None, *PROCESSES)


@pytest.fixture(scope="module")
def journeys(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str | None, "Future[None]"]]:
    """All journeys, a few at a time: most of each is waiting."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {
            victim: pool.submit(travel, tmp_path_factory.mktemp(f"{victim}"), victim)
            for victim in VICTIMS
        }


@pytest.mark.parametrize("victim", VICTIMS)
@pytest.mark.timeout(300)
def test_in_found_shown_withdrawn_gone(
    journeys: dict[str | None, "Future[None]"], victim: str | None
) -> None:
    """`victim` is killed and started again at every step; None: nobody is."""
    journeys[victim].result()


def travel(folder: Path, victim: str | None) -> None:
    """One notice's whole life, with the victim killed between any two steps."""
    journey = Journey(folder)
    try:
        _travel(journey, victim)
    finally:
        journey.machine.stop()


def _travel(journey: Journey, victim: str | None) -> None:
    def disturb() -> None:
        if victim is not None:
            journey.machine.kill(victim)
            if victim == "board":
                journey.machine.png.unlink(missing_ok=True)
            time.sleep(0.2)
            journey.start(victim)

    now = datetime.now(UTC)
    journey.machine.configure(now, LATER)
    for name in reversed(PROCESSES):
        # The window only reads, and takes the processor from the others.
        if name != "kiosk" or victim in (None, "kiosk"):
            journey.start(name)
    eventually(journey.machine.store.exists, "a terminal's store is made")
    disturb()
    journey.bring_in(now - timedelta(minutes=1), meanwhile=disturb)
    disturb()
    eventually(journey.on_terminal, "the notice is found on the terminal")
    assert datetime.now(UTC) < now + LATER, "too slow: the edition was made before it"
    journey.set_cut_over()
    disturb()
    if victim is None:
        visit = journey.visit()
        assert visit["finished"], visit
        assert (visit["search_hits"], visit["notice"]) == (1, NOTICE_ID)
    eventually(journey.on_board, "the notice scrolls over the board")
    disturb()
    restarted = datetime.now(UTC)
    eventually(lambda: journey.shown_anew(restarted), "the notice is shown anew after a restart")
    journey.withdraw(meanwhile=disturb)
    eventually(journey.learned_at, "the terminal learns of the withdrawal")
    learned = journey.learned_at()
    assert learned is not None
    eventually(lambda: journey.on_terminal() == 0, "the notice leaves the terminal")
    eventually(
        lambda: any(not holds for _, holds in journey.frames(learned)),
        "the board is told something else",
    )
    taken_off = next(at for at, holds in journey.frames(learned) if not holds)
    if victim not in ("board", "display"):
        assert taken_off - learned < timedelta(seconds=5), "domain rule 8"
    disturb()
    time.sleep(QUIET_S)
    assert journey.on_terminal() == 0
    assert not journey.on_board()
    assert not any(holds for _, holds in journey.frames(taken_off))
    check_store(journey.machine.store)


def check_store(path: Path) -> None:
    """One edition with the one page, acknowledged by the board; the file is whole."""
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert database.execute("SELECT count(*) FROM notices").fetchone() == (0,)
        assert database.execute("SELECT count(*) FROM bodies").fetchone() == (0,)
        editions = database.execute("SELECT text FROM editions").fetchall()
        assert len(editions) == 1
        assert [page["notice_id"] for page in json.loads(editions[0][0])["pages"]] == [NOTICE_ID]
    with TerminalStore(path, create=False) as store:
        assert Proof.ACKNOWLEDGED in {record.state for record in store.page_records(BOARD)}
        assert first_break(store.stretch(BOARD)) is None


def test_a_notice_leaves_no_trace_before_its_moment(journey: Journey) -> None:
    now = datetime.now(UTC)
    moment = now.replace(microsecond=0) + timedelta(seconds=10)
    journey.machine.configure(now, timedelta(seconds=13))
    for name in PROCESSES:
        journey.start(name)
    eventually(journey.machine.store.exists, "sync makes the terminal's store")
    journey.bring_in(moment)
    looks = 0
    while datetime.now(UTC) < moment - timedelta(seconds=0.3):
        assert not journey.traces(TITLE)
        assert not journey.on_the_line(TITLE[:4])
        looks += 1
        time.sleep(0.3)
    assert looks > 3, "the machine was too slow for this test to see anything"
    eventually(journey.on_terminal, "the notice is released")
    assert datetime.now(UTC) >= moment
    eventually(journey.on_board, "the notice is on the board")
    assert journey.on_the_line(TITLE[:4])
    assert journey.traces(TITLE)
